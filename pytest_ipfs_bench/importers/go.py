"""What `go test -bench` prints: results in Go's benchmark format, tests that failed, and what they were built for."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pytest_ipfs_bench.importers import console
from pytest_ipfs_bench.importers.console import FIGURE, Line, figure, milliseconds
from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import known, numbered
from pytest_ipfs_bench.records import Outcome, Performance

SIGNS = ("ns/op", "goos: ", "--- FAIL: Benchmark")
LINES = re.compile(
    r"^(?:Benchmark[^\sa-z]?\S*[ \t]+\d+[ \t]+[\d.]+ ns/op(?:\s|$)|goos: [a-z0-9]+\s*$|.*--- FAIL: Benchmark)",
    re.MULTILINE,
)
HEADER = re.compile(r"(goos|goarch|pkg|cpu|toolchain): (\S.*)")
NAME = r"Benchmark(?:[^\sa-z]\S*)?"
RESULT = re.compile(rf"(?P<name>{NAME})\s+(?P<count>\d{{1,18}})\s+(?P<values>[-+]?(?:[\d.]|Inf\b|NaN\b)\S*\s+\S.*)")
CUT_OFF = re.compile(rf"{NAME}\s+\d+(?:\s+[\d.]+)?")
OUTCOME = re.compile(rf"(?:{NAME}\s+|\s*)--- (?P<word>PASS|FAIL|SKIP): (?P<name>\S+)(?: \((?P<seconds>[\d.]+)s\))?")
PANIC = re.compile(rf"(?:(?P<name>{NAME})\s+)?(?P<message>(?:panic|fatal error): .*)")
PACKAGE = re.compile(r"(?P<word>ok|FAIL)\s+(?P<pkg>\S+)\s+(?:(?P<seconds>[\d.]+)s|\(cached\)|\[(?P<reason>.+)\]).*")
PROCS = re.compile(r"(?P<name>.+)-(?P<procs>[1-9]\d{0,5})")
STATUS = {"PASS": "pass", "FAIL": "fail", "SKIP": "skip"}
Head = dict[str, str]


class GoTest(Importer):
    """Text of `go test -bench`, of one package or of many."""

    name = "go-test"
    kinds = ("text",)
    precedence = console.EARLY

    def recognises(self, document: Document) -> bool:
        """Whether a line in it is a result, a benchmark that failed, or the head that Go prints above results."""
        text = console.printed(document)
        return text is not None and any(sign in text for sign in SIGNS) and LINES.search(text) is not None

    def read(self, document: Document) -> Iterable[Finding]:
        """Every result, and every outcome of a test or package that is told."""
        found = list(_findings(console.lines(document)))
        if not found:
            raise NotResults("it ran no benchmark")
        return numbered(found)


def _findings(lines: Sequence[Line]) -> Iterator[Finding]:
    """A head holds for its package, which ends with the line that sums it up."""
    head: Head = {}
    failed, panic = False, ""
    for index, (place, text) in enumerate(lines):
        if told := HEADER.fullmatch(text):
            head = {**head, told[1]: told[2]}
        elif result := RESULT.fullmatch(text):
            yield _measurement(place, result, head)
        elif outcome := OUTCOME.fullmatch(text):
            failed = failed or outcome["word"] == "FAIL"
            seconds, output = figure(outcome["seconds"] or ""), _output(lines, index)
            yield _outcome(place, outcome["name"], STATUS[outcome["word"]], head, seconds, output)
        elif raised := PANIC.fullmatch(text):
            panic = raised["message"]
            if raised["name"]:  # else its test is not known, and the package's line tells
                failed = True
                yield _outcome(place, raised["name"], "fail", head, None, panic)
        elif CUT_OFF.fullmatch(text):
            raise Rejected(f"the result is cut off: {text[:80]!r}", place)
        elif package := PACKAGE.fullmatch(text):
            if package["word"] == "FAIL" and not failed:
                yield _package(place, package, head, panic)
            head, failed, panic = {}, False, ""


def _measurement(place: str, result: re.Match[str], head: Head) -> Finding:
    """`Name-8  iterations  value unit  value unit ...`: -8 is GOMAXPROCS; B/op is no peak of memory."""
    words = result["values"].split()
    if len(words) % 2:
        raise Rejected(f"a value of {result['name']} has no unit: {words[-1][:40]!r}", place)
    figures = dict(zip(words[1::2], words[::2], strict=True))
    name, procs = _name(result["name"])
    columns = known(
        test_case=_within(head, name),
        mode="benchmark",
        threads=procs,
        iterations=int(result["count"]),
        average_latency_ms=milliseconds(figures.get("ns/op", ""), "ns"),
    )
    if "average_latency_ms" in columns:
        del figures["ns/op"]
    extra = {unit: _value(value, unit, place) for unit, value in figures.items()}
    return Finding(kind=Performance, place=place, columns=columns, extra=extra, context=head, **_cpu(head))


def _value(written: str, unit: str, place: str) -> float | str:
    if not re.fullmatch(rf"[-+]?(?:{FIGURE}|Inf|NaN)", written):
        raise Rejected(f"the value before {unit[:40]!r} is no number: {written[:40]!r}", place)
    value = figure(written.lstrip("+-"))
    return written if value is None else -value if written.startswith("-") else value


def _outcome(place: str, name: str, status: str, head: Head, seconds: float | None, message: str) -> Finding:
    name = _name(name)[0] if name.startswith("Benchmark") else name
    columns = known(
        node_id=_within(head, name),
        test_module=head.get("pkg"),
        test_name=name,
        status=status,
        execution_time_seconds=seconds,
        error_message=message or None,
    )
    return Finding(kind=Outcome, place=place, columns=columns, context=head, **_cpu(head))


def _output(lines: Sequence[Line], index: int) -> str:
    """What a test logged: the indented lines below its outcome."""
    found = []
    for below in range(index + 1, len(lines)):
        text = lines[below].text
        if not text.startswith("    ") or OUTCOME.fullmatch(text):
            break
        found.append(text.strip())
    return "\n".join(found)


def _package(place: str, package: re.Match[str], head: Head, panic: str) -> Finding:
    """A package that failed though none of its tests did: it was not built, or it panicked."""
    columns = known(
        node_id=package["pkg"],
        test_name=package["pkg"],
        status="error",
        execution_time_seconds=figure(package["seconds"] or ""),
        error_message=package["reason"] or panic or None,
    )
    return Finding(kind=Outcome, place=place, columns=columns, context=head, **_cpu(head))


def _name(written: str) -> tuple[str, int | None]:
    found = PROCS.fullmatch(written)
    return (found["name"], int(found["procs"])) if found else (written, None)


def _within(head: Head, name: str) -> str:
    """The name with its package, as far as it is known: packages have benchmarks of the same name."""
    return f"{head['pkg']}.{name}" if "pkg" in head else name


def _cpu(head: Head) -> dict[str, Any]:
    return {"hardware": "cpu", "device": head["cpu"]} if "cpu" in head else {}


IMPORTERS = (GoTest(),)
