"""A torch model that is trained, in one process: cells of mode `training`. One run is one step of the optimiser."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hardware_backends.torch_gpu import TorchGpu
from hardware_backends.torch_session import Fetched, TorchModel, typed
from hardware_backends.torch_start import begin, own
from hardware_backends.torch_step import Recipe, Step, columns, nothing, size
from pytest_ipfs_bench.backend import UNVERIFIED, Difference
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.measure import Plan, Samples, measure
from pytest_ipfs_bench.models import Model


class Training(TorchModel):
    """Training beside a device's own way of running a model: it waits, meters and closes as that does."""

    def __init__(self, model: Model, cell: Cell, *place: Any) -> None:
        self.recipe = Recipe.of(cell)
        super().__init__(model, cell, *place)
        try:
            self._module = self._call = own(model, self._module)
            start = begin(model, cell, self.recipe, self._module)
            self._train = Step(self._module, start.micros, self.recipe, wait=self.wait)
        except Exception as error:
            self.close()
            raise typed(error) from error
        self._difference = start.difference
        self._told: Mapping[str, Any] = {}
        self.items = cell.batch * self.recipe.gradient_accumulation
        if self.effective.precision != UNVERIFIED:
            self.effective = replace(self.effective, precision=start.precision)

    def run(self) -> Mapping[str, Any]:
        """One step; its loss."""
        self._learn()
        return Fetched({"loss": self._train.latest_loss})

    def measure(self, plan: Plan) -> Samples:
        """By the common loop, each phase of a step waited for. The losses of all steps until then are those of the row."""
        samples = measure(self._learn, plan)
        phases = self._train.latest(len(samples.latencies_ns))
        self._told = {**columns(self.recipe, self._train.losses(), phases), **size(self._module)}
        return replace(samples, phases=phases)

    def submit(self) -> None:
        """A step that nobody waits for."""
        self._train(nothing)

    def difference(self) -> Difference:
        """How far the output was, before the first step, from that of the model's own module in fp32 on the CPU."""
        return self._difference

    def training(self) -> Mapping[str, Any]:
        """Columns of training_results, and in metadata how many steps there were."""
        return self._told

    def close(self) -> None:
        """Drops what training holds, then the module."""
        self._train = None  # type: ignore[assignment]
        super().close()

    def _learn(self) -> None:
        try:
            self._train()
        except Exception as error:
            raise typed(error) from error


class GpuTraining(Training, TorchGpu):
    """Training on a GPU that torch reaches as "cuda"."""
