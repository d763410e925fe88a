"""Cells: public ids, keys, and the plan."""

import pytest

from pytest_ipfs_bench.backend import Backend, Detection, State
from pytest_ipfs_bench.cell import Cell, Target, key
from pytest_ipfs_bench.errors import BenchError, Unfit
from pytest_ipfs_bench.models import ModelSpec
from pytest_ipfs_bench.planning import Choice, Generation, Training, plan


class Fake(Backend):
    def __init__(self, name, *runtimes):
        self.name, self.runtimes = name, runtimes  # type: ignore[misc]

    def detect(self):
        return Detection(State.NO_DEVICE)

    def load(self, model, cell):
        raise NotImplementedError


BACKENDS = {"cpu": Fake("cpu", "onnxruntime", "torch"), "cuda": Fake("cuda", "torch")}
MODELS = {
    spec.name: spec
    for spec in (
        ModelSpec("tiny-random-bert", "bert", "text", "tiny", "random", {"sequence_length": 128}, tags=("smoke",)),
        ModelSpec("bert-base-uncased", "bert", "text", "base", "random", {"sequence_length": 128}),
        ModelSpec("tiny-random-vit", "vit", "vision", "tiny", "random", {"image_size": 64}, tags=("smoke",)),
        ModelSpec("magika", "magika", "text", "pretrained", "pretrained", {"sequence_length": 2048}),
    )
}


def ids(**choice):
    return [cell.id for cell in plan(Choice(**choice), BACKENDS, MODELS)]


def test_the_id_lists_every_axis_in_one_order():
    assert ids(models=("tiny-random-bert",)) == ["tiny-random-bert-cpu-onnxruntime-fp32-b1-s128"]


def test_without_any_choice_it_is_the_smoke_suite():
    assert ids() == ["tiny-random-bert-cpu-onnxruntime-fp32-b1-s128", "tiny-random-vit-cpu-onnxruntime-fp32-b1-i64"]


def test_a_device_other_than_the_first_is_in_the_id():
    assert ids(models=("vit",), hardware=(Target("cuda", 1),)) == ["tiny-random-vit-cuda:1-torch-fp32-b1-i64"]


def test_a_family_means_its_smallest_size_and_a_name_means_itself():
    assert [cell.model for cell in plan(Choice(models=("bert",)), BACKENDS, MODELS)] == ["tiny-random-bert"]
    chosen = plan(Choice(models=("bert", "bert-base-uncased")), BACKENDS, MODELS)
    assert [cell.model for cell in chosen] == ["tiny-random-bert", "bert-base-uncased"]
    assert len(ids(models=("all",), sizes=("tiny", "base"))) == 3


def test_every_combination_is_a_cell_and_lengths_apply_where_there_is_a_length():
    found = ids(models=("all",), batch_sizes=(1, 8), shapes={"sequence_length": (32, 64)}, precisions=("fp32", "fp16"))
    assert len(found) == len(set(found)) == 2 * 2 * (2 + 1 + 2)
    assert "tiny-random-vit-cpu-onnxruntime-fp16-b8-i64" in found


def test_all_hardware_is_every_registered_backend():
    assert [cell.hardware for cell in plan(Choice(models=("vit",), every_hardware=True), BACKENDS, MODELS)] == [
        "cpu",
        "cuda",
    ]


def test_hardware_without_the_chosen_runtime_is_left_out():
    assert ids(models=("vit",), runtimes=("onnxruntime",), every_hardware=True) == [
        "tiny-random-vit-cpu-onnxruntime-fp32-b1-i64"
    ]


def test_of_several_runtimes_each_hardware_takes_those_that_it_has():
    both = {"models": ("vit",), "hardware": (Target("cpu"), Target("cuda"))}
    every = [
        "tiny-random-vit-cpu-onnxruntime-fp32-b1-i64",
        "tiny-random-vit-cpu-torch-fp32-b1-i64",
        "tiny-random-vit-cuda-torch-fp32-b1-i64",
    ]
    assert ids(runtimes=("all",), **both) == ids(runtimes=("torch", "onnxruntime"), **both) == every


