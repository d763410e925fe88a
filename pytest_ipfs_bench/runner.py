"""The process in which cells run: `python -m pytest_ipfs_bench.runner`, one per backend and runtime, spawned by us.

It reads orders from stdin and answers on what was stdout, one JSON object per line, after lines that tell of progress;
whatever a vendor library prints goes to stderr. When its session is gone (end of stdin) it ends at once, whatever it is doing.
"""

import contextlib
import gc
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import IO, Any, NoReturn

from pytest_ipfs_bench import causes, detecting, energy, exports, folders, memory, models, reference
from pytest_ipfs_bench.backend import (
    SCRATCH,
    UNVERIFIED,
    Backend,
    Device,
    Difference,
    LoadedModel,
    Options,
    ProcessEnded,
    State,
    Unsupported,
    scratch,
)
from pytest_ipfs_bench.cell import INFERENCE, Cell
from pytest_ipfs_bench.measure import Plan
from pytest_ipfs_bench.orders import WORKS, Order, Probe, Reply
from pytest_ipfs_bench.progress import Progress, Tell
from pytest_ipfs_bench.waiting import examine

HOST = "cpu"


def probe(question: Probe) -> Reply:
    """Whether a device works. Whatever goes wrong is the reason why not."""
    try:
        backend = _backend(question.backend, question.options)
    except Exception as error:  # noqa: BLE001  the backend of a stranger
        return _failed("unknown", error)
    try:
        found = backend.probe(question.device_index)
    except ImportError as error:
        return Reply(
            "unavailable", State.NOT_INSTALLED.value, str(error), detecting.detect(backend).hint, present=False
        )
    except Exception as error:  # noqa: BLE001  whatever the runtime or the device says
        refused = error if isinstance(error, Unsupported) else Unsupported(State.BROKEN.value, "")
        device = refused.device if isinstance(refused.device, Device) else None
        failed = _failed("unavailable", error)
        return replace(failed, status="unavailable", error_type=refused.error_type, present=False, device=device)
    return Reply(WORKS, device=found)


def _backend(address: str, options: Options) -> Backend:
    backend: Backend = models.load(address)()
    backend.wishes = options
    return backend


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
    ordered = time.monotonic()
    try:
        backend = _backend(order.backend, order.options)
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
        left = order.options.timeout - (time.monotonic() - ordered)  # imports and an export have taken of it
        backend.wishes = replace(order.options, timeout=max(left, 0.0))
        start = time.perf_counter_ns()
        loaded = backend.load(model, order.cell)
        load_ms = (time.perf_counter_ns() - start) / 1e6
        return replace(_run(order, model, loaded, before), load_ms=load_ms, initialized=True)
    except ProcessEnded as end:
        seconds, lacked = time.monotonic() - began, memory.oom_kills() > killed
        ended = causes.of_end(end.who, end.code, seconds, out_of_memory=lacked)
        status, kind, reason, fix = ended
        return Reply(status, kind, _with_notes(reason, end), fix, initialized=loaded is not None, log=end.log)
    except TimeoutError as error:
        said = _with_notes(str(error), error)
        return Reply("timeout", "timeout", said, causes.TIMEOUT_FIX, initialized=loaded is not None)
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


def _run(order: Order, model: models.Model, loaded: LoadedModel, before: float) -> Reply:
    start = time.perf_counter_ns()
    found = loaded.run()
    first_ms = (time.perf_counter_ns() - start) / 1e6
    off = _difference(order.cell, model, loaded, found)
    limit = order.spec.limit(loaded.effective.precision)
    reply = Reply(
        "compatible",
        effective=loaded.effective,
        first_ms=first_ms if loaded.first_ms is None else loaded.first_ms,
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
    return reply if order.plan is None else _measure(reply, loaded, order.plan, before)


def _difference(cell: Cell, model: models.Model, loaded: LoadedModel, found: Mapping[str, Any]) -> Difference:
    if cell.mode != INFERENCE:
        return loaded.difference()
    return reference.difference(reference.outputs(model, cell.batch, cell.shape), found)


def _measure(reply: Reply, loaded: LoadedModel, plan: Plan, before: float) -> Reply:
    """Samples and all that is told of them. before: resident memory of this process before it loaded the model, MB."""
    samples = loaded.measure(plan)
    memory.give_back()
    elsewhere = loaded.peak()
    peak = elsewhere or memory.peak(loaded.run)
    joules, power = _energy(loaded, plan)
    return replace(
        reply,
        latencies_ns=samples.latencies_ns,
        warmup_iterations=samples.warmup_iterations,
        phases=samples.phases,
        items=loaded.items,
        metrics=loaded.metrics(),
        training=loaded.training(),
        web=loaded.web(),
        memory_peak_mb=peak.mb,
        memory_method=peak.method,
        memory_before_mb=None if elsewhere else before,  # of the process that the peak is of
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
    text = _with_notes(str(error).strip() or type(error).__name__, error)
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


def _with_notes(said: str, error: BaseException) -> str:
    """What an error says, and what was noted about it on its way."""
    return "\n".join([said, *getattr(error, "__notes__", ())])


def serve(orders: IO[str], answers: IO[str]) -> None:
    """Carries out orders until there are no more. The first line is the session's sys.path."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    sys.path[:] = json.loads(orders.readline() or "[]") or sys.path

    def listen() -> None:
        for line in orders:
            waiting.put(line)
        _leave()  # the session is gone, and nobody waits for what still runs

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    latest = Latest()

    def write(line: str) -> None:
        answers.write(line + "\n")
        answers.flush()

    def tell(progress: Progress) -> None:
        write(progress.line())

    while True:
        try:
            write(_answer(waiting.get(), latest, tell).line())
        except BrokenPipeError:  # the cell ended because its session did: who listens cleans up, and ends this process
            listener.join()


def _leave() -> NoReturn:
    """Ends at once, and leaves nothing: no process that was started here, no file in the scratch folder."""
    import psutil

    with contextlib.suppress(psutil.Error):
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
    if SCRATCH in os.environ:
        folders.remove(scratch())
    os._exit(0)


def _answer(line: str, latest: Latest, tell: Tell) -> Reply:
    question = json.loads(line).get("probe")
    return probe(Probe.read(question)) if question else carry_out(Order.read(line), latest, tell)


def main() -> None:
    """Entry of the process."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
