"""Tables as files: Parquet, CSV, JSON; whole or by filter."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.places import Target
from pytest_ipfs_bench.store.connection import explain
from pytest_ipfs_bench.store.copy import FACTS, KEYS, SATELLITES
from pytest_ipfs_bench.store.read import reading
from pytest_ipfs_bench.store.rebuild import quoted

if TYPE_CHECKING:
    import duckdb

FORMATS = {
    "parquet": "FORMAT parquet, COMPRESSION zstd",
    "csv": "FORMAT csv, HEADER",
    "json": "FORMAT json, ARRAY true",
}
BY_ID = """
WHERE ($run_id IS NULL OR t.run_id::VARCHAR = $run_id)
    AND ($since IS NULL OR t.created_at >= $since::TIMESTAMP)
    AND ($until IS NULL OR t.created_at < $until::TIMESTAMP)
    AND ($model IS NULL OR t.model_id IN (SELECT model_id FROM models WHERE model_name = $model))
    AND ($hardware IS NULL OR t.hardware_id IN (SELECT hardware_id FROM hardware_platforms WHERE hardware_type = $hardware))
"""
BY_NAME = """
WHERE ($run_id IS NULL OR t.run_id::VARCHAR = $run_id)
    AND ($since IS NULL OR t.created_at >= $since::TIMESTAMP)
    AND ($until IS NULL OR t.created_at < $until::TIMESTAMP)
    AND ($model IS NULL OR t.model_name = $model)
    AND ($hardware IS NULL OR t.hardware_type = $hardware)
"""
REFERRED = {"test_runs": "run_id", "models": "model_id", "hardware_platforms": "hardware_id"}


@dataclass(frozen=True)
class Filters:
    """Which results; None is all."""

    run_id: str | None = None
    since: str | None = None
    until: str | None = None
    model: str | None = None
    hardware: str | None = None


def export(
    database: Target, folder: Path, form: str, tables: Sequence[str], filters: Filters
) -> Iterator[tuple[Path, int]]:
    """Writes one file per table; each with its number of rows. Raises BenchError for names and dates that make no sense."""
    import duckdb

    _check_dates(filters)
    with reading(database) as con:
        _check_names(con, tables)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for table in tables or [name for name in KEYS if name in _names(con)]:
                path = folder / f"{table}.{form}"
                con.execute(
                    f"CREATE OR REPLACE TEMP TABLE chosen AS {_selection(table, filters)}", _parameters(table, filters)
                )
                answer = con.execute(f"COPY chosen TO '{quoted(path)}' ({FORMATS[form]})").fetchone()
                yield path, answer[0] if answer else 0
        except duckdb.Error as error:
            raise explain(database, error) from error
        except OSError as error:
            raise BenchError(f"{folder}: can't be written ({error.strerror or error}).") from error


def _selection(table: str, filters: Filters) -> str:
    """The rows of a table: results by the filters, what results refer to by the results chosen, the rest whole."""
    everything = f"SELECT * FROM {table} t"
    if filters == Filters():
        return everything
    if table == "results":
        return everything + BY_NAME
    if table in FACTS:
        return everything + BY_ID
    if table in REFERRED:
        chosen = " UNION ".join(f"SELECT t.{REFERRED[table]} FROM {fact} t {BY_ID}" for fact in FACTS)
        return f"{everything} WHERE t.{REFERRED[table]} IN ({chosen})"
    if table in SATELLITES:
        return f"{everything} WHERE t.result_id IN (SELECT t.result_id FROM performance_results t {BY_ID})"
    return everything


def _parameters(table: str, filters: Filters) -> dict[str, str | None]:
    filtered = table in (*FACTS, *REFERRED, *SATELLITES, "results")
    return asdict(filters) if filters != Filters() and filtered else {}


def _names(con: "duckdb.DuckDBPyConnection") -> set[str]:
    found = con.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' AND table_catalog = current_database()"
    ).fetchall()
    return {name for (name,) in found}


def _check_names(con: "duckdb.DuckDBPyConnection", tables: Sequence[str]) -> None:
    legal = _names(con)
    for table in tables:
        if table not in legal:
            raise unknown(f"--table {table}", "table", table, legal)


def _check_dates(filters: Filters) -> None:
    for option, text in (("--since", filters.since), ("--until", filters.until)):
        try:
            datetime.fromisoformat(text or "2026-01-01")
        except ValueError as error:
            raise BenchError(f"{option} {text}: no date.\nWrite 2026-01-31 or 2026-01-31T12:00:00.") from error
