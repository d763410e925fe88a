"""OpenVINO: Intel's CPU, GPU and NPU by one runtime. Its devices are those whose device node is here, in its own order.

The precision is pinned: left to itself OpenVINO turns fp32 into bf16 on CPUs that have it.
"""

import importlib.util
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

from hardware_backends import cpu, environment, onnx_precision, onnx_session, openvino_words
from pytest_ipfs_bench.backend import Backend, Detection, Device, Effective, LoadedModel, State, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

INSTALL = "pip install 'pytest-ipfs-bench[openvino]'"
DRIVER_HINT = "Install Intel's driver of that device (for a GPU its OpenCL runtime), and let your user read its node."
INTEL = "0x8086"
RENDER_NODES, ACCELERATORS = "sys/class/drm/renderD*", "sys/class/accel/accel*"
HINTS = {"fp32": "f32", "fp16": "f16", "bf16": "bf16", "int8": "f32"}  # int8 comes with the graph, never by a hint
PRECISIONS = {"f32": "fp32", "f16": "fp16", "bf16": "bf16", "f64": "fp64", "i8": "int8", "u8": "int8"}
# Kinds of layers, in the words of the CPU's and the GPU's plugin, whose precision is that of the model.
PRODUCTS = {"fullyconnected", "matmul", "gemm", "convolution", "groupconvolution", "deconvolution"}


class OpenVino(Backend):
    """The host's CPU as device 0, then Intel's GPUs and NPU, as OpenVINO lists them."""

    name = "openvino"
    runtimes = ("openvino",)

    def detect(self) -> Detection:
        """Whether the package is installed, and which of its devices have a node here. Imports nothing."""
        taken = environment.forbidden(self.name)
        if taken:
            return taken
        spec = importlib.util.find_spec("openvino")
        if spec is None or spec.origin is None:
            return Detection(State.NOT_INSTALLED, reason="the package openvino is not installed", hint=INSTALL)
        return Detection(State.PRESENT, tuple(_devices().values()), reason=f"openvino {_version()}")

    def probe(self, device_index: int) -> None:
        """Squares four numbers on the device."""
        core, target = _open(device_index)
        import numpy as np  # openvino brings it

        values = np.array([[1, 2, 3, 4]], dtype=np.float32)
        try:
            compiled = core.compile_model(core.read_model(onnx_session.SQUARE), target)
            (found,) = compiled([values]).values()
        except Exception as error:
            said = f"OpenVINO can't compute on {target}: {openvino_words.plain(error)}"
            raise Unsupported(State.BROKEN.value, said, DRIVER_HINT) from error
        if not np.allclose(found, values**2, rtol=1e-2):
            said = f"{target} computes wrongly: the squares of 1, 2, 3, 4 are {found.tolist()[0]} there"
            raise Unsupported(State.BROKEN.value, said, DRIVER_HINT)

    def prepare(self, cell: Cell) -> None:
        """Imports OpenVINO."""
        _core_module()

    def load(self, model: Model, cell: Cell) -> LoadedModel:
        """The model compiled for the cell's device, its precision and threads pinned."""
        core, target = _open(cell.device_index)
        if cell.precision not in HINTS:
            raise Unsupported("precision", f"openvino knows no {cell.precision}, only {', '.join(HINTS)}")
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": HINTS[cell.precision]}
        if target == "CPU" and model.spec.threads is not None:
            settings["INFERENCE_NUM_THREADS"] = str(model.spec.threads)
        with openvino_words.typed_errors():
            graph, source = _graph(core, model, cell)
            compiled = core.compile_model(graph, target, settings)
        loaded = OpenVinoModel(compiled, target, source, model.inputs(cell.batch, cell.shape))
        if cell.precision == "int8" and loaded.effective.precision != "int8":
            reason = f"OpenVINO takes the quantized graph but computes it in {loaded.effective.precision} on {target}"
            raise Unsupported("dtype", reason, "Use --bench-precisions=fp32,bf16, or --hardware=cpu with onnxruntime.")
        return loaded


