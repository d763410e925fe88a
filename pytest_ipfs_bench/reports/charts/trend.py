"""A line: one series over time, by commit."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.reports.charts import drawing as look
from pytest_ipfs_bench.reports.charts.distribution import NAMES
from pytest_ipfs_bench.reports.table import Asked
from pytest_ipfs_bench.reports.words import printable, unknown

if TYPE_CHECKING:
    import duckdb

MOST, COMMITS = 500, 16
STATISTICS = {"p50_ms": "median", "mean_ms": "mean"}


def trend(con: "duckdb.DuckDBPyConnection", _: Asked) -> look.Drawing | None:
    """The newest measurements of the longest series; where the commit changes, its name."""
    rows = [dict(zip(answer.columns, row, strict=True)) for answer in [queries.trend(con)] for row in answer.rows]
    column = "p50_ms" if any(not unknown(row["p50_ms"]) for row in rows) else "mean_ms"
    known = [row for row in rows if not unknown(row[column]) and row["measured_at"] is not None]
    if not known:
        return None
    series = queries.all_series(con, limit=1)
    name = look.named(dict(zip(series.columns, series.rows[0], strict=True)), NAMES)
    points = _points(known[-MOST:], column)
    first, last = points[0], points[-1]
    about = [
        f"{name}.",
        f"{first['measured'][:16]} to {last['measured'][:16]}, UTC.".replace("T", " ", 2),
        f"The newest {MOST} of {len(known)} measurements." if len(known) > MOST else "",
    ]
    ends = f"first {look.number(first['ms'], 'ms')}, last {look.number(last['ms'], 'ms')}"
    words = f"Latency of {name} over {len(points)} measurements: {ends}"
    return look.drawing("Latency over time", words, _chart(points, STATISTICS[column]), about)


def _chart(points: list[dict[str, Any]], statistic: str) -> Any:
    import altair as alt

    x = alt.X(
        "measured:T",
        title="measured (UTC)",
        scale=alt.Scale(type="utc", padding=20),
        axis=alt.Axis(tickCount=8, format=_format(points)),
    )
    y = look.axis([point["ms"] for point in points], 0.3, zero=False, title=f"latency (ms, {statistic})")
    base = alt.Chart(look.values(points), width=look.WIDTH - 90, height=280).encode(x=x, y=alt.Y("ms:Q", **y))
    dots = base.mark_point(filled=True, size=45, opacity=1, color=look.PALETTE[0])
    names = base.transform_filter("datum.label != ''").mark_text(angle=300, align="left", dx=8, dy=-4)
    return alt.layer(
        base.mark_line(color=look.PALETTE[0]),
        dots.encode(tooltip=["measured:T", "ms:Q", "commit:N", "branch:N"]),
        names.encode(text="label:N"),
    )


def _format(points: list[dict[str, Any]]) -> str:
    """How times are told apart: by day, by minute or by second."""
    first, last = (datetime.fromisoformat(points[end]["measured"]) for end in (0, -1))
    span = last - first
    return "%Y-%m-%d" if span > timedelta(days=8) else "%m-%d %H:%M" if span > timedelta(minutes=8) else "%H:%M:%S"


def _points(known: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    """Measurements, those with a label where the commit is another than before; of many changes the first of each few."""
    changes = [place for place, row in enumerate(known) if place == 0 or row["commit"] != known[place - 1]["commit"]]
    labelled = set(changes[:: -(-len(changes) // COMMITS)])
    return [
        {
            "measured": f"{row['measured_at'].isoformat()}Z",
            "ms": row[column],
            "commit": printable(row["commit"] or "?"),
            "branch": printable(row["branch"] or "?"),
            "label": printable(row["commit"] or "") if place in labelled else "",
        }
        for place, row in enumerate(known)
    ]
