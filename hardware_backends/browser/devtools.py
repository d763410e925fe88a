"""A browser of Chromium's kind over the DevTools protocol, on a pipe: every call ends, whatever the page or the browser does.

https://chromedevtools.github.io/devtools-protocol/ . A pipe (file descriptors 3 and 4) listens on no port, and is the one
way on which a page in an endless loop keeps nobody waiting; it needs the standard library alone.
"""

import contextlib
import json
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hardware_backends.browser import launching
from hardware_backends.browser.binaries import Binary
from pytest_ipfs_bench.backend import ProcessEnded, Unsupported

if TYPE_CHECKING:
    from hardware_backends.browser.pages import Page

OTHER = "Try it by hand (PATH --headless=new about:blank), or another browser: --browser=NAME or PATH."
START_SECONDS, CALL_SECONDS = 30.0, 10.0
LOOK_SECONDS = 1.0
LOG_LINES = 200
SIGNALLED = ("killed", "crashed")  # of a renderer: its error code is the signal's number then


class PageError(Exception):
    """What a page threw, in its own words; stack: where."""

    def __init__(self, description: str) -> None:
        said, _, self.stack = description.partition("\n    at ")
        super().__init__(said.strip())


@dataclass
class Heard:
    """What a page's session let us know: what its console said, the newest last, and whether its renderer died."""

    target: str
    console: list[str]
    died: ProcessEnded | None = None


