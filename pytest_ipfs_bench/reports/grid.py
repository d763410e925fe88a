"""Tables for terminals: columns as wide as their characters are there, and what is the same in every row said once."""

import unicodedata
from collections.abc import Sequence

from pytest_ipfs_bench.reports.table import Table

# What says which cell a row is about: often the same in all rows, and then a line above them instead of a column.
ABOUT = frozenset({
    "weights", "hardware", "device", "runtime", "mode", "precision", "batch", "shape", "options", "provenance", "statistic",
    "host", "type",
})  # fmt: skip
QUIET = frozenset({"options"})  # columns of which people are not even told that nothing is known in them


def known(table: Table) -> list[int]:
    """The places of columns in which something is known, and the first."""
    return [place for place in range(len(table.columns)) if place == 0 or _known(table, place)]


def differing(table: Table) -> list[int]:
    """Of these, those that are not the same in each of several rows."""
    places = known(table)
    if len(table.rows) < 2:  # noqa: PLR2004  of one row all would be
        return places
    return [place for place in places if place == 0 or table.columns[place] not in ABOUT or not _same(table, place)]


def unknown(table: Table) -> list[str]:
    """The names of columns in which nothing is known, where people would miss them."""
    there = {*known(table), *(place for place, name in enumerate(table.columns) if name in QUIET)}
    return [name for place, name in enumerate(table.columns) if place not in there and table.rows]


def _known(table: Table, place: int) -> bool:
    return any(row[place] is not None for row in table.rows)


def _same(table: Table, place: int) -> bool:
    first = table.rows[0][place]
    return all(row[place] == first for row in table.rows)


def grid(headings: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> str:
    """For a terminal: headings, a rule, and rows of single lines; numbers to the right."""
    head, *lines = _aligned([headings, *rows], numeric)
    rule = ["-" * width(cell) for cell in head]
    return "\n".join("  ".join(cells).rstrip() for cells in (head, rule, *lines))


def pipes(headings: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> str:
    """For markdown, likewise; at least three dashes make a rule."""
    head, *lines = _aligned([[f"{name:3}" for name in headings], *rows], numeric)
    rule = [
        f"{'-' * (width(cell) - 1)}:" if right else "-" * width(cell) for cell, right in zip(head, numeric, strict=True)
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))


def _aligned(rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> list[Sequence[str]]:
    columns = [_column([row[place] for row in rows], right=right) for place, right in enumerate(numeric)]
    return list(zip(*columns, strict=True))


def _column(cells: Sequence[str], *, right: bool) -> list[str]:
    widths = [width(cell) for cell in cells]
    most = max(widths)
    if right:
        return [" " * (most - wide) + cell for cell, wide in zip(cells, widths, strict=True)]
    return [cell + " " * (most - wide) for cell, wide in zip(cells, widths, strict=True)]


def width(words: str) -> int:
    """How many places of a terminal a line takes: two for a Chinese character or an emoji, none for what combines."""
    return len(words) if words.isascii() else sum(map(_places, words))


def _places(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
