"""What a page does around a model: from a recording or picture to its input, and from its outputs to an answer.

A Task is data, told to the page as JSON (`asdict`): processing.js does it there, `expected` and `answer` are the same in
numpy. The recording and the picture are synthetic and seeded, bit by bit the same here and there; making them is no part
of the work that is timed. A tokenizer's vocabulary is not in an ONNX file: what words cost before a model stays unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.models import Input, ModelSpec

if TYPE_CHECKING:
    import numpy as np

RECORDED = 48_000  # Hz, of most microphones
SPEECH, SOUNDS = 16_000, 48_000  # Hz, what models of speech and of all sounds were trained on
PICTURE = (640, 480)
TOP, THRESHOLD = 5, 0.5
SEED = 20_261_122
STANDARD = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
# Mean and standard deviation of the colours, by family, as the hub's models of that family were trained.
COLOURS = {
    "vit": STANDARD,
    "mobilenet": STANDARD,
    "resnet": IMAGENET,
    "detr": IMAGENET,
    "xclip": IMAGENET,
    "clip": CLIP,
    "llava": CLIP,
}
ANSWERS = {
    "image-classification": "classes",
    "text-classification": "classes",
    "object-detection": "boxes",
    "zero-shot-image-classification": "similarity",
    "zero-shot-video-classification": "similarity",
    "zero-shot-audio-classification": "similarity",
    "feature-extraction": "embedding",
    "text-generation": "token",
    "text2text-generation": "token",
    "image-text-to-text": "token",
    "automatic-speech-recognition": "token",
}


@dataclass(frozen=True)
class Mel:
    """A log-mel spectrogram: bands of Slaney's scale from `low` to `high` Hz, frames of `window` samples each `hop`."""

    bands: int
    window: int
    hop: int
    low: float
    high: float


@dataclass(frozen=True)
class Sound:
    """A recording of so many seconds at `recorded` Hz becomes the input `name` of `dims`, at `rate` Hz.

    kind: samples (zero mean, unit variance: wav2vec2), whisper or clap (how their spectrograms are scaled and filled up).
    """

    name: str
    dims: tuple[int, ...]
    kind: str
    seconds: float
    recorded: int
    rate: int
    mel: Mel | None = None
    seed: int = SEED


@dataclass(frozen=True)
class Picture:
    """So many pictures (RGBA, a byte each) of `width` x `height` px become the input `name` of `dims`: a side is `size` px.

    Bilinear between the centres of pixels, edges repeated, no smoothing before; then (value / 255 - mean) / std.
    """

    name: str
    dims: tuple[int, ...]
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    frames: int = 1
    width: int = PICTURE[0]
    height: int = PICTURE[1]
    kind: str = "picture"
    seed: int = SEED


@dataclass(frozen=True)
class Answer:
    """What is made of the outputs, for each sample of the batch.

    kind: classes (softmax, the `top` likeliest), transcript (the likeliest of each step, repeats as one, blanks left out),
    token (the likeliest after the last step), similarity (cosines of words with the rest), boxes (those above `threshold`,
    in pixels of a picture of `width` x `height`), embedding (the mean over all steps). blank: the class that is no letter.
    """

    kind: str
    top: int = TOP
    threshold: float = THRESHOLD
    width: int = PICTURE[0]
    height: int = PICTURE[1]
    blank: int = 0


@dataclass(frozen=True)
class Task:
    """What is done before and after one model. None: not known for it, and never free of cost."""

    before: Sound | Picture | None
    after: Answer | None


def tasks(
    spec: ModelSpec, shape: Mapping[str, int], recorded: int = RECORDED, audio_seconds: float | None = None
) -> Task | None:
    """What a page does around a model in the shape of a cell; None if nothing of it is known.

    recorded: of the recording, Hz. audio_seconds: its length, which may be another than the model takes (Whisper and CLAP
    fill up and cut); default: that of the shape.
    """
    given = {one.name: one for one in spec.inputs}
    before = _sound(spec, shape, given, recorded, audio_seconds) or _picture(spec, shape, given)
    after = _answer(spec, given)
    return Task(before, after) if before or after else None


def source(before: Sound | Picture) -> "np.ndarray[Any, Any]":
    """The recording (int16, one channel) or the pictures (uint8, frames x height x width x 4) that a task begins with."""
    from hardware_backends.browser import pictures, sounds

    return sounds.recording(before) if isinstance(before, Sound) else pictures.shot(before)


def expected(task: Task) -> "np.ndarray[Any, Any]":
    """The input that the page should have made, float32. Raises ValueError for a task that makes none."""
    from hardware_backends.browser import pictures, sounds

    if task.before is None:
        raise ValueError("this task has nothing before the model: what makes its inputs is not known")
    made = sounds.features if isinstance(task.before, Sound) else pictures.pixels
    return made(task.before)  # type: ignore[arg-type]


def answer(task: Task, outputs: "Mapping[str, np.ndarray[Any, Any]]") -> list[Any]:
    """What the page should make of these outputs. Raises ValueError for a task that makes nothing of them."""
    from hardware_backends.browser import answers

    if task.after is None:
        raise ValueError("this task has nothing after the model: what its outputs are for is not known")
    return answers.answer(task.after, outputs)


def _sound(
    spec: ModelSpec, shape: Mapping[str, int], given: Mapping[str, Input], recorded: int, seconds: float | None
) -> Sound | None:
    """How one of the audio families hears."""
    length = seconds or shape.get("audio_seconds")
    if not length or spec.family not in ("wav2vec2", "whisper", "clap"):
        return None
    if spec.family == "wav2vec2":
        return Sound("input_values", _dims(given["input_values"], shape), "samples", length, recorded, SPEECH)
    dims = _dims(given["input_features"], shape)
    if spec.family == "whisper":
        return Sound("input_features", dims, "whisper", length, recorded, SPEECH, Mel(dims[1], 400, 160, 0, SPEECH / 2))
    return Sound("input_features", dims, "clap", length, recorded, SOUNDS, Mel(dims[3], 1024, 480, 50, 14_000))


def _picture(spec: ModelSpec, shape: Mapping[str, int], given: Mapping[str, Input]) -> Picture | None:
    """How one of the vision families sees; a video is a picture per frame."""
    if spec.family not in COLOURS or "pixel_values" not in given:
        return None
    eye = spec.dimensions.get("config", {}).get("vision_config", {})
    mean, std = STANDARD if eye.get("model_type") == "siglip_vision_model" else COLOURS[spec.family]
    dims = _dims(given["pixel_values"], shape)
    return Picture("pixel_values", dims, dims[-1], mean, std, frames=shape.get("frames", 1))


def _answer(spec: ModelSpec, given: Mapping[str, Input]) -> Answer | None:
    kind = ANSWERS.get(spec.task or "")
    listens = spec.task == "automatic-speech-recognition" and "decoder_input_ids" not in given
    return Answer("transcript" if listens else kind) if kind else None


def _dims(one: Input, shape: Mapping[str, int]) -> tuple[int, ...]:
    """The dims of an input for one sample."""
    return tuple(_size(dim, {**shape, "batch": 1}) for dim in one.dims)


def _size(dim: int | str | tuple[str, int], shape: Mapping[str, int]) -> int:
    if isinstance(dim, tuple):
        return shape[dim[0]] * dim[1]
    return shape[dim] if isinstance(dim, str) else dim
