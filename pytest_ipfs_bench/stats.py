"""Samples to numbers: pure functions, nothing rounded, None where there are too few samples to say."""

import functools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

# The fewest samples from which a percentile may be read: one sample must lie beyond it.
ENOUGH = {10: 10, 90: 10, 95: 20, 99: 100}
ENOUGH_FOR_RATIO = 10
EXACT_BINOMIAL = 1000  # samples; beyond, the normal distribution stands in for the binomial one
CONFIDENCE = 0.95


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


def ratio_of_medians(
    samples: Sequence[float], baseline: Sequence[float], confidence: float = CONFIDENCE
) -> tuple[float, float] | None:
    """The interval of median(samples) / median(baseline) by the distribution-free method of Price and Bonett.

    With v the variance of the logarithm of a median (`_variance_of_log_median`), the ends are
    exp(ln(m1 / m2) -+ z * sqrt(v1 + v2)): R. M. Price, D. G. Bonett, Distribution-free confidence intervals for difference and
    ratio of medians, J. Stat. Comput. Simul. 72 (2002) 119-124. The samples are taken for independent; what differs from one
    session to the next is not in them. None for fewer than ENOUGH_FOR_RATIO samples of either, or samples not above 0.
    """
    if not (_fit(samples) and _fit(baseline)):
        return None
    one, other = sorted(samples), sorted(baseline)
    middle = quantile(one, 0.5) / quantile(other, 0.5)
    spread = _z(confidence) * math.sqrt(_variance_of_log_median(one) + _variance_of_log_median(other))
    return middle * math.exp(-spread), middle * math.exp(spread)


def ratio_of_means(
    samples: Sequence[float], baseline: Sequence[float], confidence: float = CONFIDENCE
) -> tuple[float, float] | None:
    """The interval of mean(samples) / mean(baseline) by Fieller's theorem, the means independent.

    With r the ratio, v the variances of the means and g = z^2 v2 / m2^2, the ends are
    (r -+ z / m2 * sqrt(v1 (1 - g) + r^2 v2)) / (1 - g): E. C. Fieller, Some problems in interval estimation, J. R. Stat. Soc. B
    16 (1954) 175-185, with the normal quantile. None as for `ratio_of_medians`, and where g is 1 or more (no bounded interval).
    """
    if not (_fit(samples) and _fit(baseline)):
        return None
    z, top, bottom = _z(confidence), statistics.fmean(samples), statistics.fmean(baseline)
    v1, v2 = (statistics.variance(one) / len(one) for one in (samples, baseline))
    g = z * z * v2 / bottom**2
    if g >= 1:
        return None
    ratio = top / bottom
    half = z / bottom * math.sqrt(v1 * (1 - g) + ratio * ratio * v2)
    return (ratio - half) / (1 - g), (ratio + half) / (1 - g)


def interval_of_median(samples: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float] | None:
    """The interval of a median by the same variance of its logarithm: exp(ln(m) -+ z * sqrt(v)).

    None as for `ratio_of_medians`.
    """
    if not _fit(samples):
        return None
    ordered = sorted(samples)
    middle, spread = quantile(ordered, 0.5), _z(confidence) * math.sqrt(_variance_of_log_median(ordered))
    return middle * math.exp(-spread), middle * math.exp(spread)


def relative_interval_of_mean(samples: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float] | None:
    """The interval of a mean, divided by the mean: 1 -+ z * s / (m * sqrt(n)).

    None as for `ratio_of_medians`, and where it meets 0.
    """
    if not _fit(samples):
        return None
    half = _z(confidence) * statistics.stdev(samples) / (statistics.fmean(samples) * math.sqrt(len(samples)))
    return (1 - half, 1 + half) if half < 1 else None


def _fit(samples: Sequence[float]) -> bool:
    return len(samples) >= ENOUGH_FOR_RATIO and min(samples) > 0


def _z(confidence: float) -> float:
    return statistics.NormalDist().inv_cdf((1 + confidence) / 2)


def _variance_of_log_median(ordered: Sequence[float]) -> float:
    """Half the logarithmic distance of two order statistics around the median, in units of their own quantile z, squared."""
    place, z = _around_median(len(ordered))
    return (math.log(ordered[-place] / ordered[place - 1]) / (2 * z)) ** 2


@functools.lru_cache(maxsize=256)
def _around_median(count: int) -> tuple[int, float]:
    """c, the place nearest to (n + 1) / 2 - sqrt(n), and z of the chance 2 P(B(n, 1/2) < c) to miss the median."""
    place = max(1, round((count + 1) / 2 - math.sqrt(count)))
    if count > EXACT_BINOMIAL:
        return place, (count / 2 - place + 0.5) / (math.sqrt(count) / 2)
    tail = sum(math.comb(count, below) for below in range(place)) / 2**count
    return place, statistics.NormalDist().inv_cdf(1 - tail)
