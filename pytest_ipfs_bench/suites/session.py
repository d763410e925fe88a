"""The suite of a session: what its file says takes effect, and which of the shipped tests it runs."""

import importlib.util
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import planning, settings, suites
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.errors import BenchError

if TYPE_CHECKING:
    import pytest

    from pytest_ipfs_bench.registry import Registry


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
    suite = suites.read(suites.find(named, shipped_suites(), config.invocation_params.dir, asked), asked)
    words = settings.spoken(config, *shlex.split(os.environ.get("PYTEST_ADDOPTS", "")))
    louder = {name for name in suite.options if settings.given(getattr(words, f"ipfs_bench_{name}", None))}
    for name in suite.options.keys() - louder:
        setattr(config.option, f"ipfs_bench_{name}", suite.options[name])
    places = {name: where for name, where in suite.places.items() if name not in louder}
    setattr(config.option, settings.SUITE, _more(suite) | {"places": places})
    return list(suite.tests)


def planned(named: str, here: Path, hardware: Sequence[str], registry: "Registry") -> list[Cell]:
    """The cells that a session of that suite would run, on its own hardware unless other is named (default: the CPU).

    Raises BenchError for a suite or hardware that nobody knows.
    """
    asked = f"--suite {named}"
    suite = suites.read(suites.find(named, shipped_suites(), here, asked), asked)
    said = {**suite.options, **({"hardware": list(hardware)} if hardware else {})}
    more = _more(suite) | {"places": {name: where for name, where in suite.places.items() if name != "hardware"}}
    choice = settings.choice_of(said.get, more)
    backends, models = registry.backends(), registry.models()
    return [
        cell for kind in suite.tests if kind in planning.KINDS for cell in planning.plan(choice, backends, models, kind)
    ]


def _more(suite: suites.Suite) -> dict[str, Any]:
    """What a suite says that no option can say."""
    return {
        "tests": list(suite.tests), "notes": list(suite.notes), "shapes": dict(suite.shapes),
        "priorities": list(suite.priorities), "training": dict(suite.training), "generation": dict(suite.generation),
    }  # fmt: skip


def paths(named: str, kinds: Sequence[str]) -> list[str]:
    """The shipped tests of these kinds. Raises BenchError where there are none."""
    found = [path for kind in kinds if (path := shipped_tests() / f"test_{kind}.py").is_file()]
    if not found:
        raise BenchError(f"--bench-suite={named}: no tests of {' and '.join(kinds)} are shipped.")
    return list(map(str, found))
