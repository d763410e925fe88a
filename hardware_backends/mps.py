"""Apple's GPUs through Metal. Detection asks the system which machine this is, no framework. Runtime torch."""

import ctypes
import platform
from typing import Any

from hardware_backends import environment, runtimes, torch_modes, torch_processes, torch_session
from pytest_ipfs_bench.backend import Backend, Detection, Device, LoadedModel, State, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

NAME_BYTES = 256
TORCH_HINT = "Install torch for macOS on Apple silicon: pip install 'pytest-ipfs-bench[torch]' in an arm64 Python."


class Mps(Backend):
    """The GPU of a Mac with Apple silicon: one device, its memory is the machine's."""

    name = "mps"
    runtimes = ("torch",)

    def detect(self) -> Detection:
        """Present on every Mac with Apple silicon."""
        forbidden = environment.forbidden(self.name)
        if forbidden:
            return forbidden
        system, machine = platform.system(), platform.machine()
        if system != "Darwin":
            said = f"Metal is a part of macOS, and this is {system or 'another system'}"
            return Detection(State.NO_DEVICE, reason=said, hint="Run it on a Mac with Apple silicon.")
        if machine != "arm64":
            hint = "On a Mac with Apple silicon, use a Python that was built for arm64."
            return Detection(
                State.NO_DEVICE, reason=f"torch has Metal on arm64 only; this Python is {machine}", hint=hint
            )
        return Detection(State.PRESENT, (_device(),), *runtimes.installed(self.runtimes))

    def modes(self, runtime: str) -> tuple[str, ...]:
        """Torch does more than inference."""
        return torch_session.MODES

    def probe(self, device_index: int) -> None:
        """Allocates, computes and waits, by torch."""
        import torch

        with torch_session.probing("mps"):
            _require()
            torch_session.compute("mps", torch.mps.synchronize)

    def prepare(self, cell: Cell) -> None:
        """Imports torch."""
        torch_session.prepare()

    def load(self, model: Model, cell: Cell) -> LoadedModel:
        """The model on the GPU; refused if this build of torch can't use it."""
        if cell.device_index:
            raise Unsupported("no_device", f"{cell.target}: no such device; mps is one device, mps:0")
        _require()
        if torch_processes.many(cell):
            raise Unsupported("strategy", "torch has no communication between processes for Metal (mps)")
        return torch_modes.chosen(cell, MpsModel, MpsGeneration, MpsTraining)(model, cell)


class MpsModel(torch_session.TorchModel):
    """Waited for by torch.mps.synchronize. Metal tells what its driver holds, which only falls when it is told to."""

    def __init__(self, model: Model, cell: Cell) -> None:
        import torch

        self.wait = torch.mps.synchronize  # type: ignore[method-assign]
        torch.mps.empty_cache()
        super().__init__(model, cell, "mps")

    def memory(self) -> float | None:
        """What Metal's driver holds for this process, MB: a peak since loading, as nothing is given back before."""
        import torch

        return float(torch.mps.driver_allocated_memory()) / 1e6

    def close(self) -> None:
        """Drops the module and gives its memory back."""
        import torch

        super().close()
        torch.mps.empty_cache()


class MpsGeneration(torch_modes.Generation, MpsModel):
    """A model that generates on Metal."""


class MpsTraining(torch_modes.Training, MpsModel):
    """Training on Metal."""


def _require() -> None:
    import torch

    if not torch.backends.mps.is_built():
        raise Unsupported("runtime", f"this torch ({torch.__version__}) was built without MPS", TORCH_HINT)
    if not torch.backends.mps.is_available():
        said = f"torch {torch.__version__} can't use Metal on macOS {platform.mac_ver()[0]}"
        raise Unsupported("driver", said, "Update macOS, or install the torch that was made for this one.")


def _device() -> Device:
    memory, name = ctypes.c_uint64(), ctypes.create_string_buffer(NAME_BYTES)
    return Device(
        index=0,
        name=name.value.decode("utf-8", "replace") if _sysctl("machdep.cpu.brand_string", name) else "Apple silicon",
        vendor="Apple",
        platform="Darwin",
        platform_version=f"macOS {platform.mac_ver()[0]}",
        memory_gb=round(memory.value / 1e9, 1) if _sysctl("hw.memsize", memory) else None,
    )


def _sysctl(name: str, into: Any) -> bool:
    """Asks the system's own library for a fact; whether it told."""
    try:
        size = ctypes.c_size_t(ctypes.sizeof(into))
        return not ctypes.CDLL(None).sysctlbyname(name.encode(), ctypes.byref(into), ctypes.byref(size), None, 0)
    except (OSError, AttributeError, TypeError):
        return False
