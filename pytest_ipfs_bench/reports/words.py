"""Values and headings as people and programs read them; whatever a database holds is escaped: it may be somebody else's."""

import math
import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pytest_ipfs_bench.encoding import plain
from pytest_ipfs_bench.reports import columns
from pytest_ipfs_bench.reports.table import Document, Table

UNKNOWN = "—"
LONGEST = 160
PLAIN, EXPONENT = 1e4, 1e15  # from here on whole numbers, from there on an exponent
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
    """What the signs of a document mean, and which columns it is spared: nothing is known in them."""
    found = {sign: word for table in document.tables for word, sign in table.symbols.items()}
    return ([", ".join(f"{sign} {word}" for sign, word in found.items())] if found else []) + spared(document)


def spared(document: Document) -> list[str]:
    """Which columns people don't see, by table: nothing is known in them."""
    found = [(table.title, columns.unknown(table)) for table in document.tables]
    return [f"{name}: {UNKNOWN} in every row, and not shown: {', '.join(names)}." for name, names in found if names]


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
        return f"{value:.0f}" if PLAIN <= abs(value) < EXPONENT else f"{value:.4g}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    words = str(value)
    if "\n" in words:
        words = " ".join(UNPARSED.sub(r"\3 (\1, line \2)", words, count=1).split("\n"))
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def exact(value: Any) -> Any:
    """A value for a program, as JSON can hold it."""
    if isinstance(value, str):
        return value if value.isascii() else plain(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else plain(value)


def printable(words: str) -> str:
    """Text that can't steer a terminal: control characters are shown as their escapes."""
    if words.isprintable():
        return words
    return CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), words)


def is_numeric(column: Sequence[Any]) -> bool:
    """Whether a column is one of numbers, as far as it is known."""
    known = [value for value in column if value is not None]
    return bool(known) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)
