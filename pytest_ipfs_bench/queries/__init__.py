"""Questions to the database: one SQL file each, its first line the question; one typed function per file.

Those that reports ask read the views of `filters.choose`, which hold what was asked about and may be counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection

NO_LIMIT = 2**62


@dataclass(frozen=True)
class Answer:
    """Column names and rows, unrounded; None is unknown."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def runs(con: "Connection", *, limit: int = NO_LIMIT) -> Answer:
    """Which runs are there, the newest first?"""
    return _answer(con, "runs", limit=limit)


def model_results(con: "Connection", *, limit: int = NO_LIMIT) -> Answer:
    """How fast is each model on each hardware, by its newest measurement of each kind?"""
    return _answer(con, "model_results", limit=limit)


def measurements(con: "Connection") -> Answer:
    """How fast is each model on each hardware, in every number of its newest measurement of each kind?"""
    return _answer(con, "measurements")


def newest_measurements(con: "Connection") -> Answer:
    """What is known of each cell of a model, in every column of its newest measurement?"""
    return _answer(con, "newest_measurements")


def contents(con: "Connection") -> Answer:
    """How much is there of what may be counted, and when was it measured last?"""
    return _answer(con, "contents")


def benchmarks(con: "Connection", *, limit: int = NO_LIMIT) -> Answer:
    """How fast is each benchmark of the tests, by its newest measurement on each device?"""
    return _answer(con, "benchmarks", limit=limit)


def cell_failures(con: "Connection", *, limit: int = NO_LIMIT) -> Answer:
    """Which models do not run on which hardware, by the newest try of each cell, and why?"""
    return _answer(con, "cell_failures", limit=limit)


def failures(con: "Connection", *, limit: int = NO_LIMIT) -> Answer:
    """Which tests fail by their newest outcome, and why?"""
    return _answer(con, "failures", limit=limit)


def outcome_counts(con: "Connection") -> Answer:
    """How many outcomes of each status are there?"""
    return _answer(con, "outcome_counts")


def outcomes_by_module(con: "Connection") -> Answer:
    """What became of the tests of each module?"""
    return _answer(con, "outcomes_by_module")


def flaky(con: "Connection") -> Answer:
    """Which tests have both passed and failed?"""
    return _answer(con, "flaky")


def hardware(con: "Connection") -> Answer:
    """Which hardware is there?"""
    return _answer(con, "hardware")


def hardware_use(con: "Connection") -> Answer:
    """What does each hardware run: how many cells, by the newest try of each?"""
    return _answer(con, "hardware_use")


def compatibility(con: "Connection") -> Answer:
    """What is known of each model on each kind of hardware, by the newest tries of its cells?"""
    return _answer(con, "compatibility")


def compatibility_changes(con: "Connection", *, limit: int = NO_LIMIT) -> Answer:
    """Which cells changed their state from one try to the next, the newest change first?"""
    return _answer(con, "compatibility_changes", limit=limit)


def causes(con: "Connection") -> Answer:
    """Why do cells not run, by the newest try of each: how many for which reason, and when was that?"""
    return _answer(con, "causes")


def comparison(con: "Connection", *, metric: str = "latency") -> Answer:
    """What does each cell reach by one metric, with its samples where the metric is their median?"""
    return _answer(con, "comparison", metric=metric)


def measured_runs(con: "Connection") -> Answer:
    """Which runs have measurements that were asked about, the newest first, and by what can each be called?"""
    return _answer(con, "measured_runs")


def newest_by_metric(con: "Connection", *, metric: str = "latency") -> Answer:
    """What did each cell and each benchmark reach by one metric in its newest measurement, and under which circumstances?"""
    return _answer(con, "newest_by_metric", metric=metric)


def samples_of(con: "Connection", results: Sequence[str] = ()) -> Answer:
    """Which raw samples have these measurements?"""
    return _answer(con, "samples_of", results=list(results))


def batch_scaling(con: "Connection") -> Answer:
    """How do latency and throughput change with the batch, and which batch has the highest throughput?"""
    return _answer(con, "batch_scaling")


def precision(con: "Connection") -> Answer:
    """What does each precision give and cost, against fp32 of the same cell?"""
    return _answer(con, "precision")


