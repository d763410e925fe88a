"""Reports: questions answered by `queries`, put together by kind, rendered by format. Read-only."""

import contextlib
import functools
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.queries import filters
from pytest_ipfs_bench.reports import badges, changes, charts
from pytest_ipfs_bench.reports.asking import asked
from pytest_ipfs_bench.reports.kinds import KINDS, kind
from pytest_ipfs_bench.reports.parquet import save_parquet
from pytest_ipfs_bench.reports.render import RENDERERS, combined
from pytest_ipfs_bench.reports.table import Asked, Document, Kind
from pytest_ipfs_bench.store.connection import explain
from pytest_ipfs_bench.store.read import reading
from pytest_ipfs_bench.store.spool import waiting

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "COMPARED", "KINDS", "RENDERERS", "Asked", "Document", "asked", "badge", "charts", "check", "check_charts", "check_file",
    "compare", "document", "draw", "kind", "make", "make_file", "put_together", "save", "visualize", "write",
]  # fmt: skip

PARQUET = "parquet"
COMPARED = 20


def check(name: str, form: str, file: Path | None) -> None:
    """What can be said before any work: is there such a kind, can the file be written. Raises BenchError."""
    kind(name)
    check_file(form, file)


def check_file(form: str, file: Path | None) -> None:
    """Whether a report can be written there. Raises BenchError, before any work."""
    if form == PARQUET and file is None:
        raise BenchError("A report as parquet needs a file: --bench-report-file=PATH, or --output PATH.")
    if file is not None:
        _check_file(file)


def _check_file(file: Path) -> None:
    """Raises BenchError where a report or a chart can't be written."""
    if file.is_dir():
        raise BenchError(f"{file}: the report can't be written (it is a folder).")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=file.parent):
            pass
    except OSError as error:
        raise BenchError(f"{file}: the report can't be written ({error.strerror or error}).") from error


def document(database: Path, name: str, what: Asked = Asked()) -> Document:  # noqa: B008  frozen
    """A report on a database. Raises BenchError where there is nothing to report on, or for a name that it does not have."""
    return _document(database, kind(name), what)


def compare(database: Path, words: tuple[str, str], what: Asked, *, limit: int = COMPARED) -> Document:
    """Two choices of runs side by side; `words` name them, tables of cells have `limit` rows at most. Raises BenchError."""
    _refuse_baseline(what)
    make = functools.partial(changes.compare, words=words, limit=limit)
    return _document(database, Kind("compare", "two choices of runs", make), what)


def badge(database: Path, what: Asked, label: str | None = None) -> str:
    """A badge as SVG: how much was measured, or how fast the model is that was asked for. Raises BenchError."""
    _refuse_baseline(what)
    with _asking(database, what) as (con, told):
        made = badges.badge(con, told)
    return badges.svg(replace(made, label=label) if label else made)


def _refuse_baseline(what: Asked) -> None:
    if what.baseline:
        raise BenchError("--baseline belongs to compare-hardware: ipfs-bench report compare-hardware --baseline NAME")


def _document(database: Path, chosen: Kind, what: Asked) -> Document:
    with _asking(database, what) as (con, told):
        tables, notes = chosen.make(con, told)
        notes += _about(con, chosen, told)
    late = waiting(database)
    if late:
        notes.append(f"{late} results wait in a spool; take them in: ipfs-bench db merge --into {database}")
    return Document(chosen.name, str(database), tables, notes)


def illustrated(database: Path, name: str, what: Asked = Asked()) -> Document:  # noqa: B008  frozen
    """The same with its charts, or a note where the extra is not there that draws them."""
    plain, chosen = document(database, name, what), kind(name)
    if chosen.charts and not charts.installed():
        return replace(plain, notes=[*plain.notes, f"Charts are drawn by the extra `charts`: {charts.INSTALL}"])
    with _asking(database, what) as (con, told):
        return replace(plain, pictures=tuple(charts.pictures(con, chosen, told)))


