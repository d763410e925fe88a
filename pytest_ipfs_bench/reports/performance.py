"""How fast: every number of every cell, by batch, by precision, over time."""

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.queries import Answer
from pytest_ipfs_bench.reports.table import Asked, Parts, Table, table, tables

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection


def performance(con: "Connection", _: Asked) -> Parts:
    """Models by their newest measurements, then benchmarks of tests."""
    models, benchmarks = queries.measurements(con), queries.benchmarks(con)
    return tables(("Models", models), ("Benchmarks", benchmarks)), []


def batch_scaling(con: "Connection", _: Asked) -> Parts:
    """Series over batch sizes, and the best batch of each: the one with the highest throughput."""
    answer = table("By batch", queries.batch_scaling(con))
    batches, best = answer.columns.index("batches"), answer.columns.index("best")
    several = replace(answer, rows=[row for row in answer.rows if row[batches] > 1])
    winners = Table("Best batch: the highest throughput", answer.columns, [row for row in several.rows if row[best]])
    alone = len(answer.rows) - len(several.rows)
    made = [_without(several, "batches")] + ([_without(winners, "batches", "best")] if winners.rows else [])
    notes = ["efficiency: items_per_s / batch, divided by the same at the smallest batch of the series; 1 is linear."]
    return made, notes + ([f"Not shown: {alone} cells measured at one batch size only."] if alone else [])


def precision(con: "Connection", _: Asked) -> Parts:
    """Each precision beside fp32 of the same cell."""
    notes = ["..._to_fp32: the value divided by that of fp32 of the same cell; unknown where fp32 was not measured."]
    return [table("Precision", queries.precision(con))], notes


def trend(con: "Connection", _: Asked) -> Parts:
    """The longest series among those asked about, newest last, with the change from one measurement to the next."""
    series = queries.all_series(con)
    if not series.rows:
        return [Table("Trend", ("measured_at", "commit", "p50_ms"), [])], []
    points = queries.trend(con)
    about = {name: value for name, value in zip(series.columns, series.rows[0], strict=True) if value is not None}
    shown = Table("Series", tuple(about), [tuple(about.values())])
    others = len(series.rows) - 1
    notes = ["change: p50 (the mean where there is no median) against the measurement before; 0.1 is 10 % slower."]
    if others:
        notes.append(
            f"The longest of {others + 1} series; choose another: --model, --hardware, --precision, --batch ..."
        )
    return [shown, _with_change(points)], notes


def _with_change(points: Answer) -> Table:
    """Measurements with the relative change of the latency, None for the first."""
    median, mean = points.columns.index("p50_ms"), points.columns.index("mean_ms")
    rows, before = [], None
    for row in points.rows:
        now = (median, row[median]) if row[median] is not None else (mean, row[mean])
        comparable = before is not None and before[0] == now[0] and before[1] and now[1] is not None
        rows.append((*row, now[1] / before[1] - 1 if before and comparable else None))
        before = now
    return Table("Trend", (*points.columns, "change"), rows)


def _without(whole: Table, *names: str) -> Table:
    places = [place for place, column in enumerate(whole.columns) if column not in names]
    rows = [tuple(row[place] for place in places) for row in whole.rows]
    return replace(whole, columns=tuple(whole.columns[place] for place in places), rows=rows)
