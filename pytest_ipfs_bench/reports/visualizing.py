"""Charts as files: one, or a folder of all of them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.places import Target
from pytest_ipfs_bench.reports import charts
from pytest_ipfs_bench.reports.answering import answer
from pytest_ipfs_bench.reports.kinds import KINDS, kind
from pytest_ipfs_bench.reports.table import Asked
from pytest_ipfs_bench.reports.writing import check_place

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection


def draw(database: Target, name: str, file: Path, what: Asked = Asked()) -> Sequence[str]:  # noqa: B008  frozen
    """Draws the chart of a kind of report to a file, PNG, SVG or HTML by its name; what could not be read for it.

    Raises BenchError, before the work where it can be told by then.
    """
    chosen = kind(name)
    if not chosen.charts:
        with_charts = ", ".join(one.name for one in KINDS.values() if one.charts)
        raise BenchError(f"report {name}: there is no chart of it.\nCharts have: {with_charts}")
    charts.check(file)
    check_place(file)
    drawn, lost = answer(database, what, charts.CHARTS[chosen.charts[0]])
    if drawn is None:
        raise BenchError(f"{database}: nothing to draw for {name} ({chosen.charts[0]}) among what was asked about.")
    charts.save(drawn, file)
    return lost


def check_charts(folder: Path) -> None:
    """What can be said before any work: can charts be drawn here, and written there. Raises BenchError."""
    charts.check()
    for form in charts.files.FORMS:
        check_place(folder / f"chart{form}")


def visualize(database: Target, folder: Path, tell: Callable[[str], object]) -> Sequence[str]:
    """Draws every chart in every form into a folder, and tells of each; what could not be read for them. Raises BenchError."""
    check_charts(folder)
    every, lost = answer(database, Asked(), _all_drawn)
    for name, drawn in every.items():
        if drawn is None:
            tell(f"{name}: nothing to draw")
            continue
        for form in charts.files.FORMS:
            charts.save(drawn, folder / f"{name}{form}")
        tell(f"{name}: {folder / name}{{{','.join(charts.files.FORMS)}}}")
    return lost


def _all_drawn(con: "Connection", what: Asked) -> dict[str, Any]:
    """Every chart by its name; None where there is nothing to draw."""
    return {name: chart(con, what) for name, chart in charts.CHARTS.items()}
