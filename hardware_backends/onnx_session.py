"""A model in an ONNX Runtime session, shared by the backends that have that runtime. Imported in the runner only."""

import contextlib
import importlib
import tempfile
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from hardware_backends import onnx_graph, onnx_places, onnx_precision
from pytest_ipfs_bench.backend import Effective, LoadedModel, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

OWN = "fp32"
OTHER_PRECISION = "Use --bench-precisions=fp32, or another runtime (--bench-runtime)."
NO_FALLBACK = "session.disable_cpu_ep_fallback"
# An ONNX file of one node, y = x * x on four numbers: the package onnx, which could make it, is not needed to run cells.
SQUARE = bytes.fromhex(
    "08071200 3a41 0a0e0a01780a0178120179 22034d756c 120570726f6265"
    "5a130a0178120e0a0c080112080a0208010a020804 62130a0179120e0a0c080112080a0208010a020804 42040a00100d"
)
PARTLY = "fallback to CPU EP has been explicitly disabled"


class OnnxSession(LoadedModel):
    """One session with its inputs set. `run` is the runtime's own call, without a copy of ours around it.

    whole: the provider compiles the graph and has to take all of it; nothing of it may run on the CPU unsaid.
    """

    def __init__(
        self,
        model: Model,
        cell: Cell,
        provider: str,
        *,
        threads: int | None = None,
        options: Mapping[str, Any] | None = None,
        whole: bool = False,
    ) -> None:
        import onnxruntime as ort

        settings = ort.SessionOptions()
        settings.inter_op_num_threads = 1
        if threads is not None:
            settings.intra_op_num_threads = threads
        inputs = model.inputs(cell.batch, cell.shape)
        if whole:
            settings.add_session_config_entry(NO_FALLBACK, "1")
            for name, size in onnx_graph.free_lengths(model.onnx, inputs).items():  # what is compiled needs its shape
                settings.add_free_dimension_override_by_name(name, size)
        providers = onnx_places.choose(settings, provider, dict(options or {}))
        self._provider = provider
        self._threads, self._file, self._precision = threads, model.onnx, ""
        if cell.precision == OWN:
            with typed_errors(provider, OWN):
                self._session = ort.InferenceSession(str(model.onnx), settings, providers=providers)
        else:
            self._convert(cell.precision, settings, providers, whole=whole)
        self._names = [output.name for output in self._session.get_outputs()]
        wanted = {one.name for one in self._session.get_inputs()}
        self._feed = {name: value for name, value in inputs.items() if name in wanted}

    def _convert(self, precision: str, settings: Any, providers: list[Any] | None, *, whole: bool) -> None:
        """A session over the converted file. Raises Unsupported where the runtime then computes in another precision."""
        import onnxruntime as ort

        provider = self._provider
        with tempfile.TemporaryDirectory(prefix="ipfs-bench-", ignore_cleanup_errors=True) as folder:
            given = runs = onnx_precision.write(self._file, precision, Path(folder))
            if not whole:  # the graph after the runtime's own changes: it turns fp16 into fp32 where it has no kernels
                runs = Path(folder) / "optimized.onnx"
                settings.optimized_model_filepath = str(runs)
            with typed_errors(provider, precision):
                self._session = ort.InferenceSession(str(given), settings, providers=providers)
            self._precision = onnx_graph.precision(runs)
        if self._precision != precision and self._session.get_providers()[0] == provider:
            reason = f"onnxruntime takes the model in {precision} but computes it in {self._precision}:"
            reason += f" {provider} has no kernels for {precision}"
            raise Unsupported("dtype", reason, OTHER_PRECISION)

    @cached_property
    def effective(self) -> Effective:  # type: ignore[override]  # read when it is asked for: no part of loading
        """The provider that the session really uses, and the precision of the graph that runs."""
        device, provider = onnx_places.where(self._session, self._provider)
        precision = self._precision or onnx_graph.precision(self._file)
        return Effective(device, provider, precision, self._threads)

    def run(self) -> dict[str, Any]:
        """Outputs by name."""
        return dict(zip(self._names, self._session.run(None, self._feed), strict=True))

    def close(self) -> None:
        """Drops the session, and with it what the provider holds."""
        self._session = None


def prepare(precision: str = OWN) -> None:
    """Imports the runtime, and what converts a model to the precision; keeps quiet what we read ourselves (warnings)."""
    import onnxruntime as ort

    ort.set_default_logger_severity(3)
    if precision != OWN:
        with contextlib.suppress(ImportError):  # loading says what is missing
            importlib.import_module("onnx")
            importlib.import_module("onnxruntime.quantization")


def probe(provider: str, options: Mapping[str, Any] | None = None) -> None:
    """Squares four numbers on a provider, and nowhere else. Raises Unsupported("broken") with the runtime's words."""
    import numpy as np
    import onnxruntime as ort

    settings = ort.SessionOptions()
    settings.add_session_config_entry(NO_FALLBACK, "0" if provider == onnx_places.CPU else "1")
    providers = onnx_places.choose(settings, provider, dict(options or {}))
    values = np.array([[1, 2, 3, 4]], dtype=np.float32)
    try:
        session = ort.InferenceSession(SQUARE, settings, providers=providers)
        (found,) = session.run(None, {"x": values})
    except Exception as error:
        said = f"{provider} can't compute: {str(error).strip() or type(error).__name__}"
        raise Unsupported(
            "broken", said, "Check the device's driver, and the versions that the provider needs."
        ) from error
    if session.get_providers()[0] != provider:
        raise Unsupported("broken", f"onnxruntime can't load {provider}: it took {session.get_providers()[0]}")
    if not np.allclose(found, values**2, rtol=1e-2):
        raise Unsupported(
            "broken", f"{provider} computes wrongly: the squares of 1, 2, 3, 4 are {found.tolist()[0]} there"
        )


@contextlib.contextmanager
def typed_errors(provider: str = "", precision: str = OWN) -> Iterator[None]:
    """What the runtime refuses by design is Unsupported, in its own words; everything else stays the error that it is."""
    try:
        yield
    except Exception as error:
        kind, text = type(error).__name__, str(error)
        if PARTLY in text:
            reason = f"{provider} takes only a part of this model, the rest would run on the CPU: {text}"
            raise Unsupported(
                "operator", reason, "Use another precision, or a model of operators that it has."
            ) from error
        if kind in ("NotImplemented", "InvalidGraph"):
            if precision == OWN:
                raise Unsupported("operator", text) from error
            raise Unsupported("dtype", text, OTHER_PRECISION) from error
        raise
