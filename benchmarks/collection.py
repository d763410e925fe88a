"""What it costs to collect a large matrix: 13 models x 7 backends x 5 batches x 4 precisions, over an empty session.

python benchmarks/run.py collection
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

CONFTEST = """
import pluggy
from pytest_ipfs_bench.models import Input, ModelSpec

hookimpl = pluggy.HookimplMarker("ipfs_bench")
IDS = Input("input_ids", "int64", ("batch", "sequence_length"), "integers", 0, 1000)

class Mine:
    @hookimpl
    def register_models(self):
        shape = {"sequence_length": 64}
        return [
            ModelSpec(f"m{n}", f"m{n}", "text", "tiny", "random", shape, (IDS,), ("m.onnx",), tags=("thirteen",))
            for n in range(13)
        ]

def pytest_ipfs_bench_register(manager):
    manager.register(Mine())
"""
TEST = "def test_it(cell): cell.measure()\n"
MATRIX = (
    "--hardware=cpu,cuda,mps,openvino,qualcomm,rocm,webgpu", "--bench-models=thirteen", "--bench-batch-sizes=1,2,4,8,16",
    "--bench-precisions=fp32,fp16,bf16,int8",
)  # fmt: skip


def collection(folder: Path, rounds: int) -> Iterator[str]:
    """Pairs within one run: an empty session, a parametrised test of as many cases without us, the matrix."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_empty.py").write_text("def test_nothing(): pass\n")
    (folder / "test_plain.py").write_text(
        "import pytest\n@pytest.mark.parametrize('n', range(1820))\ndef test_it(n): pass\n"
    )
    (folder / "test_cells.py").write_text(TEST)
    plain, matrix = [], []
    for _ in range(max(rounds, 10)):
        empty = _cost(folder, "test_empty.py")
        plain.append(_over(empty, _cost(folder, "test_plain.py")))
        matrix.append(_over(empty, _cost(folder, "test_cells.py", *MATRIX)))
    for what, costs in (("cells", matrix), ("parameters of a test that is not ours", plain)):
        wall, cpu = (_told([cost[which] for cost in costs]) for which in (0, 1))
        yield f"| collecting 1,820 {what}, over an empty session | {wall}; CPU time {cpu} |"


def _cost(folder: Path, *words: str) -> tuple[float, float]:
    """Wall and CPU time of one session that only collects; the CPU's does not see what else runs here."""
    command = [sys.executable, "-m", "pytest", "-qq", "-p", "no:cacheprovider", "--collect-only", *words]
    before, start = os.times(), time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={**os.environ, "PYTEST_ADDOPTS": ""})
    wall, after = time.perf_counter() - start, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, used


def _over(empty: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return other[0] - empty[0], other[1] - empty[1]


def _told(values: list[float]) -> str:
    return f"{statistics.median(values):.3f} s ({min(values):.3f} to {max(values):.3f})"
