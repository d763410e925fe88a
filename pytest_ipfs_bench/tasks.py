"""Tasks: what the pytest command does instead of running tests."""

import sys
from typing import TYPE_CHECKING

from pytest_ipfs_bench import settings

if TYPE_CHECKING:
    import pytest


def run(config: "pytest.Config") -> int:
    """Reports what the database holds; the report alone on stdout. Raises BenchError."""
    from pytest_ipfs_bench import reports

    chosen = settings.parse(config)
    assert chosen.report is not None
    text = reports.make(chosen.database.path, chosen.report.kind, chosen.report.format)
    if chosen.report.file is None:
        reports.write(sys.stdout, text)
    else:
        reports.save(chosen.report.file, text)
        sys.stderr.write(f"Report: {chosen.report.file}\n")
    return 0
