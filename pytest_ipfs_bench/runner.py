"""The process in which cells run: `python -m pytest_ipfs_bench.runner`, one per backend and runtime, spawned by us.

It reads orders from stdin and answers on what was stdout, one JSON object per line, after lines that tell of progress;
whatever a vendor library prints goes to stderr. When its session is gone (end of stdin) it ends at once, whatever it is doing.
"""

import gc
import json
import math
import os
import queue
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import IO, Any

from pytest_ipfs_bench import causes, detecting, energy, exports, memory, models, reference
from pytest_ipfs_bench.backend import (
    UNVERIFIED,
    Backend,
    Difference,
    Effective,
    LoadedModel,
    ProcessEnded,
    State,
    Unsupported,
)
from pytest_ipfs_bench.cell import INFERENCE, Cell
from pytest_ipfs_bench.measure import Plan
from pytest_ipfs_bench.progress import Progress, Tell
from pytest_ipfs_bench.waiting import Waiting, examine

WORKS, HOST = "works", "cpu"


@dataclass(frozen=True)
class Order:
    """What the runner is asked to do: a cell, its model, the address of its backend's class; plan None = verify only.

    examine: the self-test's question, whether a run returns when the device is done.
    """

    cell: Cell
    spec: models.ModelSpec
    backend: str
    plan: Plan | None
    examine: bool = False

    def line(self) -> str:
        """This order as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, line: str) -> "Order":
        """The order of a line."""
        told = json.loads(line)
        plan = Plan(**told["plan"]) if told["plan"] else None
        spec = models.ModelSpec.read(told["spec"])
        return cls(Cell(**told["cell"]), spec, told["backend"], plan, told["examine"])


@dataclass(frozen=True)
class Probe:
    """What the runner is asked before the first cell on a device: does it work?"""

    backend: str
    device_index: int

    def line(self) -> str:
        """This question as JSON."""
        return json.dumps({"probe": asdict(self)})


@dataclass(frozen=True)
class Reply:
    """What became of a cell. Times in ms, latencies in ns, memory in MB; None is unknown.

    present: the device is there and works. operator: the one that is missing, where that is the cause. power, training:
    columns of power_metrics and training_results. phases: what the latencies consist of, ns. items: in one run.
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
        waited = Waiting(**told["waiting"]) if told["waiting"] else None
        return cls(**{**told, "effective": effective, "waiting": waited, "latencies_ns": tuple(told["latencies_ns"])})


def probe(question: Probe) -> Reply:
    """Whether a device works. Whatever goes wrong is the reason why not."""
    try:
        backend: Backend = models.load(question.backend)()
    except Exception as error:  # noqa: BLE001  the backend of a stranger
        return _failed("unknown", error)
    try:
        backend.probe(question.device_index)
    except ImportError as error:
        return Reply(
            "unavailable", State.NOT_INSTALLED.value, str(error), detecting.detect(backend).hint, present=False
        )
    except Exception as error:  # noqa: BLE001  whatever the runtime or the device says
        found = _failed("unavailable", error)
        kind = error.error_type if isinstance(error, Unsupported) else State.BROKEN.value
        return replace(found, status="unavailable", error_type=kind, present=False)
    return Reply(WORKS)


class Latest:
    """The model of the last cell, which a sweep asks for again and again."""

    def __init__(self) -> None:
        self._spec: models.ModelSpec | None = None
        self._model: models.Model | None = None

    def model(self, spec: models.ModelSpec) -> models.Model:
        """The model of a spec; the one before is let go first."""
        if self._model is None or spec != self._spec:
            self._model = None
            self._spec, self._model = spec, models.load(spec.factory)(spec)
        return self._model


def carry_out(order: Order, latest: Latest, tell: Tell = str) -> Reply:
    """Runs one cell. Whatever goes wrong becomes the reply; tell is told what takes long."""
    try:
        backend: Backend = models.load(order.backend)()
        backend.prepare(order.cell)
    except ImportError as error:
        said = f"{order.cell.runtime} is not installed ({error})"
        return Reply("unavailable", "not_installed", said, detecting.detect(backend).hint, initialized=False)
    except Exception as error:  # noqa: BLE001  the backend of a stranger
        return _failed("unknown", error)
    try:
        model = latest.model(order.spec)
        model.inputs(order.cell.batch, order.cell.lengths)
        _make_form(model, order.cell.runtime, tell)
    except Unsupported as error:
        return _failed("incompatible", error)
    except Exception as error:  # noqa: BLE001  the model of a stranger
        return _failed("unknown", error)
    loaded: LoadedModel | None = None
    began, killed = time.monotonic(), memory.oom_kills()
    try:
        memory.give_back()
        gc.freeze()  # what imports have left stays: looking through it again costs torch's runner 0.3 s a time
        before = memory.resident()
        start = time.perf_counter_ns()
        loaded = backend.load(model, order.cell)
        load_ms = (time.perf_counter_ns() - start) / 1e6
        return replace(_run(order, model, loaded), load_ms=load_ms, memory_before_mb=before, initialized=True)
    except ProcessEnded as end:
        seconds, lacked = time.monotonic() - began, memory.oom_kills() > killed
        ended = causes.of_end(end.who, end.code, seconds, out_of_memory=lacked)
        return Reply(*ended, initialized=loaded is not None, log=end.log)
    except Exception as error:  # noqa: BLE001  whatever the runtime or the device says
        return _about_file(model, _failed("incompatible", error, initialized=loaded is not None))
    finally:
        if loaded is not None:
            loaded.close()


