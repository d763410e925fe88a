"""Served databases: hand-overs against raw quack_query, and a report on a million rows against a local one.

    python benchmarks/served.py [ROWS]        (the extra `quack`; ROWS of the report's database: 1,000,000)

Everything in pairs, on one machine and one server process each. Raw is what DuckDB itself does: the same rows as text in one
`BEGIN; INSERT ...; COMMIT`, to a server without any guard, without asking which rows are there.
"""

import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pytest_ipfs_bench import reports
from pytest_ipfs_bench.places import Remote
from pytest_ipfs_bench.records import Performance, Run, hardware, model, new_id, utc
from pytest_ipfs_bench.store.connection import CONFIG
from pytest_ipfs_bench.store.inserting import shape, sql
from pytest_ipfs_bench.store.opening import opened, say_nothing
from pytest_ipfs_bench.store.quack import extension, words
from pytest_ipfs_bench.store.quack.copying import copied
from pytest_ipfs_bench.store.quack.pushing import Pusher, columns

TIMES = 5
PUSHES, SMALL, LARGE = 60, (1, 10), (1000, 10_000)  # runs and rows of one push
RAW = """
import sys, time, duckdb
from pathlib import Path
from pytest_ipfs_bench.store.opening import opened
from pytest_ipfs_bench.store.quack import extension
with opened(Path(sys.argv[1])) as con:
    extension.load(con)
    con.execute("CALL quack_serve($a, token = $t)", {"a": f"quack:127.0.0.1:{sys.argv[2]}", "t": sys.stdin.readline().strip()})
    print("Serving", flush=True)
    sys.stdin.read()
"""
Texts = list[tuple[str, list[str]]]


def main(rows: int) -> None:
    """Prints every figure."""
    os.environ["IPFS_BENCH_TOKEN"] = secrets.token_urlsafe(24)
    with tempfile.TemporaryDirectory() as room:
        for name, (runs, results), times in (
            ("1 run, 10 rows", SMALL, PUSHES),
            ("1,000 runs, 10,000 rows", LARGE, TIMES),
        ):
            compare(Path(room), name, runs, results, times)
        report(Path(room), rows)


def compare(room: Path, name: str, runs: int, results: int, times: int) -> None:
    """Raw pushes and hand-overs of the same size, in turn."""
    with raw_server(room / f"raw-{results}.duckdb") as raw, server(room / f"ours-{results}.duckdb") as ours:
        pusher = Pusher(ours, wait=5, tell=say_nothing)
        con = client()
        plain: list[float] = []
        guarded: list[float] = []
        for _ in range(times):
            plain.append(timed(lambda: push(con, raw, made(runs, results))))
            guarded.append(timed(lambda: pusher.send([words.rows(*one) for one in given(runs, results)])))
        one, other = statistics.median(plain), statistics.median(guarded)
        print(
            f"{name}: raw {runs / one:.0f} runs/s, {(runs + results) / one:,.0f} rows/s; handed over {runs / other:.0f} runs/s,"
            f" {(runs + results) / other:,.0f} rows/s: {one / other:.2f} of raw",
            flush=True,
        )


def made(runs: int, results: int) -> list[str]:
    """The same rows as plain inserts."""
    return [
        sql("insert_new")
        .format(table=table)
        .replace("$shape", words.literal(kinds))
        .replace("$lines", words.literal("\n".join(lines)))
        for table, kinds, lines in given(runs, results)
    ]


def given(runs: int, results: int) -> Iterator[tuple[str, str, list[str]]]:
    """New rows: table, types, lines."""
    some = [Run(run_id=new_id(), test_name="bench", started_at=utc(time.time()), hostname="lab-1") for _ in range(runs)]
    samples = [1.0 + number / 7 for number in range(20)]
    facts = [
        Performance(
            result_id=new_id(),
            run_id=some[number % runs].run_id,
            test_case=f"test_a.py::test_{number}",
            mode="benchmark",
            rounds=20,
            latency_p50_ms=1.5,
            average_latency_ms=1.6,
            samples_ms=samples,
            created_at=utc(time.time()),
        )
        for number in range(results)
    ]
    for records in (some, facts):
        lines = [one.line().partition(',"row":')[2][:-1] for one in records]
        yield records[0].TABLE, shape(columns()[records[0].TABLE], lines[0]), lines


def push(con: duckdb.DuckDBPyConnection, remote: Remote, statements: list[str]) -> None:
    """One raw transaction."""
    text = ";\n".join(["BEGIN", *statements, "COMMIT"])
    con.execute(
        "FROM quack_query($a, $q, token = $t)", {"a": str(remote), "q": text, "t": os.environ["IPFS_BENCH_TOKEN"]}
    ).fetchall()


