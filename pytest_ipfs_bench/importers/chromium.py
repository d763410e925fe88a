"""Chromium's performance results: histogram sets (perf_results.json of Telemetry and others), and Skia Perf's format."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import case, entries, inside, known, mapping, numbered
from pytest_ipfs_bench.importers.samples import latencies, milliseconds, series
from pytest_ipfs_bench.importers.times import moment
from pytest_ipfs_bench.importers.values import Row, number, text
from pytest_ipfs_bench.records import Performance

DIAGNOSTIC = {"type", "guid"}
HISTOGRAM = {"name", "unit"}
PARTS = {"binBoundaries", "diagnostics", "running", "sampleValues", "allBins"}
# A histogram's `running`: the order is the format's. The last is a sum of squares or a variance, depending on its age.
RUNNING = ("count", "max", "meanlogs", "mean", "min", "sum")
REPLAY = {"Initial", "Version", "Converter", "Entries"}
SKIA = {"git_hash", "results", "key"}
SKIA_COLUMNS = {
    "mean": "average_latency_ms", "avg": "average_latency_ms", "min": "latency_min_ms", "median": "latency_p50_ms",
    "max": "latency_max_ms", "stddev": "latency_std_ms",
}  # fmt: skip


class Histograms(Importer):
    """A list of histograms, and of the diagnostics that they share by their guid."""

    name = "chromium-histograms"
    kinds = ("json",)

    def recognises(self, document: Document) -> bool:
        """Whether the list begins with a histogram, or with a diagnostic and has histograms."""
        if not isinstance(document.json, list):
            return False
        first = document.first
        return _has_parts(first) or (first >= DIAGNOSTIC and any(map(_is_histogram, document.json)))

    def read(self, document: Document) -> Iterable[Finding]:
        """A result per histogram; only those whose unit is one of time have a latency."""
        found = list(entries(document.json, ""))
        shared = {str(entry.get("guid")): entry for _, entry in found if "guid" in entry}
        return numbered(_histogram(place, entry, shared) for place, entry in found if not entry.keys() >= DIAGNOSTIC)


class Replay(Importer):
    """A recording of HTTP requests, as the tests of Chromium's tools replay them."""

    name = "http-replay"
    kinds = ("json",)

    def recognises(self, document: Document) -> bool:
        """Whether it has a recording's four fields."""
        return document.keys == REPLAY

    def read(self, document: Document) -> Iterable[Finding]:  # noqa: ARG002  nothing in it is read
        """Nothing: results may be among the answers, in forms of their services."""
        raise NotResults("a recording of HTTP requests, no result file")


class SkiaPerf(Importer):
    """`{"version": 1, "git_hash": ..., "key": ..., "results": [{"key": ..., "measurements": ...}]}`."""

    name = "skia-perf"
    kinds = ("json",)

    def recognises(self, document: Document) -> bool:
        """Whether it has the fields of the format's version 1."""
        return document.keys >= SKIA and isinstance(document.json["results"], list)

    def read(self, document: Document) -> Iterable[Finding]:
        """A result per key and unit; only those whose unit is one of time have a latency."""
        context = {name: value for name, value in document.json.items() if name != "results"}
        found = list(numbered(_skia(document.json["results"], context)))
        if not found:
            raise NotResults("no measurement is in it")
        return found


def _is_histogram(entry: Any) -> bool:
    return isinstance(entry, dict) and _has_parts(entry.keys())


def _has_parts(keys: AbstractSet[str]) -> bool:
    return keys >= HISTOGRAM and not PARTS.isdisjoint(keys)


def _histogram(place: str, entry: Mapping[str, Any], shared: Mapping[str, Any]) -> Finding:
    name, unit = text(entry.get("name")), text(entry.get("unit"))
    if name is None or unit is None:
        raise Rejected("the histogram has no name or no unit", place)
    stated = mapping(entry.get("diagnostics")).items()
    meant = {key: shared.get(value) if isinstance(value, str) else value for key, value in stated}
    scale = milliseconds(unit.partition("_")[0])  # ms_smallerIsBetter
    times = {} if scale is None else _times(entry, scale)
    return Finding(
        kind=Performance,
        place=place,
        columns={"test_case": _name(name, meant), "mode": "benchmark"} | times,
        time=moment(inside(meant.get("benchmarkStart"), "min")),
        extra=entry,
        context={"diagnostics": shared},
        flags=() if entry.get("running") else ("running: the histogram has no sample",),
    )


def _name(name: str, diagnostics: Mapping[str, Any]) -> str:
    """The path that dashboards show: benchmark, metric, story, as far as the file tells them."""
    parts = (_first(diagnostics.get("benchmarks")), name, _first(diagnostics.get("stories")))
    return "/".join(part for part in parts if part)


def _first(diagnostic: Any) -> str | None:
    values = inside(diagnostic, "values")
    return text(values[0]) if isinstance(values, list) and values else None


def _times(entry: Mapping[str, Any], scale: float) -> dict[str, Any]:
    """Latency columns; the samples count only if none was left out, as it is beyond some number of them."""
    stated = entry.get("running")
    row = Row(dict(zip(RUNNING, stated, strict=False)) if isinstance(stated, list) else {})
    count, samples = row.whole("count"), series(entry.get("sampleValues"), scale)
    complete = latencies(samples) if samples and len(samples) == count else {}
    return complete | known(
        rounds=count,
        average_latency_ms=row.number("mean", scale=scale) if count else None,
        latency_min_ms=row.number("min", scale=scale) if count else None,
        latency_max_ms=row.number("max", scale=scale) if count else None,
    )


def _skia(results: Any, context: Mapping[str, Any]) -> Iterator[Finding]:
    for place, result in entries(results, "/results"):
        key = {str(name): value for name, value in mapping(result.get("key")).items()}
        name = text(key.get("test")) or text(key.get("name")) or "skia"
        params = {name: value for name, value in key.items() if name not in ("test", "name")}
        columns = {"test_case": case(name, params), "mode": "benchmark"} | known(params=params or None)
        extra = {name: value for name, value in result.items() if name != "measurements"}
        if "measurement" in result:
            found = _single(text(key.get("units") or key.get("unit")), result["measurement"])
            yield Finding(kind=Performance, place=place, columns=columns | found, extra=extra, context=context)
        for unit, measured in mapping(result.get("measurements")).items():
            yield Finding(
                kind=Performance,
                place=f"{place}/measurements/{unit}",
                columns=columns | _skia_columns(unit, measured),
                extra=extra | {"measurements": {unit: measured}},
                context=context,
            )


def _single(unit: str | None, measured: Any) -> dict[str, float]:
    scale = milliseconds(unit)
    return (
        {}
        if scale is None
        else known(average_latency_ms=Row({"measurement": measured}).number("measurement", scale=scale))
    )


def _skia_columns(unit: str, measured: Any) -> dict[str, float]:
    scale, columns = milliseconds(unit), {}
    for entry in measured if isinstance(measured, list) and scale is not None else []:
        column, value = SKIA_COLUMNS.get(text(inside(entry, "value")) or ""), number(inside(entry, "measurement"))
        if column and value is not None and value >= 0:
            columns[column] = Row({"measurement": value}).number("measurement", scale=scale or 1.0)
    return known(**columns)


IMPORTERS = (Histograms(), Replay(), SkiaPerf())
