"""`ipfs-bench db`: looking after a database."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pytest_ipfs_bench.cli.common import FAILED, Group, database_option, existing, report_rows, tell
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.naming import chosen
from pytest_ipfs_bench.places import here_only


def database_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """The database, as argument or as --db."""
    return click.argument("path", metavar="[DB]", required=False)(database_option(command))


@click.group(cls=Group)
def db() -> None:
    """Look after a database."""


@db.command()
@database_argument
def init(path: str | None, database: str | None) -> None:
    """Make an empty database, or check that one can be opened.

    \b
    Example:
        ipfs-bench db init bench.duckdb
    """
    from pytest_ipfs_bench.store.opening import opened
    from pytest_ipfs_bench.store.read import check as check_file

    target = here_only(chosen(path or database), "db init")
    check_file(target)
    existed = target.exists()
    with opened(target, tell=tell):
        click.echo(f"{'Ready' if existed else 'Made'}: {target}")


@db.command()
@database_argument
@click.option("--fix", is_flag=True, help="Do what is safe: take in spools, remove exact copies and rows of nothing.")
def check(path: str | None, database: str | None, *, fix: bool) -> None:
    """Look for what is wrong: structure, orphans, impossible values, waiting spools. Exit status 1 if there is anything.

    \b
    Example:
        ipfs-bench db check bench.duckdb
        ipfs-bench db check bench.duckdb --fix
    """
    from pytest_ipfs_bench.store import checking

    target = here_only(chosen(path or database), "db check")
    for line in checking.fix(target, tell=tell) if fix else ():
        click.echo(f"Fixed: {line}")
    found = checking.check(target)
    for one in found:
        examples = (
            f" ({', '.join(one.examples)}{', ...' if one.count > len(one.examples) else ''})" if one.examples else ""
        )
        remedy = " --fix mends this." if one.fixable else ""
        click.echo(f"{one.check}: {one.count}: {one.sentence}.{remedy}{examples}")
    if found:
        sys.exit(FAILED)
    click.echo(f"Sound: {target}")


@db.command()
@database_argument
@click.option("--to", "target", type=click.Path(path_type=Path), default=None,
              help="File to write (default: DB.backups/NAME-TIME.duckdb).")  # fmt: skip
@click.option("--keep", type=click.IntRange(min=1), default=None, help="Keep this many of the newest backups there.")
@click.option("--max-age", default=None, metavar="AGE", help="Remove backups there that are older (30d, 12h, 4w).")
@click.option("--dry-run", is_flag=True, help="Only say what --keep and --max-age would remove.")
def backup(
    path: str | None, database: str | None, target: Path | None, keep: int | None, max_age: str | None, *, dry_run: bool
) -> None:
    """Copy a database consistently, while others may use it; the copy is verified by opening it.

    \b
    Example:
        ipfs-bench db backup bench.duckdb --keep 10 --max-age 90d
    """
    from pytest_ipfs_bench.store import upkeep

    source = existing(path or database, "db backup")
    to = target or source.with_name(f"{source.name}.backups") / upkeep.backup_name(source)
    oldest = upkeep.ago(max_age, "--max-age") if max_age else None
    if not dry_run:
        rows = upkeep.backup(source, to.resolve(), tell=tell)
        click.echo(f"Backed up: {to} ({sum(rows.values())} rows, {to.stat().st_size:,} bytes, verified)")
    if (keep or oldest) and to.parent.is_dir():
        gone = upkeep.expire(to.parent, source, most=keep, oldest=oldest, dry_run=dry_run)
        for old in gone:
            click.echo(f"{'Would remove' if dry_run else 'Removed'}: {old}")


@db.command()
@click.argument("backup", type=click.Path(path_type=Path))
@database_argument
def restore(backup: Path, path: str | None, database: str | None) -> None:
    """Put BACKUP in the place of DB. It is read through first; the replaced file is kept beside it.

    \b
    Example:
        ipfs-bench db restore bench.duckdb.backups/bench-20260101T120000.duckdb bench.duckdb
    """
    from pytest_ipfs_bench.store import upkeep
    from pytest_ipfs_bench.store.read import reading

    target = here_only(chosen(path or database), "db restore")
    with reading(backup):
        pass
    if backup.resolve() == target.resolve():
        raise BenchError(f"{backup}: a database can't be restored from itself.")
    kept = upkeep.restore(backup.resolve(), target, tell=tell)
    click.echo(f"Restored: {target} from {backup}" + (f"; the replaced file is kept as {kept}" if kept else ""))


@db.command()
@database_argument
def compact(path: str | None, database: str | None) -> None:
    """Give back the space of what was removed, by rebuilding the file.

    \b
    Example:
        ipfs-bench db compact bench.duckdb
    """
    from pytest_ipfs_bench.store import upkeep

    target = existing(path or database, "db compact")
    done = upkeep.compact(target, tell=tell)
    click.echo(
        f"Compacted: {target}, {done.bytes_before:,} to {done.bytes_after:,} bytes, {sum(done.after.values())} rows"
    )


@db.command()
@database_argument
@click.option("--older-than", metavar="AGE", default=None, help="Remove results older than this (180d, 12h, 4w).")
@click.option("--keep-latest", is_flag=True, help="Keep the newest result of each series, however old.")
@click.option(
    "--samples-older-than", metavar="AGE", default=None, help="Remove the raw samples of results older than this."
)
@click.option("--archive", type=click.Path(path_type=Path, file_okay=False), default=None,
              help="First write what goes as Parquet files into this folder.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def prune(
    path: str | None,
    database: str | None,
    older_than: str | None,
    samples_older_than: str | None,
    archive: Path | None,
    *,
    keep_latest: bool,
    dry_run: bool,
) -> None:
    """Remove old results, or their raw samples. Runs, models, hardware and the list of imported files stay.

    \b
    Example:
        ipfs-bench db prune bench.duckdb --older-than 180d --keep-latest --archive old
        ipfs-bench db prune bench.duckdb --samples-older-than 30d --dry-run
    """
    from pytest_ipfs_bench.store import upkeep

    if not older_than and not samples_older_than:
        raise BenchError("Say what is to go: --older-than AGE, --samples-older-than AGE, or both.")
    target = existing(path or database, "db prune")
    asked = upkeep.Pruning(
        before=upkeep.ago(older_than, "--older-than") if older_than else None,
        samples_before=upkeep.ago(samples_older_than, "--samples-older-than") if samples_older_than else None,
        keep_latest=keep_latest,
        archive=archive.resolve() if archive else None,
    )
    done = (upkeep.would_prune if dry_run else upkeep.prune)(target, asked, tell=tell)
    verb = "Would remove" if dry_run else "Removed"
    click.echo(f"{verb}: {report_rows(done.rows)}; raw samples of {done.samples} results")
    for file in done.files:
        click.echo(f"Archived: {file}")
    if done.rebuilt:
        click.echo(f"{target}: {done.rebuilt.bytes_before:,} to {done.rebuilt.bytes_after:,} bytes")


@db.command()
@database_argument
def upgrade(path: str | None, database: str | None) -> None:
    """Bring a database to this version's schema. (Storing a session does it, too.) The old file is kept.

    \b
    Example:
        ipfs-bench db upgrade bench.duckdb
    """
    from pytest_ipfs_bench.store import opening, schema

    target = existing(path or database, "db upgrade")
    with opening.locked(target):
        done = opening.upgrade(target, tell=tell)
    said = f"Upgraded from {done[0]} to" if done else "Nothing to do: it has"
    click.echo(f"{said} schema {schema.VERSION}: {target}")
