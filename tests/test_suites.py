"""Suite files: what each key says, and what is wrong with one, by file, line and key."""

import json
from pathlib import Path

import pytest

import model_suites
from pytest_ipfs_bench import suites
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.planning import Choice, select
from pytest_ipfs_bench.suites.session import paths, shipped_suites, shipped_tests

FULL = """
description = "every key"  # and a remark
models = ["bert", "@mine.txt"]
sizes = ["tiny", "base"]
hardware = ["cpu", "cuda:1"]
runtime = "torch"
precisions = ["fp32", "fp16"]
batch_sizes = [1, 8]
sequence_lengths = [32, 128]
image_sizes = [224, 384]
audio_seconds = [5, 10, 30]
frames = [8]
priorities = ["cuda", "bert"]
tests = ["inference", "generation"]

[measure]
verify = false
min_rounds = 20
max_time = 2
warmup = 0.5
timeout = 300

[generation]
prompt_lengths = [16]
output_lengths = [4, 8]

[training]
optimizers = ["adamw", "sgd"]
learning_rates = [1e-3, 1]
gradient_accumulation = [1, 4]
mixed_precision = ["none", "bf16"]
strategies = ["ddp"]
world_sizes = [1, 2]
"""
LEGACY = {
    "batch_sizes": [1, 4, 8],
    "sequence_lengths": [32, 128],
    "warmup_iterations": 5,
    "benchmark_iterations": 20,
    "timeout": 600,
    "model_families": {"embedding": ["bert-base-uncased"], "vision": ["google/vit-base-patch16-224"]},
    "hardware_types": ["cpu", "qnn"],
    "include_web_platforms": True,
    "parallel": False,
    "schedule": {"enabled": False, "frequency": "daily"},
}


def read(folder, text, name="mine.toml"):
    (folder / name).write_text(text)
    return suites.read(folder / name, f"--bench-suite={name}")


def refused(folder, text, name="mine.toml"):
    with pytest.raises(BenchError) as error:
        read(folder, text, name)
    return str(error.value)


def test_every_key_of_a_suite_file(tmp_path):
    suite = read(tmp_path, FULL)
    assert suite.options == {
        "models": ["bert", "@mine.txt"], "size": ["tiny", "base"], "hardware": ["cpu", "cuda:1"], "runtime": ["torch"],
        "precisions": ["fp32", "fp16"], "batch_sizes": [1, 8], "seq_lens": [32, 128], "verify": False, "min_rounds": 20,
        "max_time": 2.0, "warmup": 0.5, "timeout": 300.0,
    }  # fmt: skip
    assert suite.shapes == {"image_size": [224, 384], "audio_seconds": [5, 10, 30], "frames": [8]}
    assert suite.generation == {"prompt_lengths": [16], "output_lengths": [4, 8]}
    assert suite.training["learning_rates"] == [1e-3, 1.0]
    assert (suite.priorities, suite.tests) == (["cuda", "bert"], ["inference", "generation"])


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", ["inference"]),
        ("[generation]\noutput_lengths = [4]", ["inference", "generation"]),
        ("[training]\noptimizers = ['sgd']", ["inference", "training"]),
        ("[training]\nworld_sizes = [2]", ["inference", "distributed"]),
    ],
)
def test_a_suite_that_names_no_tests_has_those_of_what_it_chooses(tmp_path, text, kinds):
    assert read(tmp_path, text).tests == kinds


