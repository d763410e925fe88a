"""A browser of Chromium's kind over the DevTools protocol, on a pipe: every call ends, whatever the page or the browser does.

https://chromedevtools.github.io/devtools-protocol/ . A pipe (file descriptors 3 and 4) listens on no port, and is the one
way on which a page in an endless loop keeps nobody waiting; it needs the standard library alone. POSIX.
"""

import contextlib
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hardware_backends.browser.binaries import Binary
from pytest_ipfs_bench.backend import ProcessEnded, Unsupported, scratch

# WebGPU also without a GPU (its adapter says what it is), WebNN where the build has it; nothing that phones anywhere.
FLAGS = (
    "--enable-unsafe-webgpu",
    "--enable-features=WebMachineLearningNeuralNetwork",
    "--disable-features=SpareRendererForSitePerProcess",
)
QUIET = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-crash-reporter",
    "--mute-audio",
    "--remote-debugging-pipe",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
ON_PIPES = 'exec "$@" 3<&%d 4>&%d'
START_SECONDS, CALL_SECONDS, KILL_SECONDS = 30.0, 10.0, 5.0
LOG_LINES = 200


class PageError(Exception):
    """What a page threw, in its own words; stack: where."""

    def __init__(self, description: str) -> None:
        said, _, self.stack = description.partition("\n    at ")
        super().__init__(said.strip())


