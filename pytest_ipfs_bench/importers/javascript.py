"""JavaScript: Vitest's JSON, and lines of Benchmark.js and console.time."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pytest_ipfs_bench.importers import console
from pytest_ipfs_bench.importers.console import FIGURE, Line, figure, quantity
from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import entries, known, numbered
from pytest_ipfs_bench.importers.samples import series
from pytest_ipfs_bench.importers.values import Row, text
from pytest_ipfs_bench.records import Outcome, Performance

# Vitest measures in ms: its own name -> the column.
VITEST = {
    "mean": "average_latency_ms",
    "min": "latency_min_ms",
    "max": "latency_max_ms",
    "median": "latency_p50_ms",
    "p99": "latency_p99_ms",
    "sd": "latency_std_ms",
    "hz": "throughput_items_per_second",
}
OPS = re.compile(
    rf"^(?P<name>\S.*?) x (?P<hz>{FIGURE}) ops/sec ±(?P<rme>{FIGURE})% \((?P<runs>\d{{1,9}}) runs? sampled\)\s*$",
    re.MULTILINE,
)
ENDED = " - timer ended"
TIMER = re.compile(
    r"(?P<name>\S.*): (?:(?P<time>\d+(?:\.\d+)?ms|\d+\.\d+s)|(?P<clock>(?:\d{1,4}:)?\d{1,2}:\d\d\.\d+) \([hms:.]+\))"
)


class Vitest(Importer):
    """JSON of `vitest bench`: files, groups, benchmarks."""

    name = "vitest"
    kinds = ("json",)

    def recognises(self, document: Document) -> bool:
        """Whether its first file has a path and groups."""
        files = document.json["files"] if "files" in document.keys else None
        first = files[0] if isinstance(files, list) and files else None
        return isinstance(first, dict) and first.keys() >= {"filepath", "groups"}

    def read(self, document: Document) -> Iterable[Finding]:
        """Every benchmark of every group of every file."""
        found = list(_benchmarks(document.json["files"]))
        if not found:
            raise NotResults("its groups hold no benchmark")
        return numbered(found)


def _benchmarks(files: list[Any]) -> Iterator[Finding]:
    for path, file in entries(files, "/files"):
        for place, group in entries(file.get("groups"), f"{path}/groups"):
            within = known(filepath=text(file.get("filepath")), group=text(group.get("fullName")))
            for spot, benchmark in entries(group.get("benchmarks"), f"{place}/benchmarks"):
                yield _benchmark(spot, Row(benchmark), within)


def _benchmark(place: str, row: Row, within: dict[str, str]) -> Finding:
    """Names are joined as Vitest joins them. A benchmark that raised has a name and no figures."""
    name = row.text("name")
    if name is None:
        raise Rejected("a benchmark has no name", place)
    full = f"{within['group']} > {name}" if "group" in within else name
    figures = known(**{column: row.number(field) for field, column in VITEST.items()})
    if not figures:
        columns = {"node_id": full, "test_name": name, "status": "unknown", "error_message": "no figures are stated"}
        return Finding(kind=Outcome, place=place, columns=columns, extra=within | row.left)
    samples = series(row.left.get("samples"))
    if samples:
        del row.left["samples"]
    columns = known(
        test_case=full,
        mode="benchmark",
        rounds=row.whole("sampleCount"),
        total_time_seconds=row.number("totalTime", scale=1e-3),
        samples_ms=samples,
        **figures,
    )
    extra, flags = within | row.left, tuple(row.flags)
    return Finding(kind=Performance, place=place, columns=columns, extra=extra, flags=flags)


class BenchmarkJs(Importer):
    """Lines of Benchmark.js: `fib(10) x 1,431,759 ops/sec ±0.74% (93 runs sampled)`."""

    name = "benchmark.js"
    kinds = ("text",)
    precedence = console.EARLY

    def recognises(self, document: Document) -> bool:
        """Whether one line is of that form."""
        written = console.printed(document)
        return written is not None and " ops/sec ±" in written and OPS.search(written) is not None

    def read(self, document: Document) -> Iterable[Finding]:
        """Every such line; others are the program's own talk."""
        return numbered(_rates(console.lines(document)))


def _rates(lines: Sequence[Line]) -> Iterator[Finding]:
    for place, line in lines:
        if found := OPS.fullmatch(line):
            rate, runs = figure(found["hz"]), int(found["runs"])
            columns = known(test_case=found["name"], mode="benchmark", rounds=runs, throughput_items_per_second=rate)
            yield Finding(kind=Performance, place=place, columns=columns, extra={"rme": figure(found["rme"])})


class ConsoleTime(Importer):
    """Lines of console.timeEnd: `label: 7617ms`, with ` - timer ended` in some runtimes."""

    name = "console.time"
    kinds = ("text",)
    precedence = 80

    def recognises(self, document: Document) -> bool:
        """Whether a line says that a timer ended, or every line is a label with a time and nothing else is there."""
        written = console.printed(document)
        if written is None:
            return False
        first = written.lstrip().partition("\n")[0]
        if ENDED not in written and not TIMER.fullmatch(first.rstrip()):
            return False
        lines = [line.text for line in console.split(written) if line.text]
        ended = (line.removesuffix(ENDED) for line in lines if line.endswith(ENDED))
        return any(TIMER.fullmatch(line) for line in ended) or all(TIMER.fullmatch(line) for line in lines)

    def read(self, document: Document) -> Iterable[Finding]:
        """Every timer."""
        return numbered(_timers(console.lines(document)))


def _timers(lines: Sequence[Line]) -> Iterator[Finding]:
    for place, line in lines:
        if timer := TIMER.fullmatch(line.removesuffix(ENDED)):
            time = quantity(timer["time"]) if timer["time"] else _clock(timer["clock"])
            columns = known(test_case=timer["name"], mode="benchmark", average_latency_ms=time)
            yield Finding(kind=Performance, place=place, columns=columns)


def _clock(written: str) -> float:
    """Node's form of a minute and more, 1:02.345, in ms."""
    minutes, _, seconds = written.rpartition(":")
    hours, _, rest = minutes.rpartition(":")
    return (int(hours or 0) * 3600 + int(rest) * 60 + float(seconds)) * 1e3


IMPORTERS = (Vitest(), BenchmarkJs(), ConsoleTime())
