"""One page of a browser: what is asked of it, how long that may take, and the processes that it has."""

import contextlib
import json
import time
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hardware_backends.browser import launching, memory
from hardware_backends.browser.devtools import CALL_SECONDS, Browser, Heard, PageError
from pytest_ipfs_bench.backend import ProcessEnded

if TYPE_CHECKING:
    import psutil

LOOKS, APART_SECONDS = 6, 0.05
WORK = "() => { for (const start = performance.now(); performance.now() - start < 60;); }"


class Page:
    """One page; `deadline` (time.monotonic) bounds whatever is asked of it.

    A browser whose page ran into it, or lost the GPU process, is ended: what hangs there would hang the next page, too.
    """

    def __init__(self, browser: Browser, url: str, timeout: float, console: list[str]) -> None:
        self.browser, self.deadline, self.console = browser, time.monotonic() + timeout, console
        self._session: str | None = None
        self._gpu: psutil.Process | None = None
        self._context = str(self._ask("Target.createBrowserContext", {"disposeOnDetach": True})["browserContextId"])
        try:
            self._open(url)
        except BaseException:
            self.close()
            raise

    def _open(self, url: str) -> None:
        target = str(
            self._ask("Target.createTarget", {"url": "about:blank", "browserContextId": self._context})["targetId"]
        )
        self._session = str(self._ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"])
        self.browser.listen(self._session, Heard(target, self.console))
        for method in ("Runtime.enable", "Log.enable"):
            self._ask(method)
        self._go(url)
        self._gpu = next((launching.process(pid) for pid, kind in self._processes().items() if kind == "GPU"), None)

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
            self._check_gpu()
            thrown = told["exceptionDetails"]
            raise PageError(str(thrown.get("exception", {}).get("description") or thrown.get("text")))
        return told["result"].get("value")

    def call(self, name: str, argument: object = None) -> Any:
        """Calls a function of the page's module `bench.js`."""
        return self.evaluate(f"async (it) => (await import('/page/bench.js')).{name}(it)", argument)

    @cached_property
    def renderers(self) -> list[int]:
        """The process that it runs in, known by the CPU time that it used: others wait there for other pages."""
        self._ask("Performance.enable")
        for _ in range(LOOKS):
            ranked = self._by_cpu_time()
            if len(ranked) < 2 or ranked[1][0] - ranked[0][0] > APART_SECONDS:  # noqa: PLR2004  a nearest and a second
                break
            self.evaluate(WORK)
        self._ask("Performance.disable")
        return [pid for _, pid in ranked[:1]]

    def _by_cpu_time(self) -> list[tuple[float, int]]:
        """Renderers, and how far the CPU time of each is from that of this page, the nearest first."""
        told = {one["name"]: float(one["value"]) for one in self._ask("Performance.getMetrics")["metrics"]}
        found = [pid for pid, kind in self._processes().items() if kind == "renderer"]
        return sorted((abs(memory.cpu_seconds([pid]) - told["ProcessTime"]), pid) for pid in found)

    @property
    def gpu_process(self) -> int | None:
        """The process that works for the GPU of all pages; None where the browser has none."""
        return self._gpu.pid if self._gpu else None

    def close(self) -> None:
        """Lets it go, with its renderer and all that it stored."""
        self.browser.forget(self._session or "")
        with contextlib.suppress(TimeoutError, ProcessEnded, PageError):
            self.browser.call("Target.disposeBrowserContext", {"browserContextId": self._context})

    def _go(self, url: str) -> None:
        told = self._ask("Page.navigate", {"url": url})
        if told.get("errorText"):
            raise PageError(f"{url}: {told['errorText']}")
        while self.evaluate("() => location.href + document.readyState") != f"{url}complete":
            time.sleep(0.005)

    def _ask(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        try:
            left = self.deadline - time.monotonic()
            return self.browser.call(method, params, self._session, left, self._check_gpu)
        except TimeoutError:
            self._check_gpu()
            self.browser.close()
            raise

    def _processes(self) -> dict[int, str]:
        return self.browser.processes(min(self.deadline - time.monotonic(), CALL_SECONDS))

    def _check_gpu(self) -> None:
        """Raises ProcessEnded if the GPU process died meanwhile: what a page says of that explains nothing."""
        if self._gpu is not None and self.browser.alive and not launching.runs(self._gpu):
            self.browser.close()
            raise ProcessEnded("the browser's GPU process", None) from None
