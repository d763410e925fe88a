"""One row of an old table with what its ids refer to: which model, device and time it is about, and whether it was real."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_ipfs_bench.importers import table_shapes as shapes
from pytest_ipfs_bench.importers.contract import Finding, Kind
from pytest_ipfs_bench.importers.times import Moment, moment
from pytest_ipfs_bench.importers.values import Row, hardware, number, truth, whole

Fields = Mapping[str, Any]
MARKS = ("is_simulated", "is_simulation", "simulated")
MARKING_WORDS = ("environment", "implementation_type")
OBJECTS = ("metadata", "metrics", "details", "additional_data")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One row, the rows that its ids refer to (`model`, `hardware`, `run`, `parent`), and those that refer to it."""

    table: str
    place: str
    fields: Fields
    model: Fields = field(default_factory=dict)
    hardware: Fields = field(default_factory=dict)
    run: Fields = field(default_factory=dict)
    parent: Fields = field(default_factory=dict)
    children: Mapping[str, Sequence[Fields]] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    nth: int = 0

    def finding(self, kind: Kind, row: Row, columns: Fields, *, cell: tuple[str, Any] | None = None) -> Finding:
        """The finding of what is left of the row once its columns were taken; `cell` = a kind of hardware and its word."""
        inner = [_opened(fields[name]) for fields in (self.fields, self.run) for name in OBJECTS if name in fields]
        sort = cell[0] if cell else _hardware(self, row, inner)
        device, model, time = _device(self, row), _model(self, row, inner), _time(self, row)
        family = row.text("model_family") or shapes.said(self.model.get("model_family"))
        modality = row.text("modality") or shapes.said(self.model.get("modality"))
        children = {
            (name if name not in row.left else f"table {name}"): list(rows) for name, rows in self.children.items()
        }
        related = {"run": self.run, "model": self.model, "hardware": self.hardware}
        return Finding(
            kind=kind,
            place=self.place,
            columns={name: value for name, value in columns.items() if value is not None},
            model=model,
            model_family=family,
            modality=modality,
            hardware=sort,
            device=device,
            hardware_details=_details(self.hardware),
            time=time,
            simulated=_simulated(self, inner, cell[1] if cell else None),
            extra={name: value for name, value in row.left.items() if value not in (None, "")} | children,
            context={**self.context, **{name: fields for name, fields in related.items() if fields}},
            flags=tuple(row.flags),
            nth=self.nth,
        )


def _hardware(entry: Entry, row: Row, inner: Sequence[Fields]) -> str | None:
    """The kind of hardware: the row's own word before that of the tables that it refers to, and of the table's name."""
    name = next((name for name in (*shapes.HARDWARE, "hardware_id") if hardware(row.left.get(name))), None)
    kind = hardware(row.left[name]) if name else None
    if name and row.left[name] == kind:  # "cuda:1" says more than its kind, and stays
        del row.left[name]
    refers = (entry.hardware.get("hardware_type"), *(fields.get("hardware") for fields in inner))
    called = entry.table.partition("_")[0]  # webgpu_metrics
    return kind or next(
        (found for word in refers if (found := hardware(word))), called if hardware(called) == called else None
    )


def _device(entry: Entry, row: Row) -> str | None:
    """The device's name: the row's own, that of the table of hardware, or the browser."""
    for name in ("device_name", "device"):
        if shapes.said(row.left.get(name)) and not hardware(row.left[name]):
            return row.text(name)
    browser = shapes.said(row.left.get("browser") or row.left.get("browser_name"))
    return shapes.said(entry.hardware.get("device_name")) or browser


def _details(fields: Fields) -> dict[str, Any]:
    """What a table of hardware says of the device. Its 0 GB and 0 units stand for the unknown."""
    names = ("vendor", "platform", "platform_version", "driver_version")
    found: dict[str, Any] = {name: shapes.said(fields.get(name)) for name in names}
    found |= {"memory_gb": number(fields.get("memory_gb")), "compute_units": whole(fields.get("compute_units"))}
    return {name: value for name, value in found.items() if value and (isinstance(value, str) or value > 0)}


def _model(entry: Entry, row: Row, inner: Sequence[Fields]) -> str | None:
    """The model's name: the row's own, or that which its id stands for; an id that is a word is a name itself."""
    own = next((name for name in shapes.MODELS if shapes.said(row.left.get(name))), None)
    if own:
        return row.text(own)
    identifier = shapes.said(row.left.get("model_id"))
    worded = identifier if identifier and not _is_key(identifier) else None
    above = (entry.parent.get(name) for name in shapes.MODELS)
    refers = (entry.model.get("model_name"), worded, *above, *(fields.get("model") for fields in inner))
    return next((name for value in refers if (name := shapes.said(value))), None)


def _is_key(text: str) -> bool:
    return text.isdecimal() or (len(text) == 36 and text.count("-") == 4)  # noqa: PLR2004  a UUID


def _time(entry: Entry, row: Row) -> Moment | None:
    for name in shapes.TIMES:
        if found := moment(row.left.get(name)):
            del row.left[name]
            return found
    stated = (moment(fields.get(name)) for fields in (entry.parent, entry.run) for name in shapes.TIMES)
    return next((found for found in stated if found), None)


def _simulated(entry: Entry, inner: Sequence[Fields], word: Any) -> bool | None:
    """True by any mark or word, whatever else is said; False only where it is said; else None."""
    sources = [fields for fields in (entry.fields, *inner, entry.parent, entry.hardware) if fields]
    marks = [truth(fields[name]) for fields in sources for name in MARKS if name in fields]
    words = [word, *(fields[name] for fields in sources for name in MARKING_WORDS if name in fields)]
    told = any(isinstance(one, str) and ("simul" in one.lower() or "mock" in one.lower()) for one in words)
    reason = any(shapes.said(fields.get("simulation_reason")) for fields in sources)
    return True if told or reason or True in marks else False if False in marks else None


def _opened(value: Any) -> Fields:
    """The JSON object that a field holds, as one or as text; empty for anything else."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}
