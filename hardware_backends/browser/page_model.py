"""A model in ONNX Runtime Web, on a page of its own. The page measures; here is what it is told and what it tells."""

import base64
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hardware_backends import onnx_graph
from hardware_backends.browser import beside, keeping, memory, ort_web
from hardware_backends.browser.devtools import Browser
from hardware_backends.browser.site import Site
from pytest_ipfs_bench.backend import UNVERIFIED, Effective, LoadedModel, Options
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.measure import Plan, Samples
from pytest_ipfs_bench.memory import Peak
from pytest_ipfs_bench.models import Model

if TYPE_CHECKING:
    import numpy as np

CPU = "CPUExecutionProvider"
NCHW, NHWC = "NCHW", "NHWC"  # of WebGPU; the latter is its own choice
MARGIN = 1.0  # s before the session gives the cell up, in which what it left can be kept
PROOF_SECONDS = 0.3
BUSY = 0.6  # of a core, while a model runs: it runs there; to hand work to another device takes less


@dataclass(frozen=True)
class Place:
    """Where a page is to run a model.

    provider: as ONNX Runtime Web is told; asked: the kind of device that is wished (cpu, gpu, npu); counter: the page's count
    that proves that it was given work; fixed_shapes: it wants to know every length when it builds the graph; settles: its
    code gets faster as it runs; adapter: what WebGPU says of its own.
    """

    hardware: str
    bundle: str
    provider: Mapping[str, Any]
    title: str
    asked: str
    counter: str | None = None
    fixed_shapes: bool = False
    settles: bool = False
    adapter: Mapping[str, Any] = field(default_factory=dict)

    @property
    def proven(self) -> str | None:
        """What a WebGPU adapter says that it is; one that does not say that it is no fallback proves nothing."""
        if self.adapter.get("is_software"):
            return "cpu"
        return "gpu" if self.adapter.get("is_fallback") is False else None


