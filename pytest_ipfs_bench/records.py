"""What a session leaves behind: one frozen dataclass per table, its fields the table's columns, and its line in the spool.

Ids are text. Those of models and hardware are uuid5 over what identifies them, so that every machine gives the same
thing the same id; those of runs and facts are UUIDv7, so that rows sort by the time they were made.
"""

import dataclasses
import functools
import hashlib
import json
import os
import time
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar, dataclass_transform

from pytest_ipfs_bench.encoding import clean, encode, signature

T = TypeVar("T", bound="Record")
NAMESPACE = uuid.UUID("8d6b2f1e-5c1f-5d0a-9b57-3f0e6a4b7c21")


def _fill(self: "Record", **known: Any) -> None:
    """Holds the columns that are given, or that have a default; the others answer with the class's None."""
    self.__dict__.update(self.DEFAULTS)
    self.__dict__.update(known)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def record(cls: type[T]) -> type[T]:
    """A frozen dataclass whose making costs what it holds, not what its table has: one is made for every test."""
    made = dataclasses.dataclass(frozen=True, kw_only=True)(cls)
    defaults = {field.name: field.default for field in dataclasses.fields(made)}  # type: ignore[arg-type]
    made.DEFAULTS = {name: value for name, value in defaults.items() if value not in (None, dataclasses.MISSING)}
    made.__init__ = _fill  # type: ignore[method-assign, assignment]
    return made


class Record:
    """A row on its way to the table TABLE, whose id is in the column KEY."""

    TABLE: ClassVar[str]
    KEY: ClassVar[str]
    DEFAULTS: ClassVar[Mapping[str, Any]]

    def line(self) -> str:
        """This record as a line of the spool: valid JSON in valid Unicode, whatever the values hold, without a newline.

        Unknown columns are left out; lines of a table that hold the same columns have the same head, up to `"row":`.
        """
        row = {name: value for name, value in self.__dict__.items() if value is not None}
        return f'{{"table":"{self.TABLE}","columns":"{signature(tuple(row))}","row":{encode(row)}}}'


@record
class Run(Record):
    """One session of pytest, or one import. `success` and `completed_at` stay None where the session was killed."""

    TABLE: ClassVar[str] = "test_runs"
    KEY: ClassVar[str] = "run_id"

    run_id: str
    test_name: str | None = None
    test_type: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    execution_time_seconds: float | None = None
    success: bool | None = None
    exit_status: int | None = None
    git_commit: str | None = None
    git_branch: str | None = None
    git_dirty: bool | None = None
    command_line: str | None = None
    hostname: str | None = None
    python_version: str | None = None
    software: Mapping[str, Any] | None = None
    labels: Mapping[str, str] | None = None
    metadata: Mapping[str, Any] | None = None
    created_at: str | None = None


@record
class Hardware(Record):
    """One kind of device. Made by `hardware`, which knows its id."""

    TABLE: ClassVar[str] = "hardware_platforms"
    KEY: ClassVar[str] = "hardware_id"

    hardware_id: str
    hardware_type: str
    device_name: str | None = None
    vendor: str | None = None
    platform: str | None = None
    platform_version: str | None = None
    driver_version: str | None = None
    memory_gb: float | None = None
    compute_units: int | None = None
    is_software: bool | None = None
    metadata: Mapping[str, Any] | None = None
    created_at: str | None = None


@record
class Model(Record):
    """One architecture of one size. Made by `model`, which knows its id."""

    TABLE: ClassVar[str] = "models"
    KEY: ClassVar[str] = "model_id"

    model_id: str
    model_name: str
    model_family: str | None = None
    modality: str | None = None
    source: str | None = None
    version: str | None = None
    parameters_million: float | None = None
    metadata: Mapping[str, Any] | None = None
    created_at: str | None = None


@record
class Performance(Record):
    """One measurement. Times are ms but `total_time_seconds`; memory MB (10^6 bytes); throughput items/s; unknown is None."""

    TABLE: ClassVar[str] = "performance_results"
    KEY: ClassVar[str] = "result_id"

    result_id: str
    run_id: str
    model_id: str | None = None
    hardware_id: str | None = None
    device_index: int | None = None
    test_case: str
    cell_key: str | None = None
    mode: str
    runtime: str | None = None
    runtime_version: str | None = None
    batch_size: int | None = None
    sequence_length: int | None = None
    precision: str | None = None
    effective_precision: str | None = None
    threads: int | None = None
    weights: str | None = None
    rounds: int | None = None
    iterations: int | None = None
    warmup_iterations: int | None = None
    total_time_seconds: float | None = None
    load_time_ms: float | None = None
    first_latency_ms: float | None = None
    average_latency_ms: float | None = None
    latency_min_ms: float | None = None
    latency_p10_ms: float | None = None
    latency_p50_ms: float | None = None
    latency_p90_ms: float | None = None
    latency_p95_ms: float | None = None
    latency_p99_ms: float | None = None
    latency_max_ms: float | None = None
    latency_std_ms: float | None = None
    samples_ms: Sequence[float] | None = None
    throughput_items_per_second: float | None = None
    memory_peak_mb: float | None = None
    device_memory_peak_mb: float | None = None
    energy_joules: float | None = None
    max_abs_error: float | None = None
    provenance: str = "measured"
    is_simulated: bool | None = False
    params: Mapping[str, Any] | None = None
    metrics: Mapping[str, Any] | None = None
    source_id: str | None = None
    created_at: str | None = None