def test_the_legacy_projects_suite(tmp_path):
    suite = read(tmp_path, json.dumps(LEGACY), "old.json")
    assert suite.options == {
        "batch_sizes": [1, 4, 8], "seq_lens": [32, 128], "min_rounds": 20, "timeout": 600.0,
        "models": ["bert-base-uncased", "google/vit-base-patch16-224"],
        "hardware": ["cpu", "qualcomm", "webnn", "webgpu"],
    }  # fmt: skip
    assert suite.notes == ["warmup_iterations is left out: the warm-up is a time here (--bench-warmup=SECONDS)"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("models = ['bert']\n\nbatch_size = [1]", "line 3: no key is called 'batch_size'. Did you mean 'batch_sizes'?\nLegal: "),
        ("[training]\noptimisers = ['sgd']", "line 2: no key of [training] is called 'optimisers'. Did you mean 'optimizers'?"),
        ("training = {optimisers = ['sgd']}", "line 1: no key of [training] is called 'optimisers'."),
        ("training.optimisers = ['sgd']", "line 1: no key of [training] is called 'optimisers'."),
        ("\n[mesure]\nmin_rounds = 2", "line 2: no key is called 'mesure'. Did you mean 'measure'?"),
        ("[measure]\nverify = true\nmin_rounds = 0", "line 3: measure.min_rounds: 0 is no whole number of at least 1."),
        ("measure = 3", "line 1: measure: 3 is no table ([measure])."),
        ("batch_sizes = [1, 0]", "line 1: batch_sizes: 0 is no whole number of at least 1."),
        ("batch_sizes = [1, true]", "line 1: batch_sizes: True is no whole number of at least 1."),
        ("batch_sizes = 4", "line 1: batch_sizes: 4 is no list with at least one entry."),
        ("batch_sizes = []", "line 1: batch_sizes: [] is no list with at least one entry."),
        ("models = ['bert', 3]", "line 1: models: 3 is no word."),
        ("runtime = ''", "line 1: runtime: '' is no word."),
        ("precisions = ['fp33']", "line 1: precisions: 'fp33' is none of fp32, fp16, bf16, int8. Did you mean 'fp32'?"),
        ("tests = ['trainings']", "line 1: tests: 'trainings' is none of inference, generation, training, distributed. Did"),
        ("[measure]\nmax_time = nan", "line 2: measure.max_time: nan is no time in seconds."),
        ("[measure]\nwarmup = -1", "line 2: measure.warmup: -1 is no time in seconds."),
        ("[measure]\nverify = 1", "line 2: measure.verify: 1 is neither true nor false."),
        ("[training]\nlearning_rates = [0]", "line 2: training.learning_rates: 0 is no number larger than 0."),
        ("models = ['bert'", "it is not valid TOML: "),
        ("sizes = ['tiny']\nmodels = 'bert' 'vit'", "it is not valid TOML: Expected newline or end of document after a statement (at line 2,"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_file_line_and_key(tmp_path, text, told):
    said = refused(tmp_path, text)
    assert said.startswith("--bench-suite=mine.toml")
    assert said.removeprefix("--bench-suite=mine.toml")[2:].startswith(told), said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"batch_sizes": [1],\n "hardware": ["cpu"]}', "old.json, line 2: no key is called 'hardware'. Did you mean 'hardware_types'?"),
        ('{"model_families": ["bert"]}', "old.json, line 1: model_families: ['bert'] is no object of lists of models by family."),
        ("[1]", "old.json: it is not valid JSON of a suite: the outermost has to be an object."),
        ('{"timeout": }', "old.json: it is not valid JSON: Expecting value: line 1 column 13 (char 12)."),
        ("[" * 100_000, "old.json: it is not valid JSON: "),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_legacy_suite_likewise(tmp_path, text, told):
    assert refused(tmp_path, text, "old.json").startswith(f"--bench-suite={told}")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for path in (tmp_path / "no.toml", tmp_path):
        with pytest.raises(BenchError, match="--bench-suite=it: the file can't be read"):
            suites.read(path, "--bench-suite=it")
    (tmp_path / "bytes.toml").write_bytes(b"models = ['\xff']")
    with pytest.raises(BenchError, match="the file can't be read"):
        suites.read(tmp_path / "bytes.toml", "--bench-suite=it")


def test_a_suite_is_a_shipped_name_or_a_path(tmp_path):
    folder = shipped_suites()
    assert suites.find("smoke", folder, tmp_path, "") == folder / "smoke.toml"
    assert suites.find("mine.toml", folder, tmp_path, "") == tmp_path / "mine.toml"
    assert suites.find("sub/mine.toml", folder, tmp_path, "") == tmp_path / "sub" / "mine.toml"
    with pytest.raises(BenchError, match=r"no suite is called 'smoky'. Did you mean 'smoke'\?\nLegal: all, key, smoke"):
        suites.find("smoky", folder, tmp_path, "--bench-suite=smoky")


@pytest.mark.parametrize("name", ["all", "key", "smoke", "training", "web"])
def test_the_shipped_suites_are_sound_and_say_what_they_hold(name):
    path: Path = suites.shipped(shipped_suites())[name]
    suite = suites.read(path, str(path))
    assert suite.description
    assert suite.options["models"]


@pytest.mark.parametrize("name", ["all", "key", "smoke", "training", "web"])
def test_the_shipped_suites_name_models_that_there_are(name):
    suite = suites.read(suites.shipped(shipped_suites())[name], name)
    models = {spec.name: spec for spec in model_suites.specs()}
    if name == "key" and not any("key" in spec.tags for spec in models.values()):
        pytest.skip("no model is tagged key")
    chosen = Choice(models=tuple(suite.options["models"]), sizes=tuple(suite.options.get("size", ())))
    assert select(chosen, models)


def test_a_suite_runs_the_shipped_tests_of_its_kinds():
    assert paths("mine.toml", ["inference"]) == [str(shipped_tests() / "test_inference.py")]
    assert paths("mine.toml", ["inference", "juggling"]) == paths("mine.toml", ["inference"])
    with pytest.raises(BenchError, match=r"--bench-suite=mine\.toml: no tests of juggling are shipped"):
        paths("mine.toml", ["juggling"])
