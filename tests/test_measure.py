"""The measuring loop, on a clock of the test's own."""

import gc

import pytest

from pytest_ipfs_bench.measure import WARMUP_BLOCK, Plan, measure

MS = 1_000_000


class World:
    """A clock that only moves while something runs; each run takes the next of these durations, then the last again."""

    def __init__(self, *durations_ms):
        self.now, self.runs, self.durations = 0, 0, durations_ms
        self.gc_was_on = []

    def clock(self):
        return self.now

    def run(self):
        self.gc_was_on.append(gc.isenabled())
        self.now += int(self.durations[min(self.runs, len(self.durations) - 1)] * MS)
        self.runs += 1


def test_a_sample_is_the_time_of_one_run_and_nothing_else():
    world = World(3)
    samples = measure(world.run, Plan(min_rounds=4, max_time=0, warmup=0), world.clock)
    assert samples.latencies_ns == (3 * MS,) * 4
    assert samples.warmup_iterations == 0


def test_rounds_go_on_until_the_time_is_used():
    world = World(10)
    samples = measure(world.run, Plan(min_rounds=2, max_time=0.1, warmup=0), world.clock)
    assert len(samples.latencies_ns) == 10


def test_a_slow_run_gets_its_rounds_although_the_time_is_over():
    world = World(5000)
    samples = measure(world.run, Plan(min_rounds=3, max_time=1, warmup=0), world.clock)
    assert len(samples.latencies_ns) == 3


def test_warm_up_ends_when_two_blocks_agree():
    world = World(*[50] * WARMUP_BLOCK, *[20] * WARMUP_BLOCK, 10)
    samples = measure(world.run, Plan(min_rounds=1, max_time=0, warmup=60), world.clock)
    assert samples.warmup_iterations == 4 * WARMUP_BLOCK
    assert samples.latencies_ns == (10 * MS,)


def test_warm_up_ends_when_its_time_is_over():
    world = World(*range(1000, 0, -1))
    samples = measure(world.run, Plan(min_rounds=1, max_time=0, warmup=2.5), world.clock)
    assert samples.warmup_iterations == 3


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_off_meanwhile_and_as_before_afterwards(enabled):
    world, before = World(1), gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        measure(world.run, Plan(min_rounds=2, max_time=0, warmup=0.01), world.clock)
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()
    assert not any(world.gc_was_on)


def test_the_collector_comes_back_when_a_run_fails():
    def fail():
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        measure(fail, Plan())
    assert gc.isenabled()


def test_what_comes_before_each_run_is_not_timed():
    world, meetings = World(3), []

    def meet():
        world.now += 50 * MS
        meetings.append(world.runs)

    samples = measure(world.run, Plan(min_rounds=4, max_time=0, warmup=0.001), world.clock, meet)
    assert samples.latencies_ns == (3 * MS,) * 4
    assert meetings == list(range(samples.warmup_iterations + 4))
