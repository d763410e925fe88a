"""hyperfine: the time of every run, in ms, and what the file states wins over what its runs give."""

import json
import math
import statistics
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.hyperfine import IMPORTERS
from pytest_ipfs_bench.records import Performance

FORMATS = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = sorted((FORMATS / "bencher-tool-output/shell/hyperfine").glob("*.json"))
RESULT = {
    "command": "sleep 0.01", "mean": 0.012, "stddev": 0.001, "median": 0.0125, "user": 0.0003, "system": 0.0006,
    "min": 0.01, "max": 0.013, "times": [0.01, 0.0125, 0.013], "exit_codes": [0, 0, 0],
}  # fmt: skip
HEADER = "command,mean,stddev,median,user,system,min,max"


def document(content):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Document(path="x", file=Path("x"), head=raw[:4096], raw=raw)


def read(content):
    found = document(content)
    (importer,) = [importer for importer in IMPORTERS if importer.recognises(found)]
    return list(importer.read(found))


def test_a_command_is_a_result_in_ms():
    (found,) = read({"results": [RESULT]})
    assert found.kind is Performance
    assert found.columns == {
        "test_case": "sleep 0.01", "mode": "benchmark", "rounds": 3, "average_latency_ms": 12.0, "latency_min_ms": 10.0,
        "latency_p50_ms": 12.5, "latency_max_ms": 13.0, "latency_std_ms": 1.0, "samples_ms": [10.0, 12.5, 13.0],
        "total_time_seconds": math.fsum(RESULT["times"]),
    }  # fmt: skip
    assert found.extra == {"user": 0.0003, "system": 0.0006, "exit_codes": [0, 0, 0]}
    assert (found.hardware, found.time, found.place) == (None, None, "/results/0")


def test_percentiles_come_from_enough_runs():
    (found,) = read({"results": [RESULT | {"times": [number / 1000 for number in range(1, 12)]}]})
    assert found.columns["latency_p90_ms"] == pytest.approx(10.0)
    assert "latency_p95_ms" not in found.columns


def test_parameters_are_kept_apart_and_memory_is_the_largest_of_all_runs():
    (found,) = read({"results": [RESULT | {"parameters": {"n": "4"}, "memory_usage_byte": [1_000_000, 3_000_000]}]})
    assert found.columns["params"] == {"n": "4"}
    assert found.columns["memory_peak_mb"] == 3.0
    assert found.extra["memory_usage_byte"] == [1_000_000, 3_000_000]


def test_a_single_run_has_no_deviation():
    (found,) = read({"results": [RESULT | {"times": [0.01], "stddev": None}]})
    assert found.columns["rounds"] == 1
    assert "latency_std_ms" not in found.columns


def test_times_that_are_no_numbers_are_kept_as_they_are():
    (found,) = read({"results": [RESULT | {"times": [0.01, None]}]})
    assert found.extra["times"] == [0.01, None]
    assert found.columns["average_latency_ms"] == 12.0
    assert found.flags == ("times: not every entry is a number; kept as it is",)


def test_a_command_that_was_measured_twice_with_the_same_numbers_is_two_results():
    assert [found.nth for found in read({"results": [RESULT, RESULT]})] == [0, 1]


def test_the_table_gives_the_same_without_runs():
    (found,) = read(f"{HEADER},parameter_n\nsleep 0.01,0.012,0.001,0.0125,0.0003,0.0006,0.01,0.013,4\n".encode())
    assert found.columns["params"] == {"n": "4"}
    assert found.columns["average_latency_ms"] == 12.0
    assert found.extra == {"user": "0.0003", "system": "0.0006"}
    assert found.place == "line 2"


@pytest.mark.parametrize(
    ("content", "error", "reason"),
    [
        ({"results": [RESULT | {"command": ""}]}, Rejected, r"the result has no command \(/results/0\)"),
        ({"results": [RESULT, 1]}, Rejected, r"the entry is no object \(/results/1\)"),
        (HEADER.encode(), NotResults, "a table without a row"),
    ],
)
def test_what_is_no_result_says_why(content, error, reason):
    with pytest.raises(error, match=reason):
        read(content)


@pytest.mark.parametrize(
    "content", [{}, {"results": []}, {"results": {}}, {"results": [{"name": "a"}]}, [], b"command,x\n1,2"]
)
def test_other_documents_are_not_taken(content):
    assert not any(importer.recognises(document(content)) for importer in IMPORTERS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_real_file_gives_its_own_numbers(path):
    source = json.loads(path.read_text())["results"]
    for found, result in zip(read(path.read_bytes()), source, strict=True):
        assert found.columns["test_case"] == result["command"]
        assert found.columns["average_latency_ms"] == result["mean"] * 1000
        assert found.columns["latency_std_ms"] == result["stddev"] * 1000
        assert statistics.fmean(found.columns["samples_ms"]) == pytest.approx(result["mean"] * 1000)
        assert found.columns["rounds"] == len(result["times"])
        assert found.extra["user"] == result["user"]
