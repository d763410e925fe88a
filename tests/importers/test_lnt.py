"""LNT: a time that a test states is a result; what its status calls a failure is a failed test, and no time."""

import json
import plistlib
import re
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.lnt import IMPORTERS
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Outcome, Performance

FORMATS = Path(__file__).parents[2].parent / "shared/formats/lnt"
RUN = {"start_time": "2012-05-01T16:28:23", "llvm_project_revision": "152292"}
FOREIGN = {"test.json", "error_1.json", "invalid_submission0.json"}  # LNT's own tests of what is none of its reports
EMPTY = {"no_error_1.json", "error_3.json", "minimal.json", "compile-run3.json"}


def document(content):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Document(path="x", file=Path("x"), head=raw[:4096], raw=raw)


def read(content):
    found = document(content)
    (importer,) = [importer for importer in IMPORTERS if importer.recognises(found)]
    return list(importer.read(found))


def report(*tests):
    return {"format_version": "2", "machine": {"name": "m"}, "run": RUN, "tests": list(tests)}


def old(*tests):
    return {"Machine": {"Name": "m", "Info": {}}, "Run": {"Start Time": "2009-11-17 02:12:25"}, "Tests": list(tests)}


def entry(name, *data, **info):
    return {"Name": name, "Data": list(data), "Info": info}


def test_each_time_is_a_result_in_ms():
    compiled, executed = read(
        report({"name": "a", "compile_time": "1.5", "execution_time": 0.25, "mem_bytes": 2e6, "hash": "x"})
    )
    assert compiled.columns == {
        "test_case": "a.compile_time",
        "mode": "benchmark",
        "rounds": 1,
        "average_latency_ms": 1500.0,
    }
    assert executed.columns["average_latency_ms"] == 250.0
    assert (executed.columns["memory_peak_mb"], executed.extra) == (2.0, {"mem_bytes": 2e6, "hash": "x"})
    assert executed.time == Moment("2012-05-01 16:28:23.000000", "naive")
    assert executed.context == {"format_version": "2", "machine": {"name": "m"}, "run": RUN}


def test_several_samples_are_one_result_and_cpu_times_are_no_latency():
    (found,) = read(report({"name": "a", "wall_time": [0.25, 0.75], "user_time": [0.2, 0.3]}))
    assert (found.columns["samples_ms"], found.columns["average_latency_ms"]) == ([250.0, 750.0], 500.0)
    assert found.extra == {"user_time": [0.2, 0.3]}


def test_a_failed_sample_is_a_failed_test_and_not_among_the_times():
    test = {"name": "a", "execution_status": [1, 0, 2], "execution_time": [1.0, 2.0, 3.0]}
    passed, failed, expected = read(report(test))
    assert (passed.kind, passed.columns["average_latency_ms"], passed.columns["rounds"]) == (Performance, 2000.0, 1)
    assert failed.kind is Outcome
    assert failed.columns == {
        "node_id": "a.execution",
        "test_name": "a.execution",
        "status": "fail",
        "execution_time_seconds": 1.0,
    }
    assert (expected.columns["status"], expected.extra) == ("xfail", {"execution_status": [1, 0, 2]})


def test_a_status_without_a_time_is_a_failed_test_alone():
    (found,) = read(report({"name": "a", "compile_status": "1"}))
    assert found.columns == {"node_id": "a.compile", "test_name": "a.compile", "status": "fail"}
    (found,) = read(report({"name": "a", "hash_status": 7, "hash": None}))
    assert found.columns["status"] == "unknown"


def test_one_status_is_that_of_all_samples():
    found = read(report({"name": "a", "compile_status": 1, "compile_time": [1.0, 2.0]}))
    assert [finding.columns["execution_time_seconds"] for finding in found] == [1.0, 2.0]


def test_what_states_no_time_is_kept():
    (found,) = read(report({"name": "a", "text_size": 402}))
    assert (found.columns, found.extra) == ({"test_case": "a", "mode": "benchmark"}, {"text_size": 402})


def test_a_time_that_is_no_number_is_kept_and_flagged():
    (found,) = read(report({"name": "a", "compile_time": "slow"}))
    assert found.extra == {"compile_time": ["slow"]}
    assert found.flags == ("compile_time: ['slow'] are no times",)


def test_in_version_1_the_name_says_what_was_measured():
    entries = [
        entry("nts.a.exec.status", 0),
        entry("nts.a.exec", 0.5),
        entry("nts.a.hash", "x"),
        entry("nts.a.exec", 1.5),
    ]
    (found,) = read(old(*entries))
    assert (found.columns["test_case"], found.columns["samples_ms"]) == ("nts.a.exec", [500.0, 1500.0])
    assert found.extra == {"exec.status": [0], "hash": ["x"]}
    assert found.time == Moment("2009-11-17 02:12:25.000000", "naive")


def test_in_version_1_a_status_that_is_not_0_is_a_failure():
    (found,) = read(old(entry("nts.a.exec.status", 1), entry("nts.a.exec", 0.5)))
    assert (found.columns["node_id"], found.columns["status"]) == ("nts.a.exec", "fail")


