"""`ipfs-bench badge`: one number as a picture for a README."""

from pathlib import Path
from typing import Any

import click

from pytest_ipfs_bench.cli.common import database_option, output_option, put
from pytest_ipfs_bench.cli.reporting import filter_options_of_runs, pairs
from pytest_ipfs_bench.naming import chosen


@click.command()
@database_option
@filter_options_of_runs
@click.option("--text", metavar="TEXT", default=None, help="The words on the left.")
@output_option
def badge(database: str | None, text: str | None, output: Path | None, **words: Any) -> None:
    """Draw a badge (SVG): how much was measured, or the newest measurement of a model that is named.

    \b
    Example:
        ipfs-bench badge -o badge.svg
        ipfs-bench badge --model bert --hardware cpu --metric throughput -o bert.svg
    """
    from pytest_ipfs_bench import reports

    put(reports.badge(chosen(database), reports.asked(pairs(words)), text), output)
