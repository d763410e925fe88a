"""Which cells a session runs: suite files, what the database lacks, plans; and where it goes on after a kill."""

import os
import signal
import subprocess
import sys
import time

import duckdb
import pytest

pytest.importorskip("onnxruntime")

VERIFY = ["--bench-db=b.duckdb", "--bench-verify"]
TOO_LONG = "sequence_length 1024 is asked for; tiny-random-bert takes 1 to 512"
TEST = "def test_it(cell): cell.measure()\n"
# Hardware that is not there: its cells are skips, and cost no runner.
ABSENT = ["--bench-db=b.duckdb", "--hardware=cpu:7", "--bench-models=vit"]

CONFTEST = """
import time
import pluggy
from dataclasses import replace
from hardware_backends.cpu import Cpu
from model_suites.vision import VIT_TINY
from pytest_ipfs_bench.models import onnx_model

hookimpl = pluggy.HookimplMarker("ipfs_bench")

def hangs(spec):
    time.sleep(600)

class Small(Cpu):
    name = "small"
    def load(self, model, cell):
        if cell.batch > 1:
            bytearray(1 << 46)
        loaded = super().load(model, cell)
        loaded.effective = replace(loaded.effective, device="small")
        return loaded

class Plugin:
    @hookimpl
    def register_models(self):
        return [replace(VIT_TINY, name="hangs", family="hangs", tags=(), factory=hangs)]
    @hookimpl
    def register_backends(self):
        return [Small()]

def pytest_ipfs_bench_register(manager):
    manager.register(Plugin())
"""


def listed(result):
    """The plan that a session printed: cell -> what becomes of it."""
    rows = [line.split(maxsplit=1) for line in result.outlines[2:] if "-fp32-" in line or "-fp16-" in line]
    return {name: rest.strip() for name, rest in rows}


def test_a_plan_is_all_of_stdout_runs_nothing_and_stores_nothing(session):
    session.makepyfile(TEST)
    result = session.runpytest(
        "--bench-models=bert", "--bench-seq-lens=128,1024", "--hardware=cpu,cpu:7", "--bench-plan"
    )
    assert result.ret == 0
    assert [" ".join(line.split()) for line in result.outlines if "---" not in line] == [
        "cell plan reason",
        "tiny-random-bert-cpu-onnxruntime-fp32-b1-s128 run not in the database",
        f"tiny-random-bert-cpu-onnxruntime-fp32-b1-s1024 skip incompatible: {TOO_LONG}",
        "tiny-random-bert-cpu:7-onnxruntime-fp32-b1-s128 skip unavailable: cpu:7: no such device; cpu has: cpu",
        "tiny-random-bert-cpu:7-onnxruntime-fp32-b1-s1024 skip unavailable: cpu:7: no such device; cpu has: cpu",
        "",
        "4 cells: 1 run, 3 skip",
    ]
    assert not list(session.path.glob("*.duckdb*"))


def test_a_plan_lists_cells_of_every_kind_that_the_collected_tests_are_over(session):
    session.makepyfile("import pytest\n@pytest.mark.bench_cells('inference')\n" + TEST + "def test_other(): pass\n")
    assert len(listed(session.runpytest("--bench-plan", "--bench-models=vit,bert", "-k", "vit"))) == 1


@pytest.mark.parametrize("written", [True, False])
def test_a_plan_without_cells_says_what_to_name(session, written):
    if written:
        session.makepyfile("def test_one(): pass\n")
    result = session.runpytest("--bench-plan")
    assert (result.ret, result.outlines) == (0, ["none", "", "0 cells"])
    result.stderr.fnmatch_lines(["No test over cells was collected: name one, or --pyargs model_suites, *"])


def test_a_plan_of_tests_that_cannot_be_collected_is_an_error_and_no_plan(session):
    session.makepyfile("import no_such_module\n")
    result = session.runpytest("--bench-plan")
    assert (result.ret, result.outlines) == (2, [])
    result.stderr.fnmatch_lines(["*No module named 'no_such_module'*"])


@pytest.mark.slow
def test_only_what_the_database_lacks_is_run_and_nothing_left_is_no_error(session):
    session.makepyfile(TEST)
    session.runpytest(*VERIFY, "--bench-models=vit").assert_outcomes(passed=1)
    result = session.runpytest(*VERIFY, "--bench-models=vit", "--bench-batch-sizes=1,2", "--bench-missing")
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["ipfs-bench: 1 of 2 cells; left out: 1 stored already (--bench-plan lists them)"])
    result = session.runpytest(*VERIFY, "--bench-models=vit", "--bench-batch-sizes=1,2", "--bench-stale=1d")
    result.assert_outcomes(deselected=2)
    assert result.ret == 0
    assert session.runpytest(*VERIFY, "--bench-models=vit", "--bench-missing", "-k", "zzz").ret == 5


