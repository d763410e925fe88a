"""BenchmarkDotNet's JSON reports, brief and full. All its times are ns, those of one operation."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_ipfs_bench.importers import times
from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import entries, inside, known, mapping, numbered
from pytest_ipfs_bench.importers.samples import series
from pytest_ipfs_bench.importers.values import Row, text, whole
from pytest_ipfs_bench.records import Outcome, Performance

NS = 1e-6  # in milliseconds
STATISTICS = {
    "Mean": "average_latency_ms",
    "Median": "latency_p50_ms",
    "Min": "latency_min_ms",
    "Max": "latency_max_ms",
    "StandardDeviation": "latency_std_ms",
}
PERCENTILES = {"P10": "latency_p10_ms", "P90": "latency_p90_ms", "P95": "latency_p95_ms", "P99": "latency_p99_ms"}


class BenchmarkDotNet(Importer):
    """A report of BenchmarkDotNet: a title, the host, and benchmarks."""

    name = "benchmark-dotnet"
    kinds = ("json",)

    def recognises(self, document: Document) -> bool:
        """Whether it has the three keys of such a report."""
        return document.keys >= {"Title", "HostEnvironmentInfo", "Benchmarks"}

    def read(self, document: Document) -> Iterable[Finding]:
        """Every benchmark: a measurement, or a failure where no statistics are stated."""
        rows = list(entries(document.json["Benchmarks"], "/Benchmarks"))
        if not rows:
            raise NotResults("it holds no benchmark")
        return numbered(_findings(rows, document.json))


def _findings(rows: Iterable[tuple[str, dict[str, Any]]], report: Mapping[str, Any]) -> Iterator[Finding]:
    context = {name: value for name, value in report.items() if name != "Benchmarks"}
    shared = _host(mapping(report["HostEnvironmentInfo"])) | {"context": context, "time": _time(report["Title"])}
    for place, row in rows:
        name = _name(row)
        if name is None:
            raise Rejected("a benchmark has no name", place)
        yield (_measurement if isinstance(row.get("Statistics"), dict) else _failure)(row, name, place, shared)


def _measurement(row: dict[str, Any], name: str, place: str, shared: dict[str, Any]) -> Finding:
    statistics = Row(row["Statistics"])
    percentiles = Row(mapping(statistics.left.get("Percentiles")))
    samples = series(statistics.left.get("OriginalValues"), NS)
    columns = known(
        test_case=name,
        mode="benchmark",
        rounds=statistics.whole("N"),
        params=_parameters(row.get("Parameters")),
        samples_ms=samples,
        **{column: statistics.number(field, scale=NS) for field, column in STATISTICS.items()},
        **{column: percentiles.number(field, scale=NS) for field, column in PERCENTILES.items()},
    )
    left = {field: value for field, value in statistics.left.items() if field != "OriginalValues" or not samples}
    return Finding(
        kind=Performance,
        place=place,
        columns=columns,
        extra={**row, "Statistics": left | ({"Percentiles": percentiles.left} if percentiles.left else {})},
        flags=(*statistics.flags, *percentiles.flags),
        **shared,
    )


def _failure(row: dict[str, Any], name: str, place: str, shared: dict[str, Any]) -> Finding:
    columns = {
        "node_id": name,
        "test_name": text(row.get("Method")) or name,
        "status": "fail",
        "error_message": "no statistics are stated: it was not measured",
    }
    return Finding(kind=Outcome, place=place, columns=columns, extra=row, **shared)


def _name(row: Mapping[str, Any]) -> str | None:
    """Its full name, parameters and all; old versions state the parts only."""
    if name := text(row.get("FullName")):
        return name
    name = ".".join(part for key in ("Namespace", "Type", "Method") if (part := text(row.get(key))))
    parameters = text(row.get("Parameters"))
    return f"{name}({parameters})" if name and parameters else name or text(row.get("DisplayInfo"))


def _parameters(written: Any) -> dict[str, str] | None:
    """Parameters, as `N=1000&Kind=List`."""
    pairs = [pair.partition("=") for pair in written.split("&")] if isinstance(written, str) and written else []
    return (
        {name: value for name, _, value in pairs} if pairs and all(name and mark for name, mark, _ in pairs) else None
    )


def _host(host: Mapping[str, Any]) -> dict[str, Any]:
    """The CPU, whose name old versions wrap in an object."""
    device = text(host.get("ProcessorName")) or text(inside(host, "ProcessorName", "Value"))
    units = whole(host.get("LogicalCoreCount", host.get("ProcessorCount")))
    details = {"compute_units": units} if units and units > 0 else {}
    return {"hardware": "cpu", "device": device, "hardware_details": details} if device else {}


def _time(title: Any) -> times.Moment | None:
    """Newer titles end with the time of the run: Samples.Memory-20260315-231008."""
    return times.moment("-".join(title.split("-")[-2:])) if isinstance(title, str) else None


IMPORTERS = (BenchmarkDotNet(),)
