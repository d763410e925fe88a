"""The line to a server: one text at a time, one answer; what goes wrong in words for people, the token in none of them."""

import contextlib
import http.client
import os
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_ipfs_bench.errors import StoreBusy, StoreError
from pytest_ipfs_bench.places import Remote
from pytest_ipfs_bench.store.connection import CONFIG
from pytest_ipfs_bench.store.quack import extension, tokens, words
from pytest_ipfs_bench.store.schema import VERSION

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")
PLAIN = "IPFS_BENCH_PLAIN_HTTP"  # 1: no TLS although the server is another machine
AUTHORITIES = "SSL_CERT_FILE"  # as OpenSSL's own programs name it
NOT_QUACK = "what answers there is no Quack server, but another program.\nName another port."
GREETING = "DuckDB Quack"  # how a server answers a browser
PROBE_SECONDS, ANSWER_SECONDS = 10.0, 600.0
PATIENCE = 5.0  # s; a server that is started anew is back by then
PAUSE = 0.25
NO_TOKEN, NOT_ALLOWED = "Authentication failed", "Authorization failed"
# How DuckDB begins to speak of transactions that met. (No row's text is at the beginning of a message.)
MEANWHILE = ("Conflict on update!", 'Duplicate key "', "Failed to commit: PRIMARY KEY or UNIQUE constraint violation")
# How DuckDB begins to speak of what is no row's fault: the disk, the memory, itself.
TROUBLE = (
    "Failed to commit", "Could not write", "Could not allocate", "could not allocate", "failed to allocate", "failed to pin",
    "Out of Memory", "out of memory", "Failed: database has been", "database has been invalidated", "FATAL", "INTERNAL",
)  # fmt: skip
FROM_SERVER = "FROM quack_query($address, $text, token = $token, disable_ssl = $plain)"


class Refused(StoreError):  # noqa: N818  as the server says it
    """The server does not take this text: it is of another version, or the token may not do that."""


class Overtaken(StoreError):  # noqa: N818  it is another's turn
    """Another client stored the same rows, or was in the middle of it: sent again, what is left goes in."""


class Line:
    """Asks one server. It keeps nothing open: every question stands alone, and a server that was restarted is simply there."""

    def __init__(self, remote: Remote, con: "duckdb.DuckDBPyConnection", key: tokens.Token) -> None:
        self.remote, self.con, self.key = remote, con, key

    def ask(self, text: str) -> list[tuple[Any, ...]]:
        """The rows of the answer. Raises StoreError where there is none, duckdb.Error for what the database says against it."""
        return self._asked(FROM_SERVER, text)

    def copy(self, text: str, statement: str) -> None:
        """Runs a statement here that ends in a question to the server, `{answer}`. Raises as `ask` does."""
        self._asked(statement.format(answer=FROM_SERVER), text)

    def _asked(self, statement: str, text: str) -> list[tuple[Any, ...]]:
        import duckdb

        told = {"address": str(self.remote), "text": text, "token": self.key.text, "plain": plain(self.remote)}
        try:
            return within(ANSWER_SECONDS, self.remote, lambda: self.con.execute(statement, told).fetchall())
        except duckdb.Error as error:
            found = self._problem(error)
            if found is None:
                raise
            raise found from error

    def _problem(self, error: "duckdb.Error") -> StoreError | None:
        """What was in the way of the question; None if the question itself was: then the words are the database's."""
        import duckdb

        said = str(error).partition("\n")[0]
        if said.endswith(f"Error: {NO_TOKEN}"):
            return StoreError(
                f"{self.remote}: the server refused the token of {self.key.source}.\n"
                f"Set {tokens.WRITER} to the one that the server was started with."
            )
        if said.endswith(f"Error: {NOT_ALLOWED}"):
            return Refused(f"{self.remote}: the server does not allow that.")
        told = said.partition("Error: ")[2]
        if told.startswith(MEANWHILE):
            return Overtaken(f"{self.remote}: other clients were always faster.")
        if told.startswith(TROUBLE):
            return StoreError(f"{self.remote}: the server is in trouble: {told}.")
        if not isinstance(error, duckdb.IOException):  # what goes wrong at the server comes as another kind
            return None
        if "certificate" in said:
            return StoreError(
                f"{self.remote}: this machine does not trust the server's certificate.\n"
                f"Name a file of the authority that signed it: {AUTHORITIES}=FILE"
            )
        return StoreBusy(f"{self.remote} can't be reached: the server went away, or none is there ({said}).")


