"""Templates in the database: every save is a version, none is ever changed, and the newest sound one is current."""

import contextlib
import difflib
import hashlib
import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.encoding import clean
from pytest_ipfs_bench.errors import BenchError, StoreError, unknown
from pytest_ipfs_bench.records import NAMESPACE, new_id, utc
from pytest_ipfs_bench.store.connection import explain
from pytest_ipfs_bench.store.opening import Tell, opened, say_nothing
from pytest_ipfs_bench.store.read import WAIT_SECONDS, reading
from pytest_ipfs_bench.store.schema import version_of
from pytest_ipfs_bench.templates.template import About, Template, read
from pytest_ipfs_bench.templates.validation import Finding, Validation

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection

SCHEMA = 4  # the first that has templates
PATIENCE = 2.0  # s that is waited for a database that is busy: there are other templates
MOST_BYTES = 50_000_000  # of all current texts
BRIEF = 8  # characters of a hash that people are shown


@dataclass(frozen=True)
class Version:
    """One save of a template. validation is the newest one; None: it has none. template.number is its number."""

    template: Template
    version_id: str
    sha256: str
    author: str | None
    message: str | None
    validation: Validation | None

    @property
    def ok(self) -> bool:
        """Whether it may be used."""
        return self.validation is not None and self.validation.ok

    @property
    def brief(self) -> str:
        """The beginning of its hash."""
        return self.sha256[:BRIEF]


@dataclass(frozen=True)
class Saving:
    """A template to be saved, with what is known of it: whom it names (relation, name), and what was found out."""

    template: Template
    validation: Validation
    references: Sequence[tuple[str, str]] = ()
    author: str | None = None
    message: str | None = None


def usable(database: Path) -> dict[str, Template]:
    """The current version of every template by its name. Raises StoreError where the database is missing, busy or broken."""
    with _asking(database, PATIENCE) as con:
        if not _has_templates(con):
            return {}
        _run(con, "current")
        (size,) = _all(con, "size")[0]
        if size > MOST_BYTES:
            raise StoreError(
                f"{database}: its templates have {size / 1e6:,.0f} MB; {MOST_BYTES / 1e6:,.0f} MB are read at most."
            )
        found = (_template(*row) for row in _all(con, "usable"))
        return {one.name: one for one, problem in found if problem is None}


def versions(database: Path, name: str | None = None) -> list[Version]:
    """Every version, of one template or of all, the newest of each first. Raises BenchError for a name that it does not have."""
    with _asking(database) as con:
        found = [_version(row) for row in _all(con, "versions", name=name)] if _has_templates(con) else []
        if name is not None and not found:
            raise unknown(repr(name), "template of this database", name, names(con))
    return found


def grouped(database: Path) -> dict[str, list[Version]]:
    """The versions of every template by name, the newest first; nothing where there is no database yet."""
    found: dict[str, list[Version]] = {}
    for one in versions(database) if database.exists() else ():
        found.setdefault(one.template.name, []).append(one)
    return found


def newest(database: Path) -> dict[str, Version]:
    """The newest version of each template, sound or not; nothing where there is no database yet."""
    return {name: found[0] for name, found in grouped(database).items()}


def names(con: "Connection") -> list[str]:
    """Every name."""
    return [row[0] for row in con.execute("SELECT name FROM templates").fetchall()] if _has_templates(con) else []


def current(found: Sequence[Version]) -> Version | None:
    """Of the versions of one template the one that is used; None if none is sound."""
    return next((one for one in found if one.ok), None)


def pick(found: Sequence[Version], asked: str | None) -> Version:
    """One of the versions of a template: by number, or by the beginning of its hash; None: the newest, sound or not.

    Raises BenchError for what there is not, or more than once.
    """
    if asked is None:
        return found[0]
    fitting = [one for one in found if asked == str(one.template.number)] or [
        one for one in found if one.sha256.startswith(asked.lower()) and len(asked) > 1
    ]
    name = found[0].template.name
    hashes = list(dict.fromkeys(one.brief for one in fitting))
    if len(hashes) > 1:
        raise BenchError(f"{name}: several versions are called {asked}: {', '.join(hashes)}.\nName one by its hash.")
    if not fitting:
        have = ", ".join(f"{one.template.number} ({one.brief})" for one in found)
        raise BenchError(f"{name}: there is no version {asked}.\nThere are: {have}.")
    return fitting[0]


def save(database: Path, savings: Sequence[Saving], *, tell: Tell = say_nothing) -> list[int]:
    """Saves each as a new version, all in one transaction; their numbers. Raises StoreError."""
    import duckdb

    with opened(database, tell=tell) as con:
        try:
            con.begin()
            numbers = [_save(con, one) for one in savings]
            con.commit()
        except duckdb.Error as error:
            raise explain(database, error) from error
    return numbers