def report(room: Path, rows: int) -> None:
    """The report of every model on a million rows: here, over the line, and how long the transfer alone takes."""
    database = room / "many.duckdb"
    fill(database, rows)
    names = ("performance", "hardware")
    local = {name: median(lambda name=name: reports.make(database, name, "json")) for name in names}
    size = database.stat().st_size / 1e6
    with server(database) as remote:
        transfer = median(lambda: transferred(remote))
        for name in names:
            served = median(lambda name=name: reports.make(remote, name, "json"))
            print(
                f"report {name} on {rows:,} rows ({size:.0f} MB): local {local[name]:.2f} s, served {served:.2f} s, of which transfer"
                f" {transfer:.2f} s: {(served - transfer) / local[name]:.2f} x local beyond transfer",
                flush=True,
            )


def fill(database: Path, rows: int) -> None:
    """A database of so many measurements, 50 a run, without raw samples of their own."""
    machines = [hardware("cpu", device_name=f"Xeon {number}") for number in range(5)]
    models = [model(f"model-{number}") for number in range(40)]
    with opened(database) as con:
        for record in (*machines, *models):
            con.execute(
                f"INSERT INTO {record.TABLE} BY NAME SELECT unnest(from_json($row, $shape))",
                {
                    "row": record.line().partition(',"row":')[2][:-1],
                    "shape": shape(columns()[record.TABLE], record.line().partition(',"row":')[2][:-1]),
                },
            )
        con.execute(
            """INSERT INTO test_runs BY NAME SELECT uuid() AS run_id, 'bench' AS test_name,
            TIMESTAMP '2026-01-01' + to_seconds(range * 60) AS started_at FROM range($runs)""",
            {"runs": rows // 50},
        )
        con.execute(
            "CREATE TEMP TABLE r AS SELECT run_id, started_at, row_number() OVER () - 1 AS place FROM test_runs"
        )
        con.execute("CREATE TEMP TABLE m AS SELECT model_id, row_number() OVER () - 1 AS place FROM models")
        con.execute(
            "CREATE TEMP TABLE h AS SELECT hardware_id, row_number() OVER () - 1 AS place FROM hardware_platforms"
        )
        con.execute(
            """INSERT INTO performance_results BY NAME
            SELECT uuid() AS result_id, r.run_id, m.model_id, h.hardware_id, 0 AS device_index, 'case-' || n % 2000 AS test_case,
                'inference' AS mode, 'onnxruntime' AS runtime, 1 AS batch_size, 'fp32' AS precision, 100 AS rounds,
                random() * 10 AS latency_p50_ms, random() * 10 AS average_latency_ms, random() * 100 AS throughput_items_per_second,
                'measured' AS provenance, r.started_at AS created_at
            FROM range($rows) AS range(n) JOIN r ON r.place = n // 50 JOIN m ON m.place = n % 40 JOIN h ON h.place = n % 5""",
            {"rows": rows},
        )


def transferred(remote: Remote) -> None:
    """Every table over the line, into memory."""
    with copied(remote, {}, wait=5):
        pass


def client() -> duckdb.DuckDBPyConnection:
    """A DuckDB that speaks Quack."""
    con = duckdb.connect(config=dict(CONFIG))
    extension.load(con)
    return con


@contextmanager
def server(database: Path) -> Iterator[Remote]:
    """Ours."""
    port = free_port()
    with process(["ipfs-bench", "db", "serve", str(database), "--port", str(port)], ""):
        yield Remote("127.0.0.1", port)


@contextmanager
def raw_server(database: Path) -> Iterator[Remote]:
    """DuckDB's own, open to everything."""
    port = free_port()
    with process([sys.executable, "-c", RAW, str(database), str(port)], os.environ["IPFS_BENCH_TOKEN"] + "\n"):
        yield Remote("127.0.0.1", port)


@contextmanager
def process(command: list[str], words_in: str) -> Iterator[None]:
    """A server, until the end of this."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        assert running.stdin and running.stdout
        running.stdin.write(words_in)
        running.stdin.flush()
        assert "Serving" in running.stdout.readline()
        yield
        running.terminate()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def timed(action: Callable[[], object]) -> float:
    """How long it takes, in s."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def median(action: Callable[[], object]) -> float:
    """The median of some times, in s."""
    return statistics.median(timed(action) for _ in range(TIMES))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
