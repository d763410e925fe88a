"""What a session and its runners say to each other: orders and questions there, replies back, a line of JSON each."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pytest_ipfs_bench import models
from pytest_ipfs_bench.backend import Device, Effective, Options
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.measure import Plan
from pytest_ipfs_bench.waiting import Waiting

WORKS = "works"


@dataclass(frozen=True)
class Order:
    """What the runner is asked to do: a cell, its model, the address of its backend's class; plan None = verify only.

    examine: the self-test's question, whether a run returns when the device is done. process: the runner that several
    backends share, None = the backend's own.
    """

    cell: Cell
    spec: models.ModelSpec
    backend: str
    plan: Plan | None
    examine: bool = False
    options: Options = field(default_factory=Options)
    process: str | None = None

    @property
    def place(self) -> tuple[str, str]:
        """Which runner carries it out."""
        return (self.process, "") if self.process else (self.backend, self.cell.runtime)

    @property
    def probe(self) -> "Probe":
        """The question whether its device works."""
        return Probe(self.backend, self.cell.device_index, self.options, self.process)

    def line(self) -> str:
        """This order as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, line: str) -> "Order":
        """The order of a line."""
        told = json.loads(line)
        plan = Plan(**told["plan"]) if told["plan"] else None
        spec = models.ModelSpec.read(told["spec"])
        options = Options(**told["options"])
        return cls(Cell(**told["cell"]), spec, told["backend"], plan, told["examine"], options, told["process"])


@dataclass(frozen=True)
class Probe:
    """What the runner is asked before the first cell on a device: does it work?"""

    backend: str
    device_index: int
    options: Options = field(default_factory=Options)
    process: str | None = None

    @property
    def device(self) -> tuple[str, int]:
        """The device that it is about."""
        return self.backend, self.device_index

    def line(self) -> str:
        """This question as JSON."""
        return json.dumps({"probe": asdict(self)})

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Probe":
        """The question of a line."""
        return cls(**{**told, "options": Options(**told["options"])})


@dataclass(frozen=True)
class Reply:
    """What became of a cell. Times in ms, latencies in ns, memory in MB; None is unknown.

    present: the device is there and works; device: as its probe found it. operator: the one that is missing, where that is
    the cause. power, training, web: columns of power_metrics, training_results and web_platform_results. phases: what the
    latencies consist of, ns. items: in one run.
    foreseen: the backend itself says that this can't be (Unsupported), in contrast to an error nobody expected.
    """

    status: str
    error_type: str | None = None
    error_message: str | None = None
    suggested_fix: str | None = None
    operator: str | None = None
    present: bool = True
    initialized: bool | None = None
    effective: Effective | None = None
    load_ms: float | None = None
    first_ms: float | None = None
    absolute_error: float | None = None
    relative_error: float | None = None
    limit: float | None = None
    latencies_ns: tuple[int, ...] = ()
    warmup_iterations: int | None = None
    memory_peak_mb: float | None = None
    memory_before_mb: float | None = None
    memory_method: str | None = None
    device_memory_peak_mb: float | None = None
    energy_joules: float | None = None
    power: Mapping[str, float | str | None] | None = None
    phases: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    items: int | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] | None = None
    web: Mapping[str, Any] | None = None
    device: Device | None = None
    waiting: Waiting | None = None
    log: str | None = None
    foreseen: bool = False

    def line(self) -> str:
        """This reply as JSON. An error that is no number (NaN in an output) is unknown."""
        told = asdict(self)
        for name in ("absolute_error", "relative_error"):
            told[name] = told[name] if told[name] is not None and math.isfinite(told[name]) else None
        return json.dumps(told)

    @classmethod
    def read(cls, line: str) -> "Reply":
        """The reply of a line."""
        told = json.loads(line)
        effective = Effective(**told["effective"]) if told["effective"] else None
        read = {
            "effective": effective,
            "waiting": Waiting(**told["waiting"]) if told["waiting"] else None,
            "device": Device(**told["device"]) if told["device"] else None,
            "latencies_ns": tuple(told["latencies_ns"]),
        }
        return cls(**{**told, **read})
