"""pytest-reportlog's lines: an outcome for every report that pytest's closing counts count."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import outcomes
from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.findings import known, numbered
from pytest_ipfs_bench.importers.pytest_reports import PHASES, Why, collected, columns, phase, reason
from pytest_ipfs_bench.importers.times import Moment, moment
from pytest_ipfs_bench.importers.values import Row, text
from pytest_ipfs_bench.records import Outcome

if TYPE_CHECKING:
    from pytest_ipfs_bench.importers.document import Document

TYPE = "$report_type"
TESTS = {"TestReport", "SubTestReport"}
SESSION = {"SessionStart", "SessionFinish"}
SUBTEST, RERUN = "_subtest.context", "rerun"


class Reportlog(Importer):
    """A session's reports, one JSON object a line. Warnings are no results, and left out."""

    name = "pytest-reportlog"
    kinds = ("json", "lines")

    def recognises(self, document: "Document") -> bool:
        """By the type of report that every line states."""
        if document.json is not None:
            return TYPE in document.keys
        content = document.text or ""
        return content.lstrip().startswith("{") and f'"{TYPE}"' in content[: content.find("\n")]

    def read(self, document: "Document") -> Iterable[Finding]:
        """Outcomes as the recorder of a session would have made them."""
        lines = _lines(document)
        context: dict[str, Any] = {}
        for _, line in lines:
            if text(line.get(TYPE)) in SESSION:
                context |= {name: value for name, value in line.items() if name != TYPE}
        found = list(numbered(_findings(lines, context)))
        if not found:
            raise NotResults("a session that ran no test")
        return found


def _lines(document: "Document") -> list[tuple[int, Any]]:
    if document.json is not None:
        return [(1, document.json)]
    if document.lines is None:
        rest = "a line is no JSON object"
        raise Rejected(rest if "Extra data" in document.trouble else document.trouble or rest)
    return document.lines


def _findings(lines: list[tuple[int, Any]], context: Mapping[str, Any]) -> Iterator[Finding]:
    # The time of a report that tells none, as of a file that was not collected, or of a worker that crashed.
    began = next((time for _, line in lines if (time := moment(line.get("start")))), None)
    for number, line in lines:
        kind, report = text(line.get(TYPE)), {name: value for name, value in line.items() if name != TYPE}
        finding = None
        if kind in TESTS:
            finding = _finding(report, f"line {number}", context, began)
        elif kind == "CollectReport":
            finding = collected(report, f"line {number}", context, began)
        if finding:
            yield finding


def _finding(report: Mapping[str, Any], place: str, context: Mapping[str, Any], began: Moment | None) -> Finding | None:
    row = Row(report)
    node_id, outcome, when = row.text("nodeid"), row.text("outcome"), row.text("when")
    if node_id is None or outcome is None:
        raise Rejected(f"the report has no {'nodeid' if node_id is None else 'outcome'}", place)
    status = outcomes.status(outcome, when, expected="wasxfail" in report)
    if status is None:
        return None
    why = Why() if status == "pass" else _why(row)
    if why.whole or row.left.get("longrepr") is None:
        row.left.pop("longrepr", None)
    told = columns(node_id, status, row.number("duration") if when in PHASES else None, why)
    return Finding(
        kind=Outcome,
        place=place,
        columns=told,
        time=moment(row.left.get("stop")) or began,
        extra=_extra(row, outcome) | phase(when),
        context=context,
        flags=tuple(row.flags),
    )


def _why(row: Row) -> Why:
    """Of an xfail its reason alone; the traceback stays among the other fields."""
    expected = row.left.get("wasxfail")
    if isinstance(expected, str):
        del row.left["wasxfail"]
        return Why(message=expected.removeprefix("reason: ") or None)
    return reason(row.left.get("longrepr"))


def _extra(row: Row, outcome: str) -> dict[str, Any]:
    """The other fields. `rerun` marks an attempt that was repeated, as the recorder does; others only count them."""
    subtest, count = row.pop(SUBTEST), row.pop(RERUN)
    if outcome == "rerun":
        return row.left | known(subtest=subtest) | {"rerun": True if count is None else count}
    return row.left | known(subtest=subtest, reruns=count or None)


IMPORTERS = (Reportlog(),)
