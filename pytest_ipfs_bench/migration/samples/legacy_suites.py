"""Shapes of the legacy project's suites: which models run on which hardware, and how a suite went."""

from typing import Any

from pytest_ipfs_bench.migration.samples.draw import (
    COMPACT,
    KEY,
    MODELS,
    NAIVE,
    NAME,
    Draw,
    Several,
    compatibility,
    outcome,
    real,
    text,
    whole,
)
from pytest_ipfs_bench.migration.samples.legacy_benchmarks import benchmarks, cell
from pytest_ipfs_bench.migration.samples.shapes import Shape


def functionality(draw: Draw) -> Any:
    """A functionality document: a row for each model, and a copy of what they say as a map."""
    some = [model.key for model in MODELS if draw.whole(0, 2)] or ["bert"]
    passed = {key: bool(draw.whole(0, 1)) for key in some}
    return {
        "stats": {"timestamp": COMPACT, "total_tests": len(some), "hardware_platforms": ["cuda"]},
        "model_results": {key: {"cuda": success} for key, success in passed.items()},
        "detailed_results": [
            outcome({
                "model": key,
                "hardware": "cuda",
                "success": success,
                "return_code": int(not success),
                "stdout": "",
                "stderr": text("took {} s", real(1, 9)),
            })
            for key, success in passed.items()
        ],
    }  # fmt: skip


def matrix(*hardware: str) -> dict[str, Any]:
    """A compatibility matrix of one family, whose cells were never measured."""
    never = compatibility({"compatible": False, "performance_rating": None, "benchmark_results": []})
    measured_once = compatibility({
        "compatible": True,
        "performance_rating": "high",
        "benchmark_results": [{"model": NAME, "mean_latency": real(0.01, 0.4), "timestamp": COMPACT}],
    })  # fmt: skip
    first, *others = hardware
    return {"hardware_compatibility": {first: measured_once, **dict.fromkeys(others, never)}}


SHAPES = (
    Shape(name="functionality", stem="model_functionality", content=functionality),
    Shape(
        name="compat_matrix",
        stem="hardware_compatibility_matrix",
        content={
            "timestamp": COMPACT,
            "hardware_types": ["cpu", "cuda", "openvino"],
            "model_families": {"embedding": matrix("cpu", "cuda", "openvino"), "audio": matrix("cuda", "cpu")},
        },
    ),
    Shape(
        name="compat_matrix_swapped",
        stem="hardware_compatibility_matrix",
        content={
            "timestamp": COMPACT,
            "hardware_types": ["cpu"],
            "model_families": {"embedding": matrix("cpu", "bert-base-uncased", "roberta-base")},
        },
    ),
    Shape(
        name="suite_results",
        stem=text("{}_suite", KEY),
        content={
            "timestamp": COMPACT,
            "models": {"bert": {"name": "prajjwal1/bert-tiny", "family": "embedding", "modality": "text"}},
            "functionality_verification": {"cuda": functionality},
            "performance_benchmarks": {
                "embedding": benchmarks("cpu", {"batch_1": cell(1), "batch_2": cell(2)}),
                "audio": outcome({"status": "error", "error": text("line {}: no such module", whole(1, 999))}),
            },
            "hardware_detected": {"cpu": True, "cuda": True},
        },
    ),
    Shape(
        name="bench_progress",
        stem="benchmark_progress",
        content={
            "timestamp": COMPACT,
            "completed_benchmarks": [Several(1, 3, outcome({"model_type": KEY, "hardware_type": "cuda", "timestamp": NAIVE}))],
            "failed_benchmarks": [outcome({
                "model_type": KEY,
                "hardware_type": "cpu",
                "error": "Command failed with exit code 2",
                "error_type": "execution_error",
                "timestamp": NAIVE,
            })],
            "skipped_benchmarks": [outcome({"model_type": KEY, "hardware_type": "rocm", "timestamp": NAIVE})],
            "summary": {"total": 3, "completion_percentage": 100.0},
        },
    ),
)  # fmt: skip
