"""A row of numbers as a performance result. Units go by the names; a throughput is never made from a latency."""

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_ipfs_bench import stats
from pytest_ipfs_bench.importers import values
from pytest_ipfs_bench.importers.contract import Finding
from pytest_ipfs_bench.importers.legacy import fields, keys, names
from pytest_ipfs_bench.importers.legacy.context import Context
from pytest_ipfs_bench.importers.legacy.finding import make
from pytest_ipfs_bench.records import Performance

SORTS = fields.MEASURED | fields.PLACE | {"case", "setting"}
WITH_DURATION = SORTS | {"duration"}
# Objects in a row that hold its numbers.
HOLDERS = ("metrics", "performance", "performance_metrics", "measurements", "performance_data", "benchmark_metrics")
LATENCY, THROUGHPUT, MEMORY = "average_latency_ms", "throughput_items_per_second", "memory_peak_mb"
SIGNS = (LATENCY, THROUGHPUT, MEMORY)
NUMBERS = fields.COLUMNS | {"rounds"}
UNITS = {"ms": 1.0, "millisecond": 1.0, "milliseconds": 1.0, "s": 1e3, "sec": 1e3, "second": 1e3, "seconds": 1e3,
         "us": 1e-3, "µs": 1e-3, "microseconds": 1e-3, "ns": 1e-6}  # fmt: skip
MODES = ("inference", "prefill", "decode", "training")
UNIT_FIELDS = ("latency_unit", "time_unit", "unit", "units")
WEB = {"webgpu", "webnn", "wasm"}
TRAINING = ("optimizer", "backward_time", "backward_ms", "epoch", "epochs", "num_epochs", "average_epoch_time",
            "total_training_time", "learning_rate", "gradient_accumulation_steps", "loss")  # fmt: skip
SETTINGS = (*names.SETTINGS, "precision")
INSTEAD = ("bare", "spent", "duration")  # of a latency with its unit in its name


