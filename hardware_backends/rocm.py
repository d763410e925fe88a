"""AMD GPUs. Detection reads what the kernel's driver (amdgpu, KFD) shows, no framework. Runtime torch (HIP)."""

import ctypes.util
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hardware_backends import amd_smi, environment, runtimes, torch_gpu, torch_modes, torch_processes, torch_session
from pytest_ipfs_bench.backend import Backend, Detection, Device, LoadedModel, State
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

KFD, NODES = Path("/dev/kfd"), Path("/sys/class/kfd/kfd/topology/nodes")
DRIVER, ROCM = Path("/sys/module/amdgpu/version"), Path("/opt/rocm/.info/version")
DRIVER_HINT = "Install AMD's driver and ROCm (rocminfo then lists the GPU)."
GROUP_HINT = "Add yourself to the groups render and video, and log in anew."
TORCH_HINT = "Install torch's ROCm build: https://pytorch.org/get-started/locally."
VISIBLE = ("ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES")  # HIP heeds the last one, too


@dataclass(frozen=True)
class Gpu:
    """A GPU in the kernel's list."""

    name: str
    memory: int
    units: int
    address: str
    unique: str


class Rocm(Backend):
    """Every AMD GPU on which ROCm can compute."""

    name = "rocm"
    runtimes = ("torch",)

    def detect(self) -> Detection:
        """The kernel's list of devices."""
        forbidden = environment.forbidden(self.name)
        if forbidden:
            return forbidden
        if not KFD.exists():
            return _no_driver()
        if not os.access(KFD, os.R_OK | os.W_OK):
            return Detection(State.BROKEN, reason=f"{KFD} may not be opened by this user", hint=GROUP_HINT)
        every = gpus()
        usable = visible(every)
        if not usable:
            hidden = f": {len(every)} hidden by {' or '.join(VISIBLE[:2])}" if every else ""
            return Detection(State.NO_DEVICE, reason=f"AMD's driver shows no GPU{hidden}", hint="Check rocminfo.")
        reason, hint = runtimes.installed(self.runtimes, {"torch": TORCH_HINT})
        return Detection(State.PRESENT, tuple(map(_device, range(len(usable)), usable)), reason, hint)

    def modes(self, runtime: str) -> tuple[str, ...]:
        """Torch does more than inference."""
        return torch_session.MODES

    def probe(self, device_index: int) -> None:
        """Allocates, computes and waits, by torch: there is no other runtime."""
        import torch

        with torch_session.probing(f"rocm:{device_index}"):
            torch_gpu.require("ROCm", device_index, TORCH_HINT)
            torch_session.compute(f"cuda:{device_index}", lambda: torch.cuda.synchronize(device_index))

    def prepare(self, cell: Cell) -> None:
        """Imports torch, and begins with the device."""
        torch_gpu.prepare(cell.device_index)

    def load(self, model: Model, cell: Cell) -> LoadedModel:
        """The model on the GPU; refused if this build of torch can't use it."""
        torch_gpu.require("ROCm", cell.device_index, TORCH_HINT)
        if torch_processes.many(cell):
            return torch_processes.Processes(model, cell)
        found = visible(gpus())
        address = found[cell.device_index].address if cell.device_index < len(found) else None
        return torch_modes.on_gpu(model, cell, amd_smi.AmdSmi.open(address))


def gpus() -> list[Gpu]:
    """The nodes of the kernel's topology that are GPUs (a CPU has no SIMD units), in its order."""
    try:
        folders = sorted(NODES.iterdir(), key=lambda folder: int(folder.name))
    except (OSError, ValueError):
        return []
    return [_gpu(folder, facts) for folder in folders if (facts := _properties(folder)).get("simd_count")]


def visible(found: list[Gpu]) -> list[Gpu]:
    """Those that the environment leaves to a process, in its order: HIP's choice is made among ROCr's."""
    for choice in (os.environ.get(VISIBLE[0]), os.environ.get(VISIBLE[1], os.environ.get(VISIBLE[2]))):
        if choice is not None:
            found = list(_chosen(found, choice))
    return found


def _chosen(found: list[Gpu], choice: str) -> Iterator[Gpu]:
    for word in map(str.strip, choice.split(",")):
        if word.isdigit() and int(word) < len(found):
            yield found[int(word)]
        elif named := [gpu for gpu in found if gpu.unique == word]:
            yield named[0]
        else:
            return  # the runtimes stop at the first that they don't know


def _no_driver() -> Detection:
    if ctypes.util.find_library("amdhip64") or ROCM.exists():
        said = f"ROCm is installed, but the kernel shows no AMD GPU ({KFD} not found)"
        return Detection(State.NO_DEVICE, reason=said, hint="Check rocminfo and that the module amdgpu is loaded.")
    return Detection(State.NOT_INSTALLED, reason=f"no AMD GPU driver ({KFD} not found)", hint=DRIVER_HINT)


def _device(index: int, gpu: Gpu) -> Device:
    return Device(
        index=index,
        name=gpu.name,
        vendor="AMD",
        platform=platform.system(),
        platform_version=f"ROCm {_line(ROCM)}" if _line(ROCM) else None,
        driver_version=_line(DRIVER),
        memory_gb=round(gpu.memory / 1e9, 1) or None,
        compute_units=gpu.units,
    )


def _gpu(folder: Path, facts: dict[str, int]) -> Gpu:
    target, place = facts.get("gfx_target_version", 0), facts.get("location_id", 0)
    banks = [_properties(bank) for bank in folder.glob("mem_banks/*")]
    product = _line(Path(f"/sys/class/drm/renderD{facts.get('drm_render_minor', 0)}/device/product_name"))
    return Gpu(
        name=product or f"AMD gfx{target // 10000}{target // 100 % 100:x}{target % 100:x}",
        memory=sum(bank.get("size_in_bytes", 0) for bank in banks),
        units=facts["simd_count"] // (facts.get("simd_per_cu") or 1),
        address=f"{facts.get('domain', 0):04x}:{place >> 8 & 0xFF:02x}:{place >> 3 & 0x1F:02x}.{place & 7}",
        unique=f"GPU-{facts.get('unique_id', 0):016x}",
    )


def _properties(folder: Path) -> dict[str, int]:
    """The file `properties` of a folder: a name and a number a line. Empty where it can't be read."""
    try:
        lines = (folder / "properties").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = [line.split() for line in lines]
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}  # noqa: PLR2004


def _line(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except OSError:
        return None
