import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.places import Remote
from pytest_ipfs_bench.store.connection import CONFIG
from pytest_ipfs_bench.store.quack import extension, tokens
from pytest_ipfs_bench.store.quack.line import Line

WRITER, READER = "writers-token-1", "readers-token-1"


@pytest.fixture
def speaks_quack(monkeypatch):
    """Skips where DuckDB's extensions for it are not installed; nobody's own token is there."""
    if not all(map(extension.wheel, extension.NAMES)):
        pytest.skip("the extra `quack` is not installed")
    monkeypatch.setenv(tokens.WRITER, WRITER)


@dataclass
class Server:
    """A real server in a process of its own."""

    database: Path
    port: int
    process: subprocess.Popen

    @property
    def remote(self):
        return Remote("127.0.0.1", self.port)

    def end(self, how=signal.SIGTERM):
        """Its exit status, and what it said."""
        with suppress(ProcessLookupError):
            self.process.send_signal(how)
        said, told = self.process.communicate(timeout=20)
        return self.process.returncode, said, told

    def start(self):
        self.process = launch(self.database, self.port)

    def line(self, token=WRITER):
        con = duckdb.connect(config=dict(CONFIG))
        extension.load(con)
        return Line(self.remote, con, tokens.Token(token, "a test"))


@pytest.fixture
def free_port():
    """free_port(): a port at which nobody listens, and that no connection of another's may be given meanwhile."""

    def find():
        while True:
            port = random.randrange(10_000, 30_000)
            with socket.socket() as one, suppress(OSError):
                one.bind(("127.0.0.1", port))
                return port

    return find


@pytest.fixture
def serve(speaks_quack, free_port, tmp_path):
    """serve(database): a server of it, ready; it is gone after the test."""
    started = []

    def start(database=tmp_path / "b.duckdb"):
        port = free_port()
        started.append(Server(database, port, launch(database, port)))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        with closing(one.process.stdout), closing(one.process.stderr):
            one.process.wait()


def launch(database, port):
    environment = {**os.environ, tokens.WRITER: WRITER, tokens.READER: READER}
    command = [str(Path(sys.executable).with_name("ipfs-bench")), "db", "serve", str(database), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    said = process.stdout.readline()
    assert said == f"Serving {database} as quack:127.0.0.1:{port}\n", said + process.stderr.read()
    return process


@pytest.fixture
def eventually():
    """eventually(condition): waits for it, 20 s at most."""

    def wait(condition):
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.02)

    return wait


@pytest.fixture
def ask():
    """ask(server, text, token): what it answers; the error's first line where it refuses."""

    def told(server, text, token=WRITER):
        try:
            return server.line(token).ask(text)
        except (StoreError, duckdb.Error) as error:
            return str(error).partition("\n")[0]

    return told


@pytest.fixture
def proof():
    return tokens.Token(WRITER, "a test").proof
