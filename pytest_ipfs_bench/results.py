"""A runner's reply about a cell -> the records that are stored about it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pytest_ipfs_bench import records, satellites, stats
from pytest_ipfs_bench.backend import UNVERIFIED, Device
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.measure import Plan
from pytest_ipfs_bench.models import ModelSpec
from pytest_ipfs_bench.orders import Reply

R = TypeVar("R", bound=records.Record)


@dataclass(frozen=True)
class Subject:
    """What a record is about: a cell in a run, its model and device, the key under which it will be found again."""

    run_id: str
    test_case: str
    cell: Cell
    spec: ModelSpec
    hardware: records.Hardware
    runtime_version: str | None
    cell_key: str


@dataclass(frozen=True)
class CellResult:
    """What became of a cell. `performance` is None unless it was timed, `power` unless something metered it.

    measured_on: the hardware of the performance row, that of the cell, or the one called "unverified".
    """

    cell: Cell
    model: records.Model
    hardware: records.Hardware
    compatibility: records.Compatibility
    performance: records.Performance | None = None
    power: satellites.Power | None = None
    training: satellites.Training | None = None
    web: satellites.Web | None = None
    measured_on: records.Hardware | None = None
    foreseen: bool = False

    @property
    def ran(self) -> bool:
        """It ran and its output is right, be it that nobody can prove where."""
        return self.status == "compatible" or self.compatibility.error_type == UNVERIFIED

    @property
    def status(self) -> str:
        """compatible, or why not."""
        return self.compatibility.status

    def sentence(self) -> str:
        """One clear sentence (and the remedy, where one is known) for a person."""
        said = self.compatibility
        if self.status == "unavailable":  # the hardware, whatever the model
            return " ".join(f"{part.rstrip('.')}." for part in (said.error_message, said.suggested_fix) if part)
        fix = f"\n{said.suggested_fix}" if said.suggested_fix else ""
        return (
            f"{self.cell.model} on {self.cell.target} ({self.cell.runtime}): {said.status}: {said.error_message}.{fix}"
        )

    def lines(self) -> list[str]:
        """The records as lines of the spool, what they refer to first."""
        elsewhere = self.measured_on if self.measured_on != self.hardware else None
        every = (self.model, self.hardware, elsewhere, self.compatibility, self.performance)
        return [record.line() for record in (*every, self.power, self.training, self.web) if record is not None]


def describe_model(spec: ModelSpec) -> records.Model:
    """The row of a model."""
    return records.model(
        spec.name,
        model_family=spec.family,
        modality=spec.modality,
        source=spec.source,
        version=spec.version,
        parameters_million=spec.parameters_million,
    )


def describe_hardware(hardware_type: str, device: Device | None) -> records.Hardware:
    """The row of a device, or of hardware that is not here (its type is all that is known)."""
    if device is None:
        return records.hardware(hardware_type)
    return records.hardware(
        hardware_type,
        device_name=device.name,
        vendor=device.vendor,
        platform=device.platform,
        platform_version=device.platform_version,
        driver_version=device.driver_version,
        memory_gb=device.memory_gb,
        compute_units=device.compute_units,
        is_software=device.is_software,
        metadata=device.metadata,
    )


def describe(subject: Subject, reply: Reply, *, plan: Plan | None, samples: int | None) -> CellResult:
    """The records of a cell: always one of compatibility, one of performance if it was timed, one of power if metered."""
    reply = _proven(subject, reply)
    model = describe_model(subject.spec)
    shared = _shared(subject, model)
    compatibility = records.Compatibility(
        compatibility_id=records.new_id(),
        **shared,
        status=reply.status,
        is_compatible=_compatible(reply.status),
        detection_success=reply.present,
        initialization_success=reply.initialized,
        error_type=reply.error_type,
        error_message=reply.error_message,
        suggested_fix=reply.suggested_fix,
        max_abs_error=reply.absolute_error,
        metadata={
            "shape": dict(subject.cell.shape),
            "options": dict(subject.cell.options) or None,
            "effective": _effective(reply),
            "relative_error": reply.relative_error,
            "error_limit": reply.limit,
            "operator": reply.operator,
            "log": reply.log or None,
        },
    )
    result = CellResult(subject.cell, model, subject.hardware, compatibility, foreseen=reply.foreseen)
    if plan is None or not reply.latencies_ns:
        return result
    where = _measured_on(subject, reply)
    performance = _performance(subject, {**shared, **_place(subject, where)}, reply, plan, samples)
    power = _satellite(satellites.Power, performance.result_id, reply.power)
    training = _satellite(satellites.Training, performance.result_id, reply.training)
    web = _satellite(satellites.Web, performance.result_id, reply.web)
    return replace(result, performance=performance, power=power, training=training, web=web, measured_on=where)


def _proven(subject: Subject, reply: Reply) -> Reply:
    """A cell that ran nobody knows where says nothing about the hardware that was asked for."""
    if reply.status != "compatible" or reply.effective is None or reply.effective.device != UNVERIFIED:
        return reply
    said = f"it ran, but {reply.effective.provider} gives no proof that it was on {subject.cell.target}"
    return replace(reply, status="unknown", error_type=UNVERIFIED, error_message=said)


def _satellite(kind: type[R], result_id: str, told: Mapping[str, Any] | None) -> R | None:
    """What a loaded model told of itself, as a row; what the table has no column for goes to metadata."""
    if told is None:
        return None
    columns = kind.__annotations__
    known = {name: value for name, value in told.items() if name in columns}
    rest = {name: value for name, value in told.items() if name not in columns}
    return kind(**{"metadata": rest or None, **known, "result_id": result_id})


def _measured_on(subject: Subject, reply: Reply) -> records.Hardware:
    """The hardware of a measurement: the cell's, or one of no name where nobody can prove that it ran there."""
    proven = reply.effective is None or reply.effective.device != UNVERIFIED
    return subject.hardware if proven else records.hardware(UNVERIFIED)


