"""What training starts from: a module of the cell's own, seeded data, and a proof that both are what was asked for."""

import copy
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hardware_backends.torch_session import PRECISIONS, form, placed, precision
from hardware_backends.torch_step import Micro, Recipe, first
from pytest_ipfs_bench.backend import UNVERIFIED, Difference, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import SEED, Model

# Tasks whose output is a score per class or token (in the hub's words, any part of them): their loss is cross-entropy.
SCORES = ("classification", "generation", "speech-recognition", "fill-mask", "summarization", "translation")


@dataclass(frozen=True)
class Start:
    """What training begins with. difference: how far the module's output is from right; precision: in what it computes."""

    module: Any
    micros: Sequence[Micro]
    difference: Difference
    precision: str


def own(model: Model, module: Any) -> Any:
    """A module that may be changed: a copy, if this is the model's own."""
    return copy.deepcopy(module) if module is model.torch() else module


def begin(model: Model, cell: Cell, recipe: Recipe, module: Any, rank: int = 0) -> Start:
    """A module of the cell's own, about to be trained, and the data of one rank: its samples follow those of the rank before."""
    import torch

    torch.manual_seed(SEED + rank)  # dropout's
    if next(module.requires_grad_().parameters(), None) is None:
        raise Unsupported("model", f"{model.spec.name} has no weights to train")
    batch, count = cell.batch, recipe.gradient_accumulation
    samples = model.inputs(batch * count * (rank + 1), cell.shape)
    starts = range(batch * count * rank, batch * count * (rank + 1), batch)
    parts = [{name: value[at : at + batch] for name, value in samples.items()} for at in starts]
    device = str(next(module.parameters()).device)
    inputs = [placed(part, module, device) for part in parts]
    found, computed = _computed(module.eval(), inputs[0], recipe)
    right = _first_output(form(model), placed(parts[0], form(model), "cpu"))
    targets = [target(model.spec.task, found, batch * count * rank + batch * k).to(device) for k in range(count)]
    return Start(module.train(), list(zip(inputs, targets, strict=True)), _apart(right, found.float().cpu()), computed)


def target(task: str | None, output: Any, number: int) -> Any:
    """What the output should be, seeded sample by sample: classes where the task gives scores, else real numbers.

    number: that of the first sample. On the CPU: the same numbers for every device.
    """
    import torch

    def one(sample: int) -> Any:
        seeded = torch.Generator().manual_seed(SEED + sample)
        if any(word in (task or "") for word in SCORES):
            return torch.randint(output.shape[-1], output.shape[1:-1], generator=seeded)
        return torch.randn(output.shape[1:], generator=seeded)

    return torch.stack([one(number + row) for row in range(output.shape[0])])


def _computed(module: Any, inputs: Sequence[Any], recipe: Recipe) -> tuple[Any, str]:
    """The output before the first step, and the type in which most layers that multiply by weights computed it."""
    import torch

    seen: Counter[str] = Counter()

    def note(layer: Any, given: Any, found: Any) -> None:  # noqa: ARG001  torch calls it so
        if getattr(found, "dtype", None) is not None and found.is_floating_point():
            seen[str(found.dtype)] += 1

    layers = [one for one in module.modules() if _multiplies(one)]
    hooks = [one.register_forward_hook(note) for one in layers]
    mixed = recipe.mixed_precision
    with torch.no_grad(), recipe.cast(inputs[0].device.type):
        found = first(module(*inputs))
    for hook in hooks:
        hook.remove()
    computed = PRECISIONS.get(seen.most_common(1)[0][0], UNVERIFIED) if seen else precision(module)
    if mixed not in ("none", computed):
        said = f"asked for mixed precision in {mixed}, its layers computed in {computed}"
        raise Unsupported("dtype", said, "Train it without mixed precision.")
    return found, computed


def _multiplies(layer: Any) -> bool:
    import torch

    weight = getattr(layer, "weight", None)
    return isinstance(weight, torch.Tensor) and weight.ndim > 1 and not isinstance(layer, torch.nn.Embedding)


def _first_output(module: Any, inputs: Sequence[Any]) -> Any:
    import torch

    with torch.no_grad():
        return first(module(*inputs)).float().cpu()


def _apart(right: Any, found: Any) -> Difference:
    worst, scale = float((right - found).abs().max()), float(right.abs().max())
    if not math.isfinite(worst):
        return Difference(math.inf, math.inf)
    return Difference(worst, worst / scale if scale else worst)
