"""Whether a device is waited for: a run must not return before the device is done. Carried out in the runner.

The known length is that of many runs in a row, from the first one's start until the last one's outputs have been read:
a device can't be done earlier, whatever its runtime says. Samples that add up to less were taken of launches.
"""

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_ipfs_bench.backend import LoadedModel
from pytest_ipfs_bench.measure import Clock, Plan

SECONDS, TRIES = 0.2, 3
# So few that no queue of launches is full before the last: a full one holds back the next launch, as if it waited.
LEAST_ROUNDS, MOST_ROUNDS = 8, 16
SETTLING_SECONDS = 0.05
ENOUGH = 0.8  # of the known length; the rest is what lies between two rounds, and noise


@dataclass(frozen=True)
class Waiting:
    """Known and measured length of a run, ms; whether its outputs were complete when it returned."""

    known_ms: float
    measured_ms: float
    complete: bool

    @property
    def waited(self) -> bool:
        """The device was done when the clock was read."""
        return self.complete and self.measured_ms >= ENOUGH * self.known_ms

    def __str__(self) -> str:
        said = f"a run of {self.known_ms:.3g} ms is measured as {self.measured_ms:.3g} ms"
        return said if self.complete else f"{said}, and its outputs still changed after it had returned"


def examine(loaded: LoadedModel, clock: Clock = time.perf_counter_ns) -> Waiting:
    """The best of three tries: noise makes a run look longer than its samples, an unsynchronised one always is."""
    complete = _complete(loaded)
    tries = [_try(loaded, complete, clock) for _ in range(TRIES)]
    return max(tries, key=lambda one: one.measured_ms / one.known_ms)


def _try(loaded: LoadedModel, complete: bool, clock: Clock) -> Waiting:  # noqa: FBT001
    _read(loaded.run())
    start = clock()
    _read(loaded.run())
    rounds = min(max(int(SECONDS * 1e9 / max(clock() - start, 1)), LEAST_ROUNDS), MOST_ROUNDS)
    start = clock()
    for _ in range(rounds):
        outputs = loaded.run()
    _read(outputs)
    known = (clock() - start) / rounds
    samples = loaded.measure(Plan(min_rounds=rounds, max_time=0.0, warmup=0.0)).latencies_ns
    _read(loaded.run())  # what a measurement left in a queue is no part of the next try
    return Waiting(known / 1e6, statistics.median(samples) / 1e6, complete)


def _complete(loaded: LoadedModel) -> bool:
    import numpy as np

    outputs = loaded.run()
    at_once = _read(outputs)
    time.sleep(SETTLING_SECONDS)
    return all(np.array_equal(at_once[name], np.asarray(value), equal_nan=True) for name, value in outputs.items())


def _read(outputs: Mapping[str, Any]) -> dict[str, Any]:
    import numpy as np

    return {name: np.array(value) for name, value in outputs.items()}
