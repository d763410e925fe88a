"""What this plugin costs and how true its numbers are. Prints tables; nothing here passes or fails.

    python benchmarks/run.py                    all of it (about 40 minutes on 2 cores)
    python benchmarks/run.py start-up capture handover fidelity --rounds 3

Run it in an environment with `pip install -e ".[test]" pytest-reportlog pytest-json-report`. Every comparison is made in
pairs within one run: other load on the machine then strikes both sides.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import browser
import collection
import detection
import families
import fidelity
import generation
import migration
import page
import reports
import served
import templates

Timings = list[float]


def pytest_seconds(folder: Path, *words: str) -> float:
    """Wall time of one session, its exit status checked."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={**os.environ, "PYTEST_ADDOPTS": ""})
    return time.perf_counter() - start


def spread(values: Timings, unit: str = "", digits: int = 3) -> str:
    """Median and range."""
    return f"{statistics.median(values):+.{digits}f}{unit} ({min(values):+.{digits}f} to {max(values):+.{digits}f})"


def start_up(folder: Path, rounds: int) -> Iterator[str]:
    """Installed and unused, against the plugin switched off: an empty session, interleaved off-on-off."""
    (folder / "test_empty.py").write_text("def test_nothing(): pass\n")
    on, same = [], []
    for _ in range(max(rounds, 20)):
        first = pytest_seconds(folder, "-p", "no:ipfs_bench")
        with_it = pytest_seconds(folder)
        second = pytest_seconds(folder, "-p", "no:ipfs_bench")
        on.append((with_it - (first + second) / 2) * 1000)
        same.append((second - first) * 1000)
    yield f"| start-up, installed and unused | {spread(on, ' ms', 1)} |"
    yield f"| the same against itself | {spread(same, ' ms', 1)} |"


def capture(folder: Path, rounds: int) -> Iterator[str]:
    """The marginal and the fixed cost of capture, against pytest-reportlog and pytest-json-report."""
    sizes = (2_000, 10_000)
    for size in sizes:
        (folder / f"test_{size}.py").write_text("\n".join(f"def test_{n}(): pass" for n in range(size)))
        pytest_seconds(folder, f"test_{size}.py")
    ways = {
        "plain": [],
        "--bench-db": ["--bench-db=o.duckdb"],
        "pytest-reportlog": ["--report-log=o.log"],
        "pytest-json-report": ["--json-report", "--json-report-file=o.json"],
    }
    slopes: dict[str, Timings] = {way: [] for way in ways}
    fixed: Timings = []
    for _ in range(rounds):
        seconds = {}
        for size in sizes:
            for way, words in ways.items():
                for old in folder.glob("o.*"):
                    old.unlink()
                seconds[way, size] = pytest_seconds(folder, f"test_{size}.py", *words)
        for way in ways:
            over = [seconds[way, size] - seconds["plain", size] for size in sizes]
            slopes[way].append((over[1] - over[0]) / (sizes[1] - sizes[0]) * 1000)
            if way == "--bench-db":
                fixed.append(over[0] - slopes[way][-1] * sizes[0] / 1000)
    for way in list(ways)[1:]:
        yield f"| marginal cost of a test, {way} | {spread(slopes[way], ' ms')} |"
    pairs = [ours - theirs for ours, theirs in zip(slopes["--bench-db"], slopes["pytest-reportlog"], strict=True)]
    yield f"| paired difference to pytest-reportlog | {spread(pairs, ' ms')} |"
    yield f"| fixed cost of a captured session, database made | {spread(fixed, ' s', 2)} |"
    yield f"| of the marginal cost: the hand-over | {handover_seconds(folder, 10_000, outcomes=True) / 10_000 * 1000:+.3f} ms |"


def handover(folder: Path, rounds: int) -> Iterator[str]:
    """10,000 results from the spool to the database."""
    outcomes = [handover_seconds(folder, 10_000, outcomes=True) for _ in range(rounds)]
    measured = [handover_seconds(folder, 10_000, outcomes=False) for _ in range(rounds)]
    yield f"| 10,000 outcomes from spool to new database | {spread(outcomes, ' s', 2)} |"
    yield f"| 10,000 measurements of 30 samples from spool to new database | {spread(measured, ' s', 2)} |"


