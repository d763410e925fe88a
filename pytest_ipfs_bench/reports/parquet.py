"""A table as a Parquet file."""

from pathlib import Path

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.reports.table import Table


def save_parquet(answer: Table, path: Path) -> None:
    """Writes a table as a Parquet file. Raises BenchError where that can't be done."""
    import duckdb
    import pandas as pd

    # Whole numbers beside NULL stay whole as objects.
    frame = pd.DataFrame(list(answer.rows), columns=list(answer.columns), dtype=object)
    try:
        with duckdb.connect() as con:
            con.register("answer", frame)
            con.sql("FROM answer").write_parquet(str(path))
    except duckdb.Error as error:
        raise BenchError(f"{path}: can't be written: {error}") from error
