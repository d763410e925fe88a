"""BenchmarkTools of Julia: a tree of groups as JSON, every node a pair of a type's name and its fields. Times are ns."""

from collections.abc import Iterable, Iterator
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import known, mapping, numbered
from pytest_ipfs_bench.importers.samples import latencies, series
from pytest_ipfs_bench.importers.values import Row
from pytest_ipfs_bench.records import Performance

NS = 1e-6  # in milliseconds
ESTIMATE = "the estimate does not say of what kind it is: minimum, median or mean"
Path = tuple[str, ...]


class BenchmarkTools(Importer):
    """JSON of BenchmarkTools.save: trials with all their times, or estimates of them."""

    name = "julia-benchmarktools"
    kinds = ("json",)

    def recognises(self, document: Document) -> bool:
        """Whether it is a pair of the versions and of what was saved."""
        pair = document.json
        if not isinstance(pair, list) or len(pair) != len(("versions", "saved")):
            return False
        return isinstance(pair[0], dict) and "BenchmarkTools" in pair[0] and isinstance(pair[1], list)

    def read(self, document: Document) -> Iterable[Finding]:
        """Every trial and every estimate; a judgement compares two of them and is no result."""
        versions, saved = document.json
        found = [_finding(*leaf, versions) for leaf in _leaves(saved) if leaf[2] in ("Trial", "TrialEstimate")]
        if not found:
            raise NotResults("it holds neither a trial nor an estimate")
        return numbered(found)


def _leaves(saved: list[Any]) -> Iterator[tuple[str, Path, str, dict[str, Any]]]:
    """Every node that is no group, in the order of the file: its place, the names on the way to it, type and fields."""
    todo: list[tuple[str, Path, Any]] = [(f"/1/{count}", (), node) for count, node in enumerate(saved)]
    todo.reverse()
    while todo:
        place, path, node = todo.pop()
        if not isinstance(node, list) or len(node) != len(("type", "fields")) or not isinstance(node[1], dict):
            raise Rejected("there should be a pair of a type and its fields", place)
        kind, fields = node
        if kind != "BenchmarkGroup":
            yield place, path, str(kind), fields
        elif isinstance(data := fields.get("data"), dict):
            todo += [(f"{place}/1/data/{name}", (*path, name), data[name]) for name in reversed(data)]
        else:
            raise Rejected("a group has no data", place)


def _finding(place: str, path: Path, kind: str, fields: dict[str, Any], versions: dict[str, Any]) -> Finding:
    row = Row(fields)
    params = fields.get("params")
    settings = Row(mapping(params[-1]) if isinstance(params, list) and params else {})
    times = _trial(row, place) if kind == "Trial" else {"average_latency_ms": row.number("time", scale=NS)}
    columns = known(
        test_case="/".join(path) or "benchmark", mode="benchmark", iterations=settings.whole("evals", least=1), **times
    )
    flags = (*row.flags, ESTIMATE) if kind == "TrialEstimate" else tuple(row.flags)
    extra = {"type": kind, **row.left}
    return Finding(kind=Performance, place=place, columns=columns, extra=extra, context=versions, flags=flags)


def _trial(row: Row, place: str) -> dict[str, Any]:
    """The columns of a trial's times, each the mean of its evaluations."""
    times = latencies(series(row.pop("times"), NS))
    if not times:
        raise Rejected("a trial's times are no list of numbers", f"{place}/1/times")
    return times


IMPORTERS = (BenchmarkTools(),)
