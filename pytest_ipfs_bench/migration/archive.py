"""The archive of migrated files: written, read back, and only then anything is deleted."""

import contextlib
import gzip
import hashlib
import io
import json
import os
import tarfile
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.migration.books import Account
from pytest_ipfs_bench.migration.tree import shown
from pytest_ipfs_bench.places import Target
from pytest_ipfs_bench.store.lock import try_exclusive

MANIFEST = "MANIFEST.json"
NEW = ".new"
PART = 1 << 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file whose every result is in the database: where it is, its name in the archive, and the hash of what was read."""

    file: str
    name: str
    sha256: str
    status: str


@dataclass
class Candidates:
    """Files to archive, by tree: those of two trees of one name are kept apart."""

    files: list[Candidate] = field(default_factory=list)
    _trees: dict[Path, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.files)

    def add(self, root: Path, account: Account) -> None:
        """A file that was imported, or whose results were all known."""
        assert account.sha256 is not None
        if root not in self._trees:
            taken = Counter(name.rpartition("~")[0] or name for name in self._trees.values())
            again = taken[root.name]
            self._trees[root] = f"{root.name}~{again + 1}" if again else root.name
        below = os.path.relpath(account.entry.file, root) if root.is_dir() else ""
        name = "/".join(filter(None, (self._trees[root], below)))
        self.files.append(Candidate(account.entry.file, name, account.sha256, account.status))


def pack(kept: Candidates, folder: Path, database: Target, *, delete: bool) -> list[str]:
    """Writes one archive, reads it back, and then (if asked to) deletes what is in it. Answers in sentences.

    A file that is no longer what was imported is left where it is, and named. Raises BenchError where the archive can't
    be written or does not read back; nothing is deleted then.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        new, packed, changed = _write(kept.files, folder, database)
        _verify(new, packed)
        path = new.rename(new.with_name(new.name.removesuffix(NEW)))
        _sync(folder)
    except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
        raise BenchError(f"{folder}: the archive can't be written ({error}).\nNothing was deleted.") from error
    told = [f"Archive: {path} ({len(packed)} files, read back)."]
    left = list(changed)
    if delete:
        left += _delete(packed)
        told.append(f"Deleted {len(packed) + len(changed) - len(left)} files.")
    return told + [f"Left as it is: {shown(file)} ({reason})." for file, reason in left]


def _sweep(folder: Path) -> None:
    """Removes what a killed run left half written: nobody holds its lock."""
    for path in folder.glob(f"migration-*{NEW}"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            if try_exclusive(file.fileno()):
                path.unlink()


def _write(
    files: Iterable[Candidate], folder: Path, database: Target
) -> tuple[Path, list[Candidate], list[tuple[str, str]]]:
    """A complete archive under a name for now, what is in it as it was imported, and what is not, with the reason."""
    packed: list[Candidate] = []
    changed: list[tuple[str, str]] = []
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    new = folder / f"migration-{stamp}-{os.getpid()}.tar.gz{NEW}"
    with new.open("xb") as raw:
        try_exclusive(raw.fileno())
        with tarfile.open(fileobj=raw, mode="w:gz", format=tarfile.PAX_FORMAT, dereference=True) as tar:
            for one in files:
                reason = _add(tar, one)
                if reason:
                    changed.append((one.file, reason))
                else:
                    packed.append(one)
            _add_manifest(tar, packed, database)
        raw.flush()
        os.fsync(raw.fileno())
    return new, packed, changed


def _add(tar: tarfile.TarFile, one: Candidate) -> str | None:
    """Puts a file into the archive; why it is not there as it was imported, if it isn't."""
    if Path(f"{one.file}.wal").exists():
        return "its log, the .wal beside it, belongs to it"
    try:
        handle = os.open(one.file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        return f"it can't be read: {error.strerror}"
    with os.fdopen(handle, "rb") as file:
        info = tar.gettarinfo(arcname=one.name, fileobj=file)
        if not info.isfile():
            return "it is no regular file any more"
        if _hash(file) != one.sha256:
            return "it has changed since it was read"
        file.seek(0)
        tar.addfile(info, file)
    return None


def _add_manifest(tar: tarfile.TarFile, packed: Iterable[Candidate], database: Target) -> None:
    files = [{**asdict(one), "file": shown(one.file), "name": shown(one.name)} for one in packed]
    told = {"database": shown(str(database)), "made_at": datetime.now(UTC).isoformat(), "files": files}
    text = json.dumps(told, ensure_ascii=False, indent=1).encode()
    info = tarfile.TarInfo(MANIFEST)
    info.size, info.mtime = len(text), int(time.time())
    tar.addfile(info, io.BytesIO(text))


def _verify(path: Path, packed: Iterable[Candidate]) -> None:
    """Reads the archive back. Raises BenchError where a file in it is not what was imported."""
    wanted = {one.name: one.sha256 for one in packed}
    with gzip.open(path) as raw:
        with tarfile.open(fileobj=raw, mode="r:") as tar:
            found = {info.name: _hash(file) for info, file in _members(tar) if info.name in wanted}
        while raw.read(PART):  # to the very end, where gzip's own checksum stands
            pass
    wrong = [name for name, sha256 in wanted.items() if found.get(name) != sha256]
    if wrong:
        raise BenchError(f"{path}: {len(wrong)} files do not read back, e.g. {shown(wrong[0])}.\nNothing was deleted.")


def _members(tar: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    for info in tar:
        file = tar.extractfile(info)
        if file is not None:
            yield info, file


def _delete(packed: Iterable[Candidate]) -> list[tuple[str, str]]:
    """Deletes files that are still what was archived; those that are not, with the reason."""
    left = []
    for one in packed:
        try:
            handle = os.open(one.file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as file:
                same = _hash(file) == one.sha256
            if same:
                Path(one.file).unlink()
            else:
                left.append((one.file, "it has changed since it was archived"))
        except OSError as error:
            left.append((one.file, f"it can't be deleted: {error.strerror}"))
    return left


def _hash(file: IO[bytes]) -> str:
    found = hashlib.sha256()
    while part := file.read(PART):
        found.update(part)
    return found.hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
