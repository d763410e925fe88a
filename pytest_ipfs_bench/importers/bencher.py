"""Bencher Metric Format: benchmarks, their measures, and of each measure a value with its bounds."""

from collections.abc import Iterable, Iterator
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Importer
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.values import Row, number
from pytest_ipfs_bench.records import Performance

KEYS = {"value", "lower_value", "upper_value"}
# Bencher's own measures that have a column: the column, and what a number of its unit is times, to be one of ours.
MEASURES = {"latency": ("average_latency_ms", 1e-6), "throughput": ("throughput_items_per_second", 1.0)}


class Bencher(Importer):
    """JSON of Bencher: {benchmark: {measure: {value, lower_value, upper_value}}}."""

    name = "bencher-json"
    kinds = ("json",)
    precedence = 85

    def recognises(self, document: Document) -> bool:
        """Whether all of it is of that form and nothing else is in it, for the form is a general one."""
        rows = document.json
        return isinstance(rows, dict) and bool(rows) and all(name.strip() and _is_row(rows[name]) for name in rows)

    def read(self, document: Document) -> Iterable[Finding]:
        """Every benchmark; measures without a column, and all bounds, stay under their names."""
        return _findings(document.json)


def _is_row(row: Any) -> bool:
    return isinstance(row, dict) and bool(row) and all(_is_metric(metric) for metric in row.values())


def _is_metric(metric: Any) -> bool:
    if not isinstance(metric, dict) or "value" not in metric or not metric.keys() <= KEYS:
        return False
    stated = [value for name, value in metric.items() if name == "value" or value is not None]
    return all(not isinstance(value, str) and number(value) is not None for value in stated)


def _findings(rows: dict[str, dict[str, dict[str, Any]]]) -> Iterator[Finding]:
    for name, measures in rows.items():
        columns: dict[str, Any] = {"test_case": name, "mode": "benchmark"}
        extra: dict[str, Any] = {}
        flags: list[str] = []
        for measure, metric in measures.items():
            row = Row(metric)
            column, scale = MEASURES.get(measure, ("", 1.0))
            if column and (value := row.number("value", scale=scale)) is not None:
                columns[column] = value
            if row.left:
                extra[measure] = row.left
            flags += [f"{measure}: {flag}" for flag in row.flags]
        yield Finding(kind=Performance, place=f"/{name}", columns=columns, extra=extra, flags=tuple(flags))


IMPORTERS = (Bencher(),)
