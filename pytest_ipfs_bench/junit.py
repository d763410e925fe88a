"""What JUnit XML says of a test that measured something: the main numbers, as properties of its testcase."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_ipfs_bench.records import Compatibility, Hardware, Model, Performance

Properties = list[tuple[str, object]]
Row = Mapping[str, Any]
PREFIX = "ipfs_bench"
# Columns of a measurement by the names that they have in JUnit: as in reports, the unit at the end.
NUMBERS = {
    "provenance": "provenance",
    "mode": "mode",
    "runtime": "runtime",
    "precision": "precision",
    "batch": "batch_size",
    "p50_ms": "latency_p50_ms",
    "mean_ms": "average_latency_ms",
    "items_per_s": "throughput_items_per_second",
    "peak_mb": "memory_peak_mb",
    "device_peak_mb": "device_memory_peak_mb",
    "rounds": "rounds",
}


def tell(theirs: Properties, lines: Iterable[str]) -> None:
    """Adds the properties of a test to those that it has; of a test that is run again each attempt tells its own."""
    ours = properties(lines)
    names = {name for name, _ in ours}
    theirs[:] = [one for one in theirs if one[0] not in names] + ours


def properties(lines: Iterable[str]) -> Properties:
    """The properties of a test by its lines of the spool; those of a second cell are numbered: ipfs_bench.2.p50_ms."""
    known: dict[tuple[str, str], Row] = {}
    found: list[Properties] = []
    for table, row in _rows(lines):
        if table in (Model.TABLE, Hardware.TABLE):
            known[table, row["model_id" if table == Model.TABLE else "hardware_id"]] = row
        elif table == Compatibility.TABLE:
            found.append([*_subject(row, known), ("status", row["status"])])
        elif table == Performance.TABLE and row["mode"] == "benchmark":
            found.append([*_subject(row, known), *_numbers(row)])
        elif table == Performance.TABLE:  # of the cell whose compatibility came before it
            found[-1] = [*_subject(row, known), ("status", dict(found[-1])["status"]), *_numbers(row)]
    return [
        (f"{PREFIX}.{f'{place}.' if place > 1 else ''}{name}", value)
        for place, one in enumerate(found, 1)
        for name, value in one
    ]


def _rows(lines: Iterable[str]) -> Iterator[tuple[str, Row]]:
    for line in lines:
        told = json.loads(line)
        yield told["table"], told["row"]


def _subject(row: Row, known: Mapping[tuple[str, str], Row]) -> Properties:
    """Which model on which hardware; software that stands in for hardware is called so."""
    model = known.get((Model.TABLE, row.get("model_id", "")), {}).get("model_name")
    place = known.get((Hardware.TABLE, row.get("hardware_id", "")), {})
    software = " (software)" if place.get("is_software") else ""
    names = {"model": model, "hardware": place.get("hardware_type"), "device": place.get("device_name")}
    return [(name, f"{value}{software if name != 'model' else ''}") for name, value in names.items() if value]


def _numbers(row: Row) -> Properties:
    return [(name, row[column]) for name, column in NUMBERS.items() if row.get(column) is not None]
