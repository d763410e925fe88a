"""What a table of old results is, told by its columns: the words that the old tables used, and what they mean here."""

import re
from collections.abc import Mapping
from typing import Any

from pytest_ipfs_bench.importers.contract import Kind
from pytest_ipfs_bench.importers.values import hardware
from pytest_ipfs_bench.records import Compatibility, Outcome, Performance

# Our column: the names it had, the best first, all in our unit (ms, items/s, MB, J, s).
NUMBERS: dict[str, tuple[str, ...]] = {
    "average_latency_ms": (
        "average_latency_ms", "avg_latency_ms", "mean_latency_ms", "latency_avg_ms", "latency_mean_ms", "latency_ms",
        "inference_time_ms", "average_inference_time_ms", "avg_inference_time_ms", "subsequent_inference_time_ms",
        "latency_avg", "execution_time_ms",
    ),
    "latency_min_ms": ("latency_min_ms", "min_latency_ms", "latency_min"),
    "latency_p50_ms": ("latency_p50_ms", "p50_latency_ms", "median_latency_ms", "latency_median_ms", "latency_p50"),
    "latency_p90_ms": ("latency_p90_ms", "p90_latency_ms", "latency_p90"),
    "latency_p95_ms": ("latency_p95_ms", "p95_latency_ms", "latency_p95"),
    "latency_p99_ms": ("latency_p99_ms", "p99_latency_ms", "latency_p99"),
    "latency_max_ms": ("latency_max_ms", "max_latency_ms", "latency_max"),
    "first_latency_ms": ("first_latency_ms", "first_inference_time_ms", "first_inference_ms"),
    "load_time_ms": ("load_time_ms", "model_load_time_ms"),
    "total_time_seconds": ("total_time_seconds", "total_time"),
    "throughput_items_per_second": (
        "throughput_items_per_second", "throughput", "items_per_second", "samples_per_second"
    ),
    "memory_peak_mb": ("memory_peak_mb", "peak_memory_mb", "memory_usage_mb", "memory_mb", "memory_peak"),
    "device_memory_peak_mb": ("device_memory_peak_mb", "gpu_memory_peak_mb", "gpu_memory_mb"),
    "energy_joules": ("energy_joules",),
}  # fmt: skip
SPREADS = {"latency_std_ms": ("latency_std_ms", "std_latency_ms", "latency_std")}
UNITLESS = {
    name: "MB" if name == "memory_peak" else "ms"
    for names in (*NUMBERS.values(), *SPREADS.values())
    for name in names
    if re.fullmatch(r"latency_(avg|min|max|std|p\d\d)|memory_peak", name)
}
# Our column: the names it had, and the least that makes sense.
COUNTS: dict[str, tuple[tuple[str, ...], int]] = {
    "batch_size": (("batch_size",), 1),
    "sequence_length": (("sequence_length", "seq_length", "seq_len"), 1),
    "threads": (("threads", "num_threads"), 1),
    "rounds": (("rounds",), 1),
    "iterations": (("iterations", "num_iterations"), 1),
    "warmup_iterations": (("warmup_iterations", "warmup"), 0),
}
# Measured things that have no column here, and yet make a table one of measurements: they are kept in `extra`.
FURTHER = frozenset({
    "transfer_time_ms", "tokens_per_second", "first_token_latency_ms", "power_watts", "power_watts_avg",
    "average_power_w", "pipeline_creation_time_ms",
})  # fmt: skip
MEMORY = frozenset((*NUMBERS["memory_peak_mb"], *NUMBERS["device_memory_peak_mb"]))
# Told apart by other columns: a test, too, has a time that it took.
WEAK = frozenset({"execution_time_ms", "total_time_seconds", "total_time"})
MEASURES = FURTHER | {name for names in NUMBERS.values() for name in names} - MEMORY - WEAK

