"""Rust's own harness, libtest: a line for every test and benchmark, and a block of output for each that failed."""

import re
from collections.abc import Iterator, Sequence

from pytest_ipfs_bench.importers.console import FIGURE, Line, figure, milliseconds
from pytest_ipfs_bench.importers.contract import Finding, Rejected
from pytest_ipfs_bench.importers.findings import known
from pytest_ipfs_bench.records import Outcome, Performance

RUNNING = re.compile(r"running (\d{1,9}) tests?")
OUTPUT = re.compile(r"---- (\S.*) stdout ----")
BENCH = re.compile(
    rf"bench: +(?P<value>{FIGURE}) (?P<unit>\S+)/iter \(\+/- (?P<spread>{FIGURE})\)(?: = (?P<rate>{FIGURE}) MB/s)?"
)
OUTCOME = re.compile(r"(?P<word>ok|FAILED|ignored)(?:, (?P<reason>.*))?(?: <(?P<seconds>[\d.]+)s>)?")
STATUS = {"ok": "pass", "FAILED": "fail", "ignored": "skip"}


def tests(lines: Sequence[Line]) -> Iterator[Finding]:
    """What libtest says: measurements, and outcomes of tests. Raises Rejected for a run that is cut off.

    The figure is the median of libtest's samples (or the estimate of Criterion, which can print the same form); it
    stands under the name that every benchmark's time has.
    """
    failures = outputs(lines)
    place, announced, told = "", 0, 0
    for line in (*lines, Line("", "running 0 tests")):
        if running := RUNNING.fullmatch(line.text):
            if told < announced:
                raise Rejected(f"the run of {announced} tests is cut off after {told}", place)
            place, announced, told = line.place, int(running[1]), 0
        elif line.text.startswith("test result: "):
            announced = 0
        elif finding := _test(line, failures):
            told += 1
            yield finding


def outputs(lines: Sequence[Line]) -> dict[str, str]:
    """What each failed test printed, by its name."""
    found: dict[str, list[str]] = {}
    block: list[str] | None = None
    for line in lines:
        if heading := OUTPUT.fullmatch(line.text):
            block = found.setdefault(heading[1], [])
        elif line.text.startswith(("failures:", "test result: ")):
            block = None
        elif block is not None:
            block.append(line.text)
    return {name: "\n".join(block).strip() for name, block in found.items()}


def _test(line: Line, failures: dict[str, str]) -> Finding | None:
    head, dots, told = line.text.partition(" ... ")
    name, told = head.removeprefix("test ").strip(), told.strip()
    if not dots or not name or not head.startswith("test "):
        return None
    if bench := BENCH.fullmatch(told):
        return _measurement(line.place, name, bench)
    if told.startswith("bench:"):
        raise Rejected(f"the figures of {name!r} can't be read: {told[:60]!r}", line.place)
    outcome = OUTCOME.fullmatch(told)
    return _outcome(line.place, name, outcome, failures.get(name)) if outcome else None


def _measurement(place: str, name: str, bench: re.Match[str]) -> Finding:
    columns = known(test_case=name, mode="benchmark", average_latency_ms=milliseconds(bench["value"], bench["unit"]))
    extra = {f"{bench['unit']}/iter": figure(bench["value"]), "+/-": figure(bench["spread"])}
    if bench["rate"]:
        extra["MB/s"] = figure(bench["rate"])
    return Finding(kind=Performance, place=place, columns=columns, extra=extra)


def _outcome(place: str, name: str, outcome: re.Match[str], output: str | None) -> Finding:
    columns = known(
        node_id=name,
        test_module=name.rpartition("::")[0] or None,
        test_name=name.rpartition("::")[2],
        status=STATUS[outcome["word"]],
        execution_time_seconds=figure(outcome["seconds"] or ""),
        error_message=outcome["reason"] or output or None,
    )
    return Finding(kind=Outcome, place=place, columns=columns)