def handover_seconds(folder: Path, count: int, *, outcomes: bool) -> float:
    """Wall time of one hand-over into a new database."""
    from pytest_ipfs_bench.records import Outcome, Run, new_id, utc
    from pytest_ipfs_bench.store.spool import Spool
    from pytest_ipfs_bench.store.write import hand_over

    database, run, now = folder / f"{new_id()}.duckdb", new_id(), utc(time.time())
    if not outcomes:
        return measurements_handed_over(database, count)
    spool = Spool.create(database, run)
    spool.append(Run(run_id=run).line())
    for n in range(count):
        record = Outcome(
            test_result_id=new_id(), run_id=run, test_module="test_a", test_name=f"test_{n}",
            node_id=f"test_a.py::test_{n}", status="pass", execution_time_seconds=n / 1e6, created_at=now,
        )  # fmt: skip
        spool.append(record.line())
    start = time.perf_counter()
    hand_over(database, spool)
    return time.perf_counter() - start


def measurements_handed_over(database: Path, count: int) -> float:
    """Wall time of handing over a session of measurements of 30 samples, each of a model on hardware."""
    from pytest_ipfs_bench.records import Performance, Run, hardware, model, new_id, utc
    from pytest_ipfs_bench.store.spool import Spool
    from pytest_ipfs_bench.store.write import hand_over

    run, now = new_id(), utc(time.time())
    spool = Spool.create(database, run)
    cpu, bert = hardware("cpu", device_name="cpu-0"), model("model-0")
    for record in (Run(run_id=run), cpu, bert):
        spool.append(record.line())
    for n in range(count):
        samples = [(n * 31 + k * 7919 % 1000) / 977 for k in range(30)]
        record = Performance(
            result_id=new_id(), run_id=run, model_id=bert.model_id, hardware_id=cpu.hardware_id,
            test_case=f"test_a.py::test_{n}", mode="inference", samples_ms=samples,
            rounds=30, average_latency_ms=statistics.fmean(samples), latency_p50_ms=statistics.median(samples),
            created_at=now,
        )  # fmt: skip
        spool.append(record.line())
    start = time.perf_counter()
    hand_over(database, spool)
    return time.perf_counter() - start


def million(folder: Path, rounds: int) -> Iterator[str]:
    """A further 1,000 measurements into a database of a million, against an empty one; the summary report on it."""
    import duckdb

    from pytest_ipfs_bench import reports
    from pytest_ipfs_bench.store.opening import opened

    big = folder / "big.duckdb"
    with opened(big) as con:
        for n in range(40):
            con.execute("INSERT INTO models (model_id, model_name) VALUES ($id, $n)", named_model(n))
        for n in range(7):
            con.execute("INSERT INTO hardware_platforms (hardware_id, hardware_type) VALUES ($id, $n)", named_cpu(n))
        con.execute(
            "INSERT INTO test_runs (run_id, started_at, success)"
            " SELECT uuidv7(), TIMESTAMP '2024-01-01' + to_minutes(i * 50), true FROM range(20000) r(i)"
        )
        con.execute(MILLION_MEASUREMENTS)
        con.execute(MILLION_OUTCOMES)
    empty, full = [], []
    for _ in range(rounds):
        empty.append(measurements_handed_over(folder / f"{time.time_ns()}.duckdb", 1_000))
        full.append(measurements_handed_over(big, 1_000))
    report = []
    for _ in range(rounds):
        start = time.perf_counter()
        reports.make(big, "summary", "text")
        report.append(time.perf_counter() - start)
    yield f"| DuckDB {duckdb.__version__}: 1,000 results into an empty database | {spread(empty, ' s')} |"
    yield f"| 1,000 results into one of a million | {spread(full, ' s')} |"
    yield f"| ratio | {ratio([a / b for a, b in zip(full, empty, strict=True)])} |"
    yield f"| summary report on a million results and a million outcomes | {spread(report, ' s', 2)} |"


