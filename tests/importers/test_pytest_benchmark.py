"""pytest-benchmark: its seconds in our ms, its statistics as they are, in the same place as our own capture's."""

import json
import statistics
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.pytest_benchmark import IMPORTERS
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Performance

FORMATS = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = [
    *sorted((FORMATS / "pytest-benchmark").rglob("*.json")),
    *sorted((FORMATS / "generated").glob("pytest_benchmark*.json")),
    *sorted((FORMATS / "github-action-benchmark-extract").glob("pytest_output.json")),
    *sorted((FORMATS / "bencher-tool-output/python/pytest").glob("*.json")),
]
STATS = {
    "min": 1e-6, "max": 4e-6, "mean": 2.5e-6, "stddev": 1.2e-6, "median": 2.4e-6, "rounds": 4, "iterations": 100,
    "ops": 400_000.0, "total": 1e-5, "iqr": 2e-6, "q1": 1.5e-6, "q3": 3.5e-6, "outliers": "2;0",
}  # fmt: skip
ENTRY = {
    "group": "g", "name": "test_a[8]", "fullname": "tests/test_x.py::test_a[8]", "params": {"n": 8}, "param": "8",
    "extra_info": {"k": 1}, "options": {"timer": "perf_counter"}, "stats": STATS,
}  # fmt: skip
MACHINE = {
    "node": "lab", "system": "Linux", "release": "6.1",
    "cpu": {"brand_raw": "Some CPU", "vendor_id_raw": "GenuineIntel", "count": 2},
}  # fmt: skip
CSV = (
    "name,param:n,param:kind,min,max,mean,stddev,median,iqr,outliers,ops,rounds,iterations\n"
    "tests/test_x.py::test_a,8,,1e-06,4e-06,2.5e-06,1.2e-06,2.4e-06,2e-06,2;0,400000.0,4,100\n"
)


def document(content):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Document(path="x", file=Path("x"), head=raw[:4096], raw=raw)


def session(*entries, **more):
    return {
        "machine_info": MACHINE,
        "commit_info": {"id": "abc"},
        "benchmarks": list(entries),
        "version": "5.3.1",
    } | more


def read(content):
    found = document(content)
    (importer,) = [importer for importer in IMPORTERS if importer.recognises(found)]
    return list(importer.read(found))


def one(**more):
    (found,) = read(session(ENTRY | more))
    return found


def test_seconds_become_ms_and_the_rest_is_stored_as_our_own_capture_stores_it():
    (found,) = read(session(ENTRY, datetime="2026-11-22T12:00:54.339981+01:00"))
    assert found.kind is Performance
    assert found.columns == {
        "test_case": "tests/test_x.py::test_a[8]", "mode": "benchmark", "params": {"n": 8}, "rounds": 4,
        "iterations": 100, "total_time_seconds": 1e-5 * 100, "average_latency_ms": 2.5e-6 * 1e3,
        "latency_min_ms": 1e-6 * 1e3, "latency_p50_ms": 2.4e-6 * 1e3, "latency_max_ms": 4e-6 * 1e3,
        "latency_std_ms": 1.2e-6 * 1e3, "throughput_items_per_second": 400_000.0,
    }  # fmt: skip
    told = {name: ENTRY[name] for name in ("group", "name", "param", "extra_info", "options")}
    assert found.extra == {"pytest_benchmark": {"stats": STATS, **told}}
    assert found.time == Moment("2026-11-22 11:00:54.339981", "utc")
    assert found.place == "/benchmarks/0"


def test_the_machine_is_a_cpu_and_what_else_the_file_says_is_context():
    found = one()
    assert (found.hardware, found.device) == ("cpu", "Some CPU")
    assert found.hardware_details == {"vendor": "GenuineIntel", "platform": "Linux", "compute_units": 2}
    assert found.context == {"machine_info": MACHINE, "commit_info": {"id": "abc"}, "version": "5.3.1"}
    assert (found.model, found.simulated) == (None, None)


def test_an_old_machine_has_no_name_and_none_at_all_no_hardware():
    (found,) = read(session(ENTRY, machine_info={"system": "Linux", "processor": "x86_64"}))
    assert (found.hardware, found.device) == ("cpu", None)
    (found,) = read({"benchmarks": [ENTRY]})
    assert (found.hardware, found.device, found.hardware_details) == (None, None, {})


def test_the_format_of_2015_had_no_parameters_and_no_totals():
    old = {name: STATS[name] for name in ("min", "max", "mean", "stddev", "median", "rounds", "iterations")}
    entry = {"fullname": "t.py::a", "name": "a", "group": None, "options": {}, "stats": old}
    (found,) = read(session(entry, version="2.5.0", datetime="2015-08-11T02:23:50.661428"))
    assert "params" not in found.columns
    assert "total_time_seconds" not in found.columns
    assert "throughput_items_per_second" not in found.columns
    assert found.time == Moment("2015-08-11 02:23:50.661428", "naive")
    assert found.extra == {"pytest_benchmark": {"stats": old, "name": "a", "group": None, "options": {}}}