def to(remote: Remote, *, con: "duckdb.DuckDBPyConnection | None" = None, wait: float = 0.0) -> Line:
    """A line to a server that answers; waits up to `wait` s for one that is being started. con: who is to hold the answers.

    Raises StoreError: no token, no extension, another program; StoreBusy where nobody answers.
    """
    import duckdb

    key = tokens.needed()
    patiently(lambda: probe(remote), wait)
    held = con or duckdb.connect(config=dict(CONFIG))
    extension.load(held)
    if authorities := os.environ.get(AUTHORITIES):
        held.execute(f"SET ca_cert_file = {words.literal(authorities)}")
    return Line(remote, held, key)


def probe(remote: Remote) -> None:
    """Asks who is there as a browser would. Raises StoreBusy where nobody answers, StoreError where another program does."""
    try:
        with contextlib.closing(_http(remote)) as http_line:
            http_line.request("GET", "/")
            found = http_line.getresponse().read(1000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise _explained(remote, error) from error
    if GREETING not in found:
        raise StoreError(f"{remote}: {NOT_QUACK}")


def _http(remote: Remote) -> http.client.HTTPConnection:
    if plain(remote):
        return http.client.HTTPConnection(remote.host, remote.port, timeout=PROBE_SECONDS)
    # What it is, not who: the certificate is checked when the token is sent.
    anybody = ssl._create_unverified_context()  # noqa: S323, SLF001
    return http.client.HTTPSConnection(remote.host, remote.port, timeout=PROBE_SECONDS, context=anybody)


def plain(remote: Remote) -> bool:
    """Whether it is spoken to without TLS: on this machine, or where a person says so."""
    return remote.here or os.environ.get(PLAIN) == "1"


def patiently(action: Callable[[], T], wait: float) -> T:
    """Tries again, for up to `wait` s, as long as nobody answers. What is done must be as good done twice."""
    end = time.monotonic() + min(wait, PATIENCE)
    while True:
        try:
            return action()
        except StoreBusy:
            if time.monotonic() > end:
                raise
        time.sleep(random.uniform(PAUSE / 5, PAUSE))


def why_refused(line: Line) -> StoreError:
    """What is the matter with a text that the server does not take: its version, or this token."""
    from pytest_ipfs_bench import __version__

    try:
        ((version, schema, duckdb_version, texts),) = line.ask(words.ABOUT)
    except Refused:
        return StoreError(
            f"{line.remote}: a Quack server, but not one of `ipfs-bench db serve`; nothing was handed over."
        )
    if texts != words.fingerprint():
        return StoreError(
            f"{line.remote} runs pytest-ipfs-bench {version} (schema {schema}, DuckDB {duckdb_version}), here is {__version__}"
            f" (schema {VERSION}): they can't work together.\nUpgrade the older one: pip install -U 'pytest-ipfs-bench[quack]'"
        )
    return StoreError(
        f"{line.remote}: this token may only read.\nSet {tokens.WRITER} to the one that may hand results over."
    )


def within(limit: float, remote: Remote, action: Callable[[], T]) -> T:
    """Does it in a thread beside, so that Ctrl-C ends it, and so does the limit in s: DuckDB itself waits for ever."""
    done: list[T] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            done.append(action())
        except BaseException as error:  # noqa: BLE001  raised again, below
            failed.append(error)

    beside = threading.Thread(target=work, daemon=True)
    beside.start()
    beside.join(limit)
    if beside.is_alive():
        raise StoreError(f"{remote} did not answer within {limit:.0f} s.")
    if failed:
        raise failed[0]
    return done[0]


def _explained(remote: Remote, error: Exception) -> StoreError:
    if isinstance(error, socket.gaierror):
        return StoreError(f"{remote}: no machine of the name {remote.host} is known here ({error.strerror}).")
    if isinstance(error, ssl.SSLError):
        return StoreError(
            f"{remote}: no TLS is spoken there ({error.reason or error}).\nPut a proxy with TLS before the server, or, in a"
            f" network that you trust with the token, set {PLAIN}=1."
        )
    if isinstance(error, http.client.HTTPException):
        return StoreError(f"{remote}: {NOT_QUACK}")
    if isinstance(error, TimeoutError):
        return StoreError(f"{remote}: something listens there, but did not answer within {PROBE_SECONDS:.0f} s.")
    return StoreBusy(
        f"{remote} can't be reached: no server answers there ({getattr(error, 'strerror', None) or error}).\n"
        f"On that machine: ipfs-bench db serve DB --port {remote.port}"
    )