def test_hardware_that_was_away_is_no_result(session):
    session.makepyfile(TEST)
    for _ in range(2):
        session.runpytest(*ABSENT, "--bench-missing").assert_outcomes(skipped=1)


def test_a_number_of_cells_is_counted_after_every_other_choice_and_over_all_tests(session):
    session.makepyfile("def test_a(cell): cell.measure()\ndef test_b(cell): cell.measure()\ndef test_c(): pass\n")
    sweep = [*ABSENT, "--bench-batch-sizes=1,2,3,4"]
    result = session.runpytest(*sweep, "--bench-max=2")
    result.assert_outcomes(skipped=4, passed=1, deselected=4)
    result.stdout.fnmatch_lines(["ipfs-bench: 2 of 4 cells; left out: 2 over --bench-max=2 (*"])
    session.runpytest(*sweep, "--bench-max=2", "-k", "b4 or b3").assert_outcomes(skipped=4, deselected=5)


def test_somebody_elses_cell_is_not_ours_to_leave_out(session):
    session.makepyfile(
        "import pytest\n@pytest.fixture(params=range(5))\ndef cell(request): return request.param\ndef test_it(cell): pass\n"
    )
    session.runpytest(*ABSENT, "--bench-max=1").assert_outcomes(passed=5)


def test_a_length_beyond_the_models_limit_is_refused_before_it_runs(session, rows):
    session.makepyfile(TEST)
    result = session.runpytest("--bench-db=b.duckdb", "--bench-models=bert", "--bench-seq-lens=1024", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*tiny-random-bert takes 1 to 512.*"])
    (row,) = rows(session.path / "b.duckdb", "SELECT status, error_type, sequence_length FROM hardware_compatibility")
    assert tuple(row.values()) == ("incompatible", "shape", 1024)


def test_a_database_that_is_in_use_stops_a_choice_by_it_and_no_other_session(session):
    session.makepyfile(TEST)
    words = [*ABSENT, "--bench-batch-sizes=1,2", "--bench-lock-timeout=0"]
    with duckdb.connect(str(session.path / "b.duckdb")):
        result = session.runpytest(*words, "--bench-missing")
        assert result.ret == 4
        result.stderr.fnmatch_lines(["ERROR: *b.duckdb is in use by *"])
        session.runpytest(*words).assert_outcomes(skipped=2)


SUITE = """
models = ["vit", "bert"]
hardware = ["cpu:7"]
batch_sizes = [1, 2]
sequence_lengths = [16]
image_sizes = [64, 384]
priorities = ["bert"]
"""


@pytest.fixture
def suite(session):
    session.makefile(".toml", mine=SUITE)
    return ["--bench-suite=mine.toml", "--bench-plan", "--bench-db=b.duckdb"]


def sizes(result):
    return [name.split("-fp")[1][3:] for name in listed(result)]


def test_a_suite_file_alone_runs_the_shipped_tests_over_its_cells(session, suite):
    assert sizes(session.runpytest(*suite)) == ["b1-s16", "b2-s16", "b1-i64", "b1-i384", "b2-i64", "b2-i384"]
    session.runpytest(*suite[::2], "-k", "bert").assert_outcomes(skipped=2, deselected=4)


def test_above_a_suite_file_stand_command_line_and_environment_below_it_the_ini_file(session, suite, monkeypatch):
    session.makeini("[pytest]\naddopts = --bench-batch-sizes=3 --bench-precisions=fp16\n")
    found = list(listed(session.runpytest(*suite, "--bench-models=bert")))
    assert found == [f"tiny-random-bert-cpu:7-onnxruntime-fp16-b{batch}-s16" for batch in (1, 2)]
    monkeypatch.setenv("PYTEST_ADDOPTS", "--bench-batch-sizes=4 --bench-models=bert")
    assert sizes(session.runpytest(*suite)) == ["b4-s16"]
    assert sizes(session.runpytest(*suite, "--bench-batch-sizes=5")) == ["b5-s16"]


def test_a_suite_file_with_paths_named_runs_those(session, suite):
    session.makepyfile(test_mine=TEST)
    result = session.runpytest(*suite, "test_mine.py")
    assert len(listed(result)) == 6


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("batch_size = [1]", "ERROR: --bench-suite=mine.toml, line 1: no key is called 'batch_size'. Did you mean 'batch_sizes'[?]"),
        ("models = ['brt']", "ERROR: --bench-suite=mine.toml, line 1: models: brt: no model is called 'brt'. Did you mean 'bert'[?]"),
        ("priorities = ['brt']", "ERROR: --bench-suite=mine.toml, line 1: priorities: brt: no model, hardware or precision is called 'brt'. Did you mean 'bert'[?]"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_suite_file_is_a_usage_error_before_any_test(session, text, told):
    session.makefile(".toml", mine=text)
    result = session.runpytest("--bench-suite=mine.toml", "--bench-verify")
    assert result.ret == 4
    result.stderr.fnmatch_lines([told])
    assert not list(session.path.glob("*.duckdb*"))


def test_what_a_legacy_suite_asks_for_in_vain_is_said(session):
    session.makefile(".json", old='{"model_families": {"a": ["bert"]}, "hardware_types": ["cpu"], "parallel": true}')
    result = session.runpytest("--bench-suite=old.json", "--bench-verify", "--no-db-store", "--collect-only")
    result.stdout.fnmatch_lines(["parallel is left out: cells that run side by side would time each other"])


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_session_goes_on_where_it_was(session, how):
    """What a killed session has measured is seen at once by the next one, in its plan, too."""
    session.makeconftest(CONFTEST)
    session.makepyfile(TEST)
    words = ["--bench-db=b.duckdb", "--bench-models=vit,hangs", "--bench-max-time=0.02"]
    command = [sys.executable, "-m", "pytest", *words]
    with subprocess.Popen(command, cwd=session.path, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while not any("performance_results" in path.read_text() for path in session.path.glob("*.spool/*.ndjson")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(process.pid, how)
    plan = listed(session.runpytest_subprocess(*words, "--bench-missing", "--bench-plan"))
    assert {name.split("-cpu")[0]: what.split()[0] for name, what in plan.items()} == {
        "tiny-random-vit": "left",
        "hangs": "run",
    }
    result = session.runpytest_subprocess(*words, "--bench-missing", "--bench-timeout=1")
    result.assert_outcomes(failed=1, deselected=1)
    assert session.runpytest_subprocess(*words, "--bench-missing").ret == 0


@pytest.mark.slow
def test_what_ran_out_of_memory_keeps_larger_cells_out_of_a_sweep_until_they_are_asked_for(session, rows):
    session.makeconftest(CONFTEST)
    session.makepyfile(TEST)
    words = [*VERIFY, "--bench-models=vit", "--hardware=small"]
    session.runpytest(*words, "--bench-batch-sizes=2").assert_outcomes(failed=1)
    result = session.runpytest(*words, "--bench-batch-sizes=1,2,4")
    result.assert_outcomes(passed=1, failed=1, deselected=1)
    result.stdout.fnmatch_lines(["ipfs-bench: 2 of 3 cells; left out: 1 expected out_of_memory (*"])
    plan = listed(session.runpytest(*words, "--bench-batch-sizes=1,2,4", "--bench-plan"))
    said = " ".join(plan["tiny-random-vit-small-onnxruntime-fp32-b4-i64"].split())
    assert said.startswith(
        "left out expected out_of_memory: a smaller one (batch 2, image_size 64) was out_of_memory 20"
    )
    session.runpytest(*words, "--bench-batch-sizes=4").assert_outcomes(failed=1)


@pytest.mark.slow
def test_the_controller_chooses_for_workers(session):
    pytest.importorskip("xdist")
    session.makepyfile(TEST)
    session.makefile(".toml", mine='models = ["vit", "bert"]\nbatch_sizes = [1, 2]\npriorities = ["bert"]')
    words = ["--bench-suite=mine.toml", "--bench-db=b.duckdb", "-n", "2", "test_the_controller_chooses_for_workers.py"]
    session.runpytest_subprocess(*words, "--bench-max=1").assert_outcomes(passed=1)
    result = session.runpytest_subprocess(*words, "--bench-missing", "--bench-max=2")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["ipfs-bench: 2 of 4 cells; left out: 1 stored already, 1 over --bench-max=2 (*"])
    result = session.runpytest_subprocess(*words, "--bench-missing", "-k", "bert")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["ipfs-bench: 0 of 2 cells; left out: 2 stored already (*"])
    assert len(listed(session.runpytest_subprocess(*words, "--bench-plan"))) == 4
