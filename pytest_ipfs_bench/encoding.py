"""Values of any kind as one line of JSON in valid UTF-8: what can't be held as it is, is described, never dropped."""

import functools
import json
import math
import zlib
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 40
MAX_REPR = 1000
MAX_INT_BITS = 4096


@functools.lru_cache(maxsize=1024)
def signature(names: tuple[str, ...]) -> str:
    """A short name for a set of columns."""
    return f"{zlib.crc32(','.join(names).encode()):08x}"


def encode(row: Mapping[str, Any]) -> str:
    """A row as one line of JSON. Values that JSON or UTF-8 can't hold are made plain; the usual row costs no extra pass."""
    try:
        text = _encode(row)
        if not text.isascii():
            text.encode()
    except (ValueError, TypeError, RecursionError):  # NaN, circular, odd keys, lone surrogates (UnicodeEncodeError)
        text = _encode({name: _column(value) for name, value in row.items()})
    return text


def clean(text: str) -> str:
    """Text that UTF-8 can hold: a lone surrogate becomes its escape."""
    return text.encode("utf-8", "backslashreplace").decode()


def plain(value: Any, depth: int = 0) -> Any:
    """Any value as JSON can hold it: NaN and infinities by name, sets and arrays as lists, the rest by its repr."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int):
        return int(value) if value.bit_length() <= MAX_INT_BITS else hex(value)
    if isinstance(value, float):
        return (
            float(value) if math.isfinite(value) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
        )
    if depth >= MAX_DEPTH:
        return _repr(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner, depth + 1) for inner in value]
    if hasattr(value, "tolist"):  # numpy's arrays and scalars, without importing numpy
        return plain(value.tolist(), depth + 1)
    return _repr(value)


def _column(value: Any) -> Any:
    """A column's value made plain; a number that is none is unknown, hence NULL."""
    return None if isinstance(value, float) and not math.isfinite(value) else plain(value)


def _repr(value: Any) -> str:
    try:
        return clean(repr(value)[:MAX_REPR])
    except Exception:  # noqa: BLE001  a stranger's __repr__ may raise anything
        return f"<unprintable {type(value).__name__}>"


# Without its check for circles, which costs every row; a circle ends as a RecursionError, and is then made plain.
_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"), default=plain
).encode
