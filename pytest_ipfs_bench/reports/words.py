"""Values and headings as people and programs read them; whatever a database holds is escaped: it may be somebody else's."""

import math
import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pytest_ipfs_bench.encoding import plain
from pytest_ipfs_bench.reports.table import Document, Table

UNKNOWN = "—"
LONGEST = 160
QUIET = frozenset({"options"})  # columns that people are spared where nothing is known in them
# As Python tells of source that it can't parse: the place, the line quoted, the error; a cell has room for place and error.
UNPARSED = re.compile(r'\s*File "([^"\n]+)", line (\d+)\n.*\n(\w*Error: [^\n]+)\s*', re.DOTALL)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def title(document: Document) -> str:
    """The heading of a report."""
    return document.kind.capitalize().replace("-", " ")


def signed(table: Table) -> Table:
    """A table with its words as signs, where it has signs for them."""
    if not table.symbols:
        return table
    rows = [(row[0], *(table.symbols.get(value, value) for value in row[1:])) for row in table.rows]
    return replace(table, rows=rows)


def legend(document: Document) -> dict[str, str]:
    """The words of a document that have signs, with them."""
    return {word: sign for table in document.tables for word, sign in table.symbols.items()}


def legends(document: Document) -> list[str]:
    """What the signs of a document mean, as a line of text if there are any."""
    found = {sign: word for word, sign in legend(document).items()}
    return [", ".join(f"{sign} {word}" for sign, word in found.items())] if found else []


def worth_showing(table: Table) -> list[int]:
    """The places of the columns that tell people something."""
    return [
        place
        for place, column in enumerate(table.columns)
        if column not in QUIET or any(row[place] is not None for row in table.rows)
    ]


def unknown(value: Any) -> bool:
    """Whether a value is none: nothing, or not a number."""
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def readable(value: Any) -> str:
    """A value for a person: four significant digits, times to the second, a dash for the unknown."""
    if unknown(value):
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"  # noqa: PLR2004
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    words = " ".join(UNPARSED.sub(r"\3 (\1, line \2)", str(value), count=1).split("\n"))
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def exact(value: Any) -> Any:
    """A value for a program, as JSON can hold it."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else plain(value)


def printable(words: str) -> str:
    """Text that can't steer a terminal: control characters are shown as their escapes."""
    return CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), words)


def is_numeric(column: Sequence[Any]) -> bool:
    """Whether a column is one of numbers, as far as it is known."""
    known = [value for value in column if value is not None]
    return bool(known) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)
