"""NVML's sensors, and the pass in which they are read."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from hardware_backends import nvml, power, torch_gpu
from pytest_ipfs_bench.cell import Cell


class NvmlError(Exception):
    """As pynvml.NVMLError."""


class Pynvml(SimpleNamespace):
    """pynvml as far as it is asked: mW, mJ, bits, bytes."""

    def __init__(self, **changes):
        super().__init__(
            calls=[],
            NVMLError=NvmlError,
            nvmlInit=lambda: self.calls.append("init"),
            nvmlShutdown=lambda: self.calls.append("shutdown"),
            nvmlDeviceGetHandleByUUID=self.handle,
            nvmlDeviceGetPowerUsage=lambda handle: 250_000,
            nvmlDeviceGetTotalEnergyConsumption=lambda handle: 4_000_000,
            nvmlDeviceGetTemperature=lambda handle, sensor: 55,
            nvmlDeviceGetCurrentClocksThrottleReasons=lambda handle: 0x1 | 0x4 | 0x40,
            nvmlDeviceGetClockInfo=lambda handle, kind: {1: 1980, 2: 2619}[kind],
            nvmlDeviceGetMemoryInfo=lambda handle: SimpleNamespace(used=3_000_000_000),
            nvmlDeviceGetComputeRunningProcesses=lambda handle: [
                SimpleNamespace(pid=os.getpid(), usedGpuMemory=500_000_000),
                SimpleNamespace(pid=1, usedGpuMemory=None),
            ],
        )
        self.__dict__.update(changes)

    def handle(self, uuid):
        if uuid != "GPU-1":
            raise NvmlError("Not Found")
        return uuid


@pytest.fixture
def library(monkeypatch):
    """library(**changes): pynvml is installed."""

    def install(**changes):
        made = Pynvml(**changes)
        monkeypatch.setitem(sys.modules, "pynvml", made)
        return made

    return install


def test_a_gpu_is_found_by_its_uuid_and_read_in_the_units_of_the_database(library):
    made = library()
    meter = nvml.Nvml.open("GPU-1")
    assert (meter.watts(), meter.joules(), meter.celsius(), meter.source) == (250.0, 4000.0, 55.0, "nvml")
    assert meter.throttling() == {"power cap", "hardware thermal slowdown"}  # to be idle is no throttling
    assert meter.conditions() == {
        "sm_clock_mhz": 1980,
        "memory_clock_mhz": 2619,
        "temperature_celsius": 55.0,
        "device_memory_used_mb": 3000.0,
        "process_memory_mb": 500.0,
        "other_processes": 1,
    }
    meter.close()
    assert made.calls == ["init", "shutdown"]


def test_what_a_gpu_does_not_tell_is_not_known(library):
    def unknown(*arguments):
        raise NvmlError("Not Supported")

    silent = {name: unknown for name in vars(Pynvml()) if name.startswith("nvmlDeviceGet")}
    library(**{**silent, "nvmlDeviceGetHandleByUUID": lambda uuid: uuid})
    meter = nvml.Nvml.open("GPU-1")
    assert (meter.watts(), meter.joules(), meter.celsius(), meter.throttling()) == (None, None, None, None)
    assert set(meter.conditions().values()) == {None}


@pytest.mark.parametrize("uuid", [None, "GPU-2"])
def test_a_gpu_that_nvml_does_not_know_is_not_metered(library, uuid):
    made = library()
    assert nvml.Nvml.open(uuid) is None
    assert made.calls.count("init") == made.calls.count("shutdown")


def test_without_the_package_or_its_library_nothing_is_metered(library, monkeypatch):
    def no_library():
        raise NvmlError("NVML Shared Library Not Found")

    library(nvmlInit=no_library)
    assert nvml.Nvml.open("GPU-1") is None
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert nvml.Nvml.open("GPU-1") is None


def test_the_real_package_without_a_driver_meters_nothing():
    pytest.importorskip("pynvml")
    if Path("/proc/driver/nvidia/version").exists():
        pytest.skip("there is a driver")
    assert nvml.Nvml.open("GPU-1") is None


class Meter:
    """A meter that says what it is told."""

    source = "test"

    def __init__(self, watts=(), joules=(), reasons=None):
        self._watts, self._joules, self._reasons = list(watts), list(joules), reasons
        self.closed = 0

    def watts(self):
        return (self._watts.pop(0) if len(self._watts) > 1 else self._watts[0]) if self._watts else None

    def joules(self):
        return self._joules.pop(0) if self._joules else None

    def celsius(self):
        return 50.0

    def throttling(self):
        return self._reasons

    def conditions(self):
        return {"sm_clock_mhz": 1980.0}

    def close(self):
        self.closed += 1


def test_energy_comes_from_the_counter_and_is_shared_out_over_the_runs():
    found = power.metered(lambda: None, Meter([100.0], [10.0, 40.0], frozenset()), seconds=0.05)
    columns = found.columns
    assert columns["energy_joules"] == 30.0
    assert found.joules_per_run == 30.0 / found.runs
    assert columns["average_power_w"] == pytest.approx(30.0 / columns["duration_s"])
    assert columns["peak_power_w"] == 100.0
    assert found.conditions == {"sm_clock_mhz": 1980.0}  # read while it ran
    assert (columns["throttled"], columns["throttle_reasons"], columns["source"]) == (False, None, "test")


def test_without_a_counter_energy_is_mean_power_times_time():
    found = power.metered(lambda: None, Meter([20.0, 60.0], [], frozenset({"b", "a"})), seconds=0.05)
    mean = found.columns["average_power_w"]
    assert 20 <= mean <= 60
    assert found.columns["energy_joules"] == pytest.approx(mean * found.columns["duration_s"])
    assert (found.columns["throttled"], found.columns["throttle_reasons"]) == (True, "a, b")


def test_a_counter_that_stands_still_is_no_energy():
    found = power.metered(lambda: None, Meter([], [10.0, 10.0]), seconds=0)
    assert (found.runs, found.joules_per_run) == (1, None)
    unknown = ("average_power_w", "peak_power_w", "energy_joules", "throttled", "throttle_reasons")
    assert {found.columns[name] for name in unknown} == {None}


def test_a_model_is_metered_once_and_its_meter_closed_once(vendor_torch, model, monkeypatch):
    monkeypatch.setattr(
        power,
        "metered",
        lambda run, meter: passes.append(run) or power.Power({"energy_joules": 6.0}, 3, meter.conditions()),
    )
    passes, meter = [], Meter()
    vendor_torch(cuda="13.0")
    cell = Cell("m", "tiny", "random", "cuda", 0, "torch", "fp32", "inference", 1, {})
    loaded = torch_gpu.TorchGpu(model, cell, meter)
    assert loaded.energy() == 2.0
    assert loaded.power() == {"energy_joules": 6.0, "sm_clock_mhz": 1980.0, "device_time_ms": 5.0}
    assert len(passes) == 1
    loaded.close()
    loaded.close()
    assert meter.closed == 1