def named_model(number: int) -> dict[str, str]:
    """A model of the big database, with the id that it has in every session."""
    from pytest_ipfs_bench.records import model

    return {"id": model(f"model-{number}").model_id, "n": f"model-{number}"}


def named_cpu(number: int) -> dict[str, str]:
    """A CPU of the big database, likewise."""
    from pytest_ipfs_bench.records import hardware

    return {"id": hardware("cpu", device_name=f"cpu-{number}").hardware_id, "n": "cpu"}


MILLION_MEASUREMENTS = """
INSERT INTO performance_results (result_id, run_id, model_id, hardware_id, test_case, mode, runtime, precision, batch_size,
    weights, rounds, average_latency_ms, latency_p50_ms, throughput_items_per_second, provenance, is_simulated, created_at)
SELECT uuidv7(), r.run_id, m.model_id, h.hardware_id, 'case-' || (i % 40), 'inference', 'onnxruntime', 'fp32', 1 + i % 4,
    'random', 30, random() * 10, random() * 10, random() * 1000, 'measured', false, r.started_at
FROM range(1000000) n(i)
JOIN (SELECT run_id, started_at, row_number() OVER (ORDER BY started_at) - 1 AS place FROM test_runs) r ON r.place = i // 50
JOIN (SELECT model_id, row_number() OVER () - 1 AS place FROM models) m ON m.place = i % 40
JOIN (SELECT hardware_id, row_number() OVER () - 1 AS place FROM hardware_platforms) h ON h.place = i % 7
ORDER BY i
"""
MILLION_OUTCOMES = """
INSERT INTO integration_test_results (test_result_id, run_id, node_id, test_name, status, execution_time_seconds, created_at)
SELECT uuidv7(), r.run_id, 'test_a.py::test_' || (i % 50), 'test_' || (i % 50), CASE WHEN i % 97 = 0 THEN 'fail' ELSE 'pass' END,
    random(), r.started_at
FROM range(1000000) n(i)
JOIN (SELECT run_id, started_at, row_number() OVER (ORDER BY started_at) - 1 AS place FROM test_runs) r ON r.place = i // 50
ORDER BY i
"""


def kill(folder: Path, rounds: int) -> Iterator[str]:
    """Kill -9 of a session at random moments; what had finished has to be there after the next one, once."""
    import random
    import signal

    import duckdb

    (folder / "test_k.py").write_text(KILLED)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--bench-db=k.duckdb"]
    moments, sessions = random.Random(11), max(rounds * 20, 20)

    def start(number: int) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "SESSION_NO": str(number)}
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )

    begun = time.perf_counter()
    start(-1).wait()
    whole = time.perf_counter() - begun
    for number in range(sessions):
        process = start(number)
        try:
            process.wait(moments.uniform(0.25, 1.1) * whole)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    start(sessions).wait()
    finished = (folder / "finished.log").read_text().splitlines()
    with duckdb.connect(str(folder / "k.duckdb"), read_only=True) as con:
        stored = [node for (node,) in con.execute("SELECT node_id FROM integration_test_results").fetchall()]
    last = {node.split("[s")[1].split("-")[0]: node for node in finished}
    missing = [node for node in set(finished) - set(stored) if node not in last.values()]
    counts = f"{len(finished)} / {len(missing)} / {len(stored) - len(set(stored))}"
    yield f"| kill -9 at {sessions} moments: finished tests / missing / stored twice | {counts} |"


KILLED = """
import os, pytest, time
LOG = os.open("finished.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
@pytest.mark.parametrize("n", range(150), ids=lambda n: f"s{os.environ['SESSION_NO']}-{n}")
def test_quick(n, request, benchmark):
    benchmark.pedantic(len, args=("x",), rounds=2)
    time.sleep(0.002)
    os.write(LOG, (request.node.nodeid + "\\n").encode())
"""


