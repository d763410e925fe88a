"""What is examined, and how: a backend, the cell it is asked for, the runner, a fresh process. Fixtures of the suite."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ipfs_bench import models
from pytest_ipfs_bench.backend import UNVERIFIED, Backend, Detection, LoadedModel
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.measure import Clock, Plan
from pytest_ipfs_bench.models import ModelSpec
from pytest_ipfs_bench.orders import Order, Reply
from pytest_ipfs_bench.supervisor import Supervisor
from pytest_ipfs_bench.testing import fresh
from pytest_ipfs_bench.testing.stack import STACK

if TYPE_CHECKING:
    from collections.abc import Mapping

KNOWN = pytest.StashKey[dict[Any, Any]]()
RUNNER_SECONDS = 120.0
SETTLING_SECONDS = 0.05
SHORT = Plan(min_rounds=5, max_time=0.0, warmup=0.0)
RAN = ("compatible", "wrong_output", "fallback")


@dataclass(frozen=True)
class Subject:
    """A backend under examination: which model, runtime, precision and device it is asked for, and whose clock counts."""

    backend: Backend
    spec: ModelSpec
    runtime: str
    precision: str
    index: int
    clock: Clock
    config: pytest.Config

    def cell(self, *, rows: int | None = None, **changes: Any) -> Cell:
        """The cell asked for, some of it changed."""
        spec = changes.pop("spec", self.spec)
        shape = dict(spec.shape) if rows is None else {**spec.shape, "rows": rows}
        asked = {"device_index": self.index, "precision": self.precision, "batch": 1, **changes}
        return Cell(
            model=spec.name,
            size=spec.size,
            weights=spec.weights,
            hardware=self.backend.name,
            runtime=self.runtime,
            mode="inference",
            shape=shape,
            **asked,
        )

    def model(self, spec: ModelSpec | None = None) -> models.Model:
        """The model in this process, made once."""
        asked = spec or self.spec
        made: models.Model = self.once(("model", asked.name), lambda: models.load(asked.factory)(asked))
        return made

    @contextmanager
    def loaded(self, **changes: Any) -> Iterator[LoadedModel]:
        """The model on the device, in this process; closed at the end."""
        cell = self.cell(**changes)
        self.backend.prepare(cell)
        made = self.backend.load(self.model(changes.get("spec")), cell)
        try:
            yield made
        finally:
            made.close()

    def timed(self, action: Callable[[], object]) -> int:
        """How long it takes, ns."""
        start = self.clock()
        action()
        return self.clock() - start

    def address(self) -> str:
        """The name by which another process finds the backend's class. Skips the check where it has none."""
        try:
            return models.address(type(self.backend))
        except BenchError:
            pytest.skip("no other process can find the class")

    def ask(self, **changes: Any) -> Reply:
        """What the runner answers to a cell."""
        pytest.importorskip("numpy")
        cell = self.cell(**changes)
        supervisor = self.once("supervisor", self._supervisor)
        options, process = self.backend.wishes, self.backend.process
        order = Order(cell, self.spec, self.address(), SHORT, options=options, process=process)
        reply: Reply = self.once(("reply", order.line()), lambda: supervisor.run(order, RUNNER_SECONDS))
        return reply

    def fresh(self) -> fresh.Fresh:
        """What registering and detecting do in a fresh process."""
        address = self.address()
        seen: fresh.Fresh = self.once(("fresh", address), lambda: fresh.look(address))
        return seen

    def detection(self) -> Detection:
        """What it finds here. Skips the check where it can't say: another check fails for that."""
        try:
            found = self.once(("detection", id(type(self.backend))), self.backend.detect)
        except Exception as error:  # noqa: BLE001  whatever a stranger's backend raises
            pytest.skip(f"detect() raised {type(error).__name__}: {error}")
        if not isinstance(found, Detection):
            pytest.skip(f"detect() returned {found!r}")
        return found

    def once(self, what: Any, make: Callable[[], Any]) -> Any:
        """Made at the first time in a session, then remembered."""
        known = self.config.stash.setdefault(KNOWN, {})
        if what not in known:
            known[what] = make()
        return known[what]

    def _supervisor(self) -> Supervisor:
        made = Supervisor()
        self.config.add_cleanup(made.close)
        return made


class Fixtures:
    """The author's one fixture, `backend`; the others have defaults that he may override in the same way."""

    @pytest.fixture
    def backend(self) -> Backend:
        """The backend to be examined."""
        raise NotImplementedError(f"Give {type(self).__name__} a fixture `backend` that returns an instance of yours.")

    @pytest.fixture
    def device_index(self) -> int:
        """The device on which models are loaded."""
        return 0

    @pytest.fixture
    def runtime(self, backend: Backend) -> str:
        """The runtime that is examined: the backend's default."""
        return backend.runtimes[0]

    @pytest.fixture
    def precision(self) -> str:
        """The precision of every cell but those that ask for another."""
        return "fp32"

    @pytest.fixture
    def spec(self) -> ModelSpec:
        """The model: one with an axis `rows`, by which the suite makes its work longer."""
        return STACK

    @pytest.fixture
    def clock(self) -> Clock:
        """The clock by which the suite times, ns: a fake's device has its own."""
        return time.perf_counter_ns

    @pytest.fixture
    def subject(
        self,
        backend: Backend,
        device_index: int,
        runtime: str,
        precision: str,
        spec: ModelSpec,
        clock: Clock,
        request: pytest.FixtureRequest,
    ) -> Subject:
        """All that, for the checks."""
        return Subject(backend, spec, runtime, precision, device_index, clock, request.config)

    @pytest.fixture
    def running(self, subject: Subject) -> Subject:
        """The subject, where it has a device on which a cell ran in the runner: what crashes there is not tried here."""
        skip_without_device(subject)
        reply = subject.ask()
        if not ran(reply):
            pytest.skip(f"no cell runs: {reply.status}: {reply.error_message}. {reply.suggested_fix or ''}".strip())
        return subject


def ran(reply: Reply) -> bool:
    """Whether the cell ran to its end; whether it was right, and where it should, is for checks of their own."""
    return reply.status in RAN or reply.error_type == UNVERIFIED


def skip_without_device(subject: Subject) -> None:
    """Skips a check of the second tier, with the backend's own reason."""
    found = subject.detection()
    if found.device(subject.index) is None:
        pytest.skip(f"no device {subject.index}: {found.reason}. {found.hint or ''}".strip())


def settled(loaded: LoadedModel) -> "Mapping[str, Any]":
    """Outputs of a run, read when even a device that is not waited for is done."""
    found = loaded.run()
    time.sleep(SETTLING_SECONDS)
    return found
