"""Whether a device is waited for: devices that are, and devices that are not, of the two kinds there are."""

import threading
import time

import pytest

from pytest_ipfs_bench.backend import Effective, LoadedModel
from pytest_ipfs_bench.waiting import Waiting, examine

np = pytest.importorskip("numpy")
SECONDS = 0.004


class Device:
    """A queue of work that one thread does, each piece in a known time."""

    def __init__(self):
        self.last = threading.Event()
        self.last.set()
        self.pending = []

    def room(self, most):
        """Waits until fewer than so many pieces are in the queue."""
        while sum(not one.is_set() for one in self.pending) >= most:
            time.sleep(SECONDS / 4)

    def launch(self, then=lambda: None):
        before, done = self.last, threading.Event()

        def work():
            before.wait()
            time.sleep(SECONDS)
            then()
            done.set()

        self.last = done
        self.pending = [one for one in self.pending if not one.is_set()] + [done]
        threading.Thread(target=work, daemon=True).start()
        return done


class Waits(LoadedModel):
    """A run returns when the device is done."""

    effective = Effective("fake", "fake", "fp32")

    def __init__(self):
        self.device = Device()

    def run(self):
        self.device.launch().wait()
        return {"y": np.ones(3)}


class Lazy(Waits):
    """A run returns at once; who reads its outputs waits."""

    def run(self):
        done = self.device.launch()

        class Output:
            def __array__(self, dtype=None, copy=None):
                done.wait()
                return np.ones(3)

        return {"y": Output()}


class Early(Waits):
    """A run returns at once, and its outputs are written later."""

    def run(self):
        output = np.zeros(3)
        self.device.launch(lambda: output.fill(1))
        return {"y": output}


class Throttled(Lazy):
    """Like the last, but its queue holds so many runs; a full one holds back the next launch."""

    QUEUE = 40

    def run(self):
        self.device.room(self.QUEUE)
        return super().run()


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr("pytest_ipfs_bench.waiting.SECONDS", 0.04)


def test_a_device_that_is_waited_for_is_measured_as_long_as_its_work_is():
    found = examine(Waits())
    assert found.waited
    assert found.measured_ms >= SECONDS * 1e3
    assert "is measured as" in str(found)


@pytest.mark.slow
def test_a_run_that_returns_before_the_device_is_done_is_caught_by_its_length():
    found = examine(Lazy())
    assert not found.waited
    assert found.known_ms >= SECONDS * 1e3 * 0.9 > found.measured_ms


@pytest.mark.slow
def test_a_queue_that_fills_up_does_not_hide_that_nobody_waits():
    assert not examine(Throttled()).waited


def test_a_run_whose_outputs_are_written_later_is_caught_by_them():
    found = examine(Early())
    assert not found.complete
    assert not found.waited
    assert str(found).endswith("its outputs still changed after it had returned")


def test_a_measurement_that_leaves_out_the_waiting_is_caught():
    class Flattering(Waits):
        def measure(self, plan):
            from pytest_ipfs_bench.measure import measure

            return measure(lambda: None, plan)

    assert not examine(Flattering()).waited


def test_outputs_that_are_no_numbers_have_not_changed():
    class Nan(Waits):
        def run(self):
            return {"y": np.array([float("nan")])}

    assert examine(Nan()).complete


def test_noise_between_rounds_is_no_fault():
    assert Waiting(known_ms=1.0, measured_ms=0.9, complete=True).waited
    assert not Waiting(known_ms=1.0, measured_ms=0.5, complete=True).waited
