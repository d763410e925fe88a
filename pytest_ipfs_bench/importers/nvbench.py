"""NVBench's JSON: a state is one measurement of a benchmark, at one point of its axes, on one GPU."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import case, entries, inside, known, numbered
from pytest_ipfs_bench.importers.values import Row, number, text, truth, whole
from pytest_ipfs_bench.records import Outcome, Performance

# Tags of summaries -> columns. Times are seconds. A benchmark of the host's code has nv/cpu_only instead of nv/cold.
TIMES = {
    "average_latency_ms": ("nv/cold/time/gpu/mean", "nv/cpu_only/time/cpu/mean"),
    "latency_min_ms": ("nv/cold/time/gpu/min", "nv/cpu_only/time/cpu/min"),
    "latency_p50_ms": ("nv/cold/time/gpu/median", "nv/cpu_only/time/cpu/median"),
    "latency_max_ms": ("nv/cold/time/gpu/max", "nv/cpu_only/time/cpu/max"),
    "latency_std_ms": ("nv/cold/time/gpu/stdev/absolute", "nv/cpu_only/time/cpu/stdev/absolute"),
}
SAMPLES = ("nv/cold/sample_size", "nv/cpu_only/sample_size")
ITEMS = ("nv/cold/bw/item_rate", "nv/cpu_only/bw/item_rate")
READERS = {"int64": whole, "float64": number}


class NVBench(Importer):
    """`{"meta": ..., "devices": [...], "benchmarks": [{"states": [...]}]}`."""

    name = "nvbench"
    kinds = ("json",)

    def recognises(self, document: Document) -> bool:
        """Whether the benchmarks have states, and there are devices."""
        if not document.keys >= {"devices", "benchmarks"} or not isinstance(document.json["benchmarks"], list):
            return False
        return any(isinstance(inside(found, "states"), list) for found in document.json["benchmarks"][:1])

    def read(self, document: Document) -> Iterable[Finding]:
        """A measurement per state; a skipped state is a skipped test."""
        root = document.json
        benchmarks = list(entries(root["benchmarks"], "/benchmarks"))
        if not any(found.get("states") for _, found in benchmarks):
            raise NotResults("no state was run")
        heads = [{name: value for name, value in found.items() if name != "states"} for _, found in benchmarks]
        context = root | {"benchmarks": heads}
        devices = {whole(device.get("id")): device for _, device in entries(root["devices"] or [], "/devices")}
        return numbered(_findings(benchmarks, devices, context))


def _findings(
    benchmarks: list[tuple[str, dict[str, Any]]],
    devices: Mapping[int | None, dict[str, Any]],
    context: Mapping[str, Any],
) -> Iterator[Finding]:
    for place, benchmark in benchmarks:
        name = text(benchmark.get("name"))
        if name is None:
            raise Rejected("the benchmark has no name", place)
        for where, state in entries(benchmark.get("states") or [], f"{place}/states"):
            device = devices.get(whole(state.get("device")))
            read = _skipped if truth(state.get("is_skipped")) else _measured
            yield read(name, state, place=where, context=context, **_hardware(device))


def _measured(benchmark: str, state: dict[str, Any], **common: Any) -> Finding:
    row, params = Row(_values(state.get("summaries"))), _params(state.get("axis_values"))
    columns = known(
        test_case=case(benchmark, params),
        mode="benchmark",
        device_index=whole(state.get("device")) if common["hardware"] else None,
        params=params or None,
        rounds=row.whole(*SAMPLES),
        throughput_items_per_second=row.number(*ITEMS),
        **{column: row.number(*tags, scale=1e3) for column, tags in TIMES.items()},
    )
    return Finding(kind=Performance, columns=columns, extra=state, flags=tuple(row.flags), **common)


def _skipped(benchmark: str, state: dict[str, Any], **common: Any) -> Finding:
    name = case(benchmark, _params(state.get("axis_values")))
    columns = known(node_id=name, test_name=name, status="skip", error_message=text(state.get("skip_reason")))
    return Finding(kind=Outcome, columns=columns, extra=state, **common)


def _hardware(device: dict[str, Any] | None) -> dict[str, Any]:
    if device is None:
        return {"hardware": None}
    size, units = number(device.get("global_memory_size")), whole(device.get("number_of_sms"))
    details = known(
        vendor="NVIDIA",
        memory_gb=size / 1e9 if size and size > 0 else None,
        compute_units=units if units and units > 0 else None,
    )
    return {"hardware": "cuda", "device": text(device.get("name")), "hardware_details": details}


def _values(summaries: Any) -> dict[str, Any]:
    """The value of each tag; a summary without the value alone (a file's name, a size) stays in the state."""
    found = {}
    for summary in summaries if isinstance(summaries, list) else []:
        tag = text(inside(summary, "tag"))
        data = inside(summary, "data")
        for entry in data if tag and isinstance(data, list) else []:
            if inside(entry, "name") == "value":
                found[str(tag)] = inside(entry, "value")
    return found


def _params(axes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for axis in axes if isinstance(axes, list) else []:
        name, value = text(inside(axis, "name")), inside(axis, "value")
        read = READERS.get(str(inside(axis, "type")))
        if name is not None:
            found[name] = value if read is None or read(value) is None else read(value)
    return found


IMPORTERS = (NVBench(),)
