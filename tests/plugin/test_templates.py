"""Outcomes of generated files say which version of which template made them."""

import pytest

from pytest_ipfs_bench.templates.header import Header

HEADER = str(Header("mine", "3-9c1f02ab", "ipfs-bench generate test bert --force"))
TESTS = """
import pytest

def test_a(): pass
def test_b(): assert 0
@pytest.mark.skip(reason="why")
def test_c(): pass
"""
QUERY = "SELECT node_id, status, metadata::VARCHAR AS metadata FROM integration_test_results ORDER BY ALL"


@pytest.mark.parametrize(
    "words", [[], pytest.param(["-n", "1", "-p", "xdist"], marks=pytest.mark.slow)], ids=["plain", "xdist"]
)
def test_every_outcome_of_a_generated_file_has_its_template(session, rows, words):
    (session.path / "made").mkdir()
    (session.path / "made" / "test_made.py").write_text(HEADER + TESTS)
    session.makepyfile(test_own=TESTS)
    session.runpytest("--bench-db=b.duckdb", *words)
    found = {row["node_id"]: row["metadata"] for row in rows(session.path / "b.duckdb", QUERY)}
    told = '"template":{"name":"mine","version":"3-9c1f02ab"}'
    assert all(told in (found[f"made/test_made.py::test_{name}"] or "").replace(" ", "") for name in "abc")
    assert not any("template" in (found[f"test_own.py::test_{name}"] or "") for name in "abc")
    assert '"phase"' in found["made/test_made.py::test_c"]


def test_a_generated_file_that_can_not_be_collected_has_it_too(session, rows):
    (session.path / "test_made.py").write_text(HEADER + "import nobody_has_this\n")
    session.runpytest("--bench-db=b.duckdb")
    (found,) = rows(session.path / "b.duckdb", QUERY)
    assert '"mine"' in found["metadata"]
