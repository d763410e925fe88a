"""Which templates are used, and how the tests fared that were made from them."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pytest_ipfs_bench.templates import database as stored
from pytest_ipfs_bench.templates import header
from pytest_ipfs_bench.templates.template import Template

COLUMNS = ("template", "version", "files", "run_files", "passed", "failed", "errors", "skipped", "last_run")
MOST_FILES = 100_000
SKIPPED = ("node_modules", "__pycache__")


def rows(file: Path, templates: Mapping[str, Template], folders: Iterable[Path]) -> list[tuple[Any, ...]]:
    """One for each template and version, unknown where nothing was counted; those that were never used have no version.

    files: how many of the folders are made from it; run_files and all that follows: of the runs that are stored.
    """
    made = Counter((found.template, found.version) for path in folders for found in _headers(path))
    ran = {(name, version): tuple(rest) for name, version, *rest in stored.usage(file)} if file.exists() else {}
    used = sorted({*made, *ran})
    names = {name for name, _ in used}
    idle = [(name, *(None,) * 8) for name, one in templates.items() if name not in names and one.about.kind != "helper"]
    return [(*key, made.get(key), *ran.get(key, (None,) * 6)) for key in used] + idle


def _headers(path: Path) -> Iterator[header.Header]:
    """The headers of a file, or of those in a folder and below; of links none."""
    for number, one in enumerate(_files(path)):
        if number == MOST_FILES:
            return
        if found := header.of_file(one):
            yield found


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = [one for one in folders if one not in SKIPPED and not one.startswith(".")]
        files = (Path(folder, name) for name in names if name.endswith((".py", ".toml")))
        yield from (one for one in files if not one.is_symlink())
