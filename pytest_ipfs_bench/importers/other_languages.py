"""Lines of Dart's benchmark_harness, of Ruby's Benchmark, and of the benchmarks of Luau."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pytest_ipfs_bench.importers import console
from pytest_ipfs_bench.importers.console import FIGURE, Line, figure, milliseconds, quantity
from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import known, numbered
from pytest_ipfs_bench.records import Outcome, Performance

DART = re.compile(
    rf"^(?P<name>\S.*)\((?P<metric>RunTime(?:Raw)?)\): (?P<value>{FIGURE}) (?P<unit>us|ms|s)\.?\s*$", re.MULTILINE
)
RUBY = re.compile(r"^ +user +system +total +real\s*$", re.MULTILINE)
CLOCKS = ("user", "system", "total", "real")
LUAU = re.compile(
    rf"^SUCCESS: (?P<name>\S.*): +(?P<average>{FIGURE}ms) \+/- +(?P<spread>{FIGURE}%) on (?P<driver>\S.*?)"
    r"(?: \((?P<speedup>[-+ \d.]+%), (?P<verdict>[\w ]*)\))?\s*$",
    re.MULTILINE,
)
FAILED = re.compile(r"FAILED: +'(?P<name>.*)' on '(?P<driver>.*)'")
TABLE = ["Test", "Min", "Average", "StdDev%", "Driver"]


class BenchmarkHarness(Importer):
    """Lines of Dart's benchmark_harness: `Template(RunTime): 1.0 us.`"""

    name = "dart-benchmark-harness"
    kinds = ("text",)
    precedence = console.EARLY

    def recognises(self, document: Document) -> bool:
        """Whether one line is of that form."""
        text = console.printed(document)
        return text is not None and "(RunTime" in text and DART.search(text) is not None

    def read(self, document: Document) -> Iterable[Finding]:
        """Every such line."""
        return numbered(_run_times(console.lines(document)))


def _run_times(lines: Sequence[Line]) -> Iterator[Finding]:
    for place, line in lines:
        if found := DART.fullmatch(line):
            time = milliseconds(found["value"], found["unit"])
            columns = known(test_case=found["name"], mode="benchmark", average_latency_ms=time)
            yield Finding(kind=Performance, place=place, columns=columns, extra={"metric": found["metric"]})


class RubyBenchmark(Importer):
    """The table of Ruby's Benchmark, in seconds: user, system, total, and the time on the clock in brackets."""

    name = "ruby-benchmark"
    kinds = ("text",)
    precedence = console.EARLY

    def recognises(self, document: Document) -> bool:
        """Whether the table's title stands in it."""
        text = console.printed(document)
        return text is not None and " system " in text and RUBY.search(text) is not None

    def read(self, document: Document) -> Iterable[Finding]:
        """Every row, with sums and means of rows among them; rows of a rehearsal (bmbm) stand with those of their label."""
        found = list(_rows(console.lines(document)))
        if not found:
            raise NotResults("its table has no row")
        return numbered(found)


def _rows(lines: Sequence[Line]) -> Iterator[Finding]:
    rehearsing, rehearsal = False, {}
    for place, line in lines:
        if line.startswith("Rehearsal ") or RUBY.fullmatch(line):
            rehearsing = line.startswith("Rehearsal ")
        elif row := _row(line):
            label, times = row
            if rehearsing:
                rehearsal[label] = times
                continue
            real = times.pop("real")
            columns = {"test_case": label, "mode": "benchmark", "average_latency_ms": real * 1e3}
            extra = times | known(rehearsal=rehearsal.pop(label, None))
            yield Finding(kind=Performance, place=place, columns=columns, extra=extra)


def _row(line: str) -> tuple[str, dict[str, Any]] | None:
    """Label and times. A row without a label is what Benchmark.measure prints."""
    before, _, real = line.removesuffix(")").rpartition("(")
    words = [*before.rsplit(maxsplit=3), real.strip()]
    times = [figure(word) for word in words[-4:]]
    if len(times) < len(CLOCKS) or None in times or not all("." in word for word in words[-4:]):
        return None
    label = words[0].strip().removesuffix(":") if len(words) > len(CLOCKS) else ""
    return label or "Benchmark.measure", dict(zip(CLOCKS, times, strict=True))


class LuauBench(Importer):
    """Text of the benchmarks of Luau: a line as each ends, and a table of all of them in the end."""

    name = "benchmark-luau"
    kinds = ("text",)
    precedence = console.EARLY

    def recognises(self, document: Document) -> bool:
        """Whether one line says that a benchmark succeeded, with its time."""
        text = console.printed(document)
        return text is not None and "SUCCESS: " in text and LUAU.search(text) is not None

    def read(self, document: Document) -> Iterable[Finding]:
        """Every benchmark once: its line, with what the table adds to it."""
        lines = console.lines(document)
        return numbered(_luau(lines, _table(lines)))


def _table(lines: Sequence[Line]) -> dict[tuple[str, str], list[dict[str, str]]]:
    """The rows of the table by test and driver, in their order, which is that of the lines."""
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    header: list[str] = []
    for _, line in lines:
        cells = [cell.strip() for cell in line.split("|")]
        if cells[:5] == TABLE:
            header = cells
        elif header and len(cells) == len(header):
            row = dict(zip(header, cells, strict=True))
            found.setdefault((row["Test"], row["Driver"]), []).append(row)
    return found


def _luau(lines: Sequence[Line], table: dict[tuple[str, str], list[dict[str, str]]]) -> Iterator[Finding]:
    total = [row for (name, _), rows in table.items() if name == "Total" for row in rows]
    context = {"Total": total} if total else {}
    for place, line in lines:
        if found := LUAU.fullmatch(line):
            name = found["name"].strip()
            row = next(iter(table.get((name, found["driver"]), [])), {})
            if row:
                table[name, found["driver"]].pop(0)
            yield _luau_result(place, name, found, row, context)
        elif failed := FAILED.fullmatch(line):
            columns = {"node_id": failed["name"], "test_name": failed["name"], "status": "fail"}
            yield Finding(
                kind=Outcome, place=place, columns=columns, extra={"Driver": failed["driver"]}, context=context
            )


def _luau_result(place: str, name: str, found: re.Match[str], row: dict[str, str], context: dict[str, Any]) -> Finding:
    columns = known(
        test_case=name,
        mode="benchmark",
        average_latency_ms=quantity(found["average"]),
        latency_min_ms=quantity(row.get("Min", "")),
    )
    rest = {title: cell for title, cell in row.items() if cell and title not in ("Test", "Min", "Average")}
    told = known(Speedup=found["speedup"] and found["speedup"].strip(), Significance=found["verdict"])
    extra = {"+/-": found["spread"], "Driver": found["driver"], **told, **rest}
    return Finding(kind=Performance, place=place, columns=columns, extra=extra, context=context)


IMPORTERS = (BenchmarkHarness(), RubyBenchmark(), LuauBench())
