"""What a row inherits from the objects around it: model, hardware, time, settings, markers. The nearest statement counts."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pytest_ipfs_bench.importers import values
from pytest_ipfs_bench.importers.legacy import fields, words
from pytest_ipfs_bench.importers.times import Moment

FRAME = fields.PLACE | {"case", "setting", "test", "measure"}
SETTINGS = ("batch_size", "sequence_length", "precision", "threads", "iterations", "warmup_iterations", "load_time_ms")
# Objects beside the rows that say when, with what model and with which settings they were made.
ABOUT = (
    "metadata",
    "meta",
    "stats",
    "config",
    "configuration",
    "settings",
    "parameters",
    "benchmark_config",
    "test_config",
)
MODES = ("training", "inference")
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
    slot = words.slot(key)
    changes: dict[str, Any] = {
        "key": key,
        "within": context.key,
        "own": None if isinstance(value, list) else key,
        "nth": 0,
    }
    if slot.hardware and (slot.whole or not slot.model):
        changes["hardware"], changes["device"] = slot.hardware, None
    if slot.family or context.key == "model_families":
        changes["family"] = key
    if slot.mode:
        changes["mode"] = slot.mode
    if slot.listed and isinstance(value, list):
        changes["listed"] = slot.listed
    _cell(changes, context, key, slot)
    if _names_model(context, slot):
        changes["model"] = key
    elif not (
        slot.whole
        or slot.section
        or slot.family
        or slot.precision
        or "settings" in changes
        or key.lower() in MODES
        or key.isdecimal()
    ):
        changes |= {"name": key, "group": context.name or context.group}
    if isinstance(value, list) or key in words.GROUPS:
        changes["group"] = words.GROUPS.get(key) or changes.get("name") or context.name or context.group
        changes["name"] = None
    return context._replace(**changes)


def _cell(changes: dict[str, Any], context: Context, key: str, slot: words.Slot) -> None:
    """Settings that stand in a key: `batch_4_seq_32`, or `8` among batch sizes."""
    settings = {"sequence_length": slot.sequence, "precision": slot.precision, "batch_size": slot.batch}
    if context.key in words.OF_BATCHES and slot.batch is None:
        settings["batch_size"] = size = values.whole(key)
        if size is None or size <= 0:
            settings["batch_size"] = None
            changes["flags"] = (*context.flags, f"{context.key}: {key!r} is no batch size")
    settings = {name: value for name, value in settings.items() if value}
    if settings:
        changes |= {"settings": {**context.settings, **settings}, "variant": slot.variant or context.variant}


def _names_model(context: Context, slot: words.Slot) -> bool:
    """Whether a key is a model's name: where models are listed it is unless it is something else, elsewhere if it looks so."""
    if slot.section or slot.batch or slot.family or slot.precision or slot.hardware or slot.mode:
        return False
    anchored = context.key in words.OF_MODELS or context.key in words.OF_MATRICES
    if context.within in words.OF_MODELS and context.key in words.FAMILIES:
        anchored = True
    return anchored or (slot.model and context.model is None)


def annotated(context: Context, stated: Mapping[str, Any]) -> tuple[Context, Mapping[str, Any]]:
    """Notes that were added to a document later, taken out of it: on which hardware its results were simulated."""
    notes = {key: stated[key] for key in words.NOTES if key in stated}
    if not notes:
        return context, stated
    listed = notes.get("simulated_hardware")
    found = [word for one in listed if (word := values.hardware(one))] if isinstance(listed, list) else []
    context = context._replace(
        simulated_hardware=context.simulated_hardware.union(found), facts={**context.facts, **notes}
    )
    return context, {key: value for key, value in stated.items() if key not in notes}


def entered(context: Context, stated: Mapping[str, Any], *, facts: bool = True) -> Context:
    """The context inside an object: its own fields, and the objects in it that describe the run.

    Without `facts` its plain values are not to be known of every row in it: they are rows, or belong to one.
    """
    row = fields.read(stated, FRAME, fields.TABLE.get)
    changes: dict[str, Any] = {}
    _describe(changes, context, row.taken)
    for key in ABOUT:
        about = stated.get(key)
        if isinstance(about, dict):
            _add(changes, context, fields.read(about, FRAME, fields.TABLE.get).taken)
    marked = mark(stated, depth=0)
    if marked is not None:
        changes["simulated"] = True if context.simulated else marked
    for key in ("system_info", "hardware_info", "system"):
        about = stated.get(key)
        if isinstance(about, dict) and (name := _only_device(about)):
            changes["devices"] = {**context.devices, "cuda": name}
    known = {key: value for key, value in row.left.items() if _is_fact(key, value, plain=facts)}
    if facts and "name" in row.taken:
        known["name"] = row.taken["name"]
    if known:
        changes["facts"] = {**context.facts, **known}
    return context._replace(**changes) if changes else context


def _only_device(about: Mapping[str, Any]) -> str | None:
    """The name of the only CUDA device of a machine."""
    devices = about.get("cuda_devices")
    only = devices[0] if isinstance(devices, list) and len(devices) == 1 else None
    return values.text(only.get("name")) if isinstance(only, dict) else None


def _describe(changes: dict[str, Any], context: Context, taken: Mapping[str, Any]) -> None:
    """Takes over what an object says of itself and of all that is in it."""
    for slot, name in (("model", "model"), ("model_family", "family"), ("modality", "modality"), ("time", "time"),
                       ("module", "module"), ("test_case", "case")):  # fmt: skip
        if slot in taken:
            changes[name] = taken[slot]
    hardware, device = whereabouts(taken)
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


def whereabouts(taken: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Kind of hardware and name of the device; a device that is called as its kind has no name of its own.

    >>> whereabouts({"device": "cuda:0"}), whereabouts({"hardware": "cuda", "device": "Tesla T4"})
    (('cuda', None), ('cuda', 'Tesla T4'))
    """
    device = taken.get("device")
    word = values.hardware(device)
    return taken.get("hardware") or word, None if word else device


def mark(stated: Mapping[str, Any], depth: int = 3) -> bool | None:
    """What an object says of being simulated: True by any marker in it, False if it denies it, else None."""
    denied = None
    for key, value in stated.items():
        if key in words.MARKS:
            said = values.truth(value)
            if said:
                return True
            denied = said if said is not None else denied
        elif isinstance(value, dict):
            if depth and mark(value, depth - 1):
                return True
        elif key in words.TELLING and isinstance(value, str) and words.TELLING[key].search(value):
            return True
    return denied


def _is_fact(key: str, value: Any, *, plain: bool) -> bool:
    """Whether this is to be known of all rows: what describes the run, and plain values that are no sums over rows."""
    if isinstance(value, dict | list):
        return key in words.DESCRIPTIONS and bool(value)
    known = fields.TABLE.get(key)
    return plain and value is not None and not words.SUMS.match(key) and not (known and known.sort == "throughput")
