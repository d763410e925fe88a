"""Values of old files: numbers with their units, whole numbers, flags, words for status and hardware. Pure functions."""

import functools
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
MAX_WHOLE = 2**63 - 1
MISSING = object()
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
HARDWARE = {
    "cpu": "cpu", "cuda": "cuda", "gpu": "cuda", "nvidia": "cuda", "rocm": "rocm", "amd": "rocm", "amdrocm": "rocm",
    "hip": "rocm", "mps": "mps", "apple": "mps", "applemps": "mps", "applesilicon": "mps", "openvino": "openvino",
    "qualcomm": "qualcomm", "qnn": "qualcomm", "snpe": "qualcomm", "webnn": "webnn", "webgpu": "webgpu",
    "wasm": "wasm", "samsung": "samsung", "mediatek": "mediatek", "xpu": "xpu", "tpu": "tpu", "vulkan": "vulkan",
    "metal": "metal", "sycl": "sycl",
}  # fmt: skip


def number(value: Any) -> float | None:
    """A finite number; text that is one counts, truth values do not.

    >>> number("3.16"), number(True), number(float("nan")), number("3,16")
    (3.16, None, None, None)
    """
    if type(value) is float:
        return value if math.isfinite(value) else None
    if value is None:
        return None
    if isinstance(value, str):
        value = float(value) if NUMBER.fullmatch(value.strip()) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def whole(value: Any) -> int | None:
    """A whole number that a BIGINT holds.

    >>> whole(8.0), whole("8"), whole(8.5), whole(2**63)
    (8, 8, None, None)
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) <= MAX_WHOLE else None
    found = number(value)
    return int(found) if found is not None and found.is_integer() and abs(found) <= MAX_WHOLE else None


def scaled(value: float, scale: float) -> float:
    """The value times `scale`, rounded once: 10 ns are 1e-05 ms, and not 9.999999999999999e-06.

    >>> scaled(10, 1e-6), scaled(3, 1000), scaled(8, 0.75)
    (1e-05, 3000, 6.0)
    """
    parts = round(1 / scale)
    return value / parts if parts > 1 and math.isclose(parts * scale, 1, rel_tol=1e-15) else value * scale


def text(value: Any) -> str | None:
    """Text that says something: not empty; a number becomes its digits."""
    if type(value) is str:  # the usual case first: asked of every field of every row
        return value.strip() or None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def truth(value: Any) -> bool | None:
    """True, false, or their usual spellings.

    >>> truth("true"), truth(0), truth("maybe")
    (True, False, None)
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return TRUTH.get(value.strip().lower())
    return bool(value) if isinstance(value, int | float) and value in (0, 1) else None


def hardware(value: Any) -> str | None:
    """The kind of hardware that a word names; None for a word that names none, as a model's name in its place does.

    >>> hardware("AMD ROCm"), hardware("cuda:0"), hardware("bert-base-uncased")
    ('rocm', 'cuda', None)
    """
    if not isinstance(value, str) or len(value) > 40:  # noqa: PLR2004  no kind of hardware has a longer name
        return None
    return _kind_of_hardware(value)


@functools.lru_cache(maxsize=1024)
def _kind_of_hardware(name: str) -> str | None:
    word = name.strip().lower().partition(":")[0]
    return HARDWARE.get(word) or HARDWARE.get(re.sub(r"[^a-z]", "", word))


class Row:
    """The fields of one row, each taken once: what nobody took is left over, and nothing is lost.

    A field that holds no valid value stays in `left` as it was written, with a flag that says so.

    >>> row = Row({"latency_ms": "3.5", "batch": True, "note": "x"})
    >>> row.number("latency_ms"), row.whole("batch"), row.left, row.flags
    (3.5, None, {'batch': True, 'note': 'x'}, ['batch: True is no whole number'])
    """

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.left = dict(fields)
        self.flags: list[str] = []

    def number(self, *names: str, scale: float = 1.0, least: float = 0.0) -> float | None:
        """The first of these fields that states something, as a number of at least `least`, times `scale`."""
        return self._take(names, number, "number", scale, least)

    def whole(self, *names: str, least: int = 0) -> int | None:
        """The first of these fields that states something, as a whole number of at least `least`."""
        found = self._take(names, whole, "whole number", 1, least)
        return None if found is None else int(found)

    def text(self, *names: str) -> str | None:
        """The first of these fields that holds text (or a number, as its digits)."""
        for name in names:
            if (found := text(self.left.get(name))) is not None:
                del self.left[name]
                return found
        return None

    def pop(self, *names: str) -> Any:
        """The first of these fields that is there and not null, as it is."""
        for name in names:
            if self.left.get(name) is not None:
                return self.left.pop(name)
        return None

    def _take(
        self, names: tuple[str, ...], read: Callable[[Any], float | None], kind: str, scale: float, least: float
    ) -> float | None:
        for name in names:
            value = self.left.get(name, MISSING)
            if value is MISSING or value is None or value == "":
                continue
            found = read(value)
            if found is not None and not math.isfinite(scaled(found, scale)):
                found = None  # a number, and in our unit too large for one
            if found is None or found < least:
                shown = repr(value) if len(repr(value)) < 60 else f"{repr(value)[:57]}..."  # noqa: PLR2004
                self.flags.append(f"{name}: {shown} is no {kind if found is None else f'{kind} of at least {least:g}'}")
                continue
            del self.left[name]
            return scaled(found, scale)
        return None
