"""`ipfs-bench db merge`: what was stored elsewhere, into one database."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from pytest_ipfs_bench.cli.common import FAILED, database_option, report_rows, tell
from pytest_ipfs_bench.errors import BenchError, StoreError
from pytest_ipfs_bench.naming import chosen
from pytest_ipfs_bench.places import Remote, Target, is_remote, remote

SPOOL_SUFFIXES = (".ndjson", ".rejected")


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--into", "into", metavar="DB", default=None, help="Database that takes them in (default: as --db).")
@database_option
def merge(sources: tuple[str, ...], into: str | None, database: str | None) -> None:
    """Take in SOURCES: databases, spool files, and folders of either. Without any: every spool that waits for DB.

    Idempotent: what the database knows already is not stored again. Sources that are databases are only read.

    \b
    Example:
        ipfs-bench db merge shards/*.duckdb --into all.duckdb
        ipfs-bench db merge bench.duckdb.spool --into bench.duckdb
        ipfs-bench db merge quack:lab:9494 --into mine.duckdb
    """
    from pytest_ipfs_bench.store.read import check as check_file
    from pytest_ipfs_bench.store.spool import folders

    target = chosen(into or database)
    check_file(target)
    waiting = tuple(str(folder) for folder in folders(target) if folder.exists())
    spools, databases = _sort(sources or waiting, target)
    total: dict[str, int] = {}
    failed = []
    for source, rows in _merged(databases, target) if databases else ():
        if isinstance(rows, StoreError):
            failed.append(rows)
            continue
        click.echo(f"{source}: {report_rows(rows)}")
        total = {table: total.get(table, 0) + rows.get(table, 0) for table in {**total, **rows}}
    if databases:
        click.echo(f"Took in {len(databases) - len(failed)} databases: {report_rows(total)} -> {target}")
    whole = _merge_spools(spools, target) if spools or not databases else True
    for error in failed:
        tell(f"Not taken in: {error}")
    if failed or not whole:
        sys.exit(FAILED)


def _merged(databases: "list[Target]", target: Target) -> "Iterator[tuple[Target, dict[str, int] | StoreError]]":
    """Each database with its new rows; of served ones a copy is made first."""
    from pytest_ipfs_bench.store import upkeep
    from pytest_ipfs_bench.store.quack import merging

    with tempfile.TemporaryDirectory(prefix="ipfs-bench-") as room:
        named: dict[Path, Target] = {}
        for source in databases:
            try:
                named[merging.fetched(source, Path(room)) if isinstance(source, Remote) else source] = source
            except StoreError as error:
                yield source, error
        if not named:
            return
        into = (
            merging.merge(named, target, tell=tell)
            if isinstance(target, Remote)
            else upkeep.merge(named, target, tell=tell)
        )
        yield from ((named[file], rows) for file, rows in into)


def _sort(sources: tuple[str, ...], target: Target) -> tuple[list[Path], list[Target]]:
    """Spool files and databases among the sources, folders opened up (a target that lies in one is not meant)."""
    from pytest_ipfs_bench.store.spool import files

    spools: list[Path] = []
    databases: list[Target] = []
    for name in sources:
        if is_remote(name):
            databases.append(remote(name, "db merge "))
            continue
        source = Path(name)
        if not source.exists():
            if _taken_in(source, target):
                click.echo(f"Taken in already: {source} -> {target}")
                continue
            raise BenchError(f"{source}: no such file or folder.")
        if source.is_dir():
            spools += files(source)
            databases += [path for path in sorted(source.glob("*.duckdb")) if path.resolve() != target]
        else:
            (spools if source.suffix in SPOOL_SUFFIXES else databases).append(source)
    return spools, databases


def _taken_in(spool: Path, target: Target) -> bool:
    """Whether a spool is gone because another session took it in: the run that it is called by is in the database."""
    from pytest_ipfs_bench.store.read import peeking

    if spool.suffix != SPOOL_SUFFIXES[0]:
        return False
    with peeking(target, 0) as con:
        asked = "SELECT count(*) FROM test_runs WHERE run_id::VARCHAR = $name"
        row = con.execute(asked, {"name": spool.stem}).fetchone() if con else None
    return bool(row and row[0])


def _merge_spools(paths: list[Path], target: Target) -> bool:
    """Whether every line found its place."""
    from pytest_ipfs_bench.store.spool import by_session
    from pytest_ipfs_bench.store.write import take_in

    done = take_in(target, [], paths, tell=tell)
    click.echo(f"Took in {done.spools} spools: {report_rows(done.rows)} -> {target}")
    for path, count in done.rejected.items():
        tell(f"Refused: {count} rows; kept, with the reasons, in {path}")
    for path in done.left:
        tell(f"Taken in, but can't be removed: {path}")
    for path, reason in done.strange.items():
        tell(f"Left as it is: {path}: {reason}")
    living = len(by_session(paths)) - done.spools - len(done.strange)
    if living:
        tell(f"Left: {living} spools of sessions that still run (or that can't be read)")
    return not done.rejected and not done.strange
