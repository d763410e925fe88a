"""Backends: what detection says, on this machine and on machines that are made up at the driver's boundary."""

import ctypes

import pytest

from hardware_backends import cpu, cuda
from pytest_ipfs_bench.backend import State


def test_the_cpu_is_always_there_and_described():
    found = cpu.Cpu().detect()
    (device,) = found.devices
    assert found.state is State.PRESENT
    assert device.index == 0
    assert device.name
    assert device.compute_units > 0
    assert device.memory_gb > 0
    assert device.is_software is False


def test_the_operating_system_is_named_by_its_release_and_never_by_the_kernels_build(monkeypatch):
    monkeypatch.setattr(
        cpu.platform, "freedesktop_os_release", lambda: {"NAME": "Debian GNU/Linux", "VERSION_ID": "12"}
    )
    assert cpu.device().platform_version == "Debian 12"


def test_a_runtime_that_is_not_installed_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setattr(cpu.importlib.util, "find_spec", lambda name: None)
    found = cpu.Cpu().detect()
    assert (found.reason, found.hint) == ("runtimes: none", "for onnxruntime: pip install 'pytest-ipfs-bench[suites]'")


def test_without_proc_the_cpu_still_has_a_name(monkeypatch, tmp_path):
    monkeypatch.setattr(cpu, "Path", lambda name: tmp_path / "gone")
    assert cpu.device().name


class Driver:
    """libcuda as its documentation describes it: statuses are returned, values written through pointers."""

    def __init__(self, status=0, devices=()):
        self.status, self.devices = status, devices

    def cuInit(self, flags):
        return self.status

    def cuDeviceGetCount(self, count):
        count._obj.value = len(self.devices)

    def cuDeviceGet(self, handle, index):
        handle._obj.value = index

    def cuDeviceGetName(self, buffer, size, handle):
        buffer.value = self.devices[handle.value].encode()

    def cuDeviceTotalMem_v2(self, memory, handle):
        memory._obj.value = 80_000_000_000

    def cuDeviceGetAttribute(self, value, attribute, handle):
        value._obj.value = 132 if attribute == cuda.MULTIPROCESSORS else 0


def test_without_the_driver_the_library_is_named(monkeypatch):
    def missing(name):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    found = cuda.Cuda().detect()
    assert found.state is State.NOT_INSTALLED
    assert found.reason == "no NVIDIA driver (libcuda.so.1 not found)"
    assert "Install NVIDIA's driver" in found.hint


@pytest.mark.parametrize(
    ("driver", "state", "reason"),
    [
        (Driver(status=100), State.NO_DEVICE, "the NVIDIA driver shows no GPU"),
        (Driver(status=999), State.BROKEN, "cuInit failed with error 999"),
        (Driver(), State.NO_DEVICE, "the NVIDIA driver shows no GPU"),
    ],
)
def test_a_driver_without_a_working_gpu_says_which_of_both(monkeypatch, driver, state, reason):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: driver)
    found = cuda.Cuda().detect()
    assert (found.state, found.reason, found.devices) == (state, reason, ())


def test_every_gpu_is_a_device(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: Driver(devices=["H100 A", "H100 B"]))
    found = cuda.Cuda().detect()
    assert [(device.index, device.name) for device in found.devices] == [(0, "H100 A"), (1, "H100 B")]
    assert (found.devices[0].memory_gb, found.devices[0].compute_units, found.devices[0].vendor) == (
        80.0,
        132,
        "NVIDIA",
    )
    assert found.device(1).name == "H100 B"
    assert found.device(2) is None
