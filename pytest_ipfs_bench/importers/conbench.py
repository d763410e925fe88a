"""Answers of Conbench's API: benchmark results, comparisons; runs, logins and errors hold no results."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import case, entries, inside, known, mapping, numbered
from pytest_ipfs_bench.importers.samples import latencies, milliseconds, series
from pytest_ipfs_bench.importers.times import moment
from pytest_ipfs_bench.importers.values import Row, text, whole
from pytest_ipfs_bench.records import Outcome, Performance

RESULT = {"run_id", "stats", "tags"}
COMPARISON = {"baseline", "contender", "analysis"}
RUN = {"commit", "hardware", "id", "reason"}
ERROR = {"code", "description", "name"}
STATED = {
    "average_latency_ms": "mean",
    "latency_min_ms": "min",
    "latency_p50_ms": "median",
    "latency_max_ms": "max",
    "latency_std_ms": "stdev",
}
SIDES = ("baseline", "contender")


class Conbench(Importer):
    """An answer as Conbench sends it, or as its own tests keep it: `{"status_code": 200, "data": answer}`."""

    name = "conbench"
    kinds = ("json",)

    def recognises(self, document: Document) -> bool:
        """Whether it is an answer without data, or its first entry is a result, a comparison, a run or an error."""
        if isinstance(document.json, list):
            return _is_known(document.first)
        if document.keys == {"status_code"}:
            return True
        first = next(iter(_entries(_answer(document.json))), None)
        return isinstance(first, dict) and _is_known(first.keys())

    def read(self, document: Document) -> Iterable[Finding]:
        """A result per benchmark result, and per side of a comparison; an error is a failed test."""
        status, answer = whole(inside(document.json, "status_code")), _answer(document.json)
        found = list(entries(_entries(answer), "/data")) if answer is not None else []
        if not found or found[0][1].keys() >= ERROR:
            said = text(inside(answer, "name"))
            raise NotResults(f"an answer without data, its status {status}{f': {said}' if said else ''}")
        if all(entry.keys() >= RUN for _, entry in found):
            raise NotResults("runs without their results")
        return numbered(_findings(found))


def _is_known(keys: AbstractSet[str]) -> bool:
    return keys >= RESULT or keys >= COMPARISON or keys >= RUN or keys >= ERROR


def _answer(document: Any) -> Any:
    return document.get("data") if isinstance(document, dict) and "status_code" in document else document


def _entries(answer: Any) -> list[Any]:
    """The entries of an answer, which is one, a list, or a page `{"data": [...], "metadata": ...}`."""
    listed = inside(answer, "data") if isinstance(answer, dict) and "data" in answer else answer
    return listed if isinstance(listed, list) else [listed]


def _findings(found: list[tuple[str, dict[str, Any]]]) -> Iterator[Finding]:
    for place, entry in found:
        if entry.keys() >= COMPARISON:
            for side in SIDES:
                if isinstance(entry[side], dict):
                    yield _side(f"{place}/{side}", side, entry)
        elif entry.keys() >= RESULT:
            yield _result(place, entry)
        else:
            raise Rejected("the entry is neither a result nor a comparison", place)


def _result(place: str, entry: dict[str, Any]) -> Finding:
    row, stats = Row(entry), mapping(entry.get("stats"))
    name, params = _case(mapping(entry.get("tags")))
    time = moment(row.pop("timestamp"))
    if entry.get("error"):
        return _failure(place, case(name, params), entry["error"], row.left, time)
    unit, read = text(stats.get("unit")), Row(stats)
    scale = milliseconds(unit)
    columns: dict[str, Any] = {"test_case": case(name, params), "mode": "benchmark"} | known(params=params or None)
    if scale is not None:
        columns |= latencies(series(stats.get("data"), scale))
        columns |= known(**{column: read.number(stated, scale=scale) for column, stated in STATED.items()})
    elif unit in ("i/s", "items/s"):
        columns |= known(throughput_items_per_second=read.number("mean"))
    columns |= known(rounds=read.whole("iterations"))
    flags = (*row.flags, *read.flags)
    return Finding(kind=Performance, place=place, columns=columns, time=time, extra=row.left, flags=flags)


def _side(place: str, side: str, comparison: dict[str, Any]) -> Finding:
    """One of the two results that a comparison names: it states a single number, the mean unless it says otherwise."""
    row = Row(comparison[side])
    name, params = _case(mapping(row.left.get("tags")))
    name = text(row.left.get("benchmark_name")) or name
    rest = {key: value for key, value in comparison.items() if key not in SIDES}
    if row.left.get("error"):
        return _failure(place, case(name, params), row.left["error"], row.left | rest, None)
    scale = milliseconds(comparison.get("unit"))
    mean = row.left.get("svs_type", "mean") == "mean" and scale is not None
    columns = known(
        test_case=case(name, params),
        mode="benchmark",
        params=params or None,
        average_latency_ms=row.number("single_value_summary", scale=scale or 1.0) if mean else None,
    )
    return Finding(kind=Performance, place=place, columns=columns, extra=row.left | rest, flags=tuple(row.flags))


def _case(tags: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The benchmark's name and its parameters; `id` is the case's key in Conbench's database."""
    return text(tags.get("name")) or "conbench", {name: tags[name] for name in tags if name not in ("name", "id")}


def _failure(place: str, name: str, error: Any, extra: Mapping[str, Any], time: Any) -> Finding:
    said = mapping(error)
    columns = known(
        node_id=name,
        test_name=name,
        status="fail",
        error_message=text(said.get("message")) or text(said.get("command")) or text(error),
        error_traceback=text(said.get("stack_trace")),
    )
    return Finding(kind=Outcome, place=place, columns=columns, time=time, extra=extra)


IMPORTERS = (Conbench(),)
