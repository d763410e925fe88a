"""Backends whose detection fails: none of them ends a session, or keeps it waiting."""

import time

import pytest

from pytest_ipfs_bench.backend import Backend, Detection, Device, State
from pytest_ipfs_bench.detecting import detect


def backend(answer):
    class Asked(Backend):
        name = "asked"
        runtimes = ("none",)

        def detect(self):
            return answer()

        def load(self, model, cell):
            raise NotImplementedError

    return Asked()


def fails():
    raise OSError("libfoo.so: cannot open shared object file")


def test_what_a_backend_finds_is_the_answer():
    found = Detection(State.PRESENT, (Device(0, "a device"),))
    assert detect(backend(lambda: found)) is found


@pytest.mark.parametrize(
    ("answer", "reason", "hint"),
    [
        (
            fails,
            "detection failed: OSError: libfoo.so: cannot open shared object file",
            "A fault of the backend asked, to be mended by whoever wrote it.",
        ),
        (lambda: None, "detection returned None, no Detection", "A fault of the backend asked"),
        (lambda: time.sleep(30), "no answer to detection within 0.2 s", "Its driver may hang"),
    ],
)
def test_a_backend_without_an_answer_is_broken(answer, reason, hint):
    start = time.monotonic()
    found = detect(backend(answer), seconds=0.2 if "no answer" in reason else 10)
    assert time.monotonic() - start < 5
    assert (found.state, found.devices, found.reason) == (State.BROKEN, (), reason)
    assert found.hint.startswith(hint)
