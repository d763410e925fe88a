"""The summary: runs, which model runs where, results, benchmarks, and what failed with the reasons."""

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.reports.compatibility import matrices
from pytest_ipfs_bench.reports.table import Asked, Parts, table

if TYPE_CHECKING:
    import duckdb

RUNS = 20
ROWS = 200


def summary(con: "duckdb.DuckDBPyConnection", _: Asked) -> Parts:
    """Tables and notes; tables without rows are left out, except that of the runs."""
    answers = [
        ("Runs", queries.runs(con, limit=RUNS), RUNS, 'ipfs-bench query "FROM test_runs"'),
        ("Results by model and hardware", queries.model_results(con, limit=ROWS), ROWS, "report performance"),
        ("Benchmarks", queries.benchmarks(con, limit=ROWS), ROWS, "report performance"),
        ("Models that do not run", queries.cell_failures(con, limit=ROWS), ROWS, "report compatibility"),
        ("Failing tests", queries.failures(con, limit=ROWS), ROWS, "report integration"),
        ("Outcomes", queries.outcome_counts(con), None, ""),
    ]
    made = [table(title, answer) for title, answer, *_ in answers if answer.rows or title == "Runs"]
    notes = [_cut(title, most, whole) for title, answer, most, whole in answers if len(answer.rows) == most]
    known = matrices(con)
    notes += [_cut(one.title, ROWS, "report compatibility") for one in known if len(one.rows) > ROWS]
    return [made[0], *(replace(one, rows=one.rows[:ROWS]) for one in known), *made[1:]], notes


def _cut(title: str, most: int, whole: str) -> str:
    return f"{title}: the first {most} are shown; all: {whole}."
