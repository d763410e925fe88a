"""Dart's benchmark_harness, Ruby's Benchmark, the benchmarks of Luau."""

import re
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers import other_languages
from pytest_ipfs_bench.importers.contract import NotResults
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.records import Outcome

DATA = Path(__file__).parents[1] / "data" / "formats"
SHARED = Path(__file__).parents[2].parent / "shared" / "formats"
BENCHER = SHARED / "bencher-tool-output"
DART, RUBY, LUAU = other_languages.IMPORTERS


def document(text):
    raw = text.encode()
    return Document("out.txt", Path("out.txt"), raw[:4096], raw)


def read(text, expected):
    found = document(text)
    assert [one for one in other_languages.IMPORTERS if one.recognises(found)] == [expected]
    return list(expected.read(found))


# Dart


def test_a_run_time_of_dart():
    first, second = read("warming up\nTemplate(RunTime): 1.5 us.\nTemplate(RunTimeRaw): 2 us\n", DART)
    assert first.place == "line 2"
    assert first.columns == {"test_case": "Template", "mode": "benchmark", "average_latency_ms": 0.0015}
    assert (first.extra, second.extra) == ({"metric": "RunTime"}, {"metric": "RunTimeRaw"})


@pytest.mark.parametrize(
    "path", [*DATA.glob("dart-*/*"), *BENCHER.glob("dart/benchmark_harness/*")], ids=lambda path: path.stem
)
def test_numbers_of_dart(path):
    ((name, us),) = re.findall(r"(\w+)\(RunTime\): ([\d.]+) us", path.read_text())
    (result,) = read(path.read_text(), DART)
    assert (result.columns["test_case"], result.columns["average_latency_ms"]) == (name, float(us) / 1e3)


# Ruby

TITLE = "            user     system      total        real\n"


def test_a_row_of_ruby_counts_by_the_clock():
    named, plain = read(f"{TITLE}sort!:  1.490000   0.010000   1.500000 (  1.490520)\n  1.0 0.0 1.0 (2.0)\n", RUBY)
    assert named.columns == {"test_case": "sort!", "mode": "benchmark", "average_latency_ms": 1490.52}
    assert named.extra == {"user": 1.49, "system": 0.01, "total": 1.5}
    assert plain.columns["test_case"] == "Benchmark.measure"


def test_a_rehearsal_is_no_result_of_its_own():
    rehearsal = "Rehearsal ---------\nsort   1.0   0.0   1.0 (  1.25)\n---------------- total: 1.000000sec\n\n"
    text = f"{rehearsal}{TITLE}sort   0.9   0.0   0.9 (  0.95)\n"
    first, second = read(text + text, RUBY)
    assert first.columns["average_latency_ms"] == 950.0
    assert first.extra["rehearsal"] == {"user": 1.0, "system": 0.0, "total": 1.0, "real": 1.25}
    assert (second.columns, second.extra, second.nth) == (first.columns, first.extra, 1)


def test_a_table_without_rows():
    with pytest.raises(NotResults, match="its table has no row"):
        read(f"{TITLE}nothing ( here )\n1 2 3 (4)\n", RUBY)


@pytest.mark.parametrize(
    "path", [*DATA.glob("ruby-*/*"), *BENCHER.glob("ruby/benchmark/*")], ids=lambda path: path.stem
)
def test_numbers_of_ruby(path):
    stated = re.findall(r"^(\S+?):? +([\d.]+) +([\d.]+) +([\d.]+) \( *([\d.]+)\)$", path.read_text(), re.MULTILINE)
    assert [
        (one.columns["test_case"], *one.extra.values(), one.columns["average_latency_ms"])
        for one in read(path.read_text(), RUBY)
    ] == [(label, *map(float, times), float(real) * 1e3) for label, *times, real in stated]
    assert stated


# Luau


def test_a_line_of_luau_alone():
    (result,) = read("SUCCESS: base64      :   15.041ms +/-  0.636% on luau\n", LUAU)
    assert result.columns == {"test_case": "base64", "mode": "benchmark", "average_latency_ms": 15.041}
    assert result.extra == {"+/-": "0.636%", "Driver": "luau"}


def test_a_comparison_of_two_drivers_with_its_table():
    old, new, failed = read(
        "SUCCESS: chess    :   69.560ms +/-  0.212% on luau -O1\n"
        "\x1b[32mSUCCESS\x1b[0m: chess    :   60.0ms +/-  0.2% on luau ( +15.933%, likely better)\n"
        "FAILED:  'life' on '/bin/luau'\n"
        "Test   | Min       | Average   | StdDev%  | Driver   | Speedup  | Significance  | P(T<=t)\n"
        "-------+-----------+-----------+----------+----------+----------+---------------+--------\n"
        "chess  | 69.106ms  | 69.560ms  | 0.212%   | luau -O1 |          |               |\n"
        "chess  | 59.1ms    | 60.000ms  | 0.200%   | luau     | 15.933%  | likely better | 3%\n"
        "Total  | 69.106ms  | 69.560ms  | ---      | luau -O1 |          |               |\n",
        LUAU,
    )
    assert (old.columns["latency_min_ms"], new.columns["latency_min_ms"]) == (69.106, 59.1)
    assert new.extra == {
        "+/-": "0.2%", "Driver": "luau", "Speedup": "15.933%", "Significance": "likely better", "StdDev%": "0.200%",
        "P(T<=t)": "3%",
    }  # fmt: skip
    assert failed.kind is Outcome
    assert failed.columns == {"node_id": "life", "test_name": "life", "status": "fail"}
    assert [row["Min"] for row in new.context["Total"]] == ["69.106ms"]


@pytest.mark.parametrize(
    "path",
    [*DATA.glob("benchmark-luau/*"), *SHARED.glob("github-action-benchmark-extract/benchmarkluau*")],
    ids=lambda path: path.stem,
)
def test_numbers_of_luau(path):
    stated = re.findall(r"^(\w+) *\| +([\d.]+)ms +\| +([\d.]+)ms", path.read_text(), re.MULTILINE)
    assert [
        (one.columns["test_case"], one.columns["latency_min_ms"], one.columns["average_latency_ms"])
        for one in read(path.read_text(), LUAU)
    ] == [(name, float(least), float(mean)) for name, least, mean in stated if name != "Total"]
    assert stated
