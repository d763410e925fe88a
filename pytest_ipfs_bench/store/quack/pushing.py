"""Handing rows over to a server: one text, one transaction of the server's, which looks itself which rows it has."""

import functools
import random
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pytest_ipfs_bench.places import Remote
from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.copy import KEYS
from pytest_ipfs_bench.store.inserting import Columns, chunks, shape
from pytest_ipfs_bench.store.opening import Tell
from pytest_ipfs_bench.store.quack import words
from pytest_ipfs_bench.store.quack.line import Overtaken, Refused, patiently, to, why_refused
from pytest_ipfs_bench.store.taking import Rows, table_of

if TYPE_CHECKING:
    pass

TURN_SECONDS = 30.0  # how long one waits at least for one's turn
PAUSE = 0.02


class Pusher:
    """A server as one who takes rows in."""

    def __init__(self, remote: Remote, *, wait: float, tell: Tell) -> None:
        self.columns: Columns = columns()
        self._wait, self._tell = wait, tell
        self._line = to(remote, wait=wait)

    def take(self, rows: Rows) -> dict[str, int]:
        """See Taker."""
        return self.send(self._inserts(rows))

    def send(self, statements: Iterable[words.Said]) -> dict[str, int]:
        """One transaction of these statements: the rows that each table gained."""
        text = words.handover(self._line.key.proof, list(statements))
        (gained,) = self._sent(text)
        return {table: count for table, count in zip(KEYS, gained, strict=True) if count}

    def refusal(self, rows: Rows) -> str | None:
        """See Taker."""
        import duckdb

        try:
            self._sent(words.handover(self._line.key.proof, self._inserts(rows), keep=False))
        except duckdb.OperationalError:
            raise
        except duckdb.Error as error:
            return str(error).partition("\n")[0]
        return None

    def _inserts(self, rows: Rows) -> list[words.Said]:
        return [
            words.rows(table_of(head), shape(self.columns[table_of(head)], lines[0]), some)
            for head, lines in rows.items()
            for some in chunks(lines)
        ]

    def _sent(self, text: str) -> "list[tuple[int, ...]]":
        """The answer. A transaction that met another's, or whose answer was lost, is sent again: rows go in once in any case."""
        end, tries = time.monotonic() + max(self._wait, TURN_SECONDS), 0
        while True:
            try:
                return patiently(lambda: self._line.ask(text), self._wait)
            except Refused as error:
                raise why_refused(self._line) from error
            except Overtaken:
                if time.monotonic() > end:
                    raise
            tries += 1
            time.sleep(random.uniform(0, PAUSE * min(tries, 10)))


@functools.cache
def columns() -> Columns:
    """The tables of this version, which the server has, too: it refuses every other one."""
    import duckdb

    with duckdb.connect() as con:
        con.begin()
        schema.create(con)
        con.commit()
        return schema.tables(con, schema.name_of(con))
