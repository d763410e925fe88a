"""Test sessions as rows of one DuckDB file. The contract of the parts is in README.md and docs/."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_ipfs_bench.notebook import Database

__version__ = "0.1.0"
__all__ = ["__version__", "open"]


def open(path: "str | os.PathLike[str] | None" = None) -> "Database":  # noqa: A001  as in `webbrowser.open`: called by its module
    """A database to ask in Python, read-only; without a path the default one ($BENCHMARK_DB_PATH, ini bench_db, bench.duckdb).

    Raises errors.StoreError where there is none, or where it can't be read.

    >>> import pytest_ipfs_bench
    >>> bench = pytest_ipfs_bench.open("bench.duckdb")  # doctest: +SKIP
    >>> bench.performance(model="bert", hardware=["cpu", "cuda"])  # doctest: +SKIP
    """
    from pytest_ipfs_bench.notebook import Database

    return Database(path)
