"""What a report is asked about: filters, which become the views that its queries read."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.errors import BenchError, unknown

if TYPE_CHECKING:
    import duckdb

# In the order in which they are made: each reads those before it.
VIEWS = (
    "asked_runs",
    "asked_models",
    "asked_hardware",
    "asked_results",
    "asked_tries",
    "asked_outcomes",
    "chosen_results",
    "chosen_tries",
    "chosen_outcomes",
    "series",
    "newest_results",
    "newest_tries",
)
NAMES = {
    "model": "model",
    "family": "family",
    "hardware": "hardware",
    "runtime": "runtime",
    "precision": "precision",
    "batch": "batch size",
}


@dataclass(frozen=True)
class Filters:
    """Which results; empty and None are all. Each is named as its option is; they combine, several of one are alternatives.

    model: names, or families. hardware: types or names of devices. since, until: ISO dates or times (UTC), the latter not
    included. run: an id or its beginning. label: what a run must be labelled with, all of it. include_simulated: count
    simulated and predicted rows.
    """

    model: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    hardware: tuple[str, ...] = ()
    runtime: tuple[str, ...] = ()
    precision: tuple[str, ...] = ()
    batch: tuple[int, ...] = ()
    since: str | None = None
    until: str | None = None
    run: str | None = None
    label: tuple[tuple[str, str], ...] = ()
    branch: str | None = None
    include_simulated: bool = False

    def given(self) -> list[str]:
        """The names of the filters that leave something out."""
        return [one.name for one in fields(self) if getattr(self, one.name) and one.name != "include_simulated"]


def choose(con: "duckdb.DuckDBPyConnection", filters: Filters) -> None:
    """Makes the views over what was asked about. Raises BenchError for a name that the database does not have."""
    if filters.given():
        _check_names(con, filters)
    for name, value in _variables(filters).items():
        con.execute(f"SET VARIABLE {name} = $value", {"value": value})
    for view in VIEWS:
        con.execute((resources.files(__package__) / "views" / f"{view}.sql").read_text(encoding="utf-8"))
    if filters.run or filters.label or filters.branch:
        found = con.execute("SELECT run_id::VARCHAR FROM asked_runs ORDER BY run_id DESC LIMIT 2").fetchall()
        if not found:
            raise BenchError(_no_run(filters))
        if filters.run and len(found) > 1:
            told = " and ".join(row[0] for row in found)
            raise BenchError(
                f"--run {filters.run}: several runs begin like that, {told} among them.\nWrite more of it."
            )


@contextlib.contextmanager
def among(con: "duckdb.DuckDBPyConnection", runs: Sequence[str]) -> Iterator[None]:
    """Within it, measurements are those of these runs only, besides all else that was asked."""
    con.execute("SET VARIABLE runs = $runs", {"runs": list(runs)})
    try:
        yield
    finally:
        con.execute("SET VARIABLE runs = NULL")


def _variables(filters: Filters) -> Mapping[str, Any]:
    """What the views read, by name; NULL is no filter."""
    return {
        "models": list(filters.model) or None,
        "families": list(filters.family) or None,
        "hardware": list(filters.hardware) or None,
        "runtimes": list(filters.runtime) or None,
        "precisions": list(filters.precision) or None,
        "batches": list(filters.batch) or None,
        "since": moment("--since", filters.since),
        "until": moment("--until", filters.until),
        "run": filters.run,
        "labels": json.dumps(dict(filters.label)) if filters.label else None,
        "branch": filters.branch,
        "any_run": not (filters.run or filters.label or filters.branch),
        "any_model": not (filters.model or filters.family),
        "any_hardware": not filters.hardware,
        "simulated": filters.include_simulated,
    }


def moment(option: str, text: str | None) -> datetime | None:
    """A date or time in UTC. Raises BenchError for what is none."""
    if text is None:
        return None
    try:
        told = datetime.fromisoformat(text)
    except ValueError as error:
        raise BenchError(f"{option} {text}: no date.\nWrite 2026-01-31 or 2026-01-31T12:00:00.") from error
    return told.astimezone(UTC).replace(tzinfo=None) if told.tzinfo else told


def _check_names(con: "duckdb.DuckDBPyConnection", filters: Filters) -> None:
    known: dict[str, set[str]] = {}
    for kind, name in queries.known_names(con).rows:
        known.setdefault(kind, set()).add(name)
    known["model"] = known.get("model", set()) | known.get("family", set())
    for kind, words in NAMES.items():
        for name in map(str, getattr(filters, kind)):
            if name not in known.get(kind, ()):
                raise unknown(f"--{kind} {name}", f"{words} in this database", name, known.get(kind, ()))
    if filters.branch and filters.branch not in known.get("branch", ()):
        raise unknown(f"--branch {filters.branch}", "branch in this database", filters.branch, known.get("branch", ()))


def _no_run(filters: Filters) -> str:
    asked = [f"--run {filters.run}"] if filters.run else []
    asked += [f"--label {key}={value}" for key, value in filters.label]
    asked += [f"--branch {filters.branch}"] if filters.branch else []
    return f"{' '.join(asked)}: no run in this database is that.\nThe runs: ipfs-bench report summary"
