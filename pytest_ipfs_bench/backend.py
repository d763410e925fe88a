"""The contract of a hardware backend. A backend detects its devices cheaply and loads models onto them in the runner.

class Abacus(Backend):
name = "abacus"
runtimes = ("beads",)

def detect(self) -> Detection:
return Detection(State.NO_DEVICE, reason="no abacus lies on this desk", hint="buy one and plug it in")

def load(self, model: Model, cell: Cell) -> LoadedModel:
raise Unsupported("no_device", "no abacus lies on this desk", "buy one and plug it in")
"""

import abc
import enum
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_ipfs_bench import context
from pytest_ipfs_bench.errors import Unsupported as Unsupported  # noqa: PLC0414  a part of the contract

if TYPE_CHECKING:
    from pytest_ipfs_bench.cell import Cell
    from pytest_ipfs_bench.measure import Plan, Samples
    from pytest_ipfs_bench.memory import Peak
    from pytest_ipfs_bench.models import Model

UNVERIFIED = "unverified"
NOTE = "ipfs-bench: "
SCRATCH = "IPFS_BENCH_SCRATCH"


class State(enum.StrEnum):
    """What detection found."""

    PRESENT = "present"
    NOT_INSTALLED = "not_installed"
    NO_DEVICE = "no_device"
    BROKEN = "broken"


@dataclass(frozen=True)
class Device:
    """One device, as its driver describes it. memory_gb in 10^9 bytes; what is not known is None.

    No name in what detection found means that only `Backend.probe` can tell. metadata: what else it says of itself
    (capabilities, limits), as JSON can hold it.
    """

    index: int
    name: str | None
    vendor: str | None = None
    platform: str | None = None
    platform_version: str | None = None
    driver_version: str | None = None
    memory_gb: float | None = None
    compute_units: int | None = None
    is_software: bool = False
    metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Options:
    """What a user allows and wishes, of the backends that it concerns.

    browser: a name or a path, None = the first that is found; allow_software: adapters that only simulate a GPU may be
    measured, marked as such; cpu_fallback: operators that a device lacks may run on the CPU (they are counted); headed: a
    person wants to watch; ort_web_dir: a folder with ONNX Runtime Web; pages: the folder in which what a failed cell left is
    kept; timeout: s until a cell is given up, for `load` what is left of them.
    """

    browser: str | None = None
    allow_software: bool = False
    cpu_fallback: bool = True
    headed: bool = False
    ort_web_dir: str | None = None
    pages: str | None = None
    timeout: float = 600.0


@dataclass(frozen=True)
class Detection:
    """What a backend found here: its devices, or the reason why there are none and what would help."""

    state: State
    devices: tuple[Device, ...] = ()
    reason: str | None = None
    hint: str | None = None

    def device(self, index: int) -> Device | None:
        """The device of that index, None if there is none."""
        return next((device for device in self.devices if device.index == index), None)


class ProcessEnded(Exception):  # noqa: N818  the end of a process, a result
    """Raised where a process that a backend started for a cell died: the cell is `crashed`, the session goes on.

    who: its name in the reason ("rank 1"); code: its exit status, negative for a signal, None if it is not known; log: its
    last words.
    """

    def __init__(self, who: str, code: int | None, log: str | None = None) -> None:
        super().__init__(who, code, log)
        self.who, self.code, self.log = who, code, log

    def __str__(self) -> str:
        return f"{self.who} died" if self.code is None else f"{self.who} ended with exit status {self.code}"


def note(text: str) -> None:
    """Says what a cell is waiting for. If it then runs into its time limit, the last note is in the reason."""
    print(f"{NOTE}{text}", file=sys.stderr, flush=True)  # noqa: T201  the supervisor reads it there


def scratch() -> Path:
    """A folder for what this runner, and the processes that it starts, write down for a while: it goes with the runner."""
    return Path(os.environ.get(SCRATCH) or tempfile.gettempdir())


@dataclass(frozen=True)
class Effective:
    """Where and how a loaded model really runs, read back from the runtime, never copied from what was asked.

    `device` is a backend's name, or UNVERIFIED where the runtime gives no proof. threads is None where it makes no sense.
    """

    device: str
    provider: str
    precision: str
    threads: int | None = None


@dataclass(frozen=True)
class Difference:
    """How far outputs are from right: max|a-b|, and that over max|a|, the largest over all outputs."""

    absolute: float
    relative: float


