"""pytest-json-report: its phases, counted as pytest counts them."""

import json
from collections import Counter
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.pytest_json_report import IMPORTERS
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Outcome

# The session of pytest-reportlog's sample again; it keeps neither subtests nor attempts that were repeated.
SESSION = Path(__file__).parents[1] / "data" / "formats" / "pytest-json-report" / "session.json"
FORMATS = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = [SESSION, *sorted((FORMATS / "pytest-json-report").glob("*.json"))]
ABOUT = {
    "created": 1_767_225_600.0,
    "duration": 1.5,
    "exitcode": 1,
    "root": "/r",
    "environment": {},
    "summary": {"total": 1},
}
PASSED = {"duration": 0.001, "outcome": "passed"}
FAILED = {
    "duration": 0.25, "outcome": "failed", "crash": {"path": "/r/a.py", "lineno": 3, "message": "ValueError: no"},
    "traceback": [], "longrepr": "def test_x...\na.py:3: ValueError",
}  # fmt: skip
SKIPPED = {"duration": 0.25, "outcome": "skipped", "longrepr": "('/r/a.py', 3, 'Skipped: no cuda')"}
EXPECTED = FAILED | {"outcome": "skipped"}
TEST = {"nodeid": "tests/test_a.py::test_x", "lineno": 3}


def document(content):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Document(path="x", file=Path("x"), head=raw[:4096], raw=raw)


def read(content):
    (importer,) = IMPORTERS
    found = document(content)
    assert importer.recognises(found)
    return list(importer.read(found))


def outcomes(outcome, **phases):
    entry = TEST | {"outcome": outcome, "setup": PASSED} | phases
    return read(ABOUT | {"tests": [entry | {"teardown": phases.get("teardown", PASSED)}]})


def statuses(outcome, **phases):
    return [found.columns["status"] for found in outcomes(outcome, **phases)]


def test_a_call_is_an_outcome():
    (found,) = outcomes("passed", call=PASSED | {"duration": 0.5, "stdout": "out"}, metadata={"k": {"outcome": 1}})
    assert found.kind is Outcome
    assert found.columns == {
        "test_module": "tests.test_a", "test_name": "test_x", "node_id": "tests/test_a.py::test_x", "status": "pass",
        "execution_time_seconds": 0.5,
    }  # fmt: skip
    assert found.extra == {
        "lineno": 3, "outcome": "passed", "setup": PASSED, "teardown": PASSED, "call": {"stdout": "out"},
        "metadata": {"k": {"outcome": 1}},
    }  # fmt: skip
    assert found.time == Moment("2026-01-01 00:00:00.000000", "epoch")
    assert found.context == ABOUT
    assert found.place == "/tests/0"


@pytest.mark.parametrize(
    ("outcome", "phases", "counted"),
    [
        ("failed", {"call": FAILED}, ["fail"]),
        ("skipped", {"setup": SKIPPED}, ["skip"]),
        ("skipped", {"call": SKIPPED}, ["skip"]),
        ("xfailed", {"call": EXPECTED}, ["xfail"]),
        ("xfailed", {"setup": EXPECTED}, ["xfail"]),
        ("xfailed", {"call": {"outcome": "skipped"}}, ["xfail"]),
        ("xpassed", {"call": PASSED}, ["xpass"]),
        ("error", {"setup": FAILED}, ["error"]),
        ("error", {"call": PASSED, "teardown": FAILED}, ["pass", "error"]),
        ("error", {"call": FAILED, "teardown": FAILED}, ["fail", "error"]),
        ("error", {"call": SKIPPED, "teardown": FAILED}, ["skip", "error"]),
        ("error", {"call": EXPECTED, "teardown": FAILED}, ["xfail", "error"]),
        ("xfailed", {"call": EXPECTED, "teardown": EXPECTED}, ["xfail", "xfail"]),
        ("failed", {"???": FAILED}, ["fail"]),
        ("rerun", {"call": PASSED}, ["pass"]),
        ("subtests passed", {"call": PASSED}, ["pass"]),
    ],
)
def test_phases_count_as_pytest_counts_them(outcome, phases, counted):
    assert statuses(outcome, **phases) == counted


