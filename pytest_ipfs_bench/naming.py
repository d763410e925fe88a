"""Which database is meant where pytest is not asked: in the console script and in Python."""

import configparser
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_ipfs_bench.places import Target
from pytest_ipfs_bench.settings import default_database, place

# Where pytest looks for its settings, in its order.
INI_FILES = {
    "pytest.toml": "pytest",
    ".pytest.toml": "pytest",
    "pytest.ini": "pytest",
    ".pytest.ini": "pytest",
    "pyproject.toml": "tool.pytest",
    "tox.ini": "pytest",
    "setup.cfg": "tool:pytest",
}


def chosen(name: str | None) -> Target:
    """The database that is meant: as named, else by environment, by ini, or the default."""
    here = Path.cwd()
    named = name or os.environ.get("BENCHMARK_DB_PATH")
    if named:
        return place(named, here, "--db")
    return ini_database(here) or default_database(here)


def ini_database(folder: Path) -> Target | None:
    """What `bench_db` says in the file that configures pytest here (the nearest one at or above this folder)."""
    for above in (folder, *folder.parents):
        for name, section in INI_FILES.items():
            found = _section(above / name, section)
            if found is not None:
                value = found.get("bench_db")
                return place(str(value), above, "bench_db") if value else None
    return None


def _section(path: Path, section: str) -> Mapping[str, Any] | None:
    """A section of an ini or TOML file; None if file or section is not there, or can't be read."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".toml":
            parser = configparser.ConfigParser(interpolation=None)
            parser.read_string(text)
            return parser[section] if parser.has_section(section) else None
        found: Any = tomllib.loads(text)
        for part in section.split("."):
            found = found[part]
    except (OSError, ValueError, KeyError, TypeError, configparser.Error):
        return None
    return found.get("ini_options", found) if isinstance(found, dict) else None
