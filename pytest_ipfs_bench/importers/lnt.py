"""LNT, LLVM's performance tracker: reports of both versions (JSON, plist), and the results of lit that it reads."""

import base64
import datetime as dt
import plistlib
from collections.abc import Iterable, Mapping
from typing import Any
from xml.parsers.expat import ExpatError

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import entries, inside, mapping, numbered
from pytest_ipfs_bench.importers.lnt_tests import gathered, read_lit_test, read_test
from pytest_ipfs_bench.importers.times import moment

BROKEN = (ExpatError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


class Report(Importer):
    """Version 2, `{"machine": ..., "run": ..., "tests": [...]}`: what a test measured stands in its entry."""

    name = "lnt"
    kinds = ("json",)

    def recognises(self, document: Document) -> bool:
        """Whether it has a machine, a run and tests."""
        return document.keys >= {"machine", "run", "tests"} and isinstance(document.json["run"], dict)

    def read(self, document: Document) -> Iterable[Finding]:
        """A result per test and time that it states; a failed one is a failed test."""
        report = document.json
        found = list(entries(report["tests"], "/tests"))
        if not found:
            raise NotResults("the report has no tests")
        common = {"time": moment(report["run"].get("start_time")), "context": _without(report, "tests")}
        return numbered(finding for place, entry in found for finding in read_test(place, entry, common))


class OldReport(Importer):
    """Version 1, `{"Machine": ..., "Run": ..., "Tests": [{"Name", "Data"}]}`, as JSON or as a property list."""

    name = "lnt-v1"

    def recognises(self, document: Document) -> bool:
        """Whether it has a run, and nothing that another format would have."""
        if document.keys:
            return document.keys <= {"Machine", "Run", "Tests"} and isinstance(inside(document.json, "Run"), dict)
        if document.json is not None:
            return False
        return "<plist" in (document.text or "")[:1000] and "<key>Tests</key>" in (document.text or "")

    def read(self, document: Document) -> Iterable[Finding]:
        """The same as of version 2; the name of an entry says what it measured."""
        report = mapping(document.json) or mapping(_plist(document.text or ""))
        if not report.get("Tests"):
            raise NotResults("the report has no tests")
        common = {"time": moment(inside(report, "Run", "Start Time")), "context": _without(report, "Tests")}
        found = gathered(entries(report["Tests"], "/Tests"))
        return numbered(finding for place, entry in found for finding in read_test(place, entry, common))


class LitResults(Importer):
    """What lit writes with --output: `{"tests": [{"name", "code", "elapsed", "metrics"}]}`."""

    name = "lit"
    kinds = ("json",)

    def recognises(self, document: Document) -> bool:
        """Whether the first test has lit's fields."""
        found = inside(document.json, "tests")
        return isinstance(found, list) and bool(found) and mapping(found[0]).keys() >= {"name", "code", "elapsed"}

    def read(self, document: Document) -> Iterable[Finding]:
        """The outcome of every test, and a result per time among its metrics."""
        context = _without(document.json, "tests")
        found = entries(document.json["tests"], "/tests")
        return numbered(
            finding for place, entry in found for finding in read_lit_test(place, entry, {"context": context})
        )


class DatabaseScript(Importer):
    """SQL for a server's database, as its tests have it."""

    name = "lnt-sql"
    kinds = ("text",)

    def recognises(self, document: Document) -> bool:
        """Whether it writes to LNT's tables."""
        return 'INSERT INTO "NT_' in (document.text or "")[:65536]

    def read(self, document: Document) -> Iterable[Finding]:  # noqa: ARG002  nothing in it can be read
        """Nothing: the statements belong to a database."""
        raise Rejected(
            "SQL for LNT's database: its samples name tests and runs by keys of rows that are not in this file"
        )


def _without(report: Mapping[str, Any], results: str) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name != results}


def _plist(content: str) -> Any:
    if "<!ENTITY" in content:
        raise Rejected("a property list with entities of its own is not read")
    try:
        return _plain(plistlib.loads(content.encode(), fmt=plistlib.FMT_XML))
    except BROKEN as error:
        raise Rejected(f"not a property list: {error}") from None


def _plain(value: Any) -> Any:
    """Dates and data of a property list as text, the rest as it is."""
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, dt.datetime) else value


IMPORTERS = (Report(), OldReport(), LitResults(), DatabaseScript())