def _about_file(model: models.Model, reply: Reply) -> Reply:
    """A reply that says which file is damaged: not every runtime does."""
    if reply.error_type != causes.FILE or not model.has_onnx:
        return reply
    return replace(reply, error_message=f"{model.onnx} can't be read: {reply.error_message}")


def _make_form(model: models.Model, runtime: str, tell: Tell) -> None:
    """Makes the torch form, or the ONNX file, before the clock starts: imports and an export are no part of loading.

    Raises Unsupported where the model is not at hand. That a form can't be made is for the backend to say: it may need none.
    """
    torch = runtime.startswith("torch")
    try:
        _build(model, tell) if torch else model.export(tell)
    except Unsupported as error:
        if error.error_type != exports.EXPORT:
            raise
    except Exception:
        if not torch:  # an export that failed is not tried twice
            raise


def _build(model: models.Model, tell: Tell) -> None:
    building = Progress(f"building {model.spec.name} in torch")
    tell(building)
    try:
        model.torch()
    finally:
        tell(replace(building, done=building.total))


def _run(order: Order, model: models.Model, loaded: LoadedModel) -> Reply:
    start = time.perf_counter_ns()
    found = loaded.run()
    first_ms = (time.perf_counter_ns() - start) / 1e6
    off = _difference(order.cell, model, loaded, found)
    limit = order.spec.limit(loaded.effective.precision)
    reply = Reply(
        "compatible",
        effective=loaded.effective,
        first_ms=first_ms,
        absolute_error=off.absolute,
        relative_error=off.relative,
        limit=limit,
    )
    if loaded.effective.device not in (order.cell.hardware, UNVERIFIED):
        said = f"asked for {order.cell.hardware}, it ran on {loaded.effective.device} ({loaded.effective.provider})"
        return replace(reply, status="fallback", error_type="fallback", error_message=said)
    if off.relative > limit:
        said = f"the output is off by {off.relative:.2g} of its largest value; {limit:g} is allowed"
        return replace(reply, status="wrong_output", error_type="output", error_message=said)
    if order.examine:
        return replace(reply, waiting=examine(loaded))
    return reply if order.plan is None else _measure(reply, loaded, order.plan)


def _difference(cell: Cell, model: models.Model, loaded: LoadedModel, found: Mapping[str, Any]) -> Difference:
    if cell.mode != INFERENCE:
        return loaded.difference()
    return reference.difference(reference.outputs(model, cell.batch, cell.shape), found)


def _measure(reply: Reply, loaded: LoadedModel, plan: Plan) -> Reply:
    samples = loaded.measure(plan)
    memory.give_back()
    peak = loaded.peak() or memory.peak(loaded.run)
    joules, power = _energy(loaded, plan)
    return replace(
        reply,
        latencies_ns=samples.latencies_ns,
        warmup_iterations=samples.warmup_iterations,
        phases=samples.phases,
        items=loaded.items,
        metrics=loaded.metrics(),
        training=loaded.training(),
        memory_peak_mb=peak.mb,
        memory_method=peak.method,
        device_memory_peak_mb=loaded.memory(),
        energy_joules=joules,
        power=power,
    )


def _energy(loaded: LoadedModel, plan: Plan) -> tuple[float | None, Mapping[str, float | str | None] | None]:
    """J of one run, and the columns of power_metrics: by the backend's meter, else on a CPU by its own counters."""
    joules, power = loaded.energy(), loaded.power()
    if joules is not None or power is not None or loaded.effective.device != HOST:
        return joules, power
    used = energy.measure(loaded.run, min(plan.max_time, energy.SECONDS))
    return (used.per_run, used.power) if used else (None, None)


def _failed(status: str, error: Exception, *, initialized: bool = False) -> Reply:
    """An error as a reply: its class and what helps as the backend says, else by what the runtimes are known to say."""
    text = str(error).strip() or type(error).__name__
    cause = causes.of_error(error) or causes.Cause(type(error).__name__)
    kind, fix, foreseen = cause.error_type, cause.suggested_fix, isinstance(error, Unsupported)
    if isinstance(error, Unsupported):
        kind, fix = error.error_type, error.suggested_fix or fix
    missing = kind in (causes.DRIVER, State.NO_DEVICE, State.BROKEN)
    if causes.MEMORY in (kind, cause.error_type):
        status = "out_of_memory"
    elif missing or kind == State.NOT_INSTALLED or (foreseen and kind == causes.RUNTIME):
        status = "unavailable"
    elif kind in (causes.FILE, causes.WEIGHTS):  # the model itself could not be had
        status = "unknown"
    return Reply(
        status, kind, text, fix, cause.operator, present=not missing, initialized=initialized, foreseen=foreseen
    )


def serve(orders: IO[str], answers: IO[str]) -> None:
    """Carries out orders until there are no more. The first line is the session's sys.path."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    sys.path[:] = json.loads(orders.readline() or "[]") or sys.path

    def listen() -> None:
        for line in orders:
            waiting.put(line)
        os._exit(0)  # the session is gone, and nobody waits for what still runs

    threading.Thread(target=listen, daemon=True).start()
    latest = Latest()

    def write(line: str) -> None:
        answers.write(line + "\n")
        answers.flush()

    def tell(progress: Progress) -> None:
        write(progress.line())

    while True:
        write(_answer(waiting.get(), latest, tell).line())


def _answer(line: str, latest: Latest, tell: Tell) -> Reply:
    question = json.loads(line).get("probe")
    return probe(Probe(**question)) if question else carry_out(Order.read(line), latest, tell)


def main() -> None:
    """Entry of the process."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
