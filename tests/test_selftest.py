"""The self-test of timing: the clock, the harness, the noise, and every device here."""

import itertools
import json
import time

import pytest
from click.testing import CliRunner

from pytest_ipfs_bench import selftest
from pytest_ipfs_bench.backend import Backend, Detection, Device, Effective, LoadedModel, State, Unsupported
from pytest_ipfs_bench.cli import main


def test_the_smallest_step_of_a_clock_is_its_resolution():
    ticks = itertools.count()
    check = selftest.timer(lambda: next(ticks) // 3 * 64)
    assert (check.passed, check.value, check.unit) == (True, 64, "ns")


def test_a_clock_that_stands_still_fails():
    check = selftest.timer(lambda: 7)
    assert check.passed is False
    assert check.said == "20000 readings of the clock are all the same"


@pytest.mark.slow
def test_a_round_costs_less_than_some_microseconds():
    inside, between = selftest.cost()
    assert 0 < inside < 20_000
    assert between < 20_000


def test_a_cost_that_noise_hides_is_said_to_be_hidden(monkeypatch):
    monkeypatch.setattr(selftest, "cost", lambda: (90.0, -3.0))
    outside = next(check for check in selftest.host() if check.what == "harness, outside")
    assert (outside.value, outside.said.endswith("lost in this machine's noise now")) == (None, True)


def test_a_wait_of_known_length_is_measured_as_long_as_it_is():
    check = selftest.known_length()
    assert check.passed
    assert check.value == pytest.approx(20, rel=0.25)


@pytest.mark.parametrize(
    ("clock", "wait"),
    [
        (time.perf_counter_ns, lambda seconds: None),  # not waited for
        (lambda: time.perf_counter_ns() // 2, time.sleep),  # a clock that is slow by half
    ],
)
def test_a_loop_that_does_not_wait_or_a_clock_that_is_wrong_fails(clock, wait):
    check = selftest.known_length(clock, wait)
    assert check.passed is False
    assert check.said.startswith("a wait of 20 ms is measured as ")


class Fake(Backend):
    """A device of which `way` says what is wrong with it. Its runs take 3 ms."""

    name = "fake"
    runtimes = ("waits", "lazy", "refuses", "breaks")

    def detect(self):
        return Detection(State.PRESENT, (Device(0, "fake device"),))

    def load(self, model, cell):
        if cell.runtime == "refuses":
            raise Unsupported("precision", "it can't do fp32", "leave it")
        if cell.runtime == "breaks":
            raise RuntimeError("nobody foresaw this")
        return Loaded(cell.runtime, model, cell)


class Loaded(LoadedModel):
    effective = Effective("fake", "fake", "fp32")

    def __init__(self, way, model, cell):
        from pytest_ipfs_bench import reference

        self.way, self.due = way, 0.0
        self.right = dict(reference.outputs(model, 1, cell.shape))

    def run(self):
        self.due = max(self.due, time.perf_counter()) + 0.003
        if self.way == "waits":
            self.finish()
        return {name: Late(self, value) for name, value in self.right.items()}

    def finish(self):
        time.sleep(max(self.due - time.perf_counter(), 0))


class Late:
    def __init__(self, loaded, value):
        self.loaded, self.value = loaded, value

    def __array__(self, dtype=None, copy=None):
        self.loaded.finish()
        return self.value if dtype is None else self.value.astype(dtype)


@pytest.fixture(scope="module")
def checks():
    """What the self-test says of the fake's runtimes, by runtime."""
    pytest.importorskip("onnxruntime")
    fake = Fake()
    return {check.runtime: check for check in selftest.devices({fake: fake.detect()})}


@pytest.mark.slow
def test_a_device_that_is_waited_for_passes(checks):
    check = checks["waits"]
    assert (check.passed, check.hardware, check.unit) == (True, "fake", "ms")
    assert check.value == pytest.approx(3, rel=0.3)


def test_an_unsynchronised_device_is_caught(checks):
    check = checks["lazy"]
    assert check.passed is False
    assert check.value < 1


def test_a_runtime_that_refuses_can_not_be_tested_and_one_that_breaks_fails(checks):
    assert (checks["refuses"].passed, checks["refuses"].said) == (None, "incompatible: it can't do fp32")
    assert (checks["breaks"].passed, checks["breaks"].said) == (False, "incompatible: nobody foresaw this")


@pytest.fixture
def only(monkeypatch):
    """only(backend): the console script knows this backend alone."""
    from pytest_ipfs_bench.registry import Registry

    def know(*backends):
        monkeypatch.setattr(Registry, "backends", lambda self: {one.name: one for one in backends})

    return know


def test_the_command_prints_a_line_per_check_and_fails_if_one_fails(only, monkeypatch):
    only(Fake())
    fine = selftest.Check("timer", "fine", passed=True, value=40, unit="ns")
    bad = selftest.Check("waited for", "too short", passed=False, hardware="fake", runtime="lazy")
    monkeypatch.setattr(selftest, "host", lambda: [fine])
    monkeypatch.setattr(selftest, "devices", lambda found: iter([bad]))
    told = CliRunner().invoke(main, ["hardware", "--self-test"])
    assert told.exit_code == 1
    assert told.output == "ok      timer: fine\nFAILED  waited for: fake (lazy): too short\n"
    monkeypatch.setattr(selftest, "devices", lambda found: iter([]))
    told = CliRunner().invoke(main, ["hardware", "--self-test", "--format", "json"])
    assert told.exit_code == 0
    assert json.loads(told.output)[0] == {
        "what": "timer", "hardware": None, "runtime": None, "passed": True, "value": 40, "unit": "ns", "said": "fine",
    }  # fmt: skip


@pytest.mark.slow
def test_the_whole_of_it_on_this_machine():
    pytest.importorskip("onnxruntime")
    told = CliRunner().invoke(main, ["hardware", "--self-test", "--format", "json"])
    rows = json.loads(told.output)
    assert [row["what"] for row in rows[:5]] == [
        "timer", "harness, inside", "harness, outside", "known length", "noise",
    ]  # fmt: skip
    (cpu,) = [row for row in rows if (row["hardware"], row["runtime"]) == ("cpu", "onnxruntime")]
    assert cpu["passed"] is True
