"""The session's side of the runners: starts them, sends orders, and turns a crash or a hang into a reply."""

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pytest_ipfs_bench import causes, memory
from pytest_ipfs_bench.backend import NOTE, SCRATCH
from pytest_ipfs_bench.folders import Folder
from pytest_ipfs_bench.orders import WORKS, Order, Probe, Reply
from pytest_ipfs_bench.progress import Progress

UNKNOWN = "unknown"
LOG_LINES = 20
TICK_SECONDS = 1.0  # between two looks of people at what takes long
GRACE_SECONDS = 2.0  # for a process to die in; one that its driver holds on to can't, and is left behind
PROBE_SECONDS = 30.0  # of `ipfs-bench hardware --probe`
FIRST_PROBE_SECONDS = 120.0  # in a session, whose first probe also reads a framework of gigabytes from a cold disk


class Supervisor:
    """The runners of one session: one per backend and runtime, reused from cell to cell.

    tell is told what takes them long, in the thread that waits for them: how far it is, each second anew, and None where it
    ended before it was over.
    """

    def __init__(self, tell: Callable[[Progress | None], object] = str) -> None:
        self._tell = tell
        self._runners: dict[tuple[str, str], _Runner] = {}
        self._broken: dict[tuple[str, int], Reply] = {}

    def run(self, order: Order, timeout: float) -> Reply:
        """The runner's reply, or what can be said about its end. A runner that ended is replaced for the next order.

        A runner's first order on a device waits until the device is known to work; one that does not is not asked again.
        """
        refused = self.first_probe(order, timeout)
        if refused.status != WORKS:
            return refused
        return self._ask(self._runner(order.place), order.line(), timeout, "--bench-timeout")

    def first_probe(self, order: Order, timeout: float) -> Reply:
        """Tries the order's device, once in each runner: status `works`, or why the order can't be carried out."""
        question, runner = order.probe, self._runner(order.place)
        known = self._broken.get(question.device) or runner.probed.get(question.device)
        if known:
            return known
        hurry = timeout < FIRST_PROBE_SECONDS
        limit, option = (timeout, "--bench-timeout") if hurry else (FIRST_PROBE_SECONDS, None)
        found = self._ask(runner, question.line(), limit, option)
        if found.status == "timeout" and hurry:  # nothing was learned of the device
            return found
        if found.status in (WORKS, UNKNOWN):  # what can't even be imported is no device's fault: the cell says it
            return runner.probed.setdefault(question.device, replace(found, status=WORKS))
        return self._broken.setdefault(question.device, _broken(found, f"{order.cell.target}: "))

    def probe(self, question: Probe, timeout: float = PROBE_SECONDS) -> Reply:
        """Whether a device works: status `works`, or `unavailable` with the reason."""
        place = question.process or question.backend, ""
        found = self._ask(self._runner(place), question.line(), timeout)
        return found if found.status == WORKS else _broken(found)

    def _runner(self, place: tuple[str, str]) -> "_Runner":
        if place not in self._runners:
            self._runners[place] = _Runner(self._tell)
        return self._runners[place]

    def _ask(self, runner: "_Runner", line: str, timeout: float, option: str | None = None) -> Reply:
        reply = runner.ask(line, timeout, option)
        gone = not runner.alive or reply.status == "timeout"
        if gone or reply.error_type == causes.DEVICE:  # a device's fault stays with its process
            self._runners = {place: one for place, one in self._runners.items() if one is not runner}
            runner.close()
        return reply

    def close(self) -> None:
        """Ends every runner."""
        for runner in self._runners.values():
            runner.close()
        self._runners.clear()


