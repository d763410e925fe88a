"""github-action-benchmark: a value goes to a column only where its unit says what it is."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.github_action import IMPORTERS
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Performance

FORMATS = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = sorted((FORMATS / "github-action-benchmark-extract").glob("custom*.json"))
BENCH = {"name": "fib 10", "value": 135, "range": "± 24", "unit": "ns/iter", "extra": "1 thread"}
COMMIT = {"id": "abc", "message": "faster", "timestamp": "2026-01-01T00:00:00Z"}
RUN = {"commit": COMMIT, "date": 1_767_225_600_000, "tool": "cargo", "benches": [BENCH]}


def document(content):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Document(path="x", file=Path("x"), head=raw[:4096], raw=raw)


def history(*runs, suite="Rust"):
    return {"lastUpdate": 1, "repoUrl": "https://example.org/r", "entries": {suite: list(runs)}}


def script(content):
    return f"window.BENCHMARK_DATA = {json.dumps(content, indent=2)};\n".encode()


def read(content):
    found = document(content)
    (importer,) = [importer for importer in IMPORTERS if importer.recognises(found)]
    return list(importer.read(found))


@pytest.mark.parametrize("written", [script, lambda content: content, lambda content: script(content)[:-2]])
def test_every_benchmark_of_every_commit_is_a_result(written):
    (found,) = read(written(history(RUN)))
    assert found.kind is Performance
    assert found.columns == {"test_case": "fib 10", "mode": "benchmark", "average_latency_ms": 0.000135}
    assert found.extra == {
        "suite": "Rust", "tool": "cargo", "range": "± 24", "unit": "ns/iter", "extra": "1 thread"
    }  # fmt: skip
    assert found.context == {"repoUrl": "https://example.org/r", "commit": COMMIT, "date": 1_767_225_600_000}
    assert found.time == Moment("2026-01-01 00:00:00.000000", "epoch")
    assert found.place == "/entries/Rust/0/benches/0"
    assert found.hardware is None


@pytest.mark.parametrize(
    ("unit", "ms"),
    [("ns", 0.0025), ("us/iter", 2.5), ("µs", 2.5), ("μs", 2.5), ("ms/op", 2500.0), ("s", 2_500_000.0),
     ("Milliseconds", 2500.0), ("usec", 2.5)],
)  # fmt: skip
def test_a_time_is_a_latency(unit, ms):
    (found,) = read([BENCH | {"unit": unit, "value": 2500}])
    assert found.columns["average_latency_ms"] == ms


@pytest.mark.parametrize("unit", ["iter/sec", "ops/sec", "op/s", "req/s", "tokens/s"])
def test_runs_in_a_second_are_throughput(unit):
    (found,) = read([BENCH | {"unit": unit, "value": 70}])
    assert found.columns == {"test_case": "fib 10", "mode": "benchmark", "throughput_items_per_second": 70.0}


@pytest.mark.parametrize("unit", ["Megabytes", "MB/s", "B/op", "allocs/op", "%", "", 3, None])
def test_any_other_value_stays_beside_its_unit(unit):
    (found,) = read([BENCH | {"unit": unit, "value": 150}])
    assert found.columns == {"test_case": "fib 10", "mode": "benchmark"}
    assert (found.extra["value"], found.extra["unit"]) == (150, unit)


def test_a_list_of_ones_own_has_no_time():
    (found,) = read([BENCH])
    assert (found.time, found.context, found.place) == (None, {}, "/0")
    assert found.extra == {"range": "± 24", "unit": "ns/iter", "extra": "1 thread"}


def test_a_benchmark_that_is_listed_twice_is_two_results():
    assert [found.nth for found in read([BENCH, BENCH])] == [0, 1]


def test_a_time_below_zero_is_none():
    (found,) = read([BENCH | {"value": -1}])
    assert found.columns == {"test_case": "fib 10", "mode": "benchmark"}
    assert found.extra["value"] == -1
    assert found.flags == ("value: -1 is no number of at least 0",)


@pytest.mark.parametrize(
    ("content", "error", "reason"),
    [
        (b"window.BENCHMARK_DATA = {", Rejected, "what is assigned to window.BENCHMARK_DATA is not JSON: Expecting"),
        (b"window.BENCHMARK_DATA = " + b"[" * 100_000, Rejected, "BENCHMARK_DATA is nested too deep"),
        (b"window.BENCHMARK_DATA = []", Rejected, r"the history has no entries \(/entries\)"),
        (history(), NotResults, "a history without a benchmark"),
        (
            history(RUN | {"benches": None}, suite="a/b~"),
            Rejected,
            r"the results are no list \(/entries/a~1b~0/0/benches\)",
        ),
        ([BENCH, BENCH | {"name": None}], Rejected, r"the benchmark has no name \(/1\)"),
        ([BENCH | {"value": "fast"}], Rejected, r"the value of 'fib 10' is no number \(/0/value\)"),
    ],
)
def test_what_is_no_result_says_why(content, error, reason):
    with pytest.raises(error, match=reason):
        read(content)


@pytest.mark.parametrize(
    "content", [{}, [], [1], [{"name": "a", "value": 1}], [BENCH | {"other": 1}], b"window.OTHER = {}", {"entries": {}}]
)
def test_other_documents_are_not_taken(content):
    assert not any(importer.recognises(document(content)) for importer in IMPORTERS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_real_file_gives_its_own_numbers(path):
    source = json.loads(path.read_text())
    for found, bench in zip(read(path.read_bytes()), source, strict=True):
        assert found.columns["test_case"] == bench["name"]
        value = {"ns": bench["value"] / 1_000_000}.get(bench["unit"])
        assert found.columns.get("average_latency_ms") == value
        throughput = bench["value"] if bench["unit"] == "req/s" else None
        assert found.columns.get("throughput_items_per_second") == throughput
        if value is None and throughput is None:
            assert found.extra["value"] == bench["value"]
        assert found.extra["unit"] == bench["unit"]