def test_raw_data_are_the_samples_and_give_percentiles():
    data = [number * 1e-6 for number in range(1, 21)]
    found = one(stats=STATS | {"rounds": 20, "data": data})
    assert found.columns["samples_ms"] == [seconds * 1e3 for seconds in data]
    assert found.columns["latency_p10_ms"] == pytest.approx(0.0029)
    assert found.columns["latency_p95_ms"] == pytest.approx(0.01905)
    assert "latency_p99_ms" not in found.columns
    assert "data" not in found.extra["pytest_benchmark"]["stats"]


def test_data_that_are_not_all_there_give_no_percentiles():
    found = one(stats=STATS | {"rounds": 500, "data": [1e-6] * 10})
    assert len(found.columns["samples_ms"]) == 10
    assert "latency_p10_ms" not in found.columns
    assert found.flags == ("data: 10 samples of 500 rounds",)


def test_data_that_are_no_numbers_stay_as_they_are():
    found = one(stats=STATS | {"data": [1e-6, "... omitted"]})
    assert "samples_ms" not in found.columns
    assert found.extra["pytest_benchmark"]["stats"]["data"] == [1e-6, "... omitted"]
    assert found.flags == ("data: not every entry is a sample; kept as it is",)


def test_one_round_has_no_deviation_and_a_mean_of_zero_no_throughput():
    found = one(stats=STATS | {"rounds": 1, "stddev": 0, "ops": 0})
    assert "latency_std_ms" not in found.columns
    assert "throughput_items_per_second" not in found.columns
    assert found.extra["pytest_benchmark"]["stats"]["stddev"] == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "fast", True, -1.0, None, [1]])
def test_a_statistic_that_is_no_number_is_left_out_and_kept(value):
    found = one(stats=STATS | {"mean": value})
    assert "average_latency_ms" not in found.columns
    assert repr(found.extra["pytest_benchmark"]["stats"]["mean"]) == repr(value)
    assert bool(found.flags) == (value is not None)


def test_parameters_that_are_no_mapping_are_kept_beside_the_rest():
    found = one(params=[1, 2])
    assert "params" not in found.columns
    assert found.extra["pytest_benchmark"]["params"] == [1, 2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (session({"stats": STATS}), r"the benchmark has no name \(/benchmarks/0\)"),
        (session(ENTRY | {"stats": None}), r"the benchmark 'tests/test_x.py::test_a\[8\]' has no stats"),
        (session(ENTRY, 3), r"the entry is no object \(/benchmarks/1\)"),
    ],
)
def test_a_broken_entry_rejects_the_file(content, reason):
    with pytest.raises(Rejected, match=reason):
        read(content)


def test_a_session_without_a_benchmark_is_no_result():
    with pytest.raises(NotResults, match="no benchmark was run"):
        read(session())


@pytest.mark.parametrize(
    "content",
    [{}, [], {"benchmarks": {}}, {"benchmarks": []}, {"benchmarks": [{"name": "BM"}], "context": {}}, b"text"],
)
def test_other_documents_are_not_taken(content):
    assert not any(importer.recognises(document(content)) for importer in IMPORTERS)


def test_the_table_of_a_comparison_holds_the_same_numbers_without_a_time():
    (found,) = read(CSV.encode())
    assert found.columns["test_case"] == "tests/test_x.py::test_a"
    assert found.columns["params"] == {"n": "8"}
    assert found.columns["average_latency_ms"] == 2.5e-6 * 1e3
    assert found.columns["throughput_items_per_second"] == 400_000.0
    assert found.extra["pytest_benchmark"]["stats"]["outliers"] == "2;0"
    assert (found.time, found.hardware, found.place) == (None, None, "line 2")


def test_a_table_without_a_row_is_no_result():
    with pytest.raises(NotResults, match="a table without a row"):
        read(CSV.splitlines()[0].encode())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FORMATS))[-60:])
def test_every_real_file_gives_its_own_numbers(path):
    source = json.loads(path.read_text())
    findings = read(path.read_bytes())
    assert len(findings) == len(source["benchmarks"])
    for found, entry in zip(findings, source["benchmarks"], strict=True):
        stats = entry["stats"]
        assert found.columns["test_case"] == entry["fullname"]
        assert found.columns["average_latency_ms"] == stats["mean"] * 1000
        assert found.columns["latency_p50_ms"] == stats["median"] * 1000
        assert found.columns["latency_std_ms"] == stats["stddev"] * 1000
        assert found.columns["rounds"] == stats["rounds"]
        assert found.columns["iterations"] == stats["iterations"]
        assert found.columns.get("throughput_items_per_second") == stats.get("ops")
        assert found.columns.get("params") == (entry.get("params") or None)
        assert found.extra["pytest_benchmark"].get("extra_info") == entry.get("extra_info")
        assert found.hardware == "cpu"
        assert found.time is not None
        samples = found.columns.get("samples_ms")
        if samples:
            assert statistics.fmean(samples) == pytest.approx(stats["mean"] * 1000)
