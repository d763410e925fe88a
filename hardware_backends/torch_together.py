"""A training step that several processes make together: what each rank of them does.

Before every timed step they meet: rank 0 says there whether it goes on. A step is as long as the slowest rank's.
"""

import contextlib
import copy
import gc
import math
import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from hardware_backends.torch_progress import Progress
from hardware_backends.torch_session import converted, form, place, typed
from hardware_backends.torch_start import begin, own
from hardware_backends.torch_step import PHASES, Recipe, Step, size
from pytest_ipfs_bench import memory, models
from pytest_ipfs_bench.backend import Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.measure import Plan, measure

COMMUNICATION = {"cpu": "gloo", "cuda": "nccl"}  # ROCm's RCCL goes by the same name
FOREVER = timedelta(days=1)  # who waits too long is the supervisor's business


class Together:
    """One rank: its process group, the model wrapped for its strategy, and its share of the data."""

    def __init__(self, job: Mapping[str, Any], progress: Progress) -> None:
        import torch

        self._progress = progress
        self._cell = Cell(**job["cell"])
        spec = models.ModelSpec.read(job["spec"])
        self._rank, self._size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
        self._check_size()
        self._kind: str = job["kind"]
        self._device = self._take_device(torch, job["threads"])
        _join(self._kind, job["meeting"], self._rank, self._size)
        self._recipe, self._model = Recipe.of(self._cell), models.load(spec.factory)(spec)
        self._vote = torch.zeros(1, dtype=torch.int64, device=self._device)
        start = self._begin(self._rank)
        self._ready = {"size": size(start.module), "precision": start.precision, "threads": torch.get_num_threads()}
        self._ready |= {"place": place(next(start.module.parameters())), "difference": asdict(start.difference)}
        self._step, self._gradients_off = self._wrap(start)

    def ready(self) -> dict[str, Any]:
        """What is known of it before the first step."""
        return {**self._ready, "gradients_off": self._gradients_off}

    def once(self) -> dict[str, Any]:
        """One step, and its loss on this rank."""
        self._step()
        return {"loss": float(self._step.latest_loss)}

    def measure(self, plan: Plan) -> dict[str, Any]:
        """Rank 0 alone with the model as it is, then all together. Latencies and phases are the slowest rank's, ns."""
        alone = self._alone(plan) if self._rank == 0 else 0.0
        self._forget_peak()
        told = self._lead(plan) if self._rank == 0 else self._follow()
        rounds, warmed, mean = self._shared([*told, alone], "SUM")
        count = int(rounds)
        peak = memory.peak(self._step)
        return {
            "alone_ns": mean,
            "warmup": int(warmed),
            "latencies": [int(one) for one in self._shared(self._step.latencies[-count - 1 : -1], "MAX")],
            "phases": {
                name: [int(one) for one in self._shared(self._step.phases[name][-count - 1 : -1], "MAX")]
                for name in PHASES
            },
            "losses": [one / self._size for one in self._shared(self._step.losses()[:-1], "SUM")],
            "peak": [peak.mb, peak.method],
            "device_mb": self._device_peak(),
        }

    def _check_size(self) -> None:
        wanted = self._cell.options["world_size"]
        if self._size != wanted:
            said = f"torchrun started {self._size} ranks in all, and the cell is one of {wanted}"
            raise Unsupported("processes", said, "Check --nnodes and --nproc-per-node in IPFS_BENCH_TORCHRUN.")

    def _take_device(self, torch: Any, threads: int) -> str:
        if self._kind == "cpu":
            torch.set_num_threads(threads)
            return "cpu"
        index = self._cell.device_index + int(os.environ["LOCAL_RANK"])
        torch.cuda.set_device(index)
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False  # fp32 is to be fp32
        return f"cuda:{index}"

    def _begin(self, rank: int) -> Any:
        module = own(self._model, converted(form(self._model), self._cell.precision, self._device))
        return begin(self._model, self._cell, self._recipe, module, rank)

    def _wait(self) -> None:
        """Returns when the device is done; and whoever looks for a rank that hangs sees that this one does not."""
        if self._kind == "cuda":
            import torch

            torch.cuda.synchronize(self._device)
        self._progress.move()

    def _wrap(self, start: Any) -> tuple[Step, float]:
        """The step of the wrapped model, and how far its gradients are from the mean of what each rank finds alone."""
        means, unused = self._mean_gradients(start)
        module, last = WRAPPERS[str(self._cell.options["strategy"])](start.module, self._kind, self._size, unused)
        check = Step(module.eval(), start.micros, self._recipe, last=last, scaling=False)
        check.gradients()
        off = _apart(means, _gradients(module))
        check.forget()
        (worst,) = self._shared([off], "MAX")
        return Step(module.train(), start.micros, self._recipe, wait=self._wait, last=last), worst

    def _mean_gradients(self, start: Any) -> tuple[list[Any], bool]:
        """The mean over ranks of the gradients of a copy that is not wrapped (no dropout); whether weights went unused."""
        import torch.distributed as dist

        alone = copy.deepcopy(start.module).eval()
        Step(alone, start.micros, self._recipe, scaling=False).gradients()
        found = _gradients(alone)
        for one in found:
            if one is not None:
                dist.all_reduce(one)
                one.div_(self._size)
        return found, any(one is None for one in found)

    def _alone(self, plan: Plan) -> float:
        start = self._begin(0)
        return statistics.fmean(
            measure(Step(start.module, start.micros, self._recipe, wait=self._wait), plan).latencies_ns
        )

    def _lead(self, plan: Plan) -> tuple[float, float]:
        samples = measure(self._step, plan, before=lambda: self._meet(go=True))
        self._meet(go=False)
        return len(samples.latencies_ns), samples.warmup_iterations

    def _follow(self) -> tuple[float, float]:
        gc.collect()
        gc.disable()
        while self._meet(go=False):
            self._step()
        gc.enable()
        return 0, 0

    def _meet(self, *, go: bool) -> bool:
        """Waits for all ranks. Whether one of them, rank 0, goes on."""
        import torch.distributed as dist

        self._progress.arrive()
        self._vote.fill_(int(go))
        dist.all_reduce(self._vote)
        goes_on = bool(self._vote.item())
        self._progress.leave()
        return goes_on

    def _shared(self, numbers: Sequence[float], way: str) -> list[float]:
        """Numbers of every rank, put together one by one: SUM or MAX."""
        import torch
        import torch.distributed as dist

        every = torch.tensor(list(numbers), dtype=torch.float64, device=self._device)
        dist.all_reduce(every, getattr(dist.ReduceOp, way))
        return [float(one) for one in every]

    def _forget_peak(self) -> None:
        memory.give_back()
        if self._kind == "cuda":
            import torch

            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self._device)

    def _device_peak(self) -> float | None:
        if self._kind == "cpu":
            return None
        import torch

        return float(torch.cuda.max_memory_allocated(self._device)) / 1e6


