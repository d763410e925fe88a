"""Which modules only declare: generated tests do, and whatever would act when it is imported or collected is told from them."""

import pytest

from pytest_ipfs_bench.templates.declaring import DEEP, acts

DECLARES = '''
"""A module."""
from __future__ import annotations

import dataclasses
import os.path
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from pytest_ipfs_bench.hookspecs import hookimpl
from pytest_ipfs_bench.testing import BackendConformance

if TYPE_CHECKING:
    import nobody_has_this
try:
    import torch
except ImportError:
    torch = None
if sys.version_info >= (3, 12):
    NEW = True

__all__ = ["Point"]
HARDWARE = ["cpu", *("cuda",)]
MORE = [*HARDWARE, f"{len}"]
HOUR = 60 * 60
pytestmark = [pytest.mark.slow, pytest.mark.bench_cells(models=["bert"], hardware=HARDWARE)]
np = pytest.importorskip("numpy")


@dataclasses.dataclass(frozen=True)
class Point:
    x: int = 1
    y: list[int] = dataclasses.field(default_factory=list)
    z: ClassVar[dict[str, int | None]] = {"a": 1}

    def __init__(self) -> None:
        os.remove("x")


class TestMine(BackendConformance):
    """Its checks."""

    @pytest.fixture(scope="module", params=[1, 2])
    def backend(self, request) -> Point:
        return os.getcwd()

    @property
    def name(self):
        return "x"


@hookimpl
def register_backends() -> list[Any]:
    return []


@pytest.mark.skipif(sys.platform == "win32", reason="x")
@pytest.mark.xfail(raises=ValueError)
@pytest.mark.parametrize("n", [1, pytest.param(2, id="two", marks=pytest.mark.slow)], ids=["one", "two"])
@pytest.mark.parametrize("m", range(3))
@pytest.mark.parametrize("hardware", HARDWARE)
def test_a(n, m, hardware, size=len):
    for name in os.environ:
        print(name)


if __name__ == "__main__":
    os.remove("x")
'''


def test_declarations_do_nothing():
    assert acts(DECLARES) is None


def test_modules_in_the_same_folder_may_be_imported():
    assert acts("import ipfs_bench_mine\n", ["ipfs_bench_mine"]) is None
    assert acts("import ipfs_bench_mine\n") == "line 1: import ipfs_bench_mine"


