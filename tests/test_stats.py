"""Statistics: exact, and silent where there are too few samples."""

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
