"""Under pytest-xdist: every outcome once, one run, nothing timed, and the terminal says so."""

import pytest

pytest.importorskip("xdist")

SUITE = """
import pytest
@pytest.mark.parametrize("n", range(20))
def test_pass(n): pass
def test_fail(): assert 0
def test_bench(benchmark): benchmark(len, "x")
@pytest.fixture
def broken(): raise ValueError("b")
def test_error(broken): pass
"""


@pytest.mark.parametrize("dist", [["-n", "2"], ["-n", "2", "--dist", "loadfile"]])
def test_every_outcome_is_stored_once_in_one_run(session, rows, dist):
    session.makepyfile(SUITE)
    result = session.runpytest_subprocess("--bench-db=b.duckdb", *dist)
    result.assert_outcomes(passed=21, failed=1, errors=1)
    found = rows(session.path / "b.duckdb", "SELECT status, count(*) AS n, count(DISTINCT node_id) AS d, count(DISTINCT run_id) AS r"
                 " FROM integration_test_results GROUP BY 1 ORDER BY 1")  # fmt: skip
    assert [tuple(row.values()) for row in found] == [("error", 1, 1, 1), ("fail", 1, 1, 1), ("pass", 21, 21, 1)]
    assert rows(session.path / "b.duckdb", "SELECT count(*) AS n FROM test_runs") == [{"n": 1}]
    assert rows(session.path / "b.duckdb", "SELECT count(*) AS n FROM performance_results") == [{"n": 0}]
    result.stdout.fnmatch_lines(["timings were not taken: 1 benchmarks ran once only (pytest-benchmark is disabled)"])
    assert not list(session.path.glob("b.duckdb.spool"))


@pytest.mark.slow
def test_a_crashed_worker_loses_nothing_that_had_finished(session, rows):
    session.makepyfile(
        """
        import os, time, pytest
        @pytest.mark.parametrize("n", range(20))
        def test_c(n):
            time.sleep(0.01)
            if n == 10: os._exit(9)
        """
    )
    session.runpytest_subprocess("--bench-db=b.duckdb", "-n", "2")
    found = rows(
        session.path / "b.duckdb",
        "SELECT status, count(DISTINCT node_id) AS n FROM integration_test_results GROUP BY 1",
    )
    assert {row["status"]: row["n"] for row in found} == {"pass": 19, "fail": 1}


@pytest.mark.slow
def test_with_several_workers_cells_are_verified_and_with_one_they_are_timed(session, rows):
    pytest.importorskip("onnxruntime")
    words = ["--bench-suite=smoke", "--bench-max-time=0.02", "--bench-warmup=0"]
    result = session.runpytest_subprocess(*words, "--bench-db=two.duckdb", "-n", "2")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        ["timings were not taken: 4 cells were verified only (several xdist workers would time each other)"]
    )
    counted = (
        "SELECT (SELECT count(*) FROM performance_results) AS p, (SELECT count(*) FROM hardware_compatibility) AS c"
    )
    assert rows(session.path / "two.duckdb", counted) == [{"p": 0, "c": 4}]
    session.runpytest_subprocess(*words, "--bench-db=one.duckdb", "-n", "1").assert_outcomes(passed=4)
    assert rows(session.path / "one.duckdb", counted) == [{"p": 4, "c": 4}]


def test_an_unknown_name_is_a_usage_error_of_the_controller(session):
    session.makepyfile("def test_a(): pass\n")
    result = session.runpytest_subprocess("--bench-models=brt", "-n", "2")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --bench-models=brt: no model is called 'brt'.*"])
