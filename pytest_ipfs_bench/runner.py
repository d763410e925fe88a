"""The process in which cells run: `python -m pytest_ipfs_bench.runner`, one per backend and runtime, spawned by us.

It reads orders from stdin and answers on what was stdout, one JSON object per line; whatever a vendor library prints goes
to stderr. When its session is gone (end of stdin) it ends at once, whatever it is doing.
"""

import json
import math
import os
import queue
import re
import sys
import threading
import time
from dataclasses import asdict, dataclass, replace
from typing import IO, Any

from pytest_ipfs_bench import memory, models, reference
from pytest_ipfs_bench.backend import Backend, Effective, LoadedModel, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.measure import Plan

OUT_OF_MEMORY = re.compile(r"out of memory|bad.?alloc|failed to allocate|cannot allocate|OOM", re.IGNORECASE)


@dataclass(frozen=True)
class Order:
    """What the runner is asked to do: a cell, its model, the address of its backend's class; plan None = verify only."""

    cell: Cell
    spec: models.ModelSpec
    backend: str
    plan: Plan | None

    def line(self) -> str:
        """This order as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, line: str) -> "Order":
        """The order of a line."""
        told = json.loads(line)
        inputs = tuple(models.Input(**{**one, "dims": tuple(map(_dim, one["dims"]))}) for one in told["spec"]["inputs"])
        spec = {**told["spec"], "inputs": inputs, "files": tuple(told["spec"]["files"]), "tags": ()}
        plan = Plan(**told["plan"]) if told["plan"] else None
        return cls(Cell(**told["cell"]), models.ModelSpec(**spec), told["backend"], plan)


@dataclass(frozen=True)
class Reply:
    """What became of a cell. Times in ms, latencies in ns, memory in MB; None is unknown.

    foreseen: the backend itself says that this can't be (Unsupported), in contrast to an error nobody expected.
    """

    status: str
    error_type: str | None = None
    error_message: str | None = None
    suggested_fix: str | None = None
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
        return cls(**{**told, "effective": effective, "latencies_ns": tuple(told["latencies_ns"])})


def carry_out(order: Order) -> Reply:
    """Runs one cell. Whatever goes wrong becomes the reply."""
    try:
        backend: Backend = models.load(order.backend)()
        backend.prepare(order.cell)
    except ImportError as error:
        said = f"{order.cell.runtime} is not installed ({error})"
        return Reply("unavailable", "not_installed", said, backend.detect().hint, initialized=False)
    except Exception as error:  # noqa: BLE001  the backend of a stranger
        return _failed("unknown", error)
    try:
        model = models.load(order.spec.factory)(order.spec)
        model.inputs(order.cell.batch, order.cell.shape)
    except Exception as error:  # noqa: BLE001  the model of a stranger
        return _failed("unknown", error)
    loaded: LoadedModel | None = None
    try:
        memory.give_back()
        before = memory.resident()
        start = time.perf_counter_ns()
        loaded = backend.load(model, order.cell)
        load_ms = (time.perf_counter_ns() - start) / 1e6
        return replace(_run(order, model, loaded), load_ms=load_ms, memory_before_mb=before, initialized=True)
    except Unsupported as error:
        reply = _failed("incompatible", error)
        return replace(reply, error_type=error.error_type, suggested_fix=error.suggested_fix, foreseen=True)
    except Exception as error:  # noqa: BLE001  whatever the runtime or the device says
        return _failed("incompatible", error, initialized=loaded is not None)
    finally:
        if loaded is not None:
            loaded.close()


def _run(order: Order, model: models.Model, loaded: LoadedModel) -> Reply:
    start = time.perf_counter_ns()
    found = loaded.run()
    first_ms = (time.perf_counter_ns() - start) / 1e6
    right = reference.outputs(model, order.cell.batch, order.cell.shape)
    off = reference.difference(right, found)
    limit = order.spec.limit(loaded.effective.precision)
    reply = Reply(
        "compatible",
        effective=loaded.effective,
        first_ms=first_ms,
        absolute_error=off.absolute,
        relative_error=off.relative,
        limit=limit,
    )
    if loaded.effective.device not in (order.cell.hardware, "unverified"):
        said = f"asked for {order.cell.hardware}, it ran on {loaded.effective.device} ({loaded.effective.provider})"
        return replace(reply, status="fallback", error_type="fallback", error_message=said)
    if off.relative > limit:
        said = f"the output is off by {off.relative:.2g} of its largest value; {limit:g} is allowed"
        return replace(reply, status="wrong_output", error_type="output", error_message=said)
    return reply if order.plan is None else _measure(reply, loaded, order.plan)


def _measure(reply: Reply, loaded: LoadedModel, plan: Plan) -> Reply:
    samples = loaded.measure(plan)
    memory.give_back()
    peak = memory.peak(loaded.run)
    return replace(
        reply,
        latencies_ns=samples.latencies_ns,
        warmup_iterations=samples.warmup_iterations,
        memory_peak_mb=peak.mb,
        memory_method=peak.method,
        device_memory_peak_mb=loaded.memory(),
        energy_joules=loaded.energy(),
    )


def _failed(status: str, error: Exception, *, initialized: bool = False) -> Reply:
    text = str(error).strip() or type(error).__name__
    if isinstance(error, MemoryError) or OUT_OF_MEMORY.search(text):
        status = "out_of_memory"
    return Reply(status, type(error).__name__, text, initialized=initialized)


def _dim(dim: Any) -> models.Dim:
    return tuple(dim) if isinstance(dim, list) else dim


def serve(orders: IO[str], answers: IO[str]) -> None:
    """Carries out orders until there are no more. The first line is the session's sys.path."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    sys.path[:] = json.loads(orders.readline() or "[]") or sys.path

    def listen() -> None:
        for line in orders:
            waiting.put(line)
        os._exit(0)  # the session is gone, and nobody waits for what still runs

    threading.Thread(target=listen, daemon=True).start()
    while True:
        answers.write(carry_out(Order.read(waiting.get())).line() + "\n")
        answers.flush()


def main() -> None:
    """Entry of the process."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
