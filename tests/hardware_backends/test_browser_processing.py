"""What a page does around a model: JavaScript and numpy do the same, and both do what the models were trained with."""

import json
import shutil
import subprocess
from dataclasses import asdict, replace
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")

from hardware_backends.browser import processing, sounds  # noqa: E402
from hardware_backends.browser.processing import Answer, Mel, Picture, Sound, Task  # noqa: E402
from model_suites import specs  # noqa: E402
from pytest_ipfs_bench import models  # noqa: E402
from pytest_ipfs_bench.models import Input, ModelSpec  # noqa: E402

MODELS = {spec.name: spec for spec in specs()}
TINY = {spec.family: spec for spec in MODELS.values() if spec.size == "tiny"}
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="no node on PATH")
SCRIPTS = Path(processing.__file__).parent / "page"
DRIVER = """
import { readFileSync, writeFileSync } from "node:fs";
import { postprocess, preprocess, source } from "./processing.js";
const bytes = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const told = JSON.parse(readFileSync("asked.json")).map(({ task, outputs }, i) => {
  try {
    if (outputs) {
      for (const one of Object.values(outputs)) one.data = Float32Array.from(one.data);
      return postprocess(task, outputs);
    }
    const given = source(task);
    const { name, data, dims } = preprocess(task, given);
    writeFileSync(`${i}.source`, bytes(given));
    writeFileSync(`${i}.data`, bytes(data));
    return { name, dims, again: bytes(preprocess(task).data).every((one, at) => one === bytes(data)[at]) };
  } catch (error) {
    return { error: error.message };
  }
});
writeFileSync("told.json", JSON.stringify(told));
"""


def speech(rate, seconds=2, kind="samples"):
    return Sound("input_values", (1, 16_000 * seconds), kind, seconds, rate, 16_000)


def made(name, rate=48_000, seconds=None, **shape):
    return processing.tasks(MODELS[name], {**MODELS[name].shape, **shape}, rate, seconds)


# Whisper's is Float32 before its last step: it is off by a rounding. All others are the same to the last bit.
BEFORE = {
    **{f"speech at {rate} Hz": Task(speech(rate), None) for rate in (8000, 16_000, 22_050, 44_100, 48_000)},
    "speech shorter than what is taken": Task(replace(speech(44_100), seconds=1.25), None),
    "speech longer than what is taken": Task(replace(speech(22_050), seconds=3), None),
    "whisper, 5 of 30 s": made("openai/whisper-base", 44_100, 5),
    "whisper, tiny": made("tiny-random-whisper"),
    "clap": made("laion/clap-htsat-unfused"),
    "clap, 3 of 10 s": made("laion/clap-htsat-unfused", 16_000, 3),
    "clap, tiny": made("tiny-random-clap", 22_050),
    "a picture": made("google/vit-base-patch16-224"),
    "a picture made larger": Task(
        Picture("pixels", (1, 3, 100, 100), 100, (0.5,) * 3, (0.5,) * 3, width=64, height=48), None
    ),
    "a video": made("tiny-random-xclip"),
    "the picture of a detector": made("tiny-random-detr"),
    "the picture of a reader": made("tiny-random-llava"),
}


def in_node(folder, asked):
    for file in SCRIPTS.glob("*.js"):
        shutil.copy(file, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "driver.js").write_text(DRIVER)
    (folder / "asked.json").write_text(json.dumps(asked))
    subprocess.run([NODE, "driver.js"], cwd=folder, check=True, timeout=60)
    return json.loads((folder / "told.json").read_text())


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """What the page makes of every source: name -> (what it tells, the source's bytes, the input)."""
    folder = tmp_path_factory.mktemp("page")
    told = in_node(folder, [{"task": asdict(task)} for task in BEFORE.values()])
    return {
        name: (one, (folder / f"{i}.source").read_bytes(), np.fromfile(folder / f"{i}.data", np.float32))
        for i, (name, one) in enumerate(zip(BEFORE, told, strict=True))
    }


@needs_node
@pytest.mark.parametrize("name", BEFORE)
def test_the_page_makes_the_input_that_numpy_makes(name, page):
    told, begun, found = page[name]
    task = BEFORE[name]
    assert (told["name"], tuple(told["dims"]), told["again"]) == (task.before.name, task.before.dims, True)
    assert begun == processing.source(task.before).tobytes()
    right = processing.expected(task)
    assert right.shape == task.before.dims
    assert abs(found.reshape(right.shape) - right).max() <= 2e-7 * abs(right).max()  # measured: 9.1e-8, others 0


def answers(wanted, outputs):
    told = {name: {"data": one.ravel().tolist(), "dims": one.shape} for name, one in outputs.items()}
    return {"task": asdict(Task(None, wanted)), "outputs": told}


def random(*dims, seed=0):
    return np.random.default_rng(seed).normal(0, 3, dims).astype(np.float32)


