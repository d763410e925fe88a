"""Folders of runners, for what they and their processes write down for a while. What a killed session left, the next removes."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

PREFIX, LOCK = "ipfs-bench-", "in-use"
REMOVALS, PAUSE_SECONDS = 200, 0.05


class Folder:
    """A new folder, ours as long as this process lives and until `remove`."""

    def __init__(self) -> None:
        sweep()
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = os.open(self.path / "new", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        (self.path / "new").rename(self.path / LOCK)  # never seen without its lock

    def remove(self) -> None:
        """Takes it away. It may be called twice."""
        remove(self.path)
        with contextlib.suppress(OSError):
            os.close(self._lock)
            self._lock = -1


def remove(path: Path) -> None:
    """Takes a folder away; what was killed may write there for another moment."""
    for _ in range(REMOVALS):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
        time.sleep(PAUSE_SECONDS)


def sweep() -> None:
    """Takes away the folders of sessions that were killed, with all of their processes, before they could do so."""
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{LOCK}"):
        with contextlib.suppress(OSError):  # it is somebody else's, or going
            held = os.open(lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if lock.parent.stat().st_uid == os.getuid() and not lock.parent.is_symlink():
                    shutil.rmtree(lock.parent, ignore_errors=True)
            finally:
                os.close(held)