def test_models_from_a_file(tmp_path):
    (tmp_path / "list.txt").write_text("# mine\nvit\n\nbert\n")
    assert [id_.split("-")[2] for id_ in ids(models=(f"@{tmp_path}/list.txt",))] == ["vit", "bert"]


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"hardware": (Target("cudo"),)}, ["--hardware=cudo", "Did you mean 'cuda'", "Legal: all, cpu, cuda."]),
        ({"models": ("brt",)}, ["--bench-models=brt", "Did you mean 'bert'"]),
        ({"runtimes": ("onnxruntine",)}, ["--bench-runtime=onnxruntine", "Did you mean 'onnxruntime'"]),
        (
            {"runtimes": ("onnxruntime",), "hardware": (Target("cuda"),)},
            ["none of the chosen hardware has it", "cuda: torch"],
        ),
        ({"models": ("vit",), "sizes": ("base",)}, ["--bench-size=base", "tiny-random-vit (tiny)"]),
        ({"models": ("@/no/such/list",)}, ["@/no/such/list", "can't be read"]),
    ],
)
def test_names_that_nobody_knows_are_refused_with_the_nearest(choice, words):
    with pytest.raises(BenchError) as refused:
        plan(Choice(**choice), BACKENDS, MODELS)
    for word in words:
        assert word in str(refused.value)


def test_the_key_changes_with_whatever_makes_it_another_measurement():
    cell = Cell("m", "tiny", "random", "cpu", 0, "onnxruntime", "fp32", "inference", 1, {"sequence_length": 128})
    same = {"content": "c", "device_name": "Xeon", "driver": None, "runtime_version": "1"}
    base = key(cell, **same)
    assert base == key(cell, **same)
    for change in ({"content": "d"}, {"device_name": "EPYC"}, {"driver": "580"}, {"runtime_version": "2"}):
        assert key(cell, **{**same, **change}) != base
    other = Cell("m", "tiny", "random", "cpu", 0, "onnxruntime", "fp32", "inference", 1, {"sequence_length": 64})
    assert key(other, **same) != base


class Trains(Fake):
    def modes(self, runtime):
        return ("inference", "prefill", "decode", "training") if runtime == "torch" else ("inference",)


TRAINER = {"cpu": Trains("cpu", "onnxruntime", "torch"), "npu": Fake("npu", "compiler")}
TRAINED = ModelSpec("m", "m", "text", "tiny", "random", {"sequence_length": 8}, modes=("inference", "training"))
SPEAKS = ModelSpec("g", "g", "text", "tiny", "random", {"sequence_length": 8}, modes=("inference", "prefill", "decode"))


def kinds(kind, spec, **choice):
    return [cell.id for cell in plan(Choice(models=("all",), **choice), TRAINER, {spec.name: spec}, kind)]


def test_training_takes_the_runtime_that_can_and_its_choices_are_in_the_id():
    assert kinds("training", TRAINED) == ["m-cpu-torch-fp32-b1-s8-training-adamw-lr0.001-acc1-amp-none"]
    assert kinds("training", SPEAKS) == []


def test_every_combination_of_training_is_a_cell():
    varied = Training(optimizers=("adamw", "sgd"), learning_rates=(0.1, 0.01), gradient_accumulation=(1, 4))
    assert len(kinds("training", TRAINED, training=varied)) == 8


def test_hardware_that_cannot_train_has_a_cell_that_says_so():
    assert kinds("training", TRAINED, hardware=(Target("npu"),)) == [
        "m-npu-compiler-fp32-b1-s8-training-adamw-lr0.001-acc1-amp-none"
    ]


def test_many_processes_are_a_strategy_and_a_number():
    found = kinds("distributed", TRAINED, training=Training(strategies=("ddp", "fsdp"), world_sizes=(2, 4)))
    assert [one.rpartition("-amp-none-")[2] for one in found] == ["ddp-w2", "ddp-w4", "fsdp-w2", "fsdp-w4"]


def test_generation_is_prefill_and_decode():
    asked = Generation(prompt_lengths=(8, 32), output_lengths=(4,))
    assert kinds("generation", SPEAKS, generation=asked) == [
        "g-cpu-torch-fp32-b1-s8-prefill-p8",
        "g-cpu-torch-fp32-b1-s8-prefill-p32",
        "g-cpu-torch-fp32-b1-s8-decode-p8-n4",
        "g-cpu-torch-fp32-b1-s8-decode-p32-n4",
    ]


HUB = ModelSpec("google/bert", "bert", "text", "base", "random", {"sequence_length": 8}, hub="google/bert")