AFTER = {
    "classes": {"output": random(3, 10)},
    "transcript": {"output": random(2, 50, 6)},
    "token": {"output": random(2, 5, 40)},
    "similarity": {"text_embeds": random(3, 16), "image_embeds": random(3, 16, seed=1)},
    "boxes": {"logits": random(2, 12, 9), "pred_boxes": abs(random(2, 12, 4, seed=1)) / 10},
    "embedding": {"output": random(2, 7, 16)},
}


@needs_node
def test_the_page_answers_what_numpy_answers(tmp_path):
    told = in_node(tmp_path, [answers(Answer(kind), outputs) for kind, outputs in AFTER.items()])
    for (kind, outputs), found in zip(AFTER.items(), told, strict=True):
        assert found == close(processing.answer(Task(None, Answer(kind)), outputs)), kind
        assert len(found) == len(next(iter(outputs.values())))


@pytest.mark.slow
@needs_node
def test_the_page_answers_for_real_outputs(tmp_path):
    ort = pytest.importorskip("onnxruntime")
    asked, right = [], []
    for spec in TINY.values():
        if spec.files:
            outputs = run(ort, spec)
            task = processing.tasks(spec, spec.shape)
            asked.append(answers(task.after, outputs))
            right.append(processing.answer(task, outputs))
    for spec, found, wanted in zip((s for s in TINY.values() if s.files), in_node(tmp_path, asked), right, strict=True):
        assert found == close(wanted), spec.name


def run(ort, spec):
    session = ort.InferenceSession(spec.files[0], providers=["CPUExecutionProvider"])
    given = models.onnx_model(spec).inputs(2, spec.shape)
    values = session.run(None, {one.name: given[one.name] for one in session.get_inputs()})
    return dict(zip((one.name for one in session.get_outputs()), values, strict=True))


def close(wanted):
    """The same structure, numbers within 1e-12 of each other (measured: 1.4e-16)."""
    if isinstance(wanted, dict):
        return {name: close(one) for name, one in wanted.items()}
    if isinstance(wanted, list):
        return [close(one) for one in wanted]
    return pytest.approx(wanted, rel=1e-12, abs=1e-12) if isinstance(wanted, float) else wanted


@needs_node
def test_the_page_says_what_it_can_not_do(tmp_path):
    nothing = asdict(Task(None, None))
    told = in_node(tmp_path, [{"task": nothing}, {"task": nothing, "outputs": {}}])
    assert [one["error"] for one in told] == [
        "this task has nothing before the model: what makes its inputs is not known",
        "this task has nothing after the model: what its outputs are for is not known",
    ]


def test_nor_can_numpy():
    with pytest.raises(
        ValueError, match=r"^this task has nothing before the model: what makes its inputs is not known$"
    ):
        processing.expected(Task(None, None))
    with pytest.raises(
        ValueError, match=r"^this task has nothing after the model: what its outputs are for is not known$"
    ):
        processing.answer(Task(None, None), {})


