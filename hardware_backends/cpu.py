"""The host's CPU: always there. Runtime onnxruntime."""

import importlib.util
import os
import platform
from pathlib import Path

from hardware_backends import onnx_session
from pytest_ipfs_bench.backend import Backend, Detection, Device, LoadedModel, State, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

VENDORS = {"GenuineIntel": "Intel", "AuthenticAMD": "AMD", "ARM": "Arm"}


class Cpu(Backend):
    """The CPU of this machine, one device."""

    name = "cpu"
    runtimes = ("onnxruntime",)

    def detect(self) -> Detection:
        """Always present; the runtimes that are installed are named in the reason."""
        installed = [name for name in self.runtimes if importlib.util.find_spec(name)]
        missing = [name for name in self.runtimes if name not in installed]
        return Detection(
            State.PRESENT,
            (device(),),
            reason=f"runtimes: {', '.join(installed) or 'none'}",
            hint=f"for {', '.join(missing)}: pip install 'pytest-ipfs-bench[suites]'" if missing else None,
        )

    def prepare(self, cell: Cell) -> None:
        """Imports ONNX Runtime."""
        onnx_session.prepare()

    def load(self, model: Model, cell: Cell) -> LoadedModel:
        """The model in an ONNX Runtime session on the CPU."""
        if cell.precision != "fp32":
            raise Unsupported("precision", f"onnxruntime on cpu runs fp32 here, not {cell.precision}", "fp32")
        return onnx_session.OnnxSession(model, cell, "CPUExecutionProvider", threads=model.spec.threads)


def device() -> Device:
    """This machine's CPU as the kernel describes it."""
    facts = _cpuinfo()
    vendor = facts.get("vendor_id") or facts.get("CPU implementer")
    return Device(
        index=0,
        name=facts.get("model name") or platform.processor() or platform.machine(),
        vendor=VENDORS.get(vendor, vendor) if vendor else None,
        platform=platform.system(),
        platform_version=_os_release(),
        memory_gb=_memory_gb(),
        compute_units=os.cpu_count(),
    )


def _cpuinfo() -> dict[str, str]:
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n\n", 1)[0]
    except OSError:  # not Linux
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _os_release() -> str:
    """The OS release ("Debian 12"), never the kernel's build."""
    if platform.system() == "Darwin":
        return f"macOS {platform.mac_ver()[0]}"
    try:
        facts = platform.freedesktop_os_release()
    except OSError:
        return platform.system()
    return " ".join([facts.get("NAME", "").split(" ")[0], facts.get("VERSION_ID", "")]).strip()


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1)
    except (OSError, ValueError):
        return None
