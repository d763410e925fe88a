"""JUnit XML: every verdict of a test case is an outcome, pytest's counted as pytest counts them."""

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.junit_xml import IMPORTERS
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Outcome

# The session of pytest-reportlog's sample again; an xpass and an attempt that was repeated look like a pass.
SESSION = Path(__file__).parents[1] / "data" / "formats" / "junit-xml" / "session.xml"
FORMATS = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = [
    SESSION,
    *(path for path in sorted((FORMATS / "junit-xml").rglob("*.xml")) if "corrupt" not in path.name),
    *sorted((FORMATS / "generated").glob("junit*.xml")),
]
CORRUPT = sorted((FORMATS / "junit-xml").rglob("corrupt*.xml"))


def document(content):
    raw = content.encode() if isinstance(content, str) else content
    return Document(path="x", file=Path("x"), head=raw[:4096], raw=raw)


def read(content):
    (importer,) = IMPORTERS
    found = document(content)
    assert importer.recognises(found)
    return list(importer.read(found))


def cases(inner):
    return read(
        f'<testsuites><testsuite name="pytest" timestamp="2026-01-01T10:00:00">{inner}</testsuite></testsuites>'
    )


def verdicts(inner, attributes=""):
    found = cases(f'<testcase classname="test_a" name="test_x" time="0.5" {attributes}>{inner}</testcase>')
    return [finding.columns["status"] for finding in found]


def test_a_test_case_is_an_outcome():
    (found,) = cases('<testcase classname="test_a.TestB" name="test_x[1]" time="0.25" assertions="3"/>')
    assert found.kind is Outcome
    assert found.columns == {
        "test_module": "test_a", "test_class": "TestB", "test_name": "test_x[1]", "status": "pass",
        "node_id": "test_a.TestB::test_x[1]", "execution_time_seconds": 0.25,
    }  # fmt: skip
    assert found.extra == {"assertions": "3"}
    assert found.time == Moment("2026-01-01 10:00:00.000000", "naive")
    assert found.context == {"testsuites": {}, "testsuite": {"name": "pytest", "timestamp": "2026-01-01T10:00:00"}}
    assert found.place == "testcase 1"


@pytest.mark.parametrize(
    ("attributes", "module", "owner", "node_id"),
    [
        ('classname="tests.test_a" file="tests/test_a.py"', "tests.test_a", None, "tests/test_a.py::x"),
        ('classname="tests.a.B.C" file="tests/a.py"', "tests.a", "B::C", "tests/a.py::B::C::x"),
        ('classname="t.test_a.TestB" file="lib/mixin.py"', "t.test_a", "TestB", "t.test_a.TestB::x"),
        ('classname="org.example.FooTest"', "org.example", "FooTest", "org.example.FooTest::x"),
        ('classname="FooTest"', None, "FooTest", "FooTest::x"),
        ("", None, None, "x"),
    ],
)
def test_a_class_is_told_from_a_module_by_the_file_else_by_its_capital(attributes, module, owner, node_id):
    (found,) = cases(f'<testcase name="x" {attributes}/>')
    columns = found.columns
    assert (columns.get("test_module"), columns.get("test_class"), columns["node_id"]) == (module, owner, node_id)


@pytest.mark.parametrize(
    ("inner", "counted"),
    [
        ("", ["pass"]),
        ('<failure message="assert 0">E</failure>', ["fail"]),
        ('<error message="failed on setup with &quot;E&quot;">E</error>', ["error"]),
        ('<error message="failed on teardown with &quot;E&quot;">E</error>', ["pass", "error"]),
        ('<error message="test teardown failure">E</error>', ["pass", "error"]),
        ('<error message="segmentation fault"/>', ["error"]),
        ('<skipped type="pytest.skip" message="no"/>', ["skip"]),
        ('<skipped type="pytest.xfail" message="known"/>', ["xfail"]),
        ('<skipped message="expected test failure">known</skipped>', ["xfail"]),
        ('<skipped message="xfail-marked test passes unexpectedly"/>', ["xpass"]),
        (
            '<skipped type="pytest.skip" message="no"/><error message="failed on teardown with &quot;E&quot;"/>',
            ["skip", "error"],
        ),
        ('<failure message="a"/><failure message="b"/>', ["fail", "fail"]),
    ],
)
def test_every_verdict_counts_as_pytest_counts_it(inner, counted):
    assert verdicts(inner) == counted


