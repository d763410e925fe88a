"""OpenVINO: Intel's CPU, GPU and NPU by one runtime. Its devices are those whose device node is here, in its own order.

The precision is pinned: left to itself OpenVINO turns fp32 into bf16 on CPUs that have it.
"""

import importlib.util
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

from hardware_backends import cpu, environment, onnx_session, openvino_model, openvino_words
from pytest_ipfs_bench.backend import UNVERIFIED, Backend, Detection, Device, LoadedModel, State, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

DRIVER_HINT = "Install Intel's driver of that device (for a GPU its OpenCL runtime), and let your user read its node."
INTEL = "0x8086"
RENDER_NODES, ACCELERATORS = "sys/class/drm/renderD*", "sys/class/accel/accel*"
HINTS = {"fp32": "f32", "fp16": "f16", "bf16": "bf16", "int8": "f32"}  # int8 comes with the graph, never by a hint


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
            return Detection(
                State.NOT_INSTALLED, reason="the package openvino is not installed", hint=openvino_model.INSTALL
            )
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
        openvino_model.package()

    def load(self, model: Model, cell: Cell) -> LoadedModel:
        """The model compiled for the cell's device, its precision and threads pinned."""
        core, target = _open(cell.device_index)
        inputs = model.inputs(cell.batch, cell.shape)
        if cell.precision not in HINTS:
            raise Unsupported("precision", f"openvino knows no {cell.precision}, only {', '.join(HINTS)}")
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": HINTS[cell.precision]}
        if target == "CPU" and model.spec.threads is not None:
            settings["INFERENCE_NUM_THREADS"] = str(model.spec.threads)
        with openvino_words.typed_errors():
            graph, source = openvino_model.read(core, model, cell)
            graph.reshape(
                openvino_model.shapes(graph, inputs)
            )  # what is compiled for one shape is quicker: benchmark_app does so, too
            compiled = core.compile_model(graph, target, settings)
        loaded = openvino_model.OpenVinoModel(compiled, target, source, inputs)
        if cell.precision != "fp32" and loaded.effective.precision not in (cell.precision, UNVERIFIED):
            reason = (
                f"asked for {cell.precision}, OpenVINO computes this model in {loaded.effective.precision} on {target}"
            )
            raise Unsupported("dtype", reason, "Use another precision (--bench-precisions), or --hardware=cpu.")
        return loaded


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


def _open(device_index: int) -> tuple[Any, str]:
    """OpenVINO's core and its name of the device. Raises Unsupported where it does not list it."""
    core = openvino_model.package().Core()
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
