"""What a run costs, read from a device's own meter in a pass of its own, never beside a timed one."""

import statistics
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pytest_ipfs_bench.backend import LoadedModel

PASS_SECONDS = 1.0  # NVML's energy counter moves about every 20-100 ms
PERIOD = 0.02


class Meter(Protocol):
    """A device's sensors. What a device does not say is None."""

    source: str

    def watts(self) -> float | None:
        """Power drawn now."""

    def joules(self) -> float | None:
        """A counter of energy that only grows."""

    def celsius(self) -> float | None:
        """Temperature of the chip."""

    def throttling(self) -> frozenset[str] | None:
        """Why its clocks are held down now; empty where they are not."""

    def conditions(self) -> Mapping[str, float | None]:
        """What else was so on the device: memory, clocks, other processes."""

    def close(self) -> None:
        """Gives the vendor's library back."""


@dataclass(frozen=True)
class Power:
    """Columns of power_metrics about a pass, the number of runs that it had, and what else was so at its end."""

    columns: Mapping[str, float | str | None]
    runs: int
    conditions: Mapping[str, float | None]

    @property
    def joules_per_run(self) -> float | None:
        """The energy of the pass, shared out."""
        energy = self.columns["energy_joules"]
        return float(energy) / self.runs if energy is not None else None


class Metered(LoadedModel):
    """A loaded model on a device with a meter (None: nothing meters it). The pass is made once, when first asked for."""

    meter: Meter | None = None
    _power: Power | None = None

    def power(self) -> Mapping[str, float | str | None] | None:
        """Columns of power_metrics, and the conditions under which the pass was made."""
        power = self._passed()
        return {**power.columns, **power.conditions, **self.conditions()} if power else None

    def energy(self) -> float | None:
        """Energy that one run costs, J."""
        power = self._passed()
        return power.joules_per_run if power else None

    def conditions(self) -> Mapping[str, float | None]:
        """What the loaded model itself can tell of the conditions."""
        return {}

    def close(self) -> None:
        """Closes the model, then its meter."""
        super().close()
        meter, self.meter = self.meter, None
        if meter is not None:
            meter.close()

    def _passed(self) -> Power | None:
        if self._power is None and self.meter is not None:
            self._power = metered(self.run, self.meter)
        return self._power


@dataclass
class _Watch:
    """Reads a meter again and again on a thread."""

    meter: Meter
    watts: list[float] = field(default_factory=list)
    conditions: Mapping[str, float | None] = field(default_factory=dict)
    reasons: set[str] = field(default_factory=set)
    says: bool = False

    def read(self) -> None:
        power, reasons = self.meter.watts(), self.meter.throttling()
        self.watts += [power] if power is not None else []
        self.reasons |= reasons or frozenset()
        self.says = self.says or reasons is not None
        self.conditions = self.meter.conditions()

    def during(self, work: Callable[[], None]) -> None:
        stop = threading.Event()

        def watch() -> None:
            while not stop.wait(PERIOD):
                self.read()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            work()
            if not self.conditions:  # it was over before the first look
                self.read()
        finally:
            stop.set()
            watcher.join()


def metered(run: Callable[[], object], meter: Meter, *, seconds: float = PASS_SECONDS) -> Power:
    """Runs for `seconds` while the meter is read; at least one run.

    Idle power is not told: a GPU's reading is an average of the last second, in which the model has just run.
    """
    busy, runs = _Watch(meter), 0

    def work() -> None:
        nonlocal runs
        while not runs or time.perf_counter() - start < seconds:
            run()
            runs += 1

    before, start = meter.joules(), time.perf_counter()
    busy.during(work)
    after, duration = meter.joules(), time.perf_counter() - start
    counted = after - before if after is not None and before is not None and after > before else None
    mean = statistics.fmean(busy.watts) if busy.watts else None
    energy = counted if counted is not None else mean * duration if mean is not None else None
    return Power(
        {
            "average_power_w": energy / duration if energy is not None else None,
            "peak_power_w": max(busy.watts, default=None),
            "energy_joules": energy,
            "duration_s": duration,
            "temperature_celsius": busy.conditions.get("temperature_celsius"),
            "throttled": bool(busy.reasons) if busy.says else None,
            "throttle_reasons": ", ".join(sorted(busy.reasons)) or None,
            "source": meter.source,
        },
        runs,
        busy.conditions,
    )
