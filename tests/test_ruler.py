"""The ruler: fixed work, its median and spread."""

import time

import pytest

from pytest_ipfs_bench import ruler


def test_it_takes_less_than_half_a_second_and_says_how_this_machine_is():
    start = time.perf_counter()
    reading = ruler.read()
    assert time.perf_counter() - start < 0.5
    assert 0 < reading.minimum_ms <= reading.median_ms
    assert reading.spread >= 0
    assert set(reading.as_dict()) == {"version", "rounds", "median_ms", "minimum_ms", "spread"}


def test_the_work_is_always_the_same():
    """The result of the work is part of what VERSION promises."""
    assert (ruler.VERSION, ruler.work()) == (1, 74297165488)


def test_a_slow_machine_takes_fewer_rounds(monkeypatch):
    monkeypatch.setattr(ruler, "work", lambda: time.sleep(0.02))
    reading = ruler.read(rounds=100, seconds=0.05)
    assert 2 <= reading.rounds <= 3


def test_spread_is_the_middle_80_percent_over_the_median():
    assert ruler.spread([1.0]) == 0.0
    assert ruler.spread([2.0] * 20) == 0.0
    assert ruler.spread([float(n) for n in range(1, 12)]) == pytest.approx(8 / 6)