def test_an_outcome_that_no_phase_has_is_that_of_a_subtest():
    assert statuses("failed", call=PASSED) == ["pass", "fail"]


def test_a_test_that_was_never_called_is_unknown():
    assert statuses("passed") == ["unknown"]


def test_xdist_writes_its_worker_before_a_reason():
    (found,) = outcomes("skipped", call=SKIPPED | {"longrepr": f"[gw0] linux -- Python 3\n{SKIPPED['longrepr']}"})
    assert (found.columns["status"], found.columns["error_message"]) == ("skip", "no cuda")


def test_what_went_wrong_is_told():
    (found,) = outcomes("error", setup=FAILED)
    assert found.columns["error_type"] == "ValueError"
    assert found.columns["error_message"] == "ValueError: no"
    assert found.columns["error_traceback"] == FAILED["longrepr"]
    assert found.columns["execution_time_seconds"] == 0.25
    assert found.extra["phase"] == "setup"
    assert found.extra["setup"] == {"crash": FAILED["crash"], "traceback": []}


@pytest.mark.parametrize(("outcome", "status"), [("failed", "error"), ("skipped", "skip")])
def test_a_file_that_was_not_collected_is_an_outcome(outcome, status):
    collectors = [
        {"nodeid": "", "outcome": "passed"},
        {"nodeid": "test_b.py", "outcome": outcome, "longrepr": "E   no"},
    ]
    (found,) = read(ABOUT | {"collectors": collectors, "tests": []})
    assert (found.columns["node_id"], found.columns["status"]) == ("test_b.py", status)
    assert found.columns["error_message"] == "E   no"
    assert found.place == "/collectors/1"


@pytest.mark.parametrize(
    ("content", "error", "reason"),
    [
        (ABOUT, NotResults, "a summary of a session: its tests are left out"),
        (ABOUT | {"tests": []}, NotResults, "a session that ran no test"),
        (ABOUT | {"tests": {}}, Rejected, r"the results are no list \(/tests\)"),
        (ABOUT | {"tests": [TEST]}, Rejected, r"the test has no outcome \(/tests/0\)"),
        (ABOUT | {"tests": [{"outcome": "passed"}]}, Rejected, r"the test has no nodeid \(/tests/0\)"),
    ],
)
def test_what_is_no_result_says_why(content, error, reason):
    with pytest.raises(error, match=reason):
        read(content)


@pytest.mark.parametrize("content", [{}, {"tests": [], "summary": {}}, [], b"text"])
def test_other_documents_are_not_taken(content):
    assert not IMPORTERS[0].recognises(document(content))


def test_a_real_session_gives_its_closing_counts():
    counts = Counter(found.columns["status"] for found in read(SESSION.read_bytes()))
    assert counts == {"fail": 4 - 1, "pass": 3, "skip": 1, "xfail": 1, "xpass": 1, "error": 4}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_real_file_gives_its_own_numbers(path):
    source = json.loads(path.read_text())
    found = [finding for finding in read(path.read_bytes()) if "phase" not in finding.extra]
    calls = {test["nodeid"]: test["call"]["duration"] for test in source["tests"] if "call" in test}
    assert {finding.columns["node_id"]: finding.columns["execution_time_seconds"] for finding in found} == calls
    words = {
        "passed": "pass",
        "failed": "fail",
        "xfailed": "xfail",
        "xpassed": "xpass",
        "skipped": "skip",
        "error": "error",
    }
    stated = Counter(words[test["outcome"]] for test in source["tests"] if test["outcome"] != "rerun")
    counts = Counter(finding.columns["status"] for finding in read(path.read_bytes()))
    assert all(counts[status] >= number for status, number in stated.items())
