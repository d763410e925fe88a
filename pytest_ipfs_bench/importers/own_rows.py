"""A row of our own tables, as a file holds it -> a finding. Every column is kept; what it was measured as, in `extra`."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args, get_type_hints

from pytest_ipfs_bench.importers.contract import Finding, Kind
from pytest_ipfs_bench.importers.times import Moment, moment
from pytest_ipfs_bench.importers.values import MISSING, Row, number, truth, whole
from pytest_ipfs_bench.records import Compatibility, Outcome, Performance

Fields = Mapping[str, Any]
KINDS: tuple[Kind, ...] = (Performance, Compatibility, Outcome)
# Made from a finding's other fields when it is stored; as they stand in the file they are kept in `extra`.
APART = frozenset({
    "result_id", "compatibility_id", "test_result_id", "run_id", "model_id", "hardware_id", "source_id", "provenance",
    "is_simulated", "created_at", "metrics", "metadata",
})  # fmt: skip
OBJECTS = ("metrics", "metadata", "labels", "software")
AT_LEAST_ONE = frozenset({"batch_size", "sequence_length", "threads"})
STATUSES = {
    Compatibility: frozenset({
        "compatible", "incompatible", "crashed", "timeout", "out_of_memory", "wrong_output", "fallback", "unavailable",
        "unknown",
    }),
    Outcome: frozenset({"pass", "fail", "error", "skip", "xfail", "xpass", "unknown"}),
}  # fmt: skip
MODES = frozenset({"inference", "prefill", "decode", "training", "benchmark"})
NOT_MEASURED = ("simulated", "predicted")
DEVICE_TEXTS = ("vendor", "platform", "platform_version", "driver_version")


@dataclass(frozen=True)
class Names:
    """Rows of other tables by their ids: those that a result's ids refer to, and the details that refer to a result."""

    models: Mapping[str, Fields] = field(default_factory=dict)
    hardware: Mapping[str, Fields] = field(default_factory=dict)
    runs: Mapping[str, Fields] = field(default_factory=dict)
    details: Mapping[str, Mapping[str, list[Fields]]] = field(default_factory=dict)


def finding(kind: Kind, place: str, fields: Fields, names: Names) -> Finding:
    """The finding of one row. A value that its column can't hold stays in `extra`, with a flag."""
    row = Row({name: _loaded(value) if name in OBJECTS else value for name, value in fields.items()})
    read = ((name, reader(row, name)) for name, reader in COLUMNS[kind].items())
    columns = {name: value for name, value in read if value is not None}
    _make_legal(kind, columns, row)
    model = names.models.get(str(fields.get("model_id")), {})
    device = names.hardware.get(str(fields.get("hardware_id")), {})
    run = names.runs.get(str(fields.get("run_id")))
    time, simulated = _time(row), _simulated(row)
    subject = {name: row.text(name) or _text(model.get(name)) for name in ("model_name", "model_family", "modality")}
    platform = {name: row.text(name) or _text(device.get(name)) for name in ("hardware_type", "device_name")}
    details = _details(row, device)
    left = {name: value for name, value in row.left.items() if value not in (None, "")}
    return Finding(
        kind=kind,
        place=place,
        columns=columns,
        model=subject["model_name"],
        model_family=subject["model_family"],
        modality=subject["modality"],
        model_details=_declared(model),
        hardware=platform["hardware_type"],
        device=platform["device_name"],
        hardware_details=details,
        time=time,
        simulated=simulated,
        extra={**left, **names.details.get(str(fields.get(kind.KEY)), {})},
        context={"run": run} if run else {},
        flags=tuple(row.flags),
    )


def _declared(model: Fields) -> dict[str, Any]:
    """What else makes up a model's identity, so that it is the same model here."""
    row = Row(model)
    stated = {"source": row.text("source"), "version": row.text("version")}
    return {**stated, "parameters_million": row.number("parameters_million")} if model else {}


def _make_legal(kind: Kind, columns: dict[str, Any], row: Row) -> None:
    """Fills in what every record of this kind has to have, where the row does not state it in a legal word."""
    if kind is Performance:
        _confine(columns, row, "mode", MODES, "benchmark")
        columns.setdefault("test_case", Performance.TABLE)
    else:
        _confine(columns, row, "status", STATUSES[kind], "unknown")
    if kind is Outcome:
        node = columns.setdefault("node_id", columns.get("test_name", Outcome.TABLE))
        columns.setdefault("test_name", node.rpartition("::")[2])


def _confine(columns: dict[str, Any], row: Row, name: str, legal: frozenset[str], usual: str) -> None:
    stated = columns.get(name)
    if stated in legal:
        return
    columns[name] = usual
    row.flags.append(f"{name}: {'not stated' if stated is None else f'{stated[:60]!r} is none of ours'}")
    if stated is not None:
        row.left[name] = stated


def _time(row: Row) -> Moment | None:
    """When it was measured: our tables are in UTC."""
    found = moment(row.left.get("created_at"))
    if found:
        del row.left["created_at"]
    return replace(found, kind="utc") if found else None


def _simulated(row: Row) -> bool | None:
    """What the row says; a simulated or predicted number is not real, whatever it says."""
    stated = truth(row.left.get("is_simulated"))
    if stated is not None:
        del row.left["is_simulated"]
    return True if row.left.get("provenance") in NOT_MEASURED else stated


def _details(row: Row, device: Fields) -> dict[str, Any]:
    software = truth(row.pop("is_software"))
    found: dict[str, Any] = {name: row.text(name) or _text(device.get(name)) for name in DEVICE_TEXTS}
    found |= {"memory_gb": number(device.get("memory_gb")), "compute_units": whole(device.get("compute_units"))}
    found["is_software"] = truth(device.get("is_software")) if software is None else software
    return {name: value for name, value in found.items() if value is not None}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _loaded(value: Any) -> Any:
    """JSON that stands in a field as text."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _take(row: Row, name: str, read: Callable[[Any], Any], kind: str) -> Any:
    """A field's value if it is of the column's kind; else it stays, with a flag."""
    value = row.left.get(name, MISSING)
    if value is MISSING or value is None or value == "":
        return None
    found = read(value)
    if found is None:
        row.flags.append(f"{name}: {repr(value)[:60]} is no {kind}")
        return None
    del row.left[name]
    return found


def _numbers(value: Any) -> list[float] | None:
    values = _loaded(value)
    found = [number(one) for one in values] if isinstance(values, list) else []
    return [one for one in found if one is not None] if found and None not in found else None


def _mapping(value: Any) -> dict[str, Any] | None:
    found = _loaded(value)
    return found if isinstance(found, dict) else None


READERS: dict[Any, Callable[[Row, str], Any]] = {
    bool: lambda row, name: _take(row, name, truth, "truth value"),
    int: lambda row, name: row.whole(name, least=1 if name in AT_LEAST_ONE else 0),
    float: lambda row, name: row.number(name),
    str: lambda row, name: _take(row, name, _text, "text"),
    Sequence[float]: lambda row, name: _take(row, name, _numbers, "list of numbers"),
    Mapping[str, Any]: lambda row, name: _take(row, name, _mapping, "object"),
}


def _readers(kind: Kind) -> dict[str, Callable[[Row, str], Any]]:
    """How each column of a kind of record is read, by the type that the record declares for it."""
    types = {name: hint for name, hint in get_type_hints(kind).items() if name not in APART and not name.isupper()}
    return {
        name: READERS[next(iter(get_args(hint)), hint) if hint not in READERS else hint] for name, hint in types.items()
    }


COLUMNS = {kind: _readers(kind) for kind in KINDS}
