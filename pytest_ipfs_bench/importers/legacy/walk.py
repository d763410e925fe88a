"""The walk through a document: an object is what its own fields prove, and every other one is a container."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding
from pytest_ipfs_bench.importers.legacy import compatibility, keys, steps
from pytest_ipfs_bench.importers.legacy.context import Context, below, pointer
from pytest_ipfs_bench.importers.legacy.evidence import Evidence, look
from pytest_ipfs_bench.importers.legacy.frames import annotated, entered
from pytest_ipfs_bench.importers.legacy.outcomes import outcome
from pytest_ipfs_bench.importers.legacy.performance import HOLDERS, flat, performance, unfolded
from pytest_ipfs_bench.records import Performance

Object = Mapping[str, Any]
JUNK_SHOWN = 5
NESTED = (dict, list)


class Walk:
    """One document: `found` are its findings, in the order of the document."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def visit(self, value: Any, context: Context, place: str) -> bool:
        """Looks at a value and all that is in it; whether there was any finding."""
        before = len(self.found)
        if isinstance(value, dict):
            self._object(value, context, place)
        elif isinstance(value, list):
            junk = _junk(value)
            inside = context._replace(flags=(*context.flags, *junk)) if junk else context
            self.elements([(one, f"{place}/{number}") for number, one in enumerate(value)], inside)
        return len(self.found) > before

    def elements(self, elements: Sequence[tuple[Any, str]], context: Context) -> None:
        """The elements of a list with their places. Equal objects are several results, not one told twice."""
        alike: dict[int, list[_Told]] = {}
        several = len(elements) > 1
        for value, place in elements:
            nth = _nth(value, alike) if several and isinstance(value, dict) else 0
            self.visit(value, context._replace(nth=nth) if nth else context, place)

    def _object(self, stated: Object, context: Context, place: str) -> None:
        context, stated = annotated(context, stated)
        if compatibility.is_cell(stated):
            self.found.append(compatibility.compatibility(stated, context, place))
            rest = {key: value for key, value in stated.items() if key != "benchmark_results"}
            self._containers(rest, entered(context, stated), place)
        elif compatibility.is_matrix(stated, context):
            self.found += compatibility.matrix(stated, context, place)
        else:
            self._classified(stated, context, place)

    def _classified(self, stated: Object, context: Context, place: str) -> None:
        seen = look(stated)
        if seen.folded:
            stated = unfolded(stated)
            seen = look(stated)
        is_row = seen.is_row
        texts = [] if is_row else steps.steps(stated)
        if texts and (seen.told is None or len(texts) > len(stated) // 2):
            self._steps(texts, stated, context, place)
        elif is_row or seen.is_outcome(context):
            self._row(seen, stated, context, place)
        elif seen.is_example:
            self.found.append(performance(stated, context, place, timed=True))
        elif (held := flat(stated)) is not stated and look(held).is_row:
            self.found.append(performance(held, context, place))
        else:
            self._containers(stated, entered(context, stated), place)

    def _row(self, seen: Evidence, stated: Object, context: Context, place: str) -> None:
        """A row, unless it holds the rows of which it is the sum; a test with its numbers, and with what it ran."""
        before = len(self.found)
        cells = {key: stated[key] for key in keys.cells(tuple(stated)) if isinstance(stated[key], NESTED)}
        if cells and self._containers(cells, entered(context, stated), place):
            numbers = all(one.kind is Performance for one in self.found[before:])
            if not (seen.named and numbers):
                return
            stated = {key: value for key, value in stated.items() if key not in cells}
        is_row = seen.is_row
        held = stated if is_row else flat(stated)
        if is_row or (held is not stated and look(held).is_row):
            self.found.append(performance(held, context, place))
            if seen.told is None or not (seen.named or _in_tests(context) or (held is not stated and seen.timed)):
                return
            stated = {key: value for key, value in stated.items() if key not in HOLDERS}
        self._test(stated, context, place)

    def _test(self, stated: Object, context: Context, place: str) -> None:
        """A test; what it ran is told on its own, where there is anything to tell."""
        at = len(self.found)
        ran = {key: stated[key] for key in keys.RAN if key in stated}
        if ran:
            inside = entered(context, stated)
            told = {key for key, value in ran.items() if self._containers({key: value}, inside, place)}
            stated = {key: value for key, value in stated.items() if key not in told}
        found = outcome(stated, context, place)
        if found is not None:
            self.found.insert(at, found)

    def _steps(self, texts: steps.Steps, stated: Object, context: Context, place: str) -> None:
        """A map of steps, and rows of numbers among them."""
        at = len(self.found)
        inside = entered(context, stated, facts=False)
        elsewhere = steps.repeated(stated) | {key for key in stated if keys.is_description(key)}
        for key, value in stated.items():
            if key not in elsewhere and self._containers({key: value}, inside, place):
                elsewhere.add(key)
        for hardware, (told, row) in steps.numbers(stated).items():
            self.found.append(performance(row, steps.generating(texts, inside, hardware), place))
            elsewhere |= told
        self.found[at:at] = steps.outcomes(texts, stated, elsewhere, inside, place)

    def _containers(self, stated: Object, context: Context, place: str) -> bool:
        """What is in an object, but for what describes or sums up the run; whether there was any finding."""
        before = len(self.found)
        for key, value in stated.items():
            if isinstance(value, NESTED) and value and not _is_passed_over(key, stated):
                self.visit(value, below(context, key, value), f"{place}/{pointer(key)}")
        return len(self.found) > before


@dataclass(slots=True)
class _Told:
    """An object, and how many equal to it came after it."""

    value: Object
    again: int = 0


def _nth(value: Object, alike: dict[int, list[_Told]]) -> int:
    """How many objects equal to this one came before it: compared with those of the same hash only."""
    key = hash(tuple([repr(one) if type(one) in NESTED else one for one in value.values()]))
    same = alike.get(key)
    if same is None:
        alike[key] = [_Told(value)]
        return 0
    for told in same:
        if told.value == value:
            told.again += 1
            return told.again
    same.append(_Told(value))
    return 0


def _is_passed_over(key: str, stated: Object) -> bool:
    copied = keys.COPIES.get(key)
    return keys.is_description(key) or key in keys.PAYLOADS or bool(copied and stated.get(copied))


def _in_tests(context: Context) -> bool:
    return (context.within if context.own else context.key) == "tests"


def _junk(value: list[Any]) -> list[str]:
    """What is no object in a list of objects, with its index."""
    kinds = set(map(type, value))
    if dict not in kinds or len(kinds) == 1:
        return []
    junk = [
        number for number, one in enumerate(value) if not (isinstance(one, dict) or (isinstance(one, list) and one))
    ]
    told = [f"element {number} is no object: {repr(value[number])[:40]}" for number in junk[:JUNK_SHOWN]]
    return told + ([f"and {len(junk) - JUNK_SHOWN} more"] if len(junk) > JUNK_SHOWN else [])
