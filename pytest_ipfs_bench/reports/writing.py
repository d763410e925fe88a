"""Where reports go: a stream, or a file that is whole or not there."""

import tempfile
from pathlib import Path
from typing import TextIO

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.reports.parquet import save_parquet
from pytest_ipfs_bench.reports.render import RENDERERS, combined
from pytest_ipfs_bench.reports.table import Document

PARQUET = "parquet"


def check_file(form: str, file: Path | None) -> None:
    """Whether a report can be written there. Raises BenchError, before any work."""
    if form == PARQUET and file is None:
        raise BenchError("A report as parquet needs a file: --bench-report-file=PATH, or --output PATH.")
    if file is not None:
        check_place(file)


def check_place(file: Path) -> None:
    """Whether a file can be written there. Raises BenchError."""
    if file.is_dir():
        raise BenchError(f"{file}: the report can't be written (it is a folder).")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=file.parent):
            pass
    except OSError as error:
        raise BenchError(f"{file}: the report can't be written ({error.strerror or error}).") from error


def put_together(made: Document, form: str, file: Path) -> None:
    """A document as a file, whole or not at all. Raises BenchError."""
    if form == PARQUET:
        save_parquet(combined(made), file)
    else:
        save(file, RENDERERS[form](made))


def write(stream: TextIO, text: str) -> None:
    """Writes a report to a stream; what its encoding can't hold is escaped."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def save(path: Path, content: str | bytes) -> None:
    """Writes a report or a chart to a file, whole or not at all. Raises BenchError where that can't be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(content.encode() if isinstance(content, str) else content)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as error:
        raise BenchError(f"{path}: the report can't be written ({error.strerror or error}).") from error
