"""A database in Python: what `pytest_ipfs_bench.open` gives. Every answer is a pandas.DataFrame.

Each call opens the file, read-only, and closes it again: a notebook that stays open keeps no session from storing its results.
"""

import html
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

from pytest_ipfs_bench import ask, covering, queries, reports
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.naming import chosen
from pytest_ipfs_bench.places import Target
from pytest_ipfs_bench.queries import filters
from pytest_ipfs_bench.registry import Registry
from pytest_ipfs_bench.reports.asking import REPEATABLE
from pytest_ipfs_bench.reports.words import readable
from pytest_ipfs_bench.store.read import reading

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 10
Names = str | Sequence[str]


class Filters(TypedDict, total=False):
    """Which results, as the options of `ipfs-bench report`: they combine, several of one are alternatives (labels: all of them).

    model, family, hardware (a type or the name of a device), runtime, precision: names. batch: sizes. since, until: ISO text or
    dates (UTC), the latter not included. run: an id or its beginning. label: "KEY=VALUE". include_simulated: count simulated
    and predicted rows, too.
    """

    model: Names
    family: Names
    hardware: Names
    runtime: Names
    precision: Names
    batch: int | Sequence[int]
    since: str | date
    until: str | date
    run: str
    label: Names
    branch: str
    include_simulated: bool


class ReportFilters(Filters, total=False):
    """The same for reports. metric, baseline: for those that compare; suite: for coverage (`ipfs-bench report --help`)."""

    metric: str
    baseline: str
    suite: str


class Database:
    """One database, read-only. Errors are errors.BenchError: what was asked, why it can't be, what to do.

    Works as a context manager and without: nothing is held between calls.
    """

    def __init__(self, path: "str | os.PathLike[str] | None" = None) -> None:
        self.path: Target = chosen(os.fspath(path) if path is not None else None)
        with reading(self.path):
            pass  # asked for its errors

    def query(self, sql: str, /, **parameters: object) -> "pd.DataFrame":
        """The answer to one SELECT, without access to files or the network; `$name` in it is the parameter `name`.

        Tables and views, with the units of their columns: docs/tables.md.
        """
        return ask.frame(self.path, sql, parameters)

    def performance(self, **which: Unpack[Filters]) -> "pd.DataFrame":
        """The newest measurement of each cell of a model, in every column (ms, MB, items/s, J); unknown is NaN or None.

        measurements: how many there are of the cell. samples_ms: the raw samples of the newest.
        """
        return self._asked("newest_measurements", which)

    def benchmarks(self, **which: Unpack[Filters]) -> "pd.DataFrame":
        """The newest measurement of each benchmark of the tests on each device (ms; ops: calls/s)."""
        return self._asked("benchmarks", which, limit=queries.NO_LIMIT)

    def runs(self, **which: Unpack[Filters]) -> "pd.DataFrame":
        """Sessions and imports, the newest first."""
        return self._asked("runs", which, limit=queries.NO_LIMIT)

    def report(self, kind: str = "summary", **which: Unpack[ReportFilters]) -> "dict[str, pd.DataFrame]":
        """A report of `ipfs-bench report`, its tables by title."""
        spelt = covering.spelt(list(_words(which.items())), Path.cwd(), Registry.load)
        return _frames(reports.document(self.path, kind, reports.asked(spelt)))

    def compare(
        self, a: str, b: str, *, limit: int = reports.COMPARED, **which: Unpack[ReportFilters]
    ) -> "dict[str, pd.DataFrame]":
        """Runs B against runs A as `ipfs-bench compare A B` does, its tables by title."""
        return _frames(reports.compare(self.path, (a, b), reports.asked(_words(which.items())), limit=limit))

    def _asked(self, name: str, which: Filters, **parameters: Any) -> "pd.DataFrame":
        with reading(self.path) as con:
            filters.choose(con, reports.asked(_words(which.items())).filters)
            return con.execute(queries.sql(name), parameters or None).df()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""

    def __repr__(self) -> str:
        try:
            return f"Database({str(self.path)!r}): {self._contents()}"
        except BenchError as error:
            return f"Database({str(self.path)!r}): {str(error).splitlines()[0]}"

    def _contents(self) -> str:
        with reading(self.path) as con:
            filters.choose(con, filters.Filters())
            answer = queries.contents(con)
        told = dict(zip(answer.columns, answer.rows[0], strict=True))
        imported = f" ({told['imported']} imported)" if told["imported"] else ""
        return (
            f"{told['runs']} runs, {told['measurements']} measurements{imported}, {told['tries']} tries of cells,"
            f" {told['outcomes']} outcomes; measured last {readable(told['newest'])}"
        )

    def _repr_html_(self) -> str:
        """For notebooks: the same, and the newest runs."""
        try:
            newest = self.runs().head(SHOWN).to_html(index=False, escape=True, na_rep="—")
        except BenchError:
            newest = ""
        return f"<p>{html.escape(repr(self))}</p>{newest}"


def _frames(made: reports.Document) -> "dict[str, pd.DataFrame]":
    import pandas as pd

    return {table.title: pd.DataFrame(list(table.rows), columns=list(table.columns)) for table in made.tables}


def _words(which: Iterable[tuple[str, object]]) -> Iterator[tuple[str, str]]:
    """Filters as the keys and values of `reports.asked`; None is none. Raises BenchError for several of what is one."""
    for name, value in which:
        key = name.replace("_", "-")
        if isinstance(value, bool):
            yield key, "yes" if value else "no"
        elif isinstance(value, str | int | date):
            yield key, str(value)
        elif value is not None:
            if key not in REPEATABLE or not isinstance(value, Iterable):
                raise BenchError(f"{name}={value!r}: one value is taken here.")
            yield from ((key, str(one)) for one in value)
