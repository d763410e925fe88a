"""A table as a Parquet file."""

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.reports.table import Table
from pytest_ipfs_bench.reports.words import exact

if TYPE_CHECKING:
    import pandas as pd


def save_parquet(answer: Table, path: Path) -> None:
    """Writes a table as a Parquet file, whole or not at all. Raises BenchError where that can't be done."""
    import duckdb
    import pandas as pd

    frame = pd.DataFrame({place: _column([row[place] for row in answer.rows]) for place in range(len(answer.columns))})
    frame.columns = pd.Index(answer.columns)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder, duckdb.connect() as con:
            # DuckDB takes a column's type from a sample; a value that comes late would be rounded or refused.
            con.execute(f"SET pandas_analyze_sample = {max(1, len(frame))}")
            con.register("answer", frame)
            con.sql("FROM answer").write_parquet(f"{folder}/answer")
            Path(folder, "answer").replace(path)
    except (duckdb.Error, OSError) as error:
        raise BenchError(f"{path}: can't be written: {error}") from error


def _column(values: list[Any]) -> "pd.Series[Any]":
    """A column of one type: whole numbers stay whole beside NULL, whole ones and others are numbers, other mixtures are text."""
    import pandas as pd

    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return pd.Series([None if value is None else float(value) for value in values], dtype=object)
    if len(kinds) == 1:
        return pd.Series(values, dtype=object)
    return pd.Series([None if value is None else _text(value) for value in values], dtype="string")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(exact(value), ensure_ascii=False)
