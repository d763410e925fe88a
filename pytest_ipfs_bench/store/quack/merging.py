"""Rows of a database here to a server: all of them (merge), or those that a copy of the served one gained (migration)."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.places import Remote
from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.connection import connect, explain
from pytest_ipfs_bench.store.copy import KEYS
from pytest_ipfs_bench.store.inserting import CHUNK_BYTES, Columns, shape
from pytest_ipfs_bench.store.opening import WAIT_SECONDS, Tell, opened
from pytest_ipfs_bench.store.quack import words
from pytest_ipfs_bench.store.quack.copying import fill
from pytest_ipfs_bench.store.quack.pushing import Pusher

if TYPE_CHECKING:
    import duckdb

FETCHED = 1000
KNOWN = "known_{table}"  # in a copy: the ids that it had when it was made


def merge(
    sources: Iterable[Path], remote: Remote, *, wait: float = WAIT_SECONDS, tell: Tell
) -> Iterator[tuple[Path, dict[str, int] | StoreError]]:
    """Hands other databases over, each row unless the server has it; each source with its new rows by table.

    A source that is damaged, foreign or busy comes with its error, and the next one is tried. Raises StoreError where the
    server can't be reached: what it has acknowledged by then is there.
    """
    pusher = Pusher(remote, wait=wait, tell=tell)
    for source in sources:
        try:
            con = connect(source, read_only=True, wait=wait, tell=tell)
        except StoreError as error:
            yield source, error
            continue
        try:
            yield source, _handed_over(source, con, pusher)
        finally:
            con.close()


def _handed_over(source: Path, con: "duckdb.DuckDBPyConnection", pusher: Pusher) -> dict[str, int] | StoreError:
    import duckdb

    try:
        if schema.identify(con, source) is schema.Kind.EMPTY:
            return {}
        return _sent(pusher, _statements(con, pusher.columns, lambda _: ""))
    except duckdb.Error as error:
        return explain(source, error)
    except StoreError as error:
        return error


def fetched(remote: Remote, folder: Path) -> Path:
    """A copy of a served database as a file of its own in this folder. Raises StoreError."""
    file = folder / f"{remote.name}.duckdb"
    with opened(file) as con:
        fill(remote, con, wait=WAIT_SECONDS)
    return file


def copy(remote: Remote, con: "duckdb.DuckDBPyConnection", *, wait: float) -> None:
    """Makes an empty database here a copy of the served one, which remembers what it had. Raises StoreError."""
    fill(remote, con, wait=wait)
    for table, key in KEYS.items():
        simulated = "is_simulated" if table in words.MARKED else "NULL"
        con.execute(f"CREATE TABLE {KNOWN.format(table=table)} AS SELECT {key}, {simulated} AS simulated FROM {table}")


def gained(con: "duckdb.DuckDBPyConnection", remote: Remote, *, wait: float, tell: Tell) -> dict[str, int]:
    """Hands over what a copy has that it did not have when it was made: new rows, and marks on old ones. Raises StoreError."""
    pusher = Pusher(remote, wait=wait, tell=tell)
    new = _statements(con, pusher.columns, lambda table: f"ANTI JOIN {KNOWN.format(table=table)} USING ({KEYS[table]})")
    return _sent(pusher, [*new, *_marks(con)])


def _marks(con: "duckdb.DuckDBPyConnection") -> Iterator[words.Said]:
    for table in words.MARKED:
        key, known = KEYS[table], KNOWN.format(table=table)
        both = f"{table} JOIN {known} USING ({key})"
        marked = f"SELECT {key}::VARCHAR FROM {both} WHERE is_simulated AND simulated IS DISTINCT FROM TRUE"
        if ids := [row[0] for row in con.execute(marked).fetchall()]:
            yield words.marks(table, ids)


def _sent(pusher: Pusher, statements: Iterable[words.Said]) -> dict[str, int]:
    """One transaction if that is not too much for one text, else several, parents before children."""
    new: dict[str, int] = {}
    some: list[words.Said] = []
    for statement in (*statements, None):
        if some and (statement is None or sum(len(one.text) for one in (*some, statement)) > CHUNK_BYTES):
            for table, count in pusher.send(some).items():
                new[table] = new.get(table, 0) + count
            some = []
        if statement is not None:
            some.append(statement)
    return new


def _statements(con: "duckdb.DuckDBPyConnection", columns: Columns, rest: Callable[[str], str]) -> Iterator[words.Said]:
    """Every row as a hand-over says it; `rest` limits a table by what follows its name."""
    here = schema.tables(con, schema.name_of(con))
    for table in KEYS:
        shared = [name for name in columns[table] if name in here.get(table, {})]
        if not shared:
            continue
        # JSON travels as text: what somebody wrote comes back as it was written.
        types = {name: "VARCHAR" if columns[table][name] == "JSON" else columns[table][name] for name in shared}
        values = ", ".join(f"{name}::VARCHAR AS {name}" if columns[table][name] == "JSON" else name for name in shared)
        chosen = f"SELECT {values} FROM {table} {rest(table)}"
        found = con.cursor().execute(f"SELECT to_json(row)::VARCHAR FROM ({chosen}) row")
        for lines in _batches(found):
            yield words.others(table, shape(types, lines[0]), lines)


def _batches(found: "duckdb.DuckDBPyConnection") -> Iterator[list[str]]:
    """Rows by some megabytes."""
    lines: list[str] = []
    size = 0
    while some := found.fetchmany(FETCHED):
        lines += [row[0] for row in some]
        size += sum(len(row[0]) for row in some)
        if size > CHUNK_BYTES // 2:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines
