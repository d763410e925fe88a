"""What an object's own fields prove: that it is a row of numbers, an example that was timed, or an outcome."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_ipfs_bench.importers import values
from pytest_ipfs_bench.importers.legacy import fields, keys, names, words
from pytest_ipfs_bench.importers.legacy.context import Context

CLOCKS = ("_time", "_time_ms", "_ms", "_seconds", "duration", "elapsed", "time_taken")
NESTED = (dict, list)
ANY_NAMES = {"name", "tag"}
SUBJECTS = {"model", "hardware", "test"}
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
    """What the fields of an object prove."""
    outline = _outline(tuple(stated))
    seen = Evidence(payload=outline.payload)
    for name in outline.clocks:
        if values.number(stated[name]) is not None:
            seen.clocked = True
            break
    for known in outline.numbers:
        value = stated[known.name]
        if value is not None and value != "":
            _number(seen, known, value)
    for known in outline.subjects:
        value = stated[known.name]
        if value is not None and value != "" and not isinstance(value, NESTED) and known.read(value) is not None:
            seen.about = True
            break
    for known, tell in outline.words:
        value = stated[known.name]
        if value is not None and value != "" and not isinstance(value, NESTED):
            tell(seen, known, value)
    return seen


@dataclass(frozen=True, slots=True)
class _Outline:
    """What the names of an object's fields say already: whether a model was given something, and which values to look at."""

    payload: bool
    clocks: tuple[str, ...]
    numbers: tuple[fields.Field, ...]
    subjects: tuple[fields.Field, ...]
    words: tuple[tuple[fields.Field, "Tell"], ...]


@functools.lru_cache(maxsize=4096)
def _outline(names: tuple[str, ...]) -> _Outline:
    known = [field for name in names if (field := fields.by_name(name)) is not None]
    return _Outline(
        payload=any(name in keys.GIVEN or name.startswith("input_") for name in names),
        clocks=tuple(name for name in names if name.endswith(CLOCKS)),
        numbers=tuple(field for field in known if field.sort in ("latency", "throughput") and not field.part),
        subjects=tuple(field for field in known if field.sort in SUBJECTS and field.name not in ANY_NAMES),
        words=tuple((field, tell) for field in known if (tell := _tell(field)) is not None),
    )


def _number(seen: Evidence, known: fields.Field, value: Any) -> None:
    if isinstance(value, list) != (known.slot == "samples"):
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


def _tell(known: fields.Field) -> "Tell | None":
    """What the value of this field would prove; None if nothing."""
    if known.sort == "test":
        return _named if known.name in TEST_NAMES else None
    if known.sort == "measure":
        return _spread if known.slot.startswith("latency_") else None
    if known.sort in ("spent", "fault") and known.part:
        return None
    return TELLING.get(known.sort)


def _named(seen: Evidence, _known: fields.Field, _value: Any) -> None:
    seen.named = True


def _spread(seen: Evidence, _known: fields.Field, value: Any) -> None:
    seen.spread = seen.spread or bool(values.number(value))


def _spent(seen: Evidence, _known: fields.Field, value: Any) -> None:
    seen.spent = seen.spent or values.number(value) is not None


def _duration(seen: Evidence, _known: fields.Field, value: Any) -> None:
    seen.timed = seen.timed or values.number(value) is not None


def _fault(seen: Evidence, known: fields.Field, value: Any) -> None:
    seen.error = seen.error or (known.slot == "error" and isinstance(value, str))


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


Tell = Callable[[Evidence, fields.Field, Any], None]
# Sorts of fields, and what their values prove.
TELLING: Mapping[str, Tell] = {
    "spent": _spent, "duration": _duration, "fault": _fault, "status": _told, "success": _told, "code": _told,
}  # fmt: skip
