"""The spool: one file of lines per session, beside the database, written as results arrive.

A session holds a lock (flock) on its spool as long as it lives. A spool whose lock can be had is an orphan: its session
was killed, or could not get at the database. Spools lie in `DB.spool/`, or in the user's state folder where that folder
can't be made.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pytest_ipfs_bench.store.lock import try_exclusive

SUFFIX = ".ndjson"


class Spool:
    """An open, locked spool file. Only the process that made it writes to it."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle
        self._size = os.fstat(handle).st_size
        self._owner = os.getpid()
        self._unwritten: list[str] = []
        self.problem: OSError | None = None

    @classmethod
    def create(cls, database: Path, run_id: str) -> Self:
        """A new spool in the first folder that takes it. Raises OSError where none does."""
        refused: OSError | None = None
        for folder in folders(database):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                path = folder / f"{run_id}{SUFFIX}"
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o666)
            except OSError as error:
                refused = refused or error
                continue
            try_exclusive(handle)
            spool = cls(path, handle)
            os.register_at_fork(after_in_child=spool._forget)  # a child that outlives us must not hold the lock
            return spool
        raise refused or OSError("no folder for the spool")

    @classmethod
    def adopt(cls, path: Path) -> Self | None:
        """An orphan, locked; None if its session lives or another process was faster."""
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return None
        if try_exclusive(handle) and path.exists():
            return cls(path, handle)
        os.close(handle)
        return None

    def append(self, line: str) -> None:
        """One line, at once with the system. What the disk refuses is kept in memory and tried again by `lines`."""
        if self._owner != os.getpid():
            return
        self._unwritten.append(line)
        self._flush()

    def lines(self) -> list[str]:
        """All lines so far, the last one perhaps torn by a crash (it then lacks its closing brace)."""
        self._flush()
        text = self.path.read_bytes().decode("utf-8", "backslashreplace")
        return [line for line in text.split("\n") if line] + self._unwritten

    def close(self) -> None:
        """Lets go of the file and its lock; the file stays."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def remove(self) -> None:
        """The results are in the database: the file goes, and its folder with the last one."""
        self.path.unlink(missing_ok=True)
        self.close()
        try:
            self.path.parent.rmdir()
        except OSError:  # other sessions' spools, or rejected lines, are in it
            return

    def _flush(self) -> None:
        while self._unwritten:
            data = (self._unwritten[0] + "\n").encode()
            try:
                complete = os.write(self._handle, data) == len(data)
            except OSError as error:
                self.problem, complete = error, False
            if not complete:
                os.ftruncate(self._handle, self._size)
                return
            self._size += len(data)
            del self._unwritten[0]
        self.problem = None

    def _forget(self) -> None:
        if self._owner != os.getpid():
            self.close()


def folders(database: Path) -> tuple[Path, Path]:
    """Where spools of this database may lie, the usual place first."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    name = hashlib.sha256(os.fsencode(database)).hexdigest()[:16]
    return Path(f"{database}.spool"), state / "ipfs-bench" / "spool" / f"{database.name}-{name}"


def files(folder: Path) -> Iterator[Path]:
    """The spool files of one folder, oldest first."""
    if folder.is_dir():
        yield from sorted(folder.glob(f"*{SUFFIX}"))


def waiting(database: Path) -> int:
    """How many results lie in spools of this database, not yet taken in (the lines that tell of the run not counted)."""
    count = 0
    for folder in folders(database):
        for path in files(folder):
            try:
                data = path.read_bytes()
            except OSError:
                continue
            count += data.count(b"\n") - data.count(b'{"table":"test_runs"')
    return count
