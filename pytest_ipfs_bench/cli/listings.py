"""What is registered or shipped, as tables: hardware, models, suites."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_ipfs_bench.backend import Backend, Detection, Device
from pytest_ipfs_bench.models import ModelSpec
from pytest_ipfs_bench.reports.render import RENDERERS, table_json, table_text
from pytest_ipfs_bench.reports.table import Document, Table
from pytest_ipfs_bench.reports.words import printable
from pytest_ipfs_bench.suites import Suite
from pytest_ipfs_bench.suites.keys import OPTIONS

UNNAMED = "(named by a probe: --probe)"


@dataclass(frozen=True)
class Tried:
    """What a probe found of a device: works, broken ..., the reason, and the device itself where only a probe can tell."""

    state: str
    reason: str | None = None
    device: Device | None = None


Probes = Mapping[tuple[str, int], Tried]  # by backend and index
DEVICE = (
    "index",
    "name",
    "vendor",
    "platform",
    "platform_version",
    "driver_version",
    "memory_gb",
    "compute_units",
    "is_software",
)


def render(table: Table, form: str) -> str:
    """A table in one of the formats of reports."""
    if form in ("text", "json"):
        return {"text": table_text, "json": table_json}[form](table)
    return RENDERERS[form](Document(table.title, "", [table], []))


def models(specs: Iterable[ModelSpec]) -> Table:
    """Models, one row each."""
    columns = ("model", "family", "modality", "task", "size", "weights", "parameters_million", "shape", "sets")
    rows = [
        (one.name, one.family, one.modality, one.task, one.size, one.weights, one.parameters_million,
         _shape(one), ", ".join(one.tags))
        for one in specs
    ]  # fmt: skip
    return Table("models", columns, rows)


def suites(found: Iterable[Suite]) -> Table:
    """Suites, one row each; what a suite leaves open is unknown here: the command line, or a default, says it."""
    columns = ("suite", "holds", "tests", *OPTIONS, "shapes", "training", "generation")
    rows = [
        (one.name, one.description, _told(one.tests), *(_told(one.options.get(name)) for name in OPTIONS),
         _told(one.shapes), _told(one.training), _told(one.generation))
        for one in found
    ]  # fmt: skip
    used = [place for place in range(len(columns)) if any(row[place] is not None for row in rows)]
    return Table(
        "suites", tuple(columns[place] for place in used), [tuple(row[place] for place in used) for row in rows]
    )


def _told(value: Any) -> str | None:
    """A value of a suite in words; None where it says nothing."""
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {_told(one)}" for name, one in value.items()) or None
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value and str(value)


def hardware(found: Mapping[Backend, Detection], tried: Probes | None = None) -> Table:
    """Devices, one row each, with what a probe found; a backend without any has one row with the reason."""
    rows = [
        (
            *(backend.name, detection.state.value, detection.reason, detection.hint, ", ".join(backend.runtimes)),
            *_device_columns(backend, device, tried),
        )
        for backend, detection in found.items()
        for device in detection.devices or (None,)
    ]
    probed = () if tried is None else ("probe", "probe_reason")
    return Table("hardware", ("hardware", "state", "reason", "hint", "runtimes", *DEVICE, *probed), rows)


def _device_columns(backend: Backend, device: Device | None, tried: Probes | None) -> tuple[Any, ...]:
    told = (tried or {}).get((backend.name, device.index)) if device else None
    known = told.device if told and told.device else device
    probed = () if tried is None else (told.state, told.reason) if told else (None, None)
    return (*(getattr(known, field, None) for field in DEVICE), *probed)


def hardware_text(found: Mapping[Backend, Detection], tried: Probes | None = None) -> str:
    """The same for a terminal, a paragraph each."""
    lines = [line for backend, detection in found.items() for line in _paragraph(backend, detection, tried or {})]
    return "".join(f"{printable(line)}\n" for line in lines)


def _paragraph(backend: Backend, found: Detection, tried: Probes) -> list[str]:
    state = found.state.value.replace("_", " ")
    lines = [f"{backend.name}: {state}" + (f" ({found.reason})" if found.reason else "")]
    for device in found.devices:
        told = tried.get((backend.name, device.index))
        known = told.device if told and told.device else device
        lines.append(f"    {backend.name}:{device.index}  {known.name or UNNAMED} [{_facts(known)}]")
        if told:
            lines.append(f"        {told.state.replace('_', ' ')}" + (f": {told.reason}" if told.reason else ""))
    lines.append(f"    runtimes: {', '.join(backend.runtimes)}")
    return lines + ([f"    {found.hint}"] if found.hint else [])


def _facts(device: Device) -> str:
    facts = [
        device.vendor,
        device.platform_version or device.platform,
        f"driver {device.driver_version}" if device.driver_version else None,
        f"{device.compute_units} units" if device.compute_units else None,
        f"{device.memory_gb:g} GB" if device.memory_gb else None,
        "software" if device.is_software else None,
    ]
    return ", ".join(filter(None, facts))


def _shape(spec: ModelSpec) -> str:
    return ", ".join(f"{axis} {length}" for axis, length in spec.shape.items())
