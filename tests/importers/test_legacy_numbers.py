"""Rows of numbers in the legacy project's files: units by names, what is no number, settings, cases, simulation."""

import doctest
import json
import pkgutil
from importlib import import_module
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers import legacy
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.legacy import IMPORTERS
from pytest_ipfs_bench.records import Performance

ROW = {
    "model_name": "bert-base-uncased",
    "model_family": "bert",
    "modality": "text",
    "hardware_type": "cuda",
    "device_name": "NVIDIA RTX 3090",
    "batch_size": 8,
    "precision": "fp16",
    "test_case": "embedding",
    "total_time_seconds": 25.3,
    "average_latency_ms": 3.16,
    "throughput_items_per_second": 316.5,
    "memory_peak_mb": 2048.5,
    "iterations": 100,
    "warmup_iterations": 10,
    "metrics": {"gpu_util_percent": 85.3},
}
WEB = {
    "model_key": "t5",
    "model_name": "google/t5-efficient-tiny",
    "platform": "webgpu",
    "browser": "chrome",
    "status": "success",
    "test_file": "x.html",
    "timestamp": "2025-03-06T18:41:32.997726",
    "platform_support": {"available": True, "simulated": True},
    "implementation_type": "REAL_WEBGPU",
    "metrics": {"inference_time_ms": 80, "load_time_ms": 480, "memory_mb": 150, "throughput_items_per_second": 100.0},
}
EXAMPLE = {"input": "x", "output": "y", "elapsed_time": 0.002, "implementation_type": "REAL", "platform": "CPU"}
MODULES = [module.name for module in pkgutil.iter_modules(legacy.__path__)]


def read(document):
    raw = json.dumps(document).encode()
    return IMPORTERS[0].read(Document(path="a.json", file=Path("a.json"), head=raw, raw=raw))


def only(document):
    (found,) = read(document)
    return found


def row(**fields):
    return only([{"model": "bert", "hardware": "cpu", **fields}])


@pytest.mark.parametrize("name", ["latencies_ms", "LATENCIES_MS", "Latencies-ms"])
def test_samples_count_whatever_the_letters_of_their_name(name):
    found = row(**{name: [1.0, 2.0, 3.0]})
    assert (found.columns["samples_ms"], found.columns["average_latency_ms"]) == ([1.0, 2.0, 3.0], 2.0)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_hold(name):
    module = import_module(f"pytest_ipfs_bench.importers.legacy.{name}")
    assert doctest.testmod(module).failed == 0


def test_a_full_row_fills_its_columns_and_keeps_the_rest():
    found = only([ROW])
    assert found.kind is Performance
    assert found.columns == {
        "batch_size": 8,
        "precision": "fp16",
        "test_case": "embedding",
        "mode": "inference",
        "total_time_seconds": 25.3,
        "average_latency_ms": 3.16,
        "throughput_items_per_second": 316.5,
        "memory_peak_mb": 2048.5,
        "iterations": 100,
        "warmup_iterations": 10,
    }
    assert (found.model, found.model_family, found.modality) == ("bert-base-uncased", "bert", "text")
    assert (found.hardware, found.device) == ("cuda", "NVIDIA RTX 3090")
    assert (found.time, found.simulated, found.flags) == (None, None, ())
    assert found.extra == {"metrics": {"gpu_util_percent": 85.3}}
    assert found.place == "/0"


@pytest.mark.parametrize(
    ("field", "column", "expected"),
    [
        ("latency_ms", "average_latency_ms", 2.0),
        ("inference_time_ms", "average_latency_ms", 2.0),
        ("latency_avg", "average_latency_ms", 2.0),
        ("avg_latency", "average_latency_ms", 2000.0),
        ("mean_latency", "average_latency_ms", 2000.0),
        ("average_inference_time", "average_latency_ms", 2000.0),
        ("avg_time", "average_latency_ms", 2000.0),
        ("min_time", "latency_min_ms", 2000.0),
        ("latency_p95", "latency_p95_ms", 2.0),
        ("p99_latency_ms", "latency_p99_ms", 2.0),
        ("load_time_ms", "load_time_ms", 2.0),
        ("model_load_time", "load_time_ms", 2000.0),
        ("memory_usage_mb", "memory_peak_mb", 2.0),
        ("gpu_memory_allocated_gb", "memory_peak_mb", 2048.0),
        ("peak_memory_usage", "memory_peak_mb", 2e-6),
        ("samples_per_second", "throughput_items_per_second", 2.0),
        ("total_time", "total_time_seconds", 2.0),
        ("energy_consumption_mj", "energy_joules", 0.002),
        ("num_runs", "iterations", 2),
        ("Latency-MS", "average_latency_ms", 2.0),
        ("cuda_memory_used_mb", "memory_peak_mb", 2.0),
    ],
)
def test_a_field_s_name_says_its_unit(field, column, expected):
    beside = {} if column.startswith(("average_latency", "throughput", "latency_p")) else {"throughput": 5.0}
    assert row(**{field: 2}, **beside).columns[column] == pytest.approx(expected, rel=1e-12)


