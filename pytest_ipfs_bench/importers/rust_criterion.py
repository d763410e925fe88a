"""Criterion: a benchmark's estimate with its confidence interval, and lines below it that say more."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_ipfs_bench.importers.console import FIGURE, Line, figure, quantity
from pytest_ipfs_bench.importers.contract import Finding, Rejected
from pytest_ipfs_bench.importers.findings import known
from pytest_ipfs_bench.records import Outcome, Performance

THREE = re.compile(rf"\[(?P<low>{FIGURE} \S+) (?P<middle>{FIGURE} \S+) (?P<high>{FIGURE} \S+)\]")
PHASE = re.compile(r"Benchmarking (?P<name>.+): (?P<phase>Warming up|Collecting|Analyzing|Complete)(?P<rest>.*)")
MORE = re.compile(r"(time|thrpt|change):(.*)")
OUTLIERS = re.compile(r"Found (\d{1,9}) outliers among (\d{1,9}) measurements .*")
SEVERITY = re.compile(r"(\d{1,9}) \([\d.]+%\) ((?:low|high) (?:mild|severe))")
VERBOSE = re.compile(r"(slope|mean|median) +(\[.*)")
ELEMENTS = re.compile(rf"({FIGURE}) ([KMG]?)elem/s")
SCALE = {"": 1.0, "K": 1e3, "M": 1e6, "G": 1e9}
SAMPLES = re.compile(r"(\d{1,9}) samples in .*")
PANIC = re.compile(r"thread '.*panicked at .*")
Phases = dict[str, str]


def measurements(lines: Sequence[Line], targets: Mapping[str, str]) -> Iterator[Finding]:
    """Every benchmark that Criterion measured, and each panic that ended a target (`targets`: by the line's place).

    Raises Rejected where the text ends within a benchmark.
    """
    begun: dict[str, tuple[Line, Phases]] = {}
    captured = False  # libtest shows a test's panic between these lines
    for index, line in enumerate(lines):
        if phase := PHASE.fullmatch(line.text):
            begun.setdefault(phase["name"], (line, {}))[1][phase["phase"]] = phase["rest"].strip()
        elif timed := _timed(line.text):
            name = line.text.rpartition("time:")[0].strip() or _above(lines, index)
            _, phases = begun.pop(name, (line, {}))
            yield _measurement(line.place, name, timed, phases, _details(lines, index + 1))
        elif line.text.startswith(("---- ", "test result: ")):
            captured = line.text.startswith("---- ")
        elif not captured and PANIC.fullmatch(line.text):
            yield _panic(lines, index, next(iter(begun), targets.get(line.place, "cargo bench")))
            begun.clear()
    for name, (line, phases) in begun.items():
        if "Complete" not in phases:
            raise Rejected(f"the text ends while {name!r} is measured", line.place)


def _timed(text: str) -> re.Match[str] | None:
    before, found, after = text.rpartition("time:")
    return THREE.fullmatch(after.strip()) if found and not before[-1:].strip() else None


def _above(lines: Sequence[Line], index: int) -> str:
    """The name of a benchmark that is too long to stand before its time."""
    name = lines[index - 1].text.strip() if index else ""
    if not name:
        raise Rejected("a benchmark's time has no name", lines[index].place)
    return name


def _measurement(place: str, name: str, timed: re.Match[str], phases: Phases, details: dict[str, Any]) -> Finding:
    samples = SAMPLES.fullmatch(phases.get("Collecting", ""))
    columns = known(
        test_case=name,
        mode="benchmark",
        average_latency_ms=quantity(timed["middle"]),
        throughput_items_per_second=_elements(details.get("thrpt", "")),
        rounds=int(samples[1]) if samples else None,
    )
    told = {phase: rest for phase, rest in phases.items() if rest}
    extra = {"time": [timed["low"], timed["middle"], timed["high"]], **details, **told}
    return Finding(kind=Performance, place=place, columns=columns, extra=extra)


def _details(lines: Sequence[Line], start: int) -> dict[str, Any]:
    """What stands below a time, up to the next benchmark: throughput, change, outliers, under Criterion's words."""
    found: dict[str, Any] = {}
    change = ""
    for index in range(start, len(lines)):
        text, indented = lines[index].text.strip(), lines[index].text.startswith("  ")
        if indented and (more := MORE.fullmatch(text)):
            if more[2]:
                found[change + more[1]] = more[2].strip()
            else:
                change = "change "
        elif some := OUTLIERS.fullmatch(text):
            found |= {"outliers": int(some[1]), "measurements": int(some[2])}
        elif indented and (severity := SEVERITY.fullmatch(text)):
            found[severity[2]] = int(severity[1])
        elif verbose := VERBOSE.fullmatch(text):
            found[verbose[1]] = verbose[2]
        elif indented and text and "change" in "".join(found) and "verdict" not in found:
            found["verdict"] = text
        else:
            break
    return found


def _elements(throughput: str) -> float | None:
    """Elements per second; bytes per second are no items."""
    three = THREE.fullmatch(throughput)
    found = ELEMENTS.fullmatch(three["middle"]) if three else None
    rate = figure(found[1]) if found else None
    return rate * SCALE[found[2]] if found and rate is not None else None


def _panic(lines: Sequence[Line], index: int, where: str) -> Finding:
    """A target that ended early; newer versions of Rust put the message on the line below."""
    message = lines[index].text.strip()
    if message.endswith(":") and index + 1 < len(lines):
        message += "\n" + lines[index + 1].text.strip()
    columns = {"node_id": where, "test_name": where, "status": "fail", "error_type": "panic", "error_message": message}
    return Finding(kind=Outcome, place=lines[index].place, columns=columns)
