"""One training step in torch: micro-batches forward and backward, then the optimiser. It knows nothing of cells' timing.

The step is that of a textbook, and the same data come every time, so that the loss really falls.
"""

import contextlib
import math
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_ipfs_bench.backend import Unsupported
from pytest_ipfs_bench.cell import Cell

MIXED = {"none": None, "bf16": "bfloat16", "fp16": "float16"}  # and what torch calls it
PHASES = ("forward", "backward", "optimizer")
CLOSURE = ("lbfgs", "sparseadam")  # the one runs the model itself, the other needs sparse gradients
Micro = tuple[list[Any], Any]
Wait = Callable[[], object]


def nothing() -> None:
    """What is to be waited for on a CPU: the call has returned."""


@dataclass(frozen=True)
class Recipe:
    """How a cell is trained. mixed_precision: none, bf16 or fp16 (whose loss is scaled)."""

    optimizer: str = "adamw"
    learning_rate: float = 1e-3
    gradient_accumulation: int = 1
    mixed_precision: str = "none"

    @classmethod
    def of(cls, cell: Cell) -> "Recipe":
        """The recipe of a cell's options. Raises Unsupported for what torch can't train with, the legal names with it."""
        recipe = cls(**{name: cell.options[name] for name in cls.__annotations__ if name in cell.options})  # type: ignore[arg-type]
        known = optimizers()
        if recipe.optimizer not in known:
            said = f"torch.optim has no {recipe.optimizer!r} that a plain step can use"
            raise Unsupported("optimizer", said, f"Legal: {', '.join(known)}.")
        if recipe.mixed_precision not in MIXED:
            said = f"mixed precision {recipe.mixed_precision!r} is unknown"
            raise Unsupported("dtype", said, f"Legal: {', '.join(MIXED)}.")
        if recipe.gradient_accumulation < 1:
            raise Unsupported("option", "gradient_accumulation counts micro-batches: at least 1")
        if cell.precision == "int8":
            raise Unsupported("dtype", "int8 weights have no gradients", "Train with --bench-precisions=fp32.")
        if recipe.mixed_precision != "none" and cell.precision != "fp32":
            said = f"mixed precision keeps its weights in fp32, not {cell.precision}"
            raise Unsupported("dtype", said, "Take --bench-precisions=fp32.")
        return recipe

    def made(self, weights: Iterable[Any]) -> Any:
        """Its optimiser. Raises Unsupported for one that can't change these weights, or not at that rate."""
        try:
            return optimizers()[self.optimizer](list(weights), lr=self.learning_rate)
        except ValueError as error:
            raise Unsupported("optimizer", f"{self.optimizer}: {error}", "Take another one, as adamw.") from error

    def cast(self, kind: str) -> Any:
        """The context in which a forward pass computes in mixed precision, on that kind of device (torch's name)."""
        import torch

        dtype = MIXED[self.mixed_precision]
        return torch.autocast(kind, getattr(torch, dtype or "bfloat16"), enabled=dtype is not None)


def optimizers() -> dict[str, Any]:
    """The optimisers of torch by name in lower case: those that take weights and a learning rate, and nothing more."""
    import torch

    every = {name.lower(): one for name, one in vars(torch.optim).items() if isinstance(one, type)}
    usable = {
        name: one for name, one in every.items() if issubclass(one, torch.optim.Optimizer) and name != "optimizer"
    }
    return {name: usable[name] for name in sorted(usable) if name not in CLOSURE}


