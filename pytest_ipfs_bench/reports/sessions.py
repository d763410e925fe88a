"""Tests, imports, and the database itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.reports.table import Asked, Parts, Table, table, tables
from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.spool import waiting

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection

UPKEEP_SINCE = 2  # the version of the schema that brought maintenance_log


def integration(con: "Connection", _: Asked) -> Parts:
    """Outcomes by module, tests that have both passed and failed, tests that fail now."""
    modules, flaky, failing = queries.outcomes_by_module(con), queries.flaky(con), queries.failures(con)
    made = tables(("Modules", modules), ("Flaky tests: passed and failed", flaky), ("Failing tests", failing))
    return made, []


def migration(con: "Connection", _: Asked) -> Parts:
    """The books of imports: files found and what became of them."""
    totals, files, reasons = queries.import_totals(con), queries.import_files(con), queries.import_reasons(con)
    return tables(("Totals", totals), ("Files by format", files), ("Why not imported", reasons)), []


def maintenance(con: "Connection", asked: Asked) -> Parts:
    """The file, its rows, and what was done to it."""
    answer = queries.database_facts(con)
    facts: list[tuple[str, Any]] = [("file", str(asked.database))]
    if isinstance(asked.database, Path):  # of a served one only the server knows
        facts.append(("size_bytes", asked.database.stat().st_size))
    facts += list(zip(answer.columns, answer.rows[0], strict=True))
    facts.append(("results_waiting_in_spools", waiting(asked.database)))
    made = [Table("Database", ("fact", "value"), facts), table("Rows", queries.table_rows(con))]
    if (schema.version_of(con) or 0) >= UPKEEP_SINCE:
        made += [table("Upkeep", done)] if (done := queries.upkeep(con)).rows else []
    return made, ["What is wrong with it: ipfs-bench db check"]
