"""Runners that end badly: what a library forked, what can't be killed, a backend that can't be imported."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import replace

import pytest

from pytest_ipfs_bench import models, supervisor
from pytest_ipfs_bench.backend import Backend, Device, ProcessEnded, Unsupported, note, scratch
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.orders import Order, Probe
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


@pytest.mark.slow
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


class Slow(Forks):
    """A framework that takes a second to be imported, and a cell that hangs."""

    name = "slow"

    def probe(self, device_index):
        time.sleep(1)

    def load(self, model, cell):
        time.sleep(cell.batch - 1)
        raise Unsupported("runtime", "this build is for another device", "install the one for this device")


def order(batch, backend=Slow):
    return Order(replace(CELL, batch=batch), STACK, models.address(backend), None)


@pytest.mark.slow
def test_who_gives_little_time_learns_nothing_of_the_device(runners):
    assert runners.run(order(1), 0.2).status == "timeout"
    assert runners.run(order(1), 60).error_message == "this build is for another device"


@pytest.mark.slow
def test_a_build_for_another_device_is_unavailable_and_says_nothing_of_the_model(runners):
    found = runners.run(order(1), 60)
    assert (found.status, found.present, found.foreseen) == ("unavailable", True, True)
    assert found.suggested_fix == "install the one for this device"


@pytest.mark.slow
def test_the_cell_after_one_that_hung_gets_a_new_runner_though_the_old_one_wont_die(runners, monkeypatch):
    monkeypatch.setattr(supervisor, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr(supervisor.os, "killpg", lambda group, number: None)
    assert runners.run(order(31), 5).status == "timeout"
    assert quick(lambda: runners.run(order(1), 60)).error_message == "this build is for another device"


class Closes(Forks):
    """A driver that keeps the process at its end, when its pipes are closed already."""

    name = "closes"

    def probe(self, device_index):
        for number in range(3, 64):
            with suppress(OSError):
                os.close(number)
        time.sleep(60)


def test_a_runner_that_closed_its_pipe_and_stays_is_given_up(runners, monkeypatch):
    monkeypatch.setattr(supervisor, "GRACE_SECONDS", 0.5)
    found = quick(lambda: runners.probe(Probe(models.address(Closes), 0), timeout=40))
    assert "the runner closed its pipe and does not end" in found.error_message


class Waits(Forks):
    """A backend that says what it waits for, twice, and never stops waiting."""

    name = "waits"

    def probe(self, device_index):
        note("the first answer")
        note("the last answer")
        time.sleep(60)


@pytest.mark.slow
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


class Dies(Forks):
    """A runtime that ends its process by the signal it is called by."""

    name = "dies"

    def probe(self, device_index):
        return

    def load(self, model, cell):
        os.kill(os.getpid(), signal.Signals[cell.runtime])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGFPE", "SIGSEGV", "SIGKILL"])
def test_the_signal_that_ended_a_runner_is_named_and_the_next_cell_gets_a_new_one(runners, name):
    order = Order(replace(CELL, runtime=name), STACK, models.address(Dies), None)
    for _ in range(2):
        found = quick(lambda: runners.run(order, 60))
        assert (found.status, found.error_type) == ("crashed", name)
        assert f"the runner died of {name}" in found.error_message


class Shared(Forks):
    """Two backends that share a process tell its id, and leave a file in its folder."""

    name = "shared"
    process = "together"

    def probe(self, device_index):
        (scratch() / "file").touch()
        return Device(device_index, f"in process {os.getpid()}")


class AlsoShared(Shared):
    name = "alsoshared"


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def in_process(backend, process):
    return Probe(models.address(backend), 0, process=process)


def test_backends_of_one_process_share_a_runner_and_its_folder_which_goes_with_it(runners, temporary):
    found = {runners.probe(in_process(one, "together")).device.name for one in (Shared, AlsoShared)}
    assert len(found) == 1
    alone = runners.probe(in_process(Shared, None)).device.name
    assert alone not in found
    assert len(list(temporary.iterdir())) == 2
    runners.close()
    assert list(temporary.iterdir()) == []


def test_the_folder_of_a_runner_that_is_killed_goes_too(runners, temporary):
    name = runners.probe(in_process(Shared, "together")).device.name
    os.kill(int(name.rpartition(" ")[2]), signal.SIGKILL)
    found = quick(lambda: runners.probe(in_process(Shared, "together")))
    assert found.error_type == "broken"
    assert list(temporary.iterdir()) == []
    assert runners.probe(in_process(Shared, "together")).device.name != name
