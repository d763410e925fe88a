"""A badge: one label and one value as an SVG that needs no font file and no server."""

import re
import unicodedata
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.reports.comparing import Entry, metric
from pytest_ipfs_bench.reports.table import Asked
from pytest_ipfs_bench.reports.words import UNKNOWN, printable

if TYPE_CHECKING:
    import duckdb

NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
PADDING, HEIGHT = 6, 20  # px
SHORT, LONG, THOUSAND = 0.1, 1e4, 1e3
# Widths of characters in px at 11 px, rounded up from sans-serif fonts that browsers fall back to (Verdana is the widest).
WIDTHS = {"fijl.,:;'|! ()[]": 5.0, 'rt-/\\"*': 5.5, "mw%—": 11.0, "MW@": 11.5}
LOWER, UPPER, WIDE = 7.0, 8.0, 12.0
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{height}" role="img" aria-label="{said}">
<title>{told}</title>
<clipPath id="round"><rect width="{whole}" height="{height}" rx="3"/></clipPath>
<g clip-path="url(#round)">
<rect width="{left}" height="{height}" fill="#444"/>
<rect x="{left}" width="{right}" height="{height}" fill="#1f5f99"/>
</g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" text-anchor="middle">
<text x="{label_at}" y="14" textLength="{label_width}" lengthAdjust="spacingAndGlyphs">{label}</text>
<text x="{value_at}" y="14" textLength="{value_width}" lengthAdjust="spacingAndGlyphs">{value}</text>
</g>
</svg>
"""


@dataclass(frozen=True)
class Badge:
    """What a badge shows, and in `told` what that is precisely."""

    label: str
    value: str
    told: str


def badge(con: "duckdb.DuckDBPyConnection", asked: Asked) -> Badge:
    """How much was measured; of a model that was asked for, its newest measurement by the metric."""
    if not (asked.filters.model or asked.filters.family):
        answer = queries.contents(con)
        measured = dict(zip(answer.columns, answer.rows[0], strict=True))["measured"]
        return Badge(
            "benchmarks", f"{measured} measured", f"{measured} measurements made here, imported ones not counted"
        )
    answer = queries.newest_by_metric(con, metric=asked.metric)
    entries = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    known = [one for one in entries if one["value"] is not None and one["model"] is not None]
    names = " or ".join(asked.filters.model or asked.filters.family)
    if not known:
        places = " or ".join(asked.filters.hardware)
        return Badge(f"{names} on {places}" if places else names, UNKNOWN, f"no {asked.metric} was measured")
    return _of(max(known, key=_newest), asked.metric, len(known))


def _newest(one: Entry) -> tuple[bool, str]:
    """Measured here comes before imported, then the newest."""
    return one["provenance"] == "measured", str(one["measured_at"] or "")


def _of(one: Entry, name: str, count: int) -> Badge:
    origin = "" if one["provenance"] == "measured" else f" ({one['provenance']})"
    about = [one[part] for part in ("device", "runtime", "mode", "precision", "shape", "options") if one[part]]
    about += [f"batch {one['batch']}"] if one["batch"] else []
    others = f"; the newest of {count} such cells" if count > 1 else ""
    when = f", {one['provenance']} {one['measured_at']:%Y-%m-%d}" if one["measured_at"] else f", {one['provenance']}"
    return Badge(
        f"{one['model']} on {one['hardware'] or UNKNOWN}",
        f"{_number(one['value'], metric(name).unit)}{origin}",
        f"{name} of {one['model']}: {', '.join(about)}{when}{others}",
    )


def _number(value: float, unit: str) -> str:
    """Three digits that count, thousands apart; short times in µs, long ones in s."""
    if unit == "ms" and (value < SHORT or value >= LONG):
        value, unit = (value * 1e3, "µs") if value < SHORT else (value / 1e3, "s")
    return f"{value:.3g} {unit}" if value < THOUSAND else f"{value:,.0f} {unit}"


def svg(shown: Badge) -> str:
    """The picture; whatever a database or a person calls things is text in it."""
    label, value, told = map(_text, (shown.label, shown.value, shown.told))
    label_width, value_width = _width(label), _width(value)
    left, right = label_width + 2 * PADDING, value_width + 2 * PADDING
    return SVG.format(
        whole=left + right, height=HEIGHT, left=left, right=right,
        label=escape(label), value=escape(value), said=escape(f"{label}: {value}"), told=escape(f"{label}: {value}. {told}"),
        label_width=label_width, value_width=value_width, label_at=left / 2, value_at=left + right / 2,
    )  # fmt: skip


def _text(words: str) -> str:
    """What XML can hold, and nothing that steers a reader."""
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", printable(words))


def _width(words: str) -> int:
    """About how wide words are drawn, px; the drawn ones are stretched to it, whatever the font."""
    return max(1, round(sum(map(_character, words))))


def _character(one: str) -> float:
    if unicodedata.combining(one):
        return 0.0
    if unicodedata.east_asian_width(one) in "WF":
        return WIDE
    return next((width for some, width in WIDTHS.items() if one in some), UPPER if one.isupper() else LOWER)
