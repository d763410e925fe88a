"""What only some measurements have: generation, training, browsers, energy."""

from typing import TYPE_CHECKING

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.queries import Answer
from pytest_ipfs_bench.reports.table import Asked, Parts, Table, table, tables

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection


def generation(con: "Connection", _: Asked) -> Parts:
    """Prefill and decode: tokens per second, time to the first token, time per output token."""
    return [table("Generation", queries.generation(con))], []


def training(con: "Connection", _: Asked) -> Parts:
    """Steps of training and their parts."""
    return [table("Training", queries.training(con))], []


def distributed(con: "Connection", _: Asked) -> Parts:
    """Training in several processes."""
    notes = ["scaling_efficiency: throughput of a process against that of one process alone; 1 is linear."]
    answer = queries.distributed(con)
    return [table("Distributed training", answer)], notes if answer.rows else []


def web(con: "Connection", _: Asked) -> Parts:
    """Browsers: what they measured, the ways through them side by side, and what their switches gain."""
    found, flags = queries.web(con), queries.web_flags(con)
    beside = _beside(queries.web_side_by_side(con))
    made = (
        tables(("Browsers", found))
        + ([beside] if beside.rows else [])
        + tables(("Switches", flags))[: bool(flags.rows)]
    )
    notes = ["Side by side: medians in ms, of several devices or runtimes the fastest."] if beside.rows else []
    return made, notes


def power(con: "Connection", _: Asked) -> Parts:
    """Energy by item and by run, and the power of it."""
    notes = ["An item is a token in prefill and decode, else a sample of the batch."]
    answer = queries.power(con)
    return [table("Power", answer)], notes if answer.rows else []


def _beside(answer: Answer) -> Table:
    """One row for each cell, one column for each way to run it."""
    about = answer.columns[:-2]
    cells: dict[tuple[object, ...], dict[str, float]] = {}
    for *cell, way, latency in answer.rows:
        cells.setdefault(tuple(cell), {})[way] = latency
    ways = sorted({row[-2] for row in answer.rows}, key=lambda way: (way.startswith("native "), way))
    columns = (*about, *(f"{way} ms" for way in ways))
    return Table("Side by side", columns, [(*cell, *(known.get(way) for way in ways)) for cell, known in cells.items()])
