"""What cells in a real browser cost, how steady and how right they are, and what they leave behind.

    python benchmarks/run.py browser

It needs Chromium and, for ONNX Runtime Web, npm; WebNN also a Chromium that has it: IPFS_BENCH_TEST_WEBNN_BROWSER, which
.ci/webnn-browser makes. Every figure is read from the database of a session, or from the operating system beside it.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

WEBNN = "IPFS_BENCH_TEST_WEBNN_BROWSER"
MARK = "IPFS_BENCH_BROWSER_FIGURES"  # in the environment of every process that a session starts
FRESH, MANY = 5, 100
Rows = list[dict[str, Any]]


def browser(folder: Path, rounds: int) -> Iterator[str]:
    """All parts, one after another."""
    yield from costs(folder, max(rounds, 4))
    yield from families(folder)
    yield from fresh(folder)
    yield from many(folder)
    yield from batches(folder)


def costs(folder: Path, rounds: int) -> Iterator[str]:
    """Starts of the browser in a session, and what a warm cell costs beyond its own load and timed rounds."""
    for hardware, models, *words in places("bert,vit,whisper"):
        asked = [f"--hardware={hardware}", f"--bench-models={models}", *words]
        warmed = session(folder, rounds + 1, *asked)
        unwarmed = session(folder, rounds + 1, "--bench-warmup=0", *asked)
        started = len({row["browser_process"] for row in warmed})
        yield f"| {hardware}: browsers started for {len(warmed)} cells | {started} |"
        for model in dict.fromkeys(row["model_name"] for row in warmed):
            whole, bare = (
                [row for row in rows if row["model_name"] == model][1:]  # the first one finds nothing warm
                for rows in (warmed, unwarmed)
            )
            beyond, rest = [row["beyond_ms"] for row in whole], [row["beyond_ms"] - row["first_ms"] for row in bare]
            warming = statistics.median(row["beyond_ms"] - row["first_ms"] for row in whole) - statistics.median(rest)
            first = statistics.median(row["first_ms"] for row in whole)
            yield f"| {hardware}, {model}: a warm cell beyond its load and timed rounds | {spread(beyond)} ms |"
            yield f"| of it: first inference / warm-up / all the rest | {first:.0f} / {warming:.0f} / {spread(rest)} ms |"


def families(folder: Path) -> Iterator[str]:
    """Every family that has an ONNX file, in WebAssembly: how far its output is from that of the native runtime."""
    words = ("--hardware=wasm", "--bench-models=all", "--bench-size=tiny", "--bench-verify")
    found = read(asked(folder, "--pyargs", "model_suites", *words), COMPATIBLE)
    for status in dict.fromkeys(row["status"] for row in found):
        names = [row["model_name"].removeprefix("tiny-random-") for row in found if row["status"] == status]
        yield f"| wasm, {status}: {', '.join(names)} | {len(names)} families |"
    worst = sorted((row["relative_error"], row["model_name"]) for row in found if row["relative_error"] is not None)[
        -3:
    ]
    told = ", ".join(f"{error:.1e} ({name})" for error, name in reversed(worst))
    yield f"| the largest differences to native ONNX Runtime, relative | {told} |"


def fresh(folder: Path) -> Iterator[str]:
    """Medians of the same model, each in a page of its own."""
    found = [row["latency_p50_ms"] for row in session(folder, FRESH, "--hardware=wasm", "--bench-models=bert")]
    off = (max(found) - min(found)) / statistics.median(found)
    yield f"| wasm, bert: medians of {FRESH} fresh cells | {', '.join(f'{one:.3f}' for one in found)} ms: {off:.1%} apart |"


def many(folder: Path) -> Iterator[str]:
    """What a hundred cells of a small model leave: memory of the browser's processes, and processes."""
    (folder / "conftest.py").write_text(WEIGHED)
    rows = session(
        folder, MANY, "--hardware=wasm", "--bench-models=resnet", "--bench-max-time=0.05", "--bench-warmup=0"
    )
    (folder / "conftest.py").unlink()
    weighed = [[float(word) for word in line.split()] for line in (folder / "weighed.log").read_text().splitlines()]
    for name, place in (("resident", 1), ("proportional", 2)):
        early, late = (statistics.median(one[place] for one in part) for part in (weighed[4:14], weighed[-10:]))
        told = f"{early:.0f} / {late:.0f} / {late - early:+.0f} MB"
        yield f"| {len(rows)} cells: {name} memory of the browser's processes, cells 5-14 / last ten / growth | {told} |"
    told = f"{weighed[4][0]:.0f}, {weighed[-1][0]:.0f} / {len(left())}"
    yield f"| its processes after the 5th and the last cell / after the session | {told} |"


