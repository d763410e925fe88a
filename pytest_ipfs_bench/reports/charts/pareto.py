"""Points: memory against latency, and which cells are beaten in both by none."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.reports.charts import drawing as look
from pytest_ipfs_bench.reports.table import Asked
from pytest_ipfs_bench.reports.words import unknown

if TYPE_CHECKING:
    import duckdb

MOST, NAMED = 300, 12
NAMES = (
    "model",
    "weights",
    "hardware",
    "device",
    "runtime",
    "mode",
    "precision",
    "batch",
    "shape",
    "options",
    "provenance",
)
SHORT = ("model", "precision", "batch")
PLACES = ("hardware", "provenance")


def pareto(con: "duckdb.DuckDBPyConnection", _: Asked) -> look.Drawing | None:
    """The newest cells whose latency and peak memory are known, of the mode and batch that most have: others would not compare.

    The front is drawn for each provenance.
    """
    answer = queries.latency_and_memory(con, limit=MOST)
    cells = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    whole = [one for one in cells if not (unknown(one["p50_ms"]) or unknown(one["peak_mb"]))]
    if not whole:
        return None
    most = Counter((one["mode"], one["batch"]) for one in whole).most_common(1)[0][0]
    known = [one for one in whole if (one["mode"], one["batch"]) == most]
    names, shared = look.told_apart(known, NAMES)
    short, __ = look.told_apart(known, SHORT)
    points = [_point(*one) for one in zip(known, names, short, strict=True)]
    best = [
        point for provenance in sorted({one["provenance"] for one in points}) for point in front(points, provenance)
    ]
    total = cells[0]["cells"]
    about = [
        f"{shared}." if shared else "",
        "Dashed, named: cells that none beats in both.",
        f"{len(known)} of {total} cells: of the newest those in the mode and batch that most have."
        if total > len(known)
        else "",
    ]
    told = [f"{one['name']}: {look.number(one['ms'], 'ms')}, {look.number(one['mb'], 'MB')}" for one in best]
    words = f"Cells that none beats in latency and memory. {shared}. {'; '.join(told)}"
    return look.drawing("Memory against latency", words, _chart(points, best), about)


def front(points: Sequence[dict[str, Any]], provenance: str) -> list[dict[str, Any]]:
    """The points of one provenance that no other beats in both latency and memory, by latency."""
    found: list[dict[str, Any]] = []
    same = [one for one in points if one["provenance"] == provenance]
    for point in sorted(same, key=lambda one: (one["ms"], one["mb"])):
        if not found or point["mb"] < found[-1]["mb"]:
            found.append(point)
    return found


def _point(one: dict[str, Any], name: str, short: str) -> dict[str, Any]:
    told = {"name": name, "short": short, "place": look.named(one, PLACES) or "?", "provenance": one["provenance"]}
    return {**told, "ms": one["p50_ms"], "mb": one["peak_mb"]}


def _chart(points: list[dict[str, Any]], best: list[dict[str, Any]]) -> Any:
    import altair as alt

    x = alt.X("ms:Q", **look.axis([one["ms"] for one in points], 0.12, title="latency (ms)"))
    y = alt.Y("mb:Q", **look.axis([one["mb"] for one in points], 0.08, title="peak memory (MB)"))
    places = sorted({one["place"] for one in points})
    colour = alt.Color("place:N", title=None, scale=look.colours(places))
    shape = alt.Shape("place:N", title=None, scale=look.shapes(places))
    base = alt.Chart(look.values(points), width=look.WIDTH - 90, height=400).encode(x=x, y=y)
    fronts = alt.Chart(look.values(best)).encode(x=x, y=y)
    line = fronts.mark_line(interpolate="step-after", strokeDash=[4, 3], color=look.PALETTE[5])
    dots = base.mark_point(filled=True, size=70, opacity=0.85)
    names = alt.Chart(look.values(best[:NAMED])).mark_text(align="left", dx=4, dy=-13)
    return alt.layer(
        line.encode(detail="provenance:N"),
        dots.encode(color=colour, shape=shape, tooltip=["name:N", "place:N", "ms:Q", "mb:Q"]),
        names.encode(x=x, y=y, text="short:N"),
    )
