"""Opening the database for answers: read-only, and never made by asking."""

import contextlib
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import TYPE_CHECKING

from pytest_ipfs_bench.errors import StoreBusy, StoreError
from pytest_ipfs_bench.places import Remote, Target
from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.connection import connect, explain

if TYPE_CHECKING:
    import duckdb

WAIT_SECONDS = 10.0
INTERRUPTED = "Query interrupted"  # how DuckDB says that it got Ctrl-C


@contextlib.contextmanager
def reading(
    database: Target, config: Mapping[str, str] | None = None, *, wait: float = WAIT_SECONDS
) -> "Iterator[duckdb.DuckDBPyConnection]":
    """The database, read-only. Raises StoreError where it is missing, damaged, another program's or too new, busy after `wait` s.

    Ctrl-C ends a query with KeyboardInterrupt.
    Queries have the macro `shown` (shown.sql) there: the one way in which hardware is named to people.
    """
    with _read(database, config or {}, wait) as con:
        try:
            con.execute("SET enable_progress_bar = false")  # DuckDB draws it on stdout, into the answer
            if _identify(con, database) is schema.Kind.EMPTY:
                raise StoreError(f"{database} is an empty DuckDB file: no session has stored anything in it.")
            con.execute((resources.files(__package__) / "sql" / "shown.sql").read_text(encoding="utf-8"))
            yield con
        except RuntimeError as error:
            if str(error) != INTERRUPTED:
                raise
            raise KeyboardInterrupt from error


@contextlib.contextmanager
def _read(database: Target, config: Mapping[str, str], wait: float) -> "Iterator[duckdb.DuckDBPyConnection]":
    """The file, or a copy of what is served."""
    if isinstance(database, Remote):
        from pytest_ipfs_bench.store.quack.copying import copied

        with copied(database, config, wait=wait) as con:
            yield con
        return
    if database.is_dir():
        raise StoreError(f"{database} is a folder, not a database.")
    if not database.exists():
        raise StoreError(
            f"{database} does not exist; nothing was made.\n"
            f"Fill it with a session: pytest --bench-db={database}, or name another one: --db PATH, BENCHMARK_DB_PATH."
        )
    with contextlib.closing(connect(database, read_only=True, wait=wait, config=config)) as con:
        yield con


@contextlib.contextmanager
def peeking(database: Target, wait: float) -> "Iterator[duckdb.DuckDBPyConnection | None]":
    """The database, read-only; None where nothing has been stored yet. Raises StoreBusy after `wait` s, StoreError."""
    if isinstance(database, Remote):
        with reading(database, wait=wait) as con:
            yield con
        return
    if not database.exists():
        yield None
        return
    con = connect(database, read_only=True, wait=wait)
    try:
        yield None if _identify(con, database) is schema.Kind.EMPTY else con
    finally:
        con.close()


def check(database: Target) -> None:
    """Raises StoreError if a session could never store its results here, by a mistake that a person can mend.

    Busy is no mistake, nor is a folder that does not exist yet or can't be written: the spool copes with those, and with a
    server that is away. What a served database needs here is asked for: the token, and DuckDB's extension.
    """
    if isinstance(database, Remote):
        from pytest_ipfs_bench.store.quack import extension, tokens

        tokens.needed()
        extension.check()
        return
    if database.is_dir():
        raise StoreError(f"--bench-db: {database} is a folder.\nName a file in it: --bench-db={database}/bench.duckdb")
    if not database.exists():
        above = next(parent for parent in database.parents if parent.exists())
        if not above.is_dir():
            raise StoreError(f"--bench-db: {database} can't be: {above} is a file, not a folder.")
        return
    try:
        con = connect(database, read_only=True)
    except StoreBusy:
        return
    try:
        _identify(con, database)
    finally:
        con.close()


def _identify(con: "duckdb.DuckDBPyConnection", database: Target) -> schema.Kind:
    """What the file is. Raises StoreError, also where it is too damaged to say."""
    import duckdb

    try:
        return schema.identify(con, database)
    except duckdb.Error as error:
        raise explain(database, error) from error
