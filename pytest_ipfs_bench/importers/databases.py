"""Old DuckDB databases and Parquet files: opened read-only in a sandbox, read by tables and columns, never changed."""

import contextlib
import functools
import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.importers import legacy_tables, own
from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.legacy_tables import Table
from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.connection import CONFIG, SANDBOX

if TYPE_CHECKING:
    import duckdb

    from pytest_ipfs_bench.importers.document import Document

CLOSED = {**CONFIG, **SANDBOX}
SHUT = {"enable_external_access": "false", "lock_configuration": "true"}
PARQUET = b"PAR1"
BATCH = 2000
PLAIN = re.compile(r"BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|VARCHAR|JSON")
NESTED = re.compile(r".*\]|(STRUCT|MAP|UNION)\(.*\)")
TABLES = """
SELECT schema_name, table_name FROM duckdb_tables()
WHERE database_name = current_database() AND NOT internal AND NOT temporary ORDER BY ALL
"""
FOREIGN_KEYS = """
SELECT schema_name, table_name, constraint_column_names[1], referenced_table FROM duckdb_constraints()
WHERE database_name = current_database() AND constraint_type = 'FOREIGN KEY' AND len(constraint_column_names) = 1
"""


class DuckDB(Importer):
    """A DuckDB database of old results. Ours are merged, not imported."""

    name = "duckdb"
    kinds = ("file",)

    def recognises(self, document: "Document") -> bool:
        """By the magic bytes of the format."""
        return document.head[8:12] == b"DUCK"

    def read(self, document: "Document") -> Iterable[Finding]:
        """Every result in its tables; views are not read."""
        with _explained(document), _opened(str(document.file.resolve()), read_only=True, config=CLOSED | SHUT) as con:
            tables = _tables(con)
            if _is_ours(con, tables):
                file = shlex.quote(document.path)
                raise NotResults(f"a database of this program: take it in with: ipfs-bench db merge {file}")
            yield from _findings(tables)


class Parquet(Importer):
    """A table of old results, or an export of ours, as a Parquet file."""

    name = "parquet"
    kinds = ("file",)

    def recognises(self, document: "Document") -> bool:
        """By the magic bytes of the format."""
        return document.head.startswith(PARQUET)

    def read(self, document: "Document") -> Iterable[Finding]:
        """Every row of it."""
        file = document.file.resolve()
        with _explained(document), _opened(":memory:", config=CLOSED) as con:
            if not _is_whole(file):
                raise Rejected("a Parquet file that is cut off: its end is missing")
            table = _parquet(con, str(file))
            if own.table_named(table.columns):
                rows = ((f"row {number}", row) for number, row in enumerate(table.rows(), 1))
                yield from own.findings(table.columns, rows)
                return
            found = legacy_tables.plan([table])
            if not found.results:
                columns = ", ".join(table.columns[:20])
                raise NotResults(
                    f"a Parquet file of {table.size} rows without results that we know; its columns: {columns}"
                )
            yield from legacy_tables.findings(found)


def _findings(tables: Sequence[Table]) -> Iterator[Finding]:
    found = legacy_tables.plan(tables)
    if not tables:
        raise NotResults("a DuckDB database without tables")
    if not found.known:
        raise NotResults(f"a DuckDB database without results that we know; its tables: {found.describe()}")
    if not found.results:
        raise NotResults(f"a DuckDB database without results; its tables: {found.describe()}")
    yield from legacy_tables.findings(found)


@contextlib.contextmanager
def _opened(path: str, **options: Any) -> "Iterator[duckdb.DuckDBPyConnection]":
    import duckdb

    con = duckdb.connect(path, **options)
    try:
        yield con
    finally:
        con.close()


