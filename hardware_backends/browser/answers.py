"""What is made of a model's outputs, in numpy: the reference of answers.js, step by step the same."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hardware_backends.browser.processing import Answer

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

WORDS = "text_embeds"


def answer(wanted: Answer, outputs: "Mapping[str, Array]") -> list[Any]:
    """One entry per sample of the batch, of what JSON knows. Raises KeyError where an output is not there."""
    makers = {
        "classes": _classes,
        "transcript": _transcript,
        "token": _token,
        "similarity": _similarity,
        "boxes": _boxes,
        "embedding": _embedding,
    }
    return makers[wanted.kind](wanted, outputs)


def _classes(wanted: Answer, outputs: "Mapping[str, Array]") -> list[Any]:
    import numpy as np

    shares = _softmax(_only(outputs))
    best = np.argsort(-shares, axis=-1, kind="stable")[:, : wanted.top]
    return [
        [{"label": int(label), "score": float(row[label])} for label in labels]
        for row, labels in zip(shares, best, strict=True)
    ]


def _transcript(wanted: Answer, outputs: "Mapping[str, Array]") -> list[Any]:
    return [
        [label for last, label in zip([None, *steps], steps, strict=False) if label not in (last, wanted.blank)]
        for steps in _only(outputs).argmax(axis=-1).tolist()
    ]


def _token(_: Answer, outputs: "Mapping[str, Array]") -> list[Any]:
    tokens: list[Any] = _only(outputs)[:, -1].argmax(axis=-1).tolist()
    return tokens


def _similarity(_: Answer, outputs: "Mapping[str, Array]") -> list[Any]:
    """For each picture, video or sound the cosine with each of the words."""
    words, others = _unit(outputs[WORDS]), next(_unit(outputs[name]) for name in outputs if name != WORDS)
    cosines: list[Any] = (others @ words.T).tolist()
    return cosines


def _boxes(wanted: Answer, outputs: "Mapping[str, Array]") -> list[Any]:
    """The last class is that of nothing there."""
    shares = _softmax(outputs["logits"])[..., :-1]
    x, y, width, height = (outputs["pred_boxes"][..., one].astype(float) for one in range(4))
    corners = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    sides = (wanted.width, wanted.height, wanted.width, wanted.height)
    found: list[Any] = [[] for _ in shares]
    for sample, query in zip(*(shares.max(axis=-1) > wanted.threshold).nonzero(), strict=True):
        label = int(shares[sample, query].argmax())
        box = [float(one[sample, query] * side) for one, side in zip(corners, sides, strict=True)]
        found[sample].append({"label": label, "score": float(shares[sample, query, label]), "box": box})
    return found


def _embedding(_: Answer, outputs: "Mapping[str, Array]") -> list[Any]:
    means: list[Any] = _only(outputs).astype(float).mean(axis=1).tolist()
    return means


def _only(outputs: "Mapping[str, Array]") -> "Array":
    """The output of a model that has one, else its logits."""
    return outputs["logits"] if "logits" in outputs else next(iter(outputs.values()))


def _softmax(values: "Array") -> "Array":
    import numpy as np

    raised = np.exp(values.astype(float) - values.max(axis=-1, keepdims=True))
    shares: Array = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _unit(values: "Array") -> "Array":
    import numpy as np

    length: Array = np.linalg.norm(values.astype(float), axis=-1, keepdims=True)
    return values / length
