"""The first lines of a generated file: what it was made from, and the command that makes it again."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOM = 1000  # bytes of a file in which its header ends
FORM = "# Made by ipfs-bench from the template {}, version {}. Again, in this folder: {}\n"
TOLD = re.compile(r"\A" + re.escape(FORM).replace(r"\{\}", "{}").format(r"(\S+)", r"(\S+)", "(.+)"))


@dataclass(frozen=True)
class Header:
    """A template's name and version (`3-9c1f02ab`: its number, what its text and its parents' hash to), and a command."""

    template: str
    version: str
    command: str

    def __str__(self) -> str:
        return FORM.format(self.template, self.version, self.command)


def read(text: str) -> Header | None:
    """The header of a generated file's text; None of any other's."""
    found = TOLD.match(text)
    return Header(*found.groups()) if found else None


def of_file(path: Path) -> Header | None:
    """The header of a generated file; None of any other, and of one that can't be read."""
    try:
        with path.open("rb") as file:
            return read(file.read(ROOM).decode("utf-8", "replace"))
    except (OSError, ValueError):  # no file, or a name that none can have
        return None
