"""ROCm: what the kernel shows (files made up here), and how a HIP build of torch and amdsmi are used."""

import os
import sys
from types import SimpleNamespace

import pytest

from hardware_backends import amd_smi, rocm
from pytest_ipfs_bench.backend import State, Unsupported
from pytest_ipfs_bench.cell import Cell

CPU = {"simd_count": 0, "cpu_cores_count": 64}
GPU = {"simd_count": 1216, "simd_per_cu": 4, "gfx_target_version": 90402, "location_id": 0x3100, "domain": 0}


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """machine(nodes, kfd=True): the kernel shows these nodes."""
    for variable in (*rocm.VISIBLE, "ROCM_AVAILABLE", "ROCM_SIMULATION"):
        monkeypatch.delenv(variable, raising=False)
    for name in ("KFD", "NODES", "DRIVER", "ROCM"):
        monkeypatch.setattr(rocm, name, tmp_path / name)
    monkeypatch.setattr(rocm.ctypes.util, "find_library", lambda name: None)

    def become(*nodes, kfd=True):
        if kfd:
            (tmp_path / "KFD").touch()
        for number, node in enumerate(nodes):
            bank = tmp_path / "NODES" / str(number) / "mem_banks" / "0"
            bank.mkdir(parents=True)
            (bank / "properties").write_text("heap_type 1\nsize_in_bytes 206141652992\n")
            lines = [f"{name} {value}" for name, value in {**node, "unique_id": number}.items()]
            (bank.parent.parent / "properties").write_text("\n".join(lines))
        return tmp_path

    return become


def test_without_the_driver_it_is_not_installed(machine):
    machine(kfd=False)
    found = rocm.Rocm().detect()
    assert found.state is State.NOT_INSTALLED
    assert found.reason == f"no AMD GPU driver ({rocm.KFD} not found)"
    assert "Install AMD's driver" in found.hint


def test_a_rocm_without_a_gpu_is_no_device(machine, monkeypatch):
    machine(kfd=False)
    monkeypatch.setattr(rocm.ctypes.util, "find_library", lambda name: "libamdhip64.so")
    found = rocm.Rocm().detect()
    assert (found.state, "ROCm is installed, but the kernel shows no AMD GPU" in found.reason) == (
        State.NO_DEVICE,
        True,
    )


def test_a_variable_called_rocm_home_is_no_device(machine, monkeypatch):
    machine(kfd=False)
    monkeypatch.setenv("ROCM_HOME", "/opt/rocm")
    assert rocm.Rocm().detect().state is State.NOT_INSTALLED


def test_a_device_that_may_not_be_opened_is_broken(machine, monkeypatch):
    machine(GPU)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    found = rocm.Rocm().detect()
    assert (found.state, found.reason) == (State.BROKEN, f"{rocm.KFD} may not be opened by this user")
    assert found.hint == "Add yourself to the groups render and video, and log in anew."


@pytest.mark.parametrize("nodes", [(), (CPU,)])
def test_a_driver_without_gpus_is_no_device(machine, nodes):
    machine(*nodes)
    found = rocm.Rocm().detect()
    assert (found.state, found.reason) == (State.NO_DEVICE, "AMD's driver shows no GPU")


def test_every_gpu_is_a_device(machine):
    folder = machine(CPU, GPU, GPU)
    (folder / "DRIVER").write_text("6.12.12\n")
    (folder / "ROCM").write_text("6.4.1-83\n")
    found = rocm.Rocm().detect()
    first, second = found.devices
    assert (found.state, first.index, second.index) == (State.PRESENT, 0, 1)
    assert (first.name, first.vendor, first.memory_gb, first.compute_units) == ("AMD gfx942", "AMD", 206.1, 304)
    assert (first.driver_version, first.platform_version) == ("6.12.12", "ROCm 6.4.1-83")


@pytest.mark.parametrize(
    ("variables", "left"),
    [
        ({"HIP_VISIBLE_DEVICES": "1"}, ["GPU-0000000000000002"]),
        ({"CUDA_VISIBLE_DEVICES": "1,0"}, ["GPU-0000000000000002", "GPU-0000000000000001"]),
        ({"ROCR_VISIBLE_DEVICES": "GPU-0000000000000002", "HIP_VISIBLE_DEVICES": "0"}, ["GPU-0000000000000002"]),
        ({"HIP_VISIBLE_DEVICES": "0,7,1"}, ["GPU-0000000000000001"]),
        ({"ROCR_VISIBLE_DEVICES": ""}, []),
    ],
)
def test_devices_are_counted_as_the_runtime_counts_them(machine, monkeypatch, variables, left):
    machine(CPU, GPU, GPU)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert [gpu.unique for gpu in rocm.visible(rocm.gpus())] == left


def test_hidden_gpus_are_told(machine, monkeypatch):
    machine(GPU)
    monkeypatch.setenv("HIP_VISIBLE_DEVICES", "")
    reason = rocm.Rocm().detect().reason
    assert reason == "AMD's driver shows no GPU: 1 hidden by ROCR_VISIBLE_DEVICES or HIP_VISIBLE_DEVICES"


def test_a_legacy_switch_takes_the_hardware_away(machine, monkeypatch):
    machine(GPU)
    monkeypatch.setenv("ROCM_AVAILABLE", "0")
    assert rocm.Rocm().detect().reason == "forbidden by ROCM_AVAILABLE=0"