MODELS = ("model_name", "model")
HARDWARE = ("hardware", "hardware_type", "hardware_name", "hardware_platform", "platform", "backend", "device")
CASES = ("test_case", "test_name", "test_type", "benchmark", "acceleration_type", "endpoint_type", "test_file")
TESTS = ("test_name", "test_case", "test", *CASES)
SUBJECTS = frozenset((*MODELS, *HARDWARE, *CASES, "model_id", "hardware_id", "run_id", "test_id", "batch_size"))
TEST_NAMES = frozenset({"test_name", "test_module", "test_class", "test_type", "node_id"})
VERDICTS = frozenset({"status", "test_status", "outcome", "success", "passed"})
COMPATIBLE = ("is_compatible", "compatible", "compatibility_status")
ERRORS = ("error_message", "error")
SUPPORT = re.compile(r"(\w+)_support(ed)?")
# The innermost time first.
TIMES = (
    "test_timestamp", "timestamp", "test_datetime", "measured_at", "started_at", "test_date", "created_at",
    "last_tested", "tested_at", "last_updated", "completed_at",
)  # fmt: skip

NOTHING = frozenset({"", "unknown", "unknown_model", "n/a", "na", "none", "null", "-"})
STATUS = {
    word: status
    for status, words in {
        "pass": "pass passed success successful succeeded ok completed complete",
        "fail": "fail failed failure failing",
        "error": "error errored crash crashed timeout timed_out exception",
        "skip": "skip skipped not_available unavailable not_implemented",
        "xfail": "xfail xfailed",
        "xpass": "xpass xpassed",
    }.items()
    for word in words.split()
}
RUNS = {
    word: status
    for status, words in {
        "compatible": "compatible supported full yes true real works working",
        "incompatible": "incompatible unsupported no none false failed not_supported not_compatible",
    }.items()
    for word in words.split()
}


def kind_of(columns: frozenset[str]) -> Kind | None:
    """What the rows of a table with these columns are; None for none of our kinds.

    >>> kind_of(frozenset({"model", "latency_ms"})), kind_of(frozenset({"path", "status"}))
    (<class 'pytest_ipfs_bench.records.Performance'>, None)
    """
    if columns & MEASURES and (columns & SUBJECTS or references(columns)):
        return Performance
    if (supports(columns) and columns & {*MODELS, "model_id"}) or (columns & set(COMPATIBLE) and columns & SUBJECTS):
        return Compatibility
    if columns & TEST_NAMES and columns & VERDICTS:
        return Outcome
    if "execution_time_ms" in columns and columns & SUBJECTS:
        return Performance
    failed = columns & set(ERRORS) and columns & {*MODELS, "model_id"} and columns & {*HARDWARE, "hardware_id"}
    return Outcome if failed else None


def supports(columns: frozenset[str]) -> dict[str, str]:
    """The columns that say of one kind of hardware each whether a model runs on it, with that kind.

    >>> supports(frozenset({"cuda_support", "compute_shader_support"}))
    {'cuda_support': 'cuda'}
    """
    found = ((name, SUPPORT.fullmatch(name)) for name in sorted(columns))
    return {name: kind for name, match in found if match and (kind := hardware(match[1]))}


def references(columns: frozenset[str]) -> frozenset[str]:
    """The columns that point at a row of another table of results, or are this table's own key."""
    return frozenset(name for name in columns if name.endswith("_id")) - {"model_id", "hardware_id", "run_id"}


def is_run(columns: frozenset[str]) -> bool:
    """Whether these are the columns of a table of runs, as they are called elsewhere by `run_id`."""
    results = any(name.endswith("result_id") for name in columns)
    return "run_id" in columns and not results and bool(columns & {"started_at", "completed_at"})


def said(value: Any) -> str | None:
    """Text that names something; None for a word that stands for the unknown.

    >>> said(" T4 "), said("N/A"), said(7)
    ('T4', None, None)
    """
    found = value.strip() if isinstance(value, str) else ""
    return None if found.lower() in NOTHING else found


def status_of(value: Any) -> str | None:
    """The outcome that a word states, None if it is no such word.

    >>> status_of("Timed out"), status_of("Success (REAL)"), status_of("3 apples")
    ('error', 'pass', None)
    """
    if not isinstance(value, str):
        return None
    word = re.sub(r"\s+", "_", value.strip().lower())
    return STATUS.get(word) or STATUS.get(word.partition("_")[0])


def compatible_of(fields: Mapping[str, Any], names: tuple[str, ...] = COMPATIBLE) -> str | None:
    """`compatible` or `incompatible` by the first of these fields that says so in a word we know."""
    for name in names:
        value = fields.get(name)
        word = str(value).strip().lower() if isinstance(value, str | bool | int) else ""
        if found := RUNS.get({"1": "yes", "0": "no"}.get(word, word)):
            return found
    return None
