"""A migration as a command: what pytest's option and `ipfs-bench import` share. Speaks on stdout, its progress on stderr."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self, TextIO

import click

from pytest_ipfs_bench import reports
from pytest_ipfs_bench.importers.contract import Importer
from pytest_ipfs_bench.migration import report, tree
from pytest_ipfs_bench.migration.books import Account
from pytest_ipfs_bench.migration.run import Asked, migrate
from pytest_ipfs_bench.store.spool import waiting
from pytest_ipfs_bench.store.write import hand_over

OK, FAILED = 0, 1
LONG = 200  # files: from here on a bar shows how far it is


def run(asked: Asked, importers: Sequence[Importer], *, report_file: Path | None, verbose: bool) -> int:
    """Migrates and says what became of it; the exit status. Raises BenchError where nothing can be done."""
    if report_file:
        report.form(report_file)
    say(f"database: {asked.database}{' (dry run: nothing is written)' if asked.dry else ''}")
    with _Progress(asked, sys.stderr) as progress:
        watch = _both(progress.one, lambda account: say(report.line(account))) if verbose else progress.one
        books = migrate(asked, importers, watch=watch, tell=lambda words: click.echo(words, err=True))
    if not asked.dry and waiting(asked.database):
        hand_over(asked.database, None, wait=asked.wait)
    for line in report.summary(books):
        say(line)
    if report_file:
        reports.save(report_file, report.whole(books, asked.database, report_file))
        say(f"Report: {report_file}")
    return FAILED if asked.strict and books.rejected else OK


def say(line: str) -> None:
    """One line on stdout; what its encoding can't hold is escaped."""
    reports.write(sys.stdout, line + "\n")


def _both(one: Callable[[Account], None], other: Callable[[Account], None]) -> Callable[[Account], None]:
    def both(account: Account) -> None:
        one(account)
        other(account)

    return both


class _Progress:
    """A bar with rate and time left, on terminals and for long trees only."""

    def __init__(self, asked: Asked, stream: TextIO) -> None:
        self._count = 0
        if stream.isatty():
            self._count = sum(tree.count(folder, asked.shut) for folder in asked.trees if folder.exists())
        self._bar = click.progressbar(
            range(self._count), self._count, "migrating", file=stream, show_pos=True,
            item_show_func=lambda _: self._rate(),
        )  # fmt: skip
        self._began, self._done = time.monotonic(), 0

    def __enter__(self) -> Self:
        if self._count >= LONG:
            self._bar.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._count >= LONG:
            self._bar.__exit__(None, None, None)

    def one(self, _: Account) -> None:
        """One more file is done."""
        self._done += 1
        if self._count >= LONG:
            self._bar.update(1, self._done)

    def _rate(self) -> str:
        return f"{self._done / max(time.monotonic() - self._began, 1e-6):.0f} files/s"
