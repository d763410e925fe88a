"""The suite of a session: what its file says takes effect, and which of the shipped tests it runs."""

import importlib.util
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench import settings, suites
from pytest_ipfs_bench.errors import BenchError

if TYPE_CHECKING:
    import pytest


def shipped_tests() -> Path:
    """The folder of the tests over cells that we ship, found without importing it."""
    spec = importlib.util.find_spec("model_suites")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def shipped_suites() -> Path:
    """The folder of the suite files that we ship."""
    return shipped_tests() / "suites"


def take(config: "pytest.Config", named: str) -> list[str]:
    """What the suite of that name says takes the place of what neither the command line nor the environment says.

    It is written into config.option, above an ini's addopts. Returns the kinds of tests that it names. Raises BenchError
    naming what is wrong with it.
    """
    asked = f"--bench-suite={named}"
    suite = suites.read(suites.find(named, shipped_suites(), config.invocation_params.dir), asked)
    words = settings.spoken(config, *shlex.split(os.environ.get("PYTEST_ADDOPTS", "")))
    louder = {name for name in suite.options if settings.given(getattr(words, f"ipfs_bench_{name}", None))}
    for name in suite.options.keys() - louder:
        setattr(config.option, f"ipfs_bench_{name}", suite.options[name])
    places = {name: where for name, where in suite.places.items() if name not in louder}
    more = {
        "tests": list(suite.tests), "notes": list(suite.notes), "places": places, "shapes": dict(suite.shapes),
        "priorities": list(suite.priorities), "training": dict(suite.training), "generation": dict(suite.generation),
    }  # fmt: skip
    setattr(config.option, settings.SUITE, more)
    return list(suite.tests)


def paths(named: str, kinds: Sequence[str]) -> list[str]:
    """The shipped tests of these kinds. Raises BenchError where there are none."""
    found = [path for kind in kinds if (path := shipped_tests() / f"test_{kind}.py").is_file()]
    if not found:
        raise BenchError(f"--bench-suite={named}: no tests of {' and '.join(kinds)} are shipped.")
    return list(map(str, found))