class Browser:
    """One running browser with a profile of its own. Raises Unsupported if it does not start, ProcessEnded once it is gone."""

    def __init__(self, binary: Binary, *, headed: bool) -> None:
        launching.check_display(binary, headed=headed)
        self.binary = binary
        self.flags = " ".join(launching.flags(headed=headed))
        self._pending: dict[int, tuple[queue.SimpleQueue[Any], str | None]] = {}
        self._pages: dict[str, Heard] = {}
        self._lock, self._number, self._gone = threading.Lock(), 0, False
        self._profile = launching.profile(binary)
        try:
            self._process = launching.on_pipes(binary, self._profile, headed=headed)
        except OSError as error:
            shutil.rmtree(self._profile, ignore_errors=True)
            raise Unsupported("broken", f"{binary} does not start: {error}", OTHER) from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders, self._told = self._process.stdin, self._process.stdout
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            self.call("Target.setDiscoverTargets", {"discover": True}, timeout=START_SECONDS)
        except (TimeoutError, ProcessEnded, PageError) as error:
            said = launching.last_words(self._profile)
            self.close()
            raise Unsupported(
                "broken", f"{binary} does not start: {error}" + (f" ({said})" if said else ""), OTHER
            ) from error

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None and not self._gone

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        session: str | None = None,
        timeout: float = CALL_SECONDS,
        meanwhile: Callable[[], object] = str,
    ) -> dict[str, Any]:
        """One call of the protocol. Raises TimeoutError, ProcessEnded (browser or page are gone), PageError (it says no).

        meanwhile: called every second that it takes; what it raises ends the wait.
        """
        answers: queue.SimpleQueue[dict[str, Any] | ProcessEnded] = queue.SimpleQueue()
        number = self._send(method, params, session, answers)
        try:
            answer = _waited_for(answers, timeout, meanwhile)
        except queue.Empty:
            waited = f"{method} has no answer within {max(timeout, 0.0):.1f} s"
            raise TimeoutError(
                ", ".join(filter(None, [f"{self.binary}: {waited}", launching.full_disk(self._profile)]))
            ) from None
        finally:
            self._pending.pop(number, None)
        if isinstance(answer, ProcessEnded):
            raise ProcessEnded(answer.who, answer.code, launching.last_words(self._profile) or None)
        if "error" in answer:
            raise PageError(str(answer["error"]["message"]))
        return dict(answer["result"])

    def page(self, url: str, timeout: float = CALL_SECONDS, console: list[str] | None = None) -> "Page":
        """A fresh page in a context of its own: no cache, no storage, a renderer of its own. console: gets what it says."""
        from hardware_backends.browser.pages import Page

        return Page(self, url, timeout, [] if console is None else console)

    def processes(self, timeout: float = CALL_SECONDS) -> dict[int, str]:
        """The browser's processes: id -> kind (browser, renderer, GPU, utility)."""
        told = self.call("SystemInfo.getProcessInfo", timeout=timeout)["processInfo"]
        return {int(one["id"]): str(one["type"]) for one in told}

    def listen(self, session: str, heard: Heard) -> None:
        """From now on keeps what is heard of a page."""
        self._pages[session] = heard

    def forget(self, session: str) -> None:
        """Keeps nothing more of a page."""
        self._pages.pop(session, None)

    def close(self) -> None:
        """Ends it by its process id, with all that it started, and takes its profile away."""
        launching.end(self._process)
        self._listener.join(launching.KILL_SECONDS)
        for pipe in (self._orders, *(() if self._listener.is_alive() else (self._told,))):
            with contextlib.suppress(OSError):
                pipe.close()
        shutil.rmtree(self._profile, ignore_errors=True)

    def _send(
        self, method: str, params: Mapping[str, Any] | None, session: str | None, answers: "queue.SimpleQueue[Any]"
    ) -> int:
        with self._lock:
            self._number += 1
            number = self._number
            self._pending[number] = answers, session
            message = {"id": number, "method": method, "params": dict(params or {})}
            if session is not None:
                message["sessionId"] = session
            with contextlib.suppress(OSError, ValueError):  # a pipe that nobody reads any more: its end is heard, too
                self._orders.write(json.dumps(message).encode() + b"\0")
        heard = self._pages.get(session or "")
        if heard is not None and heard.died:  # a page that is dead answers nothing
            answers.put(heard.died)
        elif self._gone:
            answers.put(self._end())
        return number

    def _listen(self) -> None:
        parts: list[bytes] = []  # of a message whose end has not come yet
        with contextlib.suppress(OSError, ValueError):
            while chunk := self._told.read(1 << 20):
                *ends, rest = chunk.split(b"\0")
                for end in ends:
                    self._hear(json.loads(b"".join([*parts, end])))
                    parts = []
                parts.append(rest)
        self._gone = True
        for answers, _ in list(self._pending.values()):
            answers.put(self._end())

    def _hear(self, message: dict[str, Any]) -> None:
        if "id" in message:
            answers, _ = self._pending.get(message["id"], (None, None))
            if answers is not None:
                answers.put(message)
            return
        told, heard = message.get("params", {}), self._pages.get(message.get("sessionId", ""))
        if message["method"] == "Target.targetCrashed":
            self._renderer_died(told)
        elif heard is not None:
            heard.console.extend(filter(None, [said(message["method"], told)]))
            del heard.console[:-LOG_LINES]

    def _renderer_died(self, told: Mapping[str, Any]) -> None:
        """Whoever waits for that page, now or later, is answered by its end."""
        number = int(told.get("errorCode") or 0)
        code = -number if told.get("status") in SIGNALLED and 0 < number < signal.NSIG else None
        for session, heard in list(self._pages.items()):
            if heard.target == told["targetId"]:
                heard.died = ProcessEnded("the page's renderer", code)
                for answers, of in list(self._pending.values()):
                    if of == session:
                        answers.put(heard.died)

    def _end(self) -> ProcessEnded:
        """The answer of a browser that is gone."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(launching.KILL_SECONDS)
        return ProcessEnded("the browser", self._process.poll())


def _waited_for(answers: "queue.SimpleQueue[Any]", timeout: float, meanwhile: Callable[[], object]) -> Any:
    """The first answer. Raises queue.Empty when the time is over."""
    deadline = time.monotonic() + timeout
    while True:
        left = max(deadline - time.monotonic(), 0.0)
        try:
            return answers.get(timeout=min(left, LOOK_SECONDS))
        except queue.Empty:
            if left <= LOOK_SECONDS:
                raise
        meanwhile()


def said(method: str, told: Mapping[str, Any]) -> str | None:
    """What an event adds to a page's console; None if nothing."""
    if method == "Runtime.consoleAPICalled":
        words = " ".join(str(one.get("value", one.get("description", ""))) for one in told.get("args", ()))
        return f"{told.get('type')}: {words}"
    if method == "Runtime.exceptionThrown":
        thrown = told["exceptionDetails"]
        return f"uncaught: {thrown.get('exception', {}).get('description') or thrown.get('text')}"
    if method == "Log.entryAdded":
        entry = told["entry"]
        return f"{entry.get('level')}: {entry.get('text')} {entry.get('url', '')}".rstrip()
    return None
