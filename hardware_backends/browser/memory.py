"""What the processes of a browser use: resident memory in MB (10^6 bytes), CPU time in s. One that is gone counts nothing."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench.memory import Peak

if TYPE_CHECKING:
    import psutil

RESET_HIGH_WATER_MARK = "5"  # proc(5), clear_refs


def resident(pids: Sequence[int]) -> float | None:
    """Resident memory of processes together; None of no process."""
    found = [told for told in (_read(pid, lambda one: one.memory_info().rss) for pid in pids) if told is not None]
    return sum(found) / 1e6 if found else None


def cpu_seconds(pids: Sequence[int]) -> float:
    """CPU time that processes have used since they began."""
    return sum(_read(pid, lambda one: sum(one.cpu_times()[:2])) or 0.0 for pid in pids)


def peak(pids: Sequence[int], run: Callable[[], object]) -> Peak:
    """Their largest resident memory together while something runs; what it is afterwards where the kernel keeps no mark."""
    try:
        for pid in pids:
            Path(f"/proc/{pid}/clear_refs").write_text(RESET_HIGH_WATER_MARK, encoding="ascii")
    except OSError:
        run()
        return Peak(resident(pids), "resident size of the browser's processes after a run")
    run()  # what fails in it is no missing counter
    marks = [_high_water_mark(pid) for pid in pids]
    return Peak(sum(marks) if marks else None, "VmHWM of the browser's processes")


def _high_water_mark(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


def _read(pid: int, what: "Callable[[psutil.Process], float]") -> float | None:
    import psutil

    try:
        return what(psutil.Process(pid))
    except psutil.Error:
        return None
