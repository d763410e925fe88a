"""What every chart shares: how it looks, what it is made of."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_ipfs_bench.reports.words import printable, readable

# Okabe and Ito, Color Universal Design (2008): told apart by the colour-blind. Without black, which a dark page swallows.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B8A000")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right")
FONT = "Arial, Liberation Sans, sans-serif"
WIDE_FONT = "DejaVu Sans, Arial, sans-serif"  # it has the signs
WIDTH = 800  # px, of a whole chart as far as its names leave room
NARROWEST = 260  # px, of what is plotted
LETTER = 6.6  # px, of a letter at the size of labels, on the average
BETWEEN = " · "  # what a label tells of
LINES = "split(datum.label, '\\n')"
DECADES = 100  # values that lie further apart are shown on a logarithmic axis
INK = "#1b1b1b"  # of files; in a page it is the page's own
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Drawing:
    """A chart: its heading, lines about it (what is left out), what it shows in words, its Vega-Lite specification.

    The specification has no look yet: ink, fonts and background come when it is drawn.
    """

    heading: str
    about: tuple[str, ...]
    words: str
    spec: Mapping[str, Any]


def drawing(heading: str, words: str, chart: Any, about: Iterable[str] = ()) -> Drawing:
    """An altair chart as a Drawing."""
    spec = chart.to_dict()
    spec.pop("config", None)
    return Drawing(heading, tuple(filter(None, about)), words, spec)


def values(rows: Sequence[Row]) -> Any:
    """Rows as the data of an altair chart, inside it."""
    import altair as alt

    return alt.InlineData(values=[dict(row) for row in rows])


def named(row: Row, names: Sequence[str]) -> str:
    """What a row is, in one line: what is known of these columns. Measured here goes without saying; imported is said."""
    units = {"batch": "batch {}", "provenance": "({})"}
    known = [(name, row[name]) for name in names if row[name] is not None]
    said = [units.get(name, "{}").format(value) for name, value in known if (name, value) != ("provenance", "measured")]
    return printable(BETWEEN.join(said))


def told_apart(rows: Sequence[Row], names: Sequence[str]) -> tuple[list[str], str]:
    """What each row is, and what all of them are: a column in which they agree is said once. The first is said of each."""
    same = [name for name in names[1:] if len(rows) > 1 and len({row[name] for row in rows}) == 1]
    shared = named(rows[0], same) if any(rows[0][name] is not None for name in same) else ""
    return [named(row, [name for name in names if name not in same]) or "?" for row in rows], shared


def number(value: float, unit: str) -> str:
    """A value with its unit, as reports show it."""
    return f"{readable(float(value))} {unit}".strip()


def two_lines(text: str) -> str:
    """A label with a break after what it names first, for an axis with LINES."""
    return text.replace(BETWEEN, "\n", 1)


def left_for_plot(labels: Iterable[str], beside: int = 70) -> tuple[int, int]:
    """The px that the longest label takes, and what that leaves for the plot; names are never cut."""
    longest = round(max((len(line) for label in labels for line in label.split("\n")), default=0) * LETTER)
    return longest, max(NARROWEST, WIDTH - longest - beside)


def is_log(numbers: Iterable[float]) -> bool:
    """Whether values lie so far apart that they need a logarithmic axis: there a bar has no foot to stand on."""
    known = list(numbers)
    return bool(known) and min(known) > 0 and max(known) / min(known) > DECADES


def axis(numbers: Iterable[float], room: float = 0.06, *, zero: bool = True, **more: Any) -> dict[str, Any]:
    """Scale and axis of a channel: linear, or logarithmic with a line for each power of ten.

    room: the part of the axis that stays free behind the last value. zero: a linear one begins at 0.
    """
    import altair as alt

    known = list(numbers) or [0.0]
    low, high = min(known), max(known)
    if is_log(known):
        free = (high / low) ** room
        powers = [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high * free)) + 1)]
        domain, ticks = [low / free**0.5, high * free], {"values": powers, "format": "~g", "labelOverlap": True}
    else:
        free = (high - (0 if zero else low)) * room or abs(high) * room or 1.0
        domain, ticks = [min(low, 0.0) if zero else low - free, high + free], {}
    kind = "log" if is_log(known) else "linear"
    return {"scale": alt.Scale(type=kind, domain=domain, nice=False), "axis": alt.Axis(**ticks, **more)}


def colours(names: Iterable[str]) -> Any:
    """A colour for each name, the first ones all different."""
    import altair as alt

    found = list(dict.fromkeys(names))
    return alt.Scale(domain=found, range=[PALETTE[place % len(PALETTE)] for place in range(len(found))])


def shapes(names: Iterable[str]) -> Any:
    """A shape for each name: colour is not the only sign."""
    import altair as alt

    found = list(dict.fromkeys(names))
    return alt.Scale(domain=found, range=[SHAPES[place % len(SHAPES)] for place in range(len(found))])


def looks(drawn: Drawing, ink: str, background: str | None) -> dict[str, Any]:
    """The specification with a look: letters and axes in `ink`, on `background` (None: transparent)."""
    said = {
        "labelColor": ink,
        "titleColor": ink,
        "labelLimit": 0,
        "titleLimit": 0,
        "labelFontSize": 12,
        "titleFontSize": 12,
    }
    lines = {"domainColor": ink, "tickColor": ink, "gridColor": "#88888855"}
    config = {
        "font": FONT,
        "axis": {**said, **lines, "titleFontWeight": "normal"},
        "header": said,
        "legend": {**said, "orient": "bottom", "columns": 1, "symbolLimit": 0, "labelFont": WIDE_FONT},
        "title": {
            "color": ink,
            "subtitleColor": ink,
            "anchor": "start",
            "limit": 0,
            "fontSize": 15,
            "subtitleFontSize": 12,
        },
        "text": {"color": ink, "fontSize": 12},
        "rule": {"color": ink},
        "view": {"stroke": None},
    }
    return {**drawn.spec, "background": background, "padding": 12, "config": config}
