"""Boxes: the samples of each cell."""

import math
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import queries, stats
from pytest_ipfs_bench.reports.charts import drawing as look
from pytest_ipfs_bench.reports.table import Asked

if TYPE_CHECKING:
    import duckdb

MOST, SAMPLES = 24, 100
NAMES = (
    "name",
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


def distribution(con: "duckdb.DuckDBPyConnection", _: Asked) -> look.Drawing | None:
    """Latency, sample by sample, of the cells and benchmarks that were measured last."""
    answer = queries.sampled(con, limit=MOST)
    cells = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    finite = [sorted(filter(math.isfinite, one["samples_ms"])) for one in cells]
    if not any(finite):
        return None
    names, shared = _names(cells)
    known = {name: samples for name, samples in zip(names, finite, strict=True) if samples}
    boxes = {name: _quartiles(samples) for name, samples in known.items()}
    total = cells[0]["cells"]
    about = [
        *shared,
        f"Lines: samples, at most {SAMPLES} of each; box: half of them; mark: the median.",
        f"The newest {len(known)} of {total} cells and benchmarks." if total > len(known) else "",
    ]
    words = "; ".join(f"{name}: median {look.number(box['p50'], 'ms')}" for name, box in boxes.items())
    return look.drawing("Latency, sample by sample", f"Latency. {words}", _chart(known, boxes), about)


def _names(cells: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """What each is, and what all cells of models are, and all benchmarks: the one has columns that the other lacks."""
    names: dict[int, str] = {}
    shared: list[str] = []
    for what, benchmarks in (("Cells", False), ("Benchmarks", True)):
        places = [place for place, one in enumerate(cells) if (one["mode"] == "benchmark") is benchmarks]
        told, same = look.told_apart([cells[place] for place in places], NAMES) if places else ([], "")
        names |= dict(zip(places, map(look.two_lines, told), strict=True))
        shared += [f"{what}: {same}."] if same else []
    return [names[place] for place in range(len(cells))], shared


def _chart(known: dict[str, list[float]], boxes: dict[str, dict[str, float]]) -> Any:
    import altair as alt

    ticks = [(name, sample) for name, samples in known.items() for sample in stats.keep(samples, SAMPLES) or ()]
    label, width = look.left_for_plot(known)
    y = alt.Y(
        "cell:N",
        sort=list(known),
        title=None,
        axis=alt.Axis(minExtent=label, ticks=False, labelExpr=look.LINES, labelOffset=-6),
    )
    x = look.axis([sample for _, sample in ticks], title="latency (ms)")
    strip = alt.Chart(
        look.values([{"cell": name, "ms": sample} for name, sample in ticks]), width=width, height=alt.Step(36)
    )
    box = alt.Chart(look.values([{"cell": name, **box} for name, box in boxes.items()]))
    return alt.layer(
        strip.mark_tick(thickness=1, opacity=0.35, height=14, color=look.PALETTE[0]).encode(x=alt.X("ms:Q", **x), y=y),
        box.mark_bar(height=8, opacity=0.8, color=look.PALETTE[4]).encode(x=alt.X("p25:Q", **x), x2="p75:Q", y=y),
        box.mark_tick(thickness=3, height=16, color=look.PALETTE[5]).encode(
            x=alt.X("p50:Q", **x), y=y, tooltip=["cell:N", "p50:Q"]
        ),
    )


def _quartiles(ordered: list[float]) -> dict[str, float]:
    return {f"p{percent}": stats.quantile(ordered, percent / 100) for percent in (25, 50, 75)}
