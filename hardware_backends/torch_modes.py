"""What the runtime torch does with a model: the class of a cell's mode, for every backend that has that runtime."""

from typing import TypeVar

from hardware_backends import torch_generation
from hardware_backends.power import Meter
from hardware_backends.torch_generation import Generation
from hardware_backends.torch_gpu import TorchGpu
from hardware_backends.torch_session import TorchModel
from hardware_backends.torch_training import GpuTraining, Training
from pytest_ipfs_bench.cell import TRAINING, Cell
from pytest_ipfs_bench.models import Model

__all__ = ["Generation", "Training", "chosen", "on_gpu"]
T = TypeVar("T", bound=TorchModel)


class GpuGeneration(Generation, TorchGpu):
    """A model that generates on a GPU that torch reaches as "cuda"."""


def chosen(cell: Cell, inference: type[T], generation: type[T], training: type[T]) -> type[T]:
    """The one for the cell's mode."""
    if cell.mode == TRAINING:
        return training
    return generation if cell.mode in torch_generation.MODES else inference


def on_gpu(model: Model, cell: Cell, meter: Meter | None) -> TorchGpu:
    """The model on a GPU that torch reaches as "cuda", as the cell's mode has it."""
    kind: type[TorchGpu] = chosen(cell, TorchGpu, GpuGeneration, GpuTraining)
    return kind(model, cell, meter)
