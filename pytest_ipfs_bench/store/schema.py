"""The schema: its versions as ordered SQL files, one statement each, and what a file turns out to be."""

import enum
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench.errors import StoreError

if TYPE_CHECKING:
    import duckdb

DESCRIPTIONS = {1: "pytest-ipfs-bench: runs, models, hardware, results, their satellites and views"}
VERSION = max(DESCRIPTIONS)


class Kind(enum.Enum):
    """What a DuckDB file is to us."""

    EMPTY = enum.auto()
    OURS = enum.auto()


def identify(con: "duckdb.DuckDBPyConnection", database: Path) -> Kind:
    """What the open file is. Raises StoreError for another program's database and for one of a newer version."""
    tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if not tables:
        return Kind.EMPTY
    version = _version(con) if {"schema_version", *TABLES} <= tables else None
    if version is None:
        raise StoreError(
            f"{database} is a DuckDB database of another program (its tables: {', '.join(sorted(tables)[:5])});"
            " nothing was written to it.\nGive another path: --bench-db=PATH."
        )
    if version > VERSION:
        raise StoreError(
            f"{database} was written by a newer version (schema {version}; this version knows up to {VERSION}).\n"
            "Upgrade with: pip install -U pytest-ipfs-bench"
        )
    return Kind.OURS


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


def _version(con: "duckdb.DuckDBPyConnection") -> int | None:
    row = con.execute(
        "SELECT max(version) FROM schema_version HAVING bool_or(description LIKE 'pytest-ipfs-bench%')"
    ).fetchone()
    return row[0] if row else None


# The tables that make a database ours, whatever its version.
TABLES = ("test_runs", "models", "hardware_platforms", "performance_results", "hardware_compatibility")