def _join(kind: str, meeting: str, rank: int, count: int) -> None:
    import torch.distributed as dist

    try:
        dist.init_process_group(COMMUNICATION[kind], init_method=meeting, rank=rank, world_size=count, timeout=FOREVER)
    except Exception as error:
        raise typed(error) from error


def _ddp(module: Any, kind: str, count: int, unused: bool) -> tuple[Any, Callable[[bool], Any]]:  # noqa: ARG001, FBT001
    from torch.nn.parallel import DistributedDataParallel

    wrapped = DistributedDataParallel(module, find_unused_parameters=unused)
    return wrapped, lambda last: contextlib.nullcontext() if last else wrapped.no_sync()


def _fsdp(module: Any, kind: str, count: int, unused: bool) -> tuple[Any, Callable[[bool], Any]]:  # noqa: ARG001, FBT001
    """Each layer of a list of layers is a unit of its own, the rest is another."""
    import torch
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh(kind, (count,))
    lists = [one for one in module.modules() if isinstance(one, torch.nn.ModuleList)]
    for layer in [layer for one in reversed(lists) for layer in one]:  # inner lists first
        fully_shard(layer, mesh=mesh)
    wrapped = fully_shard(module, mesh=mesh)

    def last(is_last: bool) -> Any:  # noqa: FBT001
        wrapped.set_requires_gradient_sync(is_last)
        return contextlib.nullcontext()

    return wrapped, last


WRAPPERS = {"ddp": _ddp, "fsdp": _fsdp}


def _gradients(module: Any) -> list[Any]:
    """The gradient of each weight, whole, None where it has none."""
    found = [one.grad for one in module.parameters()]
    return [one.full_tensor() if hasattr(one, "full_tensor") else one for one in found]


def _apart(right: Sequence[Any], found: Sequence[Any]) -> float:
    """The largest difference of two lists of gradients, over the largest of the first. Infinite where one is no number."""
    pairs = [(a, b) for a, b in zip(right, found, strict=True) if a is not None and b is not None]
    if not pairs:
        return math.inf
    worst = max(float((a - b).abs().max()) for a, b in pairs)
    largest = max(float(a.abs().max()) for a, _ in pairs)
    return worst / largest if largest and math.isfinite(worst / largest) else math.inf
