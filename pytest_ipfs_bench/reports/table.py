"""What a report is before it is rendered, and what it was asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.places import Target
from pytest_ipfs_bench.queries.filters import Filters

if TYPE_CHECKING:
    import duckdb

    from pytest_ipfs_bench.queries import Answer

    Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class Table:
    """One answer with its heading; values unrounded, None is unknown.

    symbols: words that markdown and HTML show as signs, with a legend.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    symbols: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Picture:
    """A chart as a page shows it: heading, SVG, what it shows in words for those who can't see it, and lines about it."""

    title: str
    svg: str
    words: str
    about: Sequence[str] = ()


@dataclass(frozen=True)
class Document:
    """A whole report. pictures: charts, for formats that have a place for them. lost: what could not be read for it."""

    kind: str
    database: str
    tables: list[Table]
    notes: list[str]
    pictures: Sequence[Picture] = ()
    lost: Sequence[str] = ()


@dataclass(frozen=True)
class Asked:
    """What a report is asked: which results, which metric against which baseline (in comparisons), and when (None is now).

    suite, cells: of which suite the coverage is asked, and its cells by id.
    """

    filters: Filters = field(default_factory=Filters)
    metric: str = "latency"
    baseline: str | None = None
    suite: str | None = None
    cells: tuple[str, ...] = ()
    database: Target = Path()
    now: datetime | None = None


Parts = tuple[list[Table], list[str]]


@dataclass(frozen=True)
class Kind:
    """A kind of report: its name, one line about it, the function that makes its tables and notes.

    ignores: filters that say nothing about it. takes: what else it can be asked (a metric, a baseline).
    charts: the names of those that show it.
    """

    name: str
    description: str
    make: "Callable[[Connection, Asked], Parts]"
    ignores: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


def table(title: str, answer: "Answer") -> Table:
    """An answer with a heading."""
    return Table(title, answer.columns, answer.rows)


def tables(*named: "tuple[str, Answer]") -> list[Table]:
    """Answers with headings; the first always, the others where they have rows."""
    return [table(title, answer) for place, (title, answer) in enumerate(named) if place == 0 or answer.rows]
