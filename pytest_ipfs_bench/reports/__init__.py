"""Reports: questions answered by `queries`, put together by kind, rendered by format. Read-only."""

from pathlib import Path

from pytest_ipfs_bench.places import Target
from pytest_ipfs_bench.reports import charts
from pytest_ipfs_bench.reports.answering import COMPARED, badge, compare, document, illustrated
from pytest_ipfs_bench.reports.asking import asked
from pytest_ipfs_bench.reports.kinds import KINDS, kind
from pytest_ipfs_bench.reports.render import RENDERERS
from pytest_ipfs_bench.reports.table import Asked, Document
from pytest_ipfs_bench.reports.visualizing import check_charts, draw, visualize
from pytest_ipfs_bench.reports.writing import check_file, put_together, save, write

__all__ = [
    "COMPARED", "KINDS", "RENDERERS", "Asked", "Document", "asked", "badge", "charts", "check", "check_charts", "check_file",
    "compare", "document", "draw", "illustrated", "kind", "make", "make_file", "put_together", "report", "save", "visualize",
    "write",
]  # fmt: skip

DOCUMENTS = {"html": illustrated}  # by format, where it has a place for more than tables


def check(name: str, form: str, file: Path | None) -> None:
    """What can be said before any work: is there such a kind, can the file be written. Raises BenchError."""
    kind(name)
    check_file(form, file)


def report(database: Target, name: str, form: str, what: Asked = Asked()) -> Document:  # noqa: B008  frozen
    """A report as a format wants it, not yet rendered. Raises BenchError where there is nothing to report on."""
    return DOCUMENTS.get(form, document)(database, name, what)


def make(database: Target, name: str, form: str, what: Asked = Asked()) -> str:  # noqa: B008  frozen
    """A report on a database, rendered as text. Raises BenchError where there is nothing to report on."""
    check(name, form, None)
    return RENDERERS[form](report(database, name, form, what))


def make_file(database: Target, name: str, form: str, file: Path, what: Asked = Asked()) -> None:  # noqa: B008  frozen
    """A report as a file, whole or not at all. Raises BenchError; before the work if the file can't be written."""
    check(name, form, file)
    put_together(report(database, name, form, what), form, file)