class OpenVinoModel(LoadedModel):
    """A compiled model with its inputs set. `run` is the runtime's own call; outputs are copies."""

    def __init__(self, compiled: Any, target: str, source: str, inputs: Mapping[str, Any]) -> None:
        self._compiled, self._target, self._source = compiled, target, source
        self._request = compiled.create_infer_request()
        tensor = _core_module().Tensor
        for port in compiled.inputs:
            name = next((name for name in inputs if name in port.get_names()), None)
            if name is not None:
                self._request.set_tensor(port, tensor(inputs[name]))
        self._names = [port.get_any_name() for port in compiled.outputs]

    @cached_property
    def effective(self) -> Effective:  # type: ignore[override]  # read when it is asked for: no part of loading
        """What the compiled model says of itself: device, precision and threads."""
        places = self._compiled.get_property("EXECUTION_DEVICES")
        here = {str(place).strip("()").split(".")[0] for place in places} == {self._target.split(".")[0]}
        name = ",".join(str(place) for place in places)
        threads = self._compiled.get_property("INFERENCE_NUM_THREADS") if self._target == "CPU" else None
        return Effective("openvino" if here else name, name + self._source, _precision(self._compiled), threads)

    def run(self) -> dict[str, Any]:
        """Outputs by name."""
        return dict(zip(self._names, self._request.infer().values(), strict=True))

    def close(self) -> None:
        """Drops the compiled model, and with it what its device holds."""
        self._request = self._compiled = None


def _devices(root: Path = Path("/")) -> dict[str, Device]:
    """Devices by OpenVINO's names for them, in the order of its list: CPU, GPU (GPU.0, GPU.1), NPU."""
    host = replace(cpu.device(), index=0)
    gpus = [node for node in sorted(root.glob(RENDER_NODES)) if _fact(node, "vendor") == INTEL]
    npus = [node for node in sorted(root.glob(ACCELERATORS)) if _fact(node, "vendor") == INTEL]
    found = {"CPU": host}
    for number, node in enumerate(gpus):
        name = "GPU" if len(gpus) == 1 else f"GPU.{number}"
        found[name] = _device(len(found), "GPU", node, host)
    if npus:
        found["NPU"] = _device(len(found), "NPU", npus[0], host)
    return found


def _device(index: int, kind: str, node: Path, host: Device) -> Device:
    """A device by what PCI says of it; its own name is known to OpenVINO alone."""
    name = f"Intel {kind} {_fact(node, 'device') or ''}".strip()
    return Device(index, name, "Intel", host.platform, host.platform_version)


def _fact(node: Path, name: str) -> str | None:
    try:
        return (node / "device" / name).read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None


def _version() -> str:
    try:
        return metadata.version("openvino")
    except metadata.PackageNotFoundError:
        return "(of unknown version)"


def _core_module() -> Any:
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


def _open(device_index: int) -> tuple[Any, str]:
    """OpenVINO's core and its name of the device. Raises Unsupported where it does not list it."""
    core = _core_module().Core()
    names = list(_devices())
    if device_index >= len(names):
        said = f"openvino:{device_index}: no such device; here are: {', '.join(names)}"
        raise Unsupported(State.NO_DEVICE.value, said)
    target, listed = names[device_index], core.available_devices
    if target not in listed and f"{target}.0" not in listed:
        said = f"there is an Intel {target}, but OpenVINO lists {', '.join(listed) or 'nothing'}: {_why(core, target)}"
        raise Unsupported(State.BROKEN.value, said, DRIVER_HINT)
    return core, target


def _why(core: Any, target: str) -> str:
    """What the plugin of a device that is not listed says when it is asked for."""
    try:
        return f"it calls itself {core.get_property(target, 'FULL_DEVICE_NAME')}"
    except Exception as error:  # noqa: BLE001  any of them is the answer
        return openvino_words.plain(error)


def _graph(core: Any, model: Model, cell: Cell) -> tuple[Any, str]:
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
    graph = _core_module().convert_model(Flat().eval(), example_input=example)
    for ports, called in ((graph.inputs, list(inputs)), (graph.outputs, names)):
        for port, name in zip(ports, called, strict=True):
            port.get_tensor().set_names({name})
    return graph


def _precision(compiled: Any) -> str:
    """The precision of most products of the graph that runs; where a plugin does not show it, that of its property."""
    try:
        layers = [operation.get_rt_info() for operation in compiled.get_runtime_model().get_ops()]
        kinds = [(str(info["layerType"].value), str(info["runtimePrecision"].value)) for info in layers]
    except Exception:  # noqa: BLE001  not every plugin has a runtime model
        kinds = []
    products = Counter(precision for kind, precision in kinds if kind.lower().replace("_", "") in PRODUCTS)
    named = products.most_common(1)[0][0] if products else compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
    return PRECISIONS.get(named.lower(), named)
