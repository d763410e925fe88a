"""JUnit XML, pytest's and others': an outcome for every test case, and for every failure, error and skip in it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from pytest_ipfs_bench import outcomes
from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.findings import known, numbered
from pytest_ipfs_bench.importers.pytest_reports import phase, skip_reason
from pytest_ipfs_bench.importers.times import Moment, moment
from pytest_ipfs_bench.importers.values import Row, text
from pytest_ipfs_bench.records import Outcome

if TYPE_CHECKING:
    from pytest_ipfs_bench.importers.document import Document

SUITES = {"testsuites", "testsuite"}
STATUS = {"failure": "fail", "error": "error", "skipped": "skip"}
# pytest's words of an expected failure: the type since 2019, before that the message.
XFAIL, OLD_XFAIL, OLD_XPASS = "pytest.xfail", "expected test failure", "xfail-marked test passes unexpectedly"
SKIP_TYPES = {"pytest.skip", XFAIL}
NOT_RUN = {"notrun", "skipped", "disabled", "suppressed", "ignored"}  # attributes of Google Test and others
IN_PHASE = re.compile(r'failed on (?P<phase>setup|teardown) with "(?P<message>.*?)"?', re.DOTALL)
OLD_PHASE = {"test setup failure": "setup", "test teardown failure": "teardown"}
COLLECTION = {"collection failure", "collection skipped"}
TAKEN = {"message", "type"}


@dataclass(frozen=True, slots=True)
class Suite:
    """What the suites around a test case say. Without a time, their attributes tell one run of a test from another."""

    time: Moment | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that a test case says: how it ended, in which phase, and why."""

    status: str
    phase: str | None = None
    kind: str | None = None
    message: str | None = None
    traceback: str | None = None


class JUnitXML(Importer):
    """A report of test suites. What a suite printed is left out; what a test printed is kept."""

    name = "junit-xml"
    kinds = ("text",)

    def recognises(self, document: "Document") -> bool:
        """By the root of the document."""
        return document.xml is not None and _tag(document.xml) in SUITES

    def read(self, document: "Document") -> Iterable[Finding]:
        """Outcomes in the order of the document."""
        assert document.xml is not None
        found = list(numbered(_findings(document.xml)))
        if not found:
            raise NotResults("a report of no test case")
        return found


def _findings(root: ET.Element) -> Iterator[Finding]:
    failed: set[tuple[str | None, str | None]] = set()
    for number, (case, suite) in enumerate(_cases(root), 1):
        place, row = f"testcase {number}", Row(case.attrib)
        name, classname, stated = row.text("name"), row.text("classname"), row.number("time")
        if name is None:
            raise Rejected("the test case has no name", place)
        verdicts = _verdicts(case, may_have_passed=(classname, name) not in failed)
        if "fail" in (verdict.status for verdict in verdicts):
            failed.add((classname, name))
        if any(verdict.phase == "collect" for verdict in verdicts):
            subject = {"test_module": name, "test_name": name, "node_id": case.get("file") or name}
        else:
            subject = _subject(classname, name, case.get("file"))
        time = moment(case.get("timestamp")) or suite.time
        extra = {**row.left, **_told(case), **(suite.run if time is None else {})}
        for seconds, verdict in zip([stated, *[None] * len(verdicts)], verdicts, strict=False):
            yield Finding(
                kind=Outcome,
                place=place,
                columns=subject | _columns(verdict, seconds),
                time=time,
                extra=extra | phase(verdict.phase),
                context=suite.context,
                flags=tuple(row.flags),
            )


def _cases(root: ET.Element) -> Iterator[tuple[ET.Element, Suite]]:
    """Test cases with their suites, in order; without recursion, for suites may be nested deeper than Python's stack."""
    waiting = [(root, Suite())]
    while waiting:
        element, suite = waiting.pop()
        if _tag(element) == "testcase":
            yield element, suite
        elif _tag(element) in SUITES:
            inner = _suite(element, suite)
            waiting += [(child, inner) for child in reversed(element)]


def _suite(element: ET.Element, outer: Suite) -> Suite:
    attributes = dict(element.attrib)
    return Suite(
        time=moment(element.get("timestamp")) or outer.time,
        context={**outer.context, _tag(element): {**attributes, **known(properties=_properties(element))}},
        run={"testsuite": attributes} if attributes else outer.run,
    )