class PageModel(LoadedModel):
    """A model in a fresh page of the runner's browser."""

    def __init__(self, browser: Browser, site: Site, place: Place, model: Model, cell: Cell, options: Options) -> None:
        self._browser, self._site, self._place, self._cell, self._options = browser, site, place, cell, options
        self._model, self._counts, self._facts = model, dict[str, int](), dict[str, Any]()
        self._console: list[str] = []
        self._facts.update(browser=str(browser.binary), flags=browser.flags, asked=place.asked, adapter=place.adapter)
        order = self._order(site)
        with self._kept():
            self._page = browser.page(site.url, timeout=options.timeout - MARGIN, console=self._console)
            try:
                self._told = self._page.call("load", order)
            except BaseException:
                self._page.close()
                raise
        self._first: Mapping[str, Any] | None = None
        self._samples: Mapping[str, Any] = {}
        self._resident: Mapping[str, float | None] = {}

    def _order(self, site: Site) -> dict[str, Any]:
        """What the page is to load. Its files are served from now on."""
        import numpy as np

        file, inputs = self._model.onnx, self._model.inputs(self._cell.batch, self._cell.shape)
        external = sorted(file.parent.glob(f"{file.name}.data*"))
        site.serve("/ort/", {one.name: one for one in ort_web.folder(self._options.ort_web_dir).iterdir()})
        site.serve("/model/", {one.name: one for one in (file, *external)})
        site.serve("/inputs/", {name: np.ascontiguousarray(array).tobytes() for name, array in inputs.items()})
        return {
            "bundle": self._place.bundle,
            "provider": {**self._place.provider, "preferredLayout": NCHW}
            if self._flag == "nchw"
            else self._place.provider,
            "threads": "all" if self._flag == "threads" else self._model.spec.threads,
            "precompile": self._flag == "precompile",
            "files": [{"path": one.name, "url": f"/model/{one.name}"} for one in (file, *external)],
            "inputs": [
                {"name": name, "dtype": str(array.dtype), "dims": array.shape, "url": f"/inputs/{name}"}
                for name, array in inputs.items()
            ],
            "options": self._session_options(inputs),
        }

    def _session_options(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        strict = {"extra": {"session": {"disable_cpu_ep_fallback": "1"}}}
        shapes = {"freeDimensionOverrides": onnx_graph.free_lengths(self._model.onnx, inputs)}
        return {
            "graphOptimizationLevel": "disabled" if self._flag == "no-graph-optimization" else "all",
            **(shapes if self._place.fixed_shapes else {}),
            **({} if self._options.cpu_fallback or self._place.counter is None else strict),
        }

    @property
    def _flag(self) -> object:
        """What is switched (`Backend.flags`), None in the usual cell."""
        return self._cell.options.get("flag")

    @cached_property
    def effective(self) -> Effective:  # type: ignore[override]  # known when it has run
        """The device that was given work, as the page counted; that of WebNN is what can be proven."""
        precision, threads = onnx_graph.precision(self._model.onnx), int(self._told["threads"])
        given = self._counts.get(self._place.counter or "", 0)
        if self._place.counter is not None and not given:
            return Effective("wasm", CPU, precision, threads)
        where = self._place.hardware
        if where == "webnn" and self._place.asked != "cpu":  # a CPU is what every context may fall back to
            where = self._proven or UNVERIFIED
        return Effective(where, self._place.title, precision, threads)

    @cached_property
    def _proven(self) -> str | None:
        """The kind of device that is known to have run it; None where nothing proves one."""
        if self._place.hardware == "wasm":
            return "cpu"
        if self._place.hardware == "webgpu":
            return self._place.proven
        return "cpu" if self._cpu_share > BUSY else None

    @cached_property
    def _cpu_share(self) -> float:
        """How much of the wall time WebNN's process computed on the CPU while the model ran, in cores."""
        pids = [self._page.gpu_process] if self._page.gpu_process else []
        before = memory.cpu_seconds(pids)
        ran = self._page.call("busy", PROOF_SECONDS)
        return (memory.cpu_seconds(pids) - before) / (float(ran["ms"]) / 1e3)

    def run(self) -> dict[str, Any]:
        """One inference after loading; its outputs."""
        with self._kept():
            told = self._page.call("first")
        if self._first is None:
            self._first, self.first_ms = told, float(told["ms"])
        self._counts = {name: int(count) for name, count in told["counts"].items()}
        return {name: array(one) for name, one in told["outputs"].items()}

    def measure(self, plan: Plan) -> Samples:
        """Warm-up and timed runs, by the page's clock."""
        asked = {"min_rounds": plan.min_rounds, "max_time": plan.max_time, "warmup": plan.warmup}
        with self._kept():
            self._samples = self._page.call("measure", {**asked, "settle": self._place.settles})
        gpu = [self._page.gpu_process] if self._page.gpu_process else []
        told = {"renderer_memory_mb": self._page.renderers, "gpu_process_memory_mb": gpu}
        self._resident = {name: memory.resident(pids) for name, pids in told.items()}
        latencies = tuple(round(ms * 1e6) for ms in self._samples["samples"])
        return Samples(latencies, int(self._samples["warmed"]))

    def metrics(self) -> Mapping[str, Any]:
        """How long the page took for what comes before the first inference, ms."""
        return {"page_ms": dict(self._told["times"])}

    def web(self) -> Mapping[str, Any]:
        """What only a browser has, for web_platform_results."""
        assert self._first is not None
        nodes = beside.guarded("placements", lambda: self._page.call("placements"))
        around = beside.guarded("around", lambda: beside.around(self._page, self._model, self._cell))
        placed = {name: count for name, count in nodes.items() if isinstance(count, int)}
        gpu = self._place.hardware == "webgpu"
        counts = self._samples["counts"]
        adapter = self._place.adapter
        return {
            "platform": self._place.hardware,
            "browser": self._browser.binary.name,
            "browser_version": self._browser.binary.version,
            "flags": self._browser.flags,
            "adapter_vendor": adapter.get("vendor"),
            "adapter_architecture": adapter.get("architecture"),
            "is_fallback_adapter": adapter.get("is_fallback"),
            "requested_device": self._place.asked,
            "proven_device": self._proven,
            "load_time_ms": self._told["times"]["import"] + self._told["times"]["fetch"],
            "initialization_time_ms": self._told["times"]["create"] + self._told["times"].get("precompile", 0.0),
            "shader_compilation_time_ms": self._first["compile_ms"] if gpu else None,
            "first_inference_ms": self._first["ms"],
            "timer_resolution_us": self._told["timer_us"],
            "cross_origin_isolated": self._told["isolated"],
            "threads": self._told["threads"],
            "submit_count": counts["gpu_submits"],
            "dispatch_count": counts["gpu_dispatches"] + counts["ml_dispatches"],
            "cpu_fallback_nodes": placed.get(CPU, 0) if placed and self._place.counter else None,
            **self._resident,
            "optimizations": self._optimizations(),
            "runtime_version": self._told["version"],
            "nodes": placed,
            **{name: told for name, told in nodes.items() if name not in placed},
            "counts_of_first_inference": self._first["counts"],
            "browser_process": self._browser.pid,
            **({"cpu_share": self._cpu_share} if self._place.hardware == "webnn" else {}),
            **around,
            "real_time_factor": self._real_time_factor(around),
            **beside.loading(self._page, self._site, self._model),  # last: it may cost the page
        }

    def _real_time_factor(self, around: Mapping[str, Any]) -> float | None:
        """Time per second of audio, of one sample with what comes before and after; None without audio, or if that is unknown."""
        parts = [around.get(name) for name in ("preprocessing_ms", "postprocessing_ms")]
        if not around.get("audio_seconds") or None in parts:
            return None
        inference = statistics.fmean(self._samples["samples"]) / self._cell.batch
        return float((inference + sum(filter(None, parts))) / 1e3 / around["audio_seconds"])

    def _optimizations(self) -> dict[str, Any]:
        """What can be switched, as it was: of a pair of cells one of these differs."""
        gpu = self._place.hardware == "webgpu"
        return {
            "graph_optimization": self._flag != "no-graph-optimization",
            **(
                {"precompile": self._flag == "precompile", "layout": NCHW if self._flag == "nchw" else NHWC}
                if gpu
                else {}
            ),
            **({"threads": self._told["threads"]} if self._place.hardware == "wasm" else {}),
        }

    def peak(self) -> Peak:
        """Peak resident memory of the page's renderer, and of the GPU process where that does the work."""
        pids = [*self._page.renderers, *([self._page.gpu_process] if self._place.counter else [])]
        return memory.peak([pid for pid in pids if pid], lambda: self._page.call("busy", 0.001))

    def close(self) -> None:
        """Lets the page go."""
        self._page.close()

    def _kept(self) -> Any:
        return keeping.failures(self._cell, self._options, self._facts, self._console)


def array(told: Mapping[str, Any]) -> "np.ndarray[Any, Any]":
    """An output as the page's memory holds it."""
    import numpy as np

    return np.frombuffer(base64.b64decode(told["data"]), told["type"]).reshape(told["dims"])
