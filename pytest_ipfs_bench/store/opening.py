"""Opening the database for writing: under its sidecar lock, made if it is not there, upgraded if it is older."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.connection import connect, explain
from pytest_ipfs_bench.store.lock import exclusive
from pytest_ipfs_bench.store.rebuild import Rebuilt, free, rebuild

if TYPE_CHECKING:
    import duckdb

WAIT_SECONDS = 30.0
Tell = Callable[[str], None]


def say_nothing(_: str) -> None:
    """For callers that have nobody to tell."""


@contextlib.contextmanager
def locked(database: Path, *, wait: float = WAIT_SECONDS, tell: Tell = say_nothing) -> Iterator[None]:
    """The sidecar lock of a database. Raises StoreBusy after `wait` s, StoreError where the lock can't be made."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(exclusive(database, wait, tell))
        except OSError as error:
            raise StoreError(f"{database} can't be written: {error.strerror or error}.") from error
        if database.exists() and database.stat().st_nlink > 1:
            tell(f"{database} has {database.stat().st_nlink} names (hard links): sessions must all use the same one.")
        yield


@contextlib.contextmanager
def opened(
    database: Path, *, wait: float = WAIT_SECONDS, tell: Tell = say_nothing
) -> "Iterator[duckdb.DuckDBPyConnection]":
    """The database open for writing, of this version. Raises StoreError, StoreBusy after `wait` s."""
    import duckdb

    with locked(database, wait=wait, tell=tell):
        con = _connect(database, wait, tell)
        try:
            yield con
        finally:
            try:
                con.close()
            except duckdb.Error as error:
                raise explain(database, error) from error


def ready(database: Path, *, wait: float = WAIT_SECONDS, tell: Tell = say_nothing) -> None:
    """Makes the database if it is not there, upgrades it if it is older; to be called under its lock."""
    _connect(database, wait, tell).close()


def upgrade(database: Path, *, wait: float = WAIT_SECONDS, tell: Tell = say_nothing) -> tuple[int, Rebuilt] | None:
    """Brings a database to this version, to be called under its lock: the version it had, and what was done; or None.

    The old file is kept as DATABASE.bak-vN. A failed upgrade leaves it as it was.
    """
    con = connect(database, read_only=True, wait=wait, tell=tell)
    try:
        kind, version = schema.identify(con, database), schema.version_of(con)
    finally:
        con.close()
    if kind is not schema.Kind.OLDER or version is None:
        return None
    kept = free(database.with_name(f"{database.name}.bak-v{version}"))
    done = rebuild(database, keep_old=kept, wait=wait, tell=tell)
    tell(f"{database} was upgraded from schema {version} to {schema.VERSION}; the old file is kept as {kept.name}.")
    return version, done


def _connect(database: Path, wait: float, tell: Tell) -> "duckdb.DuckDBPyConnection":
    import duckdb

    con = connect(database, read_only=False, wait=wait, tell=tell)
    try:
        kind = schema.identify(con, database)
        if kind is schema.Kind.EMPTY:
            con.begin()
            schema.create(con)
            con.commit()
    except BaseException as error:
        con.close()
        if isinstance(error, duckdb.Error):
            raise explain(database, error) from error
        raise
    if kind is schema.Kind.OLDER:
        con.close()
        upgrade(database, wait=wait, tell=tell)
        con = connect(database, read_only=False, wait=wait, tell=tell)
    return con
