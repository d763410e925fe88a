"""Who takes rows in: a database that is open here, or a server (store/quack/pushing.py). The same rows, each once."""

from typing import TYPE_CHECKING, Protocol

from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.inserting import Columns, add_lines

if TYPE_CHECKING:
    import duckdb

# Rows as JSON text by the head of their lines: what comes before `"row":`, the same for the same table and columns.
Rows = dict[str, list[str]]
HEAD = '{"table":"'


class Taker(Protocol):
    """Takes rows in, all of them or none."""

    columns: Columns

    def take(self, rows: Rows) -> dict[str, int]:
        """One transaction: how many rows of each table were new. Raises duckdb.Error for rows that can't go in.

        Raises StoreError, or duckdb.OperationalError, for what is no row's fault.
        """
        ...

    def refusal(self, rows: Rows) -> str | None:
        """Why these rows can't go in together; None if they can. Changes nothing."""
        ...


class Local:
    """A database that is open here, by us alone."""

    def __init__(self, con: "duckdb.DuckDBPyConnection") -> None:
        self._con = con
        self.columns: Columns = schema.tables(con, schema.name_of(con))

    def take(self, rows: Rows) -> dict[str, int]:
        """See Taker."""
        new: dict[str, int] = {}
        self._con.begin()
        try:
            for head, lines in rows.items():
                table = table_of(head)
                new[table] = new.get(table, 0) + add_lines(self._con, self.columns[table], table, lines)
            self._con.commit()
        except BaseException:
            roll_back(self._con)
            raise
        return new

    def refusal(self, rows: Rows) -> str | None:
        """See Taker."""
        import duckdb

        self._con.begin()
        try:
            for head, lines in rows.items():
                add_lines(self._con, self.columns[table_of(head)], table_of(head), lines)
        except duckdb.OperationalError:
            raise
        except duckdb.Error as error:
            return str(error)
        finally:
            roll_back(self._con)
        return None


def table_of(head: str) -> str:
    """Which table the head of a line names."""
    return head.removeprefix(HEAD).partition('"')[0]


def roll_back(con: "duckdb.DuckDBPyConnection") -> None:
    """Ends a transaction that failed."""
    import duckdb

    try:
        con.rollback()
    except duckdb.Error:  # a failed commit has rolled back already
        return
