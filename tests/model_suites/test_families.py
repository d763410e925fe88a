"""What is declared: families, sizes, sets, and that a runner gets it as it was declared."""

import json
from dataclasses import asdict

import pytest

from model_suites import specs
from model_suites.family import snapshot
from pytest_ipfs_bench.models import ModelSpec

KEY = [
    "bert",
    "clap",
    "clip",
    "detr",
    "llama",
    "llava",
    "llava-next",
    "qwen2",
    "t5",
    "vit",
    "wav2vec2",
    "whisper",
    "xclip",
]
FAMILIES = sorted([*KEY, "distilbert", "gpt2", "opt", "resnet", "mobilenet"])
SMALL = {
    "google/bert_uncased_L-2_H-128_A-2",
    "google/t5-efficient-tiny",
    "facebook/deit-tiny-patch16-224",
    "openai/whisper-tiny",
    "openai/clip-vit-base-patch32",
}


def families(size, tag=None):
    return sorted(spec.family for spec in specs() if spec.size == size and (tag is None or tag in spec.tags))


def test_every_family_is_there_tiny_and_at_its_real_dimensions():
    assert families("tiny") == FAMILIES
    assert sorted(set(families("base"))) == FAMILIES


def test_the_key_set_is_one_model_of_each_of_thirteen_families_and_size():
    assert families("tiny", "key") == families("base", "key") == KEY


def test_the_small_set():
    assert {spec.name for spec in specs() if "small" in spec.tags} == SMALL


@pytest.mark.parametrize("spec", specs(), ids=lambda spec: spec.name)
def test_it_is_whole_and_reaches_the_runner_as_it_was_declared(spec):
    assert spec.task
    assert spec.name == (f"tiny-random-{spec.family}" if spec.size == "tiny" else spec.hub or spec.name)
    assert set(spec.limits) <= set(spec.shape)
    for axis, (least, most) in spec.limits.items():
        assert least <= spec.shape[axis] <= most
    told = json.loads(json.dumps(asdict(spec)))
    assert asdict(ModelSpec.read(told)) == told | {
        name: getattr(spec, name) for name in ("files", "modes", "tags", "limits")
    } | {"inputs": tuple(map(asdict, spec.inputs))}


def test_only_llava_next_has_no_file_and_says_why():
    (without,) = [spec for spec in specs() if spec.size == "tiny" and not spec.files]
    assert without.family == "llava-next"
    assert "image_sizes" in without.no_onnx


def test_content_of_a_model_without_files_follows_what_it_is_built_from():
    base = next(spec for spec in specs() if spec.size == "base")
    others = [spec.content() for spec in specs() if spec.size == "base"]
    assert len(set(others)) == len(others)
    assert base.content() == base.content() != base.pretrained().content()


def test_weights_that_the_hubs_cache_holds_are_found_by_their_path(monkeypatch, tmp_path):
    hub = "google-bert/bert-base-uncased"
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert snapshot(hub) is None
    folder = tmp_path / "models--google-bert--bert-base-uncased" / "snapshots" / "abc"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    assert snapshot(hub) is None
    assert next(spec for spec in specs() if spec.name == hub).weights == "random"
