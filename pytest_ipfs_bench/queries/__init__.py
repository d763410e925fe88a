"""Questions to the database: one SQL file each, its first line the question; one typed function per file."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

NO_LIMIT = 2**62


@dataclass(frozen=True)
class Answer:
    """Column names and rows, unrounded; None is unknown."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def runs(con: "duckdb.DuckDBPyConnection", *, limit: int = NO_LIMIT) -> Answer:
    """Which runs are there, the newest first?"""
    return _answer(con, "runs", limit=limit)


def model_results(con: "duckdb.DuckDBPyConnection", *, simulated: bool = False, limit: int = NO_LIMIT) -> Answer:
    """How fast is each model on each hardware, by its newest measurement of each kind?"""
    return _answer(con, "model_results", simulated=simulated, limit=limit)


def benchmarks(con: "duckdb.DuckDBPyConnection", *, simulated: bool = False, limit: int = NO_LIMIT) -> Answer:
    """How fast is each benchmark of the tests, by its newest measurement on each device?"""
    return _answer(con, "benchmarks", simulated=simulated, limit=limit)


def cell_failures(con: "duckdb.DuckDBPyConnection", *, simulated: bool = False, limit: int = NO_LIMIT) -> Answer:
    """Which models do not run on which hardware, by the newest try of each cell, and why?"""
    return _answer(con, "cell_failures", simulated=simulated, limit=limit)


def failures(con: "duckdb.DuckDBPyConnection", *, simulated: bool = False, limit: int = NO_LIMIT) -> Answer:
    """Which tests fail by their newest outcome, and why?"""
    return _answer(con, "failures", simulated=simulated, limit=limit)


def outcome_counts(con: "duckdb.DuckDBPyConnection", *, simulated: bool = False) -> Answer:
    """How many outcomes of each status are there?"""
    return _answer(con, "outcome_counts", simulated=simulated)


def cell_states(con: "duckdb.DuckDBPyConnection", keys: Sequence[str] = ()) -> Answer:
    """When was each of these cells measured last, and what became of its newest try that says something about it?"""
    return _answer(con, "cell_states", keys=list(keys))


def out_of_memory(con: "duckdb.DuckDBPyConnection", models: Sequence[str] = ()) -> Answer:
    """Which cells of these models ran out of memory at their newest try?"""
    return _answer(con, "out_of_memory", models=list(models))


def left_out(con: "duckdb.DuckDBPyConnection") -> Answer:
    """How many rows are simulated or predicted, and therefore left out of every answer that does not ask for them?"""
    return _answer(con, "left_out")


def sql(name: str) -> str:
    """The text of a query."""
    return (resources.files(__package__) / f"{name}.sql").read_text(encoding="utf-8")


def _answer(con: "duckdb.DuckDBPyConnection", name: str, **parameters: Any) -> Answer:
    found = con.execute(sql(name), parameters)
    return Answer(tuple(column[0] for column in found.description or ()), found.fetchall())
