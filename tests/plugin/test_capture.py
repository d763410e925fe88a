"""Capture: what a session leaves in the database, against what pytest and pytest-benchmark say themselves."""

import json

import pytest

SHAPES = """
import pytest

def test_pass(): pass
def test_fail(): assert 1 == 2, "one is not two"
def test_raise(): raise KeyError("lost")
@pytest.mark.skip(reason="not today")
def test_skip(): pass
def test_skip_inside(): pytest.skip("decided inside")
@pytest.mark.xfail(reason="known bug")
def test_xfail(): assert 0
@pytest.mark.xfail(reason="never run", run=False)
def test_xfail_not_run(): assert 0
@pytest.mark.xfail(reason="was a bug", strict=False)
def test_xpass(): pass
@pytest.mark.xfail(reason="was a bug", strict=True)
def test_xpass_strict(): pass
@pytest.fixture
def broken(): raise RuntimeError("set-up is broken")
@pytest.fixture
def crumbling():
    yield
    raise RuntimeError("teardown is broken")
def test_setup_error(broken): pass
def test_teardown_error(crumbling): pass
def test_fails_twice(crumbling): assert 0
class TestGroup:
    def test_method(self): pass
"""


@pytest.fixture
def captured(session, rows):
    """captured(source, *options): runs a test file into b.duckdb; returns pytest's result and the outcomes."""

    def run(source, *options):
        session.makepyfile(source)
        start = session.runpytest_subprocess if "KeyboardInterrupt" in source else session.runpytest
        result = start("--bench-db=b.duckdb", "-p", "no:randomly", *options)
        return result, rows(session.path / "b.duckdb", "SELECT * FROM integration_test_results ORDER BY test_result_id")

    return run


def statuses(outcomes):
    found = {}
    for row in outcomes:
        found.setdefault(row["test_name"], []).append(row["status"])
    return found


def test_every_outcome_is_stored_once_per_entry_of_the_closing_counts(captured):
    result, outcomes = captured(SHAPES)
    assert statuses(outcomes) == {
        "test_pass": ["pass"],
        "test_fail": ["fail"],
        "test_raise": ["fail"],
        "test_skip": ["skip"],
        "test_skip_inside": ["skip"],
        "test_xfail": ["xfail"],
        "test_xfail_not_run": ["xfail"],
        "test_xpass": ["xpass"],
        "test_xpass_strict": ["fail"],
        "test_setup_error": ["error"],
        "test_teardown_error": ["pass", "error"],
        "test_fails_twice": ["fail", "error"],
        "test_method": ["pass"],
    }
    result.assert_outcomes(passed=3, failed=4, skipped=2, xfailed=2, xpassed=1, errors=3)
    assert len(outcomes) == 3 + 4 + 2 + 2 + 1 + 3


def test_messages_types_and_durations(captured):
    _, outcomes = captured(SHAPES + "\nimport time\ndef test_slow(): time.sleep(0.05)\n")
    by_name = {row["test_name"]: row for row in outcomes}
    fail = by_name["test_fail"]
    assert fail["error_type"] == "AssertionError"
    assert "one is not two" in fail["error_message"]
    assert "def test_fail" in fail["error_traceback"]
    assert (by_name["test_raise"]["error_type"], by_name["test_raise"]["error_message"]) == (
        "KeyError",
        "KeyError: 'lost'",
    )
    assert by_name["test_skip"]["error_message"] == "not today"
    assert by_name["test_skip_inside"]["error_message"] == "decided inside"
    assert by_name["test_xfail"]["error_message"] == "known bug"
    assert "set-up is broken" in by_name["test_setup_error"]["error_message"]
    assert json.loads(by_name["test_setup_error"]["metadata"]) == {"phase": "setup"}
    assert by_name["test_method"]["test_class"] == "TestGroup"
    assert 0.05 <= by_name["test_slow"]["execution_time_seconds"] < 1


def test_subtests_are_rows_of_their_own(captured):
    result, outcomes = captured(
        """
        def test_sub(subtests):
            for n in range(3):
                with subtests.test(msg="third", n=n):
                    assert n != 1
        """,
        "-v",
    )
    told = [(row["status"], json.loads(row["metadata"])) for row in outcomes if row["metadata"]]
    told.sort(key=lambda one: one[1]["subtest"]["kwargs"]["n"])  # ids of one millisecond have no order
    assert told == [
        ("pass", {"subtest": {"msg": "third", "kwargs": {"n": "0"}}}),
        ("fail", {"subtest": {"msg": "third", "kwargs": {"n": "1"}}}),
        ("pass", {"subtest": {"msg": "third", "kwargs": {"n": "2"}}}),
    ]
    (whole,) = [row for row in outcomes if not row["metadata"]]
    assert whole["status"] == "fail"
    result.stdout.fnmatch_lines(["*2 failed, 2 subtests passed*"])


def test_reruns_are_rows_of_their_own(captured):
    pytest.importorskip("pytest_rerunfailures")
    _, outcomes = captured(
        "TRIES = []\ndef test_flaky():\n    TRIES.append(1)\n    assert len(TRIES) > 2\n", "--reruns=2"
    )
    told = {json.loads(row["metadata"] or "{}").get("rerun"): row["status"] for row in outcomes}
    assert told == {0: "fail", 1: "fail", None: "pass"}


def test_a_collection_error_is_a_row_with_the_file_as_node_id(captured):
    _, outcomes = captured("import no_such_module\n")
    (row,) = outcomes
    assert (row["status"], row["node_id"]) == ("error", "test_a_collection_error_is_a_row_with_the_file_as_node_id.py")
    assert "no_such_module" in row["error_message"]


def test_a_file_skipped_as_a_whole_is_a_row(captured):
    result, outcomes = captured("import pytest\npytest.skip('not here', allow_module_level=True)\n")
    assert [(row["status"], row["error_message"]) for row in outcomes] == [("skip", "not here")]
    result.assert_outcomes(skipped=1)


BENCHMARKS = """
import math, pytest

@pytest.mark.benchmark(group="arith")
def test_call(benchmark): benchmark(lambda: sum(range(300)))

def test_pedantic(benchmark):
    benchmark.extra_info["note"] = "ü"
    benchmark.pedantic(math.factorial, args=(200,), rounds=40, iterations=7, warmup_rounds=2)

@pytest.mark.parametrize("n", [10, 100])
def test_param(benchmark, n): benchmark(sorted, range(n))

def test_one_round(benchmark): benchmark.pedantic(len, args=("x",), rounds=1)
def test_fails_afterwards(benchmark):
    benchmark.pedantic(len, args=("x",), rounds=3)
    assert 0
def test_raises_inside(benchmark): benchmark(lambda: 1 / 0)
"""


def test_benchmarks_are_stored_as_pytest_benchmark_has_them(captured, session, rows):
    captured(BENCHMARKS, "--benchmark-json=theirs.json", "--benchmark-max-time=0.05")
    theirs = {one["fullname"]: one for one in json.loads((session.path / "theirs.json").read_text())["benchmarks"]}
    ours = {row["test_case"]: row for row in rows(session.path / "b.duckdb", "SELECT * FROM performance_results")}
    assert set(ours) == set(theirs)
    for name, their in theirs.items():
        row, stats = ours[name], their["stats"]
        told = json.loads(row["metrics"])["pytest_benchmark"]
        data = stats.pop("data")
        assert told["stats"] == stats
        assert {key: told[key] for key in ("group", "param", "extra_info", "options")} == {
            key: their[key] for key in ("group", "param", "extra_info", "options")
        }
        assert row["samples_ms"] == pytest.approx([seconds * 1e3 for seconds in data])
        assert row["average_latency_ms"] == pytest.approx(stats["mean"] * 1e3)
        assert row["latency_p50_ms"] == pytest.approx(stats["median"] * 1e3)
        assert row["throughput_items_per_second"] == pytest.approx(stats["ops"])
        assert row["total_time_seconds"] == pytest.approx(sum(data) * stats["iterations"])
        assert (row["mode"], row["provenance"], row["is_simulated"], row["model_id"]) == (
            "benchmark",
            "measured",
            False,
            None,
        )
    by_name = {name.split("::")[1]: row for name, row in ours.items()}
    assert json.loads(by_name["test_param[10]"]["params"]) == {"n": 10}
    assert by_name["test_one_round"]["latency_std_ms"] is None
    assert by_name["test_fails_afterwards"]["rounds"] == 3


def test_a_benchmark_is_always_the_hosts_cpu(captured, session, rows):
    captured("def test_b(benchmark): benchmark.pedantic(len, args=('x',))", "--hardware=cuda")
    (row,) = rows(session.path / "b.duckdb", "SELECT hardware_type, device_name FROM results")
    assert row["hardware_type"] == "cpu"
    assert row["device_name"]


@pytest.mark.parametrize(("asked", "kept"), [("none", None), ("3", 3), ("all", 50)])
def test_raw_samples_as_asked_and_statistics_always_from_all(captured, session, rows, asked, kept):
    captured("def test_b(benchmark): benchmark.pedantic(len, args=('x',), rounds=50)", f"--bench-samples={asked}")
    (row,) = rows(
        session.path / "b.duckdb", "SELECT len(samples_ms) AS kept, rounds, latency_p95_ms FROM performance_results"
    )
    assert (row["kept"], row["rounds"]) == (kept, 50)
    assert row["latency_p95_ms"] > 0


def test_samples_as_the_ini_file_says(session, rows):
    session.makeini("[pytest]\nbench_samples = none\nbench_db = from_ini.duckdb\n")
    session.makepyfile("def test_b(benchmark): benchmark.pedantic(len, args=('x',), rounds=5)")
    session.runpytest()
    assert rows(session.path / "from_ini.duckdb", "SELECT samples_ms FROM performance_results") == [
        {"samples_ms": None}
    ]


