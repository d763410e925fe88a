"""pytest-reportlog: the outcomes that our own recorder would have stored of that session."""

import doctest
import json
from collections import Counter
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers import pytest_reports
from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.pytest_reportlog import IMPORTERS
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Outcome

# Its session ended: 4 failed, 3 passed, 1 skipped, 1 xfailed, 1 xpassed, 4 errors, 1 subtests passed, 1 rerun
SESSION = Path(__file__).parents[1] / "data" / "formats" / "pytest-reportlog" / "session.jsonl"
FORMATS = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = [SESSION, *sorted((FORMATS / "generated").glob("reportlog*.jsonl"))]
START, FINISH = (
    {"pytest_version": "9.2.0", "$report_type": "SessionStart"},
    {"exitstatus": 1, "$report_type": "SessionFinish"},
)
REPORT = {
    "nodeid": "tests/test_a.py::TestB::test_x[1]", "location": ["tests/test_a.py", 3, "test_x"], "outcome": "passed",
    "longrepr": None, "when": "call", "duration": 0.25, "start": 1_767_225_600.0, "stop": 1_767_225_600.25,
    "$report_type": "TestReport",
}  # fmt: skip
SKIP = ["tests/test_a.py", 3, "Skipped: no cuda"]
CRASH = {
    "reprcrash": {"path": "a.py", "lineno": 3, "message": "ValueError: no\nmore"},
    "reprtraceback": {
        "reprentries": [
            {"type": "ReprEntry", "data": {
                "lines": [">   raise ValueError", "E   ValueError: no"], "reprfuncargs": {"args": [["x", "1"]]},
                "reprlocals": {"lines": ["y = 2"]},
                "reprfileloc": {"path": "a.py", "lineno": 3, "message": "ValueError\nmore"},
            }},
        ],
    },
    "sections": [["Captured stdout call", "printed", "-"]],
}  # fmt: skip
PRINTED = (
    "x = 1\n\n>   raise ValueError\nE   ValueError: no\n\ny = 2\n\na.py:3: ValueError\n\nCaptured stdout call\nprinted"
)


def document(content):
    raw = content if isinstance(content, bytes) else "".join(f"{json.dumps(line)}\n" for line in content).encode()
    return Document(path="x", file=Path("x"), head=raw[:4096], raw=raw)


def read(content):
    (importer,) = IMPORTERS
    found = document(content)
    assert importer.recognises(found)
    return list(importer.read(found))


def one(**more):
    (found,) = read([START, REPORT | more, FINISH])
    return found


def test_the_examples_hold():
    assert doctest.testmod(pytest_reports).failed == 0


def test_a_call_is_an_outcome():
    found = one(user_properties=[["k", 1]])
    assert found.kind is Outcome
    assert found.columns == {
        "test_module": "tests.test_a", "test_class": "TestB", "test_name": "test_x[1]", "status": "pass",
        "node_id": "tests/test_a.py::TestB::test_x[1]", "execution_time_seconds": 0.25,
    }  # fmt: skip
    assert found.time == Moment("2026-01-01 00:00:00.250000", "epoch")
    assert found.extra == {
        "location": REPORT["location"], "start": REPORT["start"], "stop": REPORT["stop"], "user_properties": [["k", 1]]
    }  # fmt: skip
    assert found.context == {"pytest_version": "9.2.0", "exitstatus": 1}
    assert found.place == "line 2"


@pytest.mark.parametrize(
    ("report", "status"),
    [
        ({"outcome": "passed"}, "pass"),
        ({"outcome": "failed", "longrepr": "E"}, "fail"),
        ({"outcome": "skipped", "longrepr": SKIP}, "skip"),
        ({"outcome": "failed", "when": "setup", "longrepr": "E"}, "error"),
        ({"outcome": "failed", "when": "teardown", "longrepr": "E"}, "error"),
        ({"outcome": "skipped", "when": "setup", "longrepr": SKIP}, "skip"),
        ({"outcome": "skipped", "wasxfail": "reason: known"}, "xfail"),
        ({"outcome": "skipped", "wasxfail": "", "when": "teardown"}, "xfail"),
        ({"outcome": "passed", "wasxfail": "known"}, "xpass"),
        ({"outcome": "failed", "longrepr": "[XPASS(strict)] known"}, "fail"),
        ({"outcome": "failed", "when": "???", "longrepr": "worker 'gw0' crashed"}, "fail"),
    ],
)
def test_a_report_counts_as_pytest_counts_it(report, status):
    assert one(**report).columns["status"] == status


