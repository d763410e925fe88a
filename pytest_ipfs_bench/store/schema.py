"""The schema: its versions as ordered SQL files, one statement each, and what a file turns out to be."""

import enum
from importlib import resources
from typing import TYPE_CHECKING

from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.places import Target

if TYPE_CHECKING:
    import duckdb

DESCRIPTIONS = {
    1: "pytest-ipfs-bench: runs, models, hardware, results, their satellites and views",
    2: "pytest-ipfs-bench: what was done to the file (maintenance_log)",
    3: "pytest-ipfs-bench: views tell software adapters from hardware",
    4: "pytest-ipfs-bench: templates and their versions",
}
VERSION = max(DESCRIPTIONS)


class Kind(enum.Enum):
    """What a DuckDB file is to us."""

    EMPTY = enum.auto()
    OLDER = enum.auto()
    OURS = enum.auto()


def identify(con: "duckdb.DuckDBPyConnection", database: Target) -> Kind:
    """What the connection's current database is. Raises StoreError for another program's, and for a newer version's."""
    version = _version(con)
    if version is None:
        there = _names(con)
        if not there:
            return Kind.EMPTY
        raise StoreError(
            f"{database} is a DuckDB database of another program (its tables: {', '.join(there[:5])});"
            " nothing was written to it.\nGive another path."
        )
    if version > VERSION:
        raise StoreError(
            f"{database} was written by a newer version (schema {version}; this version knows up to {VERSION}).\n"
            "Upgrade with: pip install -U pytest-ipfs-bench"
        )
    return Kind.OLDER if version < VERSION else Kind.OURS


def _version(con: "duckdb.DuckDBPyConnection") -> int | None:
    """The version of a database that has our tables; None of any other. Asks them: a listing of all names takes longer."""
    import duckdb

    try:
        con.execute(f"SELECT 1 FROM {', '.join(TABLES)} LIMIT 0")
        return version_of(con)
    except (duckdb.CatalogException, duckdb.BinderException):  # no such tables, or another program's
        return None


def _names(con: "duckdb.DuckDBPyConnection") -> list[str]:
    found = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
        " UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal AND database_name = current_database()"
    ).fetchall()
    return sorted({name for (name,) in found})


def create(con: "duckdb.DuckDBPyConnection") -> None:
    """Runs every migration; to be called inside a transaction."""
    for version, description in DESCRIPTIONS.items():
        for statement in statements(version):
            con.execute(statement)
        con.execute(
            "INSERT INTO schema_version VALUES ($version, $description, now() AT TIME ZONE 'UTC')",
            {"version": version, "description": description},
        )


def statements(version: int) -> list[str]:
    """The statements of one version, in the order of their files."""
    folder = resources.files(__package__) / "migrations"
    files = sorted(file.name for file in folder.iterdir() if file.name.startswith(f"{version:04d}_"))
    return [(folder / name).read_text(encoding="utf-8") for name in files]


def tables(con: "duckdb.DuckDBPyConnection", database: str) -> dict[str, dict[str, str]]:
    """The tables of an attached database: their columns in order, with their types."""
    found: dict[str, dict[str, str]] = {}
    rows = con.execute(
        "SELECT c.table_name, c.column_name, c.data_type FROM duckdb_columns() c JOIN duckdb_tables() t"
        " USING (database_name, table_name) WHERE database_name = $database ORDER BY c.table_oid, c.column_index",
        {"database": database},
    ).fetchall()
    for table, column, kind in rows:
        found.setdefault(table, {})[column] = kind
    return found


def name_of(con: "duckdb.DuckDBPyConnection") -> str:
    """The name by which the connection knows its current database."""
    row = con.execute("SELECT current_database()").fetchone()
    assert row is not None
    return str(row[0])


def keep_history(con: "duckdb.DuckDBPyConnection", source: str, target: str) -> None:
    """In a copy, the versions that the source has been through keep the time at which that was."""
    con.execute(
        f"UPDATE {target}.main.schema_version SET applied_at = s.applied_at"
        f" FROM {source}.main.schema_version s WHERE s.version = {target}.main.schema_version.version"
    )


def version_of(con: "duckdb.DuckDBPyConnection") -> int | None:
    """The version of the current database; None if it is not ours."""
    row = con.execute(
        "SELECT max(version) FROM schema_version HAVING bool_or(description LIKE 'pytest-ipfs-bench%')"
    ).fetchone()
    return row[0] if row else None


# The tables that make a database ours, whatever its version.
TABLES = ("test_runs", "models", "hardware_platforms", "performance_results", "hardware_compatibility")