def _subject(classname: str | None, name: str, file: str | None) -> dict[str, Any]:
    """Module, class and name. Only beside its file is a class told from a module; else by its capital, as is usual.

    The node id is pytest's where the file is stated, and otherwise the names as they stand.
    """
    classname = classname or ""
    dotted = (file or "").removesuffix(".py").replace("/", ".").replace("\\", ".")
    if file and file.endswith(".py") and f"{classname}.".startswith(f"{dotted}."):
        module, owners = dotted, [part for part in classname[len(dotted) + 1 :].split(".") if part]
        node_id = "::".join([file, *owners, name])
    else:
        parts = [part for part in classname.split(".") if part]
        capital = next((place for place, part in enumerate(parts) if part[0].isupper()), len(parts))
        module, owners = ".".join(parts[:capital]), parts[capital:]
        node_id = "::".join([classname, name] if classname else [name])
    return known(test_module=module or None, test_class="::".join(owners) or None, test_name=name, node_id=node_id)


def _columns(verdict: Verdict, seconds: float | None) -> dict[str, Any]:
    return known(
        status=verdict.status,
        execution_time_seconds=seconds,
        error_type=verdict.kind,
        error_message=verdict.message,
        error_traceback=verdict.traceback,
    )


def _verdicts(case: ET.Element, *, may_have_passed: bool) -> list[Verdict]:
    """What a test case says. One that only broke in its teardown had passed, unless an earlier one says that it failed."""
    found = [_verdict(child) for child in case if _tag(child) in STATUS]
    if not found:
        words = {case.get(name, "").lower() for name in ("status", "result")}
        return [Verdict("pass" if words.isdisjoint(NOT_RUN) else "skip")]
    if may_have_passed and all(verdict.phase == "teardown" for verdict in found):
        return [Verdict("pass"), *found]
    return found


def _verdict(element: ET.Element) -> Verdict:
    status, content = STATUS[_tag(element)], (element.text or "").strip()
    message, kind = text(element.get("message")) or content or None, text(element.get("type"))
    when = OLD_PHASE.get(message or "")
    if message in COLLECTION:
        when, message = "collect", skip_reason(content) or content or message
    elif status == "error" and message and (found := IN_PHASE.fullmatch(message)):
        when, message = found["phase"], found["message"]
    if status == "skip":
        return _skip(kind, message, content, when)
    kind = kind or (outcomes.error_type(message) if message else None)
    return Verdict(status, when, kind, message, content[-outcomes.MAX_TRACEBACK :] or None)


def _skip(kind: str | None, message: str | None, content: str, when: str | None) -> Verdict:
    if message == OLD_XPASS:
        return Verdict("xpass", when)
    if kind == XFAIL or message == OLD_XFAIL:
        return Verdict("xfail", when, message=content if message == OLD_XFAIL else message)
    return Verdict("skip", when, None if kind in SKIP_TYPES else kind, message)


def _told(case: ET.Element) -> dict[str, Any]:
    """What a test case holds beside its attributes and verdicts: properties, what it printed, where it was skipped."""
    told: dict[str, list[Any]] = {}
    for child in case:
        tag = _tag(child)
        attributes = {name: value for name, value in child.attrib.items() if tag not in STATUS or name not in TAKEN}
        content = "" if tag in ("failure", "error") else "".join(child.itertext()).strip()
        one = attributes | {"text": content} if attributes and content else attributes or content
        if one and tag != "properties":
            told.setdefault(tag, []).append(one)
    return _single(told) | known(properties=_properties(case))


def _properties(element: ET.Element) -> dict[str, Any] | None:
    """Names and values; the values of a name that was recorded several times as a list."""
    found: dict[str, list[Any]] = {}
    for group in element:
        for one in group if _tag(group) == "properties" else ():
            found.setdefault(one.get("name", ""), []).append(one.get("value", (one.text or "").strip()))
    return _single(found) or None


def _single(told: Mapping[str, list[Any]]) -> dict[str, Any]:
    return {name: values if len(values) > 1 else values[0] for name, values in told.items()}


def _tag(element: ET.Element) -> str:
    """The name without a namespace."""
    return str(element.tag).rpartition("}")[2]


IMPORTERS = (JUnitXML(),)
