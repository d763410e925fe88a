"""Times of old files: as they are written, without a guess. What can't be read is None, never now."""

import functools
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})[_T-](\d{2})(\d{2})(\d{2})")
IN_NAME = re.compile(r"(?<!\d)(20\d{6})[_T-](\d{6})(?!\d)")
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  all times are UTC without a zone here
# Seconds, ms, µs or ns since 1970, told apart by size: as seconds each lies between 1990 and 2100.
EPOCH_UNITS = (1.0, 1e3, 1e6, 1e9)
PLAUSIBLE = (631_152_000.0, 4_102_444_800.0)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in UTC without a zone, and how it was written: `utc` (with a zone), `epoch`, `naive`, or in a `name`."""

    at: str
    kind: str


def moment(value: Any) -> Moment | None:
    """The time that a value states: ISO 8601 with or without zone, 20250306_184132, seconds or ms since 1970, RFC 2822.

    >>> moment("2025-03-06T18:41:32+05:30")
    Moment(at='2025-03-06 13:11:32.000000', kind='utc')
    >>> moment("20250306_184132").kind, moment("yesterday"), moment(True)
    ('naive', None, None)
    """
    if isinstance(value, str):
        return _written(value.strip()) if len(value) < 50 else None  # noqa: PLR2004  longer than any time
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _epoch(float(value)) if abs(value) < 1e20 else None  # noqa: PLR2004  the largest ns


def moment_in_name(path: str) -> Moment | None:
    """The time in a file's or folder's name (innermost first), as writers of old result files put it there.

    >>> moment_in_name("runs/20250101_000000/result_20250306_184132.json").at
    '2025-03-06 18:41:32.000000'
    """
    for part in reversed(path.split("/")):
        found = IN_NAME.search(part)
        if found and (time := moment(f"{found[1]}_{found[2]}")):
            return Moment(time.at, "name")
    return None


def _epoch(number: float) -> Moment | None:
    for unit in EPOCH_UNITS:
        seconds = number / unit
        if PLAUSIBLE[0] <= seconds < PLAUSIBLE[1]:
            return Moment(_text(EPOCH + timedelta(microseconds=round(seconds * 1e6))), "epoch")
    return None


@functools.lru_cache(maxsize=1024)
def _written(text: str) -> Moment | None:
    """The time that a text states; remembered, for the rows of a file often state the same."""
    if text.replace(".", "", 1).isdecimal():
        return _epoch(float(text))
    if compact := COMPACT.fullmatch(text):
        text = "{}-{}-{} {}:{}:{}".format(*compact.groups())
    try:
        found = datetime.fromisoformat(text) if text[:4].isdecimal() and text[4:5] == "-" else _mail(text)
        if found is None:
            return None
        if found.tzinfo is None:
            return Moment(_text(found), "naive")
        return Moment(_text(found.astimezone(UTC).replace(tzinfo=None)), "utc")
    except (ValueError, OverflowError):
        return None


def _mail(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if text[:3].isalpha() and text[3:4] == "," else None
    except (TypeError, IndexError):
        return None


def _text(time: datetime) -> str:
    return time.isoformat(" ", "microseconds")
