"""Vitest, Benchmark.js, console.time."""

import json
import re
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers import javascript
from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.records import Outcome

DATA = Path(__file__).parents[1] / "data" / "formats"
SHARED = Path(__file__).parents[2].parent / "shared" / "formats"
BENCHER = SHARED / "bencher-tool-output" / "js"
VITEST, BENCHMARK_JS, CONSOLE_TIME = javascript.IMPORTERS


def document(text):
    raw = text.encode()
    return Document("out", Path("out"), raw[:4096], raw)


def read(text, expected):
    found = document(text)
    assert [one for one in javascript.IMPORTERS if one.recognises(found)] == [expected]
    return list(expected.read(found))


# Vitest


def vitest(*benchmarks, **group):
    groups = [{"fullName": "fib.bench.ts > fibonacci", "benchmarks": list(benchmarks)} | group]
    return read(json.dumps({"files": [{"filepath": "/src/fib.bench.ts", "groups": groups}]}), VITEST)


def test_a_benchmark_of_vitest():
    (result,) = vitest({
        "id": "f_0", "name": "fib(10)", "rank": 1, "sampleCount": 2, "totalTime": 521.4, "min": 0.8, "max": 1.5,
        "hz": 1000.0, "samples": [0.8, 1.5], "mean": 1.0, "sd": 0.25, "p75": 1.05, "p99": 1.4, "median": 0.75,
    })  # fmt: skip
    assert result.place == "/files/0/groups/0/benchmarks/0"
    assert result.columns == {
        "test_case": "fib.bench.ts > fibonacci > fib(10)",
        "mode": "benchmark",
        "rounds": 2,
        "total_time_seconds": 0.5214,
        "average_latency_ms": 1.0,
        "latency_min_ms": 0.8,
        "latency_p50_ms": 0.75,
        "latency_p99_ms": 1.4,
        "latency_max_ms": 1.5,
        "latency_std_ms": 0.25,
        "samples_ms": [0.8, 1.5],
        "throughput_items_per_second": 1000.0,
    }
    assert result.extra == {
        "filepath": "/src/fib.bench.ts", "group": "fib.bench.ts > fibonacci", "id": "f_0", "rank": 1, "p75": 1.05,
    }  # fmt: skip


def test_a_benchmark_without_figures_has_an_unknown_outcome():
    (result,) = vitest({"id": "f_0", "name": "broken", "samples": []})
    assert result.kind is Outcome
    assert result.columns == {
        "node_id": "fib.bench.ts > fibonacci > broken",
        "test_name": "broken",
        "status": "unknown",
        "error_message": "no figures are stated",
    }


@pytest.mark.parametrize(
    ("benchmarks", "kind", "message"),
    [
        ([], NotResults, "its groups hold no benchmark"),
        ([{"mean": 1}], Rejected, "a benchmark has no name (/files/0/groups/0/benchmarks/0)"),
        (["x"], Rejected, "the entry is no object (/files/0/groups/0/benchmarks/0)"),
    ],
)
def test_what_is_refused(benchmarks, kind, message):
    with pytest.raises(kind) as error:
        vitest(*benchmarks)
    assert str(error.value) == message


@pytest.mark.parametrize("path", [*DATA.glob("vitest/*"), *BENCHER.glob("vitest/*")], ids=lambda path: path.stem)
def test_numbers_of_vitest(path):
    found = read(path.read_text(), VITEST)
    rows = [
        row for file in json.loads(path.read_text())["files"] for group in file["groups"] for row in group["benchmarks"]
    ]
    names = {"mean": "average_latency_ms", "min": "latency_min_ms", "max": "latency_max_ms", "median": "latency_p50_ms",
             "p99": "latency_p99_ms", "sd": "latency_std_ms", "hz": "throughput_items_per_second",
             "sampleCount": "rounds"}  # fmt: skip
    for one, row in zip(found, rows, strict=True):
        assert {name: one.columns[column] for name, column in names.items()} == {name: row[name] for name in names}
        left = {name: value for name, value in row.items() if name not in (*names, "name", "totalTime") and value != []}
        assert {name: one.extra[name] for name in left if name != "samples"} == left
        assert one.columns["total_time_seconds"] == pytest.approx(row["totalTime"] / 1e3)


# Benchmark.js


def test_a_rate_of_benchmark_js():
    text = "fib x 20 x 1,431.5 ops/sec ±0.74% (93 runs sampled)\nthis x line is talk\nFastest is fib x 20\n"
    (result,) = read(text, BENCHMARK_JS)
    assert result.columns == {
        "test_case": "fib x 20", "mode": "benchmark", "rounds": 93, "throughput_items_per_second": 1431.5,
    }  # fmt: skip
    assert result.extra == {"rme": 0.74}


@pytest.mark.parametrize(
    "path",
    [
        *DATA.glob("benchmark.js/*"),
        *BENCHER.glob("benchmark/*"),
        *SHARED.glob("github-action-benchmark-extract/benchmarkjs*"),
    ],
    ids=lambda path: path.stem,
)
def test_numbers_of_benchmark_js(path):
    stated = re.findall(r"^(.+) x ([\d,.]+) ops/sec ±([\d.]+)% \((\d+) runs", path.read_text(), re.MULTILINE)
    assert [
        (one.columns["test_case"], one.columns["throughput_items_per_second"], one.extra["rme"], one.columns["rounds"])
        for one in read(path.read_text(), BENCHMARK_JS)
    ] == [(name, float(rate.replace(",", "")), float(rme), int(runs)) for name, rate, rme, runs in stated]
    assert stated


# console.time


@pytest.mark.parametrize(
    ("line", "name", "ms"),
    [
        ("default: 7617ms", "default", 7617.0),
        ("a: b: 12.5ms", "a: b", 12.5),
        ("load: 1.250s", "load", 1250.0),
        ("train: 1:02.345 (m:ss.mmm)", "train", 62345.0),
        ("train: 1:01:02.5 (h:mm:ss.mmm)", "train", 3_662_500.0),
    ],
)
def test_forms_of_a_timer(line, name, ms):
    (result,) = read(f"\n{line}\n", CONSOLE_TIME)
    assert result.columns == {"test_case": name, "mode": "benchmark", "average_latency_ms": pytest.approx(ms)}


def test_other_lines_may_stand_beside_timers_that_say_they_ended():
    text = "Server is up\na: 5ms - timer ended\nload: done\n"
    assert [one.columns["test_case"] for one in read(text, CONSOLE_TIME)] == ["a"]


@pytest.mark.parametrize("text", ["GET /: 12ms\nready\n", "Total: 5s\n", "time: 12:30\n", "a: 5 - timer ended\n"])
def test_logs_are_no_timers(text):
    assert not CONSOLE_TIME.recognises(document(text))


@pytest.mark.parametrize("path", [*DATA.glob("console.time/*"), *BENCHER.glob("time/*")], ids=lambda path: path.stem)
def test_numbers_of_console_time(path):
    stated = re.findall(r"^(.+): (\d+)ms - timer ended$", path.read_text(), re.MULTILINE)
    found = read(path.read_text(), CONSOLE_TIME)
    assert [(one.columns["test_case"], one.columns["average_latency_ms"]) for one in found] == [
        (name, float(ms)) for name, ms in stated
    ]
    assert found
