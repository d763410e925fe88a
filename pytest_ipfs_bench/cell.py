"""One cell of the matrix model x hardware, its id and key, and the plan of cells."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pytest_ipfs_bench.backend import Backend
from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.models import ModelSpec

PRECISIONS = ("fp32", "fp16", "bf16", "int8")
SIZES = ("tiny", "base", "pretrained")
SUITES = {"smoke": "bert, vit and whisper tiny, and one pretrained model", "all": "every registered model"}
SMOKE = "smoke"
ALL = "all"
# How an axis of a shape is written in a cell's id. The id is public: letters are added, never changed.
AXES = {"sequence_length": "s", "image_size": "i", "audio_seconds": "a", "frames": "f"}


@dataclass(frozen=True)
class Target:
    """One piece of hardware asked for, as `cuda` or `cuda:1`."""

    hardware: str
    index: int = 0

    def __str__(self) -> str:
        return f"{self.hardware}:{self.index}" if self.index else self.hardware


@dataclass(frozen=True)
class Choice:
    """Which cells were asked for. Empty means: the default of that axis."""

    suite: str | None = None
    models: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    hardware: tuple[Target, ...] = (Target("cpu"),)
    every_hardware: bool = False
    runtime: str | None = None
    precisions: tuple[str, ...] = ("fp32",)
    batch_sizes: tuple[int, ...] = (1,)
    seq_lens: tuple[int, ...] = ()


@dataclass(frozen=True)
class Cell:
    """What is to be run, on what, and how. `shape` maps an axis to its length."""

    model: str
    size: str
    weights: str
    hardware: str
    device_index: int
    runtime: str
    precision: str
    mode: str
    batch: int
    shape: Mapping[str, int] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """The hardware that was asked for."""
        return Target(self.hardware, self.device_index)

    @property
    def id(self) -> str:
        """All axes in one order, defaults included; the parameter id of pytest."""
        axes = [f"{AXES.get(axis, axis)}{length}" for axis, length in sorted(self.shape.items())]
        return "-".join([self.model, str(self.target), self.runtime, self.precision, f"b{self.batch}", *axes])

    @property
    def sequence_length(self) -> int | None:
        """The length in tokens, None for models that have none."""
        return self.shape.get("sequence_length")

    def as_dict(self) -> dict[str, Any]:
        """Its fields as JSON can hold them."""
        return asdict(self) | {"shape": dict(self.shape)}


def key(cell: Cell, content: str, *, device_name: str | None, driver: str | None, runtime_version: str | None) -> str:
    """The hash of what "the same cell, measured before" means."""
    defining = [
        cell.model, cell.weights, cell.hardware, device_name, driver, cell.runtime, runtime_version,
        cell.precision, cell.batch, sorted(cell.shape.items()), cell.mode, content,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(defining).encode()).hexdigest()[:32]


def plan(choice: Choice, backends: Mapping[str, Backend], models: Mapping[str, ModelSpec]) -> list[Cell]:
    """The cells of a choice, models outermost. Raises BenchError for names that nobody knows."""
    targets = [Target(name) for name in backends] if choice.every_hardware else choice.hardware
    for target in targets:
        if target.hardware not in backends:
            raise unknown(f"--hardware={target}", "hardware", target.hardware, [*backends, ALL])
    if choice.runtime is not None:
        _check_runtime(choice.runtime, targets, backends)
    cells = _cells(choice, targets, backends, select(choice, models))
    return list({cell.id: cell for cell in cells}.values())  # what was named twice is run once


def select(choice: Choice, models: Mapping[str, ModelSpec]) -> list[ModelSpec]:
    """The models of a choice: by name, family or set, then by size (each model's smallest if none is asked for)."""
    names = choice.models or (("all",) if choice.suite == ALL else (SMOKE,))
    chosen = [spec for name in _read_lists(names) for spec in _named(name, models)]
    unique = list({spec.name: spec for spec in chosen}.values())
    if choice.sizes:
        sized = [spec for spec in unique if spec.size in choice.sizes]
        if not sized:
            have = ", ".join(f"{spec.name} ({spec.size})" for spec in unique)
            raise BenchError(f"--bench-size={','.join(choice.sizes)}: no chosen model has that size. They are: {have}.")
        return sized
    smallest = {spec.family: min(SIZES.index(s.size) for s in unique if s.family == spec.family) for spec in unique}
    return [spec for spec in unique if SIZES.index(spec.size) == smallest[spec.family] or spec.name in names]


def _cells(
    choice: Choice, targets: Sequence[Target], backends: Mapping[str, Backend], models: Sequence[ModelSpec]
) -> Iterator[Cell]:
    for spec in models:
        for target in targets:
            runtimes = backends[target.hardware].runtimes
            if choice.runtime is not None and choice.runtime not in runtimes:
                continue
            for precision in choice.precisions:
                for batch in choice.batch_sizes:
                    for shape in _shapes(spec, choice.seq_lens):
                        yield Cell(
                            spec.name, spec.size, spec.weights, target.hardware, target.index,
                            choice.runtime or runtimes[0], precision, "inference", batch, shape,
                        )  # fmt: skip


def _shapes(spec: ModelSpec, seq_lens: tuple[int, ...]) -> list[dict[str, int]]:
    if "sequence_length" not in spec.shape or not seq_lens:
        return [dict(spec.shape)]
    return [{**spec.shape, "sequence_length": length} for length in seq_lens]


def _named(name: str, models: Mapping[str, ModelSpec]) -> list[ModelSpec]:
    found = [spec for spec in models.values() if name in (ALL, spec.name, spec.family) or name in spec.tags]
    if not found:
        families = {spec.family for spec in models.values()}
        tags = {tag for spec in models.values() for tag in spec.tags}
        raise unknown(f"--bench-models={name}", "model", name, {*models, *families, *tags, ALL})
    return found


def _read_lists(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if not name.startswith("@"):
            yield name
            continue
        try:
            lines = Path(name[1:]).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BenchError(f"--bench-models={name}: the file can't be read ({error}).") from error
        yield from (line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _check_runtime(runtime: str, targets: Sequence[Target], backends: Mapping[str, Backend]) -> None:
    everywhere = {name for backend in backends.values() for name in backend.runtimes}
    if runtime not in everywhere:
        raise unknown(f"--bench-runtime={runtime}", "runtime", runtime, everywhere)
    if not any(runtime in backends[target.hardware].runtimes for target in targets):
        have = "; ".join(f"{target.hardware}: {', '.join(backends[target.hardware].runtimes)}" for target in targets)
        raise BenchError(f"--bench-runtime={runtime}: none of the chosen hardware has it ({have}).")