def test_a_teardown_that_broke_after_a_failure_is_no_pass():
    test = '<testcase classname="a" name="x">{}</testcase>'
    broken = test.format('<error message="failed on teardown with &quot;E&quot;"/>')
    found = cases(test.format('<failure message="assert 0"/>') + broken)
    assert [finding.columns["status"] for finding in found] == ["fail", "error"]


@pytest.mark.parametrize("attributes", ['status="notrun"', 'result="suppressed"', 'status="disabled"'])
def test_other_tools_say_by_attributes_that_a_test_was_not_run(attributes):
    assert verdicts("", attributes) == ["skip"]


def test_the_time_of_a_case_is_that_of_its_first_verdict():
    first, second = cases(
        '<testcase classname="a" name="x" time="0.5"><error message="failed on teardown with &quot;E&quot;"/></testcase>'
    )
    assert first.columns["execution_time_seconds"] == 0.5
    assert "execution_time_seconds" not in second.columns
    assert second.extra["phase"] == "teardown"


def test_what_went_wrong_is_told_without_the_phase_around_it():
    message = "failed on setup with &quot;ValueError: no&quot;"
    (found,) = cases(f'<testcase name="x"><error message="{message}">trace\nE   ValueError</error></testcase>')
    assert found.columns["error_type"] == "ValueError"
    assert found.columns["error_message"] == "ValueError: no"
    assert found.columns["error_traceback"] == "trace\nE   ValueError"
    assert found.extra == {"phase": "setup"}


def test_a_stated_type_is_the_type_and_further_attributes_are_kept():
    (found,) = cases('<testcase name="x"><failure type="java.lang.Error" message="m" code="3">at</failure></testcase>')
    assert (found.columns["error_type"], found.columns["error_message"]) == ("java.lang.Error", "m")
    assert found.extra == {"failure": {"code": "3"}}


def test_a_skip_has_its_reason_and_its_place_beside_it():
    (found,) = cases(
        '<testcase name="x"><skipped type="pytest.skip" message="no cuda">a.py:3: no cuda</skipped></testcase>'
    )
    assert found.columns["error_message"] == "no cuda"
    assert "error_type" not in found.columns
    assert found.extra == {"skipped": "a.py:3: no cuda"}


@pytest.mark.parametrize(
    ("inner", "status", "message"),
    [
        ('<error message="collection failure">ImportError: no</error>', "error", "ImportError: no"),
        ("<skipped message=\"collection skipped\">('/a.py', 2, 'Skipped: whole')</skipped>", "skip", "whole"),
    ],
)
def test_a_file_that_was_not_collected_is_an_outcome(inner, status, message):
    (found,) = cases(f'<testcase classname="" name="tests.test_b" time="0.000">{inner}</testcase>')
    assert found.columns["test_module"] == found.columns["node_id"] == "tests.test_b"
    assert (found.columns["status"], found.columns["error_message"]) == (status, message)
    assert found.extra["phase"] == "collect"


def test_properties_of_a_test_and_of_a_suite_are_kept():
    suite = '<properties><property name="ARCH" value="PPC"/></properties>'
    test = '<properties><property name="k" value="1"/><property name="k" value="2"/><property name="z" value="3"/></properties>'
    (found,) = cases(f'{suite}<testcase name="x">{test}<system-out>printed</system-out></testcase>')
    assert found.extra == {"properties": {"k": ["1", "2"], "z": "3"}, "system-out": "printed"}
    assert found.context["testsuite"]["properties"] == {"ARCH": "PPC"}


