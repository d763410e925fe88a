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


@record
class Web(Record):
    """What only a browser has of a measurement: ms, microseconds of timer step, MB, s of audio; unknown is None.

    requested_device is what was asked of the browser, proven_device what is known to have run it. real_time_factor: time
    per second of audio. optimizations: what was switched on or off, by name.
    """

    TABLE: ClassVar[str] = "web_platform_results"
    KEY: ClassVar[str] = "result_id"

    result_id: str
    platform: str | None = None
    browser: str | None = None
    browser_version: str | None = None
    flags: str | None = None
    adapter_vendor: str | None = None
    adapter_architecture: str | None = None
    is_fallback_adapter: bool | None = None
    requested_device: str | None = None
    proven_device: str | None = None
    load_time_ms: float | None = None
    initialization_time_ms: float | None = None
    shader_compilation_time_ms: float | None = None
    first_inference_ms: float | None = None
    preprocessing_ms: float | None = None
    postprocessing_ms: float | None = None
    timer_resolution_us: float | None = None
    cross_origin_isolated: bool | None = None
    threads: int | None = None
    submit_count: int | None = None
    dispatch_count: int | None = None
    cpu_fallback_nodes: int | None = None
    renderer_memory_mb: float | None = None
    gpu_process_memory_mb: float | None = None
    parallel_load_ms: float | None = None
    sequential_load_ms: float | None = None
    optimizations: Mapping[str, Any] | None = None
    audio_seconds: float | None = None
    real_time_factor: float | None = None
    runtime_version: str | None = None
    metadata: Mapping[str, Any] | None = None