@contextlib.contextmanager
def _explained(document: "Document") -> Iterator[None]:
    """DuckDB's errors as a rejection, with its own words but the path that the file has here."""
    import duckdb

    try:
        yield
    except (duckdb.Error, OSError, UnicodeError) as error:
        text = str(error).replace(str(document.file.resolve()), document.path).splitlines()[0]
        if "Could not set lock" in text or "different configuration" in text:
            raise Rejected("in use by another process: import it when that has ended") from error
        newer = "version number" in text or "newer" in text
        hint = " (written by a newer DuckDB: pip install -U duckdb)" if newer else ""
        raise Rejected(f"DuckDB can't read it: {text}{hint}") from error


def _tables(con: "duckdb.DuckDBPyConnection") -> list[Table]:
    foreign: dict[tuple[str, str], dict[str, str]] = {}
    for space, name, column, other in con.execute(FOREIGN_KEYS).fetchall():
        foreign.setdefault((space, name), {})[column] = _called(space, other)
    return [
        _source(con, _called(space, name), f"{_quoted(space)}.{_quoted(name)}", [], foreign.get((space, name), {}))
        for space, name in con.execute(TABLES).fetchall()
    ]


def _called(space: str, name: str) -> str:
    return name if space == "main" else f"{space}.{name}"


def _parquet(con: "duckdb.DuckDBPyConnection", path: str) -> Table:
    """The one file that this connection may read, as a table. Its name is no pattern, and its folder no column."""
    pattern = re.sub(r"([*?\[])", r"[\1]", path)
    allowed = ", ".join("'" + one.replace("'", "''") + "'" for one in (path, pattern))
    con.execute(f"SET allowed_paths = [{allowed}]")
    for name, value in SHUT.items():
        con.execute(f"SET {name} = {value}")
    return _source(con, "", "read_parquet($1, hive_partitioning = false)", [pattern], {})


def _source(
    con: "duckdb.DuckDBPyConnection", name: str, source: str, values: list[str], foreign: Mapping[str, str]
) -> Table:
    described = con.execute(f"DESCRIBE SELECT * FROM {source}", values).fetchall()
    columns = {column: str(kind) for column, kind, *_ in described}
    counted = con.execute(f"SELECT count(*) FROM {source}", values).fetchall()
    select = f"SELECT {', '.join(_expression(column, kind) for column, kind in columns.items())} FROM {source}"
    nested = [column for column, kind in columns.items() if kind == "JSON" or NESTED.fullmatch(kind)]
    rows = functools.partial(_rows, con, select, values, tuple(columns), nested)
    return Table(name, tuple(columns), counted[0][0], rows, foreign)


def _expression(column: str, kind: str) -> str:
    """A column as Python can hold it without loss: numbers as they are, nested values as JSON, all else as text."""
    name = _quoted(column)
    if PLAIN.fullmatch(kind):
        return name
    if kind.startswith("DECIMAL"):
        return f"{name}::DOUBLE"
    return f"to_json({name})::VARCHAR" if NESTED.fullmatch(kind) else f"{name}::VARCHAR"


def _rows(
    con: "duckdb.DuckDBPyConnection", select: str, values: list[str], columns: tuple[str, ...], nested: Sequence[str]
) -> Iterator[Mapping[str, Any]]:
    """The rows, without their NULLs."""
    with con.cursor() as cursor:
        cursor.execute(select, values)
        while batch := cursor.fetchmany(BATCH):
            for row in batch:
                fields = {name: value for name, value in zip(columns, row, strict=True) if value is not None}
                for name in nested:
                    if name in fields:
                        fields[name] = _loaded(fields[name])
                yield fields


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _is_ours(con: "duckdb.DuckDBPyConnection", tables: Sequence[Table]) -> bool:
    import duckdb

    if not {"schema_version", *schema.TABLES} <= {table.name for table in tables}:
        return False
    try:
        return schema.version_of(con) is not None
    except duckdb.Error:  # another program's schema_version
        return False


def _is_whole(file: Path) -> bool:
    with file.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(size - len(PARQUET), 0))
        return size > 2 * len(PARQUET) and stream.read() == PARQUET


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


IMPORTERS = (DuckDB(), Parquet())