def draw(database: Path, name: str, file: Path, what: Asked = Asked()) -> None:  # noqa: B008  frozen
    """Draws the chart of a kind of report to a file: PNG, SVG or HTML by its name. Raises BenchError."""
    chosen = kind(name)
    if not chosen.charts:
        with_charts = ", ".join(one.name for one in KINDS.values() if one.charts)
        raise BenchError(f"report {name}: there is no chart of it.\nCharts have: {with_charts}")
    charts.check(file)
    _check_file(file)
    with _asking(database, what) as (con, told):
        drawn = charts.CHARTS[chosen.charts[0]](con, told)
    if drawn is None:
        raise BenchError(f"{database}: nothing to draw for {name} ({chosen.charts[0]}) among what was asked about.")
    charts.save(drawn, file)


def check_charts(folder: Path) -> None:
    """What can be said before any work: can charts be drawn here, and written there. Raises BenchError."""
    charts.check()
    for form in charts.files.WRITERS:
        _check_file(folder / f"chart{form}")


def visualize(database: Path, folder: Path, what: Asked = Asked()) -> Iterator[str]:  # noqa: B008  frozen
    """Draws every chart in every form into a folder; yields a line for each. Raises BenchError, before the work if it can."""
    check_charts(folder)
    for name, chart in charts.CHARTS.items():
        with _asking(database, what) as (con, told):
            drawn = chart(con, told)
        if drawn is None:
            yield f"{name}: nothing to draw"
            continue
        for form in charts.files.WRITERS:
            charts.save(drawn, folder / f"{name}{form}")
        yield f"{name}: {folder / name}{{{','.join(charts.files.WRITERS)}}}"


@contextlib.contextmanager
def _asking(database: Path, what: Asked) -> "Iterator[tuple[duckdb.DuckDBPyConnection, Asked]]":
    """A connection whose views hold what was asked about. Raises BenchError."""
    import duckdb

    told = replace(what, database=database, now=what.now or datetime.now(UTC).replace(tzinfo=None))
    with reading(database) as con:
        try:
            filters.choose(con, told.filters)
            yield con, told
        except duckdb.Error as error:
            raise explain(database, error) from error


def make(database: Path, name: str, form: str, what: Asked = Asked()) -> str:  # noqa: B008  frozen
    """A report on a database, rendered as text. Raises BenchError where there is nothing to report on."""
    check(name, form, None)
    return RENDERERS[form](DOCUMENTS.get(form, document)(database, name, what))


def put_together(made: Document, form: str, file: Path) -> None:
    """A document as a file, whole or not at all. Raises BenchError."""
    if form == PARQUET:
        save_parquet(combined(made), file)
    else:
        save(file, RENDERERS[form](made))


def make_file(database: Path, name: str, form: str, file: Path, what: Asked = Asked()) -> None:  # noqa: B008  frozen
    """A report as a file, whole or not at all. Raises BenchError; before the work if the file can't be written."""
    check(name, form, file)
    put_together(DOCUMENTS.get(form, document)(database, name, what), form, file)


DOCUMENTS = {"html": illustrated}  # by format, where it has a place for more than tables


def write(stream: TextIO, text: str) -> None:
    """Writes a report to a stream; what its encoding can't hold is escaped."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def save(path: Path, text: str) -> None:
    """Writes a report to a file, whole or not at all. Raises BenchError where that can't be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8", newline="") as file:
            file.write(text)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as error:
        raise BenchError(f"{path}: the report can't be written ({error.strerror or error}).") from error


def _about(con: "duckdb.DuckDBPyConnection", chosen: Kind, what: Asked) -> list[str]:
    """What the report was asked about, and what is left out of it."""
    given = [name for name in what.filters.given() if name not in chosen.ignores]
    useless = [f"--{name}" for name in what.filters.given() if name in chosen.ignores]
    notes = [f"Only: {', '.join(f'{name} {_told(getattr(what.filters, name))}' for name in given)}."] if given else []
    notes += [f"{', '.join(useless)}: {chosen.name} has no such thing, not applied."] if useless else []
    if "model" in chosen.ignores:
        return notes
    simulated = sum(count for row in queries.left_out(con).rows for count in row)
    future = queries.future(con, now=what.now).rows[0][0]
    notes += (
        [f"{simulated} simulated or predicted rows not shown; --include-simulated shows them."] if simulated else []
    )
    notes += [f"{future} measurements are dated in the future."] if future else []
    return notes


def _told(value: object) -> str:
    if isinstance(value, tuple):
        return " or ".join("=".join(one) if isinstance(one, tuple) else str(one) for one in value)
    return str(value)
