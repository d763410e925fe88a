"""The host's CPU: always there. Runtimes onnxruntime, torch (eager) and torch.compile."""

import os
import platform
from pathlib import Path

from hardware_backends import onnx_session, runtimes, torch_modes, torch_processes, torch_session
from pytest_ipfs_bench.backend import Backend, Detection, Device, LoadedModel, State, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

VENDORS = {"GenuineIntel": "Intel", "AuthenticAMD": "AMD", "ARM": "Arm"}


class Cpu(Backend):
    """The CPU of this machine, one device."""

    name = "cpu"
    runtimes = ("onnxruntime", "torch", "torch.compile")

    def detect(self) -> Detection:
        """Always present; the runtimes that are installed are named in the reason."""
        reason, hint = runtimes.installed(self.runtimes)
        return Detection(State.PRESENT, (device(),), reason, hint)

    def probe(self, device_index: int) -> None:
        """The process that is asked runs on it."""

    def modes(self, runtime: str) -> tuple[str, ...]:
        """Torch does more than inference."""
        return torch_session.MODES if runtime == "torch" else super().modes(runtime)

    def runtime_version(self, runtime: str) -> str | None:
        """That of the distribution which is installed under one of the runtime's names."""
        return runtimes.version(runtime)

    def prepare(self, cell: Cell) -> None:
        """Imports the cell's runtime."""
        if cell.runtime == "onnxruntime":
            onnx_session.prepare(cell.precision)
        else:
            torch_session.prepare()

    def load(self, model: Model, cell: Cell) -> LoadedModel:
        """The model on the CPU, which is one device."""
        if cell.device_index:
            raise Unsupported("no_device", f"{cell.target}: no such device; cpu is one device, cpu:0")
        if cell.runtime == "onnxruntime":
            return onnx_session.OnnxSession(model, cell, "CPUExecutionProvider", threads=model.spec.threads)
        if torch_processes.many(cell):
            return torch_processes.Processes(model, cell)
        kind: type[torch_session.TorchModel] = torch_modes.chosen(
            cell, torch_session.TorchModel, torch_modes.Generation, torch_modes.Training
        )
        return kind(model, cell, "cpu", model.spec.threads)


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
