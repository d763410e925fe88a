"""Served databases: hand-overs against raw quack_query, and reports on a million measurements against local ones.

    python benchmarks/run.py served-handover served-report          (needs the extra `quack`)

Raw is what DuckDB's server does by itself: the same rows as text in one `BEGIN; INSERT ...; COMMIT`, sent to a server without
any guard, which is not asked which rows it has. Ours and raw go in turn, each to a server process of its own.
"""

import os
import secrets
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import reports as local

if TYPE_CHECKING:
    import duckdb

    from pytest_ipfs_bench.places import Remote

TOKEN = secrets.token_urlsafe(24)
SIZES = {"1 run, 10 measurements": (1, 10, 100), "1,000 runs, 10,000 measurements": (1_000, 10_000, 5)}  # and how often
WRITERS, SECONDS = (1, 4, 8), 6.0
KINDS = ("summary", "performance", "hardware")
RAW = """
import sys
from pathlib import Path
from pytest_ipfs_bench.store.opening import opened
from pytest_ipfs_bench.store.quack import extension
with opened(Path(sys.argv[1])) as con:
    extension.load(con)
    con.execute("CALL quack_serve($at, token = $token)", {"at": sys.argv[2], "token": sys.stdin.readline().strip()})
    print("Serving", flush=True)
    sys.stdin.read()
"""
WRITER = """
import sys, time
import served
from pytest_ipfs_bench.places import remote
from pytest_ipfs_bench.store.opening import say_nothing
from pytest_ipfs_bench.store.quack.pushing import Pusher
from pytest_ipfs_bench.store.quack import words
pusher = Pusher(remote(sys.argv[1], ""), wait=5, tell=say_nothing)
print("ready", flush=True)
sys.stdin.readline()
end, done = time.monotonic() + float(sys.argv[2]), 0
while time.monotonic() < end:
    pusher.send([words.rows(*one) for one in served.given(1, 10)])
    done += 1
print(done)
"""


def served_handover(folder: Path, rounds: int) -> Iterator[str]:
    """One writer against raw, then several at once."""
    from pytest_ipfs_bench.store.opening import say_nothing
    from pytest_ipfs_bench.store.quack import words
    from pytest_ipfs_bench.store.quack.pushing import Pusher

    os.environ["IPFS_BENCH_TOKEN"] = TOKEN
    with raw_server(folder / "raw.duckdb") as raw, server(folder / "ours.duckdb") as ours:
        pusher, con = Pusher(ours, wait=5, tell=say_nothing), client()
        for name, (runs, results, times) in SIZES.items():
            pairs = [
                (
                    seconds(lambda: push(con, raw, runs, results)),  # noqa: B023  used at once
                    seconds(lambda: pusher.send([words.rows(*one) for one in given(runs, results)])),  # noqa: B023
                )
                for _ in range(times * min(rounds, 3))
            ]
            plain, guarded = (statistics.median(side) for side in zip(*pairs, strict=True))
            ratio = statistics.median(plain / guarded for plain, guarded in pairs)
            told = " and ".join(
                f"{runs / one:,.0f} runs/s, {(runs + results) / one:,.0f} rows/s" for one in (plain, guarded)
            )
            yield f"| {name} in a hand-over, raw and ours | {told} | {ratio:.2f} of raw |"
        for count in WRITERS:
            yield f"| {count} writers at once, 1 run and 10 measurements each | {at_once(ours, count):,.0f} runs/s | |"


def served_report(folder: Path, rounds: int) -> Iterator[str]:
    """Reports of a million measurements, local and served, and how long the copy that they read takes by itself."""
    from pytest_ipfs_bench.store.quack.copying import copied

    os.environ["IPFS_BENCH_TOKEN"] = TOKEN
    database = folder / "full.duckdb"
    local.fill(database)
    here = {kind: [local.seconds(database, kind) for _ in range(min(rounds, 3))] for kind in KINDS}
    with server(database) as remote:

        def copy() -> None:
            with copied(remote, {}, wait=5):
                pass

        for kind in KINDS:
            pairs = [(seconds(copy), local.seconds(remote, kind)) for _ in range(min(rounds, 3))]
            own, transfer = statistics.median(here[kind]), statistics.median(one for one, _ in pairs)
            beyond = statistics.median(whole - one for one, whole in pairs)
            size = f"{local.ROWS:,} measurements, {database.stat().st_size / 1e6:.0f} MB"
            yield f"| {kind}: {size} | local {own:.2f} s, transfer {transfer:.1f} s | {beyond / own:.2f} x beyond transfer |"