def generation(con: "Connection") -> Answer:
    """How fast does each model read a prompt and write tokens?"""
    return _answer(con, "generation")


def training(con: "Connection") -> Answer:
    """How long does a step of training take, in which parts, and does the loss fall?"""
    return _answer(con, "training")


def distributed(con: "Connection") -> Answer:
    """How does training scale over processes?"""
    return _answer(con, "distributed")


def web(con: "Connection") -> Answer:
    """What did each browser measure, on which adapter, and how long did it take to get there?"""
    return _answer(con, "web")


def web_flags(con: "Connection") -> Answer:
    """What does each switch of a browser's runtime gain, by two real measurements that differ in it alone?"""
    return _answer(con, "web_flags")


def web_side_by_side(con: "Connection") -> Answer:
    """How fast is the same cell in a browser, by each way through it, and outside of one?"""
    return _answer(con, "web_side_by_side")


def power(con: "Connection") -> Answer:
    """How much energy does an item take, and how much power a run?"""
    return _answer(con, "power")


def all_series(con: "Connection", *, limit: int = NO_LIMIT) -> Answer:
    """Which series of measurements are there, the longest first?"""
    return _answer(con, "all_series", limit=limit)


def trend(con: "Connection") -> Answer:
    """How did the longest series change over time, the oldest measurement first?"""
    return _answer(con, "trend")


def coverage(con: "Connection", *, now: datetime | None = None) -> Answer:
    """Which cells have been tried and measured, and how old is what is known of them?"""
    return _answer(con, "coverage", now=now or _now())


def planned_cells(con: "Connection", cells: Sequence[str] = (), *, now: datetime | None = None) -> Answer:
    """Which of these cells, named by their ids, have been measured, how long ago, and what became of the others?"""
    return _answer(con, "planned_cells", cells=list(cells), now=now or _now())


def import_totals(con: "Connection") -> Answer:
    """How do the books of imports balance: files found, and what became of them?"""
    return _answer(con, "import_totals")


def import_files(con: "Connection") -> Answer:
    """What became of the files of each format that imports looked at?"""
    return _answer(con, "import_files")


def import_reasons(con: "Connection") -> Answer:
    """Why were files not imported?"""
    return _answer(con, "import_reasons")


def sampled(con: "Connection", *, limit: int = NO_LIMIT) -> Answer:
    """What are the samples of the cells and benchmarks that were measured last?"""
    return _answer(con, "sampled", limit=limit)


def latency_and_memory(con: "Connection", *, limit: int = NO_LIMIT) -> Answer:
    """How much memory does each cell take for its latency, those measured last first?"""
    return _answer(con, "latency_and_memory", limit=limit)


def database_facts(con: "Connection") -> Answer:
    """How old is the database, and which version of the schema has it?"""
    return _answer(con, "database_facts")


def table_rows(con: "Connection") -> Answer:
    """How many rows has each table?"""
    return _answer(con, "table_rows")


def upkeep(con: "Connection") -> Answer:
    """What was done to the database besides storing sessions?"""
    return _answer(con, "upkeep")


def left_out(con: "Connection") -> Answer:
    """How many rows are simulated or predicted, and therefore left out of every answer that does not ask for them?"""
    return _answer(con, "left_out")


def future(con: "Connection", *, now: datetime | None = None) -> Answer:
    """How many of the measurements are dated in the future?"""
    return _answer(con, "future", now=now or _now())


def known_names(con: "Connection") -> Answer:
    """Which names can a report be asked about?"""
    return _answer(con, "known_names")


def cell_states(con: "Connection", keys: Sequence[str] = ()) -> Answer:
    """When was each of these cells measured last, and what became of its newest try that says something about it?"""
    return _answer(con, "cell_states", keys=list(keys))


def out_of_memory(con: "Connection", models: Sequence[str] = ()) -> Answer:
    """Which cells of these models ran out of memory at their newest try?"""
    return _answer(con, "out_of_memory", models=list(models))


def sql(name: str) -> str:
    """The text of a query."""
    return (resources.files(__package__) / f"{name}.sql").read_text(encoding="utf-8")


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _answer(con: "Connection", name: str, **parameters: Any) -> Answer:
    found = con.execute(sql(name), parameters)
    return Answer(tuple(column[0] for column in found.description or ()), found.fetchall())
