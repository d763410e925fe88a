"""Lines: throughput and latency by batch."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.reports.charts import drawing as look
from pytest_ipfs_bench.reports.table import Asked
from pytest_ipfs_bench.reports.words import unknown

if TYPE_CHECKING:
    import duckdb

MOST = len(look.PALETTE)
SERIES = ("model", "weights", "hardware", "device", "runtime", "mode", "precision", "shape", "options", "provenance")
PANELS = {"items_per_s": "throughput (items/s)", "p50_ms": "latency (ms, median)"}
Series = list[dict[str, Any]]


def batch_scaling(con: "duckdb.DuckDBPyConnection", _: Asked) -> look.Drawing | None:
    """The series with the most batches, one line each."""
    import altair as alt

    series = _series(queries.batch_scaling(con))
    shown = sorted(series, key=lambda points: -len(points))[:MOST]
    if not shown:
        return None
    names, shared = look.told_apart([points[0] for points in shown], SERIES)
    points = [{**point, "series": name} for name, known in zip(names, shown, strict=True) for point in known]
    panels = [_panel(points, names, column) for column in PANELS if any(not unknown(one[column]) for one in points)]
    left = len(series) - len(shown)
    about = [f"{shared}." if shared else "", f"Not drawn: {left} more series, of no more batches." if left else ""]
    told = [
        f"{one['series']} batch {one['batch']} {look.number(one['items_per_s'], 'items/s')}"
        for one in points
        if not unknown(one["items_per_s"])
    ]
    return look.drawing(
        "Throughput and latency by batch", "; ".join([shared, *told]), alt.vconcat(*panels, spacing=18), about
    )


def _series(answer: queries.Answer) -> list[Series]:
    found: dict[tuple[Any, ...], Series] = {}
    for row in answer.rows:
        one = dict(zip(answer.columns, row, strict=True))
        if one["batches"] > 1 and one["batch"] > 0 and not all(unknown(one[column]) for column in PANELS):
            found.setdefault(tuple(one[name] for name in SERIES), []).append(one)
    return list(found.values())


def _panel(points: Series, names: Sequence[str], column: str) -> Any:
    import altair as alt

    known = [{name: one[name] for name in ("series", "batch", column)} for one in points if not unknown(one[column])]
    batches = sorted({one["batch"] for one in points})
    x = alt.X(
        "batch:Q",
        title="batch",
        scale=alt.Scale(type="log", base=2, domain=[batches[0], batches[-1]]),
        axis=alt.Axis(values=batches, format="d"),
    )
    y = alt.Y(f"{column}:Q", **look.axis([one[column] for one in known], title=PANELS[column]))
    colour = alt.Color("series:N", title=None, sort=names, scale=look.colours(names))
    shape = alt.Shape("series:N", title=None, sort=names, scale=look.shapes(names))
    base = alt.Chart(look.values(known), width=look.WIDTH - 90, height=230)
    dots = base.mark_point(filled=True, size=70, opacity=1)
    tooltip = ["series:N", "batch:Q", f"{column}:Q"]
    return base.mark_line().encode(x=x, y=y, color=colour) + dots.encode(
        x=x, y=y, color=colour, shape=shape, tooltip=tooltip
    )
