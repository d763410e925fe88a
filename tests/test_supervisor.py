"""Runners that end badly: what a library forked, what can't be killed, a backend that can't be imported."""

import os
import signal
import time

import pytest

from pytest_ipfs_bench import models, supervisor
from pytest_ipfs_bench.backend import Backend, ProcessEnded, note
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.runner import Order, Probe
from pytest_ipfs_bench.supervisor import Supervisor
from pytest_ipfs_bench.testing.stack import STACK

CELL = Cell(STACK.name, STACK.size, STACK.weights, "forks", 0, "beads", "fp32", "inference", 1, STACK.shape)


class Forks(Backend):
    """A library that forks a helper, which keeps every pipe open for a minute. Device 1 then dies."""

    name = "forks"
    runtimes = ("beads",)

    def detect(self):
        raise NotImplementedError

    def probe(self, device_index):
        if not os.fork():
            time.sleep(60)
            os._exit(0)
        if device_index:
            os.kill(os.getpid(), signal.SIGSEGV)

    def load(self, model, cell):
        raise NotImplementedError


@pytest.fixture
def runners():
    made = Supervisor()
    yield made
    made.close()


def quick(action):
    start = time.monotonic()
    found = action()
    assert time.monotonic() - start < 20
    return found


def test_a_session_ends_though_a_library_forked_a_helper(runners):
    assert runners.probe(Probe(models.address(Forks), 0)).status == "works"
    quick(runners.close)


def test_a_crash_is_seen_at_once_though_a_helper_keeps_the_pipe_open(runners):
    found = quick(lambda: runners.probe(Probe(models.address(Forks), 1), timeout=40))
    assert (found.status, found.error_type) == ("unavailable", "broken")
    assert "its probe failed: the runner died of SIGSEGV" in found.error_message


def test_a_runner_that_its_driver_holds_on_to_is_left_behind(runners, monkeypatch):
    monkeypatch.setattr(supervisor, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr(supervisor.os, "killpg", lambda group, number: None)  # as if no signal reached it
    found = quick(lambda: runners.probe(Probe(models.address(Hangs), 0), timeout=1))
    assert "no end within 1 s" in found.error_message


class Hangs(Forks):
    """A driver that never answers; the test's own end is that of this process."""

    name = "hangs"

    def probe(self, device_index):
        while os.getppid() != 1:
            time.sleep(0.2)


class Waits(Forks):
    """A backend that says what it waits for, twice, and never stops waiting."""

    name = "waits"

    def probe(self, device_index):
        note("the first answer")
        note("the last answer")
        time.sleep(60)


def test_what_a_cell_noted_last_is_in_the_reason_of_its_time_limit(runners):
    found = quick(lambda: runners.probe(Probe(models.address(Waits), 0), timeout=3))
    assert "no end within 3 s: the last answer" in found.error_message


class Crew(Forks):
    """A backend one of whose own processes ends."""

    name = "crew"

    def probe(self, device_index):
        return

    def load(self, model, cell):
        raise ProcessEnded("rank 1", -signal.SIGSEGV, "its last words")


def test_a_process_of_a_backends_own_that_dies_is_a_crash_and_the_runner_goes_on(runners):
    order = Order(CELL, STACK, models.address(Crew), None)
    for _ in range(2):
        found = quick(lambda: runners.run(order, 60))
        assert (found.status, found.error_type, found.log) == ("crashed", "SIGSEGV", "its last words")
        assert found.error_message.startswith("rank 1 died of SIGSEGV (segmentation fault) after")
    assert len(runners._runners) == 1
    assert runners._runners.popitem()[1].alive


def test_a_backend_that_cant_be_imported_is_the_cells_own_trouble(runners):
    found = quick(lambda: runners.run(Order(CELL, STACK, "no_such_module:Backend", None), 60))
    assert (found.status, found.error_type) == ("unknown", "BenchError")
    assert "'no_such_module:Backend' can't be loaded" in found.error_message
