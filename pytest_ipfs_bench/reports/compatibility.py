"""What runs where: hardware and what it runs, the matrix of models and hardware, the cells that are known."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import queries
from pytest_ipfs_bench.reports.table import Asked, Parts, Table, table, tables

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection

NEVER = "never tested"
CHANGES = 200
BY_ID = (
    "A cell counts by its id, on whichever device and with whichever versions; what this machine would run:"
    " pytest --bench-suite=NAME --bench-missing --bench-plan"
)
SYMBOLS = {
    "works": "✔",
    "partly": "◐",
    "fails": "✘",
    "unavailable": "∅",
    "unknown": "?",
    NEVER: "·",
}


def hardware(con: "Connection", _: Asked) -> Parts:
    """What is there, and how many cells each runs."""
    return tables(("Hardware", queries.hardware(con)), ("What it runs", queries.hardware_use(con))), []


def compatibility(con: "Connection", _: Asked) -> Parts:
    """One matrix for each provenance, why cells do not run, and which changed from one try to the next."""
    found = _states_of_pairs(con)
    lost = sum(one["ran"] + one["failed"] + one["unavailable"] + one["unknown"] for one in found if not _named(one))
    notes = [f"{lost} tries name no model or no hardware: they are in no matrix."] if lost else []
    made = _matrices(found)
    if not any(one["ran"] or one["failed"] for one in found):
        made = made or [Table("Models and hardware", ("model",), [])]
    changes = queries.compatibility_changes(con, limit=CHANGES)
    if len(changes.rows) == CHANGES:
        notes.append(f"Changes: the newest {CHANGES} are shown.")
    return [*made, *tables(("Why not", queries.causes(con)), ("Changes", changes))], notes


def matrices(con: "Connection") -> list[Table]:
    """What is known of each model on each hardware, one matrix for each provenance that there is."""
    return _matrices(_states_of_pairs(con))


def coverage(con: "Connection", asked: Asked) -> Parts:
    """Cells that were tried or measured, how long ago, and which pairs of model and hardware never were; or those of a suite."""
    if asked.cells:
        planned = table("Cells", queries.planned_cells(con, asked.cells, now=asked.now))
        return [_states(planned), planned], [BY_ID]
    known = table("Cells", queries.coverage(con, now=asked.now))
    tried = {(row[0], row[1]) for row in known.rows if row[0] is not None and row[1] is not None}
    models, places = ({one[side] for one in tried} for side in (0, 1))
    missing = len(models) * len(places) - len(tried)
    notes = [f"{missing} of {len(models) * len(places)} pairs of model and hardware were never tried."] if tried else []
    return [_states(known), known], notes


def _states(known: Table) -> Table:
    """How many cells are in which state."""
    place, age = known.columns.index("state"), known.columns.index("age_days")
    rows: list[tuple[Any, ...]] = []
    for state in sorted({row[place] for row in known.rows}):
        ages = [row[age] for row in known.rows if row[place] == state and row[age] is not None]
        count = sum(row[place] == state for row in known.rows)
        rows.append((state, count, min(ages, default=None), max(ages, default=None)))
    return Table("Coverage", ("state", "cells", "newest_days", "oldest_days"), rows)


def _states_of_pairs(con: "Connection") -> list[dict[str, Any]]:
    known = queries.compatibility(con)
    return [dict(zip(known.columns, row, strict=True)) for row in known.rows]


def _named(one: dict[str, Any]) -> bool:
    return one["model"] is not None and one["hardware"] is not None


def _matrices(found: Sequence[dict[str, Any]]) -> list[Table]:
    named = [one for one in found if _named(one)]
    provenances = sorted(
        {one["provenance"] for one in named}, key=("measured", "imported", "simulated", "predicted").index
    )
    return [
        _matrix(provenance, [one for one in named if one["provenance"] == provenance]) for provenance in provenances
    ]


def _matrix(provenance: str, known: Sequence[dict[str, Any]]) -> Table:
    columns = sorted({one["hardware"] for one in known})
    states = {(one["model"], one["hardware"]): one["state"] for one in known}
    rows = [
        (name, *(states.get((name, column), NEVER) for column in columns))
        for name in sorted({one["model"] for one in known})
    ]
    title = f"Models and hardware, {provenance}"
    return Table(title, ("model", *columns), rows, SYMBOLS)
