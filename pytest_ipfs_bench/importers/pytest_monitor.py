"""pytest-monitor's SQLite database: the time, processor time and memory of every test that it watched."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.findings import known, numbered
from pytest_ipfs_bench.importers.times import moment
from pytest_ipfs_bench.importers.values import Row, text, whole
from pytest_ipfs_bench.records import Performance

if TYPE_CHECKING:
    from pytest_ipfs_bench.importers.document import Document

MAGIC = b"SQLite format 3\0"
METRICS, SESSIONS, MACHINES = "TEST_METRICS", "TEST_SESSIONS", "EXECUTION_CONTEXTS"
NEEDED = {"ITEM", "ITEM_VARIANT", "TOTAL_TIME", "MEM_USAGE"}
UNREADABLE = (sqlite3.Error, UnicodeDecodeError)  # the latter for the name of a column
LONGEST = 10_000_000  # bytes of one value
MIB = 1.048576  # MB
MIB_IN_GB = MIB / 1e3


class PytestMonitor(Importer):
    """A database of sessions, machines and one row for every test (or module) of a session."""

    name = "pytest-monitor"
    kinds = ("file",)

    def recognises(self, document: "Document") -> bool:
        """By its tables; views are none."""
        if not document.head.startswith(MAGIC):
            return False
        try:
            with closing(_opened(document)) as con:
                return METRICS in _tables(con) and set(_columns(con, METRICS)) >= NEEDED
        except UNREADABLE:
            return False

    def read(self, document: "Document") -> Iterable[Finding]:
        """A result for every row of metrics."""
        try:
            with closing(_opened(document)) as con:
                found = list(numbered(_findings(con)))
        except UNREADABLE as error:
            raise Rejected(f"the database can't be read: {error}") from None
        if not found:
            raise NotResults("no test was watched")
        return found


def _opened(document: "Document") -> sqlite3.Connection:
    """Read-only, and without a lock or a journal beside it: nothing in the tree changes."""
    con = sqlite3.connect(f"{document.file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    con.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    con.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
    con.row_factory = sqlite3.Row
    return con


def _tables(con: sqlite3.Connection) -> set[str]:
    return {row[0].upper() for row in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _columns(con: sqlite3.Connection, table: str) -> list[str]:
    return [row["name"].upper() for row in con.execute("SELECT name FROM pragma_table_info(?)", (table,))]


def _findings(con: sqlite3.Connection) -> Iterator[Finding]:
    sessions, machines = _by_id(con, SESSIONS, "SESSION_H"), _by_id(con, MACHINES, "ENV_H")
    for number, told in enumerate(con.execute(f"SELECT * FROM {METRICS} ORDER BY rowid"), 1):
        row = Row({name.upper(): told[name] for name in told.keys()})  # noqa: SIM118  a sqlite3.Row yields its values
        place = f"{METRICS} row {number}"
        session, machine = sessions.get(row.left.get("SESSION_H"), {}), machines.get(row.left.get("ENV_H"), {})
        seconds = row.number("TOTAL_TIME")
        columns = known(
            test_case=_case(row, place),
            mode="benchmark",
            average_latency_ms=None if seconds is None else seconds * 1e3,
            total_time_seconds=seconds,
            memory_peak_mb=row.number("MEM_USAGE", scale=MIB),
        )
        yield Finding(
            kind=Performance,
            place=place,
            columns=columns,
            time=moment(row.left.get("ITEM_START_TIME")) or moment(session.get("RUN_DATE")),
            extra=row.left,
            context=known(session=session or None, execution_context=machine or None),
            flags=tuple(row.flags),
            **_machine(machine),
        )


def _by_id(con: sqlite3.Connection, table: str, key: str) -> dict[Any, dict[str, Any]]:
    if table not in _tables(con):
        return {}
    rows = ({name.upper(): row[name] for name in row.keys()} for row in con.execute(f"SELECT * FROM {table}"))  # noqa: SIM118
    return {row.get(key): row for row in rows}


def _case(row: Row, place: str) -> str:
    """Where the test is, and its name with its parameters: a module has no name of its own."""
    item = row.left.get("ITEM_VARIANT") or row.left.get("ITEM")
    parts = [text(row.left.get("ITEM_FS_LOC")), text(item) if row.left.get("KIND", "function") == "function" else None]
    name = "::".join(filter(None, parts)) or text(item)
    if name is None:
        raise Rejected("the row names no test", place)
    return name


def _machine(machine: Mapping[str, Any]) -> dict[str, Any]:
    """The CPU that the session ran on; its name stands in CPU_VENDOR."""
    if not machine:
        return {}
    row = Row(machine)
    memory, count = row.number("RAM_TOTAL_MB"), whole(machine.get("CPU_COUNT"))
    details = known(
        memory_gb=memory * MIB_IN_GB if memory else None, compute_units=count if count and count > 0 else None
    )
    return {"hardware": "cpu", "device": row.text("CPU_VENDOR", "CPU_TYPE"), "hardware_details": details}


IMPORTERS = (PytestMonitor(),)
