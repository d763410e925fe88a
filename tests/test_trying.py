"""`ipfs-bench hardware --probe`: every device tried in a process that may be given up on."""

import json
import os
import signal
import time

import pytest
from click.testing import CliRunner

from pytest_ipfs_bench.backend import Backend, Detection, Device, State, Unsupported
from pytest_ipfs_bench.cli import main, trying


class Fleet(Backend):
    """One device of each kind: it works, it is broken, it crashes, it hangs, its library is missing, it surprises."""

    name = "fleet"
    runtimes = ("oars",)

    def detect(self):
        return Detection(
            State.PRESENT, tuple(Device(index, f"boat {index}") for index in range(6)), hint="pip install it"
        )

    def probe(self, device_index):
        print("a vendor's library prints this")  # noqa: T201
        if device_index == 1:
            raise Unsupported("broken", "it leaks", "Mend it.")
        if device_index == 2:
            os.kill(os.getpid(), signal.SIGSEGV)
        if device_index == 3:
            time.sleep(60)
        if device_index == 4:
            import no_such_library  # noqa: F401
        if device_index == 5:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")

    def load(self, model, cell):
        raise Unsupported("precision", "no")


class Silent(Backend):
    """A backend without a probe, and one device."""

    name = "silent"
    runtimes = ("none",)

    def detect(self):
        return Detection(State.PRESENT, (Device(0, "device"),))

    def load(self, model, cell):
        raise Unsupported("precision", "no")


class Absent(Silent):
    """A backend that finds nothing."""

    name = "absent"

    def detect(self):
        return Detection(State.NO_DEVICE, reason="nothing is here", hint="Buy one.")


@pytest.fixture
def told(monkeypatch):
    """told(*words): what `ipfs-bench hardware` says on a machine with these three."""
    from pytest_ipfs_bench.registry import Registry

    monkeypatch.setattr(Registry, "backends", lambda self: {one.name: one for one in (Fleet(), Silent(), Absent())})
    monkeypatch.setattr(trying, "PROBE_SECONDS", 5.0)

    def run(*words):
        done = CliRunner().invoke(main, ["hardware", *words])
        assert done.exit_code == 0, done.output
        return done.output

    return run


@pytest.mark.slow
def test_every_device_is_said_to_work_or_why_not(told):
    rows = {(row["hardware"], row["index"]): row for row in json.loads(told("--probe", "--format", "json"))}
    found = {place: (row["probe"], row["probe_reason"]) for place, row in rows.items()}
    assert found["fleet", 0] == ("works", None)
    assert found["fleet", 1] == ("broken", "it leaks. Mend it.")
    kind, reason = found["fleet", 2]
    assert kind == "broken"
    assert reason.startswith("its probe failed: the runner died of SIGSEGV (segmentation fault) after ")
    kind, reason = found["fleet", 3]
    assert kind == "broken"
    assert reason.startswith("its probe failed: no end within 5 s. ")
    assert found["fleet", 4] == ("not_installed", "No module named 'no_such_library'. pip install it.")
    kind, reason = found["fleet", 5]
    assert kind == "broken"
    assert reason.startswith("CUDA error: an illegal memory access was encountered. ")
    assert found["silent", 0] == ("not_probed", "its backend has no probe; the first cell will tell")
    assert found["absent", None] == (None, None)


def test_in_a_terminal_it_is_a_line_below_the_device(told, monkeypatch):
    monkeypatch.setattr(Fleet, "detect", lambda self: Detection(State.PRESENT, (Device(0, "boat"), Device(1, "wreck"))))
    lines = told("--probe").splitlines()
    assert lines[1:5] == [
        "    fleet:0  boat []",
        "        works",
        "    fleet:1  wreck []",
        "        broken: it leaks. Mend it.",
    ]


def test_without_being_asked_no_device_is_touched(told):
    assert "works" not in told()
    assert "probe" not in json.loads(told("--format", "json"))[0]


def test_a_driver_that_hangs_is_given_up_after_30_seconds():
    from pytest_ipfs_bench import supervisor

    assert supervisor.PROBE_SECONDS == 30
