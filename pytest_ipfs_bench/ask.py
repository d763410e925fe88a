"""SQL of a person's own: one SELECT, on a read-only connection that reaches no file and no network."""

import contextlib
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent import futures
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.places import Target
from pytest_ipfs_bench.reports import render
from pytest_ipfs_bench.reports.parquet import save_parquet
from pytest_ipfs_bench.reports.table import Document, Table
from pytest_ipfs_bench.store.connection import SANDBOX
from pytest_ipfs_bench.store.read import reading

__all__ = ["RENDERERS", "ask", "frame", "save_parquet"]
PAUSE = 0.05  # s

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


def ask(database: Target, sql: str, *, timeout: float, limit: int | None = None, archive: Path | None = None) -> Table:
    """The answer to one SELECT. Raises BenchError for anything else, with DuckDB's own words and place of the fault.

    The Parquet files of an `archive` (of `db prune`) are there as views `archived_TABLE`; no other file can be read.
    """
    with _answering(database, sql, {}, timeout, archive) as found:
        columns = _distinct([column[0] for column in found.description or ()])
        return Table("answer", columns, found.fetchall() if limit is None else found.fetchmany(limit))


def frame(database: Target, sql: str, parameters: Mapping[str, Any]) -> "pd.DataFrame":
    """The answer to one SELECT with parameters by name (`$model`), as long as it takes. Raises BenchError as `ask` does."""
    with _answering(database, sql, parameters, None, None) as found:
        return found.df()


@contextlib.contextmanager
def _answering(
    database: Target, sql: str, parameters: Mapping[str, Any], timeout: float | None, archive: Path | None
) -> "Iterator[duckdb.DuckDBPyConnection]":
    import duckdb

    with reading(database, SANDBOX) as con, _limited(con, timeout):
        try:
            _lock(con, archive)
            statements = con.extract_statements(sql)
            _check(statements)
            _check_parameters(statements[0].named_parameters, parameters)
            yield _run(con, sql, dict(parameters))
        except duckdb.InterruptException as error:
            raise BenchError(f"The query was stopped after {timeout:g} s (--timeout).") from error
        except duckdb.Error as error:
            raise BenchError(str(error)) from error


def _run(con: "duckdb.DuckDBPyConnection", sql: str, parameters: dict[str, Any]) -> "duckdb.DuckDBPyConnection":
    """Runs a statement in a thread beside this one, which Ctrl-C then reaches at once.

    DuckDB itself, met by Ctrl-C, waits now and then for ever for the query that it was to end; `interrupt` is sure.
    """
    with futures.ThreadPoolExecutor(1) as beside:
        running = beside.submit(con.execute, sql, parameters or None)
        try:
            return running.result()
        except KeyboardInterrupt:
            while not running.done():
                con.interrupt()
                futures.wait([running], timeout=PAUSE)
            raise


@contextlib.contextmanager
def _limited(con: "duckdb.DuckDBPyConnection", timeout: float | None) -> Iterator[None]:
    """Stops what runs on a connection after so many s, if there is a limit."""
    if timeout is None:
        yield
        return
    alarm = threading.Timer(timeout, con.interrupt)
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()


def _distinct(names: list[str]) -> tuple[str, ...]:
    """Names told apart: a second `a` is `a_1`, lest one of two columns vanish."""
    found: list[str] = []
    for name in names:
        number, one = 1, name
        while one in found:
            one, number = f"{name}_{number}", number + 1
        found.append(one)
    return tuple(found)


def _lock(con: "duckdb.DuckDBPyConnection", archive: Path | None) -> None:
    """Shuts the sandbox, the archive's folder inside it."""
    if archive is not None:
        folder = str(archive.resolve()).replace("'", "''")
        con.execute(f"SET allowed_directories = ['{folder}/']")
        for name in sorted({file.name.rpartition("-")[0] for file in archive.glob("*-*.parquet")}):
            if name.isidentifier():
                files = f"read_parquet('{folder}/{name}-*.parquet', union_by_name = true)"
                con.execute(f"CREATE TEMP VIEW archived_{name} AS SELECT * FROM {files}")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


def _check(statements: list[Any]) -> None:
    import duckdb

    if len(statements) != 1:
        raise BenchError(f"One statement is answered at a time; here are {len(statements)}.")
    if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise BenchError(f"Only SELECT is answered here (the database is read-only), not {statements[0].type.name}.")


def _check_parameters(wanted: Collection[str], given: Mapping[str, Any]) -> None:
    missing = [name for name in sorted(wanted) if name not in given]
    if missing:
        raise BenchError(f"The query has parameters that were not given: {', '.join(missing)}.")
    needless = [name for name in given if name not in wanted]
    if needless:
        told = ", ".join(f"${name}" for name in sorted(wanted)) or "none"
        raise BenchError(f"The query has no parameter called {', '.join(needless)}; it has {told}.")


def _csv(answer: Table) -> str:
    return render.as_csv(Document("query", "", [answer], []))


RENDERERS: dict[str, Callable[[Table], str]] = {"table": render.table_text, "csv": _csv, "json": render.table_json}
