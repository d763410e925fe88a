"""NVIDIA's driver by its own library, without a framework: which GPUs it shows, and whether one works."""

import ctypes
import functools
import os
import platform
import sys
import uuid
from pathlib import Path
from typing import Any

from pytest_ipfs_bench.backend import Device, Unsupported

LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
HINT = "Check nvidia-smi."
NO_DEVICE_ERROR = 100
MULTIPROCESSORS = 16  # CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT
NAME_BYTES = 256
WORDS, PATTERN = 4096, 0xC0FFEE


def open_driver() -> Any:
    """The driver's library. Raises OSError where there is none."""
    return ctypes.CDLL(LIBRARY)


def count(driver: Any) -> int:
    """How many GPUs this process may use. Raises Unsupported("no_device" or "broken") with the driver's reason."""
    status = driver.cuInit(0)
    if status and status != NO_DEVICE_ERROR:
        raise Unsupported("broken", f"cuInit failed with {error_name(driver, status)}", HINT)
    found = ctypes.c_int()
    if not status:
        _done(driver, "cuDeviceGetCount", ctypes.byref(found))
    if not found.value:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        why = "" if visible is None else f" (CUDA_VISIBLE_DEVICES={visible!r})"
        raise Unsupported("no_device", f"the NVIDIA driver shows no GPU{why}", HINT)
    return found.value


def device(driver: Any, index: int) -> Device:
    """One GPU as its driver describes it."""
    handle, name, memory, units = (
        ctypes.c_int(),
        ctypes.create_string_buffer(NAME_BYTES),
        ctypes.c_size_t(),
        ctypes.c_int(),
    )
    _done(driver, "cuDeviceGet", ctypes.byref(handle), index)
    _done(driver, "cuDeviceGetName", name, NAME_BYTES, handle)
    _done(driver, "cuDeviceTotalMem_v2", ctypes.byref(memory), handle)
    _done(driver, "cuDeviceGetAttribute", ctypes.byref(units), MULTIPROCESSORS, handle)
    return Device(
        index=index,
        name=name.value.decode("utf-8", "replace"),
        vendor="NVIDIA",
        platform=platform.system(),
        driver_version=_driver_version(),
        memory_gb=round(memory.value / 1e9, 1),
        compute_units=units.value,
    )


def device_uuid(index: int) -> str | None:
    """The name under which NVML knows a GPU, None if the driver does not say."""
    try:
        driver = open_driver()
        handle, found = ctypes.c_int(), ctypes.create_string_buffer(16)
        failed = driver.cuInit(0) or driver.cuDeviceGet(ctypes.byref(handle), index)
        failed = failed or driver.cuDeviceGetUuid(found, handle)
    except (OSError, AttributeError):
        return None
    return None if failed else f"GPU-{uuid.UUID(bytes=found.raw)}"


def probe(driver: Any, index: int) -> None:
    """Allocates on a GPU, has it fill the memory, waits and reads back. Raises Unsupported("broken") with the failing step."""
    handle, context, memory = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_uint64()
    read = (ctypes.c_uint32 * WORDS)()

    step = functools.partial(_done, driver)
    step("cuInit", 0)
    step("cuDeviceGet", ctypes.byref(handle), index)
    step("cuDevicePrimaryCtxRetain", ctypes.byref(context), handle)  # the one that every runtime shares
    try:
        step("cuCtxSetCurrent", context)
        step("cuMemAlloc_v2", ctypes.byref(memory), ctypes.c_size_t(4 * WORDS))
        step("cuMemsetD32_v2", memory, ctypes.c_uint(PATTERN), ctypes.c_size_t(WORDS))
        step("cuCtxSynchronize")
        step("cuMemcpyDtoH_v2", read, memory, ctypes.c_size_t(4 * WORDS))
        step("cuMemFree_v2", memory)
    finally:
        driver.cuCtxSetCurrent(None)
        driver.cuDevicePrimaryCtxRelease_v2(handle)
    if any(word != PATTERN for word in read):
        raise Unsupported("broken", f"cuda:{index}: what was written to its memory is not what is read back", HINT)


def error_name(driver: Any, status: int) -> str:
    """The driver's name of an error, and its number."""
    name = ctypes.c_char_p()
    driver.cuGetErrorName(status, ctypes.byref(name))
    return f"{name.value.decode() if name.value else 'error'} ({status})"


def _done(driver: Any, function: str, *arguments: Any) -> None:
    """Calls a function of the driver. Raises Unsupported("broken") with the driver's word for what went wrong."""
    status = getattr(driver, function)(*arguments)
    if status:
        raise Unsupported("broken", f"{function} failed with {error_name(driver, status)}", HINT)


def _driver_version() -> str | None:
    try:
        words = Path("/proc/driver/nvidia/version").read_text(encoding="utf-8").split()
    except OSError:
        return None
    return next((word for word in words if word[:1].isdigit() and "." in word), None)
