"""NVIDIA GPUs. Detection asks the driver itself (libcuda), no framework. Runtime onnxruntime with its CUDA provider."""

import ctypes
import platform
import sys
from pathlib import Path
from typing import Any

from hardware_backends import onnx_session
from pytest_ipfs_bench.backend import Backend, Detection, Device, LoadedModel, State, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
DRIVER_HINT = "Install NVIDIA's driver (nvidia-smi then lists the GPU)."
RUNTIME_HINT = "pip install onnxruntime-gpu (in place of onnxruntime), with CUDA and cuDNN of the versions it names."
NO_DEVICE_ERROR = 100
MULTIPROCESSORS = 16  # CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT
NAME_BYTES = 256


class Cuda(Backend):
    """Every GPU that the NVIDIA driver shows."""

    name = "cuda"
    runtimes = ("onnxruntime",)

    def detect(self) -> Detection:
        """The driver's list of devices."""
        try:
            driver = ctypes.CDLL(LIBRARY)
        except OSError:
            return Detection(State.NOT_INSTALLED, reason=f"no NVIDIA driver ({LIBRARY} not found)", hint=DRIVER_HINT)
        status = driver.cuInit(0)
        if status == NO_DEVICE_ERROR:
            return Detection(State.NO_DEVICE, reason="the NVIDIA driver shows no GPU", hint="Check nvidia-smi.")
        if status:
            return Detection(State.BROKEN, reason=f"cuInit failed with error {status}", hint="Check nvidia-smi.")
        count = ctypes.c_int()
        driver.cuDeviceGetCount(ctypes.byref(count))
        devices = tuple(_device(driver, index) for index in range(count.value))
        if not devices:
            return Detection(State.NO_DEVICE, reason="the NVIDIA driver shows no GPU", hint="Check nvidia-smi.")
        return Detection(State.PRESENT, devices)

    def prepare(self, cell: Cell) -> None:
        """Imports ONNX Runtime."""
        onnx_session.prepare()

    def load(self, model: Model, cell: Cell) -> LoadedModel:
        """The model in an ONNX Runtime session; refused if this build of the runtime can't use the GPU."""
        import onnxruntime as ort

        if cell.precision != "fp32":
            raise Unsupported("precision", f"onnxruntime on cuda runs fp32 here, not {cell.precision}", "fp32")
        if "CUDAExecutionProvider" not in ort.get_available_providers():
            raise Unsupported("runtime", "this onnxruntime was built without its CUDA provider", RUNTIME_HINT)
        return onnx_session.OnnxSession(model, cell, "CUDAExecutionProvider", options={"device_id": cell.device_index})


def _device(driver: Any, index: int) -> Device:
    handle, name, memory, units = (
        ctypes.c_int(),
        ctypes.create_string_buffer(NAME_BYTES),
        ctypes.c_size_t(),
        ctypes.c_int(),
    )
    driver.cuDeviceGet(ctypes.byref(handle), index)
    driver.cuDeviceGetName(name, NAME_BYTES, handle)
    driver.cuDeviceTotalMem_v2(ctypes.byref(memory), handle)
    driver.cuDeviceGetAttribute(ctypes.byref(units), MULTIPROCESSORS, handle)
    return Device(
        index=index,
        name=name.value.decode("utf-8", "replace"),
        vendor="NVIDIA",
        platform=platform.system(),
        driver_version=_driver_version(),
        memory_gb=round(memory.value / 1e9, 1),
        compute_units=units.value,
    )


def _driver_version() -> str | None:
    try:
        words = Path("/proc/driver/nvidia/version").read_text(encoding="utf-8").split()
    except OSError:
        return None
    return next((word for word in words if word[:1].isdigit() and "." in word), None)
