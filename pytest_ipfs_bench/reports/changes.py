"""`ipfs-bench compare A B`: the same cells and benchmarks in two choices of runs, by one metric."""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.queries import filters
from pytest_ipfs_bench.reports.comparing import Entry, Metric, interval, metric
from pytest_ipfs_bench.reports.sides import Side, sides, told_labels
from pytest_ipfs_bench.reports.table import Asked, Parts, Table
from pytest_ipfs_bench.reports.words import readable

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection

CELL = (
    "model",
    "weights",
    "hardware",
    "device",
    "runtime",
    "mode",
    "precision",
    "batch",
    "shape",
    "options",
    "provenance",
)
BENCHMARK = ("benchmark", "hardware", "device", "provenance")
KEY = ("benchmark", *CELL)
# What may differ between two measurements of the same cell, and so explain a change.
FACTS = ("driver", "system", "runtime_version", "threads")
OF_RUNS = ("host", "python")
FACTS_SHOWN = 10
RATIO = (
    "ratio: B divided by A; low and high: its interval at 95 %, from the samples of both (docs/reports.md), unknown without them."
    " What differs from one session to the next is not in it. Mean ratios are geometric."
)


@dataclass(frozen=True)
class Pair:
    """A cell or benchmark that was measured on both sides."""

    a: Entry
    b: Entry

    @property
    def ratio(self) -> float:
        """B to A."""
        return float(self.b["value"] / self.a["value"])

    @property
    def change(self) -> float:
        """How large the change is, whichever its direction."""
        return abs(math.log(self.ratio))


@dataclass(frozen=True)
class Compared:
    """What two sides have in common, the largest change first, and what they have not.

    unlike: in both, but without the metric on one side, or a median on one and a mean on the other.
    """

    pairs: Sequence[Pair]
    unlike: int
    only_a: Sequence[Entry]
    only_b: Sequence[Entry]


def compare(con: "Connection", asked: Asked, *, words: tuple[str, str], limit: int) -> Parts:
    """Sides, mean ratios, the largest changes, and what only one side has; what may explain changes is in the notes."""
    chosen = metric(asked.metric)
    both = sides(con, *words)
    found = _compared(*(_measured(con, side, asked.metric) for side in both))
    shown = [_changes(con, found.pairs, columns, asked.metric, limit) for columns in (CELL, BENCHMARK)]
    alone = [("A", one) for one in found.only_a] + [("B", one) for one in found.only_b]
    made = [table for table in shown if table.rows]
    rows = [(side, *_values(one, KEY)) for side, one in alone[:limit]]
    made += [Table("Only on one side", ("side", *KEY), rows)] if rows else []
    return [_about(both), _means(found.pairs, chosen), *made], _notes(both, found, asked.metric, limit)


def _measured(con: "Connection", side: Side, name: str) -> dict[tuple[Any, ...], Entry]:
    with filters.among(con, side.ids):
        answer = queries.newest_by_metric(con, metric=name)
    entries = (dict(zip(answer.columns, row, strict=True)) for row in answer.rows)
    return {_values(one, KEY): one for one in entries}


