"""Catch2's table of benchmarks."""

import re
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers import cpp
from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.records import Outcome

DATA = Path(__file__).parents[1] / "data" / "formats"
SHARED = Path(__file__).parents[2].parent / "shared" / "formats"
EXTRACT = SHARED / "github-action-benchmark-extract"
FILES = [
    *DATA.glob("catch2/*.txt"),
    *SHARED.glob("bencher-tool-output/cpp/catch2/*.txt"),
    *EXTRACT.glob("catch2*.txt"),
    *EXTRACT.glob("issue16_output.txt"),
]
(CATCH2,) = cpp.IMPORTERS
RULE = "-" * 79
HOST = "bench is a Catch2 v3.5.2 host application.\nRun with -? for options\n"
HEADING = f"{RULE}\nvectors\n  push back\n{RULE}\n/src/bench.cpp:5\n{'.' * 79}\n"
TITLE = f"""
benchmark name                       samples       iterations    est run time
                                     mean          low mean      high mean
                                     std dev       low std dev   high std dev
{RULE}
"""
ROW = """\
reserve                                        100           208     7.1968 ms
                                        344 ns     341 ns     349 ns
                                         19 ns         11 ns         29 ns

"""


def document(text):
    raw = text.encode()
    return Document("bench.txt", Path("bench.txt"), raw[:4096], raw)


def read(text):
    found = document(text)
    assert CATCH2.recognises(found)
    return list(CATCH2.read(found))


def refused(text):
    with pytest.raises((Rejected, NotResults)) as error:
        read(text)
    return type(error.value), str(error.value)


def test_a_benchmark_of_version_3():
    (result,) = read(f"{HOST}{HEADING}{TITLE}{ROW}{'=' * 79}\ntest cases: 1 | 1 passed\nassertions: - none -\n")
    assert result.place == "line 14"
    assert result.columns == {
        "test_case": "vectors/push back/reserve",
        "mode": "benchmark",
        "rounds": 100,
        "iterations": 208,
        "average_latency_ms": 0.000344,
        "latency_std_ms": 1.9e-05,
    }
    assert result.extra == {
        "est run time": "7.1968 ms",
        "low mean": "341 ns",
        "high mean": "349 ns",
        "low std dev": "11 ns",
        "high std dev": "29 ns",
        "location": "/src/bench.cpp:5",
    }
    assert result.context == {
        "executable": "bench", "catch": "v3.5.2", "test cases": "1 | 1 passed", "assertions": "- none -",
    }  # fmt: skip


def test_without_analysis_there_is_the_mean_alone():
    title = f"benchmark name        samples       iterations    mean\n{RULE}\n"
    (result,) = read(f"{title}reserve     100           208     7.5 us\n")
    assert result.columns["average_latency_ms"] == 0.0075
    assert result.columns["test_case"] == "reserve"
    assert result.extra == {}


def test_a_long_name_is_wrapped():
    (result,) = read(f"{TITLE}a name that is far too\nlong for its column\n{ROW}")
    assert result.columns["test_case"] == "a name that is far too long for its column reserve"


def test_a_benchmark_that_failed_is_an_outcome():
    failed, measured = read(f"{HEADING}{TITLE}broken        Benchmark failed (boom (twice))\n\n{ROW}")
    assert failed.kind is Outcome
    assert failed.columns == {
        "node_id": "vectors/push back/broken", "test_name": "broken", "status": "fail", "error_message": "boom (twice)",
    }  # fmt: skip
    assert failed.extra == {"location": "/src/bench.cpp:5"}
    assert measured.columns["test_case"] == "vectors/push back/reserve"


def test_figures_that_are_cut_off_are_rejected():
    first, second, _, _ = ROW.split("\n", 3)
    assert refused(f"{TITLE}{first}\n") == (Rejected, "the figures of 'reserve' are cut off (line 7)")
    assert refused(f"{TITLE}{first}\n{second}") == (Rejected, "the figures of 'reserve' are cut off (line 7)")


def test_an_empty_table():
    assert refused(TITLE) == (NotResults, "its table of benchmarks is empty")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_numbers_of_real_files(path):
    per_ms = {"ns": 1e6, "us": 1e3, "ms": 1}
    three = r"\s+([\d.]+) (\w+)\s+[\d.]+ \w+\s+[\d.]+ \w+\s*"
    stated = re.findall(
        rf"^(\S.*?) {{2,}}(\d+) +(\d+) +[\d.]+ \w+ *\n{three}\n{three}$", path.read_text(), re.MULTILINE
    )
    found = read(path.read_text())
    ours = [
        (
            one.columns["test_case"].rpartition("/")[2],
            *(one.columns[name] for name in ("rounds", "iterations", "average_latency_ms", "latency_std_ms")),
        )
        for one in found
    ]
    assert ours == [
        (name, int(samples), int(iterations), *(pytest.approx(float(value) / per_ms[unit]) for value, unit in rest))
        for name, samples, iterations, *four in stated
        for rest in [(four[:2], four[2:])]
    ]
    assert found
