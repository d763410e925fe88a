"""What `asv run` prints: its lines and its tables."""

from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.asv_console import IMPORTERS
from pytest_ipfs_bench.importers.contract import NotResults
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.records import Outcome, Performance

FORMATS = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = sorted((FORMATS / "bencher-tool-output/python/asv").glob("*.txt"))
HEAD = """\
· Discovering benchmarks
[  0.00%] · For project commit 4238c44d <master>:
[  0.00%] ·· Building for virtualenv-py2.7.
[  0.00%] ·· Benchmarking virtualenv-py2.7
[ 10.00%] ··· Running (bm.time_a--)....
"""
SPREAD = """\
[ 50.00%] ··· bm.time_it                                       1/4 failed
[ 50.00%] ··· ======= ========== ==========
             --         second / third
             ------- ---------------------
              first   3 / x y     3 / z
             ======= ========== ==========
                1     2.67±0μs     n/a
                2      failed    2.70±0μs
             ======= ========== ==========
             For parameters: 2, 3, x y
             Traceback:
               ValueError: two

[ 60.00%] ··· bm.mem_list                                           2.42k
"""
PLAIN = """\
[100.00%] ··· bm.track_n                                               ok
[100.00%] ··· ======== =====
              param1
             -------- -----
                1      1.5
             ======== =====
"""


def document(text):
    raw = text.encode()
    return Document(path="x", file=Path("x"), head=raw[:4096], raw=raw)


def read(text):
    (importer,) = IMPORTERS
    found = document(text)
    assert importer.recognises(found)
    return list(importer.read(found))


def line(name, result):
    return f"[ 20.00%] ··· {name}     {result}\n"


def test_a_line_is_a_result_of_its_commit_and_environment():
    (found,) = read(HEAD + line("bm.Suite.time_a", "11.1±0.01μs"))
    assert found.kind is Performance
    assert found.columns == {"test_case": "bm.Suite.time_a", "mode": "benchmark", "latency_p50_ms": 0.0111}
    assert found.extra == {
        "project": "project", "commit": "4238c44d", "branch": "master", "environment": "virtualenv-py2.7",
        "result": "11.1±0.01μs",
    }  # fmt: skip
    assert (found.time, found.hardware, found.place) == (None, None, "line 6")


@pytest.mark.parametrize(
    ("name", "printed", "columns"),
    [
        ("bm.time_a", "575±30ns", {"latency_p50_ms": 0.000575}),
        ("bm.time_a", "9.81±0ms", {"latency_p50_ms": 9.81}),
        ("bm.time_a", "1.2s", {"average_latency_ms": 1200.0}),
        ("bm.mem_a", "256", {"memory_peak_mb": 0.000256}),
        ("bm.peakmem_a", "24.8M", {"memory_peak_mb": 24.8}),
        ("bm.track_a", "42", {}),
        ("bm.track_a", '{"a": 1}', {}),
        ("bm.time_a", "1.2.3s", {}),
    ],
)
def test_a_unit_says_what_is_printed(name, printed, columns):
    (found,) = read(line(name, printed))
    assert found.columns == {"test_case": name, "mode": "benchmark"} | columns
    assert found.extra == {"result": printed}


@pytest.mark.parametrize(("printed", "status"), [("failed", "fail"), ("n/a", "skip")])
def test_what_failed_or_was_skipped_is_an_outcome(printed, status):
    (found,) = read(line("bm.Suite.time_a", printed))
    assert found.kind is Outcome
    assert found.columns == {
        "test_module": "bm", "test_class": "Suite", "test_name": "time_a", "node_id": "bm.Suite.time_a", "status": status
    }  # fmt: skip


def test_a_table_has_a_result_for_every_combination_and_its_errors_below():
    found = read(SPREAD)
    assert [finding.columns.get("test_case", finding.columns.get("node_id")) for finding in found] == [
        "bm.time_it(1, 3, x y)", "bm.time_it(1, 3, z)", "bm.time_it(2, 3, x y)", "bm.time_it(2, 3, z)", "bm.mem_list"
    ]  # fmt: skip
    assert found[0].columns["params"] == {"first": "1", "second": "3", "third": "x y"}
    assert found[0].columns["latency_p50_ms"] == 0.00267
    assert found[1].columns["status"] == "skip"
    assert found[2].columns["status"] == "fail"
    assert found[2].columns["error_traceback"] == "For parameters: 2, 3, x y\nTraceback:\n  ValueError: two"
    assert found[2].extra["params"] == {"first": "2", "second": "3", "third": "x y"}
    assert found[4].columns["memory_peak_mb"] == 0.00242


def test_a_table_of_one_parameter_has_a_row_for_each():
    (found,) = read(PLAIN)
    assert found.columns == {"test_case": "bm.track_n(1)", "mode": "benchmark", "params": {"param1": "1"}}
    assert found.extra == {"result": "1.5"}


def test_a_table_that_is_cut_off_leaves_its_line():
    (found,) = read(PLAIN.rsplit("\n", 2)[0])
    assert found.columns["test_case"] == "bm.track_n"
    assert found.extra == {"result": "ok"}


def test_the_same_benchmark_in_two_environments_is_two_results_and_twice_in_one_too():
    other = "[ 50.00%] ·· Benchmarking virtualenv-py3.6\n"
    found = read(HEAD + line("bm.time_a", "1.00±0ms") * 2 + other + line("bm.time_a", "1.00±0ms"))
    assert [finding.nth for finding in found] == [0, 1, 0]
    assert found[2].extra["environment"] == "virtualenv-py3.6"


def test_older_versions_said_running_before_the_name():
    assert read(line("Running bm.time_a", "1.00ms"))[0].columns["test_case"] == "bm.time_a"


def test_a_run_without_a_result_says_so():
    with pytest.raises(NotResults, match="no benchmark was run to its end"):
        read(HEAD)


@pytest.mark.parametrize("text", ["", "{}", "[ 10%] building", "· Discovering benchmarks\n", "[ 10.00%] · nothing\n"])
def test_other_texts_are_not_taken(text):
    assert not IMPORTERS[0].recognises(document(text))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_real_file_gives_its_own_numbers(path):
    printed = [line.split() for line in path.read_text().splitlines() if "··· " in line and "Running" not in line]
    units = {"μs": 1e3, "k": 1e3}
    for finding, words in zip(read(path.read_text()), printed, strict=True):
        name, value = words[-2:]
        assert finding.extra["result"] == value
        assert (finding.columns.get("test_case") or finding.columns["node_id"]) == name
        if value == "failed":
            assert finding.columns["status"] == "fail"
        else:
            unit = next(unit for unit in units if value.endswith(unit))
            number = finding.columns.get("latency_p50_ms") or finding.columns["memory_peak_mb"]
            assert number == pytest.approx(float(value.removesuffix(unit).split("±")[0]) / units[unit], rel=1e-12)
