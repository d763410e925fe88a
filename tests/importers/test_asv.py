"""asv: a result for every combination of parameters; what failed or was skipped is an outcome, never a number."""

import doctest
import itertools
import json
import math
import statistics
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers import asv_names
from pytest_ipfs_bench.importers.asv import IMPORTERS
from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Outcome, Performance

FORMATS = Path(__file__).parents[2].parent / "shared" / "formats"
ALL = sorted((FORMATS / "asv").rglob("*.json"))
BROKEN = [path for path in ALL if path.name.startswith("aaaaaaaa")]
BESIDE = [path for path in ALL if path.name in ("machine.json", "index.json") or path.name.endswith("benchmarks.json")]
FILES = [path for path in ALL if path not in BROKEN + BESIDE]
COLUMNS = [
    "result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b", "stats_q_25",
    "stats_q_75", "stats_number", "stats_repeat", "samples", "profile",
]  # fmt: skip
MACHINE = {"arch": "x86_64", "cpu": "Some CPU", "machine": "lab", "num_cpu": "12", "os": "Linux", "ram": "32504640"}
RUN = {"commit_hash": "abc", "machine": "lab"}
STARTED = 1_767_225_600_000


def document(content):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Document(path="x", file=Path("x"), head=raw[:4096], raw=raw)


def results(found, **more):
    return (
        {"commit_hash": "abc", "date": 1, "params": MACHINE, "result_columns": COLUMNS, "version": 2}
        | more
        | {"results": found}
    )


def old(found, **more):
    return {"commit_hash": "abc", "date": 1, "params": MACHINE, "version": 1, "results": found} | more


def read(content):
    found = document(content)
    (importer,) = [importer for importer in IMPORTERS if importer.recognises(found)]
    return list(importer.read(found))


def test_the_examples_hold():
    assert doctest.testmod(asv_names).failed == 0


def test_a_time_with_statistics_is_a_median_in_ms():
    row = [[9e-5], [], "v1", STARTED, 0.5, [8e-5], [1e-4], [8.5e-5], [9.5e-5], [178], [10]]
    (found,) = read(results({"bm.Suite.time_add": row}))
    assert found.kind is Performance
    assert found.columns == {
        "test_case": "bm.Suite.time_add", "mode": "benchmark", "latency_p50_ms": 9e-5 * 1e3, "rounds": 10, "iterations": 178
    }  # fmt: skip
    assert found.extra == RUN | {
        "version": "v1", "started_at": STARTED, "duration": 0.5, "stats_ci_99_a": 8e-5, "stats_ci_99_b": 1e-4,
        "stats_q_25": 8.5e-5, "stats_q_75": 9.5e-5,
    }  # fmt: skip
    assert found.place == "/results/bm.Suite.time_add"


def test_the_time_is_when_the_benchmark_started_and_never_the_commits():
    row = [[1.0], [], "v1", STARTED]
    assert read(results({"bm.time_a": row}))[0].time == Moment("2026-01-01 00:00:00.000000", "epoch")
    assert read(results({"bm.time_a": [[1.0]]}))[0].time is None


def test_the_machine_is_a_cpu_and_the_environment_context():
    (found,) = read(results({"bm.time_a": [[1.0]]}, python="3.12", durations={"<build>": 1}))
    assert (found.hardware, found.device, found.hardware_details) == ("cpu", "Some CPU", {"compute_units": 12})
    assert found.context == {"date": 1, "params": MACHINE, "version": 2, "durations": {"<build>": 1}}


def test_the_same_numbers_of_another_commit_or_environment_are_another_result():
    (found,) = read(old({"bm.time_a": 1.0}, commit_hash="d", env_name="e", python="3.12", requirements={"numpy": ""}))
    stated = {"commit_hash": "d", "env_name": "e", "python": "3.12", "requirements": {"numpy": ""}, "machine": "lab"}
    assert found.extra == stated


