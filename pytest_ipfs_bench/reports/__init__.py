"""Reports: questions answered by `queries`, put together by kind, rendered by format. Read-only."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.queries import filters
from pytest_ipfs_bench.reports.asking import asked
from pytest_ipfs_bench.reports.kinds import KINDS, kind
from pytest_ipfs_bench.reports.parquet import save_parquet
from pytest_ipfs_bench.reports.render import RENDERERS, combined
from pytest_ipfs_bench.reports.table import Asked, Document, Kind, Parts
from pytest_ipfs_bench.store import salvage
from pytest_ipfs_bench.store.connection import damaged, explain
from pytest_ipfs_bench.store.read import reading
from pytest_ipfs_bench.store.spool import waiting

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "KINDS", "Asked", "Document", "asked", "check", "document", "kind", "make", "make_file", "save", "write",
]  # fmt: skip

PARQUET = "parquet"
LEFT_OUT = ("of measurements", "of tries", "of outcomes")
Lost = Callable[[Sequence[str]], None]


def _nobody(_: Sequence[str]) -> None:
    """For callers that have nobody to tell what could not be read: it stands in the notes, too."""


def check(name: str, form: str, file: Path | None) -> None:
    """What can be said before any work: is there such a kind, can the file be written. Raises BenchError."""
    kind(name)
    if form == PARQUET and file is None:
        raise BenchError("A report as parquet needs a file: --bench-report-file=PATH, or --output PATH.")
    if file is None:
        return
    if file.is_dir():
        raise BenchError(f"{file}: the report can't be written (it is a folder).")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=file.parent):
            pass
    except OSError as error:
        raise BenchError(f"{file}: the report can't be written ({error.strerror or error}).") from error


def document(database: Path, name: str, what: Asked = Asked()) -> Document:  # noqa: B008  frozen
    """A report on a database. Raises BenchError where there is nothing to report on, or for a name that it does not have."""
    import duckdb

    chosen = kind(name)
    what = replace(what, database=database, now=what.now or datetime.now(UTC).replace(tzinfo=None))
    lost: list[str] = []
    with reading(database) as con:
        try:
            try:
                tables, notes = _answered(con, chosen, what)
            except duckdb.Error as error:
                lost = salvage.shadow(con) if damaged(error) else []
                if not lost:
                    raise
                tables, notes = _answered(con, chosen, what)
        except duckdb.Error as error:
            raise explain(database, error) from error
    late = waiting(database)
    if late:
        notes.append(f"{late} results wait in a spool; take them in: ipfs-bench db merge --into {database}")
    return Document(name, str(database), tables, [*lost, *notes], lost=lost)


def _answered(con: "duckdb.DuckDBPyConnection", chosen: Kind, what: Asked) -> Parts:
    filters.choose(con, what.filters)
    tables, notes = chosen.make(con, what)
    return tables, notes + _about(con, chosen, what)


def make(database: Path, name: str, form: str, what: Asked = Asked(), lost: Lost = _nobody) -> str:  # noqa: B008  frozen
    """A report on a database, rendered as text. Raises BenchError where there is nothing to report on.

    `lost` is told what could not be read for it, in sentences; nothing, if everything could.
    """
    check(name, form, None)
    made = document(database, name, what)
    lost(made.lost)
    return RENDERERS[form](made)


def make_file(
    database: Path,
    name: str,
    form: str,
    file: Path,
    what: Asked = Asked(),  # noqa: B008  frozen
    lost: Lost = _nobody,
) -> None:
    """A report as a file, whole or not at all. Raises BenchError; before the work if the file can't be written."""
    check(name, form, file)
    made = document(database, name, what)
    lost(made.lost)
    if form == PARQUET:
        save_parquet(combined(made), file)
    else:
        save(file, RENDERERS[form](made))


def write(stream: TextIO, text: str) -> None:
    """Writes a report to a stream; what its encoding can't hold is escaped."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def save(path: Path, text: str) -> None:
    """Writes a report to a file, whole or not at all. Raises BenchError where that can't be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8", newline="") as file:
            file.write(text)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as error:
        raise BenchError(f"{path}: the report can't be written ({error.strerror or error}).") from error


def _about(con: "duckdb.DuckDBPyConnection", chosen: Kind, what: Asked) -> list[str]:
    """What the report was asked about, and what is left out of it."""
    given = [name for name in what.filters.given() if name not in chosen.ignores]
    useless = [f"--{name}" for name in what.filters.given() if name in chosen.ignores]
    useless += ["--suite" if what.suite else "--cell"] if what.cells and chosen.name != "coverage" else []
    notes = [f"Only: {', '.join(f'{name} {_told(getattr(what.filters, name))}' for name in given)}."] if given else []
    notes += [f"{', '.join(useless)}: {chosen.name} has no such thing, not applied."] if useless else []
    if "model" in chosen.ignores:
        return notes
    counts = [count for row in queries.left_out(con).rows for count in row]
    told = [f"{count} {what}" for count, what in zip(counts, LEFT_OUT, strict=False) if count]
    future = queries.future(con, now=what.now).rows[0][0]
    notes += (
        [f"{sum(counts)} simulated or predicted rows not shown ({', '.join(told)}); --include-simulated shows them."]
        if told
        else []
    )
    notes += [f"{future} measurements are dated in the future."] if future else []
    return notes


def _told(value: object) -> str:
    if isinstance(value, tuple):
        return " or ".join("=".join(one) if isinstance(one, tuple) else str(one) for one in value)
    return str(value)
