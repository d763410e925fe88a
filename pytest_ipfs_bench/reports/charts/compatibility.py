"""A heat map: which model runs on which hardware, by colour and by sign."""

from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.reports import compatibility as states
from pytest_ipfs_bench.reports.charts import drawing as look
from pytest_ipfs_bench.reports.table import Asked, Table
from pytest_ipfs_bench.reports.words import printable

if TYPE_CHECKING:
    import duckdb

MOST = 40
COLOURS = {
    "works": "#009E73",
    "partly": "#E69F00",
    "fails": "#D55E00",
    "unavailable": "#999999",
    "unknown": "#BBBBBB",
    states.NEVER: "#88888822",
}


def compatibility(con: "duckdb.DuckDBPyConnection", _: Asked) -> look.Drawing | None:
    """One map for each provenance."""
    import altair as alt

    found = [table for table in states.matrices(con) if table.rows and len(table.columns) > 1]
    if not found:
        return None
    label = look.left_for_plot(printable(row[0]) for table in found for row in table.rows[:MOST])[0]
    left = sum(max(0, len(table.rows) - MOST) for table in found)
    words = "; ".join(f"{model} on {place} {state}" for table in found for model, place, state in _cells(table))
    chart = alt.vconcat(*(_map(table, label) for table in found), spacing=18).resolve_scale(color="shared")
    about = [f"Not drawn: {left} more models." if left else ""]
    return look.drawing("Which model runs where", f"Which model runs where. {words}", chart, about)


def _cells(table: Table) -> list[tuple[str, str, str]]:
    return [
        (printable(row[0]), printable(column), state)
        for row in table.rows[:MOST]
        for column, state in zip(table.columns[1:], row[1:], strict=True)
    ]


def _map(table: Table, label: int) -> Any:
    import altair as alt

    signs = {state: f"{sign} {state}" for state, sign in states.SYMBOLS.items()}
    cells = [
        {"model": model, "hardware": place, "state": signs[state], "sign": states.SYMBOLS[state]}
        for model, place, state in _cells(table)
    ]
    names = [printable(column) for column in table.columns[1:]]
    wide = max(44, min(110, (look.WIDTH - label - 40) // len(names)))
    angle = -40 if any(len(name) * look.LETTER > wide for name in names) else 0
    x = alt.Axis(orient="top", labelAngle=angle, domain=False, ticks=False)
    y = alt.Axis(minExtent=label, domain=False, ticks=False, labelPadding=6)
    colours = alt.Scale(domain=list(signs.values()), range=[COLOURS[state] for state in signs])
    title = alt.Title(table.title.rpartition(", ")[2], fontSize=13)
    base = alt.Chart(look.values(cells), width=alt.Step(wide), height=alt.Step(26), title=title).encode(
        x=alt.X("hardware:N", sort=names, title=None, axis=x), y=alt.Y("model:N", title=None, axis=y)
    )
    colour = alt.Color("state:N", scale=colours, legend=alt.Legend(title=None, columns=3))
    squares = base.mark_rect(stroke="#88888855").encode(color=colour, tooltip=["model:N", "hardware:N", "state:N"])
    return squares + base.mark_text(fontSize=14, font=look.WIDE_FONT).encode(text="sign:N")
