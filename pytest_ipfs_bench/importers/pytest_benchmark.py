"""pytest-benchmark's JSON (2.5 of 2015 and later) and the table that its `compare --csv` writes. Its times are seconds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import stats
from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.findings import entries, known, mapping
from pytest_ipfs_bench.importers.samples import series
from pytest_ipfs_bench.importers.times import Moment, moment
from pytest_ipfs_bench.importers.values import Row, number, text, whole
from pytest_ipfs_bench.records import Performance

if TYPE_CHECKING:
    from pytest_ipfs_bench.importers.document import Document

SECONDS = {
    "mean": "average_latency_ms",
    "min": "latency_min_ms",
    "median": "latency_p50_ms",
    "max": "latency_max_ms",
}
BRANDS = ("brand_raw", "brand")  # of py-cpuinfo, new and old
VENDORS = ("vendor_id_raw", "vendor_id")
TABLE = {"name", "min", "max", "mean", "stddev", "iqr", "outliers", "rounds"}
PARAM = "param:"


@dataclass(frozen=True, slots=True)
class Session:
    """What a file says of all its benchmarks: when and where they ran, and the device in the terms of a Finding."""

    time: Moment | None
    context: Mapping[str, Any]
    machine: Mapping[str, Any]


class PytestBenchmark(Importer):
    """What --benchmark-json and --benchmark-save write."""

    name = "pytest-benchmark"
    kinds = ("json",)

    def recognises(self, document: "Document") -> bool:
        """A list of benchmarks beside the machine or the commit, or one whose entries have names and stats."""
        if "benchmarks" not in document.keys or not isinstance(document.json["benchmarks"], list):
            return False
        first = next(iter(document.json["benchmarks"]), None)
        return not document.keys.isdisjoint({"machine_info", "commit_info"}) or (
            isinstance(first, dict) and {"fullname", "stats"} <= first.keys()
        )

    def read(self, document: "Document") -> Iterable[Finding]:
        """One result for every benchmark."""
        content = document.json
        if not content["benchmarks"]:
            raise NotResults("no benchmark was run")
        session = Session(
            time=moment(content.get("datetime")),
            context={name: value for name, value in content.items() if name != "benchmarks"},
            machine=_machine(mapping(content.get("machine_info"))),
        )
        for place, entry in entries(content["benchmarks"], "/benchmarks"):
            yield _finding(entry, place, session)


class PytestBenchmarkTable(Importer):
    """What `pytest-benchmark compare --csv` writes: the same numbers without a machine or a time."""

    name = "pytest-benchmark-csv"
    kinds = ("text",)

    def recognises(self, document: "Document") -> bool:
        """By its columns."""
        if not (document.text or "").startswith("name,"):
            return False
        return document.table is not None and set(document.table.header) >= TABLE

    def read(self, document: "Document") -> Iterable[Finding]:
        """One result for every row."""
        table = document.table
        if table is None or not table.rows:
            raise NotResults("a table without a row")
        for line, row in table.rows:
            params = {
                name.removeprefix(PARAM): value for name, value in row.items() if name.startswith(PARAM) and value
            }
            theirs = {name: value for name, value in row.items() if name != "name" and not name.startswith(PARAM)}
            entry = {"fullname": row["name"], "params": params or None, "stats": theirs}
            yield _finding(entry, f"line {line}", Session(None, {}, {}))


def _finding(entry: Mapping[str, Any], place: str, session: Session) -> Finding:
    name, theirs = text(entry.get("fullname")) or text(entry.get("name")), entry.get("stats")
    if name is None:
        raise Rejected("the benchmark has no name", place)
    if not isinstance(theirs, dict):
        raise Rejected(f"the benchmark {name!r} has no stats", place)
    told = {field: value for field, value in entry.items() if field not in ("fullname", "stats")}
    params = told.pop("params") if isinstance(told.get("params"), dict | None) and "params" in told else None
    row, samples = Row(theirs), series(theirs.get("data"), 1e3)
    columns = known(test_case=name, mode="benchmark", params=params or None, **_columns(row, samples))
    kept = theirs if samples is None else {field: value for field, value in theirs.items() if field != "data"}
    if samples is None and theirs.get("data") is not None:
        row.flags.append("data: not every entry is a sample; kept as it is")
    return Finding(
        kind=Performance,
        place=place,
        columns=columns,
        time=session.time,
        extra={"pytest_benchmark": {"stats": kept, **told}},
        context=session.context,
        flags=tuple(row.flags),
        **session.machine,
    )


def _columns(row: Row, samples: list[float] | None) -> dict[str, Any]:
    """What is stated; percentiles only from samples that are all there."""
    found: dict[str, Any] = {column: row.number(name, scale=1e3) for name, column in SECONDS.items()}
    rounds, iterations, total = row.whole("rounds"), row.whole("iterations"), row.number("total")
    found |= {
        "rounds": rounds,
        "iterations": iterations,
        "total_time_seconds": number(total * iterations) if total is not None and iterations else None,
        "latency_std_ms": row.number("stddev", scale=1e3) if rounds != 1 else None,  # of one round it is 0: unknown
        "throughput_items_per_second": row.number("ops") or None,  # 0 stands for a mean of 0
        "samples_ms": samples,
    }
    if samples and len(samples) == rounds:
        ordered = sorted(samples)
        found |= {f"latency_p{percent}_ms": stats.percentile(ordered, percent) for percent in stats.ENOUGH}
    elif samples:
        row.flags.append(f"data: {len(samples)} samples of {rounds} rounds")
    return found


def _machine(info: Mapping[str, Any]) -> dict[str, Any]:
    """The device in the terms of a Finding: always the host's CPU, by the name that py-cpuinfo gave it."""
    if not info:
        return {}
    cpu = mapping(info.get("cpu"))
    count = whole(cpu.get("count"))
    details = known(
        vendor=next(filter(None, (text(cpu.get(name)) for name in VENDORS)), None),
        platform=text(info.get("system")),
        compute_units=count if count and count > 0 else None,
    )
    device = next(filter(None, (text(cpu.get(name)) for name in BRANDS)), None)
    return {"hardware": "cpu", "device": device, "hardware_details": details}


IMPORTERS = (PytestBenchmark(), PytestBenchmarkTable())
