"""The checks that need a device; without one they are skipped with the backend's reason."""

import math
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ipfs_bench import memory, reference
from pytest_ipfs_bench.backend import UNVERIFIED, Effective, LoadedModel, Unsupported
from pytest_ipfs_bench.cell import PRECISIONS
from pytest_ipfs_bench.measure import Plan
from pytest_ipfs_bench.models import MAX_ERROR
from pytest_ipfs_bench.testing.stack import IMPOSSIBLE
from pytest_ipfs_bench.testing.subject import SETTLING_SECONDS, Fixtures, Subject, ran, settled, skip_without_device

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

ERROR_TYPE = re.compile(r"[a-z][a-z0-9_]*")
BATCH = 2
# A precision leaves its trace: an output nearer to fp32 than this was not computed in it.
LEAST_ERROR = {"fp32": 0.0, "fp16": 1e-5, "bf16": 1e-4, "int8": 1e-4}
LARGE_ROWS, MOST_ROWS = 4096, 262_144
LONG_NS = 5_000_000  # a run of this length is told apart from its launch
MEASURED_NS, LEAST_ROUNDS, MOST_ROUNDS, TRIES = 200_000_000, 12, 16, 3  # fewer than any queue of launches takes
WAITED, COUNTED = 8.0, 0.25
CYCLES, WARM_CYCLES, CYCLE_SECONDS, GROWTH_MB = 200, 40, 20.0, 8.0
SEVEN = Plan(min_rounds=7, max_time=0.0, warmup=0.0)


