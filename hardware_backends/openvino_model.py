"""A model in OpenVINO: its graph as it is read, fixed to a cell's shapes, compiled. Imported in the runner only."""

import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from hardware_backends import onnx_precision
from pytest_ipfs_bench.backend import UNVERIFIED, Effective, LoadedModel, State, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

INSTALL = "pip install 'pytest-ipfs-bench[openvino]'"
PRECISIONS = {"f32": "fp32", "f16": "fp16", "bf16": "bf16", "f64": "fp64", "i8": "int8", "u8": "int8"}
# Kinds of layers, in the words of the CPU's and the GPU's plugin, whose precision is that of the model.
PRODUCTS = {"fullyconnected", "matmul", "gemm", "convolution", "groupconvolution", "deconvolution"}


class OpenVinoModel(LoadedModel):
    """A compiled model with its inputs set. `run` is the runtime's own call; outputs are copies."""

    def __init__(self, compiled: Any, target: str, source: str, inputs: Mapping[str, Any]) -> None:
        self._compiled, self._target, self._source = compiled, target, source
        self._request = compiled.create_infer_request()
        tensor = package().Tensor
        for port in compiled.inputs:
            value = _input(port, inputs)
            if value is not None:
                self._request.set_tensor(port, tensor(value))
        self._names = [port.get_any_name() for port in compiled.outputs]

    @cached_property
    def effective(self) -> Effective:  # type: ignore[override]  # read when it is asked for: no part of loading
        """What the compiled model says of itself: device, precision and threads."""
        places = self._compiled.get_property("EXECUTION_DEVICES")
        name = ",".join(str(place).strip("()") for place in places)
        here = name.removesuffix(".0") == self._target.removesuffix(".0")
        numbered = "." in self._target  # several GPUs: nothing says that OpenVINO counts them as the system does
        threads = self._compiled.get_property("INFERENCE_NUM_THREADS") if self._target == "CPU" else None
        device = UNVERIFIED if here and numbered else "openvino" if here else name
        return Effective(device, name + self._source, _precision(self._compiled), threads)

    def run(self) -> dict[str, Any]:
        """Outputs by name."""
        return dict(zip(self._names, self._request.infer().values(), strict=True))

    def close(self) -> None:
        """Drops the compiled model, and with it what its device holds."""
        self._request = self._compiled = None


def package() -> Any:
    """The package openvino. Raises Unsupported where it is missing or does not load.

    Without its telemetry: that would fork at the import, and the fork would keep our pipes open for as long as it tries
    to reach its server.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # how Python marks a module as absent
    try:
        import openvino
    except ImportError as error:
        raise Unsupported(State.NOT_INSTALLED.value, f"openvino can't be imported: {error}", INSTALL) from error
    return openvino


def read(core: Any, model: Model, cell: Cell) -> tuple[Any, str]:
    """The model as OpenVINO reads its ONNX file; where it refuses that, its torch form, if there is one, which is said."""
    if cell.precision == "int8":
        with tempfile.TemporaryDirectory(prefix="ipfs-bench-", ignore_cleanup_errors=True) as folder:
            return core.read_model(str(onnx_precision.write(model.onnx, "int8", Path(folder)))), ""
    try:
        return core.read_model(str(model.onnx)), ""
    except RuntimeError:
        if model.spec.torch is None:
            raise
        return _from_torch(model, cell), " (from torch)"


def _input(port: Any, inputs: Mapping[str, Any]) -> Any:
    """The input that a port of a graph takes, None if it takes none of them."""
    return next((value for name, value in inputs.items() if name in port.get_names()), None)


def shapes(graph: Any, inputs: Mapping[str, Any]) -> dict[str, list[int]]:
    """The shapes of a graph's inputs by their names."""
    found = ((port, _input(port, inputs)) for port in graph.inputs)
    return {port.get_any_name(): list(value.shape) for port, value in found if value is not None}


def _from_torch(model: Model, cell: Cell) -> Any:
    """The torch form as an OpenVINO model whose inputs and outputs are named like those of the ONNX file."""
    import torch

    form, inputs = model.torch(), model.inputs(cell.batch, cell.shape)

    class Flat(torch.nn.Module):  # type: ignore[misc]  # torch is optional here
        def __init__(self) -> None:
            super().__init__()
            self.form = form

        def forward(self, *values: Any) -> Any:
            return tuple(self.form(*values).values())

    example = tuple(torch.from_numpy(value) for value in inputs.values())
    with torch.no_grad():
        names = list(form(*example))
    graph = package().convert_model(Flat().eval(), example_input=example)
    for ports, called in ((graph.inputs, list(inputs)), (graph.outputs, names)):
        for port, name in zip(ports, called, strict=True):
            port.get_tensor().set_names({name})
    return graph


def _precision(compiled: Any) -> str:
    """The precision of most products of the graph that runs; a plugin that does not show it proves none: its hint is ours."""
    try:
        layers = [operation.get_rt_info() for operation in compiled.get_runtime_model().get_ops()]
        kinds = [(str(info["layerType"].value), str(info["runtimePrecision"].value)) for info in layers]
    except Exception:  # noqa: BLE001  not every plugin has a runtime model
        kinds = []
    products = Counter(precision for kind, precision in kinds if kind.lower().replace("_", "") in PRODUCTS)
    named = products.most_common(1)[0][0] if products else UNVERIFIED
    return PRECISIONS.get(named.lower(), named)