class Browser:
    """One running browser with a profile of its own. Raises Unsupported if it does not start, ProcessEnded once it is gone."""

    def __init__(self, binary: Binary, *, headed: bool) -> None:
        self.binary, self.headed = binary, headed
        try:
            self._profile = Path(tempfile.mkdtemp(prefix="browser-", dir=scratch()))
        except OSError as error:
            raise Unsupported("broken", f"no folder for a profile of {binary} can be made: {error}") from error
        self._log = (self._profile / "stderr").open("wb")
        self._pending: dict[int, tuple[queue.SimpleQueue[Any], str | None]] = {}
        self._crashed: dict[str, int] = {}  # page -> the status with which its renderer ended
        self._consoles: dict[str, list[str]] = {}
        self._lock, self._number = threading.Lock(), 0
        self._start()
        try:
            told = self.call("Browser.getVersion", timeout=START_SECONDS)
            self.call("Target.setDiscoverTargets", {"discover": True})
        except (TimeoutError, ProcessEnded) as error:
            said = self._last_words()
            self.close()
            raise Unsupported("broken", f"{binary} does not start: {error}{said}", self._remedy()) from error
        self.product = str(told["product"])

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

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
    ) -> dict[str, Any]:
        """One call of the protocol. Raises TimeoutError, ProcessEnded (browser or page are gone), PageError (it says no)."""
        answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        with self._lock:
            self._number += 1
            number = self._number
            self._pending[number] = answers, session
            message = {"id": number, "method": method, "params": dict(params or {})}
            try:
                self._orders.write(json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
            except OSError:
                self._ended(answers)
        try:
            answer = answers.get(timeout=max(timeout, 0.0))
        except queue.Empty:
            raise TimeoutError(f"{self.binary}: {method} has no answer within {timeout:.1f} s") from None
        finally:
            self._pending.pop(number, None)
        if "ended" in answer:
            who, code = answer["ended"]
            raise ProcessEnded(who, code, self._last_words() or None)
        if "error" in answer:
            raise PageError(str(answer["error"]["message"]))
        return dict(answer["result"])

    def page(self, url: str, timeout: float = CALL_SECONDS) -> "Page":
        """A fresh page in a context of its own: no cache, no storage, a renderer of its own."""
        return Page(self, url, timeout)

    def processes(self) -> dict[int, str]:
        """The browser's processes: id -> kind (browser, renderer, GPU, utility)."""
        told = self.call("SystemInfo.getProcessInfo")["processInfo"]
        return {int(one["id"]): str(one["type"]) for one in told}

    def console(self, session: str) -> list[str]:
        """What a page has said on its console, the newest last."""
        return list(self._consoles.get(session, ()))

    def close(self) -> None:
        """Ends it by its process id, with all that it started, and takes its profile away."""
        import psutil

        with contextlib.suppress(psutil.Error):
            started = psutil.Process(self.pid).children(recursive=True)
            for one in (psutil.Process(self.pid), *started):
                with contextlib.suppress(psutil.Error):
                    one.kill()
            psutil.wait_procs(started, timeout=KILL_SECONDS)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(KILL_SECONDS)
        for pipe in (self._orders, self._told, self._log):
            with contextlib.suppress(OSError):
                pipe.close()
        shutil.rmtree(self._profile, ignore_errors=True)

    def _start(self) -> None:
        orders_read, orders_write = os.pipe()
        told_read, told_write = os.pipe()
        shell = ["/bin/sh", "-c", ON_PIPES % (orders_read, told_write), "sh"]
        self._process = subprocess.Popen(
            [*shell, self.binary.path, *self._flags(), f"--user-data-dir={self._profile}"],
            pass_fds=(orders_read, told_write),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._log,
            env={**os.environ, "HOME": str(self._profile), "TMPDIR": str(self._profile)} | self._display(),
        )  # fmt: skip
        os.close(orders_read)
        os.close(told_write)
        self._orders, self._told = os.fdopen(orders_write, "wb", 0), os.fdopen(told_read, "rb", 0)
        threading.Thread(target=self._listen, daemon=True).start()

    def _flags(self) -> list[str]:
        headless = () if self.headed else ("--headless=new",)
        # Chromium's sandbox refuses to be started by root, which containers are.
        unboxed = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
        return [*headless, *unboxed, *FLAGS, *QUIET]

    @property
    def flags(self) -> str:
        """The flags that change what a page can do."""
        return " ".join(one for one in self._flags() if one not in QUIET)

    def _display(self) -> dict[str, str]:
        """A person's display, if the browser is to be seen: X finds its key in the home that we replaced."""
        key = os.environ.get("XAUTHORITY") or str(Path.home() / ".Xauthority")
        return {"XAUTHORITY": key} if self.headed else {}

    def _remedy(self) -> str:
        if self.headed and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            return "--headed needs a display (DISPLAY is not set): leave it out, or start the session under xvfb-run."
        return f"Try it by hand: {self.binary.path} --headless=new about:blank"

    def _listen(self) -> None:
        rest = b""
        with contextlib.suppress(OSError, ValueError):
            while chunk := self._told.read(1 << 16):
                *messages, rest = (rest + chunk).split(b"\0")
                for message in messages:
                    self._hear(json.loads(message))
        for answers, _ in list(self._pending.values()):
            self._ended(answers)

    def _hear(self, message: dict[str, Any]) -> None:
        if "id" in message:
            answers, _ = self._pending.get(message["id"], (None, None))
            if answers is not None:
                answers.put(message)
            return
        told, session = message.get("params", {}), message.get("sessionId")
        if message["method"] == "Target.targetCrashed":
            self._crashed[told["targetId"]] = int(told.get("errorCode") or 0)
        elif message["method"] == "Inspector.targetCrashed" and session:
            for answers, of in list(self._pending.values()):
                if of == session:
                    answers.put({"ended": ("the page's renderer", None)})
        elif message["method"] == "Runtime.consoleAPICalled" and session:
            said = " ".join(str(one.get("value", one.get("description", ""))) for one in told.get("args", ()))
            lines = self._consoles.setdefault(session, [])
            lines.append(f"{told.get('type')}: {said}")
            del lines[:-LOG_LINES]

    def _ended(self, answers: queue.SimpleQueue[Any]) -> None:
        """The answer of a browser that is gone."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(KILL_SECONDS)
        answers.put({"ended": ("the browser", self._process.poll())})

    def _last_words(self) -> str:
        try:
            lines = (self._profile / "stderr").read_text("utf-8", "replace").strip().splitlines()
        except OSError:
            return ""
        return f"\n{'; '.join(lines[-3:])}" if lines else ""


class Page:
    """One page; `deadline` (time.monotonic) bounds whatever is asked of it."""

    def __init__(self, browser: Browser, url: str, timeout: float) -> None:
        self.browser, self.deadline = browser, time.monotonic() + timeout
        before = set(browser.processes())
        self._context = str(self._ask("Target.createBrowserContext", {"disposeOnDetach": True})["browserContextId"])
        target = {"url": "about:blank", "browserContextId": self._context}
        self._target = str(self._ask("Target.createTarget", target)["targetId"])
        attach = {"targetId": self._target, "flatten": True}
        self._session: str | None = str(self._ask("Target.attachToTarget", attach)["sessionId"])
        for method in ("Inspector.enable", "Runtime.enable"):
            self._ask(method)
        self._go(url)
        now = browser.processes()
        self.renderers = [pid for pid, kind in now.items() if kind == "renderer" and pid not in before]
        self.gpu_process = next((pid for pid, kind in now.items() if kind == "GPU"), None)

    def evaluate(self, function: str, argument: object = None) -> Any:
        """What a JavaScript function (async or not) makes of an argument that JSON can hold. Raises as `Browser.call` does."""
        told = self._ask(
            "Runtime.evaluate",
            {
                "expression": f"({function})({json.dumps(argument)})",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
        if "exceptionDetails" in told:
            thrown = told["exceptionDetails"]
            raise PageError(str(thrown.get("exception", {}).get("description") or thrown.get("text")))
        return told["result"].get("value")

    def call(self, name: str, argument: object = None) -> Any:
        """Calls a function of the page's module `bench.js`."""
        return self.evaluate(f"async (it) => (await import('/page/bench.js')).{name}(it)", argument)

    @property
    def console(self) -> list[str]:
        """What it has said."""
        return self.browser.console(self._session or "")

    def close(self) -> None:
        """Lets it go, with its renderer and all that it stored."""
        with contextlib.suppress(TimeoutError, ProcessEnded, PageError):
            self.browser.call("Target.disposeBrowserContext", {"browserContextId": self._context})

    def _go(self, url: str) -> None:
        told = self._ask("Page.navigate", {"url": url})
        if told.get("errorText"):
            raise PageError(f"{url}: {told['errorText']}")
        while self.evaluate("() => location.href + document.readyState") != f"{url}complete":
            time.sleep(0.005)

    def _ask(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        session = getattr(self, "_session", None)
        return self.browser.call(method, params, session, timeout=self.deadline - time.monotonic())
