"""From the spool into the database: a run's lines in one transaction, each row unless its id is there already."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench import records
from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.connection import connect, explain
from pytest_ipfs_bench.store.lock import exclusive
from pytest_ipfs_bench.store.spool import Spool, by_session, files, folders

if TYPE_CHECKING:
    import duckdb

WAIT_SECONDS = 30.0
CHUNK_BYTES = 16_000_000
DIMENSIONS = (records.Run, records.Hardware, records.Model)
FACTS = (records.Performance, records.Compatibility, records.Outcome)
TABLES: dict[str, type[records.Record]] = {record.TABLE: record for record in (*DIMENSIONS, *FACTS)}

Rows = dict[str, list[str]]


@dataclass(frozen=True)
class Rejected:
    """A line that the database refuses, and why."""

    line: str
    reason: str


@dataclass
class Handover:
    """What one hand-over did: new rows by table, spools taken in, files with refused lines and how many each holds."""

    rows: dict[str, int] = field(default_factory=dict)
    spools: int = 0
    rejected: dict[Path, int] = field(default_factory=dict)


def hand_over(
    database: Path, own: Spool | None, *, wait: float = WAIT_SECONDS, tell: Callable[[str], None] = lambda _: None
) -> Handover:
    """Takes in this session's spool and every orphan of this database; spools go when their rows are committed.

    `tell` gets one sentence if another process has to be waited for. Raises StoreError (StoreBusy after `wait` s); the
    spools then stay as they are.
    """
    orphans = (path for folder in folders(database) for path in files(folder))
    return take_in(database, [own] if own else [], orphans, wait=wait, tell=tell)


def take_in(
    database: Path,
    spools: Iterable[Spool],
    orphans: Iterable[Path],
    *,
    wait: float = WAIT_SECONDS,
    tell: Callable[[str], None] = lambda _: None,
) -> Handover:
    """Takes in these open spools and those of these files whose sessions are gone."""
    done = Handover()
    with opened(database, wait=wait, tell=tell) as con:
        taken = list(spools)
        try:
            taken += [spool for paths in by_session(orphans) if (spool := Spool.adopt(*paths))]
            for spool in taken:
                _write(con, spool, done)
        except BaseException as error:
            for spool in taken:
                spool.close()
            import duckdb

            if isinstance(error, duckdb.Error):
                raise explain(database, error) from error
            raise
    for spool in taken:
        spool.remove()
    done.spools = len(taken)
    return done


class opened:  # noqa: N801  read as a verb: with opened(database) as con
    """The database open for writing under its sidecar lock; made, or checked, first."""

    def __init__(
        self, database: Path, *, wait: float = WAIT_SECONDS, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self._database, self._wait, self._tell = database, wait, tell

    def __enter__(self) -> "duckdb.DuckDBPyConnection":
        self._lock = exclusive(self._database, self._wait)
        try:
            self._lock.__enter__()
        except OSError as error:
            raise StoreError(f"{self._database} can't be written: {error.strerror or error}.") from error
        try:
            self._con = self._connect()
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self._con

    def __exit__(self, *_: object) -> None:
        import duckdb

        try:
            self._con.close()
        except duckdb.Error as error:
            raise explain(self._database, error) from error
        finally:
            self._lock.__exit__(None, None, None)

    def _connect(self) -> "duckdb.DuckDBPyConnection":
        con = connect(self._database, read_only=False, wait=self._wait, tell=self._tell)
        import duckdb

        try:
            if schema.identify(con, self._database) is schema.Kind.EMPTY:
                con.begin()
                schema.create(con)
                con.commit()
        except BaseException as error:
            con.close()
            if isinstance(error, duckdb.Error):
                raise explain(self._database, error) from error
            raise
        return con


def _write(con: "duckdb.DuckDBPyConnection", spool: Spool, done: Handover) -> None:
    import duckdb

    rows, rejected = _group(spool.lines())
    try:
        new = _commit(con, rows)
    except duckdb.OperationalError:  # the disk, the memory, the lock: no row's fault
        raise
    except duckdb.Error as error:
        rows, faults = _sift(con, rows)
        if not faults:
            raise StoreError(f"the rows of {spool.path} were refused: {error}") from error
        rejected += faults
        new = _commit(con, rows)
    for table, count in new.items():
        done.rows[table] = done.rows.get(table, 0) + count
    if rejected:
        done.rejected[_set_aside(spool.path, rejected)] = len(rejected)


def _group(lines: list[str]) -> tuple[Rows, list[Rejected]]:
    """Rows (still JSON) by table, and the lines that are none. Of the lines about the run itself the last one counts."""
    rows: Rows = {table: [] for table in TABLES}
    rejected = []
    for line in lines:
        head, separator, row = line.partition('","row":')
        table = head.removeprefix('{"table":"')
        if separator and row.endswith("}}") and table in rows:
            rows[table].append(row[:-1])
        else:
            rejected.append(Rejected(line, "not a whole line of a table of this version"))
    rows[records.Run.TABLE] = rows[records.Run.TABLE][-1:]
    return rows, rejected


def _commit(con: "duckdb.DuckDBPyConnection", rows: Rows) -> dict[str, int]:
    con.begin()
    try:
        new = {table: _insert(con, table, lines, _run_id(rows)) for table, lines in rows.items() if lines}
        con.commit()
    except BaseException:
        _roll_back(con)
        raise
    return new


def _insert(con: "duckdb.DuckDBPyConnection", table: str, lines: list[str], run_id: str | None) -> int:
    """How many of these rows were new."""
    record = TABLES[table]
    facts = record in FACTS
    statement = _sql("insert_facts" if facts else "insert_dimensions").format(table=table, key=record.KEY)
    shape = _shape(con, table, lines[0])
    new = 0
    for chunk in _chunks(lines):
        parameters = {"lines": "\n".join(chunk), "shape": shape} | ({"run_id": run_id} if facts else {})
        answer = con.execute(statement, parameters).fetchone()
        new += answer[0] if answer else 0
    return new


def _sift(con: "duckdb.DuckDBPyConnection", rows: Rows) -> tuple[Rows, list[Rejected]]:
    """Which rows the database takes, and which not: by halves, in transactions that are rolled back."""
    good: Rows = {table: [] for table in rows}
    faults: list[Rejected] = []
    parents = {record.TABLE for record in DIMENSIONS}
    for table, lines in rows.items():
        context = {name: kept for name, kept in good.items() if name in parents and name != table}
        for part in _halves(lines, lambda part: _refusal(con, {**context, table: part})):  # noqa: B023  used at once
            if isinstance(part, Rejected):
                faults.append(Rejected(f'{{"table":"{table}","row":{part.line}}}', part.reason))
            else:
                good[table] += part
    return good, faults


def _halves(lines: list[str], refusal: Callable[[list[str]], str | None]) -> Iterator[list[str] | Rejected]:
    reason = refusal(lines) if lines else None
    if reason is None:
        yield lines
    elif len(lines) == 1:
        yield Rejected(lines[0], reason)
    else:
        middle = len(lines) // 2
        yield from _halves(lines[:middle], refusal)
        yield from _halves(lines[middle:], refusal)


def _refusal(con: "duckdb.DuckDBPyConnection", rows: Rows) -> str | None:
    """Why these rows can't go in together; None if they can. Changes nothing."""
    import duckdb

    con.begin()
    try:
        for table, lines in rows.items():
            if lines:
                _insert(con, table, lines, _run_id(rows))
    except duckdb.OperationalError:
        raise
    except duckdb.Error as error:
        return str(error)
    finally:
        _roll_back(con)
    return None


