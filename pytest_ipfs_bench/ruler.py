"""A ruler: fixed work for one core of the CPU. How long it takes, and how much that varies, says how this machine is now.

Stored with every run that measured (test_runs.metadata.ruler), it tells "the machine changed" from "the code changed".
The work is never changed; if it had to be, VERSION would be.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

VERSION = 1
STEPS = 20_000
ROUNDS = 30
SECONDS = 0.25  # given up after this long: with what a slow machine needs for one round, less than 0.5 s


@dataclass(frozen=True)
class Reading:
    """Median of the rounds, ms, and their spread: the middle 80 % of them over the median."""

    version: int
    rounds: int
    median_ms: float
    minimum_ms: float
    spread: float

    def as_dict(self) -> dict[str, Any]:
        """Its fields, rounded to what they mean."""
        return {name: round(value, 6) for name, value in asdict(self).items()}


def read(rounds: int = ROUNDS, seconds: float = SECONDS, clock: Callable[[], int] = time.perf_counter_ns) -> Reading:
    """Does the work round by round, at most for so long."""
    work()
    samples: list[float] = []
    deadline = clock() + int(seconds * 1e9)
    while len(samples) < rounds and (not samples or clock() < deadline):
        start = clock()
        work()
        samples.append((clock() - start) / 1e6)
    median = statistics.median(samples)
    return Reading(VERSION, len(samples), median, min(samples), spread(samples))


def work() -> int:
    """Arithmetic on whole numbers and a small table, in pure Python: no memory to speak of, no system call."""
    table, value = [0] * 64, 1
    for step in range(STEPS):
        value = (value * 1_103_515_245 + 12_345) & 0x7FFFFFFF
        table[step & 63] ^= value
    return sum(table)


def spread(samples: list[float]) -> float:
    """From the first decile to the ninth, over the median; 0 for a single sample."""
    if len(samples) < 2:  # noqa: PLR2004
        return 0.0
    deciles = statistics.quantiles(samples, n=10, method="inclusive")
    return (deciles[-1] - deciles[0]) / statistics.median(samples)
