"""Bars: the same cell on each hardware, by one metric, with the interval of each value."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import queries, stats
from pytest_ipfs_bench.reports import comparing
from pytest_ipfs_bench.reports.charts import drawing as look
from pytest_ipfs_bench.reports.table import Asked
from pytest_ipfs_bench.reports.words import unknown

if TYPE_CHECKING:
    import duckdb

MOST_CELLS, MOST_BARS = 8, 12
WHERE = ("hardware", "device", "runtime")
UNITS = {"throughput": "items/s", "memory": "MB", "device-memory": "MB", "energy": "J"}  # the rest are ms
Cell = list[dict[str, Any]]


def hardware(con: "duckdb.DuckDBPyConnection", asked: Asked) -> look.Drawing | None:
    """The cells that were measured in the most places, each against an axis of its own."""
    import altair as alt

    metric, unit = comparing.metric(asked.metric), UNITS.get(asked.metric, "ms")
    cells = _cells(queries.comparison(con, metric=asked.metric))
    if not cells:
        return None
    several = [cell for cell in cells if len(cell) > 1] or cells
    shown = [_bars(cell, asked.metric, unit, metric.more_is_better) for cell in several[:MOST_CELLS]]
    names, shared = look.told_apart([cell[0] for cell in shown], comparing.GROUP)
    heading = f"Hardware by {asked.metric} ({unit}), {'more' if metric.more_is_better else 'less'} is better"
    width = look.left_for_plot(bar["where"] for bars in shown for bar in bars)
    colours = look.colours(sorted({bar["hardware"] for bars in shown for bar in bars}))
    panels = [_panel(name, bars, width, colours) for name, bars in zip(names, shown, strict=True)]
    told = [
        f"{name}: " + ", ".join(f"{bar['where']} {bar['told']}" for bar in bars)
        for name, bars in zip(names, shown, strict=True)
    ]
    return look.drawing(
        heading,
        f"{heading}. {shared}. {'; '.join(told)}",
        alt.vconcat(*panels, spacing=14),
        _about(shared, cells, shown),
    )


def _about(shared: str, cells: Sequence[Cell], shown: Sequence[Cell]) -> list[str]:
    more = len(cells) - len(shown)
    whiskers = any("low" in bar for bars in shown for bar in bars)
    return [
        f"{shared}." if shared else "",
        "Whiskers: 95 % intervals inside one session." if whiskers else "",
        f"Not drawn: {more} more cells, measured in no more places." if more else "",
    ]


def _cells(answer: queries.Answer) -> list[Cell]:
    """Rows by what was measured, that in the most places first."""
    found: dict[tuple[Any, ...], Cell] = {}
    for row in answer.rows:
        one = dict(zip(answer.columns, row, strict=True))
        if not unknown(one["value"]):
            found.setdefault(tuple(one[name] for name in comparing.GROUP), []).append(one)
    return sorted(found.values(), key=lambda cell: -len(cell))


def _bars(cell: Cell, metric: str, unit: str, more_is_better: bool) -> Cell:  # noqa: FBT001  as Metric has it
    """The best places of a cell."""
    best = sorted(cell, key=lambda one: one["value"], reverse=more_is_better)[:MOST_BARS]
    return [_bar(one, metric, unit) for one in best]


def _bar(one: Mapping[str, Any], metric: str, unit: str) -> dict[str, Any]:
    interval = _interval(one["value"], one["samples"], metric)
    return {
        **{name: one[name] for name in comparing.GROUP},
        "where": look.named(one, WHERE) or "?",
        "hardware": one["hardware"] or "?",
        "value": float(one["value"]),
        "told": look.number(one["value"], unit),
        "end": interval[1] if interval else float(one["value"]),
        **(dict(zip(("low", "high"), interval, strict=True)) if interval else {}),
    }


def _interval(value: float, samples: Sequence[float] | None, metric: str) -> tuple[float, float] | None:
    """The interval of a median; the throughput of one batch is the inverse of the mean latency, and so is its interval."""
    if not samples:
        return None
    if metric != "throughput":
        return stats.interval_of_median(samples)
    relative = stats.relative_interval_of_mean(samples)
    return (value / relative[1], value / relative[0]) if relative else None


def _panel(name: str, bars: Cell, width: tuple[int, int], colours: Any) -> Any:
    import altair as alt

    numbers = [bar[end] for bar in bars for end in ("value", "end", "low") if end in bar]
    room = 0.3 * look.NARROWEST / width[1]  # for the value beside the bar
    x = look.axis(numbers, room, grid=False, title=None, tickCount=6)
    y = alt.Y(
        "where:N", sort=[bar["where"] for bar in bars], title=None, axis=alt.Axis(minExtent=width[0], ticks=False)
    )
    colour = alt.Color("hardware:N", legend=None, scale=colours)
    base = alt.Chart(look.values(bars), width=width[1], height=alt.Step(24), title=alt.Title(name, fontSize=13))
    mark = base.mark_point(filled=True, size=90) if look.is_log(numbers) else base.mark_bar(height=15)
    whiskers = alt.Chart(look.values([bar for bar in bars if "low" in bar])).mark_rule(strokeWidth=1.5)
    words = base.mark_text(align="left", dx=7)
    return alt.layer(
        mark.encode(x=alt.X("value:Q", **x), y=y, color=colour, tooltip=["where:N", "told:N"]),
        whiskers.encode(x=alt.X("low:Q", **x), x2="high:Q", y=y),
        words.encode(x=alt.X("end:Q", **x), y=y, text="told:N"),
    )
