"""How the models of this package are declared: what all sizes of a family share, and what each size adds."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from model_suites import assets
from pytest_ipfs_bench.models import Input, ModelSpec

TRAINED = ("inference", "training")
SPOKEN = ("inference", "prefill", "decode", "training")
KEY, SMALL_SET, SMOKE = "key", "small", "smoke"
WEIGHTS = ("*.safetensors", "pytorch_model*.bin")


@dataclass(frozen=True)
class Family:
    """An architecture, whatever its size.

    model: its class in transformers; outputs: those of its outputs that are compared (one alone is called `output`);
    own: those of them that hold, for each sample, one entry per sample of the batch: the sample's own is taken;
    joined: a part of it whose outputs are joined over the batch, as its class does next, one sample after the other: it would
    be exported for one batch alone; arguments: what else its class takes; no_onnx: why it can't be exported.
    """

    name: str
    modality: str
    task: str
    model: str
    outputs: tuple[str, ...]
    own: tuple[str, ...] = ()
    joined: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    modes: tuple[str, ...] = ("inference",)
    no_onnx: str | None = None

    def tiny(
        self,
        config: Mapping[str, Any],
        shape: Mapping[str, int],
        inputs: tuple[Input, ...],
        parameters: float,
        *tags: str,
        **more: Any,
    ) -> ModelSpec:
        """Small enough for a test: its ONNX file and its reference come with this package. more: fields of ModelSpec."""
        return self._spec(
            config,
            name=f"tiny-random-{self.name}",
            size="tiny",
            weights="random",
            shape=shape,
            inputs=inputs,
            parameters_million=parameters,
            tags=tags,
            files=() if self.no_onnx else (assets.onnx(self.name),),
            reference=assets.reference(self.name),
            torch="model_suites.torch_forms:tiny",
            source="pytest-ipfs-bench",
            version="1",
            threads=1,
            **more,
        )

    def base(
        self,
        hub: str,
        config: Mapping[str, Any],
        shape: Mapping[str, int],
        inputs: tuple[Input, ...],
        parameters: float,
        *tags: str,
        **more: Any,
    ) -> ModelSpec:
        """Of the dimensions of a model of the hub, its weights seeded and random (`at_hand` looks for the hub's own)."""
        return self._spec(
            config,
            name=hub,
            hub=hub,
            size="base",
            weights="random",
            shape=shape,
            inputs=inputs,
            parameters_million=parameters,
            tags=tags,
            torch="model_suites.torch_forms:build",
            source="huggingface",
            **more,
        )

    def _spec(self, config: Mapping[str, Any], **facts: Any) -> ModelSpec:
        dimensions = {
            "model": self.model,
            "config": config,
            "arguments": self.arguments,
            "outputs": self.outputs,
            "own": self.own,
            "joined": self.joined,
        }
        return ModelSpec(
            family=self.name,
            modality=self.modality,
            task=self.task,
            modes=self.modes,
            no_onnx=self.no_onnx,
            dimensions=dimensions,
            **facts,
        )


def only(shape: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """The limits of axes of which a model takes one length alone."""
    return {axis: (length, length) for axis, length in shape.items()}


def at_hand(spec: ModelSpec) -> ModelSpec:
    """A model of the hub with the hub's weights, where its local cache has them: told by their path alone."""
    return replace(spec, weights="pretrained") if spec.hub and snapshot(spec.hub) else spec


def snapshot(hub: str) -> Path | None:
    """The newest snapshot of a model in the local cache of the hub that has weights; None if there is none."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = Path(os.environ.get("HF_HOME") or cache / "huggingface")
    folder = Path(os.environ.get("HF_HUB_CACHE") or home / "hub") / f"models--{hub.replace('/', '--')}" / "snapshots"
    whole = [one for one in folder.glob("*") if any(next(one.glob(name), None) for name in WEIGHTS)]
    return max(whole, key=lambda one: one.stat().st_mtime, default=None)
