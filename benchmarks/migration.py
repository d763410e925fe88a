"""What a migration costs: against walking, reading, hashing and json.loads of the same files; and what kill -9 does to it."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROWS = 3
# As an installed package is: its modules compiled once, not at every start.
COMPILED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
MANY = 100_000


def make_tree(folder: Path, files: int) -> None:
    """Files of about 2 KB, three results each, in folders of a thousand."""
    for number in range(files):
        place = folder / f"{number // 1000:03d}"
        place.mkdir(parents=True, exist_ok=True)
        rows = [row(number, batch) for batch in range(1, ROWS + 1)]
        (place / f"result_{number}.json").write_text(json.dumps(rows, indent=1))


def row(number: int, batch: int) -> dict[str, object]:
    """One result of the legacy project's shape; numbers differ from file to file."""
    return {
        "model_name": f"bert-{number % 50}", "model_family": "embedding", "modality": "text", "hardware_type": "cuda",
        "device_name": "NVIDIA RTX 3090", "batch_size": batch, "precision": "fp16", "test_case": "embedding",
        "total_time_seconds": 25.3, "average_latency_ms": 3.16 + number / 1000, "throughput_items_per_second": 316.5,
        "memory_peak_mb": 2048.5, "iterations": 100, "warmup_iterations": 10, "timestamp": "2025-03-06T18:41:32.997726",
        "metrics": {"gpu_util_percent": 85.3, "memory_util_percent": 40.1, "sequence_length": 128},
    }  # fmt: skip


def bare_seconds(folder: Path) -> float:
    """Walking, reading, hashing and json.loads (s), in a fresh process on one core: what any import has to do."""
    done = subprocess.run([sys.executable, "-c", BARE, str(folder)], check=True, capture_output=True, text=True)
    return float(done.stdout)


BARE = """
import hashlib, json, os, sys, time
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
start = time.perf_counter()
for parent, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(parent, name), "rb") as file:
            data = file.read()
        hashlib.sha256(data).hexdigest()
        json.loads(data)
print(time.perf_counter() - start)
"""


def migrate(folder: Path, database: Path, *words: str) -> tuple[float, float, dict[str, float]]:
    """One migration in a process of its own, on one core: wall time (s), peak memory (MB), seconds by stage."""
    report = database.with_suffix(".json")
    command = [sys.executable, "-c", RUNNER, str(folder), str(database), str(report), *words]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=COMPILED)
    seconds = time.perf_counter() - start
    stages = json.loads(report.read_text())["tables"]["Stages"]
    return seconds, float(done.stdout.split()[-1]), {line["stage"]: line["seconds"] for line in stages}


RUNNER = """
import os, resource, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from pytest_ipfs_bench.cli import main
tree, database, report, *words = sys.argv[1:]
main(["import", tree, "--db", database, "--report", report, *words], standalone_mode=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
"""


def speed(folder: Path, rounds: int) -> Iterator[str]:
    """By number of files: times the bare loop, peak memory, and where the time goes."""
    make_tree(folder / "first", 1)
    migrate(folder / "first", folder / "first.duckdb")
    for files in (1_000, 10_000, MANY):
        tree = folder / f"tree{files}"
        make_tree(tree, files)
        ratios, peaks, shares = [], [], {}
        for number in range(rounds if files < MANY else 1):
            bare = bare_seconds(tree)
            seconds, peak, stages = migrate(tree, folder / f"{files}-{number}.duckdb")
            ratios.append(seconds / bare)
            peaks.append(peak)
            shares = stages
        told = ", ".join(f"{name} {1e6 * value / files:.0f}" for name, value in shares.items())
        best = sorted(ratios)[len(ratios) // 2]
        yield (
            f"| migrate {files} files, {ROWS} results each | {best:.1f} x bare ({min(ratios):.1f} to {max(ratios):.1f}), "
            f"peak {max(peaks):.0f} MB, us a file: {told} |"
        )
        shutil.rmtree(tree)


def kill(folder: Path, rounds: int) -> Iterator[str]:
    """Kill -9 at random moments of a migration with deletion, and again until it is through: lost and doubled results."""
    lost = doubled = kills = 0
    for number in range(rounds):
        tree, database = folder / f"k{number}", folder / f"k{number}.duckdb"
        make_tree(tree, 600)
        command = [
            sys.executable,
            "-m",
            "pytest",
            f"--migrate-legacy={tree}",
            f"--bench-db={database}",
            "--migrate-delete",
        ]
        while True:
            process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                code = process.wait(random.uniform(0.3, 2.0))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
                continue
            assert code == 0, code
            break
        count, distinct, held = stored(database)
        lost += 600 * ROWS - distinct + sum(1 for _ in tree.rglob("*.json"))
        doubled += count - distinct
        lost += 600 - held
        shutil.rmtree(tree)
    yield f"| kill -9 in a migration with deletion, {kills} times | {lost} lost, {doubled} twice |"


def stored(database: Path) -> tuple[int, int, int]:
    """Rows, different rows, and different files in the archives beside the database."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as con:
        rows = con.execute("SELECT count(*), count(DISTINCT result_id) FROM performance_results").fetchall()[0]
    held = set()
    for path in Path(f"{database}.archive").glob("*.tar.gz"):
        import tarfile

        with tarfile.open(path) as tar:
            held |= {name for name in tar.getnames() if name.endswith(".json") and "result_" in name}
    return rows[0], rows[1], len(held)
