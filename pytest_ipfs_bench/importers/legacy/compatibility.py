"""Cells that say whether a model, or a family of models, runs on some hardware."""

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_ipfs_bench.importers import values
from pytest_ipfs_bench.importers.contract import Finding
from pytest_ipfs_bench.importers.legacy import fields, keys
from pytest_ipfs_bench.importers.legacy.context import Context, below, pointer
from pytest_ipfs_bench.importers.legacy.finding import make
from pytest_ipfs_bench.importers.times import Moment, moment
from pytest_ipfs_bench.records import Compatibility

SORTS = fields.PLACE | {"compatible", "fault"}
STATED = frozenset({"compatible", "is_compatible", "compatibility_status"})
WORDS = {"compatible": True, "supported": True, "full": True, "real": True, "yes": True, "true": True, "pass": True,
         "incompatible": False, "unsupported": False, "not_supported": False, "no": False, "false": False,
         "fail": False, "failed": False}  # fmt: skip
COLUMNS = {"detection_success": values.truth, "initialization_success": values.truth, "workaround_available": values.truth,
           "suggested_fix": values.text, "compatibility_score": values.number}  # fmt: skip
FAULT = {"error_message": "error", "error_type": "error_type"}
STATUS = {True: "compatible", False: "incompatible", None: "unknown"}


def is_cell(stated: Mapping[str, Any]) -> bool:
    """Whether an object says of something that it is compatible or not.

    >>> is_cell({"compatible": False}), is_cell({"compatible": {"cpu": True}})
    (True, False)
    """
    return not stated.keys().isdisjoint(STATED) and any(isinstance(stated.get(name), bool | str) for name in STATED)


def is_matrix(stated: Mapping[str, Any], context: Context) -> bool:
    """Whether an object in a matrix says of a model on which hardware it runs: `{"cpu": true, "cuda": false}`."""
    if not (context.model or context.family) or not {context.key, context.within} & keys.OF_MATRICES:
        return False
    return any(isinstance(value, bool) and values.hardware(key) for key, value in stated.items())


def compatibility(stated: Mapping[str, Any], context: Context, place: str) -> Finding:
    """The finding of a cell. What was never measured is unknown, although the old matrix says false by default."""
    row = fields.read(stated, SORTS, fields.TABLE.get)
    said = None if _unmeasured(stated) else _said(row.taken.get("compatible"))
    columns: dict[str, Any] = {name: row.taken.get(slot) for name, slot in FAULT.items()}
    for name, read in COLUMNS.items():
        columns[name] = read(row.left.get(name))
        if columns[name] is not None:
            del row.left[name]
    row.back("traceback")
    if said is None:
        row.back("compatible")
    inside = context._replace(time=_measured_at(stated) or context.time)
    return _made(row, inside, place, columns, compatible=said)


def matrix(stated: Mapping[str, Any], context: Context, place: str) -> Iterator[Finding]:
    """The findings of a map of hardware to yes and no, of one model: `{"cpu": true, "cuda": false}`."""
    for key, value in stated.items():
        if values.hardware(key) and isinstance(value, bool | str):
            row = fields.Row({key: value}, left={key: value} if isinstance(value, str) else {})
            inside = below(context, key, value)
            yield _made(row, inside, f"{place}/{pointer(key)}", {}, compatible=_said(value))


def _made(
    row: fields.Row, context: Context, place: str, columns: Mapping[str, Any], *, compatible: bool | None
) -> Finding:
    """A cell; that of a family of models bears the family's name, and says so."""
    if "model" not in row.taken and context.model is None:
        family = row.taken.get("model_family", context.family)
        if family is not None:
            row.taken["model"], row.left["model_level"] = family, "family"
    if (row.taken.get("hardware") or context.hardware) in context.simulated_hardware:
        row.left["is_simulated"] = True  # a cell without the marker is another statement: neither is a measurement
    columns = {"status": STATUS[compatible], "is_compatible": compatible, **columns}
    return make(Compatibility, place, columns, row, context)


def _said(value: Any) -> bool | None:
    if isinstance(value, str):
        return WORDS.get(value.strip().lower().replace(" ", "_"))
    return value if isinstance(value, bool) else None


def _unmeasured(stated: Mapping[str, Any]) -> bool:
    """Whether a cell holds the old matrix's default: not compatible, no rating, no result."""
    results = stated.get("benchmark_results")
    return stated.get("compatible") is False and not results and stated.get("performance_rating", 0) is None


def _measured_at(stated: Mapping[str, Any]) -> Moment | None:
    """When the results of a cell were made, where the cell itself says no time: the first of them."""
    results = stated.get("benchmark_results")
    if not isinstance(results, list):
        return None
    times = (moment(one.get("timestamp")) for one in results if isinstance(one, dict))
    return next(filter(None, times), None)
