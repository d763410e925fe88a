"""Peak memory of this process while something runs, in a pass of its own, never beside a timed one.

Linux: the kernel's high-water mark (VmHWM), reset through /proc/self/clear_refs. Where that is not allowed, or on
another system: the resident size, sampled every millisecond by a thread. `ru_maxrss` can't be reset and is not used.
"""

import ctypes
import gc
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CLEAR_REFS, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
RESET_HIGH_WATER_MARK = "5"
OOM_COUNTER = Path("/proc/vmstat")
PERIOD = 0.001


@dataclass(frozen=True)
class Peak:
    """Peak resident memory of the process, MB (10^6 bytes; None: not known), and the method that read it."""

    mb: float | None
    method: str


def peak(run: Callable[[], object]) -> Peak:
    """Runs once; the largest resident size of this process meanwhile."""
    try:
        CLEAR_REFS.write_text(RESET_HIGH_WATER_MARK)
    except OSError:
        return Peak(_sampled(run), "sampled")
    run()
    return Peak(_status("VmHWM"), "VmHWM")


def resident() -> float:
    """The resident size of this process, MB."""
    try:
        return _status("VmRSS")
    except OSError:
        import psutil

        return float(psutil.Process().memory_info().rss) / 1e6


def give_back() -> None:
    """Returns what earlier cells freed to the system, so that it is not counted for the next one (glibc only)."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if STATUS.exists() else None
    if trim is not None:
        trim(0)


def oom_kills() -> int:
    """How many processes the kernel has killed for lack of memory since it started; 0 where it does not say."""
    try:
        found = re.search(r"^oom_kill (\d+)$", OOM_COUNTER.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _status(field: str) -> float:
    lines = STATUS.read_text(encoding="utf-8").splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))
    return kilobytes * 1024 / 1e6


def _sampled(run: Callable[[], object]) -> float:
    seen, stop = [resident()], threading.Event()

    def watch() -> None:
        while not stop.wait(PERIOD):
            seen.append(resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        run()
    finally:
        stop.set()
        watcher.join()
    return max(*seen, resident())
