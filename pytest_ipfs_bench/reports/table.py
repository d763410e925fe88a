"""What a report is before it is rendered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class Table:
    """One answer with its heading; values unrounded, None is unknown."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True)
class Document:
    """A whole report."""

    kind: str
    database: str
    tables: list[Table]
    notes: list[str]


Kind = Callable[["Connection"], tuple[list[Table], list[str]]]