class LoadedModel(abc.ABC):
    """A model on a device, its inputs set. Lives in the runner.

    items: how many one run does (throughput is items/s): tokens in prefill and decode; None = the cell's batch.
    first_ms: what the first run took by the device's own clock; None = by the runner's.
    """

    effective: Effective
    items: int | None = None
    first_ms: float | None = None

    @abc.abstractmethod
    def run(self) -> Mapping[str, Any]:
        """One inference; outputs by name as numpy arrays. Returns when the device is done."""

    def measure(self, plan: "Plan") -> "Samples":
        """Timed runs by the common loop. A backend whose clock is elsewhere (a browser's page) has its own."""
        from pytest_ipfs_bench.measure import measure

        return measure(self.run, plan)

    def difference(self) -> Difference:
        """How far it is from right in a mode other than inference, by means of its own. (Inference has the reference.)"""
        raise NotImplementedError(f"{type(self).__name__} has no check of its own (difference)")

    def metrics(self) -> Mapping[str, Any]:
        """Further figures of what was measured, for the metrics of its row. Asked after `measure`."""
        return {}

    def training(self) -> Mapping[str, Any] | None:
        """Columns of training_results, of a model that was trained; a name that is no column goes to metadata."""
        return None

    def web(self) -> Mapping[str, Any] | None:
        """Columns of web_platform_results, of a model that ran in a browser; a name that is no column goes to metadata."""
        return None

    def peak(self) -> "Peak | None":
        """Peak resident memory where it runs in processes of its own; None: it runs in the runner, which looks itself."""
        return None

    def memory(self) -> float | None:
        """Peak memory on the device since loading, MB (10^6 bytes); None if the device does not say."""
        return None

    def energy(self) -> float | None:
        """Energy that one run costs, J; None if nothing here meters it."""
        return None

    def power(self) -> Mapping[str, float | str | None] | None:
        """Power and heat while the model runs, from a pass of its own: columns of the table power_metrics by name.

        average_power_w, peak_power_w, idle_power_w, energy_joules and duration_s (of the whole pass),
        temperature_celsius, throttled, throttle_reasons, source; a name that is no column goes to metadata. What is not
        known is None or left out; None if nothing here meters it.
        """
        return None

    def close(self) -> None:  # noqa: B027  most have nothing to give back
        """Gives the device back what it holds."""


class Backend(abc.ABC):
    """One kind of hardware. Making one touches no device and imports no vendor library; the runner makes its own.

    process: backends that name the same one share a runner, and with it what only a process can share (a browser).
    flags: what can be switched of it, each by a word that a cell of its own carries (`Cell.options["flag"]`): with the cell
    that carries none it makes a pair. listens: it also times what comes before a model, from recordings of any length and
    sample rate (`Cell.options["recording"]`, `["sample_rate"]`).
    wishes: what the user allows and wishes, set before anything is asked of it.
    """

    name: ClassVar[str]
    runtimes: ClassVar[tuple[str, ...]]
    process: ClassVar[str | None] = None
    flags: ClassVar[tuple[str, ...]] = ()
    listens: ClassVar[bool] = False
    wishes: Options = Options()

    def modes(self, runtime: str) -> tuple[str, ...]:  # noqa: ARG002  most runtimes of a backend do the same
        """What a runtime can be asked for: inference, prefill, decode, training. Cells of other modes it never gets."""
        return ("inference",)

    def runtime_version(self, runtime: str) -> str | None:
        """The version of a runtime, told without importing it: that of the distribution of its name. None if it is not here."""
        return context.version_of(runtime)

    @abc.abstractmethod
    def detect(self) -> Detection:
        """What is here, by driver-level probes without a framework, in under 0.5 s. Never raises."""

    def probe(self, device_index: int) -> Device | None:  # noqa: ARG002  a backend without a probe is found out by its first cell
        """Whether the device works: allocates, computes and waits on it. Returns if so, raises Unsupported if not.

        error_type is "broken", "no_device" or "not_installed". Called in a process of its own that may be given up on:
        by the runner before the first load on that device, and by `ipfs-bench hardware --probe`. What it returns is the
        device as it turned out, None if that is as detection said.
        """
        return None

    def prepare(self, cell: "Cell") -> None:  # noqa: B027  most have nothing to prepare
        """Imports the cell's runtime, in the runner and before the clock starts: an import is no part of loading a model."""

    @abc.abstractmethod
    def load(self, model: "Model", cell: "Cell") -> LoadedModel:
        """The model on the cell's device. Runs in the runner. Raises Unsupported with the reason."""