def test_disabled_benchmarks_leave_outcomes_and_the_terminal_says_that_nothing_was_timed(captured, session, rows):
    result, outcomes = captured("def test_b(benchmark): benchmark(len, 'x')", "--benchmark-disable")
    assert [row["status"] for row in outcomes] == ["pass"]
    assert rows(session.path / "b.duckdb", "SELECT * FROM performance_results") == []
    result.stdout.fnmatch_lines(["timings were not taken: 1 benchmarks ran once only (pytest-benchmark is disabled)"])


def test_the_run_is_described(captured, session, rows):
    captured(SHAPES, "--bench-label", "ticket=T-17", "--bench-label=rig=left")
    (run,) = rows(session.path / "b.duckdb", "SELECT * FROM test_runs")
    assert (run["exit_status"], run["success"], run["test_type"]) == (1, False, "pytest")
    assert json.loads(run["labels"]) == {"ticket": "T-17", "rig": "left"}
    assert "--bench-db=b.duckdb" in run["command_line"]
    assert json.loads(run["software"])["pytest"] == pytest.__version__
    assert set(json.loads(run["metadata"])["machine"]) == {"cpu", "cores", "memory_gb"}
    assert run["started_at"] < run["completed_at"]
    assert run["execution_time_seconds"] > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "options", "status", "finished"),
    [
        ("import pytest\ndef test_a(): pass\ndef test_b(): pytest.exit('enough')\ndef test_c(): pass\n", [], 2, 1),
        ("def test_a(): pass\ndef test_b(): raise KeyboardInterrupt\ndef test_c(): pass\n", [], 2, 1),
        ("def test_a(): pass\ndef test_b(): assert 0\ndef test_c(): pass\n", ["-x"], 1, 2),
        ("", [], 5, 0),
    ],
)
def test_a_session_that_ends_early_is_stored_as_what_it_is(captured, session, rows, source, options, status, finished):
    _, outcomes = captured(source, *options)
    (run,) = rows(session.path / "b.duckdb", "SELECT exit_status, success FROM test_runs")
    assert run == {"exit_status": status, "success": False}
    assert len(outcomes) == finished


ODD = r"""
import pytest
CASES = ["quote'\"", "new\nline", "\U0001f600", "semi;colon -- drop", "[br]", "back\\slash", "\x1b[31mred", "x" * 500]
@pytest.mark.parametrize("t", CASES, ids=CASES)
def test_names(t): pass
def test_odd(benchmark):
    benchmark.extra_info.update(nan=float("nan"), inf=float("inf"), obj=object(), set={1}, kept=43)
    benchmark.pedantic(len, args=("x",), rounds=3)
@pytest.mark.parametrize("o", [object()])
def test_odd_parameter(benchmark, o): benchmark.pedantic(len, args=("x",), rounds=3)
def test_message(): assert 0, "bad \udcff surrogate and \x00 nul"
"""


def test_odd_names_values_and_messages_are_faithful_rows(captured, session, rows):
    result, outcomes = captured(ODD)
    assert result.ret == 1
    assert len({row["node_id"] for row in outcomes}) == len(outcomes) == 11
    (message,) = [row["error_message"] for row in outcomes if row["status"] == "fail"]
    assert "bad \\udcff surrogate" in message
    told = rows(session.path / "b.duckdb", "SELECT metrics FROM performance_results WHERE test_case LIKE '%test_odd'")
    extra = json.loads(told[0]["metrics"])["pytest_benchmark"]["extra_info"]
    assert (extra["nan"], extra["inf"], extra["set"], extra["kept"]) == ("NaN", "Infinity", [1], 43)
    assert extra["obj"].startswith("<object object")


def test_records_also_as_json_where_somebody_still_wants_them(captured, session, monkeypatch):
    monkeypatch.setenv("DEPRECATE_JSON_OUTPUT", "0")
    result, _ = captured("def test_b(benchmark): benchmark.pedantic(len, args=('x',))")
    (file,) = session.path.glob("b.*.json")
    told = json.loads(file.read_text())
    assert {table: len(found) for table, found in told.items()} == {
        "test_runs": 1, "hardware_platforms": 1, "performance_results": 1, "integration_test_results": 1,
    }  # fmt: skip
    assert told["test_runs"][0]["success"] is True
    result.stdout.fnmatch_lines([f"also written: {file}"])


def test_the_last_words_name_the_database_and_the_run(captured, session, rows):
    result, _ = captured("def test_a(): pass")
    (run,) = rows(session.path / "b.duckdb", "SELECT run_id FROM test_runs")
    result.stdout.fnmatch_lines([f"1 outcome stored in {session.path}/b.duckdb", f"run {run['run_id']}"])
    result.stdout.fnmatch_lines([f"ipfs-bench: database {session.path}/b.duckdb"])
