"""A torch model on a GPU that torch reaches as "cuda": NVIDIA's, and AMD's through HIP."""

import functools
import os
import statistics
from collections.abc import Mapping
from dataclasses import replace

from hardware_backends.power import Meter, Metered
from hardware_backends.torch_session import TorchModel
from pytest_ipfs_bench.backend import UNVERIFIED, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

MATCHING = "Install the build of torch that matches this driver and GPU (https://pytorch.org/get-started/locally)."
EVENT_RUNS = 10
TF32_OVERRIDE = "NVIDIA_TF32_OVERRIDE"


class TorchGpu(Metered, TorchModel):
    """Waited for by torch.cuda.synchronize; peak memory from torch's allocator; the rest from the vendor's meter."""

    def __init__(self, model: Model, cell: Cell, meter: Meter | None) -> None:
        import torch

        self.meter, self._index = meter, cell.device_index
        # fp32 is to be fp32: convolutions would use TF32 by default.
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        self.wait = functools.partial(torch.cuda.synchronize, self._index)  # type: ignore[method-assign]
        begin(self._index)
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(self._index)
        super().__init__(model, cell, f"cuda:{self._index}")
        if self.effective.precision == "fp32" and tf32_forced():
            self.effective = replace(self.effective, precision=UNVERIFIED)

    def memory(self) -> float | None:
        """Peak of torch's allocator on the device since loading, MB."""
        import torch

        return float(torch.cuda.max_memory_allocated(self._index)) / 1e6

    def conditions(self) -> Mapping[str, float | None]:
        """The state of the device, and the median time of a run by the device's own clock."""
        return {**super().conditions(), "device_time_ms": self.device_time_ms()}

    def device_time_ms(self) -> float:
        """Median time between two events on the device around a run: without the launch, without the wait."""
        import torch

        times = []
        for _ in range(EVENT_RUNS):
            start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            with torch.cuda.device(self._index):
                start.record()
                self.submit()
                end.record()
            end.synchronize()
            times.append(start.elapsed_time(end))
        return float(statistics.median(times))

    def close(self) -> None:
        """Drops the module and empties torch's cache on the device."""
        import torch

        super().close()
        torch.cuda.empty_cache()


def tf32_forced() -> bool:
    """Whether the user has CUDA's libraries compute fp32 in TF32, whatever a program asks for."""
    return os.environ.get(TF32_OVERRIDE) == "1"


def begin(index: int) -> None:
    """Makes the device's context, which takes a second and is no part of loading a model; it is there only once."""
    import torch

    torch.cuda.init()
    torch.cuda.synchronize(index)


def prepare(index: int) -> None:
    """Imports torch, and begins with the device if this torch can use it; `load` says why not."""
    import torch

    if torch.cuda.is_available() and index < torch.cuda.device_count():
        begin(index)


def require(build: str, index: int, install: str) -> None:
    """Raises Unsupported unless the installed torch is a "CUDA" or "ROCm" build that can use that device."""
    import torch

    builds = {"CUDA": torch.version.cuda, "ROCm": torch.version.hip}
    if builds[build] is None:
        other = next((name for name, version in builds.items() if version), None)
        said = f"for {other}, not {build}" if other else f"without {build}"
        raise Unsupported("runtime", f"this torch ({torch.__version__}) was built {said}", install)
    if not torch.cuda.is_available():
        said = f"torch {torch.__version__} ({build} {builds[build]}) can't use this driver"
        raise Unsupported("driver", said, MATCHING)
    if index >= torch.cuda.device_count():
        raise Unsupported("no_device", f"torch sees {torch.cuda.device_count()} devices, device {index} is asked for")