def at_once(remote: "Remote", count: int) -> float:
    """Hand-overs a second of several processes together."""
    command = [sys.executable, "-c", WRITER, str(remote), str(SECONDS)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    writers = [subprocess.Popen(command, text=True, cwd=Path(__file__).parent, **pipes) for _ in range(count)]
    for one in writers:
        one.stdout.readline()
    for one in writers:
        one.stdin.write("go\n")
        one.stdin.flush()
    return sum(int(one.communicate()[0]) for one in writers) / SECONDS


def given(runs: int, results: int) -> Iterator[tuple[str, str, list[str]]]:
    """New rows by table: its name, their types, and the rows as JSON."""
    from pytest_ipfs_bench.records import Performance, Run, new_id, utc
    from pytest_ipfs_bench.store.inserting import shape
    from pytest_ipfs_bench.store.quack.pushing import columns

    now, samples = utc(time.time()), [1.0 + number / 7 for number in range(20)]
    some = [Run(run_id=new_id(), test_name="bench", started_at=now, hostname="lab-1") for _ in range(runs)]
    facts = [
        Performance(
            result_id=new_id(), run_id=some[number % runs].run_id, test_case=f"test_a.py::test_{number}", mode="benchmark",
            rounds=20, latency_p50_ms=1.5, average_latency_ms=1.6, samples_ms=samples, created_at=now,
        )
        for number in range(results)
    ]  # fmt: skip
    for records in (some, facts):
        lines = [one.line().partition(',"row":')[2][:-1] for one in records]
        yield records[0].TABLE, shape(columns()[records[0].TABLE], lines[0]), lines


def push(con: "duckdb.DuckDBPyConnection", remote: "Remote", runs: int, results: int) -> None:
    """The same rows as plain inserts, in one transaction."""
    from pytest_ipfs_bench.store.inserting import sql
    from pytest_ipfs_bench.store.quack import words

    inserts = []
    for table, kinds, lines in given(runs, results):
        plain = sql("insert_new").format(table=table).replace("$shape", words.literal(kinds))
        inserts.append(plain.replace("$lines", words.literal("\n".join(lines))))
    text = ";\n".join(["BEGIN", *inserts, "COMMIT"])
    con.execute(
        "FROM quack_query($at, $text, token = $token)", {"at": str(remote), "text": text, "token": TOKEN}
    ).fetchall()


def client() -> "duckdb.DuckDBPyConnection":
    """A DuckDB that speaks Quack."""
    import duckdb

    from pytest_ipfs_bench.store.connection import CONFIG
    from pytest_ipfs_bench.store.quack import extension

    con = duckdb.connect(config=dict(CONFIG))
    extension.load(con)
    return con


@contextmanager
def server(database: Path) -> "Iterator[Remote]":
    """Ours."""
    from pytest_ipfs_bench.places import Remote

    port = free_port()
    with process(
        [str(Path(sys.executable).with_name("ipfs-bench")), "db", "serve", str(database), "--port", str(port)]
    ):
        yield Remote("127.0.0.1", port)


@contextmanager
def raw_server(database: Path) -> "Iterator[Remote]":
    """DuckDB's own, open to everything."""
    from pytest_ipfs_bench.places import Remote

    remote = Remote("127.0.0.1", free_port())
    with process([sys.executable, "-c", RAW, str(database), str(remote)]):
        yield remote


@contextmanager
def process(command: list[str]) -> Iterator[None]:
    """A server, ready, until the end of this."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as running:
        running.stdin.write(TOKEN + "\n")
        running.stdin.flush()
        assert running.stdout.readline().startswith("Serving")
        yield
        running.terminate()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def seconds(action: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
