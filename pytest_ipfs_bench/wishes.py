"""What the user allows and wishes of backends: the options of browsers, and the time a cell gets."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench import settings
from pytest_ipfs_bench.backend import Options
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.options import BROWSERS, browser

if TYPE_CHECKING:
    import pytest

BROWSER = "IPFS_BENCH_BROWSER"
THEIR_DEFAULT = "chrome"  # of seleniumbase: nobody has asked for it
PAGES = "ipfs-bench-pages"  # in pytest's cache folder: what failed cells left in a browser


def parse(config: "pytest.Config") -> Options:
    """What the user allows and wishes of backends. Raises BenchError for a browser that nobody knows."""
    option, usual = settings.options(config), Options()
    return Options(
        browser=_asked(config) or _of_environment(),
        allow_software=option("allow_software"),
        cpu_fallback=not option("no_cpu_fallback"),
        headed=any(config.getoption(name, None) for name in ("ipfs_bench_headed", "headed")),
        ort_web_dir=_path(config.invocation_params.dir, option("ort_web_dir")),
        pages=_pages(config),
        timeout=usual.timeout if option("timeout") is None else float(option("timeout")),
    )


def _pages(config: "pytest.Config") -> str | None:
    """The folder in pytest's cache; None where there is no cache, or none can be made."""
    cache = getattr(config, "cache", None)
    try:
        return str(cache.mkdir(PAGES)) if cache else None
    except OSError:
        return None


def options(named: str | None, ort_web_dir: str | None, *, allow_software: bool) -> Options:
    """The same for the console script. Raises BenchError."""
    asked = _known("--browser", named) if named else _of_environment()
    return Options(asked, allow_software, ort_web_dir=_path(Path.cwd(), ort_web_dir))


def _asked(config: "pytest.Config") -> str | None:
    """The browser that our option names, or that of another plugin: it says a name, or a list of them."""
    ours, theirs = config.getoption("ipfs_bench_browser", None), config.getoption("browser", None)
    if ours:
        return _known("--browser", ours)
    if isinstance(theirs, list):
        theirs = theirs[0] if theirs else None
    elif theirs == THEIR_DEFAULT and not any(one.startswith("--browser") for one in config.invocation_params.args):
        theirs = None
    try:
        return _known("--browser", str(theirs)) if theirs else None
    except BenchError:  # it means something in their tests; a cell that wants it says that it is no browser of ours
        return str(theirs)


def _of_environment() -> str | None:
    return _known(BROWSER, os.environ[BROWSER]) if os.environ.get(BROWSER) else None


def _known(asked: str, named: str) -> str:
    """A name that we know, or an absolute path."""
    try:
        return named if browser(named) in BROWSERS else str(Path(named).expanduser().resolve())
    except argparse.ArgumentTypeError as error:
        raise BenchError(f"{asked}: {error}") from error


def _path(folder: Path, named: str | None) -> str | None:
    """A path as the user meant it, from the folder of the command."""
    return str((folder / Path(named).expanduser()).resolve()) if named else None
