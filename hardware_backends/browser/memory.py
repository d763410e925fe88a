"""What the processes of a browser use: resident memory in MB (10^6 bytes), CPU time in s. One that is gone counts nothing."""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench.memory import Peak

if TYPE_CHECKING:
    import psutil

RESET_HIGH_WATER_MARK = "5"  # proc(5), clear_refs


def resident(pids: Sequence[int]) -> float | None:
    """Resident memory of processes together; None of no process."""
    found = [process.memory_info().rss for process in _alive(pids)]
    return sum(found) / 1e6 if found else None


def cpu_seconds(pids: Sequence[int]) -> float:
    """CPU time that processes have used since they began."""
    return float(sum(sum(process.cpu_times()[:2]) for process in _alive(pids)))


def peak(pids: Sequence[int], run: Callable[[], object]) -> Peak | None:
    """Their largest resident memory together while something runs; None where the kernel does not keep it for us."""
    try:
        for pid in pids:
            Path(f"/proc/{pid}/clear_refs").write_text(RESET_HIGH_WATER_MARK, encoding="ascii")
    except OSError:
        return None
    run()  # what fails in it is no missing counter
    try:
        marks = [_high_water_mark(pid) for pid in pids]
    except OSError:
        return None
    return Peak(sum(marks), "VmHWM of the browser's processes") if marks else None


def _high_water_mark(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


def _alive(pids: Sequence[int]) -> "Iterable[psutil.Process]":
    import psutil

    for pid in pids:
        with contextlib.suppress(psutil.Error):
            yield psutil.Process(pid)