def cell(index=0):
    return Cell("m", "tiny", "random", "rocm", index, "torch", "fp32", "inference", 1, {})


def test_a_cuda_build_of_torch_is_refused_although_it_says_cuda_is_there(vendor_torch):
    vendor_torch(cuda="13.0")
    with pytest.raises(Unsupported, match=r"this torch \(9.9\) was built for CUDA, not ROCm") as caught:
        rocm.Rocm().load(None, cell())
    assert caught.value.error_type == "runtime"
    with pytest.raises(Unsupported) as caught:
        rocm.Rocm().probe(0)
    assert caught.value.error_type == "not_installed"


def test_a_probe_computes_and_waits(vendor_torch):
    torch = vendor_torch(hip="6.4")
    rocm.Rocm().probe(1)
    assert torch.calls == ["ones(cuda:1)", "synchronize(1)"]


def test_a_probe_says_what_the_device_said(vendor_torch):
    vendor_torch(hip="6.4", words="HIP error: unspecified launch failure")
    with pytest.raises(Unsupported) as caught:
        rocm.Rocm().probe(0)
    assert caught.value.reason == "rocm:0 does not work in torch: HIP error: unspecified launch failure"
    assert caught.value.error_type == "broken"


def test_a_device_that_computes_wrongly_is_broken(vendor_torch):
    torch = vendor_torch(hip="6.4")
    ones = torch.ones
    torch.ones = lambda count, device: ones(count + 1, device)
    with pytest.raises(Unsupported, match="cuda:0 computes wrongly: 1024 times 2 is 2050 there"):
        rocm.Rocm().probe(0)


def test_a_model_on_hip_is_on_rocm_and_not_on_cuda(machine, vendor_torch, model, monkeypatch):
    machine(GPU)
    vendor_torch(hip="6.4")
    monkeypatch.setitem(sys.modules, "amdsmi", None)
    loaded = rocm.Rocm().load(model, cell())
    assert loaded.effective.device == "rocm"
    assert loaded.power() is None
    assert loaded.energy() is None


class AmdSmi(SimpleNamespace):
    """amdsmi as its package is: dicts, "N/A", exceptions of its own."""

    def __init__(self, **changes):
        super().__init__(
            calls=[],
            AmdSmiTemperatureType=SimpleNamespace(HOTSPOT="hotspot", EDGE="edge"),
            AmdSmiTemperatureMetric=SimpleNamespace(CURRENT="current"),
            amdsmi_init=lambda: None,
            amdsmi_shut_down=lambda: self.calls.append("shut down"),
            amdsmi_get_processor_handles=lambda: ["a", "b"],
            amdsmi_get_gpu_device_bdf=lambda handle: {"a": "0000:31:00.0", "b": "0000:32:00.0"}[handle],
            amdsmi_get_power_info=lambda handle: {"current_socket_power": "N/A", "average_socket_power": 150},
            amdsmi_get_energy_count=lambda handle: {"energy_accumulator": 2_000_000, "counter_resolution": 15.3},
            amdsmi_get_temp_metric=lambda handle, kind, metric: 61,
            amdsmi_get_gpu_process_list=lambda handle: [
                {"pid": os.getpid(), "memory_usage": {"vram_mem": 5_000_000}},
                {"pid": 1, "memory_usage": {"vram_mem": 1}},
            ],
        )
        self.__dict__.update(changes)


def test_the_sensors_of_a_gpu_are_found_by_its_pci_address(monkeypatch, machine):
    machine(CPU, GPU)
    library = AmdSmi()
    monkeypatch.setitem(sys.modules, "amdsmi", library)
    meter = amd_smi.AmdSmi.open(rocm.gpus()[0].address)
    assert (meter.watts(), meter.celsius(), meter.throttling(), meter.source) == (150.0, 61.0, None, "amdsmi")
    assert meter.joules() == pytest.approx(30.6)
    assert meter.conditions() == {"temperature_celsius": 61.0, "process_memory_mb": 5.0, "other_processes": 1}
    meter.close()
    assert library.calls == ["shut down"]
    assert amd_smi.AmdSmi.open("0000:99:00.0") is None


def test_what_a_gpu_does_not_tell_is_not_known(monkeypatch):
    def unknown(*arguments):
        raise RuntimeError("AMDSMI_STATUS_NOT_SUPPORTED")

    sensors = ("power_info", "energy_count", "temp_metric", "gpu_process_list")
    monkeypatch.setitem(sys.modules, "amdsmi", AmdSmi(**{f"amdsmi_get_{name}": unknown for name in sensors}))
    meter = amd_smi.AmdSmi.open("0000:31:00.0")
    assert (meter.watts(), meter.joules(), meter.celsius()) == (None, None, None)
    assert meter.conditions() == {"temperature_celsius": None, "process_memory_mb": None, "other_processes": None}


def test_a_package_without_its_library_prints_nothing_and_meters_nothing(monkeypatch, tmp_path, capfd):
    (tmp_path / "amdsmi.py").write_text(
        "print('Unable to find libamd_smi.so library')\nraise KeyError('libamd_smi.so')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "amdsmi", raising=False)
    assert amd_smi.AmdSmi.open("0000:31:00.0") is None
    assert capfd.readouterr() == ("", "")