def _place(subject: Subject, where: records.Hardware) -> dict[str, Any]:
    """The columns that say where. What is not proven has no index, and is no measurement of the cell: it has no key."""
    if where is subject.hardware:
        return {}
    return {"hardware_id": where.hardware_id, "device_index": None, "cell_key": None}


def _performance(
    subject: Subject, shared: dict[str, Any], reply: Reply, plan: Plan, samples: int | None
) -> records.Performance:
    latencies = [nanoseconds / 1e6 for nanoseconds in reply.latencies_ns]
    numbers = stats.summarise(latencies)
    return records.Performance(
        result_id=records.new_id(),
        **shared,
        runtime_version=subject.runtime_version,
        effective_precision=reply.effective.precision if reply.effective else None,
        threads=reply.effective.threads if reply.effective else None,
        rounds=numbers.count,
        iterations=1,
        warmup_iterations=reply.warmup_iterations,
        total_time_seconds=numbers.total / 1e3,
        load_time_ms=reply.load_ms,
        first_latency_ms=reply.first_ms,
        **latency_columns(numbers),
        samples_ms=stats.keep(latencies, samples),
        throughput_items_per_second=(reply.items or subject.cell.batch) / (numbers.mean / 1e3),
        memory_peak_mb=reply.memory_peak_mb,
        device_memory_peak_mb=reply.device_memory_peak_mb,
        energy_joules=reply.energy_joules,
        max_abs_error=reply.absolute_error,
        params={"shape": dict(subject.cell.lengths), "size": subject.cell.size, **subject.cell.options},
        metrics={
            "effective": _effective(reply),
            "relative_error": reply.relative_error,
            "error_limit": reply.limit,
            "memory": {"before_load_mb": reply.memory_before_mb, "method": reply.memory_method},
            "plan": {"min_rounds": plan.min_rounds, "max_time_s": plan.max_time, "warmup_s": plan.warmup},
            **_phases(reply.phases),
            **reply.metrics,
        },
    )


def _phases(told: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """What a run consists of, summarised as its latencies are, ms."""
    numbers = {name: stats.summarise([one / 1e6 for one in samples]) for name, samples in told.items() if samples}
    return {"phases_ms": {name: vars(one) for name, one in numbers.items()}} if numbers else {}


def latency_columns(numbers: stats.Summary) -> dict[str, Any]:
    """A summary in ms as the columns of a performance row."""
    return {
        "average_latency_ms": numbers.mean,
        "latency_min_ms": numbers.minimum,
        "latency_p10_ms": numbers.p10,
        "latency_p50_ms": numbers.p50,
        "latency_p90_ms": numbers.p90,
        "latency_p95_ms": numbers.p95,
        "latency_p99_ms": numbers.p99,
        "latency_max_ms": numbers.maximum,
        "latency_std_ms": numbers.std,
    }


def _shared(subject: Subject, model: records.Model) -> dict[str, Any]:
    cell = subject.cell
    return {
        "run_id": subject.run_id,
        "model_id": model.model_id,
        "hardware_id": subject.hardware.hardware_id,
        "device_index": cell.device_index,
        "test_case": subject.test_case,
        "cell_key": subject.cell_key,
        "mode": cell.mode,
        "runtime": cell.runtime,
        "precision": cell.precision,
        "weights": cell.weights,
        "batch_size": cell.batch,
        "sequence_length": cell.sequence_length,
        "created_at": records.utc(time.time()),
    }


def _compatible(status: str) -> bool | None:
    return None if status in ("unavailable", "unknown") else status == "compatible"


def _effective(reply: Reply) -> dict[str, Any] | None:
    return vars(reply.effective) if reply.effective else None
