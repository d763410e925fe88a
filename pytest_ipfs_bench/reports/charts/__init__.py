"""Charts (extra `charts`): what a report tells, drawn; PNG, SVG and interactive HTML from one definition, offline."""

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.reports import writing
from pytest_ipfs_bench.reports.charts import files
from pytest_ipfs_bench.reports.charts.compatibility import compatibility
from pytest_ipfs_bench.reports.charts.distribution import distribution
from pytest_ipfs_bench.reports.charts.drawing import Drawing
from pytest_ipfs_bench.reports.charts.hardware import hardware
from pytest_ipfs_bench.reports.charts.pareto import pareto
from pytest_ipfs_bench.reports.charts.scaling import batch_scaling
from pytest_ipfs_bench.reports.charts.trend import trend
from pytest_ipfs_bench.reports.table import Asked, Kind, Picture

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection

PACKAGES = ("altair", "vl_convert")
INSTALL = "pip install 'pytest-ipfs-bench[charts]'"
# By name; each draws what a database holds of it, or None where it holds nothing of it.
CHARTS: Mapping[str, "Callable[[Connection, Asked], Drawing | None]"] = {
    "hardware": hardware,
    "batch-scaling": batch_scaling,
    "distribution": distribution,
    "trend": trend,
    "compatibility": compatibility,
    "pareto": pareto,
}


def installed() -> bool:
    """Whether charts can be drawn here."""
    return all(find_spec(name) for name in PACKAGES)


def check(path: Path | None = None) -> None:
    """What can be said before any work: is the extra here, is it a file that a chart can be. Raises BenchError."""
    if not installed():
        raise BenchError(f"Charts need the extra `charts`.\nInstall it: {INSTALL}")
    if path and path.suffix not in files.FORMS:
        raise BenchError(f"{path}: a chart is one of {', '.join(files.FORMS)}, by the name of its file.")


def pictures(con: "Connection", kind: Kind, asked: Asked) -> Iterator[Picture]:
    """The charts of a kind of report that there is something to draw for, for a page."""
    for name in kind.charts:
        drawn = CHARTS[name](con, asked)
        if drawn:
            yield Picture(drawn.heading, files.for_page(drawn), drawn.words, drawn.about)


def save(drawn: Drawing, path: Path) -> None:
    """Writes a chart as its file's name says: .png, .svg or .html, whole or not at all. Raises BenchError."""
    writing.save(path, files.FORMS[path.suffix](drawn))
