"""From the spool into the database: a run's lines in one transaction, each row unless its id is there already."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import records, satellites
from pytest_ipfs_bench.encoding import encode
from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.connection import explain
from pytest_ipfs_bench.store.opening import WAIT_SECONDS, Tell, opened, say_nothing
from pytest_ipfs_bench.store.spool import Spool, by_session, files, folders

if TYPE_CHECKING:
    import duckdb

CHUNK_BYTES = 16_000_000
DIMENSIONS = (records.Run, records.Hardware, records.Model)
FACTS = (records.Performance, records.Compatibility, records.Outcome)
SATELLITES = (satellites.Power, satellites.Training, satellites.Web)  # they name their performance row, and no run
TABLES: dict[str, type[records.Record]] = {
    record.TABLE: record for record in (*DIMENSIONS, *FACTS, *SATELLITES, records.Source)
}

Columns = dict[str, dict[str, str]]  # of the database's tables: names and types, asked once a hand-over
# Rows as JSON text by the head of their lines: what comes before `"row":`, the same for the same table and columns.
Rows = dict[str, list[str]]
TABLE, ABOUT_RUN, REASON = '{"table":"', '{"table":"test_runs"', '{"reason":'


@dataclass(frozen=True)
class Rejected:
    """A line that the database refuses, and why."""

    line: str
    reason: str


@dataclass
class Handover:
    """What one hand-over did: new rows by table, spools taken in, files with refused lines and how many each holds.

    `left` are spool files that were taken in and can't be removed (another user's, or on a read-only disk); `strange`
    are files that are no spools, or can't be read, with the reason: they stay as they are.
    """

    rows: dict[str, int] = field(default_factory=dict)
    spools: int = 0
    rejected: dict[Path, int] = field(default_factory=dict)
    left: list[Path] = field(default_factory=list)
    strange: dict[Path, str] = field(default_factory=dict)


def hand_over(database: Path, own: Spool | None, *, wait: float = WAIT_SECONDS, tell: Tell = say_nothing) -> Handover:
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
    tell: Tell = say_nothing,
) -> Handover:
    """Takes in these open spools and those of these files whose sessions are gone."""
    done, taken = Handover(), list(spools)
    try:
        with opened(database, wait=wait, tell=tell) as con:
            there = schema.tables(con, schema.name_of(con))
            for spool in taken:
                _write(con, there, spool, spool.lines(), done)
            taken += filter(None, (_take(con, there, paths, done) for paths in by_session(orphans)))
    except BaseException as error:
        for spool in taken:
            spool.close()
        import duckdb

        if isinstance(error, duckdb.Error):
            raise explain(database, error) from error
        if isinstance(error, OSError):
            raise StoreError(f"{database}: {error.strerror or error}.") from error
        raise
    for spool in taken:
        done.left += spool.remove()
    done.spools = len(taken)
    return done


def _take(con: "duckdb.DuckDBPyConnection", there: Columns, paths: list[Path], done: Handover) -> Spool | None:
    """An orphan whose rows are in; None for one whose session lives. What is no spool stays, and is named."""
    orphan = Spool.adopt(*paths)
    if orphan is None:
        return None
    try:
        lines = orphan.lines()
        if lines and not lines[0].startswith((TABLE, REASON)):
            done.strange[paths[0]] = "it is no spool (its first line is not one of ours)"
    except OSError as error:
        done.strange[paths[0]] = f"it can't be read ({error.strerror or error})"
    if paths[0] in done.strange:
        orphan.close()
        return None
    try:
        _write(con, there, orphan, lines, done)
    except BaseException:
        orphan.close()
        raise
    return orphan


def _write(con: "duckdb.DuckDBPyConnection", there: Columns, spool: Spool, lines: list[str], done: Handover) -> None:
    import duckdb

    rows, rejected = _group(there, lines)
    try:
        new = _commit(con, there, rows)
    except duckdb.OperationalError:  # the disk, the memory, the lock: no row's fault
        raise
    except duckdb.Error as error:
        rows, faults = _sift(con, there, rows)
        if not faults:
            raise StoreError(f"the rows of {spool.path} were refused: {error}") from error
        rejected += faults
        new = _commit(con, there, rows)
    for table, count in new.items():
        done.rows[table] = done.rows.get(table, 0) + count
    if rejected:
        done.rejected[_set_aside(spool.path, rejected)] = len(rejected)


def _group(there: Columns, lines: list[str]) -> tuple[Rows, list[Rejected]]:
    """Rows (still JSON) by the heads of their lines, and the lines that are none, or of a table or column unknown here.

    Of the lines about one run the last one counts.
    """
    rows: Rows = {}
    runs: dict[str, tuple[str, str]] = {}
    rejected = []
    for line in lines:
        head, separator, row = (unwrap(line) if line.startswith(REASON) else line).partition(',"row":')
        if not separator or not row.endswith("}}"):
            rejected.append(Rejected(line, "not a whole line of a spool"))
        elif head.startswith(ABOUT_RUN):
            runs[_run_id(row[:-1])] = head, row[:-1]
        else:
            rows.setdefault(head, []).append(row[:-1])
    for head, row in runs.values():
        rows.setdefault(head, []).append(row)
    for head, reason in _unknown(there, rows).items():
        rejected += [Rejected(_line(head, row), reason) for row in rows.pop(head)]
    ordered = sorted(rows, key=lambda head: list(TABLES).index(_table(head)))
    return {head: rows[head] for head in ordered}, rejected


def unwrap(line: str) -> str:
    """The line inside one of a file of rejected lines; the line itself if it is none."""
    try:
        told = json.loads(line)
    except ValueError:
        return line
    return str(told.get("line", line))


def _unknown(there: Columns, rows: Rows) -> dict[str, str]:
    """Heads of lines that this version has no place for, with the reason."""
    found = {}
    for head, some in rows.items():
        table = _table(head)
        strange = sorted(_fields(some[0]) - there.get(table, {}).keys())
        if table not in TABLES:
            found[head] = f"this version has no table {table!r}"
        elif strange:
            found[head] = f"this version's {table} has no column {strange[0]!r}; upgrade, then merge this file"
    return found


def insert_rows(
    con: "duckdb.DuckDBPyConnection", there: Columns, rows: Mapping[type[records.Record], Sequence[Mapping[str, Any]]]
) -> None:
    """These rows, by the records they are, in the caller's transaction, who has looked that no fact is there already.

    Rows of one table go in together, what one of them does not have as null: a statement costs more than the nulls.
    """
    for record in TABLES.values():
        some = rows.get(record, ())
        blank: dict[str, Any] = dict.fromkeys(name for row in some for name in row)
        lines = [encode({**blank, **row}) for row in some]
        kind = "insert_dimensions" if record in DIMENSIONS else "insert_new"
        _insert(con, there[record.TABLE], record, lines, sql(kind))


def _commit(con: "duckdb.DuckDBPyConnection", there: Columns, rows: Rows) -> dict[str, int]:
    new: dict[str, int] = {}
    con.begin()
    try:
        for head, lines in rows.items():
            table = _table(head)
            new[table] = new.get(table, 0) + _add(con, there[table], table, lines)
        con.commit()
    except BaseException:
        _roll_back(con)
        raise
    return new


def _add(con: "duckdb.DuckDBPyConnection", types: dict[str, str], table: str, lines: list[str]) -> int:
    """How many of these rows, which hold the same columns, were new."""
    record = TABLES[table]
    kind = "insert_facts" if record in FACTS else "insert_dimensions"
    return _insert(con, types, record, lines, sql(kind))


def _insert(
    con: "duckdb.DuckDBPyConnection", types: dict[str, str], record: type[records.Record], lines: list[str], how: str
) -> int:
    """How many rows went in."""
    if not lines:
        return 0
    statement = how.format(table=record.TABLE, key=record.KEY)
    shape = _shape(types, lines[0])
    new = 0
    for chunk in _chunks(lines):
        answer = con.execute(statement, {"lines": "\n".join(chunk), "shape": shape}).fetchone()
        new += answer[0] if answer else 0
    return new


def _sift(con: "duckdb.DuckDBPyConnection", there: Columns, rows: Rows) -> tuple[Rows, list[Rejected]]:
    """Which rows the database takes, and which not: by halves, in transactions that are rolled back."""
    good: Rows = {}
    faults: list[Rejected] = []
    parents = {record.TABLE for record in DIMENSIONS}
    for head, lines in rows.items():
        good[head] = []
        context = {name: kept for name, kept in good.items() if _table(name) in parents and name != head}
        for part in _halves(lines, lambda part: _refusal(con, there, {**context, head: part})):  # noqa: B023  used at once
            if isinstance(part, Rejected):
                faults.append(Rejected(_line(head, part.line), part.reason))
            else:
                good[head] += part
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


def _refusal(con: "duckdb.DuckDBPyConnection", there: Columns, rows: Rows) -> str | None:
    """Why these rows can't go in together; None if they can. Changes nothing."""
    import duckdb

    con.begin()
    try:
        for head, lines in rows.items():
            _add(con, there[_table(head)], _table(head), lines)
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
    path = spool.with_name(f"{spool.name.removesuffix('.rejected')}.rejected")
    if path == spool:  # rejected once more, by the file of what was rejected before
        path = spool.with_name(f"{spool.name}.again")
    if not os.access(path.parent, os.W_OK):
        path = Path.cwd() / path.name
    with path.open("a", encoding="utf-8") as file:
        for fault in rejected:
            file.write(json.dumps({"reason": fault.reason, "line": fault.line}) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return path


def _table(head: str) -> str:
    return head.removeprefix(TABLE).partition('"')[0]


def _line(head: str, row: str) -> str:
    return f'{head},"row":{row}}}'


def _run_id(row: str) -> str:
    """The run that a row of test_runs is about; the row itself where it does not say (the database will refuse it)."""
    try:
        return str(json.loads(row)["run_id"])
    except (ValueError, TypeError, KeyError):
        return row


def _fields(row: str) -> set[str]:
    try:
        found = json.loads(row)
    except ValueError:
        return set()
    return set(found) if isinstance(found, dict) else set()


def _shape(types: dict[str, str], row: str) -> str:
    """The types of these rows' fields, as from_json wants them: taken from the table."""
    fields = _fields(row) or types
    kinds = {name: kind for name, kind in types.items() if name in fields}
    return json.dumps({name: [kind[:-2]] if kind.endswith("[]") else kind for name, kind in kinds.items()})


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


def sql(name: str) -> str:
    """A statement of this store, by the name of its file."""
    return (resources.files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
