"""A row of an old table -> findings: a measurement, a test's outcome, what a model runs on. Pure functions."""

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_ipfs_bench.importers import table_shapes as shapes
from pytest_ipfs_bench.importers.contract import Finding, Kind
from pytest_ipfs_bench.importers.table_entry import Entry, Fields
from pytest_ipfs_bench.importers.values import Row, number, truth
from pytest_ipfs_bench.records import Compatibility, Outcome, Performance

MODES = frozenset({"inference", "prefill", "decode", "training"})
MEASURED = shapes.FURTHER | {name for names in shapes.NUMBERS.values() for name in names}
OUR_ERRORS = {
    "error_message": shapes.ERRORS,
    "error_type": ("error_type", "error_category"),
    "error_traceback": ("error_traceback", "traceback"),
}


def read(kind: Kind, entry: Entry) -> Iterator[Finding]:
    """The findings of a row of a table of this kind: one, or one for each kind of hardware that a row has a column for."""
    cells = shapes.supports(frozenset(entry.fields)) if kind is Compatibility else {}
    if cells:
        yield from _supported(entry, cells)
    elif kind is Compatibility:
        yield _compatibility(entry)
    elif kind is Outcome or _failed(entry.fields):
        yield _outcome(entry, failing="fail" if kind is Outcome else "error")
    else:
        yield _performance(entry)


def _failed(fields: Fields) -> bool:
    """Whether a row of measurements says that there was none: not a success, or an error and no number."""
    if truth(fields.get("success")) is False or shapes.status_of(fields.get("status")) in ("fail", "error", "skip"):
        return True
    error = any(shapes.said(fields.get(name)) for name in shapes.ERRORS)
    return error and not any(number(fields.get(name)) for name in shapes.MEASURES | shapes.WEAK)


def _performance(entry: Entry) -> Finding:
    row = Row(entry.fields)
    zeros = _set_aside_zeros(row)
    columns: dict[str, Any] = {"test_case": _case(entry, row), "mode": _mode(entry.fields)}
    for column, names in (*shapes.NUMBERS.items(), *shapes.SPREADS.items()):
        columns[column] = row.number(*names)
    for column, (names, least) in shapes.COUNTS.items():
        columns[column] = row.whole(*names, least=least)
    columns["precision"] = row.text("precision")
    taken = entry.fields.keys() - row.left.keys() - zeros.keys()
    row.flags += [
        f"{name}: no unit is stated, read as {unit}" for name, unit in shapes.UNITLESS.items() if name in taken
    ]
    row.left.update(zeros)
    return entry.finding(Performance, row, columns)


def _set_aside_zeros(row: Row) -> dict[str, Any]:
    """Takes the zeros out of what is measured: nothing lasts 0 ms, the old writers put 0 where they knew nothing."""
    measured = {name: row.left[name] for name in MEASURED & row.left.keys() if number(row.left[name]) is not None}
    zeros = {name: row.left.pop(name) for name in sorted(measured) if number(measured[name]) == 0}
    if not measured:
        row.flags.append("states no number")
    elif len(zeros) == len(measured):
        row.flags.append("placeholder")
    else:
        row.flags += [f"{name}: 0 is no measurement" for name in zeros]
    return zeros


def _case(entry: Entry, row: Row) -> str:
    case = row.text(*shapes.CASES) or entry.table or "performance"
    enabled = truth(row.left.get("optimization_enabled"))
    return case if enabled is None else f"{case} {'enabled' if enabled else 'disabled'}"


def _mode(fields: Fields) -> str:
    stated = (str(fields.get(name)).lower() for name in ("mode", "test_type", "test_case"))
    usual = "inference" if fields.keys() & {*shapes.MODELS, "model_id", "test_id"} else "benchmark"
    return next((word for word in stated if word in MODES), usual)


def _outcome(entry: Entry, *, failing: str) -> Finding:
    row = Row(entry.fields)
    module, group = row.text("test_module"), row.text("test_class")
    name = row.text(*shapes.TESTS) or entry.table or "test"
    columns: dict[str, Any] = {
        "test_module": module,
        "test_class": group,
        "test_name": name,
        "node_id": row.text("node_id") or "::".join(part for part in (module, group, name) if part),
        "status": _status(row, failing),
        "execution_time_seconds": row.number(
            "execution_time_seconds", "execution_time", "duration_seconds", "duration"
        ),
    }
    if columns["execution_time_seconds"] is None:
        columns["execution_time_seconds"] = row.number("execution_time_ms", "duration_ms", scale=1e-3)
    columns |= {column: row.text(*names) for column, names in OUR_ERRORS.items()}
    return entry.finding(Outcome, row, columns)


def _status(row: Row, failing: str) -> str:
    """The status by its word, or by success; where the two disagree the worse one, with a flag."""
    words = [name for name in ("status", "test_status", "outcome") if shapes.status_of(row.left.get(name))]
    stated = shapes.status_of(row.left[words[0]]) if words else None
    success = next((said for name in ("success", "passed") if (said := truth(row.left.get(name))) is not None), None)
    by_success = {True: "pass", False: failing, None: None}[success]
    if stated and by_success and (stated == "pass") != success:
        row.flags.append(f"status says {stated}, success says {success}".lower())
        return by_success if stated == "pass" else stated
    error = any(shapes.said(row.left.get(name)) for name in shapes.ERRORS)
    return stated or by_success or ("error" if error else "unknown")


def _compatibility(entry: Entry) -> Finding:
    row = Row(entry.fields)
    return entry.finding(Compatibility, row, _runs(row, shapes.compatible_of(row.left)))


def _supported(entry: Entry, cells: Mapping[str, str]) -> Iterator[Finding]:
    stated = [name for name in cells if entry.fields.get(name) not in (None, "")]
    others = {name: value for name, value in entry.fields.items() if name not in cells}
    for name in stated:
        row = Row({**others, name: entry.fields[name]})
        columns = _runs(row, shapes.compatible_of(row.left, (name,)))
        yield entry.finding(Compatibility, row, columns, cell=(cells[name], row.left[name]))
    if not stated:
        row = Row(others)
        yield entry.finding(Compatibility, row, _runs(row, None))


def _runs(row: Row, status: str | None) -> dict[str, Any]:
    """The columns of a compatibility. Hardware that was not found is no fault of the model: `unavailable`."""
    flags = ("detection_success", "initialization_success", "workaround_available")
    columns: dict[str, Any] = {name: truth(row.left.get(name)) for name in flags}
    for name in flags:
        if columns[name] is not None:
            del row.left[name]
    missing = columns["detection_success"] is False and status != "compatible"
    columns["status"] = "unavailable" if missing else status or "unknown"
    columns["is_compatible"] = None if missing or status is None else status == "compatible"
    columns |= {name: row.text(*OUR_ERRORS[name]) for name in ("error_message", "error_type")}
    columns |= {name: row.text(name) for name in ("suggested_fix", "precision")}
    return columns | {
        "compatibility_score": row.number("compatibility_score"),
        "batch_size": row.whole("batch_size", least=1),
    }