def test_every_combination_is_a_result_of_its_own():
    row = [
        [1.0, 2.0, 3.0, 4.0],
        [["10", "100"], ["'a'", "'b'"]],
        "v1",
        STARTED,
        0.5,
        None,
        None,
        None,
        None,
        [1, 2, 3, 4],
    ]
    found = read(results({"bm.time_it": row}))
    assert [finding.columns["test_case"] for finding in found] == [
        "bm.time_it(10, 'a')", "bm.time_it(10, 'b')", "bm.time_it(100, 'a')", "bm.time_it(100, 'b')"
    ]  # fmt: skip
    assert found[2].columns["params"] == {"param1": "100", "param2": "'a'"}
    assert [finding.columns["latency_p50_ms"] for finding in found] == [1000, 2000, 3000, 4000]
    assert [finding.columns["iterations"] for finding in found] == [1, 2, 3, 4]
    assert {finding.extra["version"] for finding in found} == {"v1"}
    assert found[1].place == "/results/bm.time_it, combination 2"


def test_samples_give_what_they_can_and_the_stated_median_wins():
    samples = [0.001 * number for number in range(1, 11)]
    row = [[0.005], [], "v1", STARTED, 0.5, [0], [1], [0], [1], [3], [10], [samples]]
    columns = read(results({"bm.time_it": row}))[0].columns
    assert columns["samples_ms"] == [second * 1e3 for second in samples]
    assert columns["average_latency_ms"] == pytest.approx(5.5)
    assert columns["latency_p50_ms"] == 5.0
    assert columns["latency_p90_ms"] == pytest.approx(9.1)


def test_a_profile_goes_with_the_first_combination_alone():
    row = [[1.0, 2.0], [["1", "2"]], *[None] * 10, "x" * 500]
    first, second = read(results({"bm.time_it": row}))
    assert first.extra["profile"] == "x" * 500
    assert "profile" not in second.extra


def test_null_failed_and_nan_was_skipped():
    failed, skipped = read(results({"bm.Suite.time_it": [[None, math.nan], [["1", "2"]]]}))
    assert failed.kind is Outcome
    assert failed.columns == {
        "test_module": "bm", "test_class": "Suite", "test_name": "time_it(1)", "node_id": "bm.Suite.time_it(1)",
        "status": "fail",
    }  # fmt: skip
    assert failed.extra == RUN | {"params": {"param1": "1"}}
    assert skipped.columns["status"] == "skip"


def test_null_for_a_whole_benchmark_is_null_for_every_combination():
    assert [found.columns["status"] for found in read(results({"bm.time_it": [None, [["1", "2"], ["3"]]]}))] == [
        "fail"
    ] * 2


@pytest.mark.parametrize(
    ("name", "result", "columns"),
    [
        ("bm.mem_list", 2456, {"memory_peak_mb": 0.002456}),
        ("bm.Suite.peakmem_it", 24_772_608, {"memory_peak_mb": 24.772608}),
        ("bm.timeraw_import", 0.5, {"average_latency_ms": 500.0}),
        ("bm.TimeIt", 0.5, {"average_latency_ms": 500.0}),
        ("time_suite.track_x", 42, {}),
        ("bm.track_x", {"a": 1}, {}),
        ("bm.time_it", -1, {}),
    ],
)
def test_what_is_measured_is_told_by_the_functions_name(name, result, columns):
    (found,) = read(results({name: [[result]]}))
    assert found.columns == {"test_case": name, "mode": "benchmark"} | columns
    assert found.extra == RUN | ({} if columns else {"result": result})


def test_a_time_without_statistics_says_so():
    assert read(old({"bm.time_it": 0.25}))[0].flags == ("result: a time, and not said of which statistic",)


