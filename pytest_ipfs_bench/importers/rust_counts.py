"""Iai and Gungraun (once Iai-Callgrind): counts of instructions, cache hits and the like, as text and as JSON."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_ipfs_bench.importers import values
from pytest_ipfs_bench.importers.console import Line
from pytest_ipfs_bench.importers.contract import Finding, Rejected
from pytest_ipfs_bench.importers.findings import inside, mapping
from pytest_ipfs_bench.records import Performance

KEYS = {"benchmark_exe", "module_path", "profiles"}
OBJECT = re.compile(r"^[ \t]*\{(?=\s*\")", re.MULTILINE)
METRIC = re.compile(
    r"  (?P<name>[^\s:|][^:|]*): +(?P<new>N/A|\d[\d.]*)(?:\|(?P<old>N/A|\d[\d.]*))?"
    r"(?: +\((?P<change>[^)]*)\))?(?: +\[(?P<factor>[^\]]*)\])?"
)
TOOL = re.compile(r"  =+ (?P<tool>[\w ]+) =+")
PART = re.compile(r"  (?:\|-)?## (?P<part>.+)")
MODULE = re.compile(r"\w+(?:::\w+)+(?:\s.*)?")
RESULT = re.compile(r"\S+ result: (.* benchmarks? finished in .*)")
LIMIT = re.compile(r" {4}(\S+: .* exceeds limit of .*)")
NOTHING = (None, "N/A", "*********")  # no such run


def counts(lines: Sequence[Line]) -> Iterator[Finding]:
    """Every benchmark whose counts stand in a text, under the tool's names for them."""
    context = _verdict(lines)
    header: list[Line] = []
    block: list[str] = []
    for line in (*lines, Line("", "")):
        text = line.text
        if header and text.startswith("  ") and (block or METRIC.fullmatch(text) or TOOL.fullmatch(text)):
            block.append(text)
            continue
        if block:
            yield from _benchmark(header, block, context)
        if block or not text or text.startswith("  "):
            header, block = [], []
        if text and not text.startswith("  "):
            header.append(line)


def _benchmark(header: Sequence[Line], block: Sequence[str], context: Mapping[str, Any]) -> Iterator[Finding]:
    """One benchmark; nothing for indented lines that only look alike. Its name may go over several lines."""
    counted = [metric for text in block if (metric := METRIC.fullmatch(text))]
    if any(metric["old"] or metric["name"] == "Instructions" for metric in counted):
        starts = [count for count, line in enumerate(header) if MODULE.fullmatch(line.text)]
        named = header[starts[-1] :] if starts else header[-1:]
        columns = {"test_case": "\n".join(line.text for line in named), "mode": "benchmark"}
        yield Finding(kind=Performance, place=named[0].place, columns=columns, extra=_metrics(block), context=context)


def _metrics(block: Sequence[str]) -> dict[str, Any]:
    """Counts by name, within their tool and part where they are named; an earlier run's, and the changes, beside them."""
    found: dict[str, Any] = {}
    tool = metrics = found
    for line in block:
        if heading := TOOL.fullmatch(line):
            tool = metrics = found.setdefault(heading["tool"], {})
        elif part := PART.fullmatch(line):
            metrics = tool if part["part"] == "Total" else tool.setdefault(part["part"], {})
        elif metric := METRIC.fullmatch(line):
            told = {kind: value for kind, value in metric.groupdict().items() if value not in NOTHING}
            name = told.pop("name")
            if "new" in told:
                metrics[name] = _count(told.pop("new"))
            for kind, value in told.items():
                metrics.setdefault(kind, {})[name] = _count(value) if kind == "old" else value
        else:
            metrics.setdefault("notes", []).append(line.strip())
    return found


def _count(written: str) -> int | float | str:
    value = values.whole(written) if written.isdecimal() else values.number(written)
    return written if value is None else value


def _verdict(lines: Sequence[Line]) -> dict[str, Any]:
    """Which limits were exceeded, and the closing line."""
    found: dict[str, Any] = {}
    above = ""
    for _, line in lines:
        if limit := LIMIT.fullmatch(line):
            found.setdefault("regressions", []).append(f"{above}: {limit[1]}")
        elif result := RESULT.fullmatch(line):
            found["result"] = result[1]
        else:
            above = line.strip().removesuffix(":")
    return found


def summaries(written: str) -> tuple[list[Finding], str]:
    """Gungraun's JSON objects in a text, and the text without them and without those of other tools.

    Raises Rejected for an object that is broken or cut off. The rest of the text keeps its number of lines.
    """
    if '"benchmark_exe"' not in written:
        return [], written
    found, kept, at, line = [], [], 0, 1
    while start := OBJECT.search(written, at):
        line += written.count("\n", at, start.start())
        try:
            value, end = json.JSONDecoder().raw_decode(written, start.end() - 1)
        except (ValueError, RecursionError):
            raise Rejected("the JSON object that begins here is broken or cut off", f"line {line}") from None
        if value.keys() >= KEYS:
            found.append(_summary(value, f"line {line}"))
        height = written.count("\n", start.start(), end)
        kept += [written[at : start.start()], "\n" * height]
        line, at = line + height, end
    return found, "".join([*kept, written[at:]])


def _summary(value: Mapping[str, Any], place: str) -> Finding:
    module = values.text(value["module_path"])
    if module is None:
        raise Rejected("a benchmark's module_path is no text", place)
    words = ":".join(word for name in ("id", "details") if (word := values.text(value.get(name))))
    new, old = _sides(value["profiles"])
    extra = {name: inner for name, inner in value.items() if name != "module_path"}
    return Finding(
        kind=Performance,
        place=place,
        columns={"test_case": f"{module} {words}".rstrip(), "mode": "benchmark"},
        extra=extra | ({"metrics": new} if new else {}) | ({"old_metrics": old} if old else {}),
        flags=() if new else ("no metric of this run is stated",),
    )


def _sides(profiles: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The metrics of this run and of the earlier one, by tool: `Left` is new, `Right` old, `Both` holds the two."""
    new: dict[str, Any] = {}
    old: dict[str, Any] = {}
    for profile in profiles if isinstance(profiles, list) else []:
        tool = values.text(inside(profile, "tool")) or "unknown"
        for metrics in mapping(inside(profile, "summaries", "total", "summary")).values():
            for name, diff in mapping(metrics).items():
                sides = mapping(inside(diff, "metrics"))
                both = sides.get("Both")
                first, second = both if isinstance(both, list) and len(both) == len("ab") else (None, None)
                _put(new, tool, name, first or sides.get("Left"))
                _put(old, tool, name, second or sides.get("Right"))
    return new, old


def _put(metrics: dict[str, Any], tool: str, name: str, value: Any) -> None:
    """Stores a metric, which is written as {"Int": 6} or {"Float": 0.1}."""
    for kind in ("Int", "Float"):
        if (found := inside(value, kind)) is not None:
            metrics.setdefault(tool, {})[name] = found
