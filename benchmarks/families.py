"""Whether every family runs, how long that takes, and what models of real dimensions cost here.

python benchmarks/run.py key base     in an environment with `pip install -e ".[test,torch,openvino]" "torch==2.13.0"`
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BASE = ("bert", "vit", "whisper", "clip", "resnet", "detr", "gpt2")
KEY = (
    "--bench-models=key",
    "--bench-size=tiny",
    "--hardware=cpu,openvino",
    "--bench-runtime=torch,onnxruntime,openvino",
)


def key(folder: Path, _: int) -> Iterator[str]:
    """The thirteen key families, tiny, on every runtime of this machine's CPU, in one command."""
    seconds, rows = cells(folder, *KEY)
    for runtime in dict.fromkeys(row["runtime"] for row in rows):
        found = Counter(row["status"] for row in rows if row["runtime"] == runtime)
        yield f"| {runtime}: {', '.join(f'{count} {status}' for status, count in found.items())} | |"
    reasons = {
        f"{row['model_name']} on {row['runtime']}: {row['error_message']}" for row in rows if row["error_message"]
    }
    yield from (f"| {reason} | |" for reason in sorted(reasons))
    yield f"| {len(rows)} cells, output checked and timed, in one command | {seconds:.0f} s |"


def base(folder: Path, _: int) -> Iterator[str]:
    """Models at their real dimensions in torch, one command each: loading, first run, median, peak memory."""
    for family in BASE:
        _, rows = cells(folder, f"--bench-models={family}", "--bench-size=base", "--bench-runtime=torch")
        for row in rows:
            told = f"{row['load_time_ms']:.0f} / {row['first_latency_ms']:.0f} / {row['latency_p50_ms']:.0f} ms"
            yield f"| {row['model_name']}: load / first / median; peak memory | {told}; {row['memory_peak_mb']:.0f} MB |"


def cells(folder: Path, *words: str) -> tuple[float, list[dict[str, Any]]]:
    """Runs cells of inference into a database of their own; how long that took, and what became of each."""
    import duckdb

    database = folder / f"{time.time_ns()}.duckdb"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pyargs", "model_suites", *words]
    start = time.perf_counter()
    done = subprocess.run([*command, f"--bench-db={database}"], cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.stdout[-3000:])
    with duckdb.connect(str(database), read_only=True) as con:
        told = con.execute(QUESTION).fetchdf()
    return seconds, told.astype(object).where(told.notna(), None).to_dict("records")


QUESTION = """
SELECT m.model_name, c.runtime, c.status, c.error_message, p.load_time_ms, p.first_latency_ms, p.latency_p50_ms, p.memory_peak_mb
FROM hardware_compatibility c JOIN models m USING (model_id) LEFT JOIN performance_results p USING (run_id, test_case)
ORDER BY c.created_at
"""
