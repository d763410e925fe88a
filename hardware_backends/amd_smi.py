"""AMD's management library: the sensors of a GPU. Imported in the runner only; without amdsmi nothing is metered.

The package prints and raises KeyError where its library is missing, and says "N/A" for what a GPU does not tell.
"""

import contextlib
import io
import os
from collections.abc import Callable, Mapping
from typing import Any, Self

MICRO = 1e-6


class AmdSmi:
    """One GPU as the driver's sensors see it. Throttling it tells only as counters, which are not read."""

    source = "amdsmi"

    def __init__(self, library: Any, handle: Any) -> None:
        self._library, self._handle = library, handle

    @classmethod
    def open(cls, address: str | None) -> Self | None:
        """The GPU at that PCI address: its index may be another one here."""
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                import amdsmi

                amdsmi.amdsmi_init()
                handles = {amdsmi.amdsmi_get_gpu_device_bdf(one): one for one in amdsmi.amdsmi_get_processor_handles()}
        except Exception:  # noqa: BLE001  not installed, no library, no permission: nothing is metered
            return None
        if address not in handles:
            amdsmi.amdsmi_shut_down()
            return None
        return cls(amdsmi, handles[address])

    def watts(self) -> float | None:
        """Power drawn by the socket now, on older GPUs the average of late."""
        told = self._ask(lambda: self._library.amdsmi_get_power_info(self._handle)) or {}
        values = (told.get("current_socket_power"), told.get("average_socket_power"))
        return next((float(value) for value in values if isinstance(value, int | float) and value > 0), None)

    def joules(self) -> float | None:
        """The counter of energy; its resolution is in µJ."""
        told = self._ask(lambda: self._library.amdsmi_get_energy_count(self._handle)) or {}
        count, unit = told.get("energy_accumulator"), told.get("counter_resolution")
        return count * unit * MICRO if count and unit else None

    def celsius(self) -> float | None:
        """The hottest spot, or the edge on GPUs that have no other sensor."""
        return self._temperature("HOTSPOT") or self._temperature("EDGE")

    def throttling(self) -> frozenset[str] | None:
        """Not known."""
        return None

    def conditions(self) -> Mapping[str, float | None]:
        """Temperature, memory of this process on the device, and how many others are on it."""
        processes = self._ask(lambda: self._library.amdsmi_get_gpu_process_list(self._handle))
        own = [one for one in processes or () if one["pid"] == os.getpid()]
        return {
            "temperature_celsius": self.celsius(),
            "process_memory_mb": own[0]["memory_usage"]["vram_mem"] * MICRO if own else None,
            "other_processes": len(processes) - len(own) if own else None,
        }

    def close(self) -> None:
        """Gives the library back."""
        self._ask(self._library.amdsmi_shut_down)

    def _temperature(self, sensor: str) -> float | None:
        def read() -> Any:
            kind = getattr(self._library.AmdSmiTemperatureType, sensor)
            return self._library.amdsmi_get_temp_metric(
                self._handle, kind, self._library.AmdSmiTemperatureMetric.CURRENT
            )

        value = self._ask(read)
        return float(value) if isinstance(value, int | float) else None

    def _ask(self, question: Callable[[], Any]) -> Any:
        try:
            return question()
        except Exception:  # noqa: BLE001  each version has other sensors and raises in its own way: not known
            return None
