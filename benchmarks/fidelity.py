"""How true a cell's numbers are: our median against a bare loop on the same loaded model, for every runtime that is here.

    python benchmarks/run.py fidelity benchmark-app cell-cost

Ours and bare alternate within one process; beside it stands bare against bare: what the machine does to any two numbers.
"""

import gc
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import util
from pathlib import Path
from typing import Any

PAIRS = 40
RUNTIMES = (("cpu", "onnxruntime"), ("cpu", "torch"), ("cpu", "torch.compile"), ("openvino", "openvino"))


def fidelity(_: Path, rounds: int) -> Iterator[str]:
    """A cell's median against a bare perf_counter loop over the runtime's own call, interleaved."""
    from pytest_ipfs_bench.measure import Plan

    plan = Plan(min_rounds=50, max_time=0.25, warmup=0.1)
    for hardware, runtime in here():
        for spec in smoke():
            loaded = load(hardware, runtime, spec)
            if loaded is None:
                yield f"| {runtime}, {spec.name} | can't run there |"
                continue
            bare = partial(bare_median, bare_call(runtime, loaded), plan.max_time)
            bare()
            ratios, same = [], []
            for _turn in range(max(rounds, PAIRS)):
                first, ours, second = bare(), statistics.median(loaded.measure(plan).latencies_ns) / 1e9, bare()
                ratios.append(ours / ((first + second) / 2))
                same.append(second / first)
            name = f"{runtime}, {spec.name} ({bare() * 1000:.3f} ms)"
            yield f"| {name}, ours / bare | {ratio(ratios)} |"
            yield f"| {name}, bare / bare | {ratio(same)} |"
            loaded.close()


def benchmark_app(folder: Path, rounds: int) -> Iterator[str]:
    """A cell's median against OpenVINO's own benchmark_app: Python, latency, one stream, one thread."""
    tool = Path(sys.executable).with_name("benchmark_app")
    if not tool.exists() and shutil.which("benchmark_app") is None:
        yield "| benchmark_app | not installed here |"
        return
    from pytest_ipfs_bench.measure import Plan

    plan = Plan(min_rounds=50, max_time=2.0, warmup=0.5)
    for spec in smoke():
        loaded = load("openvino", "openvino", spec)
        if loaded is None:
            yield f"| openvino, {spec.name} | can't run there |"
            continue
        app = partial(app_median, str(tool if tool.exists() else "benchmark_app"), spec, folder)
        ratios, same = [], []
        for _turn in range(max(rounds, 5)):
            first, ours, second = app(), statistics.median(loaded.measure(plan).latencies_ns) / 1e6, app()
            ratios.append(ours / ((first + second) / 2))
            same.append(second / first)
        loaded.close()
        yield f"| openvino, {spec.name} ({first:.3f} ms), ours / benchmark_app | {ratio(ratios)} |"
        yield f"| openvino, {spec.name}, benchmark_app / benchmark_app | {ratio(same)} |"


def cell_cost(_: Path, rounds: int) -> Iterator[str]:
    """What a cell costs on a warm runner beyond loading and running the model."""
    from pytest_ipfs_bench.backend import Options
    from pytest_ipfs_bench.bench import Bench
    from pytest_ipfs_bench.cell import Target
    from pytest_ipfs_bench.measure import Plan
    from pytest_ipfs_bench.planning import Choice
    from pytest_ipfs_bench.registry import Registry

    plan = Plan(min_rounds=10, max_time=0.0, warmup=0.0)
    for hardware, runtime in here():
        choice = Choice(hardware=(Target(hardware),), runtimes=(runtime,))
        bench = Bench(choice, "", plan=plan, samples=None, registry=Registry.load(), options=Options())
        cells = [cell for cell in bench.cells if bench.run(cell, "warm").performance]  # its reference is made now
        for cell in cells:
            beyond = [spent for _ in range(max(rounds, 10)) if (spent := beyond_the_model(bench, cell)) is not None]
            yield f"| {runtime}, {cell.model}: a cell beyond its model | {spread(beyond)} ms |"
        bench.close()


def beyond_the_model(bench: Any, cell: Any) -> float | None:
    """Wall time of a cell, ms, without loading, the first run, the timed rounds and the run that memory is read of."""
    start = time.perf_counter()
    found = bench.run(cell, "cost").performance
    wall = (time.perf_counter() - start) * 1000
    if found is None:
        return None
    return wall - found.load_time_ms - found.first_latency_ms - found.total_time_seconds * 1e3 - found.latency_p50_ms


def here() -> Iterator[tuple[str, str]]:
    """Hardware and runtime of those that are installed."""
    return ((hardware, runtime) for hardware, runtime in RUNTIMES if util.find_spec(runtime.partition(".")[0]))


def smoke() -> Sequence[Any]:
    """The models of the suite `smoke`."""
    from model_suites import specs

    return [spec for spec in specs() if "smoke" in spec.tags]


def load(hardware: str, runtime: str, spec: Any) -> Any:
    """The model loaded in this process, None where that runtime can't."""
    from pytest_ipfs_bench.backend import Unsupported
    from pytest_ipfs_bench.cell import Cell
    from pytest_ipfs_bench.models import load as at
    from pytest_ipfs_bench.registry import Registry

    cell = Cell(spec.name, spec.size, spec.weights, hardware, 0, runtime, "fp32", "inference", 1, spec.shape)
    backend = Registry.load().backends()[hardware]
    backend.prepare(cell)
    gc.collect()
    gc.freeze()  # as the runner does
    try:
        return backend.load(at(spec.factory)(spec), cell)
    except Unsupported:
        return None


def bare_call(runtime: str, loaded: Any) -> Callable[[], object]:
    """The runtime's own call on what was loaded, nothing of ours in it."""
    if runtime == "onnxruntime":
        return partial(loaded._session.run, None, loaded._feed)  # noqa: SLF001
    if runtime == "openvino":
        return loaded._request.infer  # type: ignore[no-any-return]  # noqa: SLF001
    import torch

    return torch.inference_mode()(partial(loaded._call, *loaded._inputs))  # type: ignore[no-any-return]  # noqa: SLF001


def bare_median(call: Callable[[], object], seconds: float) -> float:
    """The loop that anybody would write."""
    gc.disable()
    samples, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        samples.append(time.perf_counter() - start)
    gc.enable()
    return statistics.median(samples)


def app_median(tool: str, spec: Any, folder: Path) -> float:
    """The median that benchmark_app prints, ms."""
    from pytest_ipfs_bench.models import onnx_model

    shapes = {name: list(value.shape) for name, value in onnx_model(spec).inputs(1, spec.shape).items()}
    words = [
        tool, "-m", spec.files[0], "-d", "CPU", "-hint", "none", "-nstreams", "1", "-nthreads", "1",
        "-infer_precision", "f32", "-api", "sync", "-t", "2",
        "-shape", ",".join(f"{name}{shape}" for name, shape in shapes.items()).replace(" ", ""),
    ]  # fmt: skip
    said = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    found = re.search(r"Median:\s+([\d.]+) (ms|us)", said.stdout)
    if not found:
        raise SystemExit(f"benchmark_app said:\n{said.stdout[-2000:]}{said.stderr[-2000:]}")
    return float(found[1]) / (1000 if found[2] == "us" else 1)


def ratio(values: Sequence[float]) -> str:
    """Median and range."""
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def spread(values: Sequence[float]) -> str:
    """Median and range, in ms."""
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"
