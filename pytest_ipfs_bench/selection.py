"""Which of the cells that were asked for are run, and why: by what the database holds about them, read once."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.bench import Bench
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.planning import rank
from pytest_ipfs_bench.settings import Selection

if TYPE_CHECKING:
    import duckdb

RUNS, SKIPS, LEFT_OUT = "run", "skip", "left out"
STORED, MEMORY = "stored already", "expected out_of_memory"
# Options of a mode that make a cell larger, as its batch and its shape do.
LENGTHS = ("prompt_length", "output_length")


@dataclass(frozen=True)
class Verdict:
    """What becomes of a cell (RUNS, SKIPS or LEFT_OUT), the kind of reason in a few words, and the reason itself."""

    plan: str
    kind: str
    reason: str

    def words(self) -> str:
        """Why, for a person."""
        return ": ".join(filter(None, (self.kind, self.reason)))


@dataclass(frozen=True)
class State:
    """What the database holds of a cell: when it was measured last, its newest try. Times in UTC, None is unknown."""

    measured_at: datetime | None
    status: str | None
    tried_at: datetime | None

    def result(self, *, verify: bool) -> tuple[str, datetime | None] | None:
        """The newest result in a word, and when. None if there is none: "compatible" is one only of a verification."""
        found: list[tuple[str, datetime | None]] = [("measured", self.measured_at)] if self.measured_at else []
        if self.status and (verify or self.status != "compatible"):
            found.append((self.status, self.tried_at))
        return max(found, key=lambda one: one[1] or datetime.min) if found else None  # noqa: DTZ901  all are UTC


@dataclass(frozen=True)
class Known:
    """What the database holds: the states of cells by key, and the cells that ran out of memory."""

    states: Mapping[str, State] = field(default_factory=dict)
    out_of_memory: Sequence[tuple[Any, ...]] = ()


def look(con: "duckdb.DuckDBPyConnection | None", bench: Bench, cells: Sequence[Cell], asked: Selection) -> Known:
    """What the database knows about these cells; nothing without one."""
    if con is None:
        return Known()
    states = queries.cell_states(con, [bench.key(cell) for cell in cells]).rows if asked.asked else []
    failed = queries.out_of_memory(con, sorted({cell.model for cell in cells})).rows if bench.choice.sweeps else []
    return Known({key: State(*told) for key, *told in states}, failed)


def judge(cells: Iterable[Cell], bench: Bench, known: Known, asked: Selection) -> dict[str, Verdict]:
    """A verdict on each cell by its id, --bench-max not yet counted."""
    now = datetime.fromtimestamp(time.time(), UTC).replace(tzinfo=None)
    return {cell.id: _verdict(cell, bench, known, asked, now) for cell in cells}


def cut(cells: Sequence[Cell], bench: Bench, verdicts: Mapping[str, Verdict], most: int | None) -> dict[str, Verdict]:
    """The verdicts on these cells when at most so many are run: what can run first, then what has priority."""
    found = {cell.id: verdicts.get(cell.id, Verdict(RUNS, "", "")) for cell in cells}
    if most is None:
        return found
    wanted = [cell for cell in cells if found[cell.id].plan != LEFT_OUT]
    priorities = bench.choice.priorities
    wanted.sort(key=lambda cell: (found[cell.id].plan == SKIPS, rank(cell, bench.models[cell.model], priorities)))
    over = {
        cell.id: Verdict(LEFT_OUT, f"over --bench-max={most}", f"{most} others come before it")
        for cell in wanted[most:]
    }
    return found | over


def _verdict(cell: Cell, bench: Bench, known: Known, asked: Selection, now: datetime) -> Verdict:
    larger = _larger_than_failed(cell, bench, known)
    if not asked.asked:
        return larger or Verdict(RUNS, "", "")
    state = known.states.get(bench.key(cell))
    result = state.result(verify=bench.plan is None) if state else None
    age = (now - result[1]).total_seconds() if result and result[1] else None
    if result and not asked.takes(age):
        return Verdict(LEFT_OUT, STORED, _told(*result))
    if larger:
        return larger
    refusal = bench.refusal(cell)
    if refusal is not None:
        return Verdict(SKIPS, refusal.status, refusal.error_message or "")
    return Verdict(RUNS, "", f"once more: {_told(*result)}" if result else "not in the database")


def _told(what: str, when: datetime | None) -> str:
    return f"{what} {when.isoformat(' ', 'minutes')} UTC" if when else what


def _larger_than_failed(cell: Cell, bench: Bench, known: Known) -> Verdict | None:
    """The verdict on a cell of a sweep that is larger than one that ran out of memory; None if it is not."""
    if not bench.choice.sweeps:
        return None
    device = bench.device(cell)
    mine = (
        cell.model,
        cell.weights,
        cell.hardware,
        device.name if device else None,
        cell.runtime,
        cell.precision,
        cell.mode,
    )
    for *kind, batch, shape, options, tried_at in known.out_of_memory:
        if tuple(kind) == mine and _covers(cell, batch, json.loads(shape or "{}"), json.loads(options or "{}")):
            lengths = ", ".join(
                f"{axis} {length}" for axis, length in {"batch": batch, **json.loads(shape or "{}")}.items()
            )
            said = (
                f"a smaller one ({lengths}) was {_told('out_of_memory', tried_at)}; ask for this size alone to try it"
            )
            return Verdict(LEFT_OUT, MEMORY, said)
    return None


def _covers(cell: Cell, batch: int, shape: Mapping[str, int], options: Mapping[str, Any]) -> bool:
    """Whether a cell is larger than another of its kind in something, and smaller in nothing."""
    mine, my_ways = _sizes(cell.batch, cell.shape, cell.options)
    theirs, their_ways = _sizes(batch, shape, options)
    if mine.keys() != theirs.keys() or my_ways != their_ways:
        return False
    return mine != theirs and all(mine[axis] >= length for axis, length in theirs.items())


def _sizes(batch: int, shape: Mapping[str, int], options: Mapping[str, Any]) -> tuple[dict[str, int], dict[str, Any]]:
    """What makes a cell larger, and the other options of its mode."""
    sizes = {"batch": batch, **shape, **{name: options[name] for name in LENGTHS if name in options}}
    return sizes, {name: value for name, value in options.items() if name not in LENGTHS}