def writers(folder: Path, rounds: int) -> Iterator[str]:
    """16 hand-overs at once into one file: how long the slowest took, all rows there, none twice."""
    import duckdb

    slowest, alone = [], []
    for turn in range(rounds):
        database = folder / f"w{turn}.duckdb"
        alone.append(measurements_handed_over(folder / f"alone{turn}.duckdb", 25))
        command = [sys.executable, "-c", WRITER, str(Path(__file__).parent), str(database)]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(16)]
        slowest.append(max(float(process.communicate()[0]) for process in running))
        with duckdb.connect(str(database), read_only=True) as con:
            found = con.execute("SELECT count(*), count(DISTINCT result_id) FROM performance_results").fetchone()
        assert found == (400, 400), found
    yield f"| hand-over of 25 results, alone | {spread(alone, ' s')} |"
    yield f"| the slowest of 16 at once into one file (400 rows there, none twice) | {spread(slowest, ' s')} |"


WRITER = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
import duckdb, run
print(run.measurements_handed_over(pathlib.Path(sys.argv[2]), 25))
"""


def size(folder: Path, rounds: int) -> Iterator[str]:  # noqa: ARG001  bytes do not vary
    """Bytes on disk against pytest-benchmark's JSON of the same session: written by one session, and compacted."""
    from pytest_ipfs_bench.store import upkeep

    for count, samples in ((1_000, 20), (10_000, 5), (10_000, 30), (10_000, 200)):
        (folder / "test_s.py").write_text(SIZED.format(count=count, samples=samples))
        database, theirs = folder / f"s{count}-{samples}.duckdb", folder / f"s{count}-{samples}.json"
        pytest_seconds(folder, "test_s.py", f"--bench-db={database}", f"--benchmark-json={theirs}")
        written = database.stat().st_size / theirs.stat().st_size
        upkeep.compact(database)
        compacted = database.stat().st_size / theirs.stat().st_size
        yield f"| {count:,} results of {samples} samples: as written / compacted | {written:.3f} / {compacted:.3f} |"
    database, total = folder / "many.duckdb", 0
    (folder / "test_s.py").write_text(SIZED.format(count=100, samples=20))
    for number in range(100):
        theirs = folder / f"many{number}.json"
        pytest_seconds(folder, "test_s.py", f"--bench-db={database}", f"--benchmark-json={theirs}")
        total += theirs.stat().st_size
    yield f"| 10,000 results of 20 samples, as written by 100 sessions | {database.stat().st_size / total:.3f} |"


SIZED = """
import pytest
@pytest.mark.parametrize("case", range({count}))
def test_result(benchmark, case):
    benchmark.extra_info.update(model=f"model-{{case % 40}}", precision="fp32", commit="0123abcd")
    benchmark.pedantic(sum, args=(range(200),), rounds={samples}, iterations=2)
"""


def ratio(values: Timings) -> str:
    """Median and range of ratios."""
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


PARTS: dict[str, Callable[[Path, int], Iterator[str]]] = {
    "start-up": start_up,
    "capture": capture,
    "handover": handover,
    "collection": collection.collection,
    "detection": detection.detection,
    "fidelity": fidelity.fidelity,
    "key": families.key,
    "base": families.base,
    "benchmark-app": fidelity.benchmark_app,
    "cell-cost": fidelity.cell_cost,
    "generation": generation.generation,
    "browser": browser.browser,
    "million": million,
    "kill": kill,
    "writers": writers,
    "size": size,
    "page": page.page,
    "migration": migration.speed,
    "migration-kill": migration.kill,
    "report-time": reports.report_time,
    "report-json": reports.report_json,
    "templates": templates.templates,
    "served-handover": served.served_handover,
    "served-report": served.served_report,
}


def main() -> None:
    """Runs the parts named, or all, and prints their figures as one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help=f"of: {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=10, help="interleaved rounds of each comparison (default: 10)")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}; they are {', '.join(PARTS)}")
    print("| figure | median (range) |\n|---|---|", flush=True)
    for name in arguments.parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="ipfs-bench-") as folder:
            (Path(folder) / "pytest.ini").write_text("[pytest]\n")
            for line in PARTS[name](Path(folder), arguments.rounds):
                print(line, flush=True)


if __name__ == "__main__":
    main()