def flat(stated: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row with the numbers of the object that holds them, if it has none of its own; what both name stays where it is."""
    for key in HOLDERS:
        holder = stated.get(key)
        if isinstance(holder, dict):
            rest = {name: value for name, value in stated.items() if name != key}
            doubled = {name: value for name, value in holder.items() if name in rest}
            return {**holder, **rest, **({key: doubled} if doubled else {})}
    return stated


def unfolded(stated: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row with the numbers that stand in objects: `"latency": {"mean": 0.5, "unit": "s"}`.

    >>> unfolded({"model": "bert", "latency": {"mean": 0.5, "p95": 0.75, "unit": "s"}})
    {'model': 'bert', 'average_latency_ms': 500.0, 'latency_p95_ms': 750.0}
    """
    row = dict(stated)
    for key, value in stated.items():
        known = fields.by_name(key)
        if known is None or not isinstance(value, dict) or known.sort not in ("latency", "throughput"):
            continue
        scale = known.scale if known.slot != "bare" else UNITS.get(str(value.get("unit")).lower())
        mean = next((values.number(value[name]) for name in names.MEANS if name in value), None)
        if scale is None or mean is None:
            continue
        del row[key]
        row[known.slot if known.slot != "bare" else LATENCY] = mean * scale
        if known.sort == "latency":
            row |= {column: number * scale for column, number in _statistics(value)}
    return row


def _statistics(stated: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for column, some in names.STATISTICS.items():
        number = next((values.number(stated[name]) for name in some if name in stated), None)
        if number is not None:
            yield column, number


def performance(stated: Mapping[str, Any], context: Context, place: str, *, timed: bool = False) -> Finding:
    """The finding of a row. `timed`: how long it took is its latency, as of an example that ran once."""
    row = fields.read(stated, WITH_DURATION if timed else SORTS, fields.by_name)
    taken, left = row.taken, row.left
    if "platform" in stated:
        left["platform"] = stated["platform"]
    columns = {**context.settings}
    for name in SETTINGS:
        if name in taken:
            columns[name] = taken[name]
    columns |= _numbers(row, timed=timed)
    if "load_time_ms" in columns and (fields.whereabouts(taken)[0] or context.hardware) in WEB:
        left["load_time_ms"] = columns["load_time_ms"]
    columns["mode"] = _mode(row, context)
    columns["test_case"] = _case(taken, context) or columns["mode"]
    return make(Performance, place, columns, row, context)


def _numbers(row: fields.Row, *, timed: bool) -> dict[str, Any]:
    """The columns of measurements: those of the row, then what its samples add."""
    _latency(row, timed=timed)
    taken = row.taken
    columns = {name: taken[name] for name in taken if name in NUMBERS}
    _drop_placeholders(columns, row)
    row.back("tokens")
    samples = taken.get("samples")
    if samples:
        scale = row.by["samples"].scale
        columns = {**_summary([sample * scale for sample in samples]), **columns}
    return columns


def _latency(row: fields.Row, *, timed: bool) -> None:
    """The latency: as named, else by its unit, else the time that was spent, else how long the example took."""
    taken = row.taken
    if taken.keys().isdisjoint(INSTEAD):
        return
    for slot, scale in zip(INSTEAD, (_unit(row), 1.0, names.SECONDS), strict=True):
        if slot not in taken:
            continue
        if LATENCY in taken or scale is None:
            row.back(slot)
            continue
        taken[LATENCY] = taken.pop(slot) * scale
        row.by[LATENCY] = row.by[slot]
        if slot == "duration" and timed:
            taken["rounds"] = 1


def _unit(row: fields.Row) -> float | None:
    """The factor that brings a bare `latency` into ms, if the row says its unit."""
    if "bare" not in row.taken:
        return None
    scale = next((UNITS.get(str(row.left[name]).lower()) for name in UNIT_FIELDS if name in row.left), None)
    if scale is None and LATENCY not in row.taken:
        row.flags.append(f"latency: {row.taken['bare']!r} has no unit")
    return scale


def _drop_placeholders(columns: dict[str, Any], row: fields.Row) -> None:
    """Zeros that stand for nothing: a latency of 0 is none, and with nothing but zeros the row is a placeholder."""
    if columns.get(LATENCY):
        return
    signs = [name for name in SIGNS if name in columns]
    empty = bool(signs) and not any(columns[name] for name in signs)
    for name in signs if empty else [LATENCY]:
        if columns.get(name) == 0:
            del columns[name]
            row.back(name)
            row.flags.append(f"{row.by[name].name}: 0 is no measurement{' (a placeholder)' if empty else ''}")


def _summary(samples: list[float]) -> dict[str, Any]:
    summary = stats.summarise(samples)
    found = {LATENCY: summary.mean, "samples_ms": samples, "rounds": summary.count}
    for name in ("p10", "p50", "p90", "p95", "p99"):
        found[f"latency_{name}_ms"] = getattr(summary, name)
    found |= {"latency_min_ms": summary.minimum, "latency_max_ms": summary.maximum, "latency_std_ms": summary.std}
    return {name: value for name, value in found.items() if value is not None}


def _mode(row: fields.Row, context: Context) -> str:
    """The mode: as stated, else training where the row or what is around it speaks of one."""
    said = ""
    if "mode" in row.taken:
        said = str(row.taken["mode"]).lower()
        row.back("mode")
        if said in MODES:
            return said
    trains = "train" in said or (not said and context.mode == "training") or not row.stated.keys().isdisjoint(TRAINING)
    return "training" if trains else "inference"


def _case(taken: Mapping[str, Any], context: Context) -> str | None:
    """The case: as stated, else the variant of the cell, else the name under which the row stands."""
    if "test_case" in taken:
        return str(taken["test_case"])
    if context.case:
        return context.case
    if context.variant:
        return f"{context.family}:{context.variant}" if context.family else context.variant
    if context.name is None and context.own is not None:
        slot = keys.slot(context.own)
        return context.own if slot.hardware and not slot.whole else None
    return context.name or ("example" if context.key == "examples" else None)
