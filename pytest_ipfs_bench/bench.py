"""What one session knows about cells: who registered what, what was detected, its runners. One object, on config.stash.

What only a cell that runs needs is imported by the first one: collecting a large matrix is to be quick.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_ipfs_bench import detecting, models
from pytest_ipfs_bench.backend import Backend, Detection, Device, Options
from pytest_ipfs_bench.cell import INFERENCE, Cell, Target, key
from pytest_ipfs_bench.errors import BenchError, Unfit
from pytest_ipfs_bench.measure import Plan
from pytest_ipfs_bench.models import ModelSpec
from pytest_ipfs_bench.planning import Choice, plan
from pytest_ipfs_bench.registry import Registry

if TYPE_CHECKING:
    from pytest_ipfs_bench.orders import Order, Reply
    from pytest_ipfs_bench.progress import Progress
    from pytest_ipfs_bench.results import CellResult
    from pytest_ipfs_bench.supervisor import Supervisor

OTHER_LENGTH = "Choose another length: --bench-seq-lens, or image_sizes and audio_seconds of a suite file."


@dataclass(frozen=True)
class Absence:
    """Why a piece of hardware can't be had, and what would help."""

    state: str
    reason: str
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.reason}. {self.hint}" if self.hint else self.reason


class Bench:
    """Runs cells for one session. Devices are detected at the first cell that wants them, runners started likewise."""

    def __init__(
        self,
        choice: Choice,
        run_id: str,
        *,
        plan: Plan | None,
        samples: int | None,
        registry: Registry,
        options: Options,
    ) -> None:
        self.choice, self.run_id, self.options = choice, run_id, options
        self.plan, self.samples = plan, samples
        self.registry = registry
        self._detections: dict[str, Detection] = {}
        self._contents: dict[str, str] = {}
        self._versions: dict[tuple[str, str], str | None] = {}
        self._late: dict[Target, Reply] = {}
        self._planned: dict[str, list[Cell]] = {}
        self.tell: Callable[[Progress | None], object] = str  # nobody listens unless there is a terminal
        self._supervisor: Supervisor | None = None

    @property
    def backends(self) -> dict[str, Backend]:
        """Backends by name, each knowing what the user allows and wishes."""
        found = self.registry.backends()
        for backend in found.values():
            backend.wishes = self.options
        return found

    @property
    def models(self) -> dict[str, ModelSpec]:
        """Models by name."""
        return self.registry.models()

    @property
    def cells(self) -> list[Cell]:
        """The cells of inference that were asked for. Raises BenchError for names that nobody knows."""
        return self.planned(INFERENCE)

    def check(self) -> None:
        """Raises BenchError for names that nobody knows. Whether they fit together is for each test to say."""
        with contextlib.suppress(Unfit):
            self.planned(INFERENCE)

    def planned(self, kind: str, choice: Choice | None = None) -> list[Cell]:
        """The cells of one kind (of `planning.KINDS`): of a test's own choice, or the session's, planned once.

        Raises BenchError for names that nobody knows, and Unfit for those that don't fit together.
        """
        if choice is not None:
            return plan(choice, self.backends, self.models, kind)
        if kind not in self._planned:
            self._planned[kind] = plan(self.choice, self.backends, self.models, kind)
        return self._planned[kind]

    def detect(self, hardware: str) -> Detection:
        """What a backend finds here, asked once a session."""
        if hardware not in self._detections:
            self._detections[hardware] = detecting.detect(self.backends[hardware])
        return self._detections[hardware]

    def device(self, cell: Cell) -> Device | None:
        """The device of a cell as far as it is known, None if it is not here. One that only a probe can tell is tried."""
        found = self.detect(cell.hardware).device(cell.device_index)
        probed = self._first_probe(cell)
        return probed.device if probed and probed.device else found

    def _first_probe(self, cell: Cell) -> "Reply | None":
        """What a probe says of a device that detection has no name for; None of any other."""
        found = self.detect(cell.hardware).device(cell.device_index)
        if found is None or found.name is not None:
            return None
        if cell.target not in self._late:
            reply = self._runners().first_probe(self._order(cell), self.options.timeout)
            if reply.status != "timeout":
                return reply
            self._late[cell.target] = reply  # what has not answered once is not waited for again and again
        return self._late[cell.target]

    @property
    def host(self) -> Device:
        """This machine's CPU."""
        return next(iter(self.detect("cpu").devices), Device(0, "a CPU that could not be asked"))

    def absence(self, target: Target) -> Absence | None:
        """Why this hardware can't be had; None if it is here."""
        found = self.detect(target.hardware)
        if found.device(target.index):
            return None
        if found.devices:
            have = ", ".join(str(Target(target.hardware, device.index)) for device in found.devices)
            return Absence("no_device", f"{target}: no such device; {target.hardware} has: {have}")
        return Absence(
            found.state.value, f"{target}: {found.state.value.replace('_', ' ')}: {found.reason}", found.hint
        )

    def require(self, targets: tuple[Target, ...]) -> None:
        """Raises BenchError naming every piece of hardware that was asked for and is not here."""
        missing = [str(why) for target in targets if (why := self.absence(target))]
        if missing:
            raise BenchError("--hardware-required: " + "\n".join(missing))

    def key(self, cell: Cell) -> str:
        """The key of a cell on this machine: under it its results are stored, and found again."""
        device = self.device(cell)
        return key(
            cell,
            self._content(self._spec(cell)),
            device_name=device.name if device else None,
            driver=device.driver_version if device else None,
            runtime_version=self._version(cell),
        )

    def refusal(self, cell: Cell) -> "Reply | None":
        """Why a cell can't run, as far as that is known without trying: its hardware, mode or lengths; None if it can."""
        from pytest_ipfs_bench.orders import Reply

        why = self.absence(cell.target)
        if why is not None:
            return Reply("unavailable", why.state, why.reason, why.hint, present=False)
        probed = self._first_probe(cell)
        if probed is not None and probed.status in ("unavailable", "timeout"):
            return probed
        modes = self.backends[cell.hardware].modes(cell.runtime)
        if cell.mode not in modes:
            said = f"{cell.runtime} on {cell.hardware} does {' and '.join(modes)} only, not {cell.mode}"
            return Reply("incompatible", "mode", said, foreseen=True)
        beyond = self.models[cell.model].beyond(cell.lengths)
        return Reply("incompatible", "shape", beyond, OTHER_LENGTH, foreseen=True) if beyond else None

    def run(self, cell: Cell, test_case: str) -> "CellResult":
        """Runs one cell in the runner, or says why that can't be."""
        from pytest_ipfs_bench import results

        subject = results.Subject(
            run_id=self.run_id,
            test_case=test_case,
            cell=cell,
            spec=self._spec(cell),
            hardware=results.describe_hardware(cell.hardware, self.device(cell)),
            runtime_version=self._version(cell),
            cell_key=self.key(cell),
        )
        reply = self.refusal(cell)
        if reply is None:
            reply = self._runners().run(self._order(cell), self.options.timeout)
        return results.describe(subject, reply, plan=self.plan, samples=self.samples)

    def _told(self, progress: "Progress | None") -> None:
        self.tell(progress)

    def close(self) -> None:
        """Ends the runners."""
        if self._supervisor:
            self._supervisor.close()

    def _runners(self) -> "Supervisor":
        from pytest_ipfs_bench.supervisor import Supervisor

        self._supervisor = self._supervisor or Supervisor(self._told)
        return self._supervisor

    def _order(self, cell: Cell) -> "Order":
        from pytest_ipfs_bench.orders import Order

        backend = self.backends[cell.hardware]
        address = models.address(type(backend))
        return Order(cell, self._spec(cell), address, self.plan, options=self.options, process=backend.process)

    def _version(self, cell: Cell) -> str | None:
        """The version of a cell's runtime, asked once a session: it reads a package's metadata."""
        if (cell.hardware, cell.runtime) not in self._versions:
            version = self.backends[cell.hardware].runtime_version(cell.runtime)
            self._versions[cell.hardware, cell.runtime] = version
        return self._versions[cell.hardware, cell.runtime]

    def _spec(self, cell: Cell) -> ModelSpec:
        spec = self.models[cell.model]
        return spec if cell.size == spec.size else spec.pretrained()

    def _content(self, spec: ModelSpec) -> str:
        name = f"{spec.name} {spec.weights}"
        if name not in self._contents:
            try:
                self._contents[name] = spec.content()
            except OSError:  # the runner will say what is missing
                self._contents[name] = "missing"
        return self._contents[name]
