"""pyperf's JSON, plain or gzipped: every process's values together, its calibration and warm-ups apart from them."""

import math
from collections import ChainMap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.findings import entries, known, mapping
from pytest_ipfs_bench.importers.samples import latencies, series
from pytest_ipfs_bench.importers.times import moment
from pytest_ipfs_bench.importers.values import number, text, whole
from pytest_ipfs_bench.records import Performance

if TYPE_CHECKING:
    from pytest_ipfs_bench.importers.document import Document

VALUES = ("values", "samples")  # the name now, and before version 0.9.6
SECOND, BYTE = "second", "byte"


class Pyperf(Importer):
    """A suite of benchmarks. Values are seconds of one iteration, bytes (the peak of one process), or plain numbers."""

    name = "pyperf"
    kinds = ("json",)

    def recognises(self, document: "Document") -> bool:
        """A list of benchmarks, each with its runs."""
        benchmarks = document.json["benchmarks"] if {"benchmarks", "version"} <= document.keys else None
        first = benchmarks[0] if isinstance(benchmarks, list) and benchmarks else None
        return isinstance(first, dict) and isinstance(first.get("runs"), list)

    def read(self, document: "Document") -> Iterable[Finding]:
        """One result for every benchmark that has values."""
        content = document.json
        context = {name: value for name, value in content.items() if name != "benchmarks"}
        found = [_finding(entry, place, context) for place, entry in entries(content["benchmarks"], "/benchmarks")]
        if not any(found):
            raise NotResults("only calibration: no run has values")
        return [finding for finding in found if finding]


def _finding(entry: Mapping[str, Any], place: str, context: Mapping[str, Any]) -> Finding | None:
    runs = [run for _, run in entries(entry.get("runs"), f"{place}/runs")]
    measured = [run for run in runs if any(run.get(name) for name in VALUES)]
    about = (entry.get("metadata"), entry.get("common_metadata"), context.get("metadata"), *_metadata(measured[:1]))
    told = ChainMap(*map(mapping, about))
    if not measured:
        return None
    name = text(told.get("name"))
    if name is None:
        raise Rejected("the benchmark has no name", place)
    values = series([value for run in measured for value in _values(run)])
    if values is None:
        raise Rejected(f"a value of the benchmark {name!r} is no number of at least 0", place)
    return Finding(
        kind=Performance,
        place=place,
        columns={"test_case": name, "mode": "benchmark", **_columns(values, measured, told)},
        time=next(filter(None, (moment(stated.get("date")) for stated in (*_metadata(measured), told))), None),
        extra=dict(entry),
        context=context,
        **_machine(told),
    )


def _values(run: Mapping[str, Any]) -> list[Any]:
    found = next((run[name] for name in VALUES if run.get(name)), None)
    return found if isinstance(found, list) else [found]


def _columns(values: list[float], runs: list[dict[str, Any]], told: Mapping[str, Any]) -> dict[str, Any]:
    unit = told.get("unit", SECOND)
    if unit == BYTE:
        return {"rounds": len(values), "memory_peak_mb": max(values) / 1e6}
    if unit != SECOND:
        return {"rounds": len(values)}
    iterations = _iterations(runs, told)
    return latencies([value * 1e3 for value in values]) | known(
        iterations=iterations,
        total_time_seconds=number(math.fsum(values) * iterations) if iterations else None,
        warmup_iterations=sum(len(run["warmups"]) for run in runs if isinstance(run.get("warmups"), list)) or None,
    )


def _iterations(runs: list[dict[str, Any]], told: Mapping[str, Any]) -> int | None:
    """How often a value's code ran; None if the processes differ."""
    found = {
        tuple(
            whole(stated.get(name, told.get(name, default))) for name, default in (("loops", None), ("inner_loops", 1))
        )
        for stated in _metadata(runs)
    }
    loops, inner = found.pop() if len(found) == 1 else (None, None)
    return loops * inner if loops and inner and loops > 0 and inner > 0 else None


def _metadata(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [mapping(run.get("metadata")) for run in runs]


def _machine(told: Mapping[str, Any]) -> dict[str, Any]:
    device, count = text(told.get("cpu_model_name")), whole(told.get("cpu_count"))
    if device is None and count is None:
        return {}
    details = known(compute_units=count if count and count > 0 else None)
    return {"hardware": "cpu", "device": device, "hardware_details": details}


IMPORTERS = (Pyperf(),)