@pytest.mark.parametrize("when", ["setup", "teardown"])
def test_a_phase_that_only_passed_counts_for_nothing(when):
    assert len(read([REPORT, REPORT | {"when": when}, REPORT | {"when": when, "wasxfail": ""}])) == 1


def test_the_phase_is_told_where_it_is_not_the_call():
    assert one(outcome="failed", when="setup", longrepr="E").extra["phase"] == "setup"
    assert "phase" not in one().extra


def test_a_traceback_is_put_together_again():
    found = one(outcome="failed", longrepr=CRASH)
    assert found.columns["error_type"] == "ValueError"
    assert found.columns["error_message"] == "ValueError: no\nmore"
    assert found.columns["error_traceback"] == PRINTED
    assert "longrepr" not in found.extra


def test_every_exception_of_a_chain_is_in_it():
    chain = [
        [{"reprentries": [{"data": {"lines": ["E   KeyError"]}}]}, None, "The above exception led to:"],
        [{"reprentries": [{"data": {"lines": ["E   ValueError"]}}], "extraline": "!!! recursion"}, None, None],
    ]
    text = one(outcome="failed", longrepr=CRASH | {"chain": chain, "sections": []}).columns["error_traceback"]
    assert text == "E   KeyError\n\nThe above exception led to:\n\nE   ValueError\n\n!!! recursion"


@pytest.mark.parametrize(
    ("longrepr", "kind", "message"),
    [
        ("plain text", None, "plain text"),
        ("KeyError: 'x'", "KeyError", "KeyError: 'x'"),
        ("assert 0", "AssertionError", "assert 0"),
    ],
)
def test_text_is_message_and_traceback(longrepr, kind, message):
    columns = one(outcome="failed", longrepr=longrepr).columns
    assert (columns.get("error_type"), columns["error_message"], columns["error_traceback"]) == (
        kind,
        message,
        longrepr,
    )


def test_a_very_long_traceback_keeps_its_end():
    assert one(outcome="failed", longrepr="x" * 200_000 + "end").columns["error_traceback"] == "x" * 99_997 + "end"


def test_a_skip_and_an_xfail_have_their_reason_alone_and_the_rest_beside_it():
    skipped = one(outcome="skipped", longrepr=SKIP)
    assert skipped.columns["error_message"] == "no cuda"
    assert skipped.extra["longrepr"] == SKIP
    expected = one(outcome="skipped", longrepr=CRASH, wasxfail="reason: known")
    assert expected.columns["error_message"] == "known"
    assert "error_traceback" not in expected.columns
    assert expected.extra["longrepr"] == CRASH


def test_a_subtest_says_which_it_is():
    context = {"msg": "odd", "kwargs": {"i": "1"}}
    found = one(**{"outcome": "failed", "longrepr": "E", "$report_type": "SubTestReport", "_subtest.context": context})
    assert found.columns["status"] == "fail"
    assert found.extra["subtest"] == context


def test_an_attempt_that_was_repeated_is_marked_and_the_last_counts_them():
    assert one(outcome="rerun", longrepr="E", rerun=0).extra["rerun"] == 0
    last = one(rerun=2).extra
    assert "rerun" not in last
    assert last["reruns"] == 2


