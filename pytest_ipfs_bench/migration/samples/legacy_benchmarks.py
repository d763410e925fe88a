"""Shapes of the legacy project's benchmarks: rows of numbers in all their forms."""

from math import fsum
from typing import Any

from pytest_ipfs_bench.migration.samples.draw import (
    COMPACT,
    FAMILY,
    KEY,
    MEGABYTES,
    MODALITY,
    MS,
    NAIVE,
    NAME,
    RATE,
    SPACED,
    Draw,
    Drawn,
    Several,
    compatibility,
    measured,
    one_of,
    outcome,
    real,
    text,
    whole,
)
from pytest_ipfs_bench.migration.samples.shapes import Shape, as_csv

SIMULATED = ["webgpu", "webnn", "rocm", "mps", "qnn", "openvino"]
WEB = measured({
    "model_key": KEY,
    "model_name": NAME,
    "platform": one_of("webgpu", "webnn"),
    "status": "success",
    "headless": True,
    "timestamp": NAIVE,
    "platform_support": {"available": True, "simulated": True},
    "implementation_type": "REAL_WEBGPU",
    "is_simulation": True,
    "modality": MODALITY,
    "metrics": {
        "inference_time_ms": MS,
        "load_time_ms": real(200, 900),
        "memory_mb": MEGABYTES,
        "throughput_items_per_second": RATE,
    },
}, simulated=True)  # fmt: skip
FAILED_CELL = outcome({"status": "failed", "error": "Warmup failed: out of memory"})


def cell(batch: int) -> Drawn:
    """A cell of a benchmark document: latencies in seconds for each batch, and what was computed from them."""

    def drawn(draw: Draw) -> Any:
        latencies = [draw.real(0.01, 0.4) for _ in range(draw.whole(5, 20))]
        average = fsum(latencies) / len(latencies)
        return measured({
            "status": "completed",
            "latencies": latencies,
            "avg_latency": average,
            "throughput": batch / average,
            "total_time": fsum(latencies),
            "iterations": len(latencies),
        })  # fmt: skip

    return drawn


def benchmarks(hardware: str, cells: dict[str, Any]) -> dict[str, Any]:
    """A benchmark document: family, model, hardware, cells."""
    about = {"status": "completed", "model_name": NAME, "family": FAMILY, "hardware": hardware}
    return {
        "timestamp": COMPACT,
        "system_info": {"platform": "Linux", "python_version": "3.12.3", "timestamp": NAIVE, "total_memory_gb": 62.2},
        "hardware_info": {"cpu": True, "cuda": True, "rocm": False},
        "benchmarks": {FAMILY: {NAME: {hardware: {**about, "benchmark_results": cells}}}},
    }


SHAPES = (
    Shape(name="web_result", stem=text("{}_webgpu", KEY), content=WEB, files=4),
    Shape(
        name="web_result_set",
        stem="all_models",
        content={"timestamp": NAIVE, "headless": True, "models_tested": ["bert", "t5"], "results": [Several(2, 5, WEB)]},
    ),
    Shape(
        name="bench_results",
        stem=text("{}_benchmark_results", KEY),
        content=benchmarks("cpu", {
            "batch_1_seq_32": cell(1),
            "batch_4_seq_32": cell(4),
            "batch_8_seq_128": cell(8),
            "batch_16_seq_128": FAILED_CELL,
        }),
        files=4,
    ),
    Shape(
        name="bench_simulated",
        stem=text("{}_benchmark_results", KEY),
        content={
            **benchmarks("openvino", {}),
            "benchmarks": {"vision": {NAME: {
                "cpu": {"status": "completed", "hardware": "cpu", "benchmark_results": {"batch_1": cell(1)}},
                "openvino": {
                    "status": "completed",
                    "hardware": "openvino",
                    "benchmark_results": {
                        "batch_1": measured({"status": "completed", "avg_latency": real(0.01, 0.2)}, simulated=True),
                    },
                },
            }}},
            "simulated_hardware": SIMULATED,
            "warnings": [{"type": "simulation", "message": "This data contains simulated hardware results"}],
        },
    ),
    Shape(
        name="direct_benchmark",
        stem=text("direct_benchmark_{}_cpu", KEY),
        content={
            "model": NAME,
            "hardware": "cpu",
            "success": True,
            "batch_results": {
                "1": measured({
                    "success": True,
                    "batch_size": 1,
                    "avg_latency_ms": MS,
                    "throughput_items_per_second": RATE,
                    "memory_mb": MEGABYTES,
                    "latencies_ms": [MS, MS, MS, MS, MS],
                    "device": "cpu",
                    "timestamp": NAIVE,
                }),
                "8": outcome({"success": False, "error": "out of memory"}),
            },
            "timestamp": NAIVE,
        },
        files=4,
    ),
    Shape(
        name="model_bench",
        stem=text("benchmark_{}_cuda", KEY),
        content=compatibility({
            "model": KEY,
            "model_key": KEY,
            "model_category": FAMILY,
            "model_path": NAME,
            "hardware": "CUDA",
            "hardware_key": "cuda",
            "timestamp": NAIVE,
            "batch_sizes": {
                size: measured({"throughput": RATE, "latency_ms": MS, "memory_usage_mb": MEGABYTES, "success": True})
                for size in ("1", "4")
            },
            "compatible": True,
        }),
    ),
    Shape(
        name="perf_list",
        stem=text("{}_cuda", KEY),
        content=[Several(2, 4, measured({
            "model_name": NAME,
            "model_family": KEY,
            "modality": MODALITY,
            "hardware_type": "cuda",
            "device_name": "NVIDIA RTX 3090",
            "batch_size": one_of(1, 8, 16),
            "precision": one_of("fp16", "fp32"),
            "test_case": "embedding",
            "total_time_seconds": real(5, 60),
            "average_latency_ms": MS,
            "throughput_items_per_second": RATE,
            "memory_peak_mb": MEGABYTES,
            "iterations": 100,
            "warmup_iterations": 10,
            "metrics": {"gpu_util_percent": real(10, 99, 1)},
        }))],
        timed=False,
    ),
    Shape(
        name="csv_bench_error",
        stem=text("benchmark_{}", KEY),
        ending=".csv",
        write=as_csv,
        content=[Several(1, 4, outcome({
            "model_id": NAME,
            "hardware": one_of("cpu", "cuda"),
            "batch_size": one_of(1, 8),
            "sequence_length": 16,
            "timestamp": NAIVE,
            "error": "name 'np' is not defined",
        }))],
    ),
    Shape(
        name="csv_db_export",
        stem="performance_results",
        ending=".csv",
        write=as_csv,
        content=[Several(2, 6, measured({
            "result_id": whole(1, 9999),
            "run_id": whole(1, 99),
            "model_id": 1,
            "hardware_id": whole(1, 4),
            "test_case": "embedding",
            "batch_size": one_of(1, 2, 4),
            "precision": "fp32",
            "total_time_seconds": real(1, 9),
            "average_latency_ms": MS,
            "throughput_items_per_second": RATE,
            "memory_peak_mb": MEGABYTES,
            "iterations": 100,
            "warmup_iterations": 10,
            "metrics": "{}",
            "created_at": SPACED,
        }))],
    ),
)  # fmt: skip
