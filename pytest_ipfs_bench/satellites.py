"""What belongs to one measurement and has a table of its own: a row whose key is that of its performance row."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pytest_ipfs_bench.records import Record, record


@record
class Power(Record):
    """Power, energy and heat of one measurement, from a pass of its own: W, J, s, degrees Celsius; unknown is None."""

    TABLE: ClassVar[str] = "power_metrics"
    KEY: ClassVar[str] = "result_id"

    result_id: str
    average_power_w: float | None = None
    peak_power_w: float | None = None
    idle_power_w: float | None = None
    energy_joules: float | None = None
    duration_s: float | None = None
    temperature_celsius: float | None = None
    throttled: bool | None = None
    throttle_reasons: str | None = None
    source: str | None = None
    metadata: Mapping[str, Any] | None = None


@record
class Training(Record):
    """What was trained and how: times of a step's phases in ms, losses, and how it scales over processes; unknown is None."""

    TABLE: ClassVar[str] = "training_results"
    KEY: ClassVar[str] = "result_id"

    result_id: str
    optimizer: str | None = None
    learning_rate: float | None = None
    gradient_accumulation: int | None = None
    mixed_precision: str | None = None
    strategy: str | None = None
    world_size: int | None = None
    forward_ms: float | None = None
    backward_ms: float | None = None
    optimizer_ms: float | None = None
    loss_first: float | None = None
    loss_last: float | None = None
    loss_slope: float | None = None
    parameters: int | None = None
    model_mb: float | None = None
    scaling_efficiency: float | None = None
    gradients_equal: bool | None = None
    metadata: Mapping[str, Any] | None = None
