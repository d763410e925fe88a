"""One cell of the matrix model x hardware, its id and key."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

PRECISIONS = ("fp32", "fp16", "bf16", "int8")
# How an axis of a shape is written in a cell's id. The id is public: letters are added, never changed.
AXES = {"sequence_length": "s", "image_size": "i", "audio_seconds": "a", "frames": "f"}
# Likewise what is chosen of a mode other than inference, in this order; a word without a letter stands for itself.
OPTIONS = {
    "prompt_length": "p",
    "output_length": "n",
    "optimizer": "",
    "learning_rate": "lr",
    "gradient_accumulation": "acc",
    "mixed_precision": "amp-",
    "strategy": "",
    "world_size": "w",
    "weights": "",  # of a model that has both, those of the hub
    "recording": "rec",  # s of the recording that a browser's page makes the input of
    "sample_rate": "hz",  # and its samples per second
    "flag": "",  # what is switched of the backend (Backend.flags)
}
INFERENCE, TRAINING = "inference", "training"
Option = str | int | float


@dataclass(frozen=True)
class Target:
    """One piece of hardware asked for, as `cuda` or `cuda:1`."""

    hardware: str
    index: int = 0

    def __str__(self) -> str:
        return f"{self.hardware}:{self.index}" if self.index else self.hardware


@dataclass(frozen=True)
class Cell:
    """What is to be run, on what, and how. `shape` maps an axis to its length.

    mode: inference, prefill, decode or training; options: what is chosen beyond the usual, by the names of OPTIONS.
    """

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
    options: Mapping[str, Option] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """The hardware that was asked for."""
        return Target(self.hardware, self.device_index)

    @cached_property
    def id(self) -> str:
        """All axes in one order, defaults included; the parameter id of pytest."""
        axes = [f"{AXES.get(axis, axis)}{length}" for axis, length in sorted(self.shape.items())]
        chosen = [f"{letters}{self.options[name]}" for name, letters in OPTIONS.items() if name in self.options]
        mode = [] if self.mode == INFERENCE else [self.mode]
        return "-".join(
            [self.model, str(self.target), self.runtime, self.precision, f"b{self.batch}", *axes, *mode, *chosen]
        )

    @property
    def sequence_length(self) -> int | None:
        """The length in tokens, that of the prompt in generation; None for models that have none, or their own prompt."""
        return self.lengths.get("prompt_length", self.lengths.get("sequence_length"))

    @property
    def lengths(self) -> Mapping[str, int]:
        """Every length of a run: the axes of its shape, and of generation the prompt (if it is no axis) and the output."""
        chosen = {name: int(self.options[name]) for name in ("prompt_length", "output_length") if name in self.options}
        if "sequence_length" in self.shape and "prompt_length" in chosen:
            chosen["sequence_length"] = chosen.pop("prompt_length")
        return {**self.shape, **chosen}

    def as_dict(self) -> dict[str, Any]:
        """Its fields as JSON can hold them."""
        return asdict(self) | {"shape": dict(self.shape), "options": dict(self.options)}


def key(cell: Cell, content: str, *, device_name: str | None, driver: str | None, runtime_version: str | None) -> str:
    """The hash of what "the same cell, measured before" means."""
    defining: list[Any] = [
        cell.model, cell.weights, cell.hardware, device_name, driver, cell.runtime, runtime_version,
        cell.precision, cell.batch, sorted(cell.shape.items()), cell.mode, content,
    ]  # fmt: skip
    if cell.options:
        defining.append(sorted(cell.options.items()))
    return hashlib.sha256(json.dumps(defining).encode()).hexdigest()[:32]
