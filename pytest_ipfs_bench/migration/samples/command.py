"""`ipfs-bench import --make-samples` and `--verify`: sample trees as commands."""

import shlex
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.importers.contract import Importer
from pytest_ipfs_bench.migration.books import STATUSES
from pytest_ipfs_bench.migration.command import FAILED, OK, say
from pytest_ipfs_bench.migration.report import WORDS
from pytest_ipfs_bench.migration.run import Asked, migrate
from pytest_ipfs_bench.migration.samples.making import EXPECTED, TREE, make
from pytest_ipfs_bench.migration.samples.verifying import expectations, verify
from pytest_ipfs_bench.reports.words import printable


def write_samples(folder: Path, seed: int) -> int:
    """Makes samples, and says what was written and what to do with it; the exit status."""
    totals = make(folder, seed)["totals"]
    parts = ", ".join(f"{totals[status]} {WORDS[status]}" for status in STATUSES)
    say(f"Wrote {totals['files']} files into {folder / TREE} (seed {seed}); an import must find {parts}.")
    say(f"What it must make of each: {folder / EXPECTED}")
    say(f"Import and compare: ipfs-bench import {shlex.quote(str(folder))} --verify")
    return OK


def verify_samples(
    folders: Sequence[Path], database: Path | None, importers: Sequence[Importer], command_line: str = ""
) -> int:
    """Imports the samples of one folder and says what is otherwise than expected; the exit status.

    Without a database into one that goes. Raises BenchError where there are no samples.
    """
    folder, *others = folders
    if others:
        raise BenchError("--verify: several folders are named.\nName one, as --make-samples wrote it.")
    expected = expectations(folder)
    with _database(database) as place:
        asked = Asked(trees=[folder / TREE], database=place, command_line=command_line)
        migrate(asked, importers, tell=lambda words: click.echo(words, err=True))
        differences = verify(folder, place)
    if not differences:
        say(f"{len(expected['files'])} files as expected.")
        return OK
    for difference in differences:
        say(printable(difference))
    what = f"{len(differences)} of {len(expected['files'])} files"
    say(f"{what} otherwise than expected (samples of version {expected.get('version')}).")
    return FAILED


@contextmanager
def _database(named: Path | None) -> Iterator[Path]:
    if named is not None:
        yield named
        return
    with tempfile.TemporaryDirectory(prefix="ipfs-bench-") as room:
        yield Path(room) / "samples.duckdb"
