"""Hardware against hardware, and model against model, by one metric."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import queries, stats
from pytest_ipfs_bench.errors import unknown
from pytest_ipfs_bench.reports.table import Asked, Parts, Table

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection

Entry = Mapping[str, Any]
Interval = tuple[float, float]


@dataclass(frozen=True)
class Metric:
    """What is compared: the heading and the unit, whether more of it is better, and what better and worse are called."""

    heading: str
    unit: str
    more_is_better: bool = False
    better: str = "faster"
    worse: str = "slower"


METRICS = {
    "latency": Metric("latency_ms", "ms"),
    "throughput": Metric("items_per_s", "/s", more_is_better=True),
    "memory": Metric("peak_mb", "MB", better="less", worse="more"),
    "device-memory": Metric("device_peak_mb", "MB", better="less", worse="more"),
    "first-latency": Metric("first_ms", "ms"),
    "load": Metric("load_ms", "ms"),
    "energy": Metric("j_per_run", "J", better="less", worse="more"),
}
GROUP = ("model", "weights", "mode", "precision", "batch", "shape", "options", "provenance", "statistic")
PLACE = ("hardware", "device", "runtime", "mode", "precision", "batch", "shape", "options", "provenance", "statistic")
RATIO = (
    "ratio: the value divided by that of the baseline (below 1 is less of it); low and high: its interval at 95 %, from the"
    " samples of both (medians by Price and Bonett, means by Fieller; docs/reports.md), unknown under"
    f" {stats.ENOUGH_FOR_RATIO} samples. What differs from one session to the next is not in it."
)


def metric(name: str) -> Metric:
    """A metric by name. Raises BenchError with the nearest name and the legal ones."""
    if name not in METRICS:
        raise unknown(f"--metric {name}", "metric", name, METRICS)
    return METRICS[name]


def compare_hardware(con: "Connection", asked: Asked) -> Parts:
    """Cells that differ in hardware and runtime alone side by side, the best first, each against a baseline."""
    chosen = metric(asked.metric)
    entries = _entries(con, asked.metric)
    if asked.baseline is not None:
        _check_baseline(con, asked.baseline)
    columns = (
        *GROUP,
        "hardware",
        "device",
        "runtime",
        chosen.heading,
        "ratio",
        "low",
        "high",
        "baseline",
        "measured_at",
    )
    rows: list[tuple[Any, ...]] = []
    for _, members in _grouped(entries, GROUP):
        for one in _best_first(members, chosen):
            base = _baseline(one, members, chosen, asked.baseline)
            where = (one["hardware"], one["device"], one["runtime"], one["value"])
            rows.append(
                (*(one[name] for name in GROUP), *where, *_against(one, base, asked.metric), one["measured_at"])
            )
    notes = [RATIO, "Software that stands in for hardware is no baseline."] if rows else []
    if rows and asked.baseline and not any(row[columns.index("baseline")] for row in rows):
        notes.append(f"--baseline {asked.baseline}: nothing here was measured on it beside something else.")
    return [Table(f"Hardware by {asked.metric}", columns, rows)], notes


def compare_models(con: "Connection", asked: Asked) -> Parts:
    """Models on the same hardware side by side, the best first."""
    chosen = metric(asked.metric)
    columns = (*PLACE, "rank", "model", "weights", "family", "parameters_million", chosen.heading, "measured_at")
    rows: list[tuple[Any, ...]] = []
    for _, members in _grouped(_entries(con, asked.metric), PLACE):
        for rank, one in enumerate(_best_first(members, chosen), 1):
            told = (one[name] for name in ("model", "weights", "family", "parameters_million", "value", "measured_at"))
            rows.append((*(one[name] for name in PLACE), rank, *told))
    return [Table(f"Models by {asked.metric}", columns, rows)], []


def _entries(con: "Connection", name: str) -> list[Entry]:
    answer = queries.comparison(con, metric=name)
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def _grouped(entries: Iterable[Entry], names: Sequence[str]) -> Iterable[tuple[Any, list[Entry]]]:
    """Entries by some of their values, the unknown last."""

    def key(one: Entry) -> tuple[tuple[bool, Any], ...]:
        return tuple((one[name] is None, one[name] if one[name] is not None else 0) for name in names)

    return ((found, list(members)) for found, members in groupby(sorted(entries, key=key), key))


def _best_first(members: Sequence[Entry], chosen: Metric) -> list[Entry]:
    return sorted(members, key=lambda one: one["value"], reverse=chosen.more_is_better)


def _baseline(one: Entry, members: Sequence[Entry], chosen: Metric, named: str | None) -> Entry | None:
    """What an entry is measured against: what was named, else the CPU, else the worst; of its own runtime where there is one.

    None where there is nothing but itself, or nothing but software that stands in for hardware.
    """
    real = [other for other in members if not other["is_software"]]
    if named is not None:
        real = [other for other in real if named in (other["hardware"], other["hardware_type"], other["device"])]
    elif any(other["hardware_type"] == "cpu" for other in real):
        real = [other for other in real if other["hardware_type"] == "cpu"]
    else:
        real = _best_first(real, chosen)[-1:]
    same = [other for other in real if other["runtime"] == one["runtime"]] or real
    return _best_first(same, chosen)[0] if same and len(members) > 1 else None


def _against(one: Entry, base: Entry | None, name: str) -> tuple[float | None, float | None, float | None, str | None]:
    """Ratio, the ends of its interval, and the name of the baseline."""
    if base is None or not base["value"]:
        return None, None, None, None
    called = " ".join(str(base[part]) for part in ("hardware", "device", "runtime") if base[part] is not None)
    low, high = (None, None) if one is base else interval(one["samples"], base["samples"], name) or (None, None)
    return one["value"] / base["value"], low, high, called


def interval(samples: Sequence[float] | None, baseline: Sequence[float] | None, name: str) -> Interval | None:
    """The interval of a ratio. The throughput of one batch is the inverse of the mean latency, and so is its ratio."""
    if not samples or not baseline:
        return None
    if name == "throughput":
        return stats.ratio_of_means(baseline, samples)
    return stats.ratio_of_medians(samples, baseline)


def _check_baseline(con: "Connection", named: str) -> None:
    """Raises BenchError for hardware that this database does not have."""
    known = {name for kind, name in queries.known_names(con).rows if kind == "hardware"}
    if named.partition(":")[0] not in known and named not in known:
        raise unknown(f"--baseline {named}", "hardware in this database", named, known)