# A sound as such: what resampling keeps and what it has to take away.


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("wanted", [16_000, 48_000])
def test_a_tone_is_the_same_tone_at_another_rate(rate, wanted):
    tone = sounds.resample(np.sin(2 * np.pi * 440 * np.arange(rate) / rate), rate, wanted)
    right = np.sin(2 * np.pi * 440 * np.arange(wanted) / wanted)
    assert len(tone) == wanted
    inside = slice(wanted // 20, -wanted // 20)
    assert abs(tone - right)[inside].max() < 2e-4  # measured: 5.8e-5


def test_a_tone_that_the_lower_rate_has_no_room_for_goes():
    tone = sounds.resample(np.sin(2 * np.pi * 10_000 * np.arange(48_000) / 48_000), 48_000, 16_000)
    assert abs(tone[500:-500]).max() < 1e-3  # measured: 4.0e-4, 68 dB below what it was


# The same as transformers', which made the inputs that the models were trained on.


def test_whisper_hears_what_transformers_makes_of_it():
    transformers = pytest.importorskip("transformers")
    task = BEFORE["whisper, 5 of 30 s"]
    heard = heard_at(task.before, 16_000)
    right = transformers.WhisperFeatureExtractor()(heard, sampling_rate=16_000, return_tensors="np")["input_features"]
    assert abs(processing.expected(task) - right).max() < 5e-5  # measured: 1.0e-5, its own in numpy 2.0e-6


def test_clap_hears_what_transformers_makes_of_it():
    transformers = pytest.importorskip("transformers")
    extractor = transformers.ClapFeatureExtractor(frequency_min=50, truncation="rand_trunc")
    for name in ("clap", "clap, 3 of 10 s"):
        heard = heard_at(BEFORE[name].before, 48_000)
        right = extractor(heard, sampling_rate=48_000, return_tensors="np")["input_features"]
        assert abs(processing.expected(BEFORE[name]) - right).max() < 5e-5, name  # dB; measured: 7.6e-6


def test_wav2vec2_hears_what_transformers_makes_of_it():
    transformers = pytest.importorskip("transformers")
    task = BEFORE["speech at 44100 Hz"]
    extractor = transformers.Wav2Vec2FeatureExtractor(do_normalize=True)
    right = extractor(heard_at(task.before, 16_000), sampling_rate=16_000, return_tensors="np")["input_values"]
    assert abs(processing.expected(task) - right).max() < 5e-6  # measured: 4.8e-7


def heard_at(sound, rate):
    return sounds.resample(processing.source(sound) / 32768, sound.recorded, rate)


@pytest.mark.parametrize("name", ["a picture", "a picture made larger", "a video"])
def test_a_picture_is_resized_as_torch_does(name):
    torch = pytest.importorskip("torch")
    seen = BEFORE[name].before
    pixels = torch.from_numpy(processing.source(seen)[..., :3].transpose(0, 3, 1, 2).astype(np.float64))
    small = torch.nn.functional.interpolate(pixels, size=(seen.size, seen.size), mode="bilinear", align_corners=False)
    right = (small.numpy() / 255 - np.reshape(seen.mean, (3, 1, 1))) / np.reshape(seen.std, (3, 1, 1))
    assert abs(processing.expected(BEFORE[name]) - right.reshape(seen.dims)).max() < 1e-6


# What is made of outputs, by hand.


def one_hot(labels, classes):
    return np.eye(classes, dtype=np.float32)[labels][None]


def test_a_transcript_takes_repeats_as_one_and_leaves_blanks_out():
    steps = one_hot([0, 3, 3, 0, 3, 2, 2, 1, 0], 4)
    assert processing.answer(Task(None, Answer("transcript")), {"output": steps}) == [[3, 3, 2, 1]]


def test_the_token_is_the_likeliest_after_the_last_step():
    assert processing.answer(Task(None, Answer("token")), {"output": one_hot([3, 1, 2], 4)}) == [2]


def test_of_classes_that_are_as_likely_the_first_comes_first():
    (found,) = processing.answer(Task(None, Answer("classes", top=2)), {"output": np.zeros((1, 4), np.float32)})
    assert found == [{"label": 0, "score": 0.25}, {"label": 1, "score": 0.25}]


def test_a_box_is_told_in_pixels_where_something_is_there():
    logits = np.array([[[9, 0, 0], [0, 0, 9], [0, 9, 0]]], np.float32)  # the last class: nothing
    places = np.array([[[0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 1, 1], [0.25, 0.5, 0.5, 1]]], np.float32)
    (found,) = processing.answer(Task(None, Answer("boxes")), {"logits": logits, "pred_boxes": places})
    assert [(one["label"], one["box"]) for one in found] == [(0, [160, 120, 480, 360]), (1, [0, 0, 320, 480])]


def test_embeddings_are_compared_by_their_direction_alone():
    outputs = {"text_embeds": np.array([[2.0, 0], [0, 5]]), "video_embeds": np.array([[3.0, 0], [1, 1]])}
    found = processing.answer(Task(None, Answer("similarity")), outputs)
    assert np.allclose(found, [[1, 0], [2**-0.5, 2**-0.5]])


# Which model has what.


def test_what_words_cost_before_a_model_is_not_known():
    for spec in MODELS.values():
        if spec.modality == "text":
            assert processing.tasks(spec, spec.shape).before is None, spec.name


def test_what_nobody_declared_has_no_task():
    spec = ModelSpec("theirs", "theirs", "vision", "tiny", "random", {}, (Input("x", "float32", ("batch", 3)),))
    assert processing.tasks(spec, {}) is None


@pytest.mark.parametrize("family", sorted(TINY))
def test_an_input_has_the_dims_that_the_model_takes(family):
    spec = TINY[family]
    before = processing.tasks(spec, spec.shape).before
    if before is not None:
        assert before.dims == models.Model(spec).inputs(1, spec.shape)[before.name].shape
        assert processing.expected(Task(before, None)).shape == before.dims


def test_the_tiles_of_a_picture_are_not_known():
    assert processing.tasks(TINY["llava-next"], TINY["llava-next"].shape).before is None


def test_an_eye_of_siglip_sees_in_its_own_colours():
    assert made("llava-hf/llava-interleave-qwen-0.5b-hf").before.mean == processing.STANDARD[0]
    assert made("tiny-random-llava").before.mean == processing.CLIP[0]


def test_a_task_goes_through_json():
    told = asdict(made("openai/whisper-base", 8000, 15))
    assert json.loads(json.dumps(told))["before"]["mel"] == asdict(Mel(80, 400, 160, 0, 8000.0))
    assert (told["before"]["seconds"], told["before"]["recorded"], told["before"]["dims"]) == (15, 8000, (1, 80, 3000))
    assert told["after"]["kind"] == "token"


def test_a_speech_model_without_a_decoder_writes_down_what_it_hears():
    assert processing.tasks(TINY["wav2vec2"], TINY["wav2vec2"].shape).after.kind == "transcript"
