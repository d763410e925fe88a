"""`go test -bench`."""

import re
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers import go
from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.records import Outcome, Performance

DATA = Path(__file__).parents[1] / "data" / "formats"
SHARED = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = [
    *DATA.glob("go-test/*.txt"),
    *SHARED.glob("bencher-tool-output/go/*/*.txt"),
    *SHARED.glob("github-action-benchmark-extract/go_*.txt"),
]
(GO,) = go.IMPORTERS
HEAD = "goos: linux\ngoarch: amd64\npkg: example.org/cache\ncpu: AMD EPYC 7763 64-Core Processor\n"


def document(text):
    raw = text.encode()
    return Document("bench.txt", Path("bench.txt"), raw[:4096], raw)


def read(text):
    found = document(text)
    assert GO.recognises(found)
    return list(GO.read(found))


def refused(text):
    with pytest.raises((Rejected, NotResults)) as error:
        read(text)
    return type(error.value), str(error.value)


def test_a_result_with_units_of_its_own():
    (result,) = read(
        f"{HEAD}BenchmarkAppend/size=4-8   \t 21228057\t  55.76 ns/op\t2833.37 MB/s\t 3.5 hits/op\t 0 B/op\t -1 x\nPASS\n"
    )
    assert result.kind is Performance
    assert result.place == "line 5"
    assert result.columns == {
        "test_case": "example.org/cache.BenchmarkAppend/size=4",
        "mode": "benchmark",
        "threads": 8,
        "iterations": 21228057,
        "average_latency_ms": 5.576e-05,
    }
    assert result.extra == {"MB/s": 2833.37, "hits/op": 3.5, "B/op": 0.0, "x": -1.0}
    assert (result.hardware, result.device) == ("cpu", "AMD EPYC 7763 64-Core Processor")
    assert result.context == {
        "goos": "linux", "goarch": "amd64", "pkg": "example.org/cache", "cpu": "AMD EPYC 7763 64-Core Processor",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "case", "threads"),
    [
        ("BenchmarkFib10-8", "BenchmarkFib10", 8),
        ("BenchmarkFib20", "BenchmarkFib20", None),
        ("BenchmarkFib/table_-_20", "BenchmarkFib/table_-_20", None),
        ("BenchmarkFib/a,b=1-16", "BenchmarkFib/a,b=1", 16),
        ("Benchmark", "Benchmark", None),
    ],
)
def test_the_number_of_processors_is_no_part_of_the_name(name, case, threads):
    (result,) = read(f"{name}\t\t5000\t\t325 ns/op\n")
    assert (result.columns["test_case"], result.columns.get("threads")) == (case, threads)
    assert (result.hardware, result.context) == (None, {})


def test_a_head_ends_with_its_package():
    line = "BenchmarkA 10 5 ns/op\n"
    first, second = read(f"{HEAD}{line}PASS\nok  \texample.org/cache\t2.649s\n{line}")
    assert (first.columns["test_case"], second.columns["test_case"]) == ("example.org/cache.BenchmarkA", "BenchmarkA")


def test_repetitions_are_numbered():
    found = read("BenchmarkA 10 5 ns/op\nBenchmarkA 10 6 ns/op\nBenchmarkA 10 5 ns/op\n")
    assert [one.nth for one in found] == [0, 0, 1]


def test_what_is_no_finite_number_stays_as_it_is_written():
    (result,) = read(f"{HEAD}BenchmarkA 10 NaN ns/op +Inf MB/s\n")
    assert "average_latency_ms" not in result.columns
    assert result.extra == {"ns/op": "NaN", "MB/s": "+Inf"}


def test_failures_are_outcomes():
    fail, skip, passed, measured, panic = read(
        f"{HEAD}BenchmarkBad-8   \t--- FAIL: BenchmarkBad-8\n    bad_test.go:9: database is locked\n    twice\n"
        "--- SKIP: BenchmarkWeb\n    web_test.go:3: no network\n--- PASS: TestA (0.25s)\n"
        "BenchmarkA-8 10 5 ns/op\nBenchmarkPanic-8   \tpanic: boom\n\ngoroutine 1 [running]:\n"
        "exit status 2\nFAIL\texample.org/cache\t0.012s\nFAIL\n"
    )
    assert fail.kind is Outcome
    assert fail.columns == {
        "node_id": "example.org/cache.BenchmarkBad",
        "test_module": "example.org/cache",
        "test_name": "BenchmarkBad",
        "status": "fail",
        "error_message": "bad_test.go:9: database is locked\ntwice",
    }
    assert (skip.columns["status"], skip.columns["error_message"]) == ("skip", "web_test.go:3: no network")
    assert (passed.columns["status"], passed.columns["execution_time_seconds"]) == ("pass", 0.25)
    assert measured.kind is Performance
    assert (panic.columns["test_name"], panic.columns["error_message"]) == ("BenchmarkPanic", "panic: boom")


def test_a_package_that_failed_by_itself_is_an_error():
    built, paniced = read(
        "goos: linux\nFAIL\texample.org/a [build failed]\nok  \texample.org/b\t(cached)\n"
        "panic: in init\nFAIL\texample.org/c\t0.5s\n"
    )
    assert built.columns == {
        "node_id": "example.org/a", "test_name": "example.org/a", "status": "error", "error_message": "build failed",
    }  # fmt: skip
    assert (paniced.columns["execution_time_seconds"], paniced.columns["error_message"]) == (0.5, "panic: in init")


def test_a_name_alone_is_no_result():
    assert len(read("BenchmarkA\nBenchmarkA-8 10 5 ns/op\nBenchmarkings of 10 things\n")) == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("BenchmarkB-8   30000", "the result is cut off: 'BenchmarkB-8   30000' (line 2)"),
        ("BenchmarkB-8   30000   405", "the result is cut off: 'BenchmarkB-8   30000   405' (line 2)"),
        ("BenchmarkB 30000 405 ns/op 7", "a value of BenchmarkB has no unit: '7' (line 2)"),
        ("BenchmarkB 30000 405 ns/op x B/op", "the value before 'B/op' is no number: 'x' (line 2)"),
    ],
)
def test_a_result_that_is_cut_off_is_rejected(line, message):
    assert refused(f"BenchmarkA 10 5 ns/op\n{line}\n") == (Rejected, message)


def test_no_benchmark_ran():
    assert refused("goos: linux\nPASS\nok  \texample.org/a\t0.1s\n") == (NotResults, "it ran no benchmark")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_numbers_of_real_files(path):
    found = read(path.read_text())
    expected, package = [], ""
    for line in path.read_text().splitlines():
        package = line[5:] + "." if line.startswith("pkg: ") else "" if line.startswith("ok") else package
        if line.startswith("Benchmark"):
            name, count, *pairs = line.split()
            case = package + re.sub(r"-\d+$", "", name)
            expected.append((case, int(count), dict(zip(pairs[1::2], map(float, pairs[::2]), strict=True))))
    ours = [
        (
            one.columns["test_case"],
            one.columns["iterations"],
            {"ns/op": pytest.approx(one.columns["average_latency_ms"] * 1e6, rel=1e-12), **one.extra},
        )
        for one in found
    ]
    assert ours == expected
    assert found
