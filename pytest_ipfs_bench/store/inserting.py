"""Rows as JSON text into tables: the statements of the store, in chunks, by the types that the tables have."""

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import records, satellites
from pytest_ipfs_bench.encoding import encode

if TYPE_CHECKING:
    import duckdb

CHUNK_BYTES = 16_000_000
DIMENSIONS = (records.Run, records.Hardware, records.Model)
FACTS = (records.Performance, records.Compatibility, records.Outcome)
SATELLITES = (satellites.Power, satellites.Training, satellites.Web)  # they name their performance row, and no run
TABLES: dict[str, type[records.Record]] = {
    record.TABLE: record for record in (*DIMENSIONS, *FACTS, *SATELLITES, records.Source)
}

Columns = dict[str, dict[str, str]]  # of the database's tables: names and types, asked once a hand-over


def insert_rows(
    con: "duckdb.DuckDBPyConnection", there: Columns, rows: Mapping[type[records.Record], Sequence[Mapping[str, Any]]]
) -> None:
    """These rows, by the records they are, in the caller's transaction, who has looked that no fact is there already.

    Rows of one table go in together, what one of them does not have as null: a statement costs more than the nulls.
    """
    for record in TABLES.values():
        some = rows.get(record, ())
        blank: dict[str, Any] = dict.fromkeys(name for row in some for name in row)
        lines = [encode({**blank, **row}) for row in some]
        kind = "insert_dimensions" if record in DIMENSIONS else "insert_new"
        _insert(con, there[record.TABLE], record, lines, sql(kind))


def add_lines(con: "duckdb.DuckDBPyConnection", types: dict[str, str], table: str, lines: list[str]) -> int:
    """How many of these rows, which hold the same columns, were new: those whose ids are not there already go in."""
    record = TABLES[table]
    kind = "insert_facts" if record in FACTS else "insert_dimensions"
    return _insert(con, types, record, lines, sql(kind))


def _insert(
    con: "duckdb.DuckDBPyConnection", types: dict[str, str], record: type[records.Record], lines: list[str], how: str
) -> int:
    """How many rows went in."""
    if not lines:
        return 0
    statement = how.format(table=record.TABLE, key=record.KEY)
    kinds = shape(types, lines[0])
    new = 0
    for chunk in chunks(lines):
        answer = con.execute(statement, {"lines": "\n".join(chunk), "shape": kinds}).fetchone()
        new += answer[0] if answer else 0
    return new


def shape(types: dict[str, str], row: str) -> str:
    """The types of these rows' fields, as from_json wants them: taken from the table."""
    own = fields(row) or types
    kinds = {name: kind for name, kind in types.items() if name in own}
    return json.dumps({name: [kind[:-2]] if kind.endswith("[]") else kind for name, kind in kinds.items()})


def fields(row: str) -> set[str]:
    """The columns that a row as JSON text has; none for what is no row."""
    try:
        found = json.loads(row)
    except (ValueError, RecursionError):
        return set()
    return set(found) if isinstance(found, dict) else set()


def chunks(lines: list[str]) -> Iterator[list[str]]:
    """Lines by some megabytes."""
    chunk: list[str] = []
    size = 0
    for line in lines:
        if chunk and size + len(line) > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += len(line)
    if chunk:
        yield chunk


def sql(name: str) -> str:
    """A statement of this store, by the name of its file."""
    return (resources.files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
