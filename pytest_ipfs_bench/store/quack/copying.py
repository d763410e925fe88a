"""A served database as a copy in memory, which reports and queries read as they read a file; a server runs no query of theirs."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pytest_ipfs_bench.places import Remote
from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.connection import CONFIG
from pytest_ipfs_bench.store.copy import KEYS
from pytest_ipfs_bench.store.quack import words
from pytest_ipfs_bench.store.quack.line import Line, Refused, to, why_refused

if TYPE_CHECKING:
    import duckdb

VIEW = re.compile(r"(\s*--[^\n]*\n)*\s*CREATE (OR REPLACE )?VIEW", re.IGNORECASE)
TABLES = tuple(
    reversed(words.COPIES)
)  # facts before what they refer to: whatever comes in meanwhile, no fact is without its run


@contextlib.contextmanager
def copied(remote: Remote, config: Mapping[str, str], *, wait: float) -> "Iterator[duckdb.DuckDBPyConnection]":
    """A copy of what the server holds now, in memory. Raises StoreError."""
    import duckdb

    # The copy itself takes memory: a limit meant for a question's own needs would be too small for it.
    own = {name: value for name, value in config.items() if name != "memory_limit"}
    with duckdb.connect(config={**CONFIG, **own}) as con:
        con.execute("SET enable_progress_bar = false")
        line = to(remote, con=con, wait=wait)
        check(line)
        for table in TABLES:
            line.copy(words.copy_of(table), f"CREATE TABLE {table} AS {{answer}}")
        for version in schema.DESCRIPTIONS:
            for statement in filter(VIEW.match, schema.statements(version)):
                con.execute(statement)
        yield con


def fill(remote: Remote, con: "duckdb.DuckDBPyConnection", *, wait: float) -> None:
    """Copies what the server holds into an empty database of this version, constraints and all. Raises StoreError."""
    line = to(remote, con=con, wait=wait)
    check(line)
    for table in reversed(KEYS):
        line.copy(words.copy_of(table), f"CREATE TEMP TABLE copied_{table} AS {{answer}}")
    for table in KEYS:
        con.execute(f"INSERT INTO {table} BY NAME FROM copied_{table}")
        con.execute(f"DROP TABLE copied_{table}")


def check(line: Line) -> None:
    """Raises StoreError if the server is of another version than we are, or none of ours."""
    try:
        ((_, version, *_),) = line.ask(words.ABOUT)
    except Refused as error:
        raise why_refused(line) from error
    if version != schema.VERSION:
        raise why_refused(line)
