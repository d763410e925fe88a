"""What may be said to a server: to hand rows over, and to copy a table. The server admits these texts and no other.

Client and server build them from the same files: what a client fills with rows is, to the server, a text in which string
literals may differ and nothing else (`bare`). A client of another version therefore is refused, and asks why (`ABOUT`).
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.copy import FACTS, KEYS
from pytest_ipfs_bench.store.inserting import sql as of_store

LITERAL = "'[^']*(?:''[^']*)*'"  # to DuckDB's regular expressions and to Python's; a quote in it is doubled
PARAMETER = re.compile(r"\$(\w+)(?![\w$])")
COMMENT = re.compile(r"^\s*--[^\n]*\n", re.MULTILINE)
NEXT = ";\n"
GUARD = "ipfs_bench_guard"  # the database in memory beside the served one: what the server knows, and asks itself
ABOUT = f"FROM {GUARD}.about"
COPIES = (*KEYS, "schema_version")
MARKED = ("performance_results", "hardware_compatibility", "integration_test_results")


@dataclass(frozen=True)
class Said:
    """A statement of a hand-over, the table that it is about, and whether others may hand the same rows over now.

    A session's rows are its own: only who holds the lock of its spool hands them over, and two texts of one run meet at its
    row in test_runs. Rows of merges and migrations may come from several machines at once: those take turns.
    """

    table: str
    text: str
    shared: bool = False


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def bare(text: str) -> str:
    """A text without what stands in its literals."""
    return re.sub(LITERAL, "?", text)


def copy_of(table: str) -> str:
    """All of one table."""
    return f"FROM {table}"


def rows(table: str, shape: str, lines: Iterable[str]) -> Said:
    """Rows of one table (as JSON), those whose ids are not there already; `shape`: their types, as from_json wants them."""
    return Said(table, _filled(_inserting(table), {"lines": "\n".join(lines), "shape": shape}))


def others(table: str, shape: str, lines: Iterable[str]) -> Said:
    """The same for rows that somebody else may have handed over as well, with whatever run."""
    return Said(table, _filled(_merging(table), {"lines": "\n".join(lines), "shape": shape}), shared=True)


def marks(table: str, ids: Iterable[str]) -> Said:
    """These results of a table are simulated."""
    return Said(table, _filled(_marking(table), {"ids": f"[{', '.join(ids)}]"}))


def handover(proof: str, statements: Sequence[Said], *, keep: bool = True) -> str:
    """One transaction, which is kept or only tried; kept, it answers with the rows that each table gained."""
    tables = list(dict.fromkeys(one.table for one in statements)) if keep else []
    counted = [[_sql(when).format(table=table) for table in tables] for when in ("earlier", "gained")]
    turn = [_sql("turn")] if any(one.shared for one in statements) else []
    return NEXT.join(
        [head(proof), *turn, *counted[0], *(one.text for one in statements), *counted[1], *endings()[not keep]]
    )


def head(proof: str) -> str:
    """How a hand-over begins: of which version, and that its sender knows the token."""
    return f"/* pytest-ipfs-bench, schema {schema.VERSION}, {proof} */ BEGIN"


def endings() -> tuple[list[str], list[str]]:
    """How a hand-over ends that is kept, and one that is only tried."""
    return ["COMMIT", _sql("total")], ["ROLLBACK"]


def admitted() -> list[str]:
    """What may stand between the head of a hand-over and its end, without what stands in literals."""
    counts = [_sql(when).format(table=table) for when in ("earlier", "gained") for table in KEYS]
    every = (*map(_inserting, KEYS), *map(_merging, KEYS), *map(_marking, MARKED))
    filled = [_filled(one, _Anything()) for one in every]
    return list(map(bare, (_sql("turn"), *counts, *filled)))


def fingerprint() -> str:
    """The same for those who can talk to each other: a hash of all that may be said."""
    kept, tried = endings()
    every = [str(schema.VERSION), *admitted(), *map(bare, (*kept, *tried))]
    return hashlib.sha256(NEXT.join(every).encode()).hexdigest()


class _Anything(dict[str, str]):
    """A value for every parameter."""

    def __missing__(self, _: str) -> str:
        return ""


def _inserting(table: str) -> str:
    return _plain(of_store("insert_facts" if table in FACTS else "insert_dimensions")).format(
        table=table, key=KEYS[table]
    )


def _merging(table: str) -> str:
    return _plain(of_store("insert_dimensions")).format(table=table, key=KEYS[table])


def _marking(table: str) -> str:
    return _plain(of_store("mark_simulated")).format(table=table, key=KEYS[table])


def _filled(statement: str, values: Mapping[str, str]) -> str:
    return PARAMETER.sub(lambda found: literal(values[found[1]]), statement)


def _sql(name: str) -> str:
    return _plain((resources.files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8"))


def _plain(statement: str) -> str:
    """A statement without its comments, in which a quote would look like the beginning of a literal."""
    return COMMENT.sub("", statement).strip()
