"""A skill: a model in this very process, on any hardware, checked against its reference."""

import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from pytest_ipfs_bench.cli import main
from pytest_ipfs_bench.errors import BenchError, Unsupported
from pytest_ipfs_bench.skill import Skill, self_test

pytest.importorskip("onnxruntime")


class Bert(Skill):
    """Bert."""

    model = "tiny-random-bert"
    hardware = ("cpu", "cuda")


def test_it_is_loaded_run_and_right():
    with Bert().load("cpu", batch=2) as skill:
        assert (skill.effective.device, skill.effective.provider) == ("cpu", "CPUExecutionProvider")
        (output,) = skill.run().values()
        assert output.shape == (2, 128, 64)
        found = skill.check()
    assert found.right is True
    assert found.off <= found.limit == 1e-4
    with pytest.raises(BenchError, match=r"tiny-random-bert is not loaded\.\nCall load\(\) first"):
        skill.run()


def test_without_load_it_takes_the_first_of_its_hardware():
    with Bert() as skill:
        assert skill.effective.device == "cpu"


def test_inputs_of_ones_own_are_what_it_runs_on():
    ids = np.full((3, 16), 7, dtype=np.int64)
    with Bert().load(inputs={"input_ids": ids, "attention_mask": np.ones_like(ids)}) as skill:
        (output,) = skill.run().values()
        assert output.shape == (3, 16, 64)
        assert np.array_equal(output[0], output[1])
        with pytest.raises(BenchError, match=r"Inputs of one's own have no reference"):
            skill.check()


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (
            {"input_ids": np.ones((1, 4), dtype=np.int64)},
            "its inputs are input_ids, attention_mask; given are input_ids",
        ),
        ({name: np.ones(4, dtype=np.int64) for name in ("input_ids", "attention_mask")}, "input_ids has 2 dimensions"),
        ({name: np.ones((1, 600), dtype=np.int64) for name in ("input_ids", "attention_mask")}, "takes 1 to 512"),
    ],
)
def test_inputs_that_are_not_the_models(inputs, said):
    with pytest.raises((BenchError, Unsupported), match=said):
        Bert().load(inputs=inputs)


def test_hardware_that_is_not_here_says_why():
    with pytest.raises(Unsupported, match="mps:"):
        Bert().load("mps")
    with pytest.raises(BenchError, match="no hardware is called 'cdua'"):
        Bert().load("cdua")
    with pytest.raises(BenchError, match="no model is called 'nobody'"):
        Bert("nobody").load()


def outcome(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        self_test(Bert, words)
    told = capsys.readouterr()
    return ended.value.code, told.out + told.err


def test_the_self_test_says_what_it_found(capsys):
    status, said = outcome(capsys)
    assert status == 0
    assert said.startswith("tiny-random-bert on cpu (cpu, CPUExecutionProvider, fp32): right; off by ")
    status, said = outcome(capsys, "--hardware=mps")
    assert status == 2
    assert said.startswith("tiny-random-bert can't run on mps: mps: ")
    status, said = outcome(capsys, "--model=nobody")
    assert (status, said) == (2, "no model is called 'nobody'.\nSee: ipfs-bench models\n")


def test_a_batch_is_at_least_one(capsys):
    status, said = outcome(capsys, "--batch=0")
    assert status == 2
    assert "'0' is no whole number of at least 1" in said


def test_the_self_test_fails_where_the_output_is_wrong(capsys, monkeypatch):
    monkeypatch.setattr("pytest_ipfs_bench.models.ModelSpec.limit", lambda *_: -1.0)
    status, said = outcome(capsys)
    assert status == 1
    assert ": WRONG; off by" in said


@pytest.mark.slow
def test_a_generated_skill_runs_as_a_command(tmp_path):
    words = ["generate", "skill", "bert", "whisper", "--hardware=all", "-o", str(tmp_path), "--no-db-templates"]
    assert CliRunner().invoke(main, words).exit_code == 0
    done = subprocess.run([sys.executable, tmp_path / "skill_bert.py"], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout.startswith("tiny-random-bert on cpu")) == (0, True)
    done = subprocess.run(
        [sys.executable, tmp_path / "skill_bert.py", "--hardware=qualcomm"], check=False, capture_output=True
    )
    assert done.returncode == 2
