"""A process that ends with the one that started it, even if that is killed, and even if it hangs itself.

torchrun starts its ranks in sessions of their own, where no signal to the runner's process group reaches them.
"""

import contextlib
import ctypes
import os
import signal
import sys
import threading
from typing import IO

PARENT = "IPFS_BENCH_PARENT"
PR_SET_PDEATHSIG = 1


def inherit() -> None:
    """Ties this process to its parent, whose number the environment holds, and its children to this process.

    To Linux the parent is the thread that started this process: it has to be one that lives as long, as the main one.
    """
    parent = int(os.environ[PARENT])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before it could be watched
        os._exit(1)
    os.environ[PARENT] = str(os.getpid())


def end_with(pipe: IO[str]) -> None:
    """Ends this process when the other end of a pipe that nobody writes to is closed: where the kernel has no such order."""

    def watch() -> None:
        with contextlib.suppress(OSError, ValueError):
            pipe.read()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
