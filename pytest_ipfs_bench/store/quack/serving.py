"""The server: one process holds the database, hands out copies of its tables and takes rows in, and does nothing else."""

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from pytest_ipfs_bench.errors import BenchError, StoreError
from pytest_ipfs_bench.places import Remote
from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.connection import explain
from pytest_ipfs_bench.store.opening import Tell, opened
from pytest_ipfs_bench.store.quack import extension, words
from pytest_ipfs_bench.store.quack.tokens import Token
from pytest_ipfs_bench.store.write import hand_over

if TYPE_CHECKING:
    import duckdb

TICK, CHECKPOINT_SECONDS = 0.5, 300.0
ENDS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class Serving:
    """Where to listen, who may hand over and read, who may only read, and how much memory DuckDB may take."""

    host: str
    port: int
    writer: Token
    reader: Token | None
    memory: str


def serve(database: Path, asked: Serving, *, ready: Callable[[Remote], None], tell: Tell) -> None:
    """Serves a database until SIGTERM or SIGINT; `ready` is called once it listens. Raises BenchError."""
    import duckdb

    _check(asked)
    try:
        taken = hand_over(database, None, tell=tell)
        if taken.spools:
            tell(f"{_now()} took in {taken.spools} spools that waited")
        with opened(database, tell=tell) as con, _ending() as ended:
            _open(con, asked)
            ready(Remote(asked.host, asked.port))
            _watch(con, ended, tell)
            con.execute("CALL quack_stop($address)", {"address": _address(asked)})
            con.execute("DROP TABLE served_turns")
            _checkpoint(con, tell)
            tell(f"{_now()} stopped")
    except duckdb.FatalException as error:
        raise StoreError(
            f"{database}: DuckDB has given up ({str(error).partition(chr(10))[0]}).\n"
            "What was acknowledged is in the file and its log. Make room, if it is the disk, and start the server again."
        ) from error
    except duckdb.Error as error:
        raise explain(database, error) from error


def _check(asked: Serving) -> None:
    """Raises BenchError for what could never work."""
    import duckdb

    if asked.reader and asked.reader.text == asked.writer.text:
        raise BenchError(
            f"{asked.reader.source} and {asked.writer.source}: the token that may only read has to be another one."
        )
    with duckdb.connect() as tried_out:
        try:
            tried_out.execute(f"SET memory_limit = {words.literal(asked.memory)}")
        except duckdb.Error as error:
            raise BenchError(f"--memory {asked.memory}: no size.\nWrite a number and its unit: 4GB") from error
    _free(asked)


def _free(asked: Serving) -> None:
    """Raises BenchError where the port can't be had.

    Whether somebody listens is asked by calling: DuckDB shares a port with others that do so (SO_REUSEPORT), as it has to
    where connections of a killed server are still open.
    """
    where = f"--host {asked.host} --port {asked.port}: can't be listened on"
    with contextlib.suppress(OSError), socket.create_connection((asked.host, asked.port), timeout=1):
        raise BenchError(f"{where}: another program does already.\nName another port.")
    with socket.socket(socket.AF_INET6 if ":" in asked.host else socket.AF_INET) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            tried.bind((asked.host, asked.port))
        except OSError as error:
            raise BenchError(
                f"{where}: {error.strerror or error}.\nName another port, or an address of this machine."
            ) from error


def _open(con: "duckdb.DuckDBPyConnection", asked: Serving) -> None:
    """Lets clients in, and shuts everything else: in an order that DuckDB asks for."""
    extension.load(con)
    con.execute(_guarding("turns"))
    guard(con, asked)
    con.execute(f"SET memory_limit = {words.literal(asked.memory)}")
    con.execute("SET enable_progress_bar = false")
    con.execute(f"SET GLOBAL quack_authentication_function = '{words.GUARD}.may_enter'")
    con.execute(f"SET GLOBAL quack_authorization_function = '{words.GUARD}.may_say'")
    con.execute(
        "CALL quack_serve($address, token = $token, allow_other_hostname = $other, disable_ssl = true)",
        {"address": _address(asked), "token": asked.writer.text, "other": not Remote(asked.host).here},
    )
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


def guard(con: "duckdb.DuckDBPyConnection", asked: Serving) -> None:
    """Beside the served database one in memory, with the functions that decide who enters, and who may say what."""
    from pytest_ipfs_bench import __version__

    con.execute(f"ATTACH ':memory:' AS {words.GUARD}")
    con.execute(_guarding("tokens"))
    known = [asked.writer.text, *([asked.reader.text] if asked.reader else [])]
    con.execute(f"INSERT INTO {words.GUARD}.tokens SELECT unnest($known)", {"known": known})
    about = {"version": __version__, "schema": schema.VERSION, "texts": words.fingerprint()}
    con.execute(_guarding("about"), about)
    con.execute(_guarding("frame"), _frame(asked.writer))
    con.execute(_guarding("may_enter"))
    con.execute(_guarding("may_say").replace("$literal", words.literal(words.LITERAL)))


def _frame(writer: Token) -> dict[str, object]:
    """What the server admits."""
    kept, tried = ([words.bare(one) for one in ending] for ending in words.endings())
    copies = [*map(words.copy_of, words.COPIES), words.ABOUT]
    return {"copies": copies, "head": words.head(writer.proof), "kept": kept, "tried": tried, "known": words.admitted()}


def _watch(con: "duckdb.DuckDBPyConnection", ended: threading.Event, tell: Tell) -> None:
    """Until the end: now and then what came in is written from the log into the file, and told."""
    runs, since = _runs(con), time.monotonic()
    while not ended.wait(TICK):
        _runs(
            con
        )  # raises where DuckDB has given up: then nobody may enter any more, and is told that the token is wrong
        if time.monotonic() - since < CHECKPOINT_SECONDS:
            continue
        since, now = time.monotonic(), _runs(con)
        if now != runs:
            _checkpoint(con, tell)
            tell(f"{_now()} {now - runs} runs came in; {now} in all")
            runs = now


def _checkpoint(con: "duckdb.DuckDBPyConnection", tell: Tell) -> None:
    import duckdb

    try:
        con.execute("CHECKPOINT")
    except duckdb.TransactionException:  # somebody is writing just now: next time
        return
    except duckdb.IOException as error:  # a full disk: what is committed stays in the log
        tell(f"{_now()} no checkpoint: {str(error).partition(chr(10))[0]}")


def _runs(con: "duckdb.DuckDBPyConnection") -> int:
    row = con.execute("SELECT count(*) FROM test_runs").fetchone()
    return int(row[0]) if row else 0


@contextlib.contextmanager
def _ending() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set, within this."""
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in ENDS}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _address(asked: Serving) -> str:
    return str(Remote(asked.host, asked.port))


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


def _guarding(name: str) -> str:
    text = (resources.files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return text.format(guard=words.GUARD)