@pytest.mark.parametrize(
    "source",
    [
        # statements
        "import os\nos.system('x')",
        "x = open('y')",
        "x: int = open('y')",
        "x = [open('y') for _ in (1,)]",
        "x = lambda: open('y')",
        "x = f'{open(1)}'",
        "x = f'{1:>900000000}'",
        "x = [*open('y')]",
        "x = {**open('y')}",
        "x = 2 ** 99",
        "x = 'a' * 900000000",
        "x = [0] * 900000000",
        "x = '%900000000d' % 1",
        "x = 1 << 99",
        "x = (y := open('z'))",
        "for x in (1,): pass",
        "with open('x'): pass",
        "assert open('x')",
        "while True: pass",
        "if open('x'): pass",
        "try:\n    open('x')\nexcept OSError:\n    pass",
        "try:\n    1\nexcept open('x'):\n    pass",
        "del x",
        "x.y = 1",
        "x[0] = 1",
        "x += 1",
        "raise SystemExit",
        # annotations
        "def test_a() -> open('PWN', 'w'): pass",
        "def test_a(x: open('PWN', 'w')): pass",
        "def test_a(*x: open('PWN', 'w')): pass",
        "x: open('PWN', 'w') = 1",
        "x: list[open('PWN', 'w')]",
        # what is called while functions and classes are made
        "def f(x=open('y')): pass",
        "def f(*, x=open('y')): pass",
        "def evil(f): pass\n@evil\ndef test_a(): pass",
        "class A(metaclass=print): pass",
        "class A(open('x')): pass",
        "class A:\n    x = open('y')",
        "class A:\n    def __init_subclass__(cls): pass\nclass B(A): pass",
        "class A:\n    __set_name__ = print",
        "import enum\nclass A(enum.Enum):\n    def __init__(self): pass\n    x = 1",
        "import unittest\nclass A(unittest.TestCase):\n    def __init__(self): pass",
        "from enum import Enum\nclass A(Enum):\n    x = 1",
        # what pytest calls while it collects
        "def pytest_generate_tests(metafunc): pass",
        "pytest_plugins = ['evil']",
        "from helper import f as pytest_collection_modifyitems",
        "from os import system as pytest_collection_modifyitems",
        "import os as pytest_generate_tests",
        "def __getattr__(name): pass",
        "def __dir__(): pass",
        "class TestA:\n    def __dir__(self): pass",
        "class TestA:\n    def __getattribute__(self, name): pass",
        "import pytest\n@pytest.mark.parametrize('a', [1], ids=print)\ndef test_a(a): pass",
        "import pytest\n@pytest.mark.parametrize('a', [1], False, print)\ndef test_a(a): pass",
        "import pytest\n@pytest.mark.parametrize('a', [1], **{'ids': print})\ndef test_a(a): pass",
        "import os\nimport pytest\nf = os.system\n@pytest.mark.parametrize('a', ['x'], ids=f)\ndef test_a(a): pass",
        "import pytest\nfrom os import system\n@pytest.mark.parametrize('a', ['x'], ids=system)\ndef test_a(a): pass",
        "import pytest\ndef f(x): pass\nf = 1\n@pytest.mark.parametrize('a', ['x'], ids=f)\ndef test_a(a): pass",
        "import pytest\n@pytest.mark.parametrize('a', range(900000000))\ndef test_a(a): pass",
        "import pytest\n@pytest.fixture(scope=print)\ndef a(): pass",
        "import os\nimport pytest\n@pytest.fixture(scope=os.abort)\ndef a(): pass",
        "import pytest\n@pytest.fixture(ids=print, params=[1])\ndef a(): pass",
        "import pytest\npytest.main()",
        "import pytest\npytest.exit('x')",
        "import pytest\npytest.importorskip('antigravity')",
        # trusted names that are somebody else's
        "import os as pytest\npytest.mark.x()",
        "from evil import pytest\npytest.mark.x()",
        "from .pytest import mark as field",
        "class pytest:\n    mark = 1\npytest.mark.x()",
        "from functools import reduce as tuple\ntuple(open, ['P', 'w'])",
        "from functools import reduce as field\nfield(open, ['P', 'w'])",
        "from functools import reduce as property\nclass A:\n    @property\n    def a(self): pass",
        "class A:\n    property = print\n    @property\n    def a(self): pass",
        "import pytest\npytest.mark.x.__init__.__globals__['os'].system('x')",
        "import pytest\npytest.mark.__class__.__getattr__.__globals__['__builtins__']['open']('P', 'w')",
        "import pytest\n@pytest.mark.x.__class__\ndef test_a(): pass",
        "from helper import *",
        "from dataclasses import *",
        # guards that are none
        "__name__ = '__main__'\nif __name__ == '__main__':\n    open('x')",
        "from os import sep as __name__",
        "TYPE_CHECKING = True\nif TYPE_CHECKING:\n    open('x')",
        "from os import sep as TYPE_CHECKING\nif TYPE_CHECKING:\n    open('x')",
        "import typing\ntyping.TYPE_CHECKING = True",
        "from os import error as ImportError\ntry:\n    pass\nexcept ImportError:\n    pass",
        "if __name__ == '__main__':\n    pass\nelse:\n    open('x')",
        # modules that act when they are imported
        "import antigravity",
        "import unittest.__main__",
        "import venv.__main__",
        "from json import __main__",
        "import idlelib.idle",
        "from . import evil",
        # another encoding than the one that is read
        "# coding: unicode_escape\n# \\nopen('PWN', 'w')\n",
    ],
)  # fmt: skip
def test_anything_else_acts(source):
    assert acts(source, ["helper"])


def test_what_it_would_do_is_named_with_its_line():
    assert acts("import os\nos.remove('x')\n") == "line 2: os.remove('x')"


@pytest.mark.parametrize("source", ["x = a" + "[0]" * 3000, "x = a" + ".b" * 3000, "x = " + "-" * 3000 + "1"])
def test_what_is_nested_too_deep_to_tell_is_no_declaration(source):
    assert acts(source) == DEEP


def test_what_is_no_python_is_no_declaration():
    assert acts("def (").startswith("what can't be read (")
    assert acts("\ud800").startswith("what can't be read (")
