"""The sidecar lock that orders writers of one database: fair, and it waits, unlike DuckDB's own.

It is a file of its own (`DB.lock`) and is never removed. The database file itself is never opened from Python: closing
such a handle would drop DuckDB's POSIX lock on it.
"""

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pytest_ipfs_bench.errors import StoreBusy

PAUSE = 0.005
# What a file system without locks (some network ones) answers.
NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


@contextlib.contextmanager
def exclusive(database: Path, wait: float, tell: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Holds DATABASE.lock. Raises StoreBusy after `wait` seconds, OSError where the file can't be made.

    On a file system without locks it goes on without one, and tells so.
    """
    handle = os.open(f"{database}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            _acquire(handle, database, time.monotonic() + wait)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            tell(
                f"{database.parent} is on a file system without locks ({error.strerror}): "
                "let no two sessions store there at once, or keep the database on a local disk."
            )
        yield
    finally:
        os.close(handle)


def try_exclusive(handle: int) -> bool:
    """Whether the lock on this open file could be had at once."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _acquire(handle: int, database: Path, end: float) -> None:
    while not try_exclusive(handle):
        if time.monotonic() > end:
            raise StoreBusy(f"{database} is in use: another process is writing its results (it holds {database}.lock).")
        time.sleep(PAUSE)
