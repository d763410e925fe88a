"""The sides of a comparison: the runs that a word names."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.reports.words import printable, readable

if TYPE_CHECKING:
    import duckdb

LATEST, PREVIOUS = "latest", "previous"
SHORTEST = 4  # characters of the beginning of an id or a commit
SHOWN = 10

Run = Mapping[str, Any]  # a row of queries.measured_runs


@dataclass(frozen=True)
class Side:
    """One side of a comparison: the word that was said, what kind of name it is, and its runs, the newest first."""

    word: str
    kind: str
    runs: Sequence[Run]

    @property
    def ids(self) -> list[str]:
        """The ids of its runs."""
        return [run["run_id"] for run in self.runs]


def sides(con: "duckdb.DuckDBPyConnection", *words: str) -> list[Side]:
    """The sides that words name. Raises BenchError for a word that names nothing, or that may mean several things."""
    answer = queries.measured_runs(con)
    runs = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    return [_side(word, runs) for word in words]


def _side(word: str, runs: Sequence[Run]) -> Side:
    """What is named whole comes before what begins like it."""
    if word in (LATEST, PREVIOUS):
        place, measured = (LATEST, PREVIOUS).index(word), [run for run in runs if not run["is_import"]]
        if len(measured) <= place:
            raise BenchError(f"{word}: there is no such session with measurements.\n{_listing(runs)}")
        return Side(word, "run", measured[place : place + 1])
    for found in (_whole(word, runs), _beginnings(word, runs)):
        if len(found) > 1:
            told = ", ".join(f"{one.kind} {_names(one)}" for one in found)
            raise BenchError(f"{word}: it may mean {told}.\nWrite more of it.\n{_listing(runs)}")
        if found:
            return found[0]
    raise BenchError(f"{word}: no run with measurements, label KEY=VALUE, branch or commit is that.\n{_listing(runs)}")


def _whole(word: str, runs: Sequence[Run]) -> list[Side]:
    key, separator, value = word.partition("=")
    chosen = {
        "run": [run for run in runs if run["run_id"] == word],
        "commit": [run for run in runs if run["git_commit"] == word],
        "branch": [run for run in runs if run["git_branch"] == word],
        "label": [run for run in runs if separator and _labels(run).get(key) == value],
    }
    return [Side(word, kind, found) for kind, found in chosen.items() if found]


def _beginnings(word: str, runs: Sequence[Run]) -> list[Side]:
    """Each run, and each commit with all of its runs, whose name begins like that."""
    found: dict[tuple[str, str], list[Run]] = {}
    for run in runs if len(word) >= SHORTEST else ():
        for kind, name in (("run", run["run_id"]), ("commit", run["git_commit"])):
            if name and name.startswith(word.lower()):
                found.setdefault((kind, name), []).append(run)
    return [Side(word, kind, chosen) for (kind, _), chosen in found.items()]


def _names(side: Side) -> str:
    return printable(str(side.runs[0]["git_commit" if side.kind == "commit" else "run_id"]))


def _labels(run: Run) -> Mapping[str, str]:
    labels = json.loads(run["labels"]) if run["labels"] else {}
    return labels if isinstance(labels, dict) else {}


def told_labels(run: Run) -> str | None:
    """The labels of a run, as they were given."""
    return ", ".join(f"{key}={value}" for key, value in _labels(run).items()) or None


def _listing(runs: Sequence[Run]) -> str:
    """The newest runs, one line each, for those who have to name one."""
    if not runs:
        return "No run here has measurements that were asked for."
    lines = ["The newest runs with measurements:"]
    for run in runs[:SHOWN]:
        commit = (run["git_commit"] or "")[:10] or None
        parts = (run["run_id"], readable(run["started_at"]), commit, run["git_branch"], told_labels(run))
        lines.append("  " + printable("  ".join(str(part) for part in parts if part)))
    if len(runs) > SHOWN:
        lines.append(f'  and {len(runs) - SHOWN} more: ipfs-bench query "FROM test_runs ORDER BY started_at DESC"')
    return "\n".join(lines)
