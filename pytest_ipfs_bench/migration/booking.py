"""Findings as records of the database: validated, with ids made from what they state."""

import dataclasses
import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pytest_ipfs_bench import records
from pytest_ipfs_bench.encoding import plain
from pytest_ipfs_bench.importers.contract import Finding
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Compatibility, Hardware, Model, Outcome, Performance, content_id

LARGE = 4000  # characters of JSON: more than this is not repeated with every row
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  all times are UTC without a zone here
# What an importer may state; the rest is made here.
OURS = {
    "run_id",
    "model_id",
    "hardware_id",
    "source_id",
    "provenance",
    "is_simulated",
    "created_at",
    "metrics",
    "metadata",
}
STATED = {
    kind: frozenset(field.name for field in dataclasses.fields(kind)) - OURS - {kind.KEY}
    for kind in (Performance, Compatibility, Outcome)
}


@dataclass(frozen=True, slots=True)
class Booked:
    """One finding as a record, and what it refers to."""

    id: str
    kind: type[records.Record]
    columns: dict[str, Any]
    model: Model | None
    hardware: Hardware | None
    simulated: bool | None

    def row(self, run_id: str, source_id: str) -> dict[str, Any]:
        """Its columns. A simulation marker of any statement of this result has been put on it by then."""
        return {
            **self.columns,
            "run_id": run_id,
            "source_id": source_id,
            "is_simulated": self.simulated,
            "model_id": self.model and self.model.model_id,
            "hardware_id": self.hardware and self.hardware.hardware_id,
        }


def book_all(findings: Iterable[Finding], in_name: Moment | None) -> list[Booked]:
    """The records of a file's findings. A large context that many of them share is kept with the first one only."""
    first: dict[int, str] = {}
    booked = []
    for finding in findings:
        shared = id(finding.context)
        if first.get(shared):
            finding = dataclasses.replace(finding, context={"as_of": first[shared]})  # noqa: PLW2901  the same one
        elif finding.context and shared not in first:
            first[shared] = finding.place if _is_large(finding.context) else ""
        booked.append(book(finding, in_name))
    return booked


def _is_large(context: Mapping[str, Any]) -> bool:
    try:
        return len(_canonical(context)) > LARGE
    except (ValueError, TypeError, RecursionError):
        return True


def book(finding: Finding, in_name: Moment | None) -> Booked:
    """The record of a finding. `in_name` is the time in the file's or folder's name: noted where the finding states none.

    Raises TypeError for a column that the record does not have, or that is not the importer's to fill.
    """
    if not STATED[finding.kind].issuperset(finding.columns):
        strange = min(finding.columns.keys() - STATED[finding.kind])
        raise TypeError(f"{finding.place}: {finding.kind.TABLE} has no column {strange!r} for importers to fill")
    identity = content_id(_content(finding), _milliseconds(finding.time))
    columns = dict(finding.columns)
    columns["created_at"] = finding.time and finding.time.at
    columns[finding.kind.KEY] = identity
    if finding.kind is not Outcome:
        columns["provenance"] = "imported"
    columns["metrics" if finding.kind is Performance else "metadata"] = {
        **finding.extra,
        "imported": _notes(finding, in_name),
    }
    return Booked(
        identity,
        finding.kind,
        columns,
        _model(finding),
        _hardware(finding),
        finding.simulated,
    )


def _notes(finding: Finding, in_name: Moment | None) -> dict[str, Any]:
    """Where a row came from, and what is to be known of it.

    A name says when a file was written, and about which of its results nobody knows: it does not become `created_at`.
    """
    found: dict[str, Any] = {"place": finding.place}
    if finding.time:
        found["time_kind"] = finding.time.kind
    elif in_name:
        found["time_in_name"] = in_name.at
    if finding.flags:
        found["flags"] = finding.flags
    if finding.context:
        found["context"] = finding.context
    return found


def _content(finding: Finding) -> bytes:
    """What makes two statements one result: everything but the place, the document around it and the simulation marker."""
    stated = [
        finding.kind.TABLE, finding.model, finding.hardware, finding.device, finding.columns, finding.extra,
        finding.time and finding.time.at, finding.nth,
    ]  # fmt: skip
    try:
        return _canonical(stated).encode()
    except (ValueError, TypeError, RecursionError):
        return _canonical(plain(stated)).encode()


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False, default=plain).encode


@functools.lru_cache(maxsize=1024)
def _milliseconds(time: Moment | None) -> int:
    return 0 if time is None else round((datetime.fromisoformat(time.at) - EPOCH).total_seconds() * 1000)


def _model(finding: Finding) -> Model | None:
    if not finding.model:
        return None
    if not finding.model_details:
        return _named(finding.model, finding.model_family, finding.modality)
    declared = {"model_family": finding.model_family, "modality": finding.modality, **finding.model_details}
    return records.model(finding.model, **declared)


@functools.lru_cache(maxsize=4096)
def _named(name: str, family: str | None, modality: str | None) -> Model:
    return records.model(name, model_family=family, modality=modality)


def _hardware(finding: Finding) -> Hardware | None:
    if not finding.hardware:
        return None
    details = finding.hardware_details
    if not details:
        return _device(finding.hardware, finding.device)
    return records.hardware(finding.hardware, device_name=finding.device, **details)


@functools.lru_cache(maxsize=4096)
def _device(kind: str, name: str | None) -> Hardware:
    return records.hardware(kind, device_name=name)
