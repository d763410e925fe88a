"""In other people's repositories: their options, fixtures and settings stay theirs."""

import pytest


@pytest.mark.parametrize("name", ["cell", "model", "hardware", "bench"])
def test_a_users_own_fixture_stays_theirs(session, name):
    session.makepyfile(
        f"""
        import pytest
        @pytest.fixture
        def {name}(): return "mine"
        def test_it({name}): assert {name} == "mine"
        """
    )
    session.runpytest("--bench-db=b.duckdb", "--hardware=cpu").assert_outcomes(passed=1)


def test_a_users_own_parameter_called_cell_stays_theirs(session):
    session.makepyfile(
        "import pytest\n@pytest.mark.parametrize('cell', [1, 2])\ndef test_it(cell): assert cell in (1, 2)\n"
    )
    session.runpytest("--bench-db=b.duckdb", "--hardware=cpu").assert_outcomes(passed=2)


def test_a_users_own_generator_of_cells_stays_theirs(session):
    session.makeconftest("def pytest_generate_tests(metafunc):\n    metafunc.parametrize('cell', [7])\n")
    session.makepyfile("def test_it(cell): assert cell == 7\n")
    session.runpytest("--hardware=cpu", "--no-db-store").assert_outcomes(passed=1)


def test_a_users_own_benchmark_fixture_is_no_measurement(session, rows):
    session.makepyfile(
        """
        import pytest
        class Mine:
            def __call__(self): return 1
        @pytest.fixture
        def bench_mark(): return Mine()
        def test_it(bench_mark): assert bench_mark() == 1
        """
    )
    session.runpytest("--bench-db=b.duckdb").assert_outcomes(passed=1)
    assert rows(session.path / "b.duckdb", "SELECT count(*) AS n FROM performance_results") == [{"n": 0}]


def test_with_pytest_benchmark_off_a_fixture_called_benchmark_is_theirs(session, rows):
    session.makepyfile(
        "import pytest\n@pytest.fixture\ndef benchmark(): return 5\ndef test_it(benchmark): assert benchmark == 5\n"
    )
    session.runpytest("--bench-db=b.duckdb", "-p", "no:benchmark").assert_outcomes(passed=1)


def test_a_suite_with_its_own_hardware_option_runs_with_the_plugin_off(session):
    session.makeconftest("def pytest_addoption(parser): parser.addoption('--hardware', default='theirs')\n")
    session.makepyfile("def test_it(request): assert request.config.getoption('--hardware') == 'theirs'\n")
    session.runpytest_subprocess("-p", "no:ipfs_bench").assert_outcomes(passed=1)


def test_every_option_of_ours_has_a_name_of_its_own_inside(session):
    session.makeconftest(
        "def pytest_configure(config):\n"
        "    assert not {'db', 'hardware', 'bench', 'label', 'report', 'migrate', 'models'} & set(vars(config.option))\n"
    )
    assert session.runpytest().ret == 5


def test_sessions_inside_sessions_do_not_disturb_each_other(session, rows):
    """A plugin's author runs pytester in a captured session; each session has its own database and run."""
    session.makeconftest("pytest_plugins = ['pytester']\n")
    session.makepyfile(
        """
        def test_inner(pytester):
            pytester.makepyfile("def test_a(): pass\\ndef test_b(): pass\\n")
            for _ in range(2):
                pytester.runpytest("--bench-db=inner.duckdb").assert_outcomes(passed=2)
        """
    )
    session.runpytest_subprocess("--bench-db=outer.duckdb").assert_outcomes(passed=1)
    assert rows(session.path / "outer.duckdb", "SELECT count(*) AS n FROM integration_test_results") == [{"n": 1}]


def test_last_failed_and_random_order_are_as_ever(session, rows):
    session.makepyfile("def test_a(): pass\ndef test_b(): assert 0\n")
    session.runpytest("--bench-db=b.duckdb")
    session.runpytest("--bench-db=b.duckdb", "--lf").assert_outcomes(failed=1)
    assert rows(session.path / "b.duckdb", "SELECT count(*) AS n FROM integration_test_results") == [{"n": 3}]


@pytest.mark.slow
def test_without_a_terminal_everything_is_stored_and_a_report_written(session, rows):
    session.makepyfile("def test_a(): pass\n")
    words = ["--bench-db=b.duckdb", "-p", "no:terminal", "--bench-report=json", "--bench-report-file=r.json"]
    session.runpytest_subprocess(*words)
    assert rows(session.path / "b.duckdb", "SELECT success FROM test_runs") == [{"success": True}]
    assert (session.path / "r.json").exists()
