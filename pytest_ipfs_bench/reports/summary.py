"""The summary: runs, results by model and hardware, benchmarks, and what failed with the reasons."""

from typing import TYPE_CHECKING

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.reports.table import Table

if TYPE_CHECKING:
    import duckdb

RUNS = 20
ROWS = 200


def summary(con: "duckdb.DuckDBPyConnection") -> tuple[list[Table], list[str]]:
    """Tables and notes; tables without rows are left out, except that of the runs."""
    answers = [
        ("Runs", queries.runs(con, limit=RUNS), RUNS),
        ("Results by model and hardware", queries.model_results(con, limit=ROWS), ROWS),
        ("Benchmarks", queries.benchmarks(con, limit=ROWS), ROWS),
        ("Models that do not run", queries.cell_failures(con, limit=ROWS), ROWS),
        ("Failing tests", queries.failures(con, limit=ROWS), ROWS),
        ("Outcomes", queries.outcome_counts(con), ROWS),
    ]
    tables = [
        Table(title, answer.columns, answer.rows) for title, answer, _ in answers if answer.rows or title == "Runs"
    ]
    notes = [f"{title}: the first {most} are shown." for title, answer, most in answers if len(answer.rows) == most]
    return tables, notes + left_out(con)


def left_out(con: "duckdb.DuckDBPyConnection") -> list[str]:
    """The sentence that says how many simulated and predicted rows are not in a report; none if there are none."""
    count = sum(queries.left_out(con).rows[0])
    return [f"{count} simulated or predicted rows are left out."] if count else []
