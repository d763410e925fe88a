"""What an object's own fields prove: that it is a row of numbers, an example that was timed, or an outcome."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_ipfs_bench.importers import values
from pytest_ipfs_bench.importers.legacy import fields, keys, names, words
from pytest_ipfs_bench.importers.legacy.context import Context

CLOCKS = ("_time", "_time_ms", "_ms", "_seconds", "duration", "elapsed", "time_taken")
NESTED = (dict, list)
ANY_NAMES = {"name", "tag"}
# Sorts of fields whose values prove something
TELLING = {
    "latency", "throughput", "model", "hardware", "test", "measure", "spent", "duration", "fault", "status", "success",
    "code",
}  # fmt: skip
TEST_NAMES = {"test_name", "test", "nodeid", "node_id"}


@dataclass(slots=True)
class Evidence:
    """What was seen in the fields of one object."""

    stated: bool = False  # a latency or a throughput, whatever it says
    bare: bool = False  # a latency without a unit in its name
    spread: bool = False  # a percentile of one
    measured: bool = False  # one that is a number other than 0
    latency: bool = False  # a latency
    told: str | None = None  # an outcome
    of_tests: bool = False  # a word that is said of tests only, or of an exit
    failed: bool = False
    error: bool = False
    folded: bool = False  # an object that stands for a number
    spent: bool = False  # a time that may be a latency
    timed: bool = False  # how long it took
    clocked: bool = False  # a time of any kind
    about: bool = False  # a model, a hardware, a test
    named: bool = False  # a test's own name
    payload: bool = False  # what a model was given or gave back

    @property
    def is_row(self) -> bool:
        """Whether it is a row of numbers. Zeros beside a failure are none; of an example only its latency counts."""
        if self.payload and not self.latency:
            return False
        if self.about and (self.spread or (self.spent and self.told is None)) and not (self.failed or self.error):
            return True
        return self.measured or ((self.stated or (self.bare and self.about)) and not (self.failed or self.error))

    @property
    def is_example(self) -> bool:
        """Whether it is one timed run of a model, with what went in and came out."""
        return self.timed and self.payload and self.told is None

    def is_outcome(self, context: Context) -> bool:
        """Whether it is an outcome of something: `{"success": true}` alone could be anything's."""
        if self.told is not None or context.listed:
            proven = self.of_tests or self.about or self.clocked or self.error
            return proven or bool(context.listed) or _among_tests(context)
        return self.error and (self.about or _among_tests(context))


def look(stated: Mapping[str, Any]) -> Evidence:
    """What the fields of an object prove, in one pass."""
    payload, telling = _outline(tuple(stated))
    seen = Evidence(payload=payload)
    for key, known, clock in telling:
        value = stated[key]
        if value is None or value == "":
            continue
        if clock and not seen.clocked:
            seen.clocked = values.number(value) is not None
        if known is None:
            continue
        if known.sort in ("latency", "throughput"):
            _number(seen, known, value)
        elif not isinstance(value, NESTED):
            _word(seen, known, key, value)
    return seen


@functools.lru_cache(maxsize=4096)
def _outline(names: tuple[str, ...]) -> tuple[bool, tuple[tuple[str, fields.Field | None, bool], ...]]:
    """What the names of an object's fields say already: whether a model was given something, and which values to look at."""
    said = [(name, *_name(name)) for name in names]
    telling = tuple(
        (name, known, clock) for name, known, _, clock in said if clock or (known and known.sort in TELLING)
    )
    return any(given for _, _, given, _ in said), telling


@functools.lru_cache(maxsize=8192)
def _name(key: str) -> tuple[fields.Field | None, bool, bool]:
    """What a key says: its field, whether a model was given this, whether it is a time."""
    return fields.by_name(key), key in keys.GIVEN or key.startswith("input_"), key.endswith(CLOCKS)


def _number(seen: Evidence, known: fields.Field, value: Any) -> None:
    if known.part or isinstance(value, list) != (known.slot == "samples"):
        return
    if isinstance(value, dict):
        seen.folded = seen.folded or any(values.number(value.get(name)) is not None for name in names.MEANS)
        return
    if known.slot == "bare":
        seen.bare = True
        return
    seen.stated = True
    seen.latency = seen.latency or known.sort == "latency"
    if known.slot == "samples" or values.number(value):
        seen.measured = True


def _word(seen: Evidence, known: fields.Field, key: str, value: Any) -> None:
    sort = known.sort
    if sort in ("model", "hardware", "test"):
        seen.about = seen.about or (key not in ANY_NAMES and known.read(value) is not None)
        seen.named = seen.named or key in TEST_NAMES
    elif sort == "measure":
        seen.spread = seen.spread or (known.slot.startswith("latency_") and bool(values.number(value)))
    elif sort == "spent":
        seen.spent = seen.spent or (not known.part and values.number(value) is not None)
    elif sort == "duration":
        seen.timed = seen.timed or values.number(value) is not None
    elif sort == "fault":
        seen.error = seen.error or (known.slot == "error" and not known.part and isinstance(value, str))
    elif sort in ("status", "success", "code"):
        _told(seen, known, value)


def _told(seen: Evidence, known: fields.Field, value: Any) -> None:
    found = known.read(value)
    if known.sort == "status":
        word = words.outcome_word(found)
        seen.of_tests = seen.of_tests or (word is not None and str(found).lower() in words.OF_TESTS)
    elif known.sort == "code":
        word = None if found is None else "fail" if found else "pass"
        seen.of_tests = seen.of_tests or word is not None
    else:
        word = None if found is None else "pass" if found else "fail"
    seen.told = seen.told or word
    seen.failed = seen.failed or word in ("fail", "error")


def _among_tests(context: Context) -> bool:
    """Whether the object stands in a section of results: in a list of that name, or under a key of its own in it."""
    return keys.slot(context.within if context.own else context.key).tests
