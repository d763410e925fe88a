"""JMH's JSON: an object for each benchmark and set of parameters, with a score in a unit of its own."""

from collections.abc import Iterable, Iterator
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import case, entries, known, mapping, numbered
from pytest_ipfs_bench.importers.samples import latencies, milliseconds, series
from pytest_ipfs_bench.importers.values import Row
from pytest_ipfs_bench.records import Performance

KEYS = {"benchmark", "mode", "primaryMetric"}
PER_SECOND = {"ops/ns": 1e9, "ops/us": 1e6, "ops/ms": 1e3, "ops/s": 1.0, "ops/min": 1 / 60}
PERCENTILES = {
    "0.0": "latency_min_ms",
    "50.0": "latency_p50_ms",
    "90.0": "latency_p90_ms",
    "95.0": "latency_p95_ms",
    "99.0": "latency_p99_ms",
    "100.0": "latency_max_ms",
}


class Jmh(Importer):
    """Results of JMH, the Java Microbenchmark Harness (-rf json), in any of its modes."""

    name = "jmh"
    kinds = ("json",)

    def recognises(self, document: Document) -> bool:
        """Whether it is a list whose first object has a benchmark, a mode and a primary metric."""
        return document.first >= KEYS and isinstance(document.json, list)

    def read(self, document: Document) -> Iterable[Finding]:
        """Every benchmark with each set of its parameters."""
        return numbered(_findings(document.json))


def _findings(rows: list[Any]) -> Iterator[Finding]:
    for place, entry in entries(rows, ""):
        row, metric = Row(entry), entry.get("primaryMetric")
        name = row.text("benchmark")
        if name is None:
            raise Rejected("a benchmark has no name", place)
        if not isinstance(metric, dict):
            raise Rejected(f"{name} has no primary metric", place)
        primary, params = Row(metric), row.pop("params") if isinstance(entry.get("params"), dict) else None
        columns = known(
            test_case=case(name, params or {}),
            mode="benchmark",
            params=params,
            threads=row.whole("threads", least=1),
            warmup_iterations=row.whole("warmupIterations"),
            **_score(primary),
        )
        extra = {**row.left, "primaryMetric": primary.left}
        yield Finding(kind=Performance, place=place, columns=columns, extra=extra, flags=(*row.flags, *primary.flags))


def _score(primary: Row) -> dict[str, Any]:
    """Columns of the score: its unit, not the mode, says whether it is a rate (ops/s) or a time (us/op).

    A raw value is the score of one iteration: of many calls, but for single shots, where it is that of one.
    """
    unit = str(primary.left.get("scoreUnit"))
    samples = _raw(primary.left.get("rawData"))
    rounds = {"rounds": len(samples)} if samples else {}
    if unit in PER_SECOND:
        return rounds | {"throughput_items_per_second": primary.number("score", scale=PER_SECOND[unit])}
    scale = milliseconds(unit.removesuffix("/op")) if unit.endswith("/op") else None
    if scale is None:
        return rounds
    percentiles = Row(mapping(primary.left.get("scorePercentiles")))
    stated = {column: percentiles.number(share, scale=scale) for share, column in PERCENTILES.items()}
    stated["average_latency_ms"] = primary.number("score", scale=scale)
    return latencies(series(samples, scale)) | known(**stated)


def _raw(forks: Any) -> list[Any]:
    """The scores of all iterations, of one fork after the other."""
    return [value for fork in forks if isinstance(fork, list) for value in fork] if isinstance(forks, list) else []


IMPORTERS = (Jmh(),)
