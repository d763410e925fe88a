"""Tests that name their own cells (bench_cells), in sessions that ask for nothing, for less, and for something else."""

import pytest

pytest.importorskip("onnxruntime")

MINE = """
import pytest

@pytest.mark.bench_cells("inference", models=["bert"], hardware=["cpu", "cpu:7"])
def test_bert(cell):
    cell.measure()

@pytest.mark.bench_cells(models=["vit"], batch_sizes=[1, 2])
class TestVit:
    def test_two(self, cell):
        cell.measure()

    @pytest.mark.bench_cells(batch_sizes=[4])
    def test_four(self, cell):
        cell.measure()
"""
BERT, BERT_7, VIT = "bert-cpu-b1-s128", "bert-cpu:7-b1-s128", "vit-cpu-b{}-i64"
ALL = [BERT, BERT_7, VIT.format(1), VIT.format(2), VIT.format(4)]


@pytest.fixture
def mine(session):
    """mine(*options): pytest's result of that file."""
    session.makepyfile(test_mine=MINE)
    return lambda *options: session.runpytest("test_mine.py", *options)


def collected(result):
    """The cells that were collected, in short."""
    ids = [line.partition("[")[2].rstrip("]") for line in result.outlines if "::" in line and "[" in line]
    return [one.removeprefix("tiny-random-").replace("-onnxruntime-fp32", "") for one in ids]


@pytest.mark.slow
def test_a_plain_session_runs_them_and_stores_nothing(session, mine):
    mine("-k", "bert or four").assert_outcomes(passed=2, skipped=1, deselected=2)
    assert not list(session.path.glob("*.duckdb*"))


@pytest.mark.parametrize(
    ("options", "cells"),
    [
        ([], ALL),
        (["--bench-models=vit,llama"], ALL[2:]),
        (["--bench-models=all"], ALL),
        (["--bench-models=google-bert/bert-base-uncased"], ["google-bert/bert-base-uncased-cpu-b1-s128", "google-bert/bert-base-uncased-cpu:7-b1-s128"]),
        (["--hardware=cpu:9"], [one.replace("cpu-", "cpu:9-") for one in (BERT, *ALL[2:])]),
        (["--bench-batch-sizes=3", "--bench-seq-lens=16"], ["bert-cpu-b3-s16", "bert-cpu:7-b3-s16", VIT.format(3), VIT.format(3)]),
        (["--bench-suite=mine.toml", "-k", "bert"], ["bert-cpu:3-b5-s128"]),
    ],
)  # fmt: skip
def test_a_session_narrows_the_models_and_replaces_every_other_axis(session, mine, options, cells):
    session.makefile(".toml", mine='models = ["all"]\nhardware = ["cpu:3"]\nbatch_sizes = [5]')
    assert collected(mine("--collect-only", "-q", *options)) == cells


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--bench-models=vit"], "no chosen model has such cells: --bench-models"),
        (["--bench-runtime=qnn"], "--bench-runtime=qnn: none of the chosen hardware has it (cpu: onnxruntime, torch, torch.compile)"),
        (["--bench-flags=nchw"], "--bench-flags=nchw: none of the chosen hardware has it (cpu: none)"),
    ],
)  # fmt: skip
def test_what_does_not_fit_leaves_a_test_out_with_the_reason_and_other_tests_run(session, mine, options, why):
    session.makepyfile(
        test_mine='import pytest\n@pytest.mark.bench_cells(models=["bert"])\ndef test_bert(cell): pass\ndef test_other(): pass\n'
    )
    result = mine("--no-db-store", *options)
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines([f"ipfs-bench: left out: test_mine.py::test_bert ({why})"])


def test_a_size_that_the_usual_models_lack_is_one_that_its_own_may_have(mine):
    found = collected(mine("--collect-only", "-q", "--bench-size=base", "-k", "bert and 7"))
    assert found[0] == "google-bert/bert-base-uncased-cpu:7-b1-s128"