def test_a_crashed_worker_has_no_duration_and_the_time_at_which_tests_began():
    crash = {
        "outcome": "failed",
        "when": "???",
        "longrepr": "worker 'gw0' crashed",
        "duration": 0,
        "start": 0,
        "stop": 0,
    }
    assert one(**crash).time is None
    _, found = read([START, REPORT, REPORT | crash])
    assert "execution_time_seconds" not in found.columns
    assert found.time == Moment("2026-01-01 00:00:00.000000", "epoch")


@pytest.mark.parametrize(
    ("report", "status", "message"),
    [
        ({"outcome": "failed", "longrepr": "ImportError while importing"}, "error", "ImportError while importing"),
        ({"outcome": "skipped", "longrepr": SKIP}, "skip", "no cuda"),
    ],
)
def test_a_file_that_was_not_collected_is_an_outcome(report, status, message):
    (found,) = read([START, {"nodeid": "tests/test_a.py", "$report_type": "CollectReport"} | report])
    assert found.columns["node_id"] == found.columns["test_name"] == "tests/test_a.py"
    assert found.columns["test_module"] == "tests.test_a"
    assert (found.columns["status"], found.columns["error_message"]) == (status, message)
    assert found.extra["phase"] == "collect"
    assert found.context == {"pytest_version": "9.2.0"}


def test_a_file_that_was_not_collected_has_the_time_at_which_tests_began():
    broken = {"nodeid": "tests/test_b.py", "$report_type": "CollectReport", "outcome": "failed", "longrepr": "E"}
    found, _ = read([START, broken, REPORT, FINISH])
    assert found.time == Moment("2026-01-01 00:00:00.000000", "epoch")


def test_reports_that_say_the_same_are_several_results():
    assert [found.nth for found in read([REPORT, REPORT, REPORT])] == [0, 1, 2]


@pytest.mark.parametrize(
    ("content", "error", "reason"),
    [
        ([START, FINISH], NotResults, "a session that ran no test"),
        ([START], NotResults, "a session that ran no test"),
        ([START, REPORT | {"nodeid": None}], Rejected, r"the report has no nodeid \(line 2\)"),
        ([START, REPORT | {"outcome": []}], Rejected, r"the report has no outcome \(line 2\)"),
        ([START, [1]], Rejected, "a line is no JSON object"),
        (document([START, REPORT]).raw[:-20], Rejected, "line 2 is not JSON: "),
    ],
)
def test_what_is_no_result_says_why(content, error, reason):
    with pytest.raises(error, match=reason):
        read(content)


@pytest.mark.parametrize(
    "content", [[{"a": 1}, {"$report_type": "TestReport"}], [{}], b"", b"text", b"\x80\x04", b"[1]"]
)
def test_other_documents_are_not_taken(content):
    assert not IMPORTERS[0].recognises(document(content))


def test_a_real_session_gives_its_closing_counts():
    found = read(SESSION.read_bytes())
    counts = Counter(finding.columns["status"] for finding in found)
    assert counts == {"fail": 4 + 1, "pass": 3 + 1, "skip": 1, "xfail": 1, "xpass": 1, "error": 4}
    assert sum("rerun" in finding.extra for finding in found) == 1
    assert sum("subtest" in finding.extra for finding in found) == 2
    twice = [finding.columns["status"] for finding in found if "fails_twice" in finding.columns["node_id"]]
    assert twice == ["fail", "error"]
    (parent,) = [finding for finding in found if finding.columns.get("error_message") == "contains 1 failed subtest"]
    assert parent.columns["node_id"] == "test_shapes.py::test_subtests"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_real_file_gives_its_own_numbers(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    calls = [line for line in lines if line.get("when") == "call"]
    found = [finding for finding in read(path.read_bytes()) if "phase" not in finding.extra]
    assert [finding.columns["node_id"] for finding in found] == [line["nodeid"] for line in calls]
    assert [finding.columns["execution_time_seconds"] for finding in found] == [line["duration"] for line in calls]
    assert [finding.extra["user_properties"] for finding in found] == [line["user_properties"] for line in calls]
    assert all(finding.time is not None and finding.time.at.startswith("2026-11-22") for finding in found)
