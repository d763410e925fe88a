"""What is told of generated Python without running it."""

import pytest

from pytest_ipfs_bench.templates import sources

FORESEEN = """
import os.path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import nobody_has_this
try:
    import nobody_has_that
except ImportError:
    nobody_has_that = None
"""


@pytest.mark.parametrize("text", ["# coding: unicode_escape\n# \\nx = 1\n", "#!x\n# -*- coding: latin-1 -*-\n"])
def test_another_encoding_than_that_of_the_file_is_refused(text):
    (found,) = sources.check(text, "x")
    assert "files are written in UTF-8" in found.message or "no Python" in found.message
    assert sources.check("# coding: utf-8\nx = 1\n", "x") == []


def test_what_does_not_parse_is_told_with_its_line_and_text():
    (found,) = sources.check("x = 1\ndef test_(:\n", "bert on cpu")
    assert (found.rule, str(found)) == (
        "python", "what it makes is no Python: line 2: invalid syntax: def test_(: (bert on cpu)",
    )  # fmt: skip
    (found,) = sources.check("x = '\0'", "bert on cpu")
    assert found.message.startswith("what it makes is no Python: ")


def test_imports_that_are_not_there_are_told_once_but_those_that_are_foreseen():
    assert sources.check(FORESEEN, "x") == []
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
