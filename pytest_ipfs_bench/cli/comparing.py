"""`ipfs-bench compare`: two choices of runs side by side."""

import sys
from pathlib import Path
from typing import Any

import click

from pytest_ipfs_bench.cli.common import FAILED, database_option, give, output_option, tell
from pytest_ipfs_bench.cli.reporting import filter_options_of_runs, pairs
from pytest_ipfs_bench.naming import chosen
from pytest_ipfs_bench.options import REPORT_FORMATS


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@database_option
@filter_options_of_runs
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Rows of each table of cells.")
@click.option("--format", "-f", "form", type=click.Choice(REPORT_FORMATS), default="text", show_default=True)
@output_option
def compare(a: str, b: str, database: str | None, limit: int, form: str, output: Path | None, **words: Any) -> None:
    """Compare what was measured in B with what was measured in A, cell by cell, benchmark by benchmark.

    A and B are each a run (its id or the beginning of it), a label KEY=VALUE, a branch, a commit or the beginning of it,
    or `latest` and `previous`: the newest session with measurements (no import), and the one before. Ratios are B divided by A.

    \b
    Example:
        ipfs-bench compare previous latest
        ipfs-bench compare main my-branch --hardware cpu --metric throughput
        ipfs-bench compare driver=550 driver=570 -f markdown -o compared.md
    """
    from pytest_ipfs_bench import reports

    reports.check_file(form, output)
    made = reports.compare(chosen(database), (a, b), reports.asked(pairs(words)), limit=limit)
    give(made, form, output)
    for one in made.lost:
        tell(one)
    if made.lost:
        sys.exit(FAILED)