def validated(database: Path, found: Mapping[str, Validation], *, tell: Tell = say_nothing) -> None:
    """Stores further validations, by the ids of versions."""
    with opened(database, tell=tell) as con:
        for version_id, validation in found.items():
            _insert_validation(con, version_id, validation)


def diff(old: Version, new: Version) -> str:
    """What changed, as a unified diff; empty if nothing did."""
    title, other = (f"{one.template.name} {one.template.number} ({one.brief})" for one in (old, new))
    before, after = (one.template.text.splitlines(keepends=True) for one in (old, new))
    made = difflib.unified_diff(before, after, title, other)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in made)


def usage(database: Path) -> list[tuple[Any, ...]]:
    """How the tests fared that were made from templates: template, version, files, passed, failed, errors, skipped, last run."""
    with _asking(database) as con:
        return _all(con, "usage")


def sha256(text: str) -> str:
    """The hash of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@contextlib.contextmanager
def _asking(database: Path, wait: float = WAIT_SECONDS) -> "Iterator[Connection]":
    """The database, read-only; what DuckDB can't make of it (tables of somebody else's hand) is a StoreError, too."""
    import duckdb

    with reading(database, wait=wait) as con:
        try:
            yield con
        except duckdb.Error as error:
            raise explain(database, error) from error


def _has_templates(con: "Connection") -> bool:
    """An older database is read as it is: it has none."""
    return (version_of(con) or 0) >= SCHEMA


def _template(name: str, text: str | None, number: int, when: object) -> tuple[Template, Finding | None]:
    """A template of a row, and what is wrong with it where somebody else's hand wrote the row."""
    try:
        return replace(read(name, text or ""), number=number, created_at=str(when)), None
    except BenchError as error:
        return Template(name, text or "", About("helper"), number, str(when)), Finding("head", str(error))


def _version(row: tuple[Any, ...]) -> Version:
    name, version_id, number, text, digest, author, message, when, ok, findings, rendered, collected, tools = row
    template, problem = _template(name, text, number, when)
    validation = None
    if ok is not None:
        told = (*_findings(findings), *([problem] if problem else ()))
        validation = Validation(told, rendered or 0, collected, json.loads(tools or "{}"))
    return Version(template, str(version_id), digest, author, message, validation)


def _findings(text: str | None) -> tuple[Finding, ...]:
    """Findings as they are stored; one that says so where that is not what is stored."""
    try:
        return tuple(Finding(**one) for one in json.loads(text or "[]"))
    except (ValueError, TypeError, RecursionError):
        return (Finding("head", "its stored findings can't be read"),)


def _save(con: "Connection", saving: Saving) -> int:
    template, about = saving.template, saving.template.about
    template_id = str(uuid.uuid5(NAMESPACE, json.dumps(["template", template.name])))
    version_id, now = new_id(), utc(time.time())
    parent = next((clean(name) for relation, name in saving.references if relation == "extends"), None)
    _run(con, "insert_template", template_id=template_id, name=template.name, kind=about.kind, now=now)
    _run(
        con, "insert_version", **asdict(about), version_id=version_id, template_id=template_id, text=template.text,
        sha256=sha256(template.text), parent=parent, author=saving.author, message=saving.message, now=now,
    )  # fmt: skip
    for relation, name in dict.fromkeys((relation, clean(name)) for relation, name in saving.references):
        own = str(uuid.uuid5(NAMESPACE, json.dumps(["template dependency", version_id, relation, name])))
        _run(con, "insert_dependency", dependency_id=own, version_id=version_id, relation=relation, name=name)
    _insert_validation(con, version_id, saving.validation)
    row = con.execute("SELECT version FROM template_versions WHERE version_id = $id", {"id": version_id}).fetchone()
    return int(row[0]) if row else 0


def _insert_validation(con: "Connection", version_id: str, found: Validation) -> None:
    _run(
        con, "insert_validation", validation_id=new_id(), version_id=version_id, ok=found.ok,
        findings=json.dumps([asdict(one) for one in found.findings]), rendered=found.rendered, collected=found.collected,
        tools=json.dumps(dict(found.tools)), now=utc(time.time()),
    )  # fmt: skip


def _all(con: "Connection", query: str, /, **parameters: Any) -> list[tuple[Any, ...]]:
    return con.execute(_sql(query), parameters).fetchall()


def _run(con: "Connection", statement: str, /, **parameters: Any) -> None:
    con.execute(_sql(statement), parameters)


def _sql(name: str) -> str:
    return (resources.files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
