"""Catch2's table of benchmarks, versions 2 and 3: three lines of figures for each."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pytest_ipfs_bench.importers import console
from pytest_ipfs_bench.importers.console import FIGURE, Line, quantity
from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import known, numbered
from pytest_ipfs_bench.importers.values import whole
from pytest_ipfs_bench.records import Outcome, Performance

TITLE = re.compile(r"^benchmark name +samples +iterations +(?P<last>estimated|est run time|mean)\s*$", re.MULTILINE)
THREE = re.compile(rf" +({FIGURE} \S+) +({FIGURE} \S+) +({FIGURE} \S+)")
FAILED = "Benchmark failed ("
RULE = re.compile(r"[-=~.]{20,}")
HOST = re.compile(r"(?P<executable>.+) is a Catch2? (?P<version>v\S+) host application\.")
CLOSING = re.compile(r"(test cases|assertions): +(\S.*)")


class Heading(NamedTuple):
    """Where benchmarks stand: the test case with its sections, and its place in the source."""

    names: tuple[str, ...] = ()
    location: str = ""


class Row(NamedTuple):
    """The first line of a benchmark's figures: with analysis its time is an estimate, without it the mean."""

    name: str
    samples: int | None
    iterations: int | None
    time: str


class Catch2(Importer):
    """Text of Catch2's console reporter with benchmarks in it."""

    name = "catch2"
    kinds = ("text",)
    precedence = console.EARLY

    def recognises(self, document: Document) -> bool:
        """Whether the title of the table of benchmarks stands in it."""
        text = console.printed(document)
        return text is not None and "benchmark name " in text and TITLE.search(text) is not None

    def read(self, document: Document) -> Iterable[Finding]:
        """Every benchmark, measured or failed."""
        lines = console.lines(document)
        found = list(_findings(lines, _context(lines)))
        if not found:
            raise NotResults("its table of benchmarks is empty")
        return numbered(found)


def _context(lines: Sequence[Line]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        if host := HOST.fullmatch(line.text):
            found |= {"executable": host["executable"], "catch": host["version"]}
        elif closing := CLOSING.fullmatch(line.text):
            found[closing[1]] = closing[2]
    return found


def _findings(lines: Sequence[Line], context: dict[str, str]) -> Iterator[Finding]:
    heading, last = Heading(), ""
    above: list[str] = []  # a long name is wrapped: its first lines stand alone above the one with the figures
    for index, (place, text) in enumerate(lines):
        if title := TITLE.fullmatch(text):
            last = title["last"]
        elif RULE.fullmatch(text):
            heading, above = _heading(lines, index) or heading, []
        elif last and (row := _row(text, above)):
            columns, extra = _figures(lines, index, row, last)
            columns["test_case"] = "/".join([*heading.names, row.name])
            extra |= known(location=heading.location or None)
            yield Finding(kind=Performance, place=place, columns=columns, extra=extra, context=context)
            above = []
        elif last and FAILED in text:
            yield _failure(place, text, above, heading, context)
            above = []
        else:
            above = [*above[-9:], text] if text and not text.startswith("  ") else []


def _heading(lines: Sequence[Line], index: int) -> Heading | None:
    """The heading that begins with this line: a rule, names, a rule, the place in the source, dots."""
    names: list[str] = []
    for below in range(index + 1, min(index + 40, len(lines) - 2)):
        text = lines[below].text
        if names and text.startswith("----") and lines[below + 2].text.startswith("...."):
            return Heading(tuple(names), lines[below + 1].text)
        if not text or RULE.fullmatch(text):
            return None
        names.append(text.strip())
    return None


def _row(text: str, above: Sequence[str]) -> Row | None:
    *name, samples, iterations, value, unit = ["", "", "", "", *text.rsplit(maxsplit=4)]
    if not (samples.isdecimal() and iterations.isdecimal() and re.fullmatch(FIGURE, value)):
        return None
    full = " ".join(filter(None, [*above, *name]))
    return Row(full, whole(samples), whole(iterations), f"{value} {unit}") if full else None


def _figures(
    lines: Sequence[Line], index: int, row: Row, last: str
) -> tuple[dict[str, str | int | float], dict[str, str]]:
    """Columns and extra of a row and, with analysis, of the two below it: means and standard deviations with bounds."""
    mean, deviation, extra = row.time, "", {}
    if last != "mean":
        mean, low, high = _three(lines, index + 1, row.name)
        deviation, least, most = _three(lines, index + 2, row.name)
        extra = {last: row.time, "low mean": low, "high mean": high, "low std dev": least, "high std dev": most}
    columns = known(
        mode="benchmark",
        rounds=row.samples,
        iterations=row.iterations,
        average_latency_ms=quantity(mean),
        latency_std_ms=quantity(deviation),
    )
    return columns, extra


def _three(lines: Sequence[Line], index: int, name: str) -> tuple[str, str, str]:
    found = THREE.fullmatch(lines[index].text) if index < len(lines) else None
    if not found:
        raise Rejected(f"the figures of {name!r} are cut off", lines[min(index, len(lines) - 1)].place)
    return found[1], found[2], found[3]


def _failure(place: str, text: str, above: Sequence[str], heading: Heading, context: dict[str, str]) -> Finding:
    before, _, error = text.partition(FAILED)
    name = " ".join([*above, before.strip()]).strip()
    columns = known(
        node_id="/".join([*heading.names, name]),
        test_name=name,
        status="fail",
        error_message=error.removesuffix(")") or None,
    )
    extra = known(location=heading.location or None)
    return Finding(kind=Outcome, place=place, columns=columns, extra=extra, context=context)


IMPORTERS = (Catch2(),)
