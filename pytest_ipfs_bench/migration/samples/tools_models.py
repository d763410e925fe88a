"""Shapes of tools that measure models: llama-bench, optimum-benchmark, serving benchmarks, MLPerf, Bencher, LNT."""

from typing import Any

from pytest_ipfs_bench.migration.samples.draw import (
    NAIVE,
    RATE,
    SECONDS,
    ZULU,
    Draw,
    Several,
    Template,
    digits,
    measured,
    one_of,
    real,
    text,
    whole,
    written,
)
from pytest_ipfs_bench.migration.samples.shapes import Shape, as_text

TOKEN = digits(5)
LLAMA: dict[str, Template] = {
    "build_commit": digits(7),
    "build_number": whole(6000, 8000),
    "cpu_info": "Example CPU",
    "gpu_info": "NVIDIA GeForce RTX 3090",
    "backends": "CUDA",
    "model_filename": text("models/{}-1b-q8_0.gguf", TOKEN),
    "model_type": "llama 1B Q8_0",
    "model_size": whole(10**8, 10**9),
    "model_n_params": whole(10**8, 10**9),
    "n_batch": 2048,
    "n_threads": 8,
    "n_gpu_layers": 99,
}


def llama(draw: Draw) -> Any:
    """A test of llama-bench: prompt processing or generation, in ns and tokens per second."""
    prompt = draw.pick((0, 512))
    samples = [draw.whole(10**8, 10**9) for _ in range(3)]
    tokens = prompt or 128
    return measured({
        **LLAMA,
        "n_prompt": prompt,
        "n_gen": 0 if prompt else 128,
        "test_time": ZULU,
        "avg_ns": sum(samples) // 3,
        "stddev_ns": draw.whole(10**6, 10**7),
        "avg_ts": draw.real(10, 900),
        "stddev_ts": draw.real(0.1, 9),
        "samples_ns": samples,
        "samples_ts": [tokens * 1e9 / one for one in samples],
    })  # fmt: skip


def phase(unit: str) -> Any:
    """A phase in optimum-benchmark's report."""
    latency = {"unit": "s", "values": [SECONDS, SECONDS, SECONDS], "count": 3, "mean": SECONDS, "p50": SECONDS}
    throughput = {"unit": unit, "value": RATE}
    return measured({"memory": None, "latency": latency, "throughput": throughput, "energy": None, "efficiency": None})


SHAPES = (
    Shape(name="llama_bench", content=[Several(1, 4, llama)]),
    Shape(
        name="optimum_benchmark",
        stem="benchmark",
        content={
            "config": {
                "name": text("run_{}", TOKEN),
                "backend": {"name": "pytorch", "version": "2.4.0", "model": "openai-community/gpt2", "model_type": "gpt2",
                            "device": "cuda", "torch_dtype": "float16"},
                "scenario": {"name": "inference", "input_shapes": {"batch_size": one_of(1, 4), "sequence_length": 128}},
                "launcher": {"name": "process"},
                "environment": {"cpu": "Example CPU", "cpu_count": 8, "gpu": ["Tesla T4"], "gpu_count": 1},
            },
            "report": {"prefill": phase("tokens/s"), "decode": phase("tokens/s")},
        },
        timed=False,
    ),
    Shape(
        name="vllm_serving",
        content=measured({
            "date": written("%Y%m%d-%H%M%S"),
            "model_id": text("example/{}-7B", TOKEN),
            "num_prompts": 160,
            "request_rate": "inf",
            "max_concurrency": one_of(4, 16),
            "duration": real(60, 300),
            "completed": 160,
            "total_input_tokens": whole(10**5, 10**6),
            "total_output_tokens": whole(10**4, 10**5),
            "request_throughput": RATE,
            "output_throughput": RATE,
            "median_ttft": SECONDS,
            "p99_ttft": SECONDS,
            "median_tpot": SECONDS,
        }),
    ),
    Shape(
        name="mlperf_loadgen",
        stem="mlperf_log_summary",
        ending=".txt",
        write=as_text,
        content=[
            "=" * 48,
            "MLPerf Results Summary",
            "=" * 48,
            text("SUT name : {}", TOKEN),
            "Scenario : Offline",
            "Mode     : PerformanceOnly",
            measured(text("Samples per second: {}", RATE)),
            "Result is : VALID",
            "  Min duration satisfied : Yes",
            "",
            "=" * 48,
            "Additional Stats",
            "=" * 48,
            text("Min latency (ns)                : {}", whole(10**8, 10**9)),
            text("Mean latency (ns)               : {}", whole(10**9, 10**10)),
            text("Max latency (ns)                : {}", whole(10**10, 10**11)),
        ],
        timed=False,
    ),
    Shape(
        name="bencher",
        content={
            text("tests::bench_{}", TOKEN): measured({"latency": {"value": real(1000, 9000), "lower_value": 900.0}}),
            text("tests::other_{}", TOKEN): measured({"latency": {"value": real(1000, 9000)}}),
        },
        timed=False,
    ),
    Shape(
        name="lnt",
        stem="report",
        content={
            "format_version": "2",
            "machine": {"name": "lab"},
            "run": {"start_time": NAIVE, "end_time": NAIVE, "llvm_project_revision": "154338"},
            "tests": [Several(1, 4, measured({"name": text("nts.bench_{}", TOKEN), "execution_time": [SECONDS]}))],
        },
    ),
)  # fmt: skip
