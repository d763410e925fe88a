"""The one copy routine: every table from one attached database into another, parents before children.

Backup, restore, compaction, pruning, upgrades and merging are this copy with another source, target or filter. (Plain
COPY FROM DATABASE fails on foreign keys in DuckDB 1.5.5.) The names of databases and tables in the SQL are our own.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pytest_ipfs_bench.store import schema

if TYPE_CHECKING:
    import duckdb

# Every table that holds rows of people's, parents before children, with the column that identifies a row.
KEYS = {
    "test_runs": "run_id",
    "hardware_platforms": "hardware_id",
    "models": "model_id",
    "performance_results": "result_id",
    "hardware_compatibility": "compatibility_id",
    "integration_test_results": "test_result_id",
    "power_metrics": "result_id",
    "training_results": "result_id",
    "web_platform_results": "result_id",
    "import_sources": "source_id",
    "maintenance_log": "maintenance_id",
    "templates": "template_id",
    "template_versions": "version_id",
    "template_dependencies": "dependency_id",
    "template_validations": "validation_id",
}
FACTS = ("performance_results", "hardware_compatibility", "integration_test_results")
SATELLITES = ("power_metrics", "training_results", "web_platform_results")


def copy(
    con: "duckdb.DuckDBPyConnection",
    source: str,
    target: str,
    *,
    rows: Mapping[str, str] | None = None,
    columns: Mapping[tuple[str, str], str] | None = None,
) -> dict[str, int]:
    """Copies into an empty target; how many rows went into each table.

    `rows` limits a table by what follows its name (a SEMI or ANTI JOIN), `columns` replaces a column by an expression.
    """
    return _each_table(con, source, target, lambda table: (rows or {}).get(table, ""), columns or {})


def add(con: "duckdb.DuckDBPyConnection", source: str, target: str) -> dict[str, int]:
    """Copies what the target does not know yet, by id; how many rows of each table were new."""

    def unknown(table: str) -> str:
        key = KEYS[table]
        return f"ANTI JOIN (SELECT {key} FROM {target}.main.{table}) known USING ({key})"

    return _each_table(con, source, target, unknown, {})


def counts(con: "duckdb.DuckDBPyConnection", database: str) -> dict[str, int]:
    """How many rows each table of an attached database holds."""
    there = schema.tables(con, database)
    found = {}
    for table in KEYS:
        if table in there:
            answer = con.execute(f"SELECT count(*) FROM {database}.main.{table}").fetchone()
            found[table] = answer[0] if answer else 0
    return found


def _each_table(
    con: "duckdb.DuckDBPyConnection",
    source: str,
    target: str,
    rest: Callable[[str], str],
    columns: Mapping[tuple[str, str], str],
) -> dict[str, int]:
    """A table or column that one side does not have (the older one) is left out."""
    here, there = schema.tables(con, source), schema.tables(con, target)
    new = {}
    for table in KEYS:
        shared = [name for name in there[table] if name in here.get(table, {})]
        if not shared:
            continue
        values = ", ".join(
            f"{columns[table, name]} AS {name}" if (table, name) in columns else f"t.{name}" for name in shared
        )
        answer = con.execute(
            f"INSERT INTO {target}.main.{table} ({', '.join(shared)}) SELECT {values} FROM {source}.main.{table} t {rest(table)}"
        ).fetchone()
        new[table] = answer[0] if answer else 0
    return new
