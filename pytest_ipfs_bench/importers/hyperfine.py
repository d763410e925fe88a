"""hyperfine's JSON and CSV. Its times are seconds."""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.findings import entries, known, numbered
from pytest_ipfs_bench.importers.samples import latencies, series
from pytest_ipfs_bench.importers.values import Row
from pytest_ipfs_bench.records import Performance

if TYPE_CHECKING:
    from pytest_ipfs_bench.importers.document import Document

SECONDS = {
    "mean": "average_latency_ms",
    "min": "latency_min_ms",
    "median": "latency_p50_ms",
    "max": "latency_max_ms",
    "stddev": "latency_std_ms",
}
TABLE = ("command", "mean", "stddev", "median", "user", "system", "min", "max")
PARAMETER = "parameter_"


class Hyperfine(Importer):
    """What --export-json writes: a result for every command, with the time of every run."""

    name = "hyperfine"
    kinds = ("json",)

    def recognises(self, document: "Document") -> bool:
        """By the list of results, each with its command and its mean."""
        results = document.json["results"] if "results" in document.keys else None
        first = results[0] if isinstance(results, list) and results else None
        return isinstance(first, dict) and {"command", "mean", "user", "system"} <= first.keys()

    def read(self, document: "Document") -> Iterable[Finding]:
        """A result for every command and its parameters."""
        context = {name: value for name, value in document.json.items() if name != "results"}
        return numbered(
            _finding(entry, place, context) for place, entry in entries(document.json["results"], "/results")
        )


class HyperfineTable(Importer):
    """What --export-csv writes: the same without the single runs."""

    name = "hyperfine-csv"
    kinds = ("text",)

    def recognises(self, document: "Document") -> bool:
        """By its columns."""
        if not (document.text or "").startswith(",".join(TABLE)):
            return False
        return document.table is not None and document.table.header[: len(TABLE)] == TABLE

    def read(self, document: "Document") -> Iterable[Finding]:
        """A result for every row."""
        rows = document.table.rows if document.table else []
        if not rows:
            raise NotResults("a table without a row")
        for line, row in rows:
            entry: dict[str, Any] = {name: value for name, value in row.items() if not name.startswith(PARAMETER)}
            entry["parameters"] = {
                name.removeprefix(PARAMETER): value for name, value in row.items() if name.startswith(PARAMETER)
            }
            yield _finding(entry, f"line {line}", {})


def _finding(entry: Mapping[str, Any], place: str, context: Mapping[str, Any]) -> Finding:
    row = Row(entry)
    command = row.text("command")
    if command is None:
        raise Rejected("the result has no command", place)
    seconds, memory = series(entry.get("times")), series(entry.get("memory_usage_byte"))
    row.flags += [
        f"{name}: not every entry is a number; kept as it is"
        for name, found in (("times", seconds), ("memory_usage_byte", memory))
        if found is None and entry.get(name)
    ]
    if seconds:
        del row.left["times"]
    params = row.pop("parameters") if isinstance(entry.get("parameters"), dict) else None
    stated = known(**{column: row.number(name, scale=1e3) for name, column in SECONDS.items()})
    columns = latencies([second * 1e3 for second in seconds or ()]) | stated | known(
        test_case=command,
        mode="benchmark",
        params=params or None,
        memory_peak_mb=max(memory) / 1e6 if memory else None,
        total_time_seconds=math.fsum(seconds) if seconds else None,
    )  # fmt: skip
    return Finding(
        kind=Performance, place=place, columns=columns, extra=row.left, context=context, flags=tuple(row.flags)
    )


IMPORTERS = (Hyperfine(), HyperfineTable())