def test_in_version_1_a_name_without_a_metric_is_a_test_of_its_own():
    (found,) = read(old(entry("speed", 3, unit="x")))
    assert (found.columns["test_case"], found.extra) == (
        "speed",
        {"Data": [3], "others": {"Data": {"Info": {"unit": "x"}}}},
    )


def test_a_property_list_says_the_same():
    content = old(entry("nts.a.exec", 0.5)) | {"Machine": {"Name": b"\1"}}
    (found,) = read(plistlib.dumps(content))
    assert found.columns["average_latency_ms"] == 500.0
    assert found.context["Machine"] == {"Name": "AQ=="}


def test_lit_states_outcomes_and_the_times_of_what_passed():
    passed = {"name": "s :: a", "code": "PASS", "elapsed": "1.5", "metrics": {"exec_time": 0.5, "hash": "x"}}
    failed = {"name": "s :: b", "code": "NOEXE", "elapsed": 1, "output": "no compiler", "metrics": {"exec_time": 9}}
    first, measured, second = read({"__version__": [0, 1], "tests": [passed, failed]})
    assert first.columns == {
        "node_id": "s :: a",
        "test_name": "s :: a",
        "status": "pass",
        "execution_time_seconds": 1.5,
    }
    assert (measured.columns["test_case"], measured.columns["average_latency_ms"]) == ("s :: a.exec_time", 500.0)
    assert (second.columns["status"], second.columns["error_message"]) == ("fail", "no compiler")
    assert (second.extra["metrics"], second.context) == ({"exec_time": 9}, {"__version__": [0, 1]})


@pytest.mark.parametrize(
    ("code", "status"),
    [("XFAIL", "xfail"), ("XPASS", "xpass"), ("UNSUPPORTED", "skip"), ("UNRESOLVED", "error"), ("ODD", "unknown")],
)
def test_the_code_of_lit_is_the_status(code, status):
    assert read({"tests": [{"name": "a", "code": code, "elapsed": 1}]})[0].columns["status"] == status


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (report(), "the report has no tests"),
        ({"Run": {"Info": {}}}, "the report has no tests"),
        (report({"compile_time": 1}), r"the test has no name \(/tests/0\)"),
        (old({"Data": [1]}), r"the test has no name \(/Tests/0\)"),
        ({"tests": [{"name": None, "code": "PASS", "elapsed": 1}]}, r"the test has no name \(/tests/0\)"),
        (report(3), r"the entry is no object \(/tests/0\)"),
        (b'<plist version="1.0"><dict><key>Tests</key><array>', "not a property list: "),
        (
            b'<!DOCTYPE a [<!ENTITY b "c">]><plist><key>Tests</key>',
            "a property list with entities of its own is not read",
        ),
        (
            b'INSERT INTO "NT_Sample" VALUES (1);',
            "SQL for LNT's database: its samples name tests and runs by keys of rows",
        ),
    ],
)
def test_what_can_not_be_read_says_why(content, reason):
    with pytest.raises((NotResults, Rejected), match=reason):
        read(content)


@pytest.mark.parametrize(
    "other", [{"a": 1}, {"tests": [{"name": "x"}]}, {"machine": {}, "run": 3, "tests": []}, b"text", []]
)
def test_other_documents_are_not_taken(other):
    assert not any(importer.recognises(document(other)) for importer in IMPORTERS)


def stated_times(tests):
    """Seconds of a report, read anew: what is called a time, but of the CPU, with the status beside it."""
    for test in tests:
        measured = test.get("metrics", test)
        for name, value in measured.items():
            if re.fullmatch(r"(compile|execution|exec|wall)_time", name) and test.get("code", "PASS") == "PASS":
                states = test.get(name.replace("_time", "_status"), 0)
                values = value if isinstance(value, list) else [value]
                states = states if isinstance(states, list) else [states] * len(values)
                yield [float(time) * 1000 for time, state in zip(values, states, strict=True) if int(state) == 0]
        if re.search(r"\.(compile|exec|wall)$", test.get("Name", "")):
            yield [float(time) * 1000 for time in test["Data"]]


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize(
    "path", sorted(path for path in FORMATS.rglob("*") if path.is_file()), ids=lambda path: path.name
)
def test_real_reports_are_imported_number_by_number(path):
    raw = path.read_bytes()
    if path.name in FOREIGN:
        assert not any(importer.recognises(document(raw)) for importer in IMPORTERS)
        return
    if path.name in EMPTY or path.suffix == ".sql":
        with pytest.raises(NotResults if path.name in EMPTY else Rejected):
            read(raw)
        return
    stated = plistlib.loads(raw) if path.suffix == ".plist" else json.loads(raw)
    measured = [one.columns for one in read(raw) if "average_latency_ms" in one.columns]
    found = [columns.get("samples_ms", [columns["average_latency_ms"]]) for columns in measured]
    assert sorted(found) == [
        pytest.approx(times) for times in sorted(stated_times(stated.get("tests") or stated["Tests"]))
    ]
