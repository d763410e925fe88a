"""Reports: questions answered by `queries`, put together by kind, rendered by format. Read-only."""

import tempfile
from pathlib import Path
from typing import TextIO

from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.reports.render import RENDERERS
from pytest_ipfs_bench.reports.summary import summary
from pytest_ipfs_bench.reports.table import Document, Kind
from pytest_ipfs_bench.store.read import reading
from pytest_ipfs_bench.store.spool import waiting

KINDS: dict[str, Kind] = {"summary": summary}


def kind(name: str) -> Kind:
    """The function that makes a kind of report. Raises BenchError with the nearest and the legal names."""
    if name not in KINDS:
        raise unknown(f"report {name!r}", "kind of report", name, KINDS)
    return KINDS[name]


def make(database: Path, name: str, form: str) -> str:
    """A report on a database, rendered. Raises BenchError where there is nothing to report on."""
    chosen = kind(name)
    with reading(database) as con:
        tables, notes = chosen(con)
    late = waiting(database)
    if late:
        notes = [*notes, f"{late} results wait in a spool; take them in: ipfs-bench db merge --into {database}"]
    return RENDERERS[form](Document(name, str(database), tables, notes))


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
