"""pytest-json-report's document: an outcome for every phase of a test that pytest's closing counts count."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import outcomes
from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.findings import entries, mapping, numbered
from pytest_ipfs_bench.importers.pytest_reports import PHASES, Why, collected, columns, failed, phase, skip_reason
from pytest_ipfs_bench.importers.times import moment
from pytest_ipfs_bench.importers.values import Row, text
from pytest_ipfs_bench.records import Outcome

if TYPE_CHECKING:
    from pytest_ipfs_bench.importers.document import Document

# What a test as a whole is called.
STATED = {
    "passed": "pass", "failed": "fail", "error": "error", "skipped": "skip", "xfailed": "xfail", "xpassed": "xpass",
}  # fmt: skip
LISTS = ("tests", "collectors", "warnings")


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a test, or (with nothing told) what the test's own outcome says and no phase does."""

    when: str
    status: str
    told: Mapping[str, Any] = field(default_factory=dict)


class JsonReport(Importer):
    """What --json-report writes at the end of a session."""

    name = "pytest-json-report"
    kinds = ("json",)

    def recognises(self, document: "Document") -> bool:
        """By the keys that it always writes."""
        return {"created", "exitcode", "summary"} <= document.keys

    def read(self, document: "Document") -> Iterable[Finding]:
        """An outcome for every phase that counts, and for every file that could not be collected."""
        if "tests" not in document.keys:
            raise NotResults("a summary of a session: its tests are left out")
        found = list(numbered(_findings(document.json)))
        if not found:
            raise NotResults("a session that ran no test")
        return found


def _findings(content: Mapping[str, Any]) -> Iterator[Finding]:
    context, time = {name: value for name, value in content.items() if name not in LISTS}, moment(content["created"])
    for place, entry in entries(content.get("collectors") or [], "/collectors"):
        if finding := collected(entry, place, context, time):
            yield finding
    for place, entry in entries(content["tests"], "/tests"):
        for one in _phases(entry, place):
            row = Row(one.told)
            told = _columns(entry, one, row)
            yield Finding(
                kind=Outcome,
                place=place,
                columns=told,
                time=time,
                extra=_extra(entry, one, row),
                context=context,
                flags=tuple(row.flags),
            )


def _phases(entry: Mapping[str, Any], place: str) -> list[Phase]:
    """The phases that count. An outcome of the test that none of them has is of a subtest, whose report is not there."""
    outcome = text(entry.get("outcome"))
    if outcome is None or text(entry.get("nodeid")) is None:
        raise Rejected(f"the test has no {'outcome' if outcome is None else 'nodeid'}", place)
    stages = {
        when: told
        for when, told in entry.items()
        if isinstance(told, dict) and "outcome" in told and when != "metadata"
    }
    counted = [(when, _status(when, told, outcome), told) for when, told in stages.items()]
    found = [Phase(when, status, told) for when, status, told in counted if status]
    stated = STATED.get(outcome)
    if not found:  # nothing but a set-up that passed: the session was interrupted
        return [Phase("", "unknown" if stages and stated == "pass" else stated or "unknown")]
    if stated not in (None, "pass", *(phase.status for phase in found)):
        found.append(Phase("", str(stated)))
    return found


def _status(when: str, told: Mapping[str, Any], outcome: str) -> str | None:
    """What a phase counts as. That it was skipped as xfail is seen from its traceback, where a skip has a reason alone."""
    stage, longrepr = text(told["outcome"]), text(told.get("longrepr"))
    expected = outcome == "xpassed"
    if stage == "skipped":
        expected = outcome == "xfailed" if longrepr is None else skip_reason(longrepr) is None
    return outcomes.status(stage, when, expected=expected) if stage else None


def _columns(entry: Mapping[str, Any], one: Phase, row: Row) -> dict[str, Any]:
    longrepr = row.text("longrepr")
    message = text(mapping(row.left.get("crash")).get("message")) or longrepr
    why = failed(message, longrepr)
    if one.status == "pass":
        why = Why()
    elif one.status == "skip":
        why = Why(message=message and (skip_reason(message) or message))
    seconds = row.number("duration") if one.when in PHASES else None
    return columns(text(entry.get("nodeid")) or "", one.status, seconds, why)


def _extra(entry: Mapping[str, Any], one: Phase, row: Row) -> dict[str, Any]:
    """The test's other fields, with those of its other phases."""
    rest = {name: value for name, value in row.left.items() if name != "outcome"}
    others = {name: value for name, value in entry.items() if name not in ("nodeid", one.when)}
    return others | ({one.when: rest} if rest else {}) | phase(one.when or None)


IMPORTERS = (JsonReport(),)
