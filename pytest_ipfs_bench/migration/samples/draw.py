"""What differs from seed to seed in a sample: numbers, names, times. And the results in it, counted where they are written.

A template is a JSON value in which a function of a Draw stands for what it draws; `fill` makes the value. A row that is
a result is wrapped in `measured`, `outcome` or `compatibility`: so a sample can't hold a result that isn't expected.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
Template = Any
Drawn = Callable[["Draw"], Any]

FIRST = datetime(2025, 1, 6, 8, tzinfo=UTC)
SPAN_SECONDS = 80 * 86_400
STEP_SECONDS = 90.0


class Model(NamedTuple):
    """A model: the short key that old files use, its name, family and modality."""

    key: str
    name: str
    family: str
    modality: str


MODELS = (
    Model("bert", "bert-base-uncased", "embedding", "text"),
    Model("t5", "google/t5-efficient-tiny", "text_generation", "text"),
    Model("vit", "google/vit-base-patch16-224", "vision", "vision"),
    Model("detr", "facebook/detr-resnet-50", "vision", "vision"),
    Model("whisper", "openai/whisper-tiny", "audio", "audio"),
    Model("wav2vec2", "facebook/wav2vec2-base", "audio", "audio"),
    Model("clip", "openai/clip-vit-base-patch32", "multimodal", "multimodal"),
)


@dataclass(frozen=True, slots=True)
class Result:
    """One result that a sample states: its kind, whether a marker calls it simulated, and whether the file states its time."""

    kind: str
    simulated: bool
    timed: bool


class Draw:
    """The draws of one file. `results` are those written so far; its model stays, its clock goes on."""

    def __init__(self, key: str) -> None:
        # Of the generator only random() is promised to give the same numbers in every version of Python.
        self._random = random.Random(key).random
        self.results: list[Result] = []
        self.model = self.pick(MODELS)
        self._now = FIRST + timedelta(seconds=self.real(0, SPAN_SECONDS))

    def real(self, low: float, high: float, digits: int = 6) -> float:
        """A number between two others."""
        return round(low + (high - low) * self._random(), digits)

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        return low + int((high - low + 1) * self._random())

    def pick(self, some: Sequence[T]) -> T:
        """One of several."""
        return some[int(len(some) * self._random())]

    def later(self) -> datetime:
        """The next moment of this file, in UTC."""
        self._now += timedelta(seconds=self.real(0.001, STEP_SECONDS))
        return self._now


class Several(NamedTuple):
    """In a list: a template for as many elements as are drawn."""

    low: int
    high: int
    template: Template


def fill(template: Template, draw: Draw) -> Any:
    """The value that a template stands for; its results are counted."""
    if callable(template):
        return fill(template(draw), draw)
    if isinstance(template, dict):
        return {fill(key, draw): fill(value, draw) for key, value in template.items()}
    if isinstance(template, list):
        return [value for one in template for value in _elements(one, draw)]
    return template


def _elements(template: Template, draw: Draw) -> list[Any]:
    if isinstance(template, Several):
        return [fill(template.template, draw) for _ in range(draw.whole(template.low, template.high))]
    return [fill(template, draw)]


def _result(kind: str, row: Template, *, simulated: bool, timed: bool) -> Drawn:
    def drawn(draw: Draw) -> Any:
        draw.results.append(Result(kind, simulated, timed))
        return row

    return drawn


def measured(row: Template, *, simulated: bool = False, timed: bool = True) -> Drawn:
    """A row that states a measurement."""
    return _result("performance", row, simulated=simulated, timed=timed)


def outcome(row: Template, *, simulated: bool = False, timed: bool = True) -> Drawn:
    """A row, or a step's text, that states how a test ended."""
    return _result("outcomes", row, simulated=simulated, timed=timed)


def compatibility(row: Template, *, simulated: bool = False, timed: bool = True) -> Drawn:
    """A cell that states whether something runs on some hardware."""
    return _result("compatibility", row, simulated=simulated, timed=timed)


def real(low: float, high: float, digits: int = 6) -> Drawn:
    """A number between two others."""
    return lambda draw: draw.real(low, high, digits)


def whole(low: int, high: int) -> Drawn:
    """A whole number from `low` to `high`."""
    return lambda draw: draw.whole(low, high)


def text(pattern: str, *parts: Template) -> Drawn:
    """A text with what is drawn in its braces."""
    return lambda draw: pattern.format(*(fill(part, draw) for part in parts))


def of_model(field: str) -> Drawn:
    """The key, name, family or modality of the file's model."""
    return lambda draw: getattr(draw.model, field)


def one_of(*some: Template) -> Drawn:
    """One of several."""
    return lambda draw: draw.pick(some)


def digits(count: int) -> Drawn:
    """Hexadecimal digits, as in a commit or an id."""
    return lambda draw: "".join(draw.pick("0123456789abcdef") for _ in range(count))


def written(pattern: str) -> Drawn:
    """The file's next moment, written in a form of strftime."""
    return lambda draw: draw.later().strftime(pattern)


def epoch(draw: Draw) -> float:
    """The file's next moment in seconds since 1970."""
    return draw.later().timestamp()


NAIVE, COMPACT, SPACED = written("%Y-%m-%dT%H:%M:%S.%f"), written("%Y%m%d_%H%M%S"), written("%Y-%m-%d %H:%M:%S")
ZULU, OFFSET = written("%Y-%m-%dT%H:%M:%SZ"), written("%Y-%m-%dT%H:%M:%S.%f+00:00")
KEY, NAME, FAMILY, MODALITY = map(of_model, ("key", "name", "family", "modality"))
MS, SECONDS = real(2, 240), real(0.002, 0.24)
RATE, MEGABYTES = real(5, 800, 4), real(60, 4000, 4)
