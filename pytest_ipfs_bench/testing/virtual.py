"""A device that is not there, for tests and documents: its clock moves only when it is told to. Registered nowhere.

It computes the suite's model in numpy when it is loaded; how long the device is busy with it is a number. So a benchmark of it is
exact, and an author sees what each check looks at.
"""

from typing import Any

from pytest_ipfs_bench.backend import Backend, Detection, Device, Effective, LoadedModel, State, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.measure import Plan, Samples, measure
from pytest_ipfs_bench.models import Model
from pytest_ipfs_bench.testing import stack

LAUNCH_NS, ROW_NS = 10_000, 100_000


class VirtualDevice:
    """A queue of work and the clock by which it is done, ns. Reading the clock moves it by 100 ns."""

    def __init__(self) -> None:
        self.now = self.free_at = 0

    def clock(self) -> int:
        """The time."""
        self.now += 100
        return self.now

    def launch(self, length: int) -> None:
        """Puts work into the queue, and returns when that is done."""
        self.now += LAUNCH_NS
        self.free_at = max(self.now, self.free_at) + length

    def wait(self) -> None:
        """Returns when the queue is empty."""
        self.now = max(self.now, self.free_at)


class VirtualModel(LoadedModel):
    """The suite's model on the device."""

    def __init__(self, device: VirtualDevice, model: Model, cell: Cell) -> None:
        self.device = device
        self.effective = Effective(cell.hardware, "virtual", "fp32")
        (self.x,) = model.inputs(cell.batch, cell.shape).values()
        self.y = stack.outputs(self.x)

    def run(self) -> dict[str, Any]:
        """Launches the work, waits for it, and reads the output."""
        self.launch()
        self.device.wait()
        return self.outputs()

    def launch(self) -> None:
        """Begins a run."""
        self.device.launch(self.x.shape[0] * self.x.shape[1] * ROW_NS)

    def outputs(self) -> dict[str, Any]:
        """What the run gives."""
        return {"y": self.y.copy()}

    def measure(self, plan: Plan) -> Samples:
        """The common loop, by the device's clock."""
        return measure(self.run, plan, self.device.clock)

    def memory(self) -> float | None:
        """Input, a layer's output, and the output, MB."""
        return float(self.x.nbytes * 2 + self.y.nbytes) / 1e6

    def energy(self) -> float | None:
        """A watt for as long as a run takes, J."""
        return float(self.x.shape[1] * ROW_NS) / 1e9


class VirtualBackend(Backend):
    """One virtual device."""

    name = "virtual"
    runtimes = ("numpy",)

    def __init__(self) -> None:
        self.device = VirtualDevice()

    def detect(self) -> Detection:
        """Always there."""
        return Detection(State.PRESENT, (Device(0, "virtual device", memory_gb=1.0, is_software=True),))

    def load(self, model: Model, cell: Cell) -> LoadedModel:
        """The suite's model; nothing else, and only in fp32."""
        if cell.device_index:
            raise Unsupported("no_device", f"{cell.target}: no such device; {self.name} has: {self.name}")
        if model.spec.family != stack.STACK.family:
            raise Unsupported("model", f"{model.spec.name}: this device runs {stack.STACK.name} only")
        if cell.precision != "fp32":
            raise Unsupported("precision", f"this device computes in fp32, not {cell.precision}", "fp32")
        return VirtualModel(self.device, model, cell)
