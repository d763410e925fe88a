"""A torch model that several processes train together (DDP, FSDP): cells whose options have a world_size."""

import os
import statistics
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from hardware_backends.torch_ranks import Ranks
from hardware_backends.torch_step import Recipe, columns
from hardware_backends.torch_together import COMMUNICATION, WRAPPERS
from pytest_ipfs_bench.backend import UNVERIFIED, Difference, Effective, LoadedModel, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.measure import Plan, Samples
from pytest_ipfs_bench.memory import Peak
from pytest_ipfs_bench.models import Model

DEEPSPEED = "DeepSpeed is not done here: it was never run for real, and nothing is claimed that was not"


def many(cell: Cell) -> bool:
    """Whether a cell is one of many processes."""
    return "world_size" in cell.options


class Processes(LoadedModel):
    """The ranks of a cell. They are started when it is loaded, and one run is one step that all of them make."""

    def __init__(self, model: Model, cell: Cell) -> None:
        self._cell, self._recipe = cell, Recipe.of(cell)
        self._world, self._strategy = int(cell.options["world_size"]), str(cell.options["strategy"])
        _check(self._strategy, self._recipe)
        self._kind = "cpu" if cell.hardware == "cpu" else "cuda"
        threads = model.spec.threads or max((os.cpu_count() or 1) // self._world, 1)
        self._ranks = Ranks(self._world, threads)
        try:
            _check_devices(self._kind, cell, self._ranks.local)
            job = {"cell": cell.as_dict(), "spec": asdict(model.spec), "kind": self._kind}
            self._ready = self._ranks.start({**job, "threads": threads, "meeting": self._ranks.meeting})
        except BaseException:
            self._ranks.close()
            raise
        self.effective = self._agreed()
        self._share = cell.batch * self._recipe.gradient_accumulation
        self.items = self._share * self._world
        self._gradients_off = max(told["gradients_off"] for told in self._ready)
        self._limit = model.spec.limit(self.effective.precision)
        self._measured: list[Any] = []

    def run(self) -> Mapping[str, Any]:
        """One step of all ranks; the mean of their losses."""
        import numpy as np

        return {"loss": np.asarray(statistics.fmean(told["loss"] for told in self._ranks.ask({"plan": None})))}

    def measure(self, plan: Plan) -> Samples:
        """One rank alone, then all together; a latency is the slowest rank's of that step."""
        self._measured = self._ranks.ask({"plan": asdict(plan)})
        told = self._measured[0]
        phases = {name: tuple(spent) for name, spent in told["phases"].items()}
        return Samples(tuple(told["latencies"]), told["warmup"], phases)

    def training(self) -> Mapping[str, Any]:
        """Columns of training_results; both throughputs, the backend and what the ranks share are in metadata."""
        told = self._measured[0]
        together = self._share * self._world / statistics.fmean(told["latencies"]) * 1e9
        alone = self._share / told["alone_ns"] * 1e9
        return {
            **columns(self._recipe, told["losses"], told["phases"]),
            **self._ready[0]["size"],
            "strategy": self._strategy,
            "world_size": self._world,
            "scaling_efficiency": together / (self._world * alone),
            "gradients_equal": self._gradients_off <= self._limit,
            "gradients_off": self._gradients_off,
            "backend": COMMUNICATION[self._kind],
            "throughput": together,
            "throughput_one_process": alone,
            "processes_here": self._ranks.local,
            "cores_here": os.cpu_count(),
            "memory_peak_mb_of_each": [one["peak"][0] for one in self._measured],
        }

    def difference(self) -> Difference:
        """The worst rank's output before the first step, or the gradients, whichever is further off.

        An output is compared with that of the model's own module in fp32 on the CPU; the gradients of every rank with the
        mean of what each rank finds without the others.
        """
        found = max((Difference(**told["difference"]) for told in self._ready), key=lambda one: one.relative)
        return replace(found, relative=max(found.relative, self._gradients_off))

    def peak(self) -> Peak | None:
        """Of the rank of this host that needs most."""
        found = [Peak(mb, f"{method} of the largest rank") for mb, method in (one["peak"] for one in self._measured)]
        return max(found, key=lambda one: one.mb or 0.0, default=None)

    def memory(self) -> float | None:
        """Of the device that holds most."""
        return max((one["device_mb"] for one in self._measured if one["device_mb"] is not None), default=None)

    def close(self) -> None:
        """Ends the ranks."""
        self._ranks.close()

    def _agreed(self) -> Effective:
        """Where and how the ranks run, if they are at one about it."""
        places = {told["place"] for told in self._ready}
        types = {told["precision"] for told in self._ready}
        return Effective(
            places.pop() if len(places) == 1 else UNVERIFIED,
            "eager",
            types.pop() if len(types) == 1 else UNVERIFIED,
            self._ready[0]["threads"] if self._kind == "cpu" else None,
        )


def _check(strategy: str, recipe: Recipe) -> None:
    if strategy == "deepspeed":
        raise Unsupported("strategy", DEEPSPEED, f"Take {' or '.join(WRAPPERS)}.")
    if strategy not in WRAPPERS:
        raise Unsupported("strategy", f"no strategy is called {strategy!r}", f"Legal: {', '.join(WRAPPERS)}.")
    if strategy == "fsdp" and recipe.mixed_precision == "fp16":
        said = "fsdp with a scaled loss (fp16): each rank sees its own part of the gradients only"
        raise Unsupported("dtype", said, "Take mixed precision in bf16.")


def _check_devices(kind: str, cell: Cell, wanted: int) -> None:
    if kind == "cpu":
        return
    import torch

    have = torch.cuda.device_count() - cell.device_index
    if have < wanted:
        said = f"{wanted} processes need a device each; from {cell.target} on, torch sees {max(have, 0)}"
        raise Unsupported("no_device", said, "Take fewer processes, or more hosts (IPFS_BENCH_TORCHRUN).")
