"""A model in an ONNX Runtime session, shared by the backends that have that runtime. Imported in the runner only."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_ipfs_bench.backend import Effective, LoadedModel, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

DEVICES = {"CPUExecutionProvider": "cpu", "CUDAExecutionProvider": "cuda"}


class OnnxSession(LoadedModel):
    """One session with its inputs set. `run` is the runtime's own call, without a copy of ours around it."""

    def __init__(
        self,
        model: Model,
        cell: Cell,
        provider: str,
        *,
        threads: int | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        import onnxruntime as ort

        settings = ort.SessionOptions()
        settings.inter_op_num_threads = 1
        if threads is not None:
            settings.intra_op_num_threads = threads
        with typed_errors():
            self._session = ort.InferenceSession(str(model.onnx), settings, providers=[(provider, dict(options or {}))])
        used = self._session.get_providers()[0]
        self.effective = Effective(DEVICES.get(used, used), used, "fp32", threads)
        self._names = [output.name for output in self._session.get_outputs()]
        wanted = {one.name for one in self._session.get_inputs()}
        self._feed = {name: value for name, value in model.inputs(cell.batch, cell.shape).items() if name in wanted}

    def run(self) -> dict[str, Any]:
        """Outputs by name."""
        return dict(zip(self._names, self._session.run(None, self._feed), strict=True))

    def close(self) -> None:
        """Drops the session, and with it what the provider holds."""
        del self._session


def prepare() -> None:
    """Imports the runtime, and keeps it quiet: its warnings are answers that we read ourselves (the provider in use)."""
    import onnxruntime as ort

    ort.set_default_logger_severity(3)


@contextlib.contextmanager
def typed_errors() -> Iterator[None]:
    """What the runtime refuses by design is Unsupported; everything else stays the error that it is."""
    try:
        yield
    except Exception as error:
        kind = type(error).__name__
        if kind in ("NotImplemented", "InvalidGraph"):
            raise Unsupported("operator", str(error)) from error
        raise
