"""Questions to a database, asked on one read-only connection: its documents, badges and charts."""

import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.places import Target
from pytest_ipfs_bench.queries import filters
from pytest_ipfs_bench.reports import badges, changes, charts
from pytest_ipfs_bench.reports.kinds import kind
from pytest_ipfs_bench.reports.table import Asked, Document, Kind, Parts, Picture
from pytest_ipfs_bench.store import salvage
from pytest_ipfs_bench.store.connection import damaged, explain
from pytest_ipfs_bench.store.read import reading
from pytest_ipfs_bench.store.spool import waiting

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection

T = TypeVar("T")
COMPARED = 20
LEFT_OUT = ("of measurements", "of tries", "of outcomes")


def answer(database: Target, what: Asked, question: "Callable[[Connection, Asked], T]") -> tuple[T, list[str]]:
    """What a question gets from views that hold what it is about, and what could not be read for it, in sentences.

    Of a damaged database it gets what can be read. Raises BenchError where that is nothing, or for a name that is not there.
    """
    import duckdb

    if what.suite and not what.cells:
        raise BenchError(f"--suite {what.suite}: a suite belongs to the report `coverage`.")
    told = replace(what, database=database, now=what.now or datetime.now(UTC).replace(tzinfo=None))
    with reading(database) as con:
        try:
            try:
                return _asked(con, told, question), []
            except duckdb.Error as error:
                lost = salvage.shadow(con) if damaged(error) else []
                if not lost:
                    raise
                return _asked(con, told, question), lost
        except duckdb.Error as error:
            raise explain(database, error) from error


def _asked(con: "Connection", what: Asked, question: "Callable[[Connection, Asked], T]") -> T:
    filters.choose(con, what.filters)
    return question(con, what)


def document(database: Target, name: str, what: Asked = Asked()) -> Document:  # noqa: B008  frozen
    """A report on a database. Raises BenchError where there is nothing to report on, or for a name that it does not have."""
    return _document(database, kind(name), what)


def illustrated(database: Target, name: str, what: Asked = Asked()) -> Document:  # noqa: B008  frozen
    """The same with its charts, or a note where the extra is not there that draws them."""
    chosen = kind(name)
    if chosen.charts and not charts.installed():
        plain = _document(database, chosen, what)
        return replace(plain, notes=[*plain.notes, f"Charts are drawn by the extra `charts`: {charts.INSTALL}"])

    def drawn(con: "Connection", told: Asked) -> tuple[Parts, tuple[Picture, ...]]:
        return _parts(con, told, chosen=chosen), tuple(charts.pictures(con, chosen, told))

    (parts, pictures), lost = answer(database, what, drawn)
    return replace(_put_together(database, chosen, parts, lost), pictures=pictures)


def compare(database: Target, words: tuple[str, str], what: Asked, *, limit: int = COMPARED) -> Document:
    """Two choices of runs side by side; `words` name them, tables of cells have `limit` rows at most. Raises BenchError."""
    _refuse_baseline(what)
    make = functools.partial(changes.compare, words=words, limit=limit)
    return _document(database, Kind("compare", "two choices of runs", make), what)


def badge(database: Target, what: Asked, label: str | None = None) -> str:
    """A badge as SVG: how much was measured, or how fast the model is that was asked for. Raises BenchError."""
    _refuse_baseline(what)
    made, _ = answer(database, what, badges.badge)
    return badges.svg(replace(made, label=label) if label else made)


def _refuse_baseline(what: Asked) -> None:
    if what.baseline:
        raise BenchError("--baseline belongs to compare-hardware: ipfs-bench report compare-hardware --baseline NAME")


def _document(database: Target, chosen: Kind, what: Asked) -> Document:
    return _put_together(database, chosen, *answer(database, what, functools.partial(_parts, chosen=chosen)))


def _put_together(database: Target, chosen: Kind, parts: Parts, lost: list[str]) -> Document:
    tables, notes = parts
    late = waiting(database)
    if late:
        notes.append(f"{late} results wait in a spool; take them in: ipfs-bench db merge --into {database}")
    return Document(chosen.name, str(database), tables, [*lost, *notes], lost=lost)


def _parts(con: "Connection", what: Asked, *, chosen: Kind) -> Parts:
    tables, notes = chosen.make(con, what)
    return tables, notes + _about(con, chosen, what)


def _about(con: "duckdb.DuckDBPyConnection", chosen: Kind, what: Asked) -> list[str]:
    """What the report was asked about, and what is left out of it."""
    given = [name for name in what.filters.given() if name not in chosen.ignores]
    useless = [f"--{name}" for name in what.filters.given() if name in chosen.ignores]
    useless += ["--suite" if what.suite else "--cell"] if what.cells and chosen.name != "coverage" else []
    useless += ["--metric"] if what.metric != Asked.metric and "metric" not in chosen.takes else []
    useless += ["--baseline"] if what.baseline and "baseline" not in chosen.takes else []
    notes = [f"Only: {', '.join(f'{name} {_told(getattr(what.filters, name))}' for name in given)}."] if given else []
    notes += [f"{', '.join(useless)}: {chosen.name} has no such thing, not applied."] if useless else []
    if "model" in chosen.ignores:
        return notes
    counts = [count for row in queries.left_out(con).rows for count in row]
    told = [f"{count} {what}" for count, what in zip(counts, LEFT_OUT, strict=False) if count]
    future = queries.future(con, now=what.now).rows[0][0]
    notes += (
        [f"{sum(counts)} simulated or predicted rows not shown ({', '.join(told)}); --include-simulated shows them."]
        if told
        else []
    )
    notes += [f"{future} measurements are dated in the future."] if future else []
    return notes


def _told(value: object) -> str:
    if isinstance(value, tuple):
        return " or ".join("=".join(one) if isinstance(one, tuple) else str(one) for one in value)
    return str(value)
