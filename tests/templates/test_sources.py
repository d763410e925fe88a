"""What is told of generated Python without running it."""

import pytest

from pytest_ipfs_bench.templates import sources

DECLARES = '''
"""A module."""
from __future__ import annotations

import dataclasses
import os.path
from typing import TYPE_CHECKING

import pytest

from pytest_ipfs_bench.hookspecs import hookimpl
from pytest_ipfs_bench.testing import BackendConformance

if TYPE_CHECKING:
    import nobody_has_this
try:
    import nobody_has_that
except ImportError:
    nobody_has_that = None

HARDWARE = ["cpu", *("cuda",)]
HOUR = 60 * 60
pytestmark = [pytest.mark.slow, pytest.mark.bench_cells(models=["bert"], hardware=HARDWARE)]
np = pytest.importorskip("numpy")


@dataclasses.dataclass(frozen=True)
class Point:
    x: int = 1
    y: list[int] = dataclasses.field(default_factory=list)


class TestMine(BackendConformance):
    @pytest.fixture
    def backend(self):
        return os.getcwd()

    @property
    def name(self):
        return "x"


@hookimpl
def register_backends():
    return []


@pytest.mark.parametrize("n", [1, 2], ids=["one", "two"])
def test_a(n, size=len):
    print(n)


if __name__ == "__main__":
    os.remove("x")
'''


def test_declarations_run_nothing():
    assert sources.runs(DECLARES) is None


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.system('x')",
        "x = open('y')",
        "x = [open('y') for _ in (1,)]",
        "x = lambda: open('y')",
        "def f(x=open('y')): pass",
        "import os as pytest\npytest.mark.x()",
        "from evil import pytest\npytest.mark.x()",
        "class pytest:\n    mark = 1\npytest.mark.x()",
        "def pytest_generate_tests(metafunc): pass",
        "pytest_plugins = ['evil']",
        "def __getattr__(name): pass",
        "class A:\n    def __init_subclass__(cls): pass\nclass B(A): pass",
        "class A(metaclass=print): pass",
        "class A:\n    x = open('y')",
        "def evil(f): pass\n@evil\ndef test_a(): pass",
        "import evil\n@evil.now\ndef test_a(): pass",
        "import pytest\n@pytest.mark.parametrize('a', [1], ids=print)\ndef test_a(a): pass",
        "import pytest\npytest.mark.x.__init__.__globals__['os'].system('x')",
        "import pytest\n@pytest.mark.x.__class__\ndef test_a(): pass",
        "import pytest\n@pytest.fixture(scope=print)\ndef a(): pass",
        "import pytest\nimport os\n@pytest.fixture(scope=os.abort)\ndef a(): pass",
        "from evil import *",
        "from .pytest import mark as field",
        "x = 2 ** 99",
        "x = 'a' * 900000000",
        "x = [0] * 900000000",
        "x = 1 << 99",
        "import pytest\npytest.main()",
        "import pytest\npytest.exit('x')",
        "for x in (1,): pass",
        "with open('x'): pass",
        "assert open('x')",
        "while True: pass",
        "if open('x'): pass",
        "try:\n    open('x')\nexcept OSError:\n    pass",
        "del x",
        "x.y = 1",
        "raise SystemExit",
    ],
)
def test_anything_else_does(source):
    assert sources.runs(source)


def test_what_it_would_run_is_named_with_its_line():
    assert sources.runs("import os\nos.remove('x')\n") == "line 2: os.remove('x')"


def test_what_does_not_parse_is_told_with_its_line_and_text():
    (found,) = sources.check("x = 1\ndef test_(:\n", "bert on cpu")
    assert (found.rule, str(found)) == (
        "python", "what it makes is no Python: line 2: invalid syntax: def test_(: (bert on cpu)",
    )  # fmt: skip
    (found,) = sources.check("x = '\0'", "bert on cpu")
    assert found.message.startswith("what it makes is no Python: ")


def test_imports_that_are_not_there_are_told_once_but_those_that_are_foreseen():
    assert sources.check(DECLARES, "x") == []
    source = "import no_such\nimport no_such.part\nfrom no_such import x\nimport pytest_ipfs_bench.nothing\nimport os.path, xml.dom\n"
    assert [one.message for one in sources.check(source, "x")] == [
        f"it imports {name!r}, which is not installed here"
        for name in ("no_such", "no_such.part", "pytest_ipfs_bench.nothing")
    ]


def test_looking_for_a_module_imports_nothing(tmp_path, monkeypatch):
    (tmp_path / "loud").mkdir()
    (tmp_path / "loud" / "__init__.py").write_text("raise SystemExit('imported')")
    (tmp_path / "loud" / "part.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert sources.check("import loud.part", "x") == []
    (found,) = sources.check("import loud.other", "x")
    assert "'loud.other'" in found.message
