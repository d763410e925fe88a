"""Raw samples of a file -> the columns that they fill. Pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any

from pytest_ipfs_bench import stats
from pytest_ipfs_bench.importers.values import number, scaled

MILLISECONDS: Mapping[str, float] = {
    "ns": 1e-6, "us": 1e-3, "µs": 1e-3, "ms": 1.0, "s": 1e3, "sec": 1e3, "seconds": 1e3, "min": 6e4,
}  # fmt: skip
LARGEST = 1e100  # no time and no size is larger, and sums and squares of what is smaller are numbers


def milliseconds(unit: Any) -> float | None:
    """What a number in this unit is times, to be milliseconds; None if it is no unit of time.

    >>> milliseconds("us"), milliseconds("items/s"), milliseconds(["s"])
    (0.001, None, None)
    """
    return MILLISECONDS.get(unit.strip()) if isinstance(unit, str) else None


def series(values: Any, scale: float = 1.0) -> list[float] | None:
    """The samples of a list, times `scale`; None if it is empty, or if any is no number, below zero or beyond measure.

    >>> series([1, "2.5"], 2), series([1, None]), series([-1.0]), series([1e300]), series([])
    ([2.0, 5.0], None, None, None, None)
    """
    found = [number(value) for value in values] if isinstance(values, list) else []
    samples = [scaled(value, scale) for value in found if value is not None and 0 <= value < LARGEST]
    return samples if samples and len(samples) == len(values) else None


def latencies(samples: Sequence[float] | None) -> dict[str, Any]:
    """The latency columns of samples in ms. One sample has no distribution, and none has nothing.

    >>> latencies([3.0]), latencies(None)
    ({'rounds': 1, 'average_latency_ms': 3.0}, {})
    """
    if not samples:
        return {}
    if len(samples) == 1:
        return {"rounds": 1, "average_latency_ms": samples[0]}
    summary = stats.summarise(samples)
    columns = {
        "rounds": summary.count,
        "average_latency_ms": summary.mean,
        "latency_min_ms": summary.minimum,
        "latency_p10_ms": summary.p10,
        "latency_p50_ms": summary.p50,
        "latency_p90_ms": summary.p90,
        "latency_p95_ms": summary.p95,
        "latency_p99_ms": summary.p99,
        "latency_max_ms": summary.maximum,
        "latency_std_ms": summary.std,
        "samples_ms": list(samples),
    }
    return {name: value for name, value in columns.items() if value is not None}