class DeviceChecks(Fixtures):
    """What holds where the hardware is."""

    def test_a_cell_lives_through_the_runner(self, subject: Subject) -> None:
        """Loaded, run, measured and closed in the process in which cells run: no crash, no hang, no unforeseen error."""
        skip_without_device(subject)
        reply = subject.ask()
        if reply.status == "unavailable":
            pytest.skip(f"{reply.error_message}. {reply.suggested_fix or ''}".strip())
        assert ran(reply), "\n".join(
            filter(None, (f"{reply.status}: {reply.error_message}", reply.suggested_fix, reply.log))
        )

    def test_outputs_are_right(self, running: Subject) -> None:
        """Numpy arrays by name, within the precision's limit of the reference; a batch is as good as one sample."""
        for batch in (1, BATCH):
            with running.loaded(batch=batch) as loaded:
                found = settled(loaded)
                wrong = [name for name, value in found.items() if type(value).__module__ != "numpy"]
                assert not wrong, f"outputs {wrong} are no numpy arrays"
                off, limit = _error(running, found), running.spec.limit(loaded.effective.precision)
                assert off <= limit, (
                    f"batch {batch}: off by {off:.2g} of the largest value; "
                    f"{limit:g} is allowed for {loaded.effective.precision}"
                )
                assert all(len(value) == batch for value in found.values()), f"batch {batch} gives another number"

    def test_it_says_where_it_ran(self, running: Subject) -> None:
        """On its own device, or `unverified`: never elsewhere in silence."""
        with running.loaded() as loaded:
            loaded.run()
            effective = loaded.effective
        assert isinstance(effective, Effective), f"effective = {effective!r}"
        legal = (running.backend.name, UNVERIFIED)
        assert effective.device in legal, f"asked for {legal[0]}, it ran on {effective.device} ({effective.provider})"
        assert isinstance(effective.provider, str), f"provider = {effective.provider!r}"
        assert effective.provider.strip(), "no provider is named"
        threads = effective.threads
        assert threads is None or (type(threads) is int and threads > 0), f"threads = {threads!r}"

    @pytest.mark.parametrize("asked", PRECISIONS)
    def test_its_precision_is_true(self, running: Subject, asked: str) -> None:
        """The precision that it names left its trace in the outputs; one that it can't do is refused."""
        try:
            with running.loaded(precision=asked) as loaded:
                named, off = loaded.effective.precision, _error(running, settled(loaded))
        except Unsupported as error:
            pytest.skip(f"{asked} is refused: {error.reason}")
        if named == UNVERIFIED or (named == "fp32" and asked == "fp32"):
            return  # whether fp32 is fp32 is the check of the outputs
        assert named in MAX_ERROR, f"precision = {named!r}: one of {', '.join(MAX_ERROR)}, or {UNVERIFIED}"
        assert LEAST_ERROR[named] <= off <= running.spec.limit(named), (
            f"asked for {asked}, it says {named}; but it is {off:.2g} off the fp32 output, "
            f"where {named} is {LEAST_ERROR[named]:g} to {running.spec.limit(named):g}"
        )

    def test_run_returns_when_the_device_is_done(self, running: Subject) -> None:
        """Its outputs are complete when it returns, and there is nothing to wait for when they are read."""
        import numpy as np

        with running.loaded(rows=_long(running)) as loaded:
            found = loaded.run()
            at_once = _read(found)
            time.sleep(SETTLING_SECONDS)
            changed = [name for name, value in _read(found).items() if not np.array_equal(at_once[name], value)]
            assert not changed, f"outputs {changed} were still being written when run() returned: synchronise in it"
            took, read = (min(times) for times in zip(*(_run_and_read(running, loaded) for _ in range(5)), strict=True))
        assert read <= took, (
            f"run() took {took / 1e6:.3g} ms, reading its small outputs {read / 1e6:.3g} ms: "
            "the device was still at work; synchronise in run()"
        )

    def test_a_measurement_waits_for_the_device(self, running: Subject) -> None:
        """Samples are the device's time: no work is left over for later, and none is missing from their sum."""
        with running.loaded(rows=_long(running)) as loaded:
            usual = min(sum(_run_and_read(running, loaded)) for _ in range(5))
            rounds = min(max(MEASURED_NS // max(usual, 1), LEAST_ROUNDS), MOST_ROUNDS)
            tries = [_try(running, loaded, rounds) for _ in range(TRIES)]
        after, counted = min(one[0] for one in tries), max(one[1] for one in tries)
        assert after <= WAITED * usual, (
            f"after {rounds} measured rounds the next run took {after / 1e6:.3g} ms, alone it takes "
            f"{usual / 1e6:.3g} ms: the rounds had been launched, not waited for"
        )
        assert counted >= COUNTED, f"the samples add up to {counted:.0%} of the time that measuring them took"

    def test_a_measurement_gives_the_samples_asked_for(self, running: Subject) -> None:
        """At least the rounds of the plan, each of a positive number of ns."""
        with running.loaded() as loaded:
            samples = loaded.measure(SEVEN)
        count, wrong = len(samples.latencies_ns), [one for one in samples.latencies_ns if not one > 0]
        assert count >= SEVEN.min_rounds, f"{count} samples, {SEVEN.min_rounds} were asked for"
        assert not wrong, f"samples that are not positive: {wrong[:5]}"
        assert samples.warmup_iterations >= 0, f"warmup_iterations = {samples.warmup_iterations!r}"

    def test_memory_is_none_or_consistent(self, running: Subject) -> None:
        """A peak: it never falls while a model is loaded, is reset by the next load, and fits the device."""
        small, large, again = (_peak(running, rows) for rows in (None, LARGE_ROWS, None))
        if small is None or large is None or again is None:
            pytest.skip("it has no memory counter")
        device = running.detection().device(running.index)
        most = device.memory_gb * 1e3 if device and device.memory_gb else math.inf
        assert large <= most, f"peak {large:g} MB on a device of {most:g} MB: MB are 10^6 bytes"
        if large > small * 1.5:
            assert again < (small + large) / 2, (
                f"peak {small:g} MB, after a larger model's {large:g} MB it is {again:g} MB: load has to reset it"
            )

    def test_energy_is_none_or_positive(self, running: Subject) -> None:
        """What is not metered is None, never 0; power has the columns of power_metrics."""
        with running.loaded() as loaded:
            energy, power = loaded.energy(), loaded.power()
        if energy is None and power is None:
            pytest.skip("it has no energy counter")
        assert energy is None or (math.isfinite(energy) and energy > 0), f"energy() = {energy!r} J"
        for name, value in (power or {}).items():
            assert value is None or isinstance(value, int | float | str), f"power() has {name} = {value!r}"
            assert not isinstance(value, int | float) or value >= 0, f"power() has {name} = {value!r}"
        assert power is None or power.get("source"), "power() does not say what it was read from: source"

    def test_errors_are_typed(self, running: Subject) -> None:
        """What can't be is Unsupported, with a class of cause and a reason."""
        _check_unsupported(running.loaded(precision="fp7"), "the precision fp7")
        if "onnx" in running.spec.factory:
            _check_unsupported(running.loaded(spec=IMPOSSIBLE), "a model with the operator Frobnicate")

    def test_two_hundred_models_leave_nothing_behind(self, running: Subject) -> None:
        """Loaded, run and closed 200 times (as many as 20 s allow), memory does not grow."""
        end, levels, peaks = time.monotonic() + CYCLE_SECONDS, [], []
        for cycle in range(CYCLES):
            with running.loaded() as loaded:
                loaded.run()
                peaks.append(loaded.memory() or 0.0)
            if cycle in (WARM_CYCLES, CYCLES - 1) or time.monotonic() > end:
                memory.give_back()
                levels.append(memory.resident())
            if time.monotonic() > end:
                break
        if len(levels) < 2:  # noqa: PLR2004  a level before, and one after
            pytest.skip(f"only {len(peaks)} models could be loaded in {CYCLE_SECONDS:g} s")
        cycles = len(peaks) - WARM_CYCLES
        grown = max(levels[-1] - levels[0], peaks[-1] - peaks[WARM_CYCLES])
        assert grown <= GROWTH_MB, f"{grown:.1f} MB more after {cycles} loads and closes"

    def test_close_may_be_called_twice(self, running: Subject) -> None:
        """The second call does nothing."""
        with running.loaded() as loaded:
            loaded.close()  # and once more at the end of the block


def _error(subject: Subject, found: Mapping[str, Any]) -> float:
    right = reference.outputs(subject.model(), 1, subject.spec.shape)
    return reference.difference(right, found).relative


def _read(found: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs, as they are now."""
    import numpy as np

    return {name: np.array(found[name]) for name in found}


def _run_and_read(subject: Subject, loaded: LoadedModel) -> tuple[int, int]:
    """How long a run takes, and reading its outputs, ns."""
    start = subject.clock()
    found = loaded.run()
    ran = subject.clock()
    _read(found)
    return ran - start, subject.clock() - ran


def _long(subject: Subject) -> int | None:
    """So many rows that a run takes 5 ms; None for a model without rows."""
    rows = subject.spec.shape.get("rows")
    while rows is not None and rows < MOST_ROWS:
        with subject.loaded(rows=rows) as loaded:
            loaded.run()
            if sum(_run_and_read(subject, loaded)) >= LONG_NS:
                break
        rows *= 8
    return rows


def _try(subject: Subject, loaded: LoadedModel, rounds: int) -> tuple[int, float]:
    """How long the run after a measurement takes, ns, and which share of its time the samples are."""
    start = subject.clock()
    samples = loaded.measure(Plan(min_rounds=rounds, max_time=0.0, warmup=0.0))
    stop = subject.clock()
    return sum(_run_and_read(subject, loaded)), sum(samples.latencies_ns) / (stop - start)


def _peak(subject: Subject, rows: int | None) -> float | None:
    """The peak that a model leaves after a run; it is still there after another."""
    if rows is not None and "rows" not in subject.spec.shape:
        rows = None
    with subject.loaded(rows=rows) as loaded:
        loaded.run()
        peak = loaded.memory()
        loaded.run()
        later = loaded.memory()
    if peak is None or later is None:
        return None
    assert math.isfinite(peak), f"memory() = {peak!r} MB"
    assert peak > 0, f"memory() = {peak!r} MB: what is not known is None"
    assert later >= peak, f"the peak fell from {peak:g} to {later:g} MB while the model was loaded"
    return peak


def _check_unsupported(loading: "AbstractContextManager[LoadedModel]", asked: str) -> None:
    try:
        with loading:
            pass
    except Unsupported as error:
        kind, reason = str(error.error_type), error.reason
    except Exception as error:  # noqa: BLE001  whatever the runtime raises
        pytest.fail(f"{asked}: load raised {type(error).__name__} ({error}); it has to raise Unsupported")
    else:
        pytest.fail(f"{asked} was loaded; it has to be refused by Unsupported")
    assert ERROR_TYPE.fullmatch(kind), f"{asked}: error_type = {kind!r} is no word"
    assert reason, f"{asked} is refused without a reason"
