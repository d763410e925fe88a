"""Fixtures for every test here. pytester comes by addopts: a checkout's suites are run from other folders, too."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

# At once: pytester forgets what a session inside this one imports, and compiled modules can't be imported twice. Of our own
# there would be two: the package keeps the module that was forgotten, and its classes are not those of the new one.
import duckdb
import pandas as pd  # noqa: F401
import pytest

import pytest_ipfs_bench.bench  # noqa: F401

with contextlib.suppress(ImportError):  # of the extra `charts`
    import vl_convert  # noqa: F401

Rows = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def rows() -> Rows:
    """rows(database, sql): the rows of a statement as dicts, read-only."""

    def read(database: Path | str, sql: str) -> list[dict[str, Any]]:
        with duckdb.connect(str(database), read_only=True) as con:
            found = con.execute(sql)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return read


@pytest.fixture
def session(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder for a session of somebody's, with an ini file of its own."""
    pytester.makeini("[pytest]\n")
    return pytester
