"""Rebuilding: a new file beside the old one, filled by the copy routine, put in its place by an atomic rename.

DuckDB can't alter, delete from or shrink a database with foreign keys in place; and a rebuild that fails leaves the old
file as it was. The old file is held open (and so locked) from the first row read to the rename.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.connection import CONFIG, attach, explain
from pytest_ipfs_bench.store.copy import copy, counts

if TYPE_CHECKING:
    import duckdb

NEW = "BLOCK_SIZE 16384, STORAGE_VERSION 'v1.5.0'"


@dataclass(frozen=True)
class Rebuilt:
    """Rows by table and bytes on disk, before and after."""

    before: dict[str, int]
    after: dict[str, int]
    bytes_before: int
    bytes_after: int


Prepare = Callable[["duckdb.DuckDBPyConnection"], tuple[Mapping[str, str], Mapping[tuple[str, str], str]]]


def rebuild(
    database: Path,
    *,
    prepare: Prepare = lambda _: ({}, {}),
    keep_old: Path | None = None,
    wait: float,
    tell: Callable[[str], None] = lambda _: None,
) -> Rebuilt:
    """Rebuilds a database in place; to be called under its sidecar lock.

    `prepare` is given the connection with the old database attached as `old`, and answers with filters and expressions
    for the copy. `keep_old` is the name under which the old file is kept. Raises StoreError; the old file is then as it was.
    """
    import duckdb

    new = database.with_name(f".{database.name}.new-{os.getpid()}")
    with working(database) as con:
        attach(con, database, "old", read_only=False, wait=wait, tell=tell)
        con.execute("USE old")
        schema.identify(con, database)
        con.execute("CHECKPOINT old")  # a WAL left beside the new file would belong to another database
        bytes_before = database.stat().st_size
        try:
            rows, columns = prepare(con)
            before = counts(con, "old")
            after = fill(con, new, "old", rows=rows, columns=columns)
            bytes_after = new.stat().st_size
            if keep_old is not None:
                keep(database, keep_old)
            new.replace(database)
            sync_folder(database.parent)
        except BaseException as error:
            with contextlib.suppress(duckdb.Error):
                con.execute("DETACH new")
            discard(new)
            if keep_old is not None and keep_old.exists() and not database.exists():
                keep_old.rename(database)  # it had been moved, on a file system without links
            if isinstance(error, OSError):
                raise StoreError(f"{database}: {error.strerror or error}.") from error
            raise
    return Rebuilt(before, after, bytes_before, bytes_after)


def fill(
    con: "duckdb.DuckDBPyConnection",
    path: Path,
    source: str,
    *,
    rows: Mapping[str, str] | None = None,
    columns: Mapping[tuple[str, str], str] | None = None,
) -> dict[str, int]:
    """Makes a new database of the newest schema at `path`, filled from an attached one; rows by table."""
    discard(path)
    con.execute(f"ATTACH '{quoted(path)}' AS new ({NEW})")
    con.execute("USE new")
    con.begin()
    schema.create(con)
    schema.keep_history(con, source, "new")
    filled = copy(con, source, "new", rows=rows, columns=columns)
    con.commit()
    con.execute("CHECKPOINT new")
    con.execute(f"USE {source}")
    con.execute("DETACH new")
    if wal(path).exists():
        raise StoreError(f"{path}: its log could not be written into it.")
    return filled


@contextlib.contextmanager
def working(database: Path) -> "Iterator[duckdb.DuckDBPyConnection]":
    """A connection to work with several attached files; DuckDB's errors in words."""
    import duckdb

    con = duckdb.connect(config=dict(CONFIG))
    try:
        yield con
    except duckdb.Error as error:
        raise explain(database, error) from error
    finally:
        con.close()


def free(name: Path) -> Path:
    """This name, or the first one like it that no file has."""
    number, found = 2, name
    while found.exists():
        found, number = name.with_name(f"{name.name}.{number}"), number + 1
    return found


def keep(old: Path, name: Path) -> None:
    """Keeps a file under a second, free name; never by opening it (that would drop DuckDB's lock)."""
    try:
        os.link(old, name)
    except OSError:  # a file system without links: moved instead, the new file follows at once
        old.rename(name)


def discard(path: Path) -> None:
    """Removes a database that never was, with its log."""
    for file in (path, wal(path)):
        file.unlink(missing_ok=True)


def wal(path: Path) -> Path:
    """The log of a database."""
    return path.with_name(f"{path.name}.wal")


def sync_folder(folder: Path) -> None:
    """Makes a rename durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def quoted(path: Path) -> str:
    """A path inside a single-quoted SQL string."""
    return str(path).replace("'", "''")
