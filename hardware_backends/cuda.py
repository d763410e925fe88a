"""NVIDIA GPUs. Detection asks the driver itself (libcuda), no framework. Runtimes torch and onnxruntime."""

import importlib.util
from dataclasses import replace
from functools import cached_property

from hardware_backends import (
    environment,
    libcuda,
    nvml,
    onnx_session,
    runtimes,
    torch_gpu,
    torch_modes,
    torch_processes,
    torch_session,
)
from hardware_backends.power import Metered
from pytest_ipfs_bench.backend import UNVERIFIED, Backend, Detection, Effective, LoadedModel, State, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

PROVIDER = "CUDAExecutionProvider"
DRIVER_HINT = "Install NVIDIA's driver (nvidia-smi then lists the GPU)."
ONNXRUNTIME_HINT = (
    "pip install onnxruntime-gpu (in place of onnxruntime), with CUDA and cuDNN of the versions it names."
)
TORCH_HINT = (
    "Install torch's CUDA build: pip install --force-reinstall torch (https://pytorch.org/get-started/locally)."
)


class Cuda(Backend):
    """Every GPU that the NVIDIA driver shows."""

    name = "cuda"
    runtimes = ("torch", "onnxruntime")

    def detect(self) -> Detection:
        """The driver's list of devices."""
        forbidden = environment.forbidden(self.name)
        if forbidden:
            return forbidden
        try:
            driver = libcuda.open_driver()
            devices = tuple(libcuda.device(driver, index) for index in range(libcuda.count(driver)))
        except OSError:
            said = f"no NVIDIA driver ({libcuda.LIBRARY} not found)"
            return Detection(State.NOT_INSTALLED, reason=said, hint=DRIVER_HINT)
        except Unsupported as error:
            return Detection(State(error.error_type), reason=error.reason, hint=error.suggested_fix)
        reason, hint = runtimes.installed(self.runtimes, {"torch": TORCH_HINT, "onnxruntime": ONNXRUNTIME_HINT})
        hints = [hint, None if importlib.util.find_spec(nvml.MODULE) else nvml.HINT]
        return Detection(State.PRESENT, devices, reason, "; ".join(filter(None, hints)) or None)

    def probe(self, device_index: int) -> None:
        """Has the driver allocate, fill and read back memory of that GPU: no framework is needed."""
        try:
            libcuda.probe(libcuda.open_driver(), device_index)
        except OSError as error:
            raise Unsupported("not_installed", f"no NVIDIA driver ({error})", DRIVER_HINT) from error

    def modes(self, runtime: str) -> tuple[str, ...]:
        """Torch does more than inference."""
        return torch_session.MODES if runtime == "torch" else super().modes(runtime)

    def runtime_version(self, runtime: str) -> str | None:
        """That of the distribution which is installed under one of the runtime's names."""
        return runtimes.version(runtime)

    def prepare(self, cell: Cell) -> None:
        """Imports the cell's runtime, and begins with the device."""
        if cell.runtime == "onnxruntime":
            onnx_session.prepare(cell.precision)
        else:
            torch_gpu.prepare(cell.device_index)

    def load(self, model: Model, cell: Cell) -> LoadedModel:
        """The model on the GPU; refused if this build of the runtime can't use it."""
        if cell.runtime == "onnxruntime":
            return _onnx(model, cell)
        torch_gpu.require("CUDA", cell.device_index, TORCH_HINT)
        if torch_processes.many(cell):
            return torch_processes.Processes(model, cell)
        return torch_modes.on_gpu(model, cell, nvml.Nvml.open(libcuda.device_uuid(cell.device_index)))


class CudaOnnxSession(Metered, onnx_session.OnnxSession):
    """A session of ONNX Runtime whose run ends when its outputs are on the host. What it allocates it does not say."""

    @cached_property
    def effective(self) -> Effective:  # type: ignore[override]
        """As the session says; fp32 is no proof where the user has TF32 forced upon it."""
        found = super().effective
        return replace(found, precision=UNVERIFIED) if found.precision == "fp32" and torch_gpu.tf32_forced() else found


def _onnx(model: Model, cell: Cell) -> LoadedModel:
    import onnxruntime as ort

    if PROVIDER not in ort.get_available_providers():
        raise Unsupported("runtime", "this onnxruntime was built without its CUDA provider", ONNXRUNTIME_HINT)
    if cell.device_index >= (count := libcuda.count(libcuda.open_driver())):
        raise Unsupported("no_device", f"{cell.target}: no such device; the driver shows {count}")
    # fp32 is to be fp32: the provider would use TF32 by default.
    loaded = CudaOnnxSession(model, cell, PROVIDER, options={"device_id": cell.device_index, "use_tf32": 0})
    loaded.meter = nvml.Nvml.open(libcuda.device_uuid(cell.device_index))
    return loaded
