"""Qualcomm's Hexagon NPU (HTP), through onnxruntime-qnn: the QNN provider of ONNX Runtime. Runtime qnn.

On a PC the same package, like the QNN SDK, brings an emulation of that NPU. It proves nothing about a device: it is
reported as simulated, and no cell runs there. The NPU has no fp32, and compiles graphs whose shapes are fixed.
"""

import importlib.util
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from hardware_backends import cpu, environment, onnx_session, runtimes
from pytest_ipfs_bench.backend import Backend, Detection, Device, LoadedModel, State, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

PACKAGE, PROVIDER = "onnxruntime-qnn", "QNNExecutionProvider"
OPTIONS = {"backend_type": "htp"}
INSTALL = "pip install onnxruntime-qnn"
ON_ARM = "Run on a Snapdragon: Linux on ARM64."
DRIVER_HINT = "Qualcomm's driver of the NPU (FastRPC) makes this node; your user needs access to it."
SDK_ROOT = "QNN_SDK_ROOT"
ARM = ("aarch64", "arm64")
# FastRPC's nodes of the DSP on which the NPU is: those of mainline Linux, then those of the vendor's kernels.
NODES = ("dev/fastrpc-cdsp", "dev/fastrpc-cdsp-secure", "dev/cdsprpc-smd", "dev/adsprpc-smd")
CHIP = ("sys/devices/soc0/machine", "proc/device-tree/model")


class Qualcomm(Backend):
    """The NPU of a Snapdragon: one device."""

    name = "qualcomm"
    runtimes = ("qnn",)

    def detect(self) -> Detection:
        """Whether the provider is installed, and whether an NPU is here or only its emulation. Imports nothing."""
        return environment.forbidden(self.name) or _detect(Path("/"))

    def probe(self, device_index: int) -> None:
        """Computes on the NPU, and nowhere else."""
        self._require(device_index)
        _provider()
        onnx_session.probe(PROVIDER, OPTIONS)

    def runtime_version(self, runtime: str) -> str | None:
        """That of the distribution which is installed under one of the runtime's names."""
        return runtimes.version(runtime)

    def prepare(self, cell: Cell) -> None:
        """Imports ONNX Runtime and registers its QNN provider."""
        _provider()

    def load(self, model: Model, cell: Cell) -> LoadedModel:
        """The model in a session all of which runs on the NPU; refused if that takes only a part."""
        self._require(cell.device_index)
        if cell.precision == "fp32":
            raise Unsupported(
                "dtype", "the Hexagon NPU computes in fp16 and integers, not in fp32", "--bench-precisions=fp16"
            )
        return onnx_session.OnnxSession(model, cell, PROVIDER, options=OPTIONS, whole=True)

    def _require(self, device_index: int) -> None:
        """Raises Unsupported where detection does not find the device: an emulation would take the cell, too."""
        found = self.detect()
        if not found.devices:
            raise Unsupported(found.state.value, found.reason or found.state.value, found.hint)
        if found.device(device_index) is None:
            raise Unsupported(State.NO_DEVICE.value, f"qualcomm:{device_index}: no such device; there is one, qualcomm")


def _detect(root: Path) -> Detection:
    version, machine = _installed(), platform.machine()
    if version is None:
        sdk = f"; {SDK_ROOT} names an SDK, which has no provider for ONNX Runtime" if os.environ.get(SDK_ROOT) else ""
        return Detection(State.NOT_INSTALLED, reason=f"the package {PACKAGE} is not installed{sdk}", hint=INSTALL)
    if machine.lower() not in ARM:
        said = f"simulated: on {machine} {PACKAGE} {version} can only compile for the NPU or emulate it: no device"
        return Detection(State.NO_DEVICE, reason=said, hint=ON_ARM)
    windows = platform.system() == "Windows" and "Qualcomm" in platform.processor()
    if not windows and not any((root / node).exists() for node in NODES):
        said = f"no Hexagon NPU: none of {', '.join(f'/{node}' for node in NODES)} is here"
        return Detection(State.NO_DEVICE, reason=said, hint=DRIVER_HINT)
    return Detection(State.PRESENT, (_device(root),), reason=f"{PACKAGE} {version}")


def _installed() -> str | None:
    """The version of the provider: its own package, or a build of ONNX Runtime that has it inside. None without."""
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        spec = importlib.util.find_spec("onnxruntime")
    folders = [Path(place) for place in spec.submodule_search_locations or ()] if spec else []
    inside = any(file for folder in folders for file in (folder / "capi").glob("*onnxruntime_providers_qnn*"))
    return "(inside onnxruntime)" if inside else None


def _device(root: Path) -> Device:
    host = cpu.device()
    chip = next(filter(None, (_text(root / place) for place in CHIP)), None) or platform.processor()
    name = f"Hexagon NPU ({chip})" if chip else "Hexagon NPU"
    return Device(0, name, "Qualcomm", host.platform, host.platform_version)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip("\0 \n")
    except OSError:
        return ""


def _provider() -> Any:
    """ONNX Runtime with its QNN provider registered. Raises Unsupported where either is missing or does not load."""
    try:
        import onnxruntime as ort

        onnx_session.prepare()
        if PROVIDER not in ort.get_available_providers():  # since 2.0 a library of its own, registered once a process
            import onnxruntime_qnn

            ort.register_execution_provider_library(PROVIDER, onnxruntime_qnn.get_library_path())
    except ImportError as error:
        raise Unsupported(State.NOT_INSTALLED.value, f"the QNN provider can't be imported: {error}", INSTALL) from error
    except Exception as error:
        said = f"the QNN provider can't be loaded: {str(error).strip() or type(error).__name__}"
        raise Unsupported(
            State.BROKEN.value, said, "Install versions of onnxruntime and onnxruntime-qnn that fit."
        ) from error
    return ort