def test_attempts_of_other_tools_are_kept_beside_the_result():
    flaky = '<flakyFailure message="m">at 1</flakyFailure><flakyFailure message="n">at 2</flakyFailure>'
    (found,) = cases(f'<testcase name="x">{flaky}</testcase>')
    assert found.columns["status"] == "pass"
    assert found.extra["flakyFailure"] == [{"message": "m", "text": "at 1"}, {"message": "n", "text": "at 2"}]


def test_a_suite_alone_a_namespace_and_suites_in_suites_are_read():
    inner = '<testsuite name="in" timestamp="2026-01-02T00:00:00Z"><testcase name="x"/></testsuite>'
    (found,) = read(f'<testsuite xmlns="http://example.org/junit" name="out">{inner}</testsuite>')
    assert found.context["testsuite"]["name"] == "in"
    assert found.time == Moment("2026-01-02 00:00:00.000000", "utc")


def test_a_time_that_is_no_number_is_kept():
    (found,) = cases('<testcase name="x" time="1,234.5"/>')
    assert "execution_time_seconds" not in found.columns
    assert found.extra["time"] == "1,234.5"
    assert found.flags == ("time: '1,234.5' is no number",)


def test_cases_that_say_the_same_are_several_results():
    assert [found.nth for found in cases('<testcase name="x" time="0.000"/>' * 3)] == [0, 1, 2]


def test_without_a_time_a_case_is_told_from_that_of_another_run_by_its_suite():
    (found,) = read('<testsuite name="s" time="1.5"><testcase name="x" time="0.001"/></testsuite>')
    assert found.time is None
    assert found.extra == {"testsuite": {"name": "s", "time": "1.5"}}


def test_suites_may_be_nested_deeper_than_the_stack():
    deep = "<testsuite>" * 5000 + '<testcase name="x"/>' + "</testsuite>" * 5000
    assert len(read(deep)) == 1


@pytest.mark.parametrize(
    ("content", "error", "reason"),
    [
        ("<testsuites/>", NotResults, "a report of no test case"),
        ('<testsuite><testcase classname="a"/></testsuite>', Rejected, r"the test case has no name \(testcase 1\)"),
        ("<testsuites><testsuite>", Rejected, "not XML: no element found"),
        (
            '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><testsuites/>',
            Rejected,
            "entities of its own is not read",
        ),
    ],
)
def test_what_is_no_result_says_why(content, error, reason):
    with pytest.raises(error, match=reason):
        read(content)


@pytest.mark.parametrize("content", ["<?xml version='1.0'?><plist/>", "<testsuitex/>", "{}", "text", ""])
def test_other_documents_are_not_taken(content):
    assert not IMPORTERS[0].recognises(document(content))


def test_a_real_session_gives_its_closing_counts():
    counts = Counter(found.columns["status"] for found in read(SESSION.read_bytes()))
    assert counts == {"fail": 4, "pass": 3 + 1 + 1, "skip": 1, "xfail": 1, "error": 4}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_real_file_gives_its_own_numbers(path):
    found = read(path.read_bytes())
    root = ET.fromstring(path.read_text())
    stated = Counter(
        {name: sum(int(suite.get(name, 0)) for suite in root) for name in ("failures", "errors", "skipped")}
    )
    counts = Counter(finding.columns["status"] for finding in found)
    assert counts["fail"] == stated["failures"]
    assert counts["error"] == stated["errors"]
    assert counts["skip"] + counts["xfail"] == stated["skipped"]
    cases = list(root.iter("testcase"))
    firsts = {finding.place: finding for finding in reversed(found)}
    for number, case in enumerate(cases, 1):
        columns = firsts[f"testcase {number}"].columns
        assert columns["test_name"] == case.get("name")
        assert columns["execution_time_seconds"] == float(case.get("time"))
    assert all(finding.time is not None for finding in found)


@pytest.mark.parametrize("path", CORRUPT, ids=lambda path: path.name)
def test_a_broken_real_file_is_rejected(path):
    with pytest.raises(Rejected, match="not XML: no element found: line 11"):
        read(path.read_bytes())
