"""What an object says of all that is in it: its own fields, and the objects beside the rows that describe the run."""

from collections.abc import Mapping
from typing import Any

from pytest_ipfs_bench.importers import values
from pytest_ipfs_bench.importers.legacy import fields, keys, names
from pytest_ipfs_bench.importers.legacy.context import Context
from pytest_ipfs_bench.importers.legacy.simulation import mark

SORTS = fields.PLACE | {"case", "setting", "test", "measure"}
# Slots that rows inherit, and the fields of the context that hold them.
INHERITED = {
    "model": "model", "model_family": "family", "modality": "modality", "time": "time", "module": "module",
    "test_case": "case",
}  # fmt: skip
SETTINGS = ("batch_size", "sequence_length", "precision", "threads", "iterations", "warmup_iterations", "load_time_ms")
# Objects beside the rows that say when, with what model and with which settings they were made.
ABOUT = (
    "metadata", "meta", "stats", "config", "configuration", "settings", "parameters", "benchmark_config", "test_config",
)  # fmt: skip
MACHINES = ("system_info", "hardware_info", "hardware_details", "system")


def annotated(context: Context, stated: Mapping[str, Any]) -> tuple[Context, Mapping[str, Any]]:
    """Notes that were added to a document later, taken out of it: on which hardware its results were simulated."""
    if stated.keys().isdisjoint(keys.NOTES):
        return context, stated
    notes = {key: stated[key] for key in keys.NOTES if key in stated}
    listed = notes.get("simulated_hardware")
    found = [word for one in listed if (word := values.hardware(one))] if isinstance(listed, list) else []
    context = context._replace(
        simulated_hardware=context.simulated_hardware.union(found), facts={**context.facts, **notes}
    )
    return context, {key: value for key, value in stated.items() if key not in notes}


def entered(context: Context, stated: Mapping[str, Any], *, facts: bool = True) -> Context:
    """The context inside an object. Without `facts` its plain values are not told to every row: they belong to one."""
    row = _read(stated)
    changes: dict[str, Any] = {}
    _describe(changes, context, row.taken)
    for key in ABOUT:
        about = stated.get(key)
        if isinstance(about, dict):
            _add(changes, context, _read(about).taken)
    marked = mark(stated, depth=0)
    if marked is not None:
        changes["simulated"] = context.simulated or marked
    for key in MACHINES:
        about = stated.get(key)
        if isinstance(about, dict) and (name := _only_device(about)):
            changes["devices"] = {**context.devices, "cuda": name}
    known = {key: value for key, value in row.left.items() if _is_fact(key, value, plain=facts)}
    if known:
        changes["facts"] = {**context.facts, **known}
    return context._replace(**changes) if changes else context


def _read(stated: Mapping[str, Any]) -> fields.Row:
    """What rows may inherit; of measurements only the time that it took to load the model for all of them."""
    row = fields.read(stated, SORTS, fields.TABLE.get)
    for slot in (*names.MEASURES, "name", "class"):
        if slot != "load_time_ms":
            row.back(slot)
    return row


def _only_device(about: Mapping[str, Any]) -> str | None:
    """The name of the only CUDA device of a machine."""
    devices = about.get("cuda_devices")
    only = devices[0] if isinstance(devices, list) and len(devices) == 1 else None
    return values.text(only.get("name")) if isinstance(only, dict) else None


def _describe(changes: dict[str, Any], context: Context, taken: Mapping[str, Any]) -> None:
    """Takes over what an object says of itself and of all that is in it."""
    changes |= {name: taken[slot] for slot, name in INHERITED.items() if slot in taken}
    hardware, device = fields.whereabouts(taken)
    if hardware:
        changes["hardware"], changes["device"] = hardware, None
    if device:
        changes["device"] = device
    if "training" in str(taken.get("mode")).lower():
        changes["mode"] = "training"
    settings = {name: taken[name] for name in SETTINGS if name in taken}
    if settings:
        changes["settings"] = {**context.settings, **settings}


def _add(changes: dict[str, Any], context: Context, taken: Mapping[str, Any]) -> None:
    """Takes over what a description beside the rows says, where they and what is around them do not say it."""
    found: dict[str, Any] = {}
    _describe(found, context, taken)
    if context.model is not None:
        found.pop("model", None)
    if "settings" in found and "settings" in changes:
        found["settings"] = {**found["settings"], **changes["settings"]}
        del changes["settings"]
    for name, value in found.items():
        changes.setdefault(name, value)


def _is_fact(key: str, value: Any, *, plain: bool) -> bool:
    """Whether this is to be known of all rows: what describes the run, and plain values that are no sums over rows."""
    if isinstance(value, dict | list):
        return key in keys.DESCRIPTIONS and bool(value)
    known = fields.TABLE.get(key)
    return plain and value is not None and not keys.SUMS.match(key) and not (known and known.sort == "throughput")