def test_the_same_size_is_a_usage_error_of_a_test_without_cells_of_its_own(session):
    session.makepyfile("def test_it(cell): cell.measure()\n")
    result = session.runpytest("--bench-size=base")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --bench-size=base: no chosen model has that size. They are: *"])


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('model=["bert"]', "no keyword is called 'model'. Did you mean 'models'[?]"),
        ('models=["brt"]', "models: brt: no model is called 'brt'. Did you mean 'bert'[?]"),
        ('hardware=["cudo"]', "hardware: cudo: no hardware is called 'cudo'. Did you mean 'cuda'[?]"),
        ('models=["magika"], sizes=["base"]', "sizes: base: no chosen model has that size. They are: google/magika*"),
        ('runtimes=["qnn"]', "runtimes: qnn: none of the chosen hardware has it (cpu: *"),
    ],
)
def test_a_mistake_in_the_marker_is_said_of_the_test_without_a_traceback(session, said, told):
    session.makepyfile(test_mine=f"import pytest\n@pytest.mark.bench_cells({said})\ndef test_it(cell): pass\n")
    result = session.runpytest("test_mine.py")
    assert result.ret == 2
    result.stdout.fnmatch_lines([f"test_mine.py::test_it: bench_cells: {told}"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_mistake_in_the_marker_is_not_hidden_by_what_a_session_says(session):
    session.makepyfile('import pytest\n@pytest.mark.bench_cells(hardware=["cudo"])\ndef test_it(cell): pass\n')
    result = session.runpytest("--hardware=cpu", "--bench-models=vit", "--no-db-store")
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*::test_it: bench_cells: hardware: cudo: no hardware is called 'cudo'. *"])


def test_an_unknown_name_of_the_session_is_the_sessions_mistake(mine):
    result = mine("--bench-models=brt", "--no-db-store")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --bench-models=brt: no model is called 'brt'. Did you mean 'bert'?"])


def test_the_marker_of_a_module_is_the_furthest(session):
    session.makepyfile(
        test_mine="""
        import pytest
        pytestmark = pytest.mark.bench_cells("inference", models=["vit"], hardware=["cpu:7"])
        def test_one(cell): pass
        @pytest.mark.bench_cells(hardware=["cpu:8"])
        def test_two(cell): pass
        """
    )
    found = collected(session.runpytest("--collect-only", "-q"))
    assert found == ["vit-cpu:7-b1-i64", "vit-cpu:8-b1-i64"]


def test_how_many_they_are_is_said_after_collection_and_the_usual_ones_are_not_announced(session, mine):
    result = mine("--bench-db=b.duckdb", "-k", "7")
    result.stdout.fnmatch_lines(["ipfs-bench: 5 cells of tests' own (bench_cells)"])
    result.stdout.no_fnmatch_line("ipfs-bench: hardware *")


@pytest.mark.slow
def test_plans_and_choices_by_the_database_are_about_them_too(session, mine):
    plan = mine("--bench-plan", "--bench-db=b.duckdb").outlines
    assert plan[-1] == "5 cells: 4 run, 1 skip"
    mine("--bench-db=b.duckdb", "--bench-verify", "-k", "bert").assert_outcomes(passed=1, skipped=1, deselected=3)
    words = ["--bench-db=b.duckdb", "--bench-verify", "--bench-missing"]
    mine(*words, "-k", "bert").assert_outcomes(skipped=1, deselected=4)


@pytest.mark.slow
def test_workers_of_xdist_run_them_and_say_their_mistakes(session, mine):
    pytest.importorskip("xdist")
    words = ["test_mine.py", "-n", "2", "--bench-db=b.duckdb"]
    session.runpytest_subprocess(*words).assert_outcomes(passed=4, skipped=1)
    session.runpytest_subprocess(*words, "--bench-batch-sizes=7", "--bench-missing").assert_outcomes(
        passed=3, skipped=1
    )
    session.makepyfile(test_mine=MINE.replace('"vit"', '"vitt"'))
    result = session.runpytest_subprocess(*words)
    assert result.ret != 0
    result.stdout.fnmatch_lines(
        ["test_mine.py::TestVit::test_two: bench_cells: models: vitt: no model is called 'vitt'.*"]
    )


@pytest.mark.slow
def test_a_size_that_does_not_fit_is_said_by_workers_too(session):
    pytest.importorskip("xdist")
    session.makepyfile("def test_it(cell): cell.measure()\n")
    result = session.runpytest_subprocess("--bench-size=base", "-n", "2", "--no-db-store")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["--bench-size=base: no chosen model has that size. They are: *"])
