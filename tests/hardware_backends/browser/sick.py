"""Browsers that fall ill while a cell is measured, by their own ways: what is real is all of it but the illness's cause."""

import contextlib
import os
import signal
import threading
from dataclasses import replace

from hardware_backends.browser import Wasm, Webgpu
from pytest_ipfs_bench.backend import Effective, ProcessEnded

LOOP = "() => { setTimeout(() => { while (true) {} }) }"


def crash(page):
    """As a fault of its own would: a signal from outside may find a handler that survives it."""
    with contextlib.suppress(ProcessEnded):
        page.browser.call("Page.crash", session=page._session)


class _Sick:
    def load(self, model, cell):
        loaded = super().load(model, replace(cell, hardware=super().name, runtime="onnxruntime-web"))
        loaded.effective = Effective(self.name, "a browser that falls ill", "fp32", 1)
        loaded._cell, measure = cell, loaded.measure

        def fall_ill(plan):
            getattr(self, cell.runtime)(loaded._page)
            return measure(plan)

        loaded.measure = fall_ill
        return loaded

    def says(self, page):
        """A word, before it dies."""
        page.evaluate("() => console.error('<b>I am not well</b>')")


class Sick(_Sick, Wasm):
    """WebAssembly in a page that loops or crashes, or whose browser is killed."""

    name = "sick"
    runtimes = ("loops", "crashes", "goes")

    def loops(self, page):
        self.says(page)
        page.evaluate(LOOP)

    def crashes(self, page):
        threading.Timer(0.3, crash, (page,)).start()

    def goes(self, page):
        threading.Timer(0.3, os.kill, (page.browser.pid, signal.SIGKILL)).start()


class SickGpu(_Sick, Webgpu):
    """WebGPU whose GPU process is killed."""

    name = "sickgpu"
    runtimes = ("gpu",)

    def gpu(self, page):
        threading.Timer(0.3, os.kill, (page.gpu_process, signal.SIGKILL)).start()
