"""BenchmarkDotNet's JSON."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers import dotnet
from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Outcome, Performance

DATA = Path(__file__).parents[1] / "data" / "formats"
SHARED = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = [*DATA.glob("benchmark-dotnet/*.json"), *SHARED.glob("bencher-tool-output/c_sharp/*/*.json")]
(DOTNET,) = dotnet.IMPORTERS
STATISTICS = {
    "OriginalValues": [100, 300], "N": 2, "Min": 100.0, "Median": 200.0, "Mean": 200.0, "Max": 300.0,
    "StandardDeviation": 141.4, "Skewness": "NaN", "Percentiles": {"P0": 100.0, "P90": 280.0, "P95": 290.0},
}  # fmt: skip
ROW = {"FullName": "Our.Lists.Add(N: 10)", "Method": "Add", "Parameters": "N=10", "Statistics": STATISTICS,
       "Memory": {"BytesAllocatedPerOperation": 368}}  # fmt: skip
HOST = {"ProcessorName": "AMD Ryzen 7 5800X", "LogicalCoreCount": 16, "RuntimeVersion": ".NET 10.0.4"}


def document(value):
    raw = json.dumps(value).encode()
    return Document("report.json", Path("report.json"), raw[:4096], raw)


def read(*rows, title="Our.Lists-20260315-231008", host=HOST):
    found = document({"Title": title, "HostEnvironmentInfo": host, "Benchmarks": list(rows)})
    assert DOTNET.recognises(found)
    return list(DOTNET.read(found))


def test_a_benchmark_with_its_statistics():
    (result,) = read(ROW)
    assert result.kind is Performance
    assert result.place == "/Benchmarks/0"
    assert result.columns == {
        "test_case": "Our.Lists.Add(N: 10)",
        "mode": "benchmark",
        "params": {"N": "10"},
        "rounds": 2,
        "average_latency_ms": 0.0002,
        "latency_min_ms": 0.0001,
        "latency_p50_ms": 0.0002,
        "latency_p90_ms": 0.00028,
        "latency_p95_ms": 0.00029,
        "latency_max_ms": 0.0003,
        "latency_std_ms": 0.0001414,
        "samples_ms": [0.0001, 0.0003],
    }
    assert result.extra["Memory"] == {"BytesAllocatedPerOperation": 368}
    assert result.extra["Statistics"] == {"Skewness": "NaN", "Percentiles": {"P0": 100.0}}
    assert (result.hardware, result.device, result.hardware_details) == (
        "cpu", "AMD Ryzen 7 5800X", {"compute_units": 16},
    )  # fmt: skip
    assert result.time == Moment("2026-03-15 23:10:08.000000", "naive")
    assert result.context == {"Title": "Our.Lists-20260315-231008", "HostEnvironmentInfo": HOST}


def test_old_reports_state_a_name_in_parts_and_wrap_the_processor():
    row = {
        "Namespace": "Our",
        "Type": "Lists",
        "Method": "Add",
        "Parameters": "N=1&Kind=b",
        "Statistics": {"Mean": 5e6},
    }
    (result,) = read(row, title="Lists", host={"ProcessorName": {"Value": "i7"}, "ProcessorCount": 8})
    assert result.columns == {
        "test_case": "Our.Lists.Add(N=1&Kind=b)",
        "mode": "benchmark",
        "params": {"N": "1", "Kind": "b"},
        "average_latency_ms": 5.0,
    }
    assert (result.device, result.hardware_details, result.time) == ("i7", {"compute_units": 8}, None)


def test_a_benchmark_without_statistics_failed():
    (result,) = read({**ROW, "Statistics": None})
    assert result.kind is Outcome
    assert result.columns == {
        "node_id": "Our.Lists.Add(N: 10)",
        "test_name": "Add",
        "status": "fail",
        "error_message": "no statistics are stated: it was not measured",
    }


def test_a_number_that_is_none_is_flagged_and_kept():
    (result,) = read({**ROW, "Statistics": {**STATISTICS, "Mean": "x", "OriginalValues": [1, None]}})
    assert not {"average_latency_ms", "samples_ms"} & result.columns.keys()
    assert result.extra["Statistics"]["OriginalValues"] == [1, None]
    assert result.flags == ("Mean: 'x' is no number",)


def test_equal_benchmarks_are_numbered():
    assert [one.nth for one in read(ROW, ROW)] == [0, 1]


@pytest.mark.parametrize(
    ("rows", "kind", "message"),
    [
        ([], NotResults, "it holds no benchmark"),
        ([7], Rejected, "the entry is no object (/Benchmarks/0)"),
        ([{"Statistics": {}}], Rejected, "a benchmark has no name (/Benchmarks/0)"),
    ],
)
def test_what_is_refused(rows, kind, message):
    with pytest.raises(kind) as error:
        read(*rows)
    assert str(error.value) == message


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_numbers_of_real_files(path):
    raw = path.read_bytes()
    found = Document(path.name, path, raw[:4096], raw)
    assert DOTNET.recognises(found)
    rows = json.loads(raw)["Benchmarks"]
    for one, row in zip(DOTNET.read(found), rows, strict=True):
        stated = row["Statistics"]
        assert one.columns["test_case"] == f"{row['Namespace']}.{row['Type']}.{row['Method']}"
        for name, column in [("Mean", "average"), ("Min", "latency_min"), ("Max", "latency_max"), ("Median", "latency_p50"),
                             ("StandardDeviation", "latency_std")]:  # fmt: skip
            key = f"{column}_ms" if column != "average" else "average_latency_ms"
            assert one.columns[key] == pytest.approx(stated[name] / 1e6, rel=1e-12)
        assert one.columns["latency_p95_ms"] == pytest.approx(stated["Percentiles"]["P95"] / 1e6, rel=1e-12)
        assert one.columns["rounds"] == stated["N"]
        samples = [value / 1e6 for value in stated.get("OriginalValues", [])]
        assert one.columns.get("samples_ms", []) == pytest.approx(samples, rel=1e-12)
        assert one.extra.get("Measurements") == row.get("Measurements")
        assert one.extra.get("Memory") == row.get("Memory")
