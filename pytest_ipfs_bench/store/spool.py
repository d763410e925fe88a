"""The spool: one file of lines per session, beside the database, written as results arrive.

A session holds a lock (flock) on its spool as long as it lives. A spool whose lock can be had is an orphan: its session
was killed, or could not get at the database. Spools lie in `DB.spool/`, or in the user's state folder where that folder
can't be made.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pytest_ipfs_bench.places import Remote, Target
from pytest_ipfs_bench.store.lock import try_exclusive

SUFFIX = ".ndjson"


@dataclass
class _File:
    path: Path
    handle: int
    size: int


class Spool:
    """An open, locked spool. Only the process that made it writes to it.

    It is one file, until the disk refuses a line: then it goes on in the next folder, in a file that begins with the
    line about the run as well. What no folder takes stays in memory (`unwritten`).
    """

    def __init__(self, path: Path, handle: int, spare: Iterable[Path] = ()) -> None:
        self._files = [_File(path, handle, os.fstat(handle).st_size)]
        self._spare = list(spare)
        self._owner = os.getpid()
        self._first: str | None = None
        self.unwritten: list[str] = []
        self.problem: OSError | None = None

    @classmethod
    def create(cls, database: Target, run_id: str) -> Self:
        """A new spool in the first folder that takes it. Raises OSError where none does."""
        refused: OSError | None = None
        paths = [folder / f"{run_id}{SUFFIX}" for folder in folders(database)]
        for number, path in enumerate(paths):
            try:
                spool = cls(path, _make(path), paths[number + 1 :])
            except OSError as error:
                refused = refused or error
                continue
            os.register_at_fork(after_in_child=spool._forget)  # a child that outlives us must not hold the lock
            return spool
        raise refused or OSError("no folder for the spool")

    @classmethod
    def adopt(cls, *paths: Path) -> Self | None:
        """An orphan, all files of one session, locked; None if the session lives or another process was faster."""
        spool: Self | None = None
        for path in paths:
            try:
                handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)  # enough for the lock: it may be another user's
            except OSError:
                continue
            if spool is None:
                spool = cls(path, handle)
            else:
                spool._files.append(_File(path, handle, os.fstat(handle).st_size))
            if not _owned(handle) or not path.exists():
                spool.close()
                return None
        return spool

    @property
    def path(self) -> Path:
        """The first file."""
        return self._files[0].path

    @property
    def paths(self) -> list[Path]:
        """Every file."""
        return [file.path for file in self._files]

    def append(self, line: str) -> None:
        """One line, at once with the system."""
        if self._owner != os.getpid():
            return
        self._first = self._first or line
        if self.unwritten or not self._write(line):
            self.unwritten.append(line)
            self._flush()

    def lines(self) -> list[str]:
        """All lines so far, the last one perhaps torn by a crash (it then lacks its closing brace)."""
        self._flush()
        texts = [file.path.read_bytes().decode("utf-8", "backslashreplace") for file in self._files]
        return [line for text in texts for line in text.split("\n") if line] + self.unwritten

    def close(self) -> None:
        """Lets go of the files and their locks; the files stay."""
        for file in self._files:
            if file.handle >= 0:
                os.close(file.handle)
                file.handle = -1

    def remove(self) -> list[Path]:
        """The results are in the database: the files go, and their folders with the last one; those that can't."""
        left = []
        for path in self.paths:
            try:
                path.unlink(missing_ok=True)
            except OSError:
                left.append(path)
        self.close()
        for path in self.paths:
            try:
                path.parent.rmdir()
            except OSError:  # other sessions' spools, or rejected lines, are in it
                continue
        return left

    def _flush(self) -> None:
        while self.unwritten:
            if self._write(self.unwritten[0]):
                del self.unwritten[0]
            elif not self._go_on_elsewhere():
                return

    def _write(self, line: str) -> bool:
        file, data = self._files[-1], (line + "\n").encode()
        try:
            complete = os.write(file.handle, data) == len(data)
        except OSError as error:
            self.problem, complete = error, False
        if not complete:
            os.ftruncate(file.handle, file.size)
            return False
        file.size += len(data)
        return True

    def _go_on_elsewhere(self) -> bool:
        while self._spare:
            path = self._spare.pop(0)
            try:
                self._files.append(_File(path, _make(path), 0))
            except OSError:
                continue
            if self._first is None or self._write(self._first):
                return True
        return False

    def _forget(self) -> None:
        if self._owner != os.getpid():
            self.close()


def _make(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o666)
    _owned(handle)
    return handle


def _owned(handle: int) -> bool:
    """Whether the lock on a spool could be had.

    On a file system without locks nobody can say whether a session lives: its spool is written all the same, and taken
    in by nobody else until it is copied to another disk.
    """
    try:
        return try_exclusive(handle)
    except OSError:
        return False


def folders(database: Target) -> tuple[Path, ...]:
    """Where spools of this database may lie, the usual place first; those of a served one lie in the state folder."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "ipfs-bench" / "spool"
    if isinstance(database, Remote):
        return (state / database.name,)
    name = hashlib.sha256(os.fsencode(database)).hexdigest()[:16]
    return Path(f"{database}.spool"), state / f"{database.name}-{name}"


def files(folder: Path) -> Iterator[Path]:
    """The spool files of one folder, oldest first."""
    if folder.is_dir():
        yield from sorted(path for path in folder.glob(f"*{SUFFIX}") if path.is_file())


def by_session(paths: Iterable[Path]) -> list[list[Path]]:
    """Files of the same session (the same name, in several folders) together, in the order in which they come."""
    sessions: dict[str, list[Path]] = {}
    for path in paths:
        sessions.setdefault(path.name, []).append(path)
    return list(sessions.values())


def waiting(database: Target) -> int:
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