def test_version_1_has_numbers_lists_and_objects():
    found = read(
        old(
            {
                "bm.time_a": 0.25,
                "bm.time_b": {"result": [1, None], "params": [["1", "2"]]},
                "bm.time_c": {"result": 3, "stats": [{"ci_99": [3.1, 3.9], "q_25": 3, "number": 5, "repeat": 7}]},
                "bm.time_d": None,
            },
            started_at={"bm.time_a": STARTED},
            duration={"bm.time_a": 2.5},
            benchmark_version={"bm.time_c": "7"},
        )
    )
    assert [finding.kind for finding in found] == [Performance, Performance, Outcome, Performance, Outcome]
    assert found[0].columns["average_latency_ms"] == 250.0
    assert found[0].time == Moment("2026-01-01 00:00:00.000000", "epoch")
    assert found[0].extra == RUN | {"started_at": STARTED, "duration": 2.5}
    assert found[1].columns["test_case"] == "bm.time_b(1)"
    assert found[3].columns["latency_p50_ms"] == 3000
    assert (found[3].columns["iterations"], found[3].columns["rounds"]) == (5, 7)
    assert found[3].extra == RUN | {"stats_ci_99": [3.1, 3.9], "stats_q_25": 3, "version": "7"}
    assert found[3].context == {"date": 1, "params": MACHINE, "version": 1}


@pytest.mark.parametrize(
    ("content", "error", "reason"),
    [
        (results({}), NotResults, "no benchmark was run"),
        (results({"bm.a": 3}), Rejected, r"the result is no list as long as result_columns \(/results/bm.a\)"),
        (results({"bm.a": [[1], 3]}), Rejected, r"the parameters are no lists of values \(/results/bm.a\)"),
        (results({"bm.a": [[1], [["1", "2"]]]}), Rejected, "1 results for 2 combinations of parameters"),
        (results({"bm.a": [None, [["1"] * 1000] * 9]}), Rejected, "the parameters make too many combinations"),
        (
            results({"bm.a": [None, [["1" * 9000, *["1"] * 8999]]]}),
            Rejected,
            "the parameters make too many combinations",
        ),
        (MACHINE | {"version": 1}, NotResults, "asv's description of a machine"),
        (
            {"bm.a": {"code": "", "param_names": [], "params": [], "type": "time", "unit": "s"}},
            NotResults,
            "asv's list of bench",
        ),
        (
            {"benchmarks": {}, "graph_param_list": [], "project": "p"},
            NotResults,
            "the index of an asv site: its results",
        ),
    ],
)
def test_what_is_no_result_says_why(content, error, reason):
    with pytest.raises(error, match=reason):
        read(content)


@pytest.mark.parametrize(
    "content", [{}, [], {"results": {}}, {"a": {"code": ""}}, {"arch": "x", "machine": "y"}, b"text"]
)
def test_other_documents_are_not_taken(content):
    assert not any(importer.recognises(document(content)) for importer in IMPORTERS)


@pytest.mark.parametrize("path", BESIDE, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_lies_beside_real_results_is_none(path):
    with pytest.raises(NotResults):
        read(path.read_bytes())


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_a_broken_real_file_is_nobodys_and_says_why(path):
    found = document(path.read_bytes())
    assert not any(importer.recognises(found) for importer in IMPORTERS)
    assert found.trouble.startswith("not JSON: ")


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name[:40]}")
def test_every_real_file_gives_its_own_numbers(path):
    source = json.loads(path.read_text())
    found = {
        finding.columns.get("test_case") or finding.columns["node_id"]: finding for finding in read(path.read_bytes())
    }
    count = 0
    for name, told in source["results"].items():
        value, params = (told["result"], told.get("params", [])) if isinstance(told, dict) else (told, [])
        if source["version"] == 2:
            value, params = told[0], told[1]
        combinations = list(itertools.product(*params))
        values = value if isinstance(value, list) else [value] * len(combinations)
        for combination, expected in zip(combinations, values, strict=True):
            count += 1
            finding = found[name + (f"({', '.join(combination)})" if combination else "")]
            _matches(finding, name.split(".")[-1], expected)
            assert finding.device == source["params"]["cpu"]
    assert len(found) == count


def _matches(finding, function, expected):
    columns = finding.columns
    if expected is None or math.isnan(expected):
        assert columns["status"] == ("fail" if expected is None else "skip")
    elif function.startswith("time_"):
        assert (
            statistics.fmean({columns.get("latency_p50_ms"), columns.get("average_latency_ms")} - {None})
            == expected * 1000
        )
    elif function.startswith(("mem_", "peakmem_")):
        assert columns["memory_peak_mb"] == expected / 1_000_000
    else:
        assert finding.extra["result"] == expected
