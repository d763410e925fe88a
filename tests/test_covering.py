"""The coverage of a suite: the cells that it plans, measured, failed, or never tried."""

import json

import pytest
from click.testing import CliRunner

from pytest_ipfs_bench.cli import main
from pytest_ipfs_bench.covering import spelt
from pytest_ipfs_bench.records import Compatibility, Performance, Run, hardware, model, new_id
from pytest_ipfs_bench.registry import Registry
from pytest_ipfs_bench.store.spool import Spool
from pytest_ipfs_bench.store.write import hand_over

TEST = "model_suites.test_inference::test_inference[{}]"
BERT, VIT, WHISPER, MAGIKA = (
    "tiny-random-bert-cpu-onnxruntime-fp32-b1-s128",
    "tiny-random-vit-cpu-onnxruntime-fp32-b1-i64",
    "tiny-random-whisper-cpu-onnxruntime-fp32-b1-a2",
    "google/magika-standard-v3.3-cpu-onnxruntime-fp32-b1-s2048",
)


def fill(path, rows):
    """rows: (cell, day, status or None for a measurement, provenance)."""
    run, cpu, mine = Run(run_id=new_id()), hardware("cpu"), model("m")
    spool = Spool.create(path, run.run_id)
    for record in (run, cpu, mine):
        spool.append(record.line())
    about = {"run_id": run.run_id, "model_id": mine.model_id, "hardware_id": cpu.hardware_id, "mode": "inference"}
    for cell, day, status, provenance in rows:
        about |= {"test_case": TEST.format(cell), "provenance": provenance, "created_at": f"2026-01-0{day} 10:00:00"}
        if status is None:
            record = Performance(result_id=new_id(), **about, latency_p50_ms=1.0)
        else:
            record = Compatibility(compatibility_id=new_id(), **about, status=status, error_message=f"it was {status}")
        spool.append(record.line())
    hand_over(path, spool)


@pytest.fixture
def database(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [
        (BERT, 1, None, "measured"),
        (BERT, 1, "compatible", "measured"),
        (BERT, 2, None, "measured"),
        (VIT, 1, None, "measured"),
        (VIT, 3, "crashed", "measured"),
        (WHISPER, 2, "compatible", "measured"),
        (MAGIKA, 2, None, "simulated"),
    ]
    fill(tmp_path / "bench.duckdb", rows)
    return tmp_path / "bench.duckdb"


def told(*words):
    done = CliRunner().invoke(main, ["report", "coverage", "-f", "json", *words])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)["tables"]


def test_the_cells_of_a_suite_are_told_with_their_state_and_age(database):
    cells = {row["cell"]: row for row in told("--suite", "smoke")["Cells"]}
    assert {name: row["state"] for name, row in cells.items()} == {
        BERT: "measured",
        VIT: "failed",
        WHISPER: "verified only",
        MAGIKA: "never",
    }
    assert cells[BERT]["measurements"] == 2
    assert cells[BERT]["measured_at"] == "2026-01-02T10:00:00"
    assert cells[BERT]["age_days"] > 1
    assert cells[VIT]["reason"] == "it was crashed"
    assert cells[MAGIKA]["age_days"] is None


def test_counts_tell_how_much_of_the_suite_is_done(database):
    counts = {row["state"]: row["cells"] for row in told("--suite", "key")["Coverage"]}
    assert counts == {"measured": 1, "failed": 1, "verified only": 1, "never": 10}


def test_other_hardware_than_the_suites_may_be_asked_for_though_the_database_has_none_of_it(database):
    cells = told("--suite", "smoke", "--hardware", "cuda")["Cells"]
    assert all("-cuda-" in row["cell"] for row in cells)
    assert {row["state"] for row in cells} == {"never"}


def test_a_suite_file_counts_with_all_its_sweeps(database):
    (database.parent / "mine.toml").write_text(
        'models = ["bert"]\nbatch_sizes = [1, 8]\ntests = ["inference", "training"]\n'
    )
    cells = [row["cell"] for row in told("--suite", "mine.toml")["Cells"]]
    assert len(cells) == 4
    assert sum("-training-" in cell for cell in cells) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--suite", "smok"], "--suite smok: no suite is called 'smok'. Did you mean 'smoke'?"),
        (["--suite", "none.toml"], "--suite none.toml: the file can't be read"),
        (["--suite", "smoke", "--hardware", "cud"], "no hardware is called 'cud'. Did you mean 'cuda'?"),
    ],
)
def test_a_suite_or_hardware_that_nobody_knows_is_an_error_that_helps(database, words, message):
    done = CliRunner().invoke(main, ["report", "coverage", *words])
    assert done.exit_code == 2
    assert message in done.stderr


def test_other_kinds_say_that_it_is_not_applied(database):
    done = CliRunner().invoke(main, ["report", "performance", "--suite", "smoke"])
    assert "--suite: performance has no such thing, not applied." in done.stdout


def test_words_without_a_suite_stay_as_they_are():
    assert spelt([("model", "bert")], None, Registry.load) == (("model", "bert"),)


def test_as_a_task_of_pytest_it_tells_the_same(database, session):
    words = ("--bench-report=json", "--bench-report-kind=coverage", "--bench-report-with=suite=smoke")
    (session.path / "pytest.ini").write_text(f"[pytest]\nbench_db = {database}\n")
    tables = json.loads("\n".join(session.runpytest(*words).outlines))["tables"]
    assert {row["state"]: row["cells"] for row in tables["Coverage"]} == {
        "measured": 1,
        "failed": 1,
        "verified only": 1,
        "never": 1,
    }


def test_after_a_session_it_tells_of_the_models_of_its_conftest_too(session):
    session.makeconftest(
        "from pytest_ipfs_bench.models import ModelSpec\n"
        "from pytest_ipfs_bench.hookspecs import hookimpl\n"
        "class Mine:\n"
        "    @hookimpl\n"
        "    def register_models(self):\n"
        "        return [ModelSpec(name='mine', family='mine', modality='text', task='t', size='tiny', weights='random', factory='m:f', shape={'sequence_length': 8})]\n"
        "def pytest_ipfs_bench_register(manager):\n"
        "    manager.register(Mine())\n"
    )
    session.makefile(".toml", own='models = ["mine"]\n')
    session.makepyfile("def test_a(): pass")
    words = ("--bench-report-kind=coverage", "--bench-report-with=suite=own.toml", "--bench-report=text")
    result = session.runpytest("--bench-db=b.duckdb", *words)
    result.stdout.fnmatch_lines(["mine-cpu-*-fp32-b1-s8 *never*"])
    assert result.ret == 0


def test_after_a_session_a_suite_that_nobody_knows_is_said_before_any_test(session):
    session.makepyfile("def test_a(): pass")
    words = ("--bench-report-kind=coverage", "--bench-report-with=suite=smok", "--bench-report=text")
    result = session.runpytest("--bench-db=b.duckdb", *words)
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*no suite is called 'smok'. Did you mean 'smoke'?*"])
