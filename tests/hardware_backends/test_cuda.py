"""CUDA: what the driver says, at its own boundary (libcuda), and how a torch model is timed, waited for and metered."""

import ctypes
import importlib.util
import sys
from types import SimpleNamespace

import pytest

from hardware_backends import cuda, libcuda, nvml, torch_gpu
from pytest_ipfs_bench.backend import State, Unsupported
from pytest_ipfs_bench.cell import Cell


class Driver:
    """libcuda as its documentation describes it: statuses are returned, values written through pointers."""

    def __init__(self, status=0, devices=(), fails=None, forgets=False):
        self.status, self.devices, self.fails, self.forgets = status, devices, fails, forgets
        self.calls, self.word = [], 0

    def __getattr__(self, name):
        def call(*arguments):
            self.calls.append(name)
            return 719 if name == self.fails else 0

        return call

    def cuInit(self, flags):
        return self.status

    def cuGetErrorName(self, status, name):
        name._obj.value = {719: b"CUDA_ERROR_LAUNCH_FAILED", 999: b"CUDA_ERROR_UNKNOWN"}.get(status)

    def cuDeviceGetCount(self, count):
        count._obj.value = len(self.devices)

    def cuDeviceGet(self, handle, index):
        handle._obj.value = index

    def cuDeviceGetName(self, buffer, size, handle):
        buffer.value = self.devices[handle.value].encode()

    def cuDeviceTotalMem_v2(self, memory, handle):
        memory._obj.value = 80_000_000_000

    def cuDeviceGetAttribute(self, value, attribute, handle):
        value._obj.value = 132 if attribute == libcuda.MULTIPROCESSORS else 0

    def cuDeviceGetUuid(self, buffer, handle):
        buffer.raw = bytes(range(16))

    def cuMemsetD32_v2(self, memory, word, count):
        self.calls.append("cuMemsetD32_v2")
        self.word = word.value
        return 719 if self.fails == "cuMemsetD32_v2" else 0

    def cuMemcpyDtoH_v2(self, into, memory, size):
        into[:] = [0 if self.forgets else self.word] * len(into)


