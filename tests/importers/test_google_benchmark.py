"""Google Benchmark: a repetition is a result, an aggregate never counts beside one."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.google_benchmark import IMPORTERS
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Outcome, Performance

FORMATS = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = [
    *sorted((FORMATS / "google-benchmark").glob("*.json")),
    FORMATS / "bencher-tool-output/cpp/google/two.txt",
    FORMATS / "github-action-benchmark-extract/googlecpp_output.json",
]
CONTEXT = {"date": "2024-05-01T12:00:00+02:00", "num_cpus": 4, "library_build_type": "release"}
ROW = {"name": "BM_A", "iterations": 1000, "real_time": 10, "cpu_time": 9, "time_unit": "ns"}


def document(content):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Document(path="x", file=Path("x"), head=raw[:4096], raw=raw)


def read(*rows):
    (importer,) = IMPORTERS
    found = document({"context": CONTEXT, "benchmarks": list(rows)})
    assert importer.recognises(found)
    return list(importer.read(found))


def aggregate(name, value, **others):
    row = {"name": f"BM_A_{name}", "run_name": "BM_A", "run_type": "aggregate", "aggregate_name": name}
    return row | {"real_time": value, "cpu_time": value, "time_unit": "us"} | others


def test_a_row_is_a_result_in_ms_and_every_other_field_is_kept():
    (found,) = read(
        ROW | {"threads": 2, "items_per_second": 5e6, "max_bytes_used": 2_000_000, "label": "x", "hits": 3.5}
    )
    assert found.kind is Performance
    assert found.columns == {
        "test_case": "BM_A", "mode": "benchmark", "iterations": 1000, "threads": 2, "average_latency_ms": 1e-05,
        "throughput_items_per_second": 5e6, "memory_peak_mb": 2.0,
    }  # fmt: skip
    assert found.extra == {"cpu_time": 9, "time_unit": "ns", "label": "x", "hits": 3.5}
    assert found.context == {"context": CONTEXT}
    assert found.time == Moment("2024-05-01 10:00:00.000000", "utc")
    assert (found.hardware, found.model, found.simulated) == (None, None, None)


@pytest.mark.parametrize(("unit", "milliseconds"), [("ns", 1e-5), ("us", 0.01), ("ms", 10.0), ("s", 10_000.0)])
def test_each_row_has_its_own_unit(unit, milliseconds):
    assert read(ROW | {"time_unit": unit})[0].columns["average_latency_ms"] == milliseconds


def test_a_unit_that_is_none_of_time_gives_no_latency():
    (found,) = read(ROW | {"time_unit": "parsecs"})
    assert "average_latency_ms" not in found.columns
    assert found.extra["real_time"] == 10
    assert found.flags == ("time_unit: 'parsecs' is no unit of time",)


def test_repetitions_are_results_and_their_aggregates_stand_in_the_first():
    repetitions = [ROW | {"run_type": "iteration", "repetition_index": nth} for nth in range(2)]
    mean = aggregate("mean", 10)
    first, second = read(*repetitions, mean)
    assert first.extra["aggregates"] == [mean]
    assert "aggregates" not in second.extra


def test_equal_rows_of_an_old_file_are_several_runs():
    assert [found.nth for found in read(ROW, ROW, ROW | {"name": "BM_B"})] == [0, 1, 0]


def test_with_aggregates_alone_the_mean_is_the_result():
    rows = [
        aggregate("mean", 5, repetitions=3, threads=1, items_per_second=7.0), aggregate("median", 4),
        aggregate("stddev", 2), aggregate("cv", 0.4, aggregate_unit="percentage"),
    ]  # fmt: skip
    (found,) = read(*rows)
    assert found.columns == {
        "test_case": "BM_A", "mode": "benchmark", "average_latency_ms": 0.005, "latency_p50_ms": 0.004,
        "latency_std_ms": 0.002, "rounds": 3, "threads": 1, "throughput_items_per_second": 7.0,
    }  # fmt: skip
    assert found.extra == {"aggregates": rows}


def test_before_run_type_the_names_told_the_aggregates():
    old = [
        ROW | {"name": f"BM_A_{name}", "real_time": value}
        for name, value in (("mean", 3), ("median", 2), ("stddev", 1))
    ]
    (found,) = read(*old)
    assert (found.columns["test_case"], found.columns["average_latency_ms"]) == ("BM_A", 3e-06)
    first, second = read(ROW, ROW, *old)
    assert (len(first.extra["aggregates"]), second.nth) == (3, 0)


def test_a_benchmark_that_is_only_called_like_an_aggregate_is_a_benchmark():
    assert read(ROW | {"name": "geometric_mean"})[0].columns["test_case"] == "geometric_mean"


def test_big_o_and_rms_are_no_latency():
    big_o = {"name": "C_BigO", "cpu_coefficient": 4.2, "real_coefficient": 6.4, "big_o": "N", "time_unit": "ns"}
    rms = {"name": "C_RMS", "rms": 0.0045}
    (found,) = read(big_o, rms)
    assert found.columns == {"test_case": "C", "mode": "benchmark"}
    assert found.extra == {"aggregates": [big_o, rms]}


def test_an_error_is_a_failed_test_and_a_skip_a_skipped_one():
    failed, skipped = read(
        ROW | {"error_occurred": True, "error_message": "no file"},
        ROW | {"name": "BM_B", "skipped": True, "skip_message": "not here"},
    )
    assert (failed.kind, skipped.kind) == (Outcome, Outcome)
    assert failed.columns == {"node_id": "BM_A", "test_name": "BM_A", "status": "fail", "error_message": "no file"}
    assert skipped.columns["status"] == "skip"
    assert skipped.columns["error_message"] == "not here"
    assert failed.extra["real_time"] == 10


def test_a_number_that_is_none_is_kept_and_flagged():
    (found,) = read(ROW | {"real_time": float("nan"), "iterations": 0})
    assert "average_latency_ms" not in found.columns
    assert found.flags == ("iterations: 0 is no whole number of at least 1", "real_time: nan is no number")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "no benchmark was run"),
        ({}, r"the results are no list \(/benchmarks\)"),
        ([ROW, 3], r"the entry is no object \(/benchmarks/1\)"),
        ([{"real_time": 3}], r"the benchmark has no name \(/benchmarks/0\)"),
    ],
)
def test_what_holds_no_results_says_why(rows, reason):
    (importer,) = IMPORTERS
    with pytest.raises((NotResults, Rejected), match=reason):
        list(importer.read(document({"context": CONTEXT, "benchmarks": rows})))


@pytest.mark.parametrize(
    "other", [{"benchmarks": [], "machine_info": {}}, {"context": {}, "benchmarks": []}, [], b"text"]
)
def test_other_documents_are_not_taken(other):
    assert not IMPORTERS[0].recognises(document(other))


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_real_files_are_imported_number_by_number(path):
    rows = json.loads(path.read_text())["benchmarks"]
    per_ms = {"ns": 1e6, "us": 1e3, "ms": 1, "s": 1e-3}
    repetitions = [row for row in rows if row.get("run_type") != "aggregate"]
    expected = [(row["name"], row["iterations"], row["real_time"] / per_ms[row["time_unit"]]) for row in repetitions]
    found = list(IMPORTERS[0].read(document(path.read_bytes())))
    measured = [finding.columns for finding in found if "average_latency_ms" in finding.columns]
    assert [
        (row["test_case"], row["iterations"], pytest.approx(row["average_latency_ms"])) for row in measured
    ] == expected
    kept = [row for finding in found for row in finding.extra.get("aggregates", [])]
    assert [row for row in rows if row.get("run_type") == "aggregate"] == kept
