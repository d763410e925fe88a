"""What this plugin costs and how true its numbers are. Prints tables; nothing here passes or fails.

    python benchmarks/run.py                    all of it (about 12 minutes on 2 cores)
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
from functools import partial
from pathlib import Path

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
    from pytest_ipfs_bench.records import Outcome, Performance, Run, new_id, utc
    from pytest_ipfs_bench.store.spool import Spool
    from pytest_ipfs_bench.store.write import hand_over

    database, run, now = folder / f"{new_id()}.duckdb", new_id(), utc(time.time())
    spool = Spool.create(database, run)
    spool.append(Run(run_id=run).line())
    for n in range(count):
        if outcomes:
            record = Outcome(
                test_result_id=new_id(), run_id=run, test_module="test_a", test_name=f"test_{n}",
                node_id=f"test_a.py::test_{n}", status="pass", execution_time_seconds=n / 1e6, created_at=now,
            )  # fmt: skip
        else:
            samples = [(n * 31 + k * 7919 % 1000) / 977 for k in range(30)]
            record = Performance(
                result_id=new_id(), run_id=run, test_case=f"test_a.py::test_{n}", mode="benchmark", samples_ms=samples,
                rounds=30, average_latency_ms=statistics.fmean(samples), latency_p50_ms=statistics.median(samples),
                created_at=now,
            )  # fmt: skip
        spool.append(record.line())
    start = time.perf_counter()
    hand_over(database, spool)
    return time.perf_counter() - start


def fidelity(_: Path, rounds: int) -> Iterator[str]:
    """A cell's median against a bare perf_counter loop over the same ONNX Runtime session, interleaved."""
    from hardware_backends.cpu import Cpu
    from model_suites import specs
    from pytest_ipfs_bench.cell import Cell
    from pytest_ipfs_bench.measure import Plan
    from pytest_ipfs_bench.models import onnx_model

    plan = Plan(min_rounds=50, max_time=0.5, warmup=0.3)
    for spec in specs():
        cell = Cell(spec.name, spec.size, spec.weights, "cpu", 0, "onnxruntime", "fp32", "inference", 1, spec.shape)
        loaded = Cpu().load(onnx_model(spec), cell)
        call = partial(loaded._session.run, None, loaded._feed)  # type: ignore[attr-defined]  # noqa: SLF001
        bare = partial(bare_median, call, plan.max_time)
        bare()
        ratios, same = [], []
        for _turn in range(max(rounds, 20)):
            first, measured, second = bare(), statistics.median(loaded.measure(plan).latencies_ns) / 1e9, bare()
            ratios.append(measured / ((first + second) / 2))
            same.append(second / first)
        yield f"| {spec.name} ({bare() * 1000:.3f} ms), ours / bare | {ratio(ratios)} |"
        yield f"| {spec.name}, bare / bare | {ratio(same)} |"
        loaded.close()


def bare_median(run: Callable[[], object], seconds: float) -> float:
    """The median of a loop as anybody would write it."""
    import gc

    gc.disable()
    samples = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        samples.append(time.perf_counter() - start)
    gc.enable()
    return statistics.median(samples)


def ratio(values: Timings) -> str:
    """Median and range of ratios."""
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


PARTS: dict[str, Callable[[Path, int], Iterator[str]]] = {
    "start-up": start_up,
    "capture": capture,
    "handover": handover,
    "fidelity": fidelity,
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