def batches(folder: Path) -> Iterator[str]:
    """One model on everything that a browser has, and natively."""
    rows: Rows = []
    for hardware, models, *words in (*places("bert"), ("cpu", "bert")):
        asked = (f"--hardware={hardware}", f"--bench-models={models}", "--bench-batch-sizes=1,8,32", *words)
        rows += session(folder, 1, *asked)
    for name in dict.fromkeys((row["hardware_type"], row["device_name"], row["is_software"]) for row in rows):
        of = {row["batch_size"]: row["latency_p50_ms"] for row in rows if row["hardware_type"] == name[0]}
        told = " / ".join(f"{of[batch]:.3g}" for batch in sorted(of))
        marked = " (software)" if name[2] else ""
        yield f"| bert, batch 1 / 8 / 32: {name[0]}, {name[1]}{marked} | {told} ms |"


def places(models: str) -> Iterator[tuple[str, ...]]:
    """Hardware in a browser that can be measured here, the models for it, and the options that it takes."""
    yield "wasm", models, "--browser=chromium"
    yield "webgpu", "bert", "--browser=chromium", "--allow-software", "--bench-min-rounds=5"
    if WEBNN in os.environ:
        yield "webnn", models, f"--browser={os.environ[WEBNN]}"


def session(folder: Path, cells: int, *words: str) -> Rows:
    """Measures so many cells of everything asked for, each a test of its own; the rows in their order."""
    (folder / "test_cells.py").write_text("\n".join(f"def test_{n}(cell): cell.measure()" for n in range(cells)))
    return read(asked(folder, "test_cells.py", *words), MEASURED)


def asked(folder: Path, *words: str) -> Path:
    """Runs a session; its database."""
    database = folder / f"{time.time_ns()}.duckdb"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words, f"--bench-db={database}"]
    environment = {**os.environ, MARK: str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout[-3000:])
    return database


def read(database: Path, question: str) -> Rows:
    """The answer to a question."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as con:
        told = con.execute(question)
        names = [column[0] for column in told.description]
        return [dict(zip(names, row, strict=True)) for row in told.fetchall()]


def left() -> list[int]:
    """Processes of sessions of ours that still run."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if MARK in process.environ() and process.pid != os.getpid():
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def spread(values: Sequence[float]) -> str:
    """Median and range."""
    return f"{statistics.median(values):.0f} ({min(values):.0f} to {max(values):.0f})"


WEIGHED = """
import contextlib, psutil, pytest

@pytest.fixture(autouse=True)
def _weighed():
    yield
    told = []
    for one in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # the renderer of a page that was closed is ending
            if "chrom" in one.name():
                told.append(one.memory_full_info())
    with open("weighed.log", "a") as log:
        print(len(told), sum(one.rss for one in told) / 1e6, sum(one.pss for one in told) / 1e6, file=log)
"""
MEASURED = """
SELECT r.model_name, r.hardware_type, r.device_name, r.is_software, r.batch_size, r.latency_p50_ms,
    r.first_latency_ms AS first_ms,
    t.execution_time_seconds * 1e3 - r.load_time_ms - r.total_time_seconds * 1e3 AS beyond_ms,
    w.metadata ->> '$.browser_process' AS browser_process
FROM results r
JOIN integration_test_results t ON regexp_extract(t.node_id, '::.*') = regexp_extract(r.test_case, '::.*')
LEFT JOIN web_platform_results w USING (result_id)
ORDER BY r.created_at
"""
COMPATIBLE = """
SELECT m.model_name, c.status, (c.metadata ->> '$.relative_error')::DOUBLE AS relative_error
FROM hardware_compatibility c JOIN models m USING (model_id) ORDER BY m.model_name
"""
