"""What can be read of a damaged database: views in front of its tables, without the rows that can't."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.copy import KEYS

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection

AT_ONCE = 2048  # rows that DuckDB reads together
NAMED = 4  # columns that a sentence names
# What may be unknown of a row without turning it into another: a simulated one into a real one, say.
NUMBERS = ("DOUBLE", "DOUBLE[]")


@dataclass(frozen=True)
class Gap:
    """Rows of a table that can't be read whole, from `start` to before `end`: the columns at fault and DuckDB's reason."""

    start: int
    end: int
    columns: tuple[str, ...]
    reason: str

    def words(self) -> str:
        """What of these rows can't be read, and why."""
        more = f" and {len(self.columns) - NAMED} more" if len(self.columns) > NAMED else ""
        return f"can't be read in {', '.join(self.columns[:NAMED])}{more} ({self.reason})"


@dataclass(frozen=True)
class Damaged:
    """A table with its columns and their types, how many rows it has, and what can't be read of them."""

    name: str
    columns: Mapping[str, str]
    count: int
    gaps: Sequence[Gap]

    def keeps(self, gap: Gap) -> bool:
        """Whether the rows of a gap are kept: nothing but numbers is lost of them."""
        return all(self.columns[name] in NUMBERS for name in gap.columns)

    def told(self) -> list[str]:
        """What is lost, a sentence for each gap."""
        return [
            f"{self.name}: {gap.end - gap.start} of {self.count} rows {gap.words()}:"
            f" {'unknown here' if self.keeps(gap) else 'left out here'}."
            for gap in self.gaps
        ]

    def readable(self, table: str) -> str:
        """The query of what can be read; `table` is the full name of the damaged one."""
        parts, place = [], 0
        for gap in [*self.gaps, Gap(self.count, self.count, (), "")]:
            if place < gap.start:
                parts.append(f"SELECT * FROM {table} WHERE rowid >= {place} AND rowid < {gap.start}")
            if gap.start < gap.end and self.keeps(gap):
                lost = ", ".join(f"NULL::{self.columns[name]} AS {name}" for name in gap.columns)
                rows = f"rowid >= {gap.start} AND rowid < {gap.end}"
                parts.append(f"SELECT * REPLACE ({lost}) FROM {table} WHERE {rows}")
            place = gap.end
        return " UNION ALL ".join(parts or [f"SELECT * FROM {table} WHERE false"])


def shadow(con: "Connection") -> list[str]:
    """Puts views in front of the damaged tables of a connection, so that what can be read of them can be asked.

    A damaged number is unknown in its rows; rows of which anything else is damaged are left out. Returns what is lost, in
    sentences with DuckDB's reasons.
    """
    here = schema.name_of(con).replace('"', '""')
    found = damage(con)
    for one in found:
        whole = f'"{here}".main.{one.name}'
        con.execute(f"CREATE TEMP VIEW {one.name} AS {one.readable(whole)}")
    return [sentence for one in found for sentence in one.told()]


def damage(con: "Connection") -> list[Damaged]:
    """The tables of which something can't be read. Reads all of them."""
    tables = schema.tables(con, schema.name_of(con)).items()
    found = (_damage(con, name, columns) for name, columns in tables if name in KEYS)
    return [one for one in found if one.gaps]


def _damage(con: "Connection", table: str, columns: Mapping[str, str]) -> Damaged:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    count = row[0] if row else 0
    gaps: list[Gap] = []
    for gap in _gaps(con, table, tuple(columns), 0, count):
        if gaps and gaps[-1].end == gap.start and gaps[-1].columns == gap.columns:
            gaps[-1] = replace(gaps[-1], end=gap.end)
        else:
            gaps.append(gap)
    return Damaged(table, columns, count, gaps)


def _gaps(con: "Connection", table: str, columns: tuple[str, ...], start: int, end: int) -> Iterator[Gap]:
    """Halves rows that can't be read until they are few."""
    reason = _fault(con, table, columns, start, end)
    if reason is None:
        return
    if end - start > AT_ONCE:
        middle = start + -(-(end - start) // AT_ONCE) // 2 * AT_ONCE
        yield from _gaps(con, table, columns, start, middle)
        yield from _gaps(con, table, columns, middle, end)
        return
    faulty = tuple(name for name in columns if _fault(con, table, (name,), start, end))
    yield Gap(start, end, faulty or columns, reason)


def _fault(con: "Connection", table: str, columns: tuple[str, ...], start: int, end: int) -> str | None:
    """Why these rows can't be read, in DuckDB's words; None if they can."""
    import duckdb

    try:
        con.execute(
            f"SELECT bit_xor(hash({', '.join(columns)})) FROM {table} WHERE rowid >= {start} AND rowid < {end}"
        ).fetchall()
    except duckdb.Error as error:
        return str(error).partition("\n")[0]
    return None