def test_a_model_of_the_hub_comes_with_the_hubs_weights_too_and_the_id_tells_them_apart():
    assert kinds("inference", HUB) == ["google/bert-cpu-onnxruntime-fp32-b1-s8"]
    assert kinds("inference", HUB, sizes=("base", "pretrained")) == [
        "google/bert-cpu-onnxruntime-fp32-b1-s8",
        "google/bert-cpu-onnxruntime-fp32-b1-s8-pretrained",
    ]
    (cell,) = plan(Choice(models=("bert",), sizes=("pretrained",)), TRAINER, {HUB.name: HUB})
    assert (cell.size, cell.weights) == ("pretrained", "pretrained")


def speaking(shape, **options):
    return Cell("m", "tiny", "random", "cpu", 0, "torch", "fp32", "decode", 1, shape, options)


def test_a_prompts_length_takes_the_place_of_the_sequences():
    own = speaking({"sequence_length": 8}, output_length=4)
    assert (own.lengths, own.sequence_length) == ({"sequence_length": 8, "output_length": 4}, 8)
    asked = speaking({"sequence_length": 8}, output_length=4, prompt_length=32)
    assert (asked.lengths, asked.sequence_length) == ({"sequence_length": 32, "output_length": 4}, 32)


def test_a_model_without_a_sequence_has_its_own_prompt_unless_one_is_asked_for():
    sound = {"audio_seconds": 2}
    assert speaking(sound, output_length=4).sequence_length is None
    asked = speaking(sound, output_length=4, prompt_length=6)
    assert (asked.lengths, asked.sequence_length) == ({**sound, "output_length": 4, "prompt_length": 6}, 6)


def test_lengths_apply_to_the_models_that_have_the_axis_every_combination_of_them():
    film = ModelSpec("film", "film", "video", "tiny", "random", {"frames": 4, "image_size": 64})
    shapes = {"image_size": (224, 384), "audio_seconds": (5,), "frames": (8, 16)}
    found = [
        cell.id for cell in plan(Choice(models=("film", "bert"), shapes=shapes), BACKENDS, {**MODELS, "film": film})
    ]
    assert found == [
        "film-cpu-onnxruntime-fp32-b1-f8-i224", "film-cpu-onnxruntime-fp32-b1-f8-i384",
        "film-cpu-onnxruntime-fp32-b1-f16-i224", "film-cpu-onnxruntime-fp32-b1-f16-i384",
        "tiny-random-bert-cpu-onnxruntime-fp32-b1-s128",
    ]  # fmt: skip


def test_what_has_priority_comes_first():
    chosen = {"models": ("bert", "vit"), "precisions": ("fp32", "fp16"), "priorities": ("fp16", "vit")}
    assert [id_.split("-")[2] + id_.split("-")[5] for id_ in ids(**chosen)] == [
        "vitfp16",
        "bertfp16",
        "vitfp32",
        "bertfp32",
    ]


def test_a_priority_that_names_nothing_is_refused():
    with pytest.raises(
        BenchError, match=r"priorities=vitt: no model, hardware or precision is called .vitt.\. Did you mean .vit."
    ):
        ids(priorities=("vitt",))


@pytest.mark.parametrize(
    ("choice", "sweeps"),
    [
        ({}, False),
        ({"batch_sizes": (8,)}, False),
        ({"batch_sizes": (1, 8)}, True),
        ({"shapes": {"frames": (4, 8)}}, True),
    ],
)
def test_several_sizes_are_a_sweep(choice, sweeps):
    assert Choice(**choice).sweeps is sweeps


class Switchable(Fake):
    flags = ("precompile", "nchw")
    listens = True


SWITCHABLE = {**BACKENDS, "webgpu": Switchable("webgpu", "onnxruntime-web")}
HEARING = {
    "free": ModelSpec(
        "free", "wav2vec2", "audio", "tiny", "random", {"audio_seconds": 1}, limits={"audio_seconds": (1, 30)}
    ),
    "fixed": ModelSpec(
        "fixed", "whisper", "audio", "tiny", "random", {"audio_seconds": 10}, limits={"audio_seconds": (10, 10)}
    ),
    "tiny-random-vit": MODELS["tiny-random-vit"],
}


def variants(model, **choice):
    asked = Choice(**{"models": (model,), "hardware": (Target("webgpu"),), **choice})
    return [cell.id.partition("-b1-")[2] for cell in plan(asked, SWITCHABLE, HEARING)]