def _roll_back(con: "duckdb.DuckDBPyConnection") -> None:
    import duckdb

    try:
        con.rollback()
    except duckdb.Error:  # a failed commit has rolled back already
        return


def _set_aside(spool: Path, rejected: list[Rejected]) -> Path:
    path = spool.with_name(f"{spool.name}.rejected")
    with path.open("a", encoding="utf-8") as file:
        for fault in rejected:
            file.write(json.dumps({"reason": fault.reason, "line": fault.line}) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return path


def _run_id(rows: Rows) -> str | None:
    runs = rows[records.Run.TABLE]
    return json.loads(runs[0])["run_id"] if runs else None


def _shape(con: "duckdb.DuckDBPyConnection", table: str, line: str) -> str:
    """The types of this row's fields, as from_json wants them: taken from the table."""
    columns = con.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = $table", {"table": table}
    ).fetchall()
    types = {name: [kind[:-2]] if kind.endswith("[]") else kind for name, kind in columns}
    try:
        fields = json.loads(line)
    except ValueError:
        fields = types
    return json.dumps({name: types.get(name, "JSON") for name in fields})


def _chunks(lines: list[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for line in lines:
        if chunk and size + len(line) > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += len(line)
    if chunk:
        yield chunk


def _sql(name: str) -> str:
    return (resources.files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
