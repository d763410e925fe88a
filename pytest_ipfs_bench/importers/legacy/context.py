"""What a row inherits from the objects around it: model, hardware, time, settings, markers. The nearest statement counts."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pytest_ipfs_bench.importers import values
from pytest_ipfs_bench.importers.legacy import keys
from pytest_ipfs_bench.importers.times import Moment

NONE: Mapping[str, Any] = {}


class Context(NamedTuple):
    """What is known where a row stands. `key` is the last key on the way, `name` the last that is a name of its own."""

    model: str | None = None
    family: str | None = None
    modality: str | None = None
    hardware: str | None = None
    device: str | None = None
    time: Moment | None = None
    settings: Mapping[str, Any] = NONE
    mode: str | None = None
    case: str | None = None
    variant: str | None = None
    key: str = ""
    own: str | None = None  # the key of the object itself; None in a list
    name: str | None = None
    group: str | None = None
    module: str | None = None
    within: str = ""  # the key above `key`
    listed: str | None = None
    simulated: bool | None = None
    simulated_hardware: frozenset[str] = frozenset()
    devices: Mapping[str, str] = NONE  # the only device of a kind in the machine
    facts: Mapping[str, Any] = NONE
    flags: tuple[str, ...] = ()
    nth: int = 0

    def is_simulated(self, hardware: str | None, *, own: bool | None) -> bool | None:
        """Whether a row of this hardware is simulated, given what it says itself: any marker wins."""
        if own or self.simulated or (hardware is not None and hardware in self.simulated_hardware):
            return True
        return own if own is not None else self.simulated


def pointer(key: str) -> str:
    """A key as a token of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key


def below(context: Context, key: str, value: Any) -> Context:
    """The context of what stands under a key: a list or an object."""
    slot = keys.slot(key[: keys.LONGEST + 1])
    listed = isinstance(value, list)
    changes: dict[str, Any] = {
        "key": key,
        "within": context.key,
        "own": None if listed else key,
        "listed": slot.listed if listed else None,
        "nth": 0,
    }
    if slot.hardware:
        changes |= {"hardware": slot.hardware, "device": None}
    if slot.family or context.key == "model_families":
        changes["family"] = key
    if slot.mode:
        changes["mode"] = slot.mode
    _settings(changes, context, key, slot)
    _name(changes, context, key, slot)
    if listed or key in keys.GROUPS:
        changes["group"] = keys.GROUPS.get(key) or changes.get("name") or context.name or context.group
        changes["name"] = None
    return context._replace(**changes)


def _settings(changes: dict[str, Any], context: Context, key: str, slot: keys.Slot) -> None:
    """Settings that stand in a key: `batch_4_seq_32`, or `8` among batch sizes."""
    settings = {"sequence_length": slot.sequence, "precision": slot.precision, "batch_size": slot.batch}
    if context.key in keys.OF_BATCHES and slot.batch is None:
        size = values.whole(key)
        if size is None or size <= 0:
            changes["flags"] = (*context.flags, f"{context.key}: {key!r} is no batch size")
        else:
            settings["batch_size"] = size
    settings = {name: value for name, value in settings.items() if value}
    if settings:
        changes |= {"settings": {**context.settings, **settings}, "variant": slot.variant or context.variant}


def _name(changes: dict[str, Any], context: Context, key: str, slot: keys.Slot) -> None:
    """What a key names: a model where models are listed, or where it looks like one and none is known; else a test."""
    if not slot.is_name or "settings" in changes or key.isdecimal() or key.lower() in keys.MODES:
        return
    listed = context.key in keys.OF_MODELS | keys.OF_MATRICES or (
        context.key in keys.FAMILIES and context.within in keys.OF_MODELS
    )
    if not slot.hardware and not slot.mode and (listed or (slot.model and context.model is None)):
        changes["model"] = key
    else:
        changes |= {"name": key, "group": context.name or context.group}
