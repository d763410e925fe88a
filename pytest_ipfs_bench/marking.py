"""The marker `bench_cells`: the cells of a test of one's own."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pytest_ipfs_bench import settings
from pytest_ipfs_bench.cell import AXES, INFERENCE, PRECISIONS
from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.planning import KINDS, SIZES, Own

NAME = "bench_cells"
KEYWORDS = ("models", "hardware", "sizes", "precisions", "batch_sizes", "shapes", "runtimes")


def read(test: str, marks: Iterable[Any]) -> tuple[tuple[str, ...], Own | None]:
    """The kinds of cells of a test, and what its markers say of the axes (None: nothing); the closest first, and it counts.

    Raises BenchError naming test and keyword for what no marker may say.
    """
    kinds: tuple[str, ...] = ()
    told: dict[str, Any] = {}
    for mark in marks:
        kinds = kinds or tuple(mark.args)
        told = {**mark.kwargs, **told}
    asked = f"{test}: {NAME}"
    for kind in kinds:
        if kind not in KINDS:
            raise unknown(f"{asked}({kind!r})", "kind of cells", kind, KINDS)
    for keyword in told:
        if keyword not in KEYWORDS:
            raise unknown(f"{asked}({keyword}=...)", "keyword of it", keyword, KEYWORDS)
    if not told:
        return kinds or (INFERENCE,), None
    own = Own(**{key: _VALUES[key](f"{asked}({key}=...)", value) for key, value in told.items()}, asked=asked)
    return kinds or (INFERENCE,), own


def _words(asked: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise BenchError(f"{asked}: {value!r} is no list of names.")
    return tuple(value)


def _numbers(asked: str, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list | tuple) or not all(type(one) is int and one > 0 for one in value):
        raise BenchError(f"{asked}: {value!r} is no list of whole numbers of at least 1.")
    return tuple(value)


def _legal(kind: str, legal: Sequence[str]) -> Callable[[str, Any], tuple[str, ...]]:
    def check(asked: str, value: Any) -> tuple[str, ...]:
        for one in (names := _words(asked, value)):
            if one not in legal:
                raise unknown(asked, kind, one, legal)
        return names

    return check


def _shapes(asked: str, value: Any) -> tuple[tuple[str, tuple[int, ...]], ...]:
    if not isinstance(value, Mapping):
        raise BenchError(f"{asked}: {value!r} is no mapping of an axis to its lengths.")
    for axis in value:
        if axis not in AXES:
            raise unknown(asked, "axis", str(axis), AXES)
    return tuple((axis, _numbers(f"{asked}: {axis}", lengths)) for axis, lengths in value.items())


def _hardware(asked: str, value: Any) -> tuple[Any, ...]:
    return tuple(settings.target(name) for name in _words(asked, value))


_VALUES: Mapping[str, Callable[[str, Any], Any]] = {
    "models": _words,
    "hardware": _hardware,
    "sizes": _legal("size", SIZES),
    "precisions": _legal("precision", PRECISIONS),
    "batch_sizes": _numbers,
    "shapes": _shapes,
    "runtimes": _words,
}