def test_of_two_latencies_the_plainer_name_counts_and_the_other_stays():
    found = row(latency_ms=5, average_latency_ms=4)
    assert found.columns["average_latency_ms"] == 4.0
    assert found.extra == {"latency_ms": 5}


def test_a_throughput_is_never_made_from_a_latency_nor_the_other_way_round():
    assert "throughput_items_per_second" not in row(latency_ms=10).columns
    assert "average_latency_ms" not in row(throughput=10).columns


def test_tokens_per_second_are_no_items_per_second():
    found = row(tokens_per_second=85.3)
    assert "throughput_items_per_second" not in found.columns
    assert found.extra == {"tokens_per_second": 85.3}


@pytest.mark.parametrize(("unit", "expected"), [("s", 500.0), ("ms", 0.5), ("us", 0.0005)])
def test_a_latency_beside_its_unit(unit, expected):
    assert row(latency=0.5, unit=unit).columns["average_latency_ms"] == pytest.approx(expected)


def test_a_latency_without_a_unit_is_not_guessed():
    found = row(latency=0.5)
    assert "average_latency_ms" not in found.columns
    assert found.extra == {"latency": 0.5}
    assert found.flags == ("latency: 0.5 has no unit",)


def test_statistics_in_an_object_of_their_own():
    found = row(latency_ms={"mean": 12.5, "p95": 14.0, "max": 20})
    expected = {"average_latency_ms": 12.5, "latency_p95_ms": 14.0, "latency_max_ms": 20.0}
    assert expected.items() <= found.columns.items()


def test_samples_give_statistics_but_what_is_stated_wins():
    found = row(latencies=[0.1, 0.3], avg_latency=0.25)
    assert found.columns["samples_ms"] == [100.0, 300.0]
    assert found.columns["rounds"] == 2
    assert found.columns["latency_p50_ms"] == pytest.approx(200.0)
    assert found.columns["average_latency_ms"] == 250.0


@pytest.mark.parametrize(
    ("value", "flag"),
    [
        (float("nan"), "latency_ms: nan is no number"),
        (float("inf"), "latency_ms: inf is no number"),
        ("NaN", "latency_ms: 'NaN' is no number"),
        ("3,16", "latency_ms: '3,16' is no number"),
        ("3.16 ms", "latency_ms: '3.16 ms' is no number"),
        (True, "latency_ms: True is no number"),
        (-3.5, "latency_ms: -3.5 is no number of at least 0"),
        (0, "latency_ms: 0 is no measurement"),
    ],
)
def test_what_is_no_latency_is_unknown_kept_as_written_and_flagged(value, flag):
    found = row(latency_ms=value, throughput=5)
    assert "average_latency_ms" not in found.columns
    assert found.flags == (flag,)
    assert repr(found.extra["latency_ms"]) == repr(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(8, 8), (8.0, 8), ("8", 8), (8.5, None), (0, None), (-4, None), (False, None), (2**64, None)],
)
def test_a_batch_size_is_a_whole_number_above_0(value, expected):
    found = row(latency_ms=1, batch_size=value)
    assert found.columns.get("batch_size") == expected
    assert bool(found.flags) == (expected is None)


def test_numbers_as_text_are_numbers():
    assert row(latency_ms="3.16").columns["average_latency_ms"] == 3.16


def test_a_row_of_zeros_is_a_placeholder():
    found = only([{**ROW, "average_latency_ms": 0.0, "throughput_items_per_second": 0.0, "memory_peak_mb": 0.0}])
    assert not {"average_latency_ms", "throughput_items_per_second", "memory_peak_mb"} & found.columns.keys()
    assert "average_latency_ms: 0 is no measurement (a placeholder)" in found.flags
    assert found.extra["memory_peak_mb"] == 0.0


def test_a_web_result_is_one_row_with_its_metrics_under_their_names():
    found = only(WEB)
    assert found.kind is Performance
    assert found.hardware == "webgpu"
    assert found.model == "google/t5-efficient-tiny"
    expected = {"average_latency_ms": 80.0, "load_time_ms": 480.0, "throughput_items_per_second": 100.0}
    assert expected.items() <= found.columns.items()
    assert {
        "browser": "chrome",
        "platform": "webgpu",
        "load_time_ms": 480.0,
        "status": "success",
    }.items() <= found.extra.items()


