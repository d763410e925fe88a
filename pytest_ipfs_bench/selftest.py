"""The self-test of timing, `ipfs-bench hardware --self-test`: can this machine's numbers be trusted, and how far, now?"""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from pytest_ipfs_bench import measure, models, ruler
from pytest_ipfs_bench.backend import Backend, Detection
from pytest_ipfs_bench.cell import Cell, Target
from pytest_ipfs_bench.measure import Clock, Plan
from pytest_ipfs_bench.orders import Order
from pytest_ipfs_bench.supervisor import Supervisor

SECONDS = 60.0
READINGS, ROUNDS, TRIES, WAITS = 20_000, 10_000, 5, 10
WAIT_MS, SHORT, LATE = 20.0, 0.01, 0.25  # a system may wake late, never early
NOISE_ROUNDS, NOISE_SECONDS = 100, 1.0
ROWS, GROWTH, MOST_ROWS, LONG_MS = 512, 8, 262_144, 2.0


@dataclass(frozen=True)
class Check:
    """One line of the self-test. passed is None for a mere figure, and for what can't be tested here."""

    what: str
    said: str
    passed: bool | None = None
    value: float | None = None
    unit: str | None = None
    hardware: str | None = None
    runtime: str | None = None


def host() -> Iterator[Check]:
    """The timer, the harness and the noise of this machine. Takes about two seconds."""
    inside, between = cost()
    yield timer(time.perf_counter_ns)
    yield Check("harness, inside", f"an empty round is measured as {inside:.0f} ns", value=inside, unit="ns")
    if between > 0:
        untimed = f"{between:.0f} ns lie untimed between two rounds"
        yield Check("harness, outside", untimed, value=between, unit="ns")
    else:
        yield Check("harness, outside", "what lies untimed between two rounds is lost in this machine's noise now")
    yield known_length()
    reading = ruler.read(NOISE_ROUNDS, NOISE_SECONDS)
    varies = (
        f"fixed work of {reading.median_ms:.3g} ms varies by {reading.spread:.1%} now (the middle 80 % of its rounds)"
    )
    yield Check("noise", varies, value=reading.spread * 100, unit="%")


def timer(clock: Clock) -> Check:
    """The smallest step between two readings of the clock that differ."""
    steps = [after - before for before, after in itertools.pairwise(clock() for _ in range(READINGS)) if after > before]
    if not steps:
        return Check("timer", f"{READINGS} readings of the clock are all the same", passed=False)
    step = min(steps)
    return Check("timer", f"the clock's smallest step seen is {step} ns", passed=True, value=step, unit="ns")


def cost() -> tuple[float, float]:
    """What a round around nothing costs, ns: what the clock sees of it, and what lies between two rounds.

    The second is a difference of two measurements: on a busy machine it may come out as nothing, or less.
    """
    seen = [_empty_rounds() for _ in range(TRIES)]
    return min(inside for inside, _ in seen), statistics.median(between for _, between in seen)


def _empty_rounds() -> tuple[float, float]:
    samples, wall = [], []
    for rounds in (ROUNDS, 2 * ROUNDS):  # what begins and ends a measurement is in both, and in no difference
        start = time.perf_counter_ns()
        samples.append(measure.measure(_nothing, Plan(min_rounds=rounds, max_time=0.0, warmup=0.0)).latencies_ns)
        wall.append(time.perf_counter_ns() - start)
    untimed = (wall[1] - sum(samples[1])) - (wall[0] - sum(samples[0]))
    return statistics.median(samples[1]), untimed / ROUNDS


def known_length(clock: Clock = time.perf_counter_ns, wait: Callable[[float], object] = time.sleep) -> Check:
    """A wait of known length, measured by the loop that measures models; the shortest of some: a busy system wakes late."""
    plan = Plan(min_rounds=WAITS, max_time=0.0, warmup=0.0)
    found = min(measure.measure(lambda: wait(WAIT_MS / 1e3), plan, clock).latencies_ns) / 1e6
    right = WAIT_MS * (1 - SHORT) <= found <= WAIT_MS * (1 + LATE)
    said = f"a wait of {WAIT_MS:g} ms is measured as {found:.2f} ms"
    return Check("known length", said, passed=right, value=found, unit="ms")


def devices(found: Mapping[Backend, Detection]) -> Iterator[Check]:
    """Of every device and runtime here: is the device waited for?"""
    supervisor = Supervisor()
    try:
        for backend, detection in found.items():
            for device in detection.devices:
                for runtime in backend.runtimes:
                    yield waited(supervisor, backend, device.index, runtime)
    finally:
        supervisor.close()


def waited(supervisor: Supervisor, backend: Backend, index: int, runtime: str) -> Check:
    """Runs a stack of layers of growing length there, until a run is long enough to tell it from its launch."""
    from pytest_ipfs_bench.testing.stack import STACK

    rows, target = ROWS, Target(backend.name, index)
    while True:
        spec = replace(STACK, shape={"rows": rows}, reference=None)
        cell = Cell(
            spec.name, spec.size, spec.weights, backend.name, index, runtime, "fp32", "inference", 1, spec.shape
        )
        reply = supervisor.run(Order(cell, spec, models.address(type(backend)), None, examine=True), SECONDS)
        found = reply.waiting
        if found is None:
            failed = False if reply.status != "unavailable" and not reply.foreseen else None
            said = f"{reply.status}: {reply.error_message}"
            return Check("waited for", said, passed=failed, hardware=str(target), runtime=runtime)
        if found.known_ms < LONG_MS and rows >= MOST_ROWS:
            said = f"not told: the longest run takes {found.known_ms:.3g} ms here, less than {LONG_MS:g} ms"
            return Check("waited for", said, hardware=str(target), runtime=runtime)
        if found.known_ms >= LONG_MS:
            return Check("waited for", str(found), found.waited, found.measured_ms, "ms", str(target), runtime)
        rows *= GROWTH


def _nothing() -> None:
    """What a round costs without anything in it."""
