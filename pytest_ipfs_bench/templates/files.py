"""Generated files: their names, and putting them into a folder, whole or not at all."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.templates import header

MOST_FILES = 20
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}\.(?:py|toml)")
BEGINS = re.compile(r"^#: file (?P<name>.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class File:
    """A file to be: its name, without any folder, and its text."""

    name: str
    text: str

    @property
    def module(self) -> str:
        """What a Python file is imported as."""
        return self.name.partition(".")[0]


def split(text: str, usual: str) -> list[File]:
    """The files of a rendered text, each begun by a line `#: file NAME`; without such a line one of the usual name.

    Raises BenchError for a name that is none, or leaves its folder.

    >>> [file.name for file in split("#: file a.py\\nx = 1\\n#: file b.toml\\n", "c.py")]
    ['a.py', 'b.toml']
    """
    first, *rest = BEGINS.split(text)
    parts = list(zip(rest[::2], rest[1::2], strict=True)) or [(usual, first)]
    if rest and first.strip():
        raise BenchError("What stands before the first `#: file NAME` belongs to no file.\nPut such a line first.")
    if len(parts) > MOST_FILES:
        raise BenchError(f"One template makes at most {MOST_FILES} files; this one makes {len(parts):,}.")
    made = [File(check_name(name.strip()), f"{body.strip()}\n") for name, body in parts]
    twice = next((name for name, count in Counter(file.name for file in made).items() if count > 1), None)
    if twice:
        raise BenchError(f"Two files would be called {twice}.\nGive them two names.")
    return made


def check_name(name: str) -> str:
    """A name that stays in its folder. Raises BenchError for any other."""
    if not NAME.fullmatch(name):
        raise BenchError(
            f"{name[:120]!r} can't be the name of a generated file.\n"
            "A name has letters, digits, _, - and ., no folder, and ends in .py or .toml."
        )
    return name


def write(files: Sequence[File], folder: Path, *, force: bool) -> list[Path]:
    """Writes them, each whole or not at all; their paths. Raises BenchError where some are there already, unless force."""
    there = [file.name for file in files if (folder / file.name).exists() or (folder / file.name).is_symlink()]
    if there and not force:
        raise BenchError(
            f"{folder}: {', '.join(there)} exist{'s' if len(there) == 1 else ''} already; nothing was written.\n"
            "Overwrite with --force, or see what would change with --check."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_put(folder / file.name, file.text) for file in files]
    except OSError as error:
        raise BenchError(f"{folder}: it can't be written to ({error.strerror or error}).") from error


def differing(files: Iterable[File], folder: Path) -> dict[str, str]:
    """Which of these are not in the folder as they would be made now, by name: "missing", "changed", or why it can't be read."""
    found = {}
    for file in files:
        try:
            if (folder / file.name).read_bytes() != file.text.encode("utf-8"):
                found[file.name] = "changed"
        except FileNotFoundError:
            found[file.name] = "missing"
        except OSError as error:
            found[file.name] = str(error.strerror or error)
    return found


def left_over(files: Sequence[File], folder: Path) -> list[str]:
    """Files of the folder that one of these commands made once, and would not make any more."""
    commands = {made.command for file in files if (made := header.read(file.text))}
    names = {file.name for file in files}
    found = sorted(path for path in folder.glob("*") if path.name not in names and NAME.fullmatch(path.name))
    return [path.name for path in found if (told := header.of_file(path)) and told.command in commands]


def _put(path: Path, text: str) -> Path:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path
