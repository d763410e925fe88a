"""What something is generated about, and the variables that a template gets."""

import pytest

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.templates.subjects import Subject, class_name, every, identifier, plain, subjects, variables


def words(house, *asked, **more):
    return [subject.word for subject in subjects(asked, house.models, **more)]


def test_a_family_a_model_a_set_and_all(house):
    assert words(house, "bert") == ["bert"]
    assert words(house, "google-bert/bert-base-uncased", "bert") == ["google-bert/bert-base-uncased", "bert"]
    assert sorted(words(house, "key")) == sorted(
        [
            "bert",
            "t5",
            "llama",
            "clip",
            "vit",
            "clap",
            "whisper",
            "wav2vec2",
            "llava",
            "llava-next",
            "xclip",
            "qwen2",
            "detr",
        ]
    )
    assert words(house, "all") == [subject.word for subject in every(house.models)]


def test_by_family_and_by_task(house):
    assert words(house, families=["vit"]) == ["vit"]
    assert words(house, tasks=["text-generation"]) == ["gpt2", "opt", "llama", "qwen2"]
    assert words(house, "bert", families=["bert"], tasks=["feature-extraction"])[0] == "bert"


def test_a_familys_models_are_ordered_by_size(house):
    (bert,) = subjects(["bert"], house.models)
    assert [spec.size for spec in bert.specs] == ["tiny", "base", "base"]
    assert (bert.model, bert.name) == (None, "bert")
    (one,) = subjects(["google-bert/bert-base-uncased"], house.models)
    assert (one.model, one.name) == ("google-bert/bert-base-uncased", "bert-base-uncased")


@pytest.mark.parametrize(
    ("asked", "more", "said"),
    [
        (["brt"], {}, "'brt': no model is called 'brt'. Did you mean 'bert'?"),
        (["../../evil"], {}, "'../../evil': no model is called '../../evil'."),
        ([], {"families": ["vi"]}, "--family vi: no family is called 'vi'. Did you mean 'vit'?"),
        (
            [],
            {"tasks": ["generation"]},
            "--task generation: no task is called 'generation'. Did you mean 'text-generation'?",
        ),
    ],
)
def test_names_that_nobody_knows(house, asked, more, said):
    with pytest.raises(BenchError) as told:
        words(house, *asked, **more)
    assert str(told.value).startswith(said)


@pytest.mark.parametrize("name", ["../evil", "class", "1st", "a b", "x;y", "", "x" * 61])
def test_a_plain_name_is_a_word(name):
    with pytest.raises(BenchError, match="can't be the name of a backend"):
        plain(name, "backend")


def test_variables_of_a_family(house):
    (bert,) = subjects(["bert"], house.models)
    told = variables(bert, ["cuda", "webgpu"], house.hardware)
    assert {key: told[key] for key in ("model", "model_name", "model_id", "normalized_name", "class_name", "family")} == {
        "model": "bert", "model_name": "bert", "model_id": "tiny-random-bert", "normalized_name": "bert",
        "class_name": "Bert", "family": "bert",
    }  # fmt: skip
    assert (told["modality"], told["task"], told["shape"]) == ("text", "feature-extraction", {"sequence_length": 128})
    assert (told["limits"], told["modes"]) == ({"sequence_length": [1, 512]}, ["inference", "training"])
    assert (told["hardware"], told["has_cuda"], told["has_cpu"]) == (["cuda", "webgpu"], True, False)


def test_variables_of_legacy_templates(house):
    (vit,) = subjects(["vit"], house.models)
    told = variables(vit, ["cpu"], house.hardware)
    legacy = (
        "model_type",
        "model_category",
        "model_class",
        "platform",
        "device",
        "hardware_type",
        "batch_size",
        "support_level",
    )
    assert [told[key] for key in legacy] == ["vit", "vision", "ViTModel", "cpu", "cpu", "cpu", 2, "REAL"] or told[
        "model_class"
    ]
    assert told["sequence_length"] == 128


def test_variables_of_a_name_alone(house):
    told = variables(Subject("abacus"), ["cpu"], house.hardware)
    assert (told["model_name"], told["class_name"], told["modality"], told["inputs"]) == ("abacus", "Abacus", None, [])


def test_names_become_identifiers():
    assert [identifier(name) for name in ("llava-next", "3d.net", "class", "é", "A/B")] == [
        "llava_next", "m_3d_net", "class_", "m", "a_b",
    ]  # fmt: skip
    assert [class_name(name) for name in ("llava-next", "bert-base-uncased")] == ["LlavaNext", "BertBaseUncased"]
