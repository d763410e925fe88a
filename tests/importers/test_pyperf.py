"""pyperf: the values of all processes are the samples; calibration and warm-ups are none."""

import gzip
import json
import math
import statistics
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.pyperf import IMPORTERS
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Performance

FORMATS = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = [*sorted((FORMATS / "pyperf").rglob("*.json*")), *sorted((FORMATS / "generated").glob("pyperf*.json"))]
CALIBRATION = {"metadata": {"calibrate_loops": 8, "date": "2026-11-22 10:57:39.1"}, "warmups": [[1, 9.0], [8, 8.0]]}
RUNS = [
    {"metadata": {"date": "2026-11-22 10:57:40.25"}, "values": [1e-5, 2e-5], "warmups": [[8, 9e-5]]},
    {"metadata": {"date": "2026-11-22 10:57:41"}, "values": [3e-5], "warmups": [[8, 7e-5]]},
]
ABOUT = {"name": "timeit", "unit": "second", "loops": 8, "cpu_model_name": "Some CPU", "cpu_count": 4}


def document(content):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Document(path="x", file=Path("x"), head=raw[:4096], raw=raw)


def suite(*runs, about=ABOUT, **more):
    return {"benchmarks": [{"runs": list(runs)} | more], "metadata": about, "version": "1.0"}


def read(content):
    (importer,) = IMPORTERS
    found = document(content)
    assert importer.recognises(found)
    return list(importer.read(found))


def test_values_of_all_processes_are_the_samples():
    (found,) = read(suite(CALIBRATION, *RUNS))
    assert found.kind is Performance
    samples = [seconds * 1e3 for seconds in (1e-5, 2e-5, 3e-5)]
    assert found.columns == {
        "test_case": "timeit", "mode": "benchmark", "rounds": 3, "iterations": 8, "warmup_iterations": 2,
        "total_time_seconds": math.fsum([1e-5, 2e-5, 3e-5]) * 8, "samples_ms": samples,
        "average_latency_ms": pytest.approx(0.02), "latency_min_ms": 0.01, "latency_p50_ms": 0.02,
        "latency_max_ms": pytest.approx(0.03), "latency_std_ms": pytest.approx(0.01),
    }  # fmt: skip


def test_runs_are_kept_whole_and_the_suite_is_context():
    (found,) = read(suite(CALIBRATION, *RUNS, metadata={"description": "d"}))
    assert found.extra == {"runs": [CALIBRATION, *RUNS], "metadata": {"description": "d"}}
    assert found.context == {"metadata": ABOUT, "version": "1.0"}
    assert (found.hardware, found.device, found.hardware_details) == ("cpu", "Some CPU", {"compute_units": 4})


def test_the_time_is_that_of_the_first_process_that_measured():
    (found,) = read(suite(CALIBRATION, *RUNS))
    assert found.time == Moment("2026-11-22 10:57:40.250000", "naive")


def test_iterations_are_outer_times_inner_loops_and_unknown_where_processes_differ():
    (found,) = read(suite(*RUNS, about=ABOUT | {"inner_loops": 10}))
    assert found.columns["iterations"] == 80
    other = RUNS[1] | {"metadata": {"loops": 16}}
    (found,) = read(suite(RUNS[0], other))
    assert "iterations" not in found.columns
    assert "total_time_seconds" not in found.columns


def test_bytes_are_memory_and_never_a_time():
    (found,) = read(suite({"values": [7_360_512]}, {"values": [7_380_992]}, about=ABOUT | {"unit": "byte"}))
    assert found.columns == {"test_case": "timeit", "mode": "benchmark", "rounds": 2, "memory_peak_mb": 7.380992}


def test_plain_numbers_have_no_column():
    (found,) = read(suite({"values": [3, 4]}, about=ABOUT | {"unit": "integer"}))
    assert found.columns == {"test_case": "timeit", "mode": "benchmark", "rounds": 2}
    assert found.extra["runs"] == [{"values": [3, 4]}]


def test_before_version_0_9_6_values_were_called_samples():
    (found,) = read(suite({"samples": [1e-5]}, about={}, common_metadata={"name": "old"}))
    assert found.columns["test_case"] == "old"
    assert found.columns["average_latency_ms"] == 1e-5 * 1e3
    assert found.hardware is None


def test_gzip_is_unpacked():
    (found,) = read(gzip.compress(json.dumps(suite(*RUNS)).encode()))
    assert found.columns["rounds"] == 3


@pytest.mark.parametrize(
    ("content", "error", "reason"),
    [
        (suite(CALIBRATION), NotResults, "only calibration: no run has values"),
        (suite(*RUNS, about={}), Rejected, r"the benchmark has no name \(/benchmarks/0\)"),
        (suite({"values": [1, "fast"]}), Rejected, "a value of the benchmark 'timeit' is no number of at least 0"),
        (suite({"values": [-1]}), Rejected, "a value of the benchmark 'timeit' is no number of at least 0"),
        (suite([1, 2]), Rejected, r"the entry is no object \(/benchmarks/0/runs/0\)"),
    ],
)
def test_what_is_no_result_says_why(content, error, reason):
    with pytest.raises(error, match=reason):
        read(content)


@pytest.mark.parametrize(
    "content", [{}, {"benchmarks": [], "version": "1.0"}, {"benchmarks": [{}], "version": "1.0"}, {"benchmarks": 3}, []]
)
def test_other_documents_are_not_taken(content):
    assert not IMPORTERS[0].recognises(document(content))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_real_file_gives_its_own_numbers(path):
    raw = path.read_bytes()
    source = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    for found, benchmark in zip(read(raw), source["benchmarks"], strict=True):
        values = [value for run in benchmark["runs"] for value in run.get("values", [])]
        about = source.get("metadata", {}) | benchmark.get("metadata", {})
        assert found.columns["test_case"] == about["name"]
        assert found.columns["rounds"] == len(values)
        if about.get("unit") == "byte":
            assert found.columns["memory_peak_mb"] == max(values) / 1_000_000
            assert "average_latency_ms" not in found.columns
        else:
            assert found.columns["average_latency_ms"] == pytest.approx(statistics.fmean(values) * 1000, rel=1e-12)
            assert found.columns["latency_p50_ms"] == pytest.approx(statistics.median(values) * 1000, rel=1e-12)
        assert found.device == about.get("cpu_model_name")
