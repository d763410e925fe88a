"""Walking a tree of files that nobody vouches for: links are not followed, special files not opened, nothing is missed."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Tools' own folders: counted as one entry each, never entered.
CLOSED = {".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", ".tox", ".mypy_cache", ".ruff_cache"}
# Files of other kinds (weights, pictures, programs) are not opened: a tree may hold terabytes of them.
ENDINGS = (
    ".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".csv", ".tsv", ".txt", ".log", ".out", ".xml", ".md",
    ".js", ".sql", ".plist", ".yaml", ".yml", ".duckdb", ".db", ".sqlite", ".pymon", ".parquet",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a tree. `path` is relative to it, "/" between names, bytes that are no text escaped.

    `problem` says why it isn't read, `fault` whether that is a fault (an unreadable folder) or its nature (a link).
    """

    path: str
    file: str
    size: int = 0
    modified: float = 0.0
    problem: str = ""
    fault: bool = False


def walk(root: Path, shut: frozenset[str] = frozenset()) -> Iterator[Entry]:
    """Every file below a folder, or the one file, in order of names. What is in `shut` (real paths) is passed over.

    A file that is named itself is read whatever it is called.
    """
    if root.is_dir():
        yield from _folder(os.fspath(root), "", shut)
    else:
        found = root.stat()
        regular = stat.S_ISREG(found.st_mode)
        yield Entry(
            shown(root.name),
            os.fspath(root),
            found.st_size,
            found.st_mtime,
            "" if regular else "it is no regular file",
            not regular,
        )


def count(root: Path, shut: frozenset[str] = frozenset()) -> int:
    """How many entries `walk` will give."""
    return sum(1 for _ in walk(root, shut))


def shown(name: str) -> str:
    """A name as UTF-8 can hold it: other bytes as their escapes, as in bad\\xffname."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _folder(folder: str, path: str, shut: frozenset[str]) -> Iterator[Entry]:
    """Depth first without recursion: a tree may be deeper than Python's stack."""
    pending, names = [(folder, path)], {Path(one).name for one in shut}
    while pending:
        folder, path = pending.pop()
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=_order)
        except OSError as error:
            yield Entry(path or ".", folder, problem=f"the folder can't be read: {error.strerror}", fault=True)
            continue
        below = []
        for entry in entries:
            name = f"{path}/{shown(entry.name)}" if path else shown(entry.name)
            if entry.name in names and os.path.realpath(entry.path) in shut:
                continue
            if not entry.is_dir(follow_symlinks=False):
                yield _file(entry, name)
            elif entry.name in CLOSED:
                yield Entry(name, entry.path, problem="a tool's own folder, not entered")
            else:
                if entry.name.lower().endswith(ENDINGS):
                    yield Entry(
                        name, entry.path, problem="a folder, in spite of its name; its files are listed by themselves"
                    )
                below.append((entry.path, name))
        pending += reversed(below)


def _order(entry: os.DirEntry[str]) -> tuple[bool, str]:
    """By name; a file of several names (hard links) after the others, so that it is the one that is called a copy."""
    try:
        linked = entry.stat(follow_symlinks=False).st_nlink > 1 and not entry.is_dir(follow_symlinks=False)
    except OSError:
        linked = False
    return linked, entry.name


def _file(entry: os.DirEntry[str], name: str) -> Entry:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError as error:
        return Entry(name, entry.path, problem=f"it can't be looked at: {error.strerror}", fault=True)
    problem = ""
    if stat.S_ISLNK(found.st_mode):
        problem = "a symbolic link: what it points to is imported where it lies"
    elif not stat.S_ISREG(found.st_mode):
        problem = "not a regular file"
    elif not entry.name.lower().endswith(ENDINGS):
        problem = "its name ends like no result file's (name the file itself to have it read)"
    return Entry(name, entry.path, found.st_size, found.st_mtime, problem)