class Step:
    """Called, it makes one step. Each phase is waited for, and its time (ns) and the losses are kept.

    last: told before each micro-batch whether it is the step's last; a context in which that is run (many processes
    exchange their gradients in the last one only).
    """

    def __init__(
        self,
        module: Any,
        micros: Sequence[Micro],
        recipe: Recipe,
        *,
        wait: Wait = nothing,
        clock: Callable[[], int] = time.perf_counter_ns,
        last: Callable[[bool], Any] = contextlib.nullcontext,
        scaling: bool = True,
    ) -> None:
        import torch

        self.module, self._micros, self._wait, self._clock, self._last = module, micros, wait, clock, last
        kind = next(module.parameters()).device.type
        self._cast = recipe.cast(kind)
        self._scaler = torch.amp.GradScaler(kind, enabled=scaling and recipe.mixed_precision == "fp16")
        self._optimizer = recipe.made(module.parameters())
        self._losses: list[Any] = []
        self.phases: dict[str, list[int]] = {name: [] for name in PHASES}
        self.latencies: list[int] = []

    def __call__(self, wait: Wait | None = None) -> None:
        """One step, from the first forward pass until the device has changed the weights. wait: in place of its own."""
        clock, wait = self._clock, wait or self._wait
        start = clock()
        forward, backward = self.gradients(wait)
        half = clock()
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self._optimizer.zero_grad()
        wait()
        end = clock()
        for name, spent in zip(PHASES, (forward, backward, end - half), strict=True):
            self.phases[name].append(spent)
        self.latencies.append(end - start)

    def gradients(self, wait: Wait | None = None) -> tuple[int, int]:
        """Forward and backward over the micro-batches, gradients added up: their mean. Returns the time of each, ns."""
        clock, wait, count = self._clock, wait or self._wait, len(self._micros)
        forward = backward = 0
        for number, (inputs, target) in enumerate(self._micros, 1):
            with self._last(number == count):
                start = clock()
                with self._cast:
                    loss = loss_of(first(self.module(*inputs)), target)
                wait()
                half = clock()
                self._scaler.scale(loss / count).backward()
                wait()
                end = clock()
            forward, backward = forward + half - start, backward + end - half
            self._losses.append(loss.detach())
        return forward, backward

    def forget(self) -> None:
        """Drops the gradients."""
        self._optimizer.zero_grad()

    @property
    def latest_loss(self) -> Any:
        """That of the last micro-batch, on the device."""
        return self._losses[-1]

    def losses(self) -> list[float]:
        """The loss of each step so far, the mean of its micro-batches."""
        count = len(self._micros)
        told = [float(loss) for loss in self._losses]
        return [statistics.fmean(told[at : at + count]) for at in range(0, len(told), count)]

    def latest(self, count: int) -> dict[str, tuple[int, ...]]:
        """The phases of the last so many steps."""
        return {name: tuple(spent[-count:]) for name, spent in self.phases.items()}


def first(outputs: Mapping[str, Any]) -> Any:
    """The first output that is of real numbers: the one that is trained."""
    for value in outputs.values():
        if hasattr(value, "is_floating_point") and value.is_floating_point():
            return value
    raise Unsupported("model", "none of its outputs is of real numbers: there is nothing to train it by")


def loss_of(output: Any, wanted: Any) -> Any:
    """Cross-entropy over the last axis where classes are wanted, else the mean squared error. In fp32."""
    from torch.nn import functional

    if wanted.is_floating_point():
        return functional.mse_loss(output.float(), wanted)
    return functional.cross_entropy(output.float().flatten(0, -2), wanted.flatten())


def slope(losses: Sequence[float]) -> float | None:
    """By how much the loss changes per step: the line of least squares. None for fewer than two steps.

    >>> slope([3.0, 2.0, 1.0])
    -1.0
    """
    return statistics.linear_regression(range(len(losses)), losses).slope if len(losses) > 1 else None


def columns(recipe: Recipe, losses: Sequence[float], phases: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """What training_results holds of any training. A loss that is no number is unknown, and said (`diverged`)."""
    return {
        **vars(recipe),
        **{f"{name}_ms": statistics.fmean(spent) / 1e6 for name, spent in phases.items() if spent},
        "loss_first": _finite(losses[0]) if losses else None,
        "loss_last": _finite(losses[-1]) if losses else None,
        "loss_slope": slope(losses) if all(map(math.isfinite, losses)) else None,
        "steps": len(losses),
        "diverged": not all(map(math.isfinite, losses)),
    }


def size(module: Any) -> dict[str, Any]:
    """How many weights a module has, and the MB (10^6 bytes) of them and of its buffers."""
    weights = list(module.parameters())
    held = sum(one.numel() * one.element_size() for one in [*weights, *module.buffers()])
    return {"parameters": sum(one.numel() for one in weights), "model_mb": held / 1e6}


def _finite(loss: float) -> float | None:
    return loss if math.isfinite(loss) else None
