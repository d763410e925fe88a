"""A plan and something to run -> samples. Between two readings of the clock there is one call and nothing of ours."""

import contextlib
import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

Clock = Callable[[], int]
WARMUP_BLOCK = 5
STABLE = 0.02


@dataclass(frozen=True)
class Plan:
    """How long to measure: at least `min_rounds` rounds and `max_time` s, after at most `warmup` s of warm-up."""

    min_rounds: int = 10
    max_time: float = 1.0
    warmup: float = 0.5


@dataclass(frozen=True)
class Samples:
    """Latencies in ns, in the order in which they were taken, one run each, and how many runs warmed up before.

    phases: what each run consisted of, by name (`forward`, `backward` ...), ns; each was waited for.
    """

    latencies_ns: tuple[int, ...]
    warmup_iterations: int
    phases: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def measure(
    run: Callable[[], object],
    plan: Plan,
    clock: Clock = time.perf_counter_ns,
    before: Callable[[], object] = lambda: None,
) -> Samples:
    """Warms up, then times `run` round by round with the garbage collector off. before: called untimed before each run."""
    with uncollected():
        warmed = warm_up(run, plan, clock, before)
        return Samples(_rounds(run, plan, clock, before), warmed)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Collects garbage, then keeps the collector off: it would run inside a timed region."""
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def warm_up(run: Callable[[], object], plan: Plan, clock: Clock, before: Callable[[], object] = lambda: None) -> int:
    """Runs until two blocks of runs have medians within 2 %, or until `plan.warmup` s are over; says how many."""
    deadline = clock() + int(plan.warmup * 1e9)
    earlier, count = None, 0
    while plan.warmup > 0:
        block = []
        for _ in range(WARMUP_BLOCK):
            before()
            start = clock()
            run()
            stop = clock()
            block.append(stop - start)
            if stop >= deadline:
                return count + len(block)
        count += len(block)
        median = statistics.median(block)
        if earlier is not None and abs(median - earlier) <= STABLE * earlier:
            break
        earlier = median
    return count


def _rounds(run: Callable[[], object], plan: Plan, clock: Clock, before: Callable[[], object]) -> tuple[int, ...]:
    samples: list[int] = []
    append, least = samples.append, max(plan.min_rounds, 1)
    deadline = clock() + int(plan.max_time * 1e9)
    while True:
        before()
        start = clock()
        run()
        stop = clock()
        append(stop - start)
        if stop >= deadline and len(samples) >= least:
            return tuple(samples)
