"""Tasks: what the pytest command does instead of running tests."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from pytest_ipfs_bench import settings
from pytest_ipfs_bench.errors import BenchError

if TYPE_CHECKING:
    import pytest


def run(config: "pytest.Config") -> int:
    """Reports what the database holds; the report alone on stdout. Raises BenchError."""
    from pytest_ipfs_bench import reports

    chosen = settings.parse(config)
    for folder in settings.options(config)("migrate"):
        _refuse_migration(config.invocation_params.dir / folder, folder)
    assert chosen.report is not None
    text = reports.make(chosen.database.path, chosen.report.kind, chosen.report.format)
    if chosen.report.file is None:
        reports.write(sys.stdout, text)
    else:
        reports.save(chosen.report.file, text)
        sys.stderr.write(f"Report: {chosen.report.file}\n")
    return 0


def _refuse_migration(path: Path, asked: str) -> NoReturn:
    """Until the importers are there, nothing is read and nothing is touched, and nobody is told otherwise."""
    if not path.exists():
        raise BenchError(f"--migrate-legacy={asked}: {path} does not exist.\nName a folder of result files, or a file.")
    raise BenchError(
        f"--migrate-legacy={asked}: this version can't migrate yet.\nNothing was read, nothing was changed."
    )
