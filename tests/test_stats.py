"""Statistics: exact, and silent where there are too few samples."""

import math
import random
import statistics

import pytest

from pytest_ipfs_bench import stats


def test_the_numbers_of_a_series():
    numbers = stats.summarise([4.0, 1.0, 3.0, 2.0])
    assert (numbers.count, numbers.total, numbers.mean, numbers.p50) == (4, 10.0, 2.5, 2.5)
    assert (numbers.minimum, numbers.maximum) == (1.0, 4.0)
    assert numbers.std == pytest.approx(1.2909944487)


def test_one_sample_has_no_deviation():
    assert stats.summarise([5.0]).std is None


def test_no_sample_is_an_error():
    with pytest.raises(ValueError, match="no samples"):
        stats.summarise([])


@pytest.mark.parametrize(("percent", "enough"), stats.ENOUGH.items())
def test_a_percentile_needs_enough_samples(percent, enough):
    ordered = [float(n) for n in range(enough)]
    assert stats.percentile(ordered[:-1], percent) is None
    assert stats.percentile(ordered, percent) == pytest.approx(percent / 100 * (enough - 1))


def test_quantiles_interpolate_linearly_like_the_standard_librarys_inclusive_method():
    series = sorted(random.Random(7).random() for _ in range(101))
    cuts = statistics.quantiles(series, n=100, method="inclusive")
    assert [stats.quantile(series, n / 100) for n in range(1, 100)] == pytest.approx(cuts)


def test_all_samples_are_kept_in_their_order_by_default():
    assert stats.keep([3.0, 1.0, 2.0], None) == [3.0, 1.0, 2.0]


def test_none_are_kept_for_none():
    assert stats.keep([3.0, 1.0], 0) is None


def test_n_evenly_spaced_order_statistics_with_both_ends():
    kept = stats.keep([float(n) for n in reversed(range(101))], 5)
    assert kept == [0.0, 25.0, 50.0, 75.0, 100.0]
    assert stats.keep([3.0, 1.0, 2.0], 1) == [2.0]
    assert stats.keep([3.0, 1.0], 9) == [3.0, 1.0]


def samples(rng, count, scale):
    return [scale * math.exp(rng.gauss(0, 0.2)) for _ in range(count)]


@pytest.mark.parametrize(("interval", "centre"), [(stats.ratio_of_medians, 2.0), (stats.ratio_of_means, 2.0)])
def test_an_interval_of_a_ratio_holds_the_truth_about_as_often_as_it_says(interval, centre):
    rng = random.Random(5)
    found = [interval(samples(rng, 30, 2.0), samples(rng, 30, 1.0)) for _ in range(400)]
    held = sum(low <= centre <= high for low, high in found) / len(found)
    assert 0.92 <= held <= 0.995


def test_the_interval_of_medians_is_that_of_price_and_bonett():
    """n = 10: c = round(5.5 - 3.16) = 2, alpha = 2 * 11 / 1024, z = 2.0235; the ends by hand."""
    one = [float(number) for number in range(1, 11)]
    spread = math.log(9 / 2) / (2 * statistics.NormalDist().inv_cdf(1 - 11 / 1024))
    z = statistics.NormalDist().inv_cdf(0.975)
    low, high = stats.ratio_of_medians(one, one)
    assert low == pytest.approx(math.exp(-z * math.sqrt(2) * spread))
    assert high == pytest.approx(1 / low)


@pytest.mark.parametrize("interval", [stats.ratio_of_medians, stats.ratio_of_means])
def test_there_is_no_interval_without_enough_samples_above_zero(interval):
    enough = [1.0, 2.0] * 5
    assert interval(enough[1:], enough) is None
    assert interval(enough, [0.0, *enough]) is None
    assert interval([3.0] * 10, [1.5] * 10) == (2.0, 2.0)


def test_a_mean_that_may_be_zero_has_no_interval_of_a_ratio():
    assert stats.ratio_of_means([1.0] * 10, [0.001] * 9 + [100.0]) is None


def test_many_samples_use_the_normal_distribution_without_a_jump():
    below, above = ([1 + number / count for number in range(count)] for count in (1000, 1001))
    assert stats.ratio_of_medians(below, below) == pytest.approx(stats.ratio_of_medians(above, above), rel=1e-3)


def test_intervals_of_one_median_and_one_mean_are_those_of_their_ratio_to_a_constant():
    one = [1.0, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 9.0]
    constant = [2.0] * 10  # its own variance is 0
    low, high = stats.interval_of_median(one)
    assert (low / 2, high / 2) == pytest.approx(stats.ratio_of_medians(one, constant))
    below, above = stats.relative_interval_of_mean(one)
    centre = sum(one) / len(one)
    assert (below * centre / 2, above * centre / 2) == pytest.approx(stats.ratio_of_means(one, constant))


def test_there_is_no_interval_of_one_without_enough_samples_above_zero_or_where_a_mean_may_be_zero():
    for interval in (stats.interval_of_median, stats.relative_interval_of_mean):
        assert interval([1.0] * 9) is None
        assert interval([0.0, *[1.0] * 10]) is None
    assert stats.relative_interval_of_mean([0.001] * 9 + [1000.0]) is None