@record
class Compatibility(Record):
    """Whether one cell ran, and if not, why."""

    TABLE: ClassVar[str] = "hardware_compatibility"
    KEY: ClassVar[str] = "compatibility_id"

    compatibility_id: str
    run_id: str
    model_id: str | None = None
    hardware_id: str | None = None
    device_index: int | None = None
    test_case: str | None = None
    cell_key: str | None = None
    mode: str | None = None
    runtime: str | None = None
    precision: str | None = None
    weights: str | None = None
    batch_size: int | None = None
    sequence_length: int | None = None
    status: str
    is_compatible: bool | None = None
    detection_success: bool | None = None
    initialization_success: bool | None = None
    error_type: str | None = None
    error_message: str | None = None
    suggested_fix: str | None = None
    workaround_available: bool | None = None
    compatibility_score: float | None = None
    max_abs_error: float | None = None
    provenance: str = "measured"
    is_simulated: bool | None = False
    metadata: Mapping[str, Any] | None = None
    source_id: str | None = None
    created_at: str | None = None


@record
class Outcome(Record):
    """One entry of pytest's closing counts."""

    TABLE: ClassVar[str] = "integration_test_results"
    KEY: ClassVar[str] = "test_result_id"

    test_result_id: str
    run_id: str
    test_module: str | None = None
    test_class: str | None = None
    test_name: str | None = None
    node_id: str
    status: str
    execution_time_seconds: float | None = None
    hardware_id: str | None = None
    model_id: str | None = None
    error_type: str | None = None
    error_message: str | None = None
    error_traceback: str | None = None
    is_simulated: bool | None = None
    metadata: Mapping[str, Any] | None = None
    source_id: str | None = None
    created_at: str | None = None


@record
class Source(Record):
    """One file that an import looked at, and what became of it."""

    TABLE: ClassVar[str] = "import_sources"
    KEY: ClassVar[str] = "source_id"

    source_id: str
    run_id: str | None = None
    path: str
    sha256: str | None = None
    size_bytes: int | None = None
    modified_at: str | None = None
    format: str | None = None
    status: str
    reason: str | None = None
    performance_rows: int | None = None
    compatibility_rows: int | None = None
    outcome_rows: int | None = None
    duplicate_rows: int | None = None
    imported_at: str | None = None


def new_id() -> str:
    """A UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then random bits."""
    return _uuid7(time.time_ns() // 1_000_000, os.urandom(10).hex())


def content_id(content: bytes, milliseconds: int) -> str:
    """The id of an imported result: a UUIDv7 whose random bits are a hash of its content.

    The same statement has the same id wherever and however often it is imported; `milliseconds` (since 1970) are those
    of the measurement, 0 if unknown.
    """
    return _uuid7(max(0, milliseconds), hashlib.blake2b(content, digest_size=10).hexdigest())


def _uuid7(milliseconds: int, chance: str) -> str:
    moment, variant = f"{milliseconds:012x}", "89ab"[int(chance[3], 16) & 3]
    return f"{moment[:8]}-{moment[8:]}-7{chance[:3]}-{variant}{chance[4:7]}-{chance[7:19]}"


def utc(seconds: float) -> str:
    """Seconds since the epoch as a TIMESTAMP in UTC, without a zone."""
    microseconds = round(seconds * 1e6)
    return f"{_second(microseconds // 1_000_000)}.{microseconds % 1_000_000:06d}"


@functools.lru_cache(maxsize=8)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(" ")


def identity(*values: str | float | bool | None) -> str:
    """The uuid5 of these values as one JSON array; text in NFC, None is null. The order of the values is part of the id."""
    key = [unicodedata.normalize("NFC", clean(value)) if isinstance(value, str) else value for value in values]
    return str(uuid.uuid5(NAMESPACE, json.dumps(key, ensure_ascii=False, separators=(",", ":"))))


def hardware(
    hardware_type: str,
    *,
    device_name: str | None = None,
    vendor: str | None = None,
    platform: str | None = None,
    platform_version: str | None = None,
    driver_version: str | None = None,
    memory_gb: float | None = None,
    compute_units: int | None = None,
    is_software: bool | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Hardware:
    """The row of a device, with the id that it has everywhere."""
    whole_gb = None if memory_gb is None else round(memory_gb)
    key = (hardware_type, device_name, vendor, platform, platform_version, driver_version, whole_gb, compute_units)
    return Hardware(
        hardware_id=identity(*key, is_software), hardware_type=hardware_type, device_name=device_name, vendor=vendor,
        platform=platform, platform_version=platform_version, driver_version=driver_version, memory_gb=memory_gb,
        compute_units=compute_units, is_software=is_software, metadata=metadata, created_at=utc(time.time()),
    )  # fmt: skip


def model(
    model_name: str,
    *,
    model_family: str | None = None,
    modality: str | None = None,
    source: str | None = None,
    version: str | None = None,
    parameters_million: float | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Model:
    """The row of a model, with the id that it has everywhere."""
    declared = None if parameters_million is None else float(parameters_million)
    return Model(
        model_id=identity(model_name, model_family, modality, source, version, declared), model_name=model_name,
        model_family=model_family, modality=modality, source=source, version=version, parameters_million=declared,
        metadata=metadata, created_at=utc(time.time()),
    )  # fmt: skip
