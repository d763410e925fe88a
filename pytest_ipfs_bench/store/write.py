"""From the spool into the database: a run's lines in one transaction, each row unless its id is there already."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.places import Remote, Target
from pytest_ipfs_bench.store.connection import explain
from pytest_ipfs_bench.store.inserting import DIMENSIONS, TABLES, Columns, fields
from pytest_ipfs_bench.store.opening import WAIT_SECONDS, Tell, opened, say_nothing
from pytest_ipfs_bench.store.spool import Spool, by_session, files, folders
from pytest_ipfs_bench.store.taking import HEAD, Local, Rows, Taker, table_of

ABOUT_RUN, REASON = HEAD + 'test_runs"', '{"reason":'


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


def hand_over(database: Target, own: Spool | None, *, wait: float = WAIT_SECONDS, tell: Tell = say_nothing) -> Handover:
    """Takes in this session's spool and every orphan of this database; spools go when their rows are committed.

    `tell` gets one sentence if another process has to be waited for. Raises StoreError (StoreBusy after `wait` s); the
    spools then stay as they are.
    """
    orphans = (path for folder in folders(database) for path in files(folder))
    return take_in(database, [own] if own else [], orphans, wait=wait, tell=tell)


def take_in(
    database: Target,
    spools: Iterable[Spool],
    orphans: Iterable[Path],
    *,
    wait: float = WAIT_SECONDS,
    tell: Tell = say_nothing,
) -> Handover:
    """Takes in these open spools and those of these files whose sessions are gone."""
    done, taken = Handover(), list(spools)
    try:
        with _taker(database, wait, tell) as taker:
            for spool in taken:
                _write(taker, spool, spool.lines(), done)
            taken += filter(None, (_take(taker, paths, done) for paths in by_session(orphans)))
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


@contextmanager
def _taker(database: Target, wait: float, tell: Tell) -> Iterator[Taker]:
    """Who takes rows in for this database. Raises StoreError."""
    if isinstance(database, Remote):
        from pytest_ipfs_bench.store.quack.pushing import Pusher

        yield Pusher(database, wait=wait, tell=tell)
        return
    with opened(database, wait=wait, tell=tell) as con:
        yield Local(con)


def _take(taker: Taker, paths: list[Path], done: Handover) -> Spool | None:
    """An orphan whose rows are in; None for one whose session lives. What is no spool stays, and is named."""
    orphan = Spool.adopt(*paths)
    if orphan is None:
        return None
    try:
        lines = orphan.lines()
        if lines and not lines[0].startswith((HEAD, REASON)):
            done.strange[paths[0]] = "it is no spool (its first line is not one of ours)"
    except OSError as error:
        done.strange[paths[0]] = f"it can't be read ({error.strerror or error})"
    if paths[0] in done.strange:
        orphan.close()
        return None
    try:
        _write(taker, orphan, lines, done)
    except BaseException:
        orphan.close()
        raise
    return orphan


def _write(taker: Taker, spool: Spool, lines: list[str], done: Handover) -> None:
    import duckdb

    rows, rejected = _group(taker.columns, lines)
    try:
        new = taker.take(rows)
    except duckdb.OperationalError:  # the disk, the memory, the lock: no row's fault
        raise
    except duckdb.Error as error:
        rows, faults = _sift(taker, rows)
        if not faults:
            raise StoreError(f"the rows of {spool.path} were refused: {str(error).partition(chr(10))[0]}") from error
        rejected += faults
        new = taker.take(rows)
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
    ordered = sorted(rows, key=lambda head: list(TABLES).index(table_of(head)))
    return {head: rows[head] for head in ordered}, rejected


def unwrap(line: str) -> str:
    """The line inside one of a file of rejected lines; the line itself if it is none."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return line
    return str(told.get("line", line))


def _unknown(there: Columns, rows: Rows) -> dict[str, str]:
    """Heads of lines that this version has no place for, with the reason."""
    found = {}
    for head, some in rows.items():
        table = table_of(head)
        strange = sorted(fields(some[0]) - there.get(table, {}).keys())
        if table not in TABLES:
            found[head] = f"this version has no table {table!r}"
        elif strange:
            found[head] = f"this version's {table} has no column {strange[0]!r}; upgrade, then merge this file"
    return found


def _sift(taker: Taker, rows: Rows) -> tuple[Rows, list[Rejected]]:
    """Which rows the database takes, and which not: by halves, in transactions that are rolled back."""
    good: Rows = {}
    faults: list[Rejected] = []
    parents = {record.TABLE for record in DIMENSIONS}
    for head, lines in rows.items():
        good[head] = []
        context = {name: kept for name, kept in good.items() if table_of(name) in parents and name != head}
        for part in _halves(lines, lambda part: taker.refusal({**context, head: part})):  # noqa: B023  used at once
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


def _line(head: str, row: str) -> str:
    return f'{head},"row":{row}}}'


def _run_id(row: str) -> str:
    """The run that a row of test_runs is about; the row itself where it does not say (the database will refuse it)."""
    try:
        return str(json.loads(row)["run_id"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return row