def test_a_flag_has_a_cell_of_its_own_beside_the_usual_one_where_the_hardware_has_it():
    assert variants("tiny-random-vit", flags=("nchw",)) == ["i64", "i64-nchw"]
    assert variants("tiny-random-vit", flags=("all",)) == ["i64", "i64-precompile", "i64-nchw"]
    both = (Target("cpu"), Target("webgpu"))
    assert variants("tiny-random-vit", flags=("nchw",), hardware=both) == ["i64", "i64", "i64-nchw"]


def test_a_flag_that_no_chosen_hardware_has_is_refused():
    with pytest.raises(
        BenchError, match=r"--bench-flags=precompil: no flag is called 'precompil'. Did you mean 'precompile'"
    ):
        variants("tiny-random-vit", flags=("precompil",))


def test_a_recording_is_filled_up_or_cut_to_what_a_model_always_takes_where_the_backend_listens():
    shapes = {"audio_seconds": (5, 10, 15)}
    assert variants("fixed", shapes=shapes) == ["a10-rec5", "a10", "a10-rec15"]
    assert variants("free", shapes=shapes) == ["a5", "a10", "a15"]
    assert variants("fixed", shapes=shapes, hardware=(Target("cpu"),)) == ["a5", "a10", "a15"]


def test_sample_rates_are_swept_for_models_that_hear():
    shapes = {"sample_rate": (16000, 48000)}
    assert variants("free", shapes=shapes) == ["a1-hz16000", "a1-hz48000"]
    assert variants("tiny-random-vit", shapes=shapes) == ["i64"]
    assert variants("free", shapes=shapes, hardware=(Target("cpu"),)) == ["a1"]


def test_of_what_a_test_is_about_the_models_that_are_asked_for_too():
    def chosen(*models, about=("bert",), **more):
        found = plan(Choice(models=models, about=about, **more), BACKENDS, MODELS)
        return [cell.model for cell in found]

    assert chosen() == chosen("all") == chosen("vit", "bert") == ["tiny-random-bert"]
    assert chosen("vit") == chosen("vit", sizes=("base",)) == []
    assert chosen("bert-base-uncased") == chosen("bert", about=("bert-base-uncased",)) == ["bert-base-uncased"]
    assert chosen("bert", sizes=("tiny", "base")) == ["tiny-random-bert", "bert-base-uncased"]
    assert chosen("bert", about=("vit", "bert-base-uncased")) == ["bert-base-uncased"]


def test_an_unknown_model_of_a_test_names_the_place():
    with pytest.raises(BenchError, match=r"^here: models: brt: no model is called .brt."):
        ids(about=("brt",), places={"about": "here: models"})


def test_what_is_known_and_does_not_fit_together_is_told_apart_and_comes_last():
    for choice in ({"runtimes": ("onnxruntime-web",)}, {"flags": ("nchw",)}, {"models": ("all",), "sizes": ("base",)}):
        with pytest.raises(Unfit):
            plan(Choice(**choice), SWITCHABLE, HEARING)
        with pytest.raises(BenchError, match="no model is called 'brt'") as refused:
            plan(Choice(**{**choice, "models": ("brt",)}), SWITCHABLE, HEARING)
        assert not isinstance(refused.value, Unfit)


def test_a_flag_that_other_hardware_has_is_refused_with_what_the_chosen_has():
    with pytest.raises(Unfit, match=r"--bench-flags=nchw: none of the chosen hardware has it \(cpu: none\)"):
        variants("tiny-random-vit", flags=("nchw",), hardware=(Target("cpu"),))


UNEXPORTED = ModelSpec("u", "u", "text", "tiny", "random", {"sequence_length": 8}, no_onnx="it looks at values")


def test_a_model_without_an_onnx_form_takes_torch_where_a_backend_has_it_unless_another_runtime_is_asked_for():
    assert kinds("inference", UNEXPORTED) == ["u-cpu-torch-fp32-b1-s8"]
    assert kinds("inference", UNEXPORTED, runtimes=("onnxruntime",)) == ["u-cpu-onnxruntime-fp32-b1-s8"]
    assert kinds("inference", UNEXPORTED, hardware=(Target("npu"),)) == ["u-npu-compiler-fp32-b1-s8"]
