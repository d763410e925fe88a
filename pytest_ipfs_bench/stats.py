"""Samples to numbers: pure functions, nothing rounded, None where there are too few samples to say."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

# The fewest samples from which a percentile may be read: one sample must lie beyond it.
ENOUGH = {10: 10, 90: 10, 95: 20, 99: 100}


@dataclass(frozen=True)
class Summary:
    """Numbers of one series, in the unit of its samples; `total` is their sum."""

    count: int
    total: float
    mean: float
    minimum: float
    maximum: float
    std: float | None
    p10: float | None
    p50: float
    p90: float | None
    p95: float | None
    p99: float | None


def summarise(samples: Sequence[float]) -> Summary:
    """The summary of one or more samples. Raises ValueError without any.

    `std` is the sample standard deviation (n - 1), None for one sample.
    """
    if not samples:
        raise ValueError("no samples to summarise")
    ordered = sorted(samples)
    total = math.fsum(ordered)
    return Summary(
        count=len(ordered),
        total=total,
        mean=total / len(ordered),
        minimum=ordered[0],
        maximum=ordered[-1],
        std=statistics.stdev(ordered) if len(ordered) > 1 else None,
        p50=quantile(ordered, 0.5),
        **{f"p{percent}": percentile(ordered, percent) for percent in ENOUGH},
    )


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """The percentile of sorted samples, None if there are fewer than ENOUGH for it."""
    return quantile(ordered, percent / 100) if len(ordered) >= ENOUGH[percent] else None


def quantile(ordered: Sequence[float], fraction: float) -> float:
    """The quantile of sorted samples by linear interpolation (type 7 of Hyndman and Fan 1996, numpy's default)."""
    place = fraction * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def keep(samples: Sequence[float], count: int | None) -> Sequence[float] | None:
    """The samples to store: all of them in their order for None, none for 0, else `count` evenly spaced order statistics.

    The order statistics begin with the smallest and end with the largest sample (the median alone for 1).
    """
    if count is None or 0 < len(samples) <= count:
        return samples
    if not count or not samples:
        return None
    ordered = sorted(samples)
    if count == 1:
        return [quantile(ordered, 0.5)]
    return [ordered[round(place * (len(ordered) - 1) / (count - 1))] for place in range(count)]
