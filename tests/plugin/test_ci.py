"""In CI: numbers in JUnit XML, reports in the summary of a step."""

import xml.etree.ElementTree as ET

import pytest

TESTS = """
def test_fast(benchmark):
    benchmark.pedantic(len, args=("x",), rounds=12)
def test_cell(cell):
    cell.measure()
def test_plain(record_property):
    record_property("mine", "kept")
"""
QUICK = ["--bench-models=bert", "--bench-size=tiny", "--bench-max-time=0.02", "--bench-warmup=0"]


def properties(session):
    """The properties of each test in j.xml."""
    cases = ET.parse(session.path / "j.xml").getroot().iter("testcase")
    return {
        case.get("name").partition("[")[0]: {one.get("name"): one.get("value") for one in case.iter("property")}
        for case in cases
    }


@pytest.fixture
def tests(session):
    pytest.importorskip("onnxruntime")
    session.makepyfile(TESTS)
    session.makeini("[pytest]\njunit_family = xunit2\n")
    return session


@pytest.mark.parametrize("workers", [(), pytest.param(("-n1",), marks=pytest.mark.slow)])
def test_junit_has_the_main_numbers_of_what_was_measured(tests, rows, workers):
    tests.runpytest_subprocess("--bench-db=b.duckdb", "--junitxml=j.xml", *QUICK, *workers).assert_outcomes(passed=3)
    told = properties(tests)
    (row,) = rows(tests.path / "b.duckdb", "SELECT * FROM results WHERE model_name IS NOT NULL")
    cell = {name.removeprefix("ipfs_bench."): value for name, value in told["test_cell"].items()}
    assert cell["model"] == "tiny-random-bert"
    assert (cell["hardware"], cell["provenance"], cell["status"]) == ("cpu", "measured", "compatible")
    assert float(cell["p50_ms"]) == row["latency_p50_ms"]
    assert float(cell["items_per_s"]) == row["throughput_items_per_second"]
    assert float(cell["peak_mb"]) == row["memory_peak_mb"]
    assert int(cell["rounds"]) == row["rounds"]
    assert told["test_plain"] == {"mine": "kept"}
    if not workers:  # pytest-benchmark takes no timings under xdist
        assert told["test_fast"]["ipfs_bench.rounds"] == "12"
        assert told["test_fast"]["ipfs_bench.mode"] == "benchmark"


def test_a_test_of_several_cells_numbers_them_and_one_that_did_not_run_says_what_became_of_it(tests):
    tests.makepyfile("def test_cell(cell):\n    cell.measure()\n    cell.measure()\n")
    tests.runpytest("--bench-db=b.duckdb", "--junitxml=j.xml", *QUICK)
    told = properties(tests)["test_cell"]
    assert told["ipfs_bench.2.model"] == told["ipfs_bench.model"] == "tiny-random-bert"
    assert "ipfs_bench.2.p50_ms" in told
    tests.runpytest("--bench-db=b.duckdb", "--junitxml=j.xml", "--hardware=rocm", *QUICK)
    assert properties(tests)["test_cell"]["ipfs_bench.status"] == "unavailable"


def test_a_test_that_is_run_again_tells_each_attempt_once_the_newest_last(session):
    pytest.importorskip("pytest_rerunfailures")
    session.makepyfile(
        "import itertools\nturns = itertools.count(1)\n"
        "def test_a(benchmark):\n"
        "    n = next(turns)\n    benchmark.pedantic(len, args=('x',), rounds=n)\n    assert n == 2\n"
    )
    session.runpytest("--bench-db=b.duckdb", "--junitxml=j.xml", "--reruns=1")
    told = ET.parse(session.path / "j.xml").getroot().iter("property")
    assert [one.get("value") for one in told if one.get("name") == "ipfs_bench.rounds"] == ["1", "2"]


def test_software_that_stands_in_for_hardware_is_told():
    from pytest_ipfs_bench import junit
    from pytest_ipfs_bench.records import Performance, hardware

    soft = hardware("webgpu", device_name="SwiftShader", is_software=True)
    made = Performance(
        result_id="r", run_id="n", hardware_id=soft.hardware_id, test_case="t", mode="benchmark", latency_p50_ms=2.5
    )
    told = dict(junit.properties([soft.line(), made.line()]))
    assert told["ipfs_bench.hardware"] == "webgpu (software)"
    assert told["ipfs_bench.p50_ms"] == 2.5
    assert "ipfs_bench.peak_mb" not in told


@pytest.mark.slow
def test_nothing_is_told_and_nothing_loaded_without_junit_or_without_a_database(session):
    session.makepyfile(
        "import sys\ndef test_a(benchmark, request):\n    benchmark.pedantic(len, args=('x',))\n"
        "def test_b(): assert 'pytest_ipfs_bench.junit' not in sys.modules\n"
    )
    session.runpytest_subprocess("--bench-db=b.duckdb").assert_outcomes(passed=2)
    session.runpytest_subprocess("--junitxml=j.xml").assert_outcomes(passed=2)
    assert properties(session) == {"test_a": {}, "test_b": {}}


@pytest.fixture
def step(session, monkeypatch):
    """The summary of a step, and a session that has been stored."""
    session.makepyfile("def test_a(): pass\n")
    session.runpytest("--bench-db=bench.duckdb")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(session.path / "step.md"))
    return session.path / "step.md"


@pytest.mark.parametrize("words", [[], ["."], ["--bench-report-file=r.md"], ["--bench-report-file=r.md", "."]])
def test_a_report_in_markdown_is_added_to_the_summary_of_the_step(session, step, words):
    step.write_text("before")
    assert session.runpytest("--bench-report=markdown", *words).ret == 0
    told = step.read_text()
    assert told.startswith("before\n\n# Summary\n")
    assert told.count("# Summary") == 1
    assert "| pass " in told


def test_other_formats_and_the_console_script_leave_it_alone(session, step):
    session.runpytest("--bench-report=text")
    session.run("ipfs-bench", "report", "-f", "markdown")
    assert not step.exists()


@pytest.mark.parametrize("words", [[], ["."]])
def test_a_summary_that_cannot_be_written_is_a_warning(session, step, words):
    step.mkdir()
    result = session.runpytest("--bench-report=markdown", *words)
    assert result.ret == 0
    assert "the report can't be added to the step's summary" in result.stdout.str() + result.stderr.str()
