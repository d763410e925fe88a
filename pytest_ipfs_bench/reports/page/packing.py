"""A table as a page holds it: for each column its different values in order, and for each row their places there.

So a script sorts by comparing places, and looks at each different value once when it filters. Packed, 100,000 rows of
twelve random numbers are under 5 MB: values are told by what they don't share with the one before, places byte by byte
(first the lowest byte of all, then the next), which deflate packs close to what they hold.
"""

import base64
import sys
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pytest_ipfs_bench.reports.columns import known
from pytest_ipfs_bench.reports.table import Table
from pytest_ipfs_bench.reports.words import UNKNOWN, is_numeric, printable, readable, unknown

NUMBER, TIME, STATE, TEXT = "number", "time", "state", "text"
LONGEST_SHARED = 60
WORD_END, COLUMN_END = "\n", "\f"  # no word has them: control characters are shown as their escapes


@dataclass(frozen=True)
class Column:
    """A column: its kind, its different words (of numbers and times in order of the values), each row's place among them.

    The place after the last word is that of the unknown.
    """

    name: str
    kind: str
    words: list[str]
    places: list[int]

    def word(self, row: int) -> str:
        """What a row shows."""
        place = self.places[row]
        return self.words[place] if place < len(self.words) else UNKNOWN


@dataclass(frozen=True)
class Sheet:
    """A table for the page. signs: whether its cells are signs with a legend."""

    title: str
    columns: list[Column]
    length: int
    signs: bool

    def rows(self, most: int) -> Iterator[list[tuple[str, str]]]:
        """The first rows: the kind of each cell, and what it shows."""
        for row in range(min(most, self.length)):
            yield [(column.kind, column.word(row)) for column in self.columns]

    @property
    def words(self) -> str:
        """All words of all columns, packed."""
        return _packed(COLUMN_END.join(_told(column.words) for column in self.columns).encode())

    @property
    def places(self) -> str:
        """All places of all columns, packed."""
        return _packed(b"".join(_bytes(column.places) for column in self.columns))


def sheet(table: Table) -> Sheet:
    """A table, packed column by column; columns that tell nothing are left out."""
    columns = [_column(table, place) for place in known(table)]
    return Sheet(printable(table.title), columns, len(table.rows), bool(table.symbols))


def _column(table: Table, place: int) -> Column:
    name, values = printable(table.columns[place]), [row[place] for row in table.rows]
    known = [value for value in values if not unknown(value)]
    if is_numeric(values):
        return _ordered(name, NUMBER, values, known)
    if known and all(isinstance(value, date) for value in known):
        return _ordered(name, TIME, values, known)
    if known and table.symbols and all(isinstance(value, str) and value in table.symbols for value in known):
        return _worded(name, STATE, values, lambda word: f"{table.symbols[word]} {word}", list(table.symbols).index)
    return _worded(name, TEXT, values, lambda value: printable(readable(value)), readable)


def _ordered(name: str, kind: str, values: Iterable[Any], known: Iterable[Any]) -> Column:
    """Numbers and times: in order of the values, unrounded; several may read the same."""
    order = sorted(set(known))
    at = {value: place for place, value in enumerate(order)}
    places = [len(order) if unknown(value) else at[value] for value in values]
    return Column(name, kind, [readable(value) for value in order], places)


def _worded(
    name: str, kind: str, values: Iterable[Any], show: Callable[[Any], str], order: Callable[[Any], Any]
) -> Column:
    """Words, and whatever else there may be, by what they show."""
    shown: dict[str, str] = {}  # of texts, which come again and again
    known: dict[str, Any] = {}
    words: list[str | None] = []
    for value in values:
        if unknown(value):
            words.append(None)
            continue
        word = shown.get(value) if isinstance(value, str) else None
        if word is None:
            word = show(value)
            known.setdefault(word, value)
            if isinstance(value, str):
                shown[value] = word
        words.append(word)
    ordered = sorted(known, key=lambda word: order(known[word]))
    at: Mapping[str | None, int] = {None: len(ordered), **{word: place for place, word in enumerate(ordered)}}
    return Column(name, kind, ordered, [at[word] for word in words])


def _told(words: Sequence[str]) -> str:
    """Words, each as the number of letters that it shares with the one before (0, 1 ... after "0") and the rest."""
    told, before = [], ""
    for word in words:
        shared = _shared(before, word)
        told.append(chr(ord("0") + shared) + word[shared:])
        before = word
    return WORD_END.join(told)


def _shared(one: str, other: str) -> int:
    """How many letters two words share at their beginning: letters that are one unit to JavaScript, too."""
    count = 0
    for left, right in zip(one[:LONGEST_SHARED], other, strict=False):
        if left != right or left > "\uffff":
            break
        count += 1
    return count


def _bytes(places: Sequence[int]) -> bytes:
    """Four planes: the lowest byte of all places, then the next ones."""
    numbers = array("I", places)
    if sys.byteorder == "big":
        numbers.byteswap()
    whole = numbers.tobytes()
    return b"".join(whole[plane :: numbers.itemsize] for plane in range(numbers.itemsize))


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content)).decode()
