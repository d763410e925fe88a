"""What the user allows and wishes of backends: the options of browsers, and the time a cell gets."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench.backend import Options
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.options import BROWSERS, browser
from pytest_ipfs_bench.settings import options

if TYPE_CHECKING:
    import pytest

BROWSER = "IPFS_BENCH_BROWSER"
PAGES = "ipfs-bench-pages"  # in pytest's cache folder: what failed cells left in a browser


def parse(config: "pytest.Config") -> Options:
    """What the user allows and wishes of backends. Raises BenchError for a browser that nobody knows."""
    option, cache = options(config), getattr(config, "cache", None)
    usual = Options()
    return Options(
        browser=_browser(config),
        allow_software=option("allow_software"),
        cpu_fallback=not option("no_cpu_fallback"),
        headed=any(config.getoption(name, None) for name in ("ipfs_bench_headed", "headed")),
        ort_web_dir=_path(config, option("ort_web_dir")),
        pages=str(cache.mkdir(PAGES)) if cache else None,
        timeout=usual.timeout if option("timeout") is None else float(option("timeout")),
    )


def _browser(config: "pytest.Config") -> str | None:
    """The browser asked for: by our option, by that of another plugin (a name, or a list of them), by the environment."""
    theirs = config.getoption("browser", None)
    named = config.getoption("ipfs_bench_browser", None) or (
        theirs[0] if isinstance(theirs, list) and theirs else theirs
    )
    if named:
        return str(named) if named in BROWSERS else _path(config, str(named))
    try:
        return browser(os.environ[BROWSER]) if os.environ.get(BROWSER) else None
    except argparse.ArgumentTypeError as error:
        raise BenchError(f"{BROWSER}: {error}") from error


def _path(config: "pytest.Config", named: str | None) -> str | None:
    """A path as the user meant it, from the folder of the command."""
    return str((config.invocation_params.dir / Path(named).expanduser()).resolve()) if named else None
