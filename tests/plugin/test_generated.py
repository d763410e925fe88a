"""Outcomes of tests in generated files carry the template that the file was made from, and its version."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.templates import header
from pytest_ipfs_bench.templates.header import Header

MADE = str(Header("shipped/test", "3-9c1f02ab", "ipfs-bench generate test bert"))
TEMPLATE = {"name": "shipped/test", "version": "3-9c1f02ab"}
TESTS = """
import pytest
def test_pass(): pass
@pytest.mark.skip(reason="not today")
def test_skip(): pass
@pytest.fixture
def broken(): raise RuntimeError("broken")
def test_error(broken): pass
"""


@pytest.fixture
def told(session, rows):
    """told(*options): what a session stores: the metadata of outcomes by file and test."""

    def run(*options):
        session.runpytest_subprocess("--bench-db=b.duckdb", *options)
        found = rows(session.path / "b.duckdb", "SELECT node_id, metadata FROM integration_test_results")
        return {row["node_id"]: row["metadata"] and json.loads(row["metadata"]) for row in found}

    return run


@pytest.mark.parametrize("workers", [[], pytest.param(["-n", "2"], marks=pytest.mark.slow)], ids=["alone", "xdist"])
def test_every_outcome_of_a_generated_file_says_so_and_none_of_another(session, told, workers):
    if workers:
        pytest.importorskip("xdist")
    folder = session.mkdir("made")
    (folder / "test_made.py").write_text(MADE + TESTS)
    (folder / "test_broken.py").write_text(MADE + "import no_such_module\n")
    (folder / "test_left.py").write_text(MADE + "import pytest\npytest.skip('no', allow_module_level=True)\n")
    (folder / "test_own.py").write_text("# " + MADE + TESTS)
    phases = {"::test_pass": {}, "::test_skip": {"phase": "setup"}, "::test_error": {"phase": "setup"}}
    assert told("--continue-on-collection-errors", *workers) == {
        **{f"made/test_made.py{name}": {**more, "template": TEMPLATE} for name, more in phases.items()},
        **{f"made/test_{name}.py": {"phase": "collect", "template": TEMPLATE} for name in ("broken", "left")},
        **{f"made/test_own.py{name}": more or None for name, more in phases.items()},
    }


def test_files_are_found_from_whichever_folder_pytest_is_called(session, rows, monkeypatch):
    (session.mkdir("below") / "test_made.py").write_text(MADE + "def test_one(): pass\n")
    monkeypatch.chdir(session.path / "below")
    session.runpytest("--bench-db=b.duckdb")
    (row,) = rows(session.path / "below" / "b.duckdb", "SELECT node_id, metadata FROM integration_test_results")
    assert (row["node_id"], json.loads(row["metadata"])) == ("below/test_made.py::test_one", {"template": TEMPLATE})


def test_a_file_is_read_once_however_many_tests_it_has_and_only_in_a_session_that_is_captured(session, monkeypatch):
    read, of_file = [], header.of_file
    monkeypatch.setattr(header, "of_file", lambda path: read.append(Path(path).name) or of_file(path))
    session.makepyfile(test_many="import pytest\n@pytest.mark.parametrize('n', range(20))\ndef test_one(n): pass\n")
    session.runpytest_inprocess("--no-db-store", "--hardware=cpu").assert_outcomes(passed=20)
    assert read == []
    session.runpytest_inprocess("--bench-db=b.duckdb").assert_outcomes(passed=20)
    assert read == ["test_many.py"]


@pytest.mark.parametrize("name", ["no_such.py", ".", "a\0b.py"])
def test_what_can_not_be_read_has_no_header(tmp_path, name):
    assert header.of_file(tmp_path / name) is None