class _Runner:
    def __init__(self, tell: Callable[[Progress | None], object]) -> None:
        self._tell = tell
        self.probed: dict[tuple[str, int], Reply] = {}
        self._folder = Folder()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed in close
        ours = str(Path(__file__).parent.parent)
        paths = os.pathsep.join(filter(None, [ours, os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, "PYTHONPATH": paths, SCRATCH: str(self._folder.path)}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pytest_ipfs_bench.runner"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            encoding="utf-8",
            env=environment,
            start_new_session=True,  # Ctrl-C is for the session; it ends its runners itself
        )
        self._said: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        threading.Thread(target=self._bury, daemon=True).start()
        self._send(json.dumps([str(Path(entry).resolve()) for entry in sys.path]))

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, line: str, timeout: float, option: str | None) -> Reply:
        killed_before, self._begun = memory.oom_kills(), os.fstat(self._log.fileno()).st_size
        start = time.monotonic()
        self._send(line)
        try:
            answer = self._answer(start + timeout)
        except queue.Empty:
            self._kill()
            said = f"no end within {timeout:g} s" + (f" ({option})" if option else "") + self._noted()
            return Reply("timeout", "timeout", said, causes.TIMEOUT_FIX, log=self._tail())
        if answer is not None and answer.endswith("\n"):  # else it died in the middle of its answer
            return Reply.read(answer)
        try:
            code = self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
            return Reply(
                "timeout",
                "timeout",
                "the runner closed its pipe and does not end",
                causes.TIMEOUT_FIX,
                log=self._tail(),
            )
        seconds, lacked = time.monotonic() - start, memory.oom_kills() > killed_before
        ended = causes.of_end("the runner", code, seconds, out_of_memory=lacked)
        return Reply(*ended, log=self._tail())

    def close(self) -> None:
        self._kill()
        self._listener.join(GRACE_SECONDS)
        pipes = () if self._listener.is_alive() else (self._process.stdin, self._process.stdout)
        for pipe in (*pipes, self._log):
            _quietly(pipe.close) if pipe else None
        self._folder.remove()

    def _answer(self, deadline: float) -> str | None:
        """What it says that is no progress; None: it is gone. Raises queue.Empty at the deadline."""
        progress = None
        try:
            while True:
                left = max(deadline - time.monotonic(), 0)
                try:
                    line = self._said.get(timeout=min(left, TICK_SECONDS) if progress else left)
                except queue.Empty:
                    if not progress or left <= TICK_SECONDS:
                        raise
                else:
                    found = Progress.read(line) if line else None
                    if not found:
                        return line
                    progress = found
                self._tell(progress)
                progress = None if progress.over else progress
        finally:
            if progress:
                self._tell(None)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(line)
        self._said.put(None)

    def _bury(self) -> None:
        """A process that a vendor's library forked goes with the runner: it holds our pipe, whose end we wait for."""
        self._process.wait()
        self._kill()

    def _send(self, line: str) -> None:
        stdin = self._process.stdin
        assert stdin is not None

        def write() -> None:
            stdin.write(line + "\n")
            stdin.flush()

        _quietly(write)  # a runner that is gone says so by its end

    def _kill(self) -> None:
        _quietly(lambda: os.killpg(self._process.pid, signal.SIGKILL))
        _quietly(lambda: self._process.wait(GRACE_SECONDS))

    def _tail(self) -> str:
        return "\n".join(self._lines(0)[-LOG_LINES:])

    def _noted(self) -> str:
        """What the cell last said it was waiting for (`backend.note`)."""
        notes = [line.removeprefix(NOTE) for line in self._lines(self._begun) if line.startswith(NOTE)]
        return f": {notes[-1]}" if notes else ""

    def _lines(self, start: int) -> list[str]:
        self._log.seek(start)
        return self._log.read().decode("utf-8", "replace").splitlines()


def _broken(found: Reply, name: str = "") -> Reply:
    """The answer of a probe that failed, as what becomes of every cell on that device. A crash or a hang is the driver's."""
    if found.status == "unavailable":
        kind, reason, fix = found.error_type or "broken", found.error_message, found.suggested_fix
    else:
        kind, reason, fix = "broken", f"its probe failed: {found.error_message}", causes.BY_HAND
    said = f"{name}{kind.replace('_', ' ')}: {reason}" if name else reason
    return Reply("unavailable", kind, said, fix, present=False, initialized=False, log=found.log, device=found.device)


def _quietly(action: Callable[[], object]) -> None:
    try:
        action()
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return
