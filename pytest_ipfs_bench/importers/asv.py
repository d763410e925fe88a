"""asv's result files, versions 1 and 2: a result for every benchmark and combination of its parameters."""

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.importers import asv_names
from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.findings import known, mapping
from pytest_ipfs_bench.importers.samples import latencies, series
from pytest_ipfs_bench.importers.times import moment
from pytest_ipfs_bench.importers.values import Row, text, whole
from pytest_ipfs_bench.records import Outcome, Performance

if TYPE_CHECKING:
    from pytest_ipfs_bench.importers.document import Document

RESULTS = {"commit_hash", "results", "params"}
MACHINE = {"arch", "cpu", "machine", "num_cpu", "os", "ram", "version"}
SITE = {"benchmarks", "graph_param_list", "project"}
# Files of version 1 kept these beside the results, by the names of the benchmarks; and statistics as objects.
BESIDE = {"started_at": "started_at", "duration": "duration", "benchmark_version": "version", "profiles": "profile"}
# What tells the results of two files apart that may hold the same numbers: version 1 has no time.
RUN = ("commit_hash", "env_name", "python", "requirements")
MOST = 100_000  # combinations of one benchmark's parameters
LONGEST = 50_000_000  # characters of all of them
SHORT = 200


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark: the values of its parameters, a result for each combination, and its other columns."""

    name: str
    params: list[list[Any]]
    results: list[Any]
    columns: Mapping[str, Any]

    def fields(self, number: int) -> dict[str, Any]:
        """The columns of one combination. What is said of all of them goes with each if it is short, else with the first."""
        found = {"result": self.results[number]}
        for name, value in self.columns.items():
            if isinstance(value, list) and len(value) == len(self.results):
                found[name] = value[number]
            elif number == 0 or (isinstance(value, str | int | float) and len(str(value)) < SHORT):
                found[name] = value
        return {name: value for name, value in found.items() if value is not None}


class Asv(Importer):
    """The results of one commit in one environment on one machine."""

    name = "asv"
    kinds = ("json",)

    def recognises(self, document: "Document") -> bool:
        """By its keys."""
        return document.keys >= RESULTS and isinstance(document.json["results"], dict)

    def read(self, document: "Document") -> Iterable[Finding]:
        """A measurement, or an outcome where asv says that it failed (null) or was skipped (NaN).

        The file's `date` is the commit's, never the measurement's.
        """
        content = document.json
        if not content["results"]:
            raise NotResults("no benchmark was run")
        machine = mapping(content["params"])
        run = known(**{name: content.get(name) for name in RUN}, machine=machine.get("machine"))
        taken = {"results", "result_columns", *BESIDE, *RUN}
        context = {name: value for name, value in content.items() if name not in taken}
        told = {"context": context, **_machine(machine)}
        for name, value in content["results"].items():
            benchmark = _benchmark(name, _columns(content, name, value))
            for number, values in enumerate(itertools.product(*benchmark.params)):
                yield _finding(benchmark, number, values, run, told)


class AsvFiles(Importer):
    """What lies beside the results: machines, sources of benchmarks, the index of a site."""

    name = "asv-metadata"
    kinds = ("json",)

    def recognises(self, document: "Document") -> bool:
        """By their keys."""
        return _kind(document) is not None

    def read(self, document: "Document") -> Iterable[Finding]:
        """Never a result."""
        raise NotResults(_kind(document) or "")


def _kind(document: "Document") -> str | None:
    keys = document.keys
    if not keys:
        return None
    first = next(iter(document.json.values()))
    if keys >= SITE:
        return "the index of an asv site: its results are in the files that asv run wrote"
    if MACHINE >= keys >= {"arch", "machine", "version"}:
        return "asv's description of a machine"
    if isinstance(first, dict) and first.keys() >= {"code", "param_names", "params", "type", "unit"}:
        return "asv's list of benchmarks: their sources and parameters"
    return None


def _columns(content: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    """The columns of one benchmark, from a row of version 2 or from what version 1 had in several places."""
    names = content.get("result_columns")
    if isinstance(names, list):
        if not isinstance(value, list) or len(value) > len(names):
            raise Rejected("the result is no list as long as result_columns", f"/results/{name}")
        return dict(zip(map(str, names), value, strict=False))
    columns = dict(value) if isinstance(value, dict) else {"result": value}
    told = columns.pop("stats", None)
    each = [mapping(one) for one in (told if isinstance(told, list) else [told])]
    statistics = dict.fromkeys(statistic for one in each for statistic in one)
    columns |= {f"stats_{statistic}": [one.get(statistic) for one in each] for statistic in statistics}
    return columns | {ours: mapping(content.get(theirs)).get(name) for theirs, ours in BESIDE.items()}


def _benchmark(name: str, columns: dict[str, Any]) -> Benchmark:
    params, results = columns.pop("params", None) or [], columns.pop("result", None)
    if not isinstance(params, list) or not all(isinstance(values, list) for values in params):
        raise Rejected("the parameters are no lists of values", f"/results/{name}")
    count = math.prod(map(len, params))
    size = sum(max((len(str(value)) for value in values), default=0) for values in params)
    if count > MOST or count * size > LONGEST:
        raise Rejected("the parameters make too many combinations to be a result", f"/results/{name}")
    if not isinstance(results, list):  # null: every combination failed
        results = [results] * (count if results is None else 1)
    if len(results) != count:
        raise Rejected(f"{len(results)} results for {count} combinations of parameters", f"/results/{name}")
    return Benchmark(name, params, results, columns)


def _finding(
    benchmark: Benchmark, number: int, values: tuple[Any, ...], run: Mapping[str, Any], told: Mapping[str, Any]
) -> Finding:
    row, name = Row(benchmark.fields(number)), benchmark.name
    place = f"/results/{name}" + (f", combination {number + 1}" if values else "")
    time = moment(row.left.get("started_at"))
    params = {f"param{count}": value for count, value in enumerate(values, 1)}  # asv's own names where it knows none
    result = row.left.get("result")
    if result is None or (isinstance(result, float) and math.isnan(result)):
        columns = asv_names.outcome(name, values, "fail" if result is None else "skip")
        row.left.pop("result", None)
        extra = {**run, **row.left, **known(params=params or None)}
        return Finding(kind=Outcome, place=place, columns=columns, time=time, extra=extra, **told)
    columns = known(test_case=asv_names.case(name, values), mode="benchmark", params=params or None) | _measured(
        name, row
    )
    return Finding(
        kind=Performance,
        place=place,
        columns=columns,
        time=time,
        extra={**run, **row.left},
        flags=tuple(row.flags),
        **told,
    )


def _measured(name: str, row: Row) -> dict[str, Any]:
    """A time is the median where there are statistics, and of samples (s) where they are kept; memory is bytes."""
    if "stats_number" in row.left or asv_names.is_time(name):
        has_statistics = any(field.startswith("stats_") for field in row.left)
        samples = series(row.left.get("samples"), 1e3)
        if samples:
            del row.left["samples"]
        if not has_statistics and not samples:
            row.flags.append("result: a time, and not said of which statistic")
        return latencies(samples) | known(
            **{"latency_p50_ms" if has_statistics else "average_latency_ms": row.number("result", scale=1e3)},
            rounds=row.whole("stats_repeat"),
            iterations=row.whole("stats_number"),
        )
    return known(memory_peak_mb=row.number("result", scale=1e-6)) if asv_names.is_memory(name) else {}


def _machine(params: Mapping[str, Any]) -> dict[str, Any]:
    device, count = text(params.get("cpu")), whole(params.get("num_cpu"))
    if device is None:
        return {}
    return {"hardware": "cpu", "device": device, "hardware_details": known(compute_units=count or None)}


IMPORTERS = (Asv(), AsvFiles())
