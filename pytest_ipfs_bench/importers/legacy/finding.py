"""A finding from a row and what it inherits: the same for all three kinds of result."""

from collections.abc import Mapping
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Kind
from pytest_ipfs_bench.importers.legacy import names
from pytest_ipfs_bench.importers.legacy.context import Context
from pytest_ipfs_bench.importers.legacy.fields import Row, whereabouts
from pytest_ipfs_bench.importers.legacy.simulation import mark


def make(kind: Kind, place: str, columns: Mapping[str, Any], row: Row, context: Context) -> Finding:
    """The finding of a row. Its own fields beat inherited ones."""
    taken, left = row.taken, row.left
    hardware, device = whereabouts(taken)
    if device is None:
        row.back("device")
    hardware = hardware or context.hardware
    details = {}
    if hardware and not left.keys().isdisjoint(names.DETAILS):
        details = {name: left.pop(name) for name in names.DETAILS if isinstance(left.get(name), str)}
    if None in columns.values():
        columns = {name: value for name, value in columns.items() if value is not None}
    return Finding(
        kind=kind,
        place=place,
        columns=columns,
        model=taken.get("model", context.model),
        model_family=taken.get("model_family", context.family),
        modality=taken.get("modality", context.modality),
        hardware=hardware,
        device=device or context.device or (context.devices.get(hardware) if hardware else None),
        hardware_details=details,
        time=taken.get("time", context.time),
        simulated=context.is_simulated(hardware, own=mark(row.stated)),
        extra=left,
        context=context.facts,
        flags=(*context.flags, *row.flags),
        nth=context.nth,
    )
