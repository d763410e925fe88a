"""What tools print on a terminal: text without its colours, lines with their places, figures with their units."""

import re
from typing import NamedTuple

from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.values import number

# Printed results are asked for before tables are: a line of chatter with a comma in it looks like a table's header.
EARLY = -10
ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
FENCE = re.compile(r"^ {0,3}```", re.MULTILINE)
FIGURE = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,4})?"
# Powers of ten: the decimal point of a printed figure is moved, so that 298794.1 ns are 0.2987941 ms and nothing more.
POWERS = {"ps": -9, "ns": -6, "us": -3, "µs": -3, "μs": -3, "ms": 0, "s": 3}


class Line(NamedTuple):
    """A line as it stood on the screen, and its place in the file."""

    place: str
    text: str


def printed(document: Document) -> str | None:
    """What a program printed, without escapes; None for binary content, JSON, and Markdown, which only quotes output."""
    text = None if document.json is not None else document.text
    return None if not text or ("```" in text and FENCE.search(text)) else plain(text)


def plain(text: str) -> str:
    """Text without the escape sequences that colour it or move the cursor.

    >>> plain("\\x1b[32mfib\\x1b[0m 10")
    'fib 10'
    """
    return ESCAPE.sub("", text) if "\x1b" in text else text


def lines(document: Document) -> list[Line]:
    """The lines of a document, without escapes."""
    return split(plain(document.text or ""))


def split(text: str) -> list[Line]:
    """The lines of a text; of one that was written over (after a carriage return) what was left of it in the end.

    >>> split("Warming up\\rfib  time: 3 ns  \\r\\n")[0]
    Line(place='line 1', text='fib  time: 3 ns')
    """
    written = (line.rstrip().rpartition("\r")[2] for line in text.split("\n"))
    return [Line(f"line {count}", line) for count, line in enumerate(written, 1)]


def figure(text: str) -> float | None:
    """A number as it is printed, perhaps with commas between its thousands.

    >>> figure("13,967,756.30"), figure("1,2")
    (13967756.3, None)
    """
    return number(text.replace(",", "")) if re.fullmatch(FIGURE, text) else None


def milliseconds(value: str, unit: str) -> float | None:
    """A printed time in ms; None if its unit is none of time.

    >>> milliseconds("298,794.1", "ns"), milliseconds("2", "s"), milliseconds("7", "cycles")
    (0.2987941, 2000.0, None)
    """
    if unit not in POWERS or not re.fullmatch(FIGURE, value):
        return None
    digits, _, power = value.replace(",", "").lower().partition("e")
    return number(float(f"{digits}e{int(power or 0) + POWERS[unit]}"))


def quantity(text: str) -> float | None:
    """A time with its unit, as `41.731 us` or `15.041ms`, in ms.

    >>> quantity("41.731 us"), quantity("15.041ms"), quantity("7 cycles")
    (0.041731, 15.041, None)
    """
    found = re.fullmatch(rf"({FIGURE}) ?(\S+)", text)
    return milliseconds(found[1], found[2]) if found else None