def _values(one: Entry, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(one[name] for name in names)


def _compared(a: Mapping[tuple[Any, ...], Entry], b: Mapping[tuple[Any, ...], Entry]) -> Compared:
    both = [Pair(one, b[key]) for key, one in a.items() if key in b]
    alike = [pair for pair in both if pair.a["statistic"] == pair.b["statistic"] and _positive(pair)]
    return Compared(
        sorted(alike, key=lambda pair: -pair.change),
        len(both) - len(alike),
        [one for key, one in a.items() if key not in b],
        [one for key, one in b.items() if key not in a],
    )


def _positive(pair: Pair) -> bool:
    return all(one["value"] is not None and 0 < one["value"] < math.inf for one in (pair.a, pair.b))


def _about(both: Sequence[Side]) -> Table:
    columns = ("side", "asked", "is", "runs", "measurements", "newest_run", "started_at", "commit", "branch", "labels")
    rows = []
    for letter, side in zip("AB", both, strict=True):
        newest, count = side.runs[0], sum(run["measurements"] for run in side.runs)
        commit = newest["git_commit"] and newest["git_commit"][:10] + ("+" if newest["git_dirty"] else "")
        about = (newest["run_id"], newest["started_at"], commit, newest["git_branch"], told_labels(newest))
        rows.append((letter, side.word, side.kind, len(side.runs), count, *about))
    return Table("Sides", columns, rows)


def _means(pairs: Sequence[Pair], chosen: Metric) -> Table:
    """The geometric mean of ratios on each device, measured and imported apart, models and benchmarks apart."""
    columns = ("what", "hardware", "device", "provenance", "compared", "ratio", chosen.better, chosen.worse, "equal")
    groups: dict[tuple[str, ...], list[float]] = {}
    for pair in pairs:
        what = "models" if pair.a["benchmark"] is None else "benchmarks"
        groups.setdefault((what, *_values(pair.a, ("hardware", "device", "provenance"))), []).append(pair.ratio)
    rows = [
        (*group, len(ratios), math.exp(math.fsum(map(math.log, ratios)) / len(ratios)), *_counts(ratios, chosen))
        for group, ratios in sorted(groups.items(), key=lambda group: tuple(map(str, group[0])))
    ]
    return Table("Mean ratios", columns, rows)


def _counts(ratios: Sequence[float], chosen: Metric) -> tuple[int, int, int]:
    """How many are better, worse, and equal."""
    less, more = sum(ratio < 1 for ratio in ratios), sum(ratio > 1 for ratio in ratios)
    return *((more, less) if chosen.more_is_better else (less, more)), len(ratios) - less - more


def _changes(con: "Connection", pairs: Sequence[Pair], columns: tuple[str, ...], name: str, limit: int) -> Table:
    """The largest changes of models' cells, or of benchmarks."""
    heading = metric(name).heading
    about = [pair for pair in pairs if (pair.a["benchmark"] is not None) is (columns is BENCHMARK)][:limit]
    samples = dict(queries.samples_of(con, [one["result_id"] for pair in about for one in (pair.a, pair.b)]).rows)
    rows = []
    for pair in about:
        ends = _interval(pair, samples, name)
        values = (pair.a["statistic"], pair.a["value"], pair.b["value"], pair.ratio, *ends)
        rows.append((*_values(pair.a, columns), *values, pair.a["measured_at"], pair.b["measured_at"]))
    title = "Benchmarks" if columns is BENCHMARK else "Models"
    told = ("statistic", f"a_{heading}", f"b_{heading}", "ratio", "low", "high", "a_measured_at", "b_measured_at")
    return Table(f"{title}: the largest changes by {name}", (*columns, *told), rows)


def _interval(pair: Pair, samples: Mapping[str, Sequence[float]], name: str) -> tuple[float | None, float | None]:
    """Where the values are medians (or throughputs) of samples: of means, memory and energy nothing is known."""
    if name != "throughput" and pair.a["statistic"] != "median":
        return None, None
    return interval(samples.get(pair.b["result_id"]), samples.get(pair.a["result_id"]), name) or (None, None)


def _notes(both: Sequence[Side], found: Compared, name: str, limit: int) -> list[str]:
    notes = [RATIO] if found.pairs else ["Nothing was measured on both sides."]
    for title, more in (
        ("models", sum(pair.a["benchmark"] is None for pair in found.pairs) - limit),
        ("benchmarks", sum(pair.a["benchmark"] is not None for pair in found.pairs) - limit),
    ):
        notes += [f"{more} more {title} changed less; --limit shows more."] if more > 0 else []
    a, b = len(found.only_a), len(found.only_b)
    notes += [f"Only in A: {a}; only in B: {b}."] if a or b else []
    notes += [f"Of those, the first {limit} are shown; --limit shows more."] if a + b > limit else []
    if found.unlike:
        notes.append(
            f"Not compared: {found.unlike} that have no {name} on one side, or a median on one and a mean on the other."
        )
    same = sum(pair.a["result_id"] == pair.b["result_id"] for pair in found.pairs)
    notes += (
        [f"{same} are the same measurement on both sides: {both[0].word} and {both[1].word} share runs."]
        if same
        else []
    )
    return notes + _differences(found.pairs)


def _differences(pairs: Sequence[Pair]) -> list[str]:
    """What else than the code differs between the sides, the most frequent first."""
    found: Counter[tuple[Any, ...]] = Counter()
    for pair, fact in itertools.product(pairs, (*FACTS, *OF_RUNS)):
        if pair.a[fact] != pair.b[fact] and pair.a[fact] is not None and pair.b[fact] is not None:
            about = () if fact in OF_RUNS else _values(pair.a, ("hardware", "runtime"))
            found[fact, about, pair.a[fact], pair.b[fact]] += 1
    notes = [
        f"Differs: {' '.join(filter(None, (fact.replace('_', ' '), about and 'of', *about)))}:"
        f" {readable(a)} in A, {readable(b)} in B ({count} compared)."
        for (fact, about, a, b), count in found.most_common(FACTS_SHOWN)
    ]
    rest = len(found) - FACTS_SHOWN
    notes += [f"{rest} more such differences."] if rest > 0 else []
    for letter in "ab":
        dirty = sum(getattr(pair, letter)["git_dirty"] is True for pair in pairs)
        if dirty:
            notes.append(
                f"{letter.upper()}: {dirty} compared were measured on changes that were not committed (git_dirty)."
            )
    return notes
