"""What a suite file may say: the keys of its tables, what each is called inside, and what its value has to be."""

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from pytest_ipfs_bench.cell import PRECISIONS
from pytest_ipfs_bench.planning import KINDS, SIZES, Generation, Training

Check = Callable[[Any], Any]
LARGEST = 2**31
MIXED = ("none", "bf16", "fp16")
ALIASES = {"qnn": "qualcomm"}  # as the legacy project called it


def _word(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} is no word")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")  # noqa: TRY004  a person's mistake, caught as one
    return value


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < LARGEST:
        raise ValueError(f"{value!r} is no whole number of at least 1")
    return value


def _number(value: Any, least: float, words: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value < math.inf:
        raise ValueError(f"{value!r} is no {words}")
    return float(value)


def _seconds(value: Any) -> float:
    return _number(value, 0, "time in seconds")


def _rate(value: Any) -> float:
    return _number(value, math.ulp(0.0), "number larger than 0")


def _one_of(legal: Sequence[str]) -> Check:
    def check(value: Any) -> str:
        if value not in legal:
            near = difflib.get_close_matches(str(value), legal, n=1, cutoff=0.5)
            guess = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"{value!r} is none of {', '.join(legal)}.{guess}")
        return str(value)

    return check


def _list(one: Check) -> Check:
    def check(value: Any) -> list[Any]:
        if not isinstance(value, list) or not value:
            raise ValueError(f"{value!r} is no list with at least one entry")
        return [one(each) for each in value]

    return check


def _words(value: Any) -> list[str]:
    """One word, or a list of them."""
    words: list[str] = _list(_word)(value if isinstance(value, list) else [value])
    return words


def _hardware(value: Any) -> str:
    word = _word(value)
    return ALIASES.get(word, word)


def _families(value: Any) -> list[str]:
    """The legacy form of models: lists of names by family."""
    if not isinstance(value, dict) or not value:
        raise ValueError(f"{value!r} is no object of lists of models by family")
    return [name for names in value.values() for name in _list(_word)(names)]


def _note(key: str, why: str) -> Check:
    """Something that has no meaning here: said, if it asks for anything."""

    def check(value: Any) -> str | None:
        asks = value.get("enabled") if isinstance(value, dict) else value
        return f"{key} is left out: {why}" if asks else None

    return check


# Keys of a table: what each is called inside, and what its value has to be.
Keys = Mapping[str, tuple[str, Check]]
AXES = {"image_size": "image_sizes", "audio_seconds": "audio_seconds", "frames": "frames",
        "sample_rate": "sample_rates"}  # fmt: skip
OPTIONS = ("models", "size", "hardware", "runtime", "flags", "precisions", "batch_sizes", "seq_lens", "verify", "min_rounds",
           "max_time", "warmup", "timeout")  # fmt: skip
COUNTS, WORDS = _list(_count), _list(_word)
TOP: Keys = {
    "description": ("description", _word),
    "models": ("models", WORDS),
    "sizes": ("size", _list(_one_of(SIZES))),
    "hardware": ("hardware", _list(_hardware)),
    "runtime": ("runtime", _words),
    "flags": ("flags", _words),
    "precisions": ("precisions", _list(_one_of(PRECISIONS))),
    "batch_sizes": ("batch_sizes", COUNTS),
    "sequence_lengths": ("seq_lens", COUNTS),
    **{key: (axis, COUNTS) for axis, key in AXES.items()},
    "priorities": ("priorities", WORDS),
    "tests": ("tests", _list(_one_of(tuple(KINDS)))),
}
MEASURE: Keys = {
    "verify": ("verify", _flag),
    "min_rounds": ("min_rounds", _count),
    "max_time": ("max_time", _seconds),
    "warmup": ("warmup", _seconds),
    "timeout": ("timeout", _seconds),
}
TRAINING = {
    "optimizers": WORDS,
    "learning_rates": _list(_rate),
    "gradient_accumulation": COUNTS,
    "mixed_precision": _list(_one_of(MIXED)),
    "strategies": WORDS,
    "world_sizes": COUNTS,
}
TABLES: Mapping[str, Keys] = {
    "": TOP,
    "measure": MEASURE,
    "training": {one.name: (f"training.{one.name}", TRAINING[one.name]) for one in fields(Training)},
    "generation": {one.name: (f"generation.{one.name}", COUNTS) for one in fields(Generation)},
}
NOT_HERE = {
    "warmup_iterations": "the warm-up is a time here (--bench-warmup=SECONDS)",
    "parallel": "cells that run side by side would time each other",
    "use_resource_pool": "every cell has a process of its own",
    "generate_plots": "ask for them after the run",
    "update_compatibility_matrix": "it is in the database after every run",
    "schedule": "let cron, or your CI, start pytest",
}
LEGACY: Keys = {
    "batch_sizes": ("batch_sizes", COUNTS),
    "sequence_lengths": ("seq_lens", COUNTS),
    "benchmark_iterations": ("min_rounds", _count),
    "timeout": ("timeout", _seconds),
    "model_families": ("models", _families),
    "hardware_types": ("hardware", _list(_hardware)),
    "include_web_platforms": ("web", _flag),
    **{key: (f"note.{key}", _note(key, why)) for key, why in NOT_HERE.items()},
}
