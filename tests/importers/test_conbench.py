"""Conbench's answers: results and comparisons are results; runs, logins and errors are not."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.conbench import IMPORTERS
from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Outcome

FORMATS = Path(__file__).parents[2].parent / "shared/formats/conbench"
STATS = {"data": [0.25, 0.75], "unit": "s", "mean": 0.5, "min": 0.25, "max": 0.75, "median": 0.5, "stdev": 0.35,
         "iterations": 2, "q1": 0.3}  # fmt: skip
RESULT = {
    "run_id": "r", "batch_id": "b", "error": None, "timestamp": "2020-11-25T21:02:42.706806", "stats": STATS,
    "tags": {"name": "file-read", "id": "c", "compression": "snappy", "cpu_count": 2},
}  # fmt: skip
SIDE = {"benchmark_name": "file-read", "single_value_summary": 0.5, "error": None, "run_id": "r1", "tags": {"cpu": 2}}
COMPARISON = {
    "unit": "s",
    "less_is_better": True,
    "baseline": SIDE,
    "contender": SIDE | {"run_id": "r2"},
    "analysis": {},
}
RUN = {"commit": {}, "hardware": {}, "id": "r", "reason": "x"}
(IMPORTER,) = IMPORTERS


def document(content):
    return Document(path="x", file=Path("x"), head=b"", raw=json.dumps(content).encode())


def read(content):
    found = document(content)
    assert IMPORTER.recognises(found)
    return list(IMPORTER.read(found))


def page(*found):
    return {"data": list(found), "metadata": {"next_page_cursor": None}}


@pytest.mark.parametrize("answer", [page(RESULT), {"status_code": 200, "data": page(RESULT)}, [RESULT], RESULT])
def test_a_result_has_its_samples_and_its_tags_as_parameters(answer):
    (found,) = read(answer)
    assert found.columns == {
        "test_case": "file-read[compression=snappy,cpu_count=2]", "mode": "benchmark",
        "params": {"compression": "snappy", "cpu_count": 2}, "rounds": 2, "average_latency_ms": 500.0,
        "latency_min_ms": 250.0, "latency_p50_ms": 500.0, "latency_max_ms": 750.0, "latency_std_ms": 350.0,
        "samples_ms": [250.0, 750.0],
    }  # fmt: skip
    assert found.time == Moment("2020-11-25 21:02:42.706806", "naive")
    assert found.extra == {name: value for name, value in RESULT.items() if name != "timestamp"}


def test_items_per_second_are_a_throughput_and_other_units_stay():
    (found,) = read([RESULT | {"stats": STATS | {"unit": "i/s"}}])
    assert (found.columns["throughput_items_per_second"], "average_latency_ms" in found.columns) == (0.5, False)
    (found,) = read([RESULT | {"stats": STATS | {"unit": "B/s"}}])
    assert set(found.columns) == {"test_case", "mode", "params", "rounds"}


def test_an_error_is_a_failed_test():
    error = {"message": "it broke", "stack_trace": "Traceback ..."}
    for answer in (
        [RESULT | {"error": error}],
        [COMPARISON | {"baseline": None, "contender": SIDE | {"error": error}}],
    ):
        (found,) = read(answer)
        assert found.kind is Outcome
        assert (found.columns["status"], found.columns["error_message"]) == ("fail", "it broke")
        assert found.columns["error_traceback"] == "Traceback ..."


def test_a_comparison_is_two_results():
    baseline, contender = read(page(COMPARISON))
    assert baseline.columns == {
        "test_case": "file-read[cpu=2]", "mode": "benchmark", "params": {"cpu": 2}, "average_latency_ms": 500.0,
    }  # fmt: skip
    assert (baseline.extra["run_id"], contender.extra["run_id"], contender.place) == ("r1", "r2", "/data/0/contender")
    assert baseline.extra["less_is_better"] is True


def test_a_single_value_that_is_no_mean_is_no_average():
    (found, _) = read([COMPARISON | {"baseline": SIDE | {"svs_type": "best"}}])
    assert "average_latency_ms" not in found.columns
    assert found.extra["single_value_summary"] == 0.5


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status_code": 204}, "an answer without data, its status 204$"),
        (
            {"status_code": 404, "data": {"code": 404, "description": "x", "name": "Not Found"}},
            "its status 404: Not Found",
        ),
        ({"status_code": 200, "data": page(RUN)}, "runs without their results"),
        (RUN, "runs without their results"),
    ],
)
def test_runs_logins_and_errors_hold_no_results(answer, reason):
    with pytest.raises(NotResults, match=reason):
        read(answer)


def test_what_is_something_else_is_refused():
    with pytest.raises(Rejected, match=r"the entry is neither a result nor a comparison \(/data/1\)"):
        read([RESULT, {"a": 1}])
    with pytest.raises(Rejected, match=r"the entry is no object \(/data/1\)"):
        read([RESULT, 3])


@pytest.mark.parametrize(
    "other", [[], {}, {"data": []}, {"status_code": 200, "data": {"x": 1}}, {"run_id": "x", "stats": {}}]
)
def test_other_documents_are_not_taken(other):
    assert not IMPORTER.recognises(document(other))


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("path", sorted(FORMATS.glob("*.json")), ids=lambda path: path.stem[:50])
def test_real_answers_are_imported_number_by_number(path):
    answer = json.loads(path.read_text())
    if "results" not in path.stem and "compare" not in path.stem:
        with pytest.raises(NotResults):
            read(answer)
        return
    entries = answer["data"]["data"]
    sides = [entry.get(side) for entry in entries for side in ("baseline", "contender") if side in entry]
    expected = [entry["stats"]["mean"] * 1000 for entry in entries if "stats" in entry]
    expected += [side["single_value_summary"] * 1000 for side in sides if not side["error"]]
    found = read(answer)
    assert len(found) == len(sides) + (0 if sides else len(entries))
    measured = [one.columns["average_latency_ms"] for one in found if one.kind is not Outcome]
    assert measured == [pytest.approx(value) for value in expected]
