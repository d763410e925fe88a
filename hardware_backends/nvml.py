"""NVIDIA's management library: the sensors of a GPU. Imported in the runner only; without nvidia-ml-py nothing is metered."""

import os
from collections.abc import Mapping
from typing import Any, Self

MODULE, HINT = "pynvml", "for energy, clocks and temperature: pip install 'pytest-ipfs-bench[nvidia]'"
TEMPERATURE_GPU, CLOCK_SM, CLOCK_MEMORY = 0, 1, 2
# Bits that say that something holds the clocks down. Idle (1) and clocks that somebody set (2, 256) are no throttling.
REASONS = {
    0x004: "power cap",
    0x008: "hardware slowdown",
    0x010: "sync boost",
    0x020: "software thermal slowdown",
    0x040: "hardware thermal slowdown",
    0x080: "power brake",
}


class Nvml:
    """One GPU as the driver's sensors see it. What a GPU or a container does not say is None."""

    source = "nvml"

    def __init__(self, library: Any, handle: Any) -> None:
        self._library, self._handle = library, handle

    @classmethod
    def open(cls, uuid: str | None) -> Self | None:
        """The GPU of that UUID: its index may be another one here, NVML does not heed CUDA_VISIBLE_DEVICES."""
        if uuid is None:
            return None
        try:
            import pynvml

            pynvml.nvmlInit()
        except Exception:  # noqa: BLE001  not installed, no library, no permission: nothing is metered
            return None
        try:
            return cls(pynvml, pynvml.nvmlDeviceGetHandleByUUID(uuid))
        except pynvml.NVMLError:
            pynvml.nvmlShutdown()
            return None

    def watts(self) -> float | None:
        """Power drawn by the board now."""
        return _scaled(self._ask("nvmlDeviceGetPowerUsage"), 1e-3)

    def joules(self) -> float | None:
        """Energy since the driver was loaded (Volta and later)."""
        return _scaled(self._ask("nvmlDeviceGetTotalEnergyConsumption"), 1e-3)

    def celsius(self) -> float | None:
        """Temperature of the chip."""
        return _scaled(self._ask("nvmlDeviceGetTemperature", TEMPERATURE_GPU), 1.0)

    def throttling(self) -> frozenset[str] | None:
        """Why the clocks are held down now."""
        bits = self._ask("nvmlDeviceGetCurrentClocksThrottleReasons")
        return None if bits is None else frozenset(name for bit, name in REASONS.items() if bits & bit)

    def conditions(self) -> Mapping[str, float | None]:
        """Clocks, temperature, memory of the device and of this process, and how many others compute on it."""
        memory, processes = self._ask("nvmlDeviceGetMemoryInfo"), self._ask("nvmlDeviceGetComputeRunningProcesses")
        # In a container the driver may tell the host's process ids: who can't find himself can't tell who the others are.
        own = [one for one in processes or () if one.pid == os.getpid()]
        return {
            "sm_clock_mhz": self._ask("nvmlDeviceGetClockInfo", CLOCK_SM),
            "memory_clock_mhz": self._ask("nvmlDeviceGetClockInfo", CLOCK_MEMORY),
            "temperature_celsius": self.celsius(),
            "device_memory_used_mb": memory.used / 1e6 if memory else None,
            "process_memory_mb": _scaled(own[0].usedGpuMemory, 1e-6) if own else None,
            "other_processes": len(processes) - len(own) if own else None,
        }

    def close(self) -> None:
        """Gives the library back."""
        self._library.nvmlShutdown()

    def _ask(self, function: str, *arguments: Any) -> Any:
        try:
            return getattr(self._library, function)(self._handle, *arguments)
        except (self._library.NVMLError, AttributeError):  # not on this GPU, or not in this version
            return None


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
