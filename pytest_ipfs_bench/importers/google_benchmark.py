"""Google Benchmark's JSON, of any age: repetitions are results, aggregates never count beside them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import entries, known, numbered
from pytest_ipfs_bench.importers.samples import milliseconds
from pytest_ipfs_bench.importers.times import Moment, moment
from pytest_ipfs_bench.importers.values import Row, text, truth
from pytest_ipfs_bench.records import Outcome, Performance

CONTEXT = {"num_cpus", "mhz_per_cpu", "library_build_type", "cpu_scaling_enabled"}
AGGREGATES = {
    "mean": "average_latency_ms",
    "median": "latency_p50_ms",
    "stddev": "latency_std_ms",
    "min": "latency_min_ms",
    "max": "latency_max_ms",
}
# Before run_type (2018) only the name told an aggregate; mean and stddev were always written together.
OLD_AGGREGATE = re.compile(r"(.+)_(mean|median|stddev|cv|BigO|RMS)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: of which benchmark it is, and which aggregate, None for a repetition."""

    place: str
    row: Mapping[str, Any]
    benchmark: str
    aggregate: str | None


class GoogleBenchmark(Importer):
    """`{"context": ..., "benchmarks": [...]}` as --benchmark_format=json writes it."""

    name = "google-benchmark"
    kinds = ("json",)

    def recognises(self, document: Document) -> bool:
        """Whether the context describes a machine as Google Benchmark does."""
        if not document.keys >= {"context", "benchmarks"}:
            return False
        context = document.json["context"]
        return isinstance(context, dict) and not CONTEXT.isdisjoint(context)

    def read(self, document: Document) -> Iterable[Finding]:
        """A result per repetition, or of its aggregates where no repetition was written."""
        rows = list(entries(document.json["benchmarks"], "/benchmarks"))
        if not rows:
            raise NotResults("no benchmark was run")
        context = {name: value for name, value in document.json.items() if name != "benchmarks"}
        return numbered(_findings(_entries(rows), context, moment(context["context"].get("date"))))


def _entries(rows: list[tuple[str, dict[str, Any]]]) -> list[Entry]:
    names = {text(row.get("name")) for _, row in rows if "run_type" not in row}
    old = {name.removesuffix("_mean") for name in names if name and name.endswith("_mean")}
    aggregated = {benchmark for benchmark in old if f"{benchmark}_stddev" in names}
    return [_entry(place, row, aggregated) for place, row in rows]


def _entry(place: str, row: dict[str, Any], aggregated: set[str]) -> Entry:
    name = text(row.get("name"))
    if name is None:
        raise Rejected("the benchmark has no name", place)
    if row.get("run_type") == "aggregate":
        aggregate = text(row.get("aggregate_name")) or ""
        return Entry(place, row, text(row.get("run_name")) or name.removesuffix(f"_{aggregate}"), aggregate)
    if "run_type" not in row and (found := OLD_AGGREGATE.fullmatch(name)):
        benchmark, aggregate = found.groups()
        if benchmark in aggregated or "big_o" in row or "rms" in row or "cpu_coefficient" in row:
            return Entry(place, row, benchmark, aggregate)
    return Entry(place, row, text(row.get("run_name")) or name, None)


def _findings(found: list[Entry], context: Mapping[str, Any], time: Moment | None) -> Iterator[Finding]:
    aggregates: dict[str, list[Entry]] = {}
    for entry in found:
        if entry.aggregate is not None:
            aggregates.setdefault(entry.benchmark, []).append(entry)
    for entry in found:
        if entry.aggregate is not None:
            continue
        if _failed(entry.row) or truth(entry.row.get("skipped")):
            yield _outcome(entry, context, time)
        else:
            yield _repetition(entry, aggregates.pop(entry.benchmark, []), context, time)
    for benchmark, group in aggregates.items():
        yield _aggregated(benchmark, group, context, time)


def _repetition(entry: Entry, aggregates: list[Entry], context: Mapping[str, Any], time: Moment | None) -> Finding:
    row = Row(entry.row)
    columns = known(
        test_case=row.text("name"),
        mode="benchmark",
        iterations=row.whole("iterations", least=1),
        threads=row.whole("threads", least=1),
        average_latency_ms=_real_time(row),
        throughput_items_per_second=row.number("items_per_second"),
        memory_peak_mb=row.number("max_bytes_used", scale=1e-6),
    )
    extra = row.left | ({"aggregates": [aggregate.row for aggregate in aggregates]} if aggregates else {})
    return Finding(
        kind=Performance,
        place=entry.place,
        columns=columns,
        time=time,
        extra=extra,
        context=context,
        flags=tuple(row.flags),
    )


def _aggregated(benchmark: str, group: list[Entry], context: Mapping[str, Any], time: Moment | None) -> Finding:
    """The result of a benchmark whose repetitions were not written. A percentage, big O or RMS is no latency."""
    columns: dict[str, Any] = {"test_case": benchmark, "mode": "benchmark"}
    flags: list[str] = []
    for entry in group:
        row, column = Row(entry.row), AGGREGATES.get(entry.aggregate or "")
        if column is None or column in columns or entry.row.get("aggregate_unit") == "percentage":
            continue
        columns |= known(**{column: _real_time(row)})
        if entry.aggregate == "mean":
            columns |= known(
                rounds=row.whole("repetitions", least=1),
                threads=row.whole("threads", least=1),
                throughput_items_per_second=row.number("items_per_second"),
            )
        flags += row.flags
    return Finding(
        kind=Performance,
        place=group[0].place,
        columns=columns,
        time=time,
        extra={"aggregates": [entry.row for entry in group]},
        context=context,
        flags=tuple(flags),
    )


def _real_time(row: Row) -> float | None:
    """The time of one iteration in ms; its unit stays, since cpu_time beside it has the same."""
    if "real_time" not in row.left:
        return None
    scale = milliseconds(row.left.get("time_unit"))
    if scale is None:
        row.flags.append(f"time_unit: {str(row.left.get('time_unit'))[:40]!r} is no unit of time")
        return None
    return row.number("real_time", scale=scale)


def _failed(row: Mapping[str, Any]) -> bool:
    return bool(truth(row.get("error_occurred"))) or bool(text(row.get("error_message")))


def _outcome(entry: Entry, context: Mapping[str, Any], time: Moment | None) -> Finding:
    row = Row(entry.row)
    name = row.text("name")
    columns = known(
        node_id=name,
        test_name=name,
        status="fail" if _failed(entry.row) else "skip",
        error_message=row.text("error_message", "skip_message"),
    )
    return Finding(kind=Outcome, place=entry.place, columns=columns, time=time, extra=row.left, context=context)


IMPORTERS = (GoogleBenchmark(),)