def test_a_failed_web_result_with_numbers_keeps_its_state_and_its_error():
    found = only({**WEB, "status": "error", "error": "no adapter"})
    assert found.kind is Performance
    assert (found.extra["status"], found.extra["error"]) == ("error", "no adapter")


@pytest.mark.parametrize("marker", ["is_simulated", "is_simulation", "simulated"])
@pytest.mark.parametrize("value", [True, 1, "true"])
def test_a_marker_of_simulation(marker, value):
    assert row(latency_ms=1, **{marker: value}).simulated is True


@pytest.mark.parametrize(
    "fields",
    [
        {"is_simulated": False, "implementation_type": "MOCK"},
        {"implementation_type": "SIMULATED_WEBGPU"},
        {"status": "Success (REAL) - Simulated"},
        {"status": "REAL - simulated for performance testing"},
        {"output": "(MOCK) Once upon a time"},
        {"text": "This is a mock response"},
        {"environment": "simulation"},
        {"platform_support": {"simulated": True}},
        {"performance_metrics": {"is_simulated": True}},
    ],
)
def test_any_marker_beats_every_claim_of_being_real(fields):
    assert row(latency_ms=1, implementation="(REAL)", **fields).simulated is True


def test_no_marker_means_unknown_and_only_a_denial_means_real():
    assert row(latency_ms=1, implementation_type="REAL_WEBGPU").simulated is None
    assert row(latency_ms=1, is_simulated=False).simulated is False


def test_what_a_model_says_of_simulations_is_no_marker():
    assert row(latency_ms=1, content="The weather is a simulation of itself.").simulated is None


def test_a_timed_example_has_its_duration_as_latency():
    found = only({"examples": [EXAMPLE], "metadata": {"model_name": "bert"}})
    assert found.columns == {"average_latency_ms": 2.0, "rounds": 1, "mode": "inference", "test_case": "example"}
    assert (found.model, found.hardware) == ("bert", "cpu")


def test_numbers_among_steps_are_a_row_of_their_hardware():
    document = {"cuda_init": "Success (MOCK)", "cuda_tokens_per_second": 9.5, "cuda_generation_time": 0.08}
    found = next(one for one in read(document) if one.kind is Performance)
    assert (found.hardware, found.simulated) == ("cuda", True)
    assert found.columns["average_latency_ms"] == pytest.approx(80.0)
    assert found.extra == {"tokens_per_second": 9.5}


def test_a_copy_inside_a_map_of_steps_is_told_once():
    example = {**EXAMPLE, "metrics": {"tokens_per_second": 5.0}}
    document = {"cpu_init": "Success", "cpu_example": example, "examples": [example], "cpu_metrics": example["metrics"]}
    assert [one.place for one in read(document) if one.kind is Performance] == ["/cpu_example"]


@pytest.mark.parametrize(
    "fields", [{"mode": "training"}, {"optimizer": "adamw"}, {"backward_time": 0.2}, {"total_training_time": 10.0}]
)
def test_a_row_that_speaks_of_training_is_training(fields):
    assert row(samples_per_second=120.5, **fields).columns["mode"] == "training"


def test_the_sum_of_rows_is_no_row():
    document = {
        "model": "bert",
        "hardware": "cpu",
        "avg_latency_ms": 12,
        "results": [{"batch_size": 1, "latency_ms": 10}],
    }
    assert only(document).place == "/results/0"
    assert (
        only({"results": [ROW], "summary": {"avg_latency_ms": 7}, "latency_stats": {"latency_ms": 1}}).place
        == "/results/0"
    )


def test_limits_of_a_configuration_are_no_measurement():
    assert only({"results": [ROW], "thresholds": {"latency_ms": 100}}).place == "/results/0"


def test_zeros_beside_a_failure_are_no_measurement():
    found = row(latency_ms=0, throughput=0, status="failed", error="out of memory")
    assert found.kind is not Performance
    assert found.columns["error_message"] == "out of memory"


def test_equal_rows_of_a_list_are_several_results():
    assert [one.nth for one in read([ROW, {**ROW, "batch_size": 1}, ROW, ROW])] == [0, 0, 1, 2]


def test_a_number_as_reference_is_no_name():
    found = only([{"model_id": "3", "hardware_id": "2", "average_latency_ms": "5.5"}])
    assert (found.model, found.hardware) == (None, None)
    assert found.extra == {"model_id": "3", "hardware_id": "2"}
