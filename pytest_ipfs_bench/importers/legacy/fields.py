"""Rows read field by field: each name is looked up once, and what it states is taken once. What nobody takes is left."""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pytest_ipfs_bench.importers import values, vocabulary
from pytest_ipfs_bench.importers.legacy import names
from pytest_ipfs_bench.importers.times import moment

SHOWN = 60
MEASURED = frozenset({"latency", "throughput", "measure", "spent"})
COLUMNS = frozenset({"average_latency_ms", "throughput_items_per_second", *names.MEASURES})
PLACE = frozenset({"model", "hardware", "device", "time"})


@dataclass(frozen=True, slots=True)
class Field:
    """What a field states: a `slot`, of a `sort`, in our unit after `scale`. Of two for one slot the lower `rank` counts.

    `kind` says in a flag what it should have been; without one a value of another kind is no fault. `least` is that of a
    number. `part` is the beginning of the name where only its end is known: `cuda` of `cuda_memory_used_mb`. `name` is
    the field's own, as it is written.
    """

    slot: str
    sort: str
    read: Callable[[Any], Any]
    kind: str = ""
    scale: float = 1.0
    rank: int = 0
    least: float | None = None
    part: str = ""
    name: str = ""


@dataclass(slots=True)
class Row:
    """A row: what its fields state by slot, which field states it, what is left over, and what could not be read."""

    stated: Mapping[str, Any]
    taken: dict[str, Any] = field(default_factory=dict)
    left: dict[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    by: dict[str, Field] = field(default_factory=dict)

    def back(self, slot: str) -> None:
        """Leaves a field as it was written: it has no use here."""
        if slot in self.taken:
            del self.taken[slot]
            name = self.by[slot].name
            self.left[name] = self.stated[name]


Find = Callable[[str], Field | None]


def read(stated: Mapping[str, Any], sorts: frozenset[str], find: Find) -> Row:
    """The fields of these sorts, taken; all others left as they are, nulls of known names apart.

    >>> row = read({"avg_latency": 0.2, "batch_size": 8.5, "note": "x"}, MEASURED | {"setting"}, by_name)
    >>> row.taken, row.left, row.flags
    ({'average_latency_ms': 200.0}, {'batch_size': 8.5, 'note': 'x'}, ['batch_size: 8.5 is no whole number'])
    """
    row = Row(stated)
    taken, left, by = row.taken, row.left, row.by
    for key, known in _known(tuple(stated), sorts, find):
        value = stated[key]
        if known is None:
            left[key] = value
            continue
        if value is None or value == "":
            continue
        found = known.read(value)
        if found is None or (known.least is not None and found < known.least):
            left[key] = value
            if known.kind:
                row.flags.append(_flag(value, known, low=found is not None))
        elif known.slot not in taken or _is_better(known, row):
            by[known.slot] = known
            taken[known.slot] = found if known.scale == 1.0 or known.slot == "samples" else found * known.scale
        else:
            left[key] = value
    return row


def _is_better(known: Field, row: Row) -> bool:
    """Whether this is believed rather than what was taken for its slot, which is then left as it was written."""
    if row.by[known.slot].rank <= known.rank:
        return False
    row.back(known.slot)
    return True


@functools.lru_cache(maxsize=4096)
def _known(keys: tuple[str, ...], sorts: frozenset[str], find: Find) -> tuple[tuple[str, Field | None], ...]:
    """The fields of these names, of those sorts: looked up once for all rows of one outline."""
    found = ((key, find(key)) for key in keys)
    return tuple((key, known if known is not None and known.sort in sorts else None) for key, known in found)


def whereabouts(taken: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Kind of hardware and name of the device; a device that is called as its kind has no name of its own.

    >>> whereabouts({"device": "cuda:0"}), whereabouts({"hardware": "cuda", "device": "Tesla T4"})
    (('cuda', None), ('cuda', 'Tesla T4'))
    """
    device = taken.get("device")
    word = values.hardware(device)
    return taken.get("hardware") or word, None if word else device


def _flag(value: Any, known: Field, *, low: bool) -> str:
    shown = repr(value) if not isinstance(value, list | dict) else f"a {type(value).__name__}"
    shown = shown if len(shown) < SHOWN else f"{shown[: SHOWN - 3]}..."
    return f"{known.name}: {shown} is no {known.kind}{f' of at least {known.least:g}' if low else ''}"


@functools.lru_cache(maxsize=8192)
def by_name(key: str) -> Field | None:
    """What a field's name states, also in other letters or with something in front.

    >>> by_name("Latency-MS").slot, by_name("cuda_memory_used_mb").part, by_name("pipeline_success").part
    ('average_latency_ms', 'cuda', 'pipeline')
    >>> by_name("comment")
    """
    known = TABLE.get(key) or _like(key.strip().lower().replace("-", "_").replace(" ", "_"))
    return known if known is None or known.name == key else replace(known, name=key)


def _like(name: str) -> Field | None:
    if name in TABLE:
        return TABLE[name]
    part, _, rest = name.partition("_")
    known = TABLE.get(rest)
    if known is not None and known.sort in OF_PARTS and values.hardware(part):
        return replace(known, part=part, rank=known.rank + len(TABLE))
    end = next((end for end in ENDS if name.endswith(f"_{end}")), None)
    return replace(TABLE[end], part=name[: -len(end) - 1], rank=len(TABLE)) if end else None


def _scaled(slot: str, sort: str, scaled: names.Scaled) -> Iterator[tuple[str, Field]]:
    every = [(scale, name) for scale, some in scaled for name in some.split()]
    for rank, (scale, name) in enumerate(every):
        yield name, Field(slot, sort, _number, "number", scale, rank, least=0.0)


def _named(
    slot: str, sort: str, some: str, reader: Callable[[Any], Any], kind: str = "", least: float | None = None
) -> Iterator[tuple[str, Field]]:
    for rank, name in enumerate(some.split()):
        yield name, Field(slot, sort, reader, kind, rank=rank, least=least)


def _number(value: Any) -> float | None:
    return value if type(value) is float and 0 <= value < 1e308 else values.number(value)  # noqa: PLR2004  the usual, quickly


def _said(value: Any) -> bool | None:
    """Yes or no, as JSON or in words; a count (`passed: 4`) is neither."""
    return values.truth(value) if isinstance(value, bool | str) else None


def _no_number(value: Any) -> str | None:
    found = values.text(value)
    return None if found is None or found.isdecimal() else found


def _precision(value: Any) -> str | None:
    return vocabulary.precision(value) or values.text(value)


def _samples(value: Any) -> list[float] | None:
    """A list of positive finite numbers, or nothing."""
    if not isinstance(value, list) or not value:
        return None
    found = [number for one in value if (number := values.number(one)) is not None and number > 0]
    return found if len(found) == len(value) else None


def _table() -> Iterator[tuple[str, Field]]:
    yield from _scaled("duration", "duration", names.DURATION)
    yield from _scaled("spent", "spent", names.SPENT)
    for slot, scaled in names.MEASURES.items():
        yield from _scaled(slot, "measure", scaled)
    for slot, some in names.SETTINGS.items():
        yield from _named(slot, "setting", some, values.whole, "whole number", 0 if "iterations" in slot else 1)
    for sort, slots in (("model", names.MODEL), ("case", names.CASE), ("fault", names.FAULT), ("test", names.TEST)):
        for slot, some in slots.items():
            yield from _named(slot, sort, some, _precision if slot == "precision" else values.text, "text")
    for rank, name in enumerate(names.TYPES.split(), 1):
        yield name, Field("precision", "case", vocabulary.precision, rank=rank)
    yield from _named("hardware", "hardware", names.HARDWARE, values.hardware)
    yield from _named("device", "device", names.DEVICE, values.text)
    yield from _named("time", "time", names.TIME, moment, "time")
    yield from _named("status", "status", names.STATUS, values.text)
    yield from _named("success", "success", names.SUCCESS, _said)
    yield from _named("code", "code", names.CODE, values.whole, "whole number")
    yield from _named("compatible", "compatible", names.COMPATIBLE, lambda value: value)
    yield from _scaled("average_latency_ms", "latency", names.LATENCY)
    yield from _scaled("throughput_items_per_second", "throughput", names.THROUGHPUT)
    yield from _named("tokens", "throughput", names.TOKENS, values.number, "number", 0)
    yield "latency", Field("bare", "latency", values.number, "number", least=0.0)
    for name, scale in names.SAMPLES.items():
        yield name, Field("samples", "latency", _samples, "list of positive numbers", scale)


TABLE = {name: replace(known, name=name) for name, known in _table()}
TABLE |= {name: replace(TABLE[name], read=_no_number, kind="") for name in names.NUMBERED}
TABLE["time"] = replace(TABLE["time"], kind="")  # it may as well say how long
# What a part in front may go with, and what of a name with any part in front is understood.
OF_PARTS = MEASURED | {"setting", "device"}
ENDS = ("success", "error_type", "traceback", "error")