@pytest.fixture
def plug(monkeypatch):
    """plug(driver): this machine has that driver."""
    for variable in ("CUDA_AVAILABLE", "CUDA_SIMULATION", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.delenv(variable, raising=False)

    def plug(driver):
        monkeypatch.setattr(ctypes, "CDLL", lambda name: driver)

    return plug


def test_without_the_driver_the_library_is_named(monkeypatch):
    def missing(name):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    found = cuda.Cuda().detect()
    assert found.state is State.NOT_INSTALLED
    assert found.reason == "no NVIDIA driver (libcuda.so.1 not found)"
    assert "Install NVIDIA's driver" in found.hint
    assert libcuda.device_uuid(0) is None
    with pytest.raises(Unsupported, match="no NVIDIA driver") as caught:
        cuda.Cuda().probe(0)
    assert caught.value.error_type == "not_installed"


@pytest.mark.parametrize(
    ("driver", "state", "reason"),
    [
        (Driver(status=100), State.NO_DEVICE, "the NVIDIA driver shows no GPU"),
        (Driver(status=999), State.BROKEN, "cuInit failed with CUDA_ERROR_UNKNOWN (999)"),
        (Driver(status=12345), State.BROKEN, "cuInit failed with error (12345)"),
        (Driver(), State.NO_DEVICE, "the NVIDIA driver shows no GPU"),
    ],
)
def test_a_driver_without_a_working_gpu_says_which_of_both(plug, driver, state, reason):
    plug(driver)
    found = cuda.Cuda().detect()
    assert (found.state, found.reason, found.devices) == (state, reason, ())
    assert found.hint == "Check nvidia-smi."


def test_a_variable_that_hides_the_gpus_is_named(plug, monkeypatch):
    plug(Driver(status=100))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert cuda.Cuda().detect().reason == "the NVIDIA driver shows no GPU (CUDA_VISIBLE_DEVICES='')"


def test_a_legacy_switch_takes_the_hardware_away(plug, monkeypatch):
    plug(Driver(devices=["H100"]))
    monkeypatch.setenv("CUDA_SIMULATION", "1")
    assert cuda.Cuda().detect().reason == "simulated by CUDA_SIMULATION: no device"


def test_every_gpu_is_a_device(plug):
    plug(Driver(devices=["H100 A", "H100 B"]))
    found = cuda.Cuda().detect()
    assert [(device.index, device.name) for device in found.devices] == [(0, "H100 A"), (1, "H100 B")]
    first = found.devices[0]
    assert (first.memory_gb, first.compute_units, first.vendor) == (80.0, 132, "NVIDIA")
    assert found.device(1).name == "H100 B"
    assert found.device(2) is None


def test_a_present_gpu_says_which_runtimes_and_meters_are_missing(plug, monkeypatch):
    plug(Driver(devices=["H100"]))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    found = cuda.Cuda().detect()
    assert found.reason == "runtimes: none"
    assert found.hint == (f"for torch: {cuda.TORCH_HINT}; for onnxruntime: {cuda.ONNXRUNTIME_HINT}; " + nvml.HINT)


def test_the_uuid_is_written_as_nvml_writes_it(plug):
    plug(Driver(devices=["H100"]))
    assert libcuda.device_uuid(0) == "GPU-00010203-0405-0607-0809-0a0b0c0d0e0f"


def test_a_probe_allocates_computes_waits_and_reads(plug):
    driver = Driver(devices=["H100"])
    plug(driver)
    cuda.Cuda().probe(0)
    steps = ["cuMemAlloc_v2", "cuMemsetD32_v2", "cuCtxSynchronize", "cuMemFree_v2", "cuDevicePrimaryCtxRelease_v2"]
    assert [call for call in driver.calls if call in steps] == steps


@pytest.mark.parametrize("step", ["cuMemAlloc_v2", "cuMemsetD32_v2", "cuCtxSynchronize"])
def test_a_probe_names_the_step_that_fails_and_gives_the_context_back(plug, step):
    driver = Driver(devices=["H100"], fails=step)
    plug(driver)
    with pytest.raises(Unsupported) as caught:
        cuda.Cuda().probe(0)
    assert caught.value.error_type == "broken"
    assert caught.value.reason == f"{step} failed with CUDA_ERROR_LAUNCH_FAILED (719)"
    assert driver.calls[-1] == "cuDevicePrimaryCtxRelease_v2"


def test_a_probe_reads_what_it_wrote(plug):
    plug(Driver(devices=["H100"], forgets=True))
    with pytest.raises(Unsupported, match="what was written to its memory is not what is read back"):
        cuda.Cuda().probe(0)


def cell(runtime="torch", precision="fp32", index=0):
    return Cell("m", "tiny", "random", "cuda", index, runtime, precision, "inference", 1, {})


@pytest.mark.parametrize(
    ("versions", "available", "count", "error_type", "reason"),
    [
        ((None, None), False, 0, "runtime", "this torch (9.9) was built without CUDA"),
        ((None, "6.4"), True, 1, "runtime", "this torch (9.9) was built for ROCm, not CUDA"),
        (("13.0", None), False, 0, "driver", "torch 9.9 (CUDA 13.0) can't use this driver"),
        (("13.0", None), True, 1, "no_device", "torch sees 1 devices, device 1 is asked for"),
    ],
)
def test_a_torch_that_cant_use_the_gpu_says_why(vendor_torch, versions, available, count, error_type, reason):
    torch = vendor_torch(cuda=versions[0], hip=versions[1], available=available, count=count)
    with pytest.raises(Unsupported) as caught:
        cuda.Cuda().load(None, cell(index=1))
    assert (caught.value.error_type, caught.value.reason) == (error_type, reason)
    assert caught.value.suggested_fix or error_type == "no_device"
    assert not torch.calls


def test_an_onnxruntime_without_cuda_says_so():
    pytest.importorskip("onnxruntime")
    with pytest.raises(Unsupported, match="built without its CUDA provider") as caught:
        cuda.Cuda().load(None, cell("onnxruntime"))
    assert "pip install onnxruntime-gpu" in caught.value.suggested_fix


def test_onnxruntime_is_not_given_a_device_that_the_driver_does_not_show(plug, monkeypatch):
    plug(Driver(devices=["H100"]))
    runtime = SimpleNamespace(get_available_providers=lambda: [cuda.PROVIDER])
    monkeypatch.setitem(sys.modules, "onnxruntime", runtime)
    with pytest.raises(Unsupported, match="cuda:1: no such device; the driver shows 1"):
        cuda.Cuda().load(None, cell("onnxruntime", index=1))


def test_a_run_returns_when_the_device_is_done_and_outputs_come_when_looked_at(vendor_torch, model):
    torch = vendor_torch(cuda="13.0")
    loaded = torch_gpu.TorchGpu(model, cell(), None)
    start = torch.clock
    found = loaded.run()
    assert torch.clock - start == torch.BUSY  # the virtual device works 5 ms, and only synchronize lets them pass
    assert torch.calls[-1] == "synchronize(0)"
    assert list(found) == ["output"]
    assert len(found) == 1
    assert "output" in found


def test_its_memory_is_the_allocators_peak_since_loading(vendor_torch, model):
    torch = vendor_torch(cuda="13.0")
    loaded = torch_gpu.TorchGpu(model, cell(index=1), None)
    assert "reset_peak_memory_stats(1)" in torch.calls
    assert loaded.memory() == 123.0


def test_fp32_is_fp32_and_an_override_of_the_users_is_no_proof(vendor_torch, model, monkeypatch):
    torch = vendor_torch(cuda="13.0")
    assert torch_gpu.TorchGpu(model, cell(), None).effective.precision == "fp32"
    assert torch.backends.cuda.matmul.allow_tf32 is torch.backends.cudnn.allow_tf32 is False
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "1")
    assert torch_gpu.TorchGpu(model, cell(), None).effective.precision == "unverified"


def test_the_device_that_ran_is_read_from_the_weights(vendor_torch, model):
    vendor_torch(cuda="13.0")
    effective = torch_gpu.TorchGpu(model, cell(), None).effective
    assert (effective.device, effective.provider, effective.threads) == ("cuda", "eager", None)


def test_events_time_a_run_by_the_devices_own_clock(vendor_torch, model):
    vendor_torch(cuda="13.0")
    loaded = torch_gpu.TorchGpu(model, cell(), None)
    assert loaded.conditions() == {"device_time_ms": 5.0}


def test_closing_gives_the_memory_back_and_may_be_done_twice(vendor_torch, model):
    torch = vendor_torch(cuda="13.0")
    loaded = torch_gpu.TorchGpu(model, cell(), None)
    loaded.close()
    loaded.close()
    assert torch.calls[-1] == "empty_cache"
