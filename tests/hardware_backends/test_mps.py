"""MPS: which machine has it, and how its device is waited for."""

import ctypes
from dataclasses import replace
from types import SimpleNamespace

import pytest

from hardware_backends import mps
from pytest_ipfs_bench.backend import State, Unsupported
from pytest_ipfs_bench.cell import Cell

CELL = Cell("m", "tiny", "random", "mps", 0, "torch", "fp32", "inference", 1, {})


@pytest.fixture
def mac(monkeypatch):
    """mac(machine): this is a Mac of that kind."""
    monkeypatch.delenv("MPS_AVAILABLE", raising=False)

    def become(machine="arm64", system="Darwin", library=None):
        monkeypatch.setattr(mps.platform, "system", lambda: system)
        monkeypatch.setattr(mps.platform, "machine", lambda: machine)
        monkeypatch.setattr(mps.platform, "mac_ver", lambda: ("15.1", ("", "", ""), ""))
        monkeypatch.setattr(ctypes, "CDLL", lambda name: library or SimpleNamespace(sysctlbyname=sysctlbyname))

    return become


def sysctlbyname(name, into, size, new, new_size):
    into._obj.value = {b"hw.memsize": 17_179_869_184, b"machdep.cpu.brand_string": b"Apple M2"}[name]
    return 0


def test_a_mac_with_apple_silicon_has_one_device_with_the_machines_memory(mac):
    mac()
    found = mps.Mps().detect()
    (device,) = found.devices
    assert found.state is State.PRESENT
    assert (device.name, device.vendor, device.memory_gb) == ("Apple M2", "Apple", 17.2)
    assert device.platform_version == "macOS 15.1"


def test_a_system_that_does_not_tell_leaves_the_facts_open(mac):
    mac(library=SimpleNamespace(sysctlbyname=lambda *arguments: -1))
    (device,) = mps.Mps().detect().devices
    assert (device.name, device.memory_gb) == ("Apple silicon", None)
    mac(library=SimpleNamespace())
    assert mps.Mps().detect().devices[0].memory_gb is None


@pytest.mark.parametrize(
    ("system", "machine", "reason"),
    [
        ("Linux", "x86_64", "Metal is a part of macOS, and this is Linux"),
        ("", "", "Metal is a part of macOS, and this is another system"),
        ("Darwin", "x86_64", "torch has Metal on arm64 only; this Python is x86_64"),
    ],
)
def test_elsewhere_it_says_why_not(mac, system, machine, reason):
    mac(machine, system)
    found = mps.Mps().detect()
    assert (found.state, found.reason, found.devices) == (State.NO_DEVICE, reason, ())
    assert found.hint


def test_a_legacy_switch_takes_the_hardware_away(mac, monkeypatch):
    mac()
    monkeypatch.setenv("MPS_AVAILABLE", "0")
    assert mps.Mps().detect().reason == "forbidden by MPS_AVAILABLE=0"


def test_a_probe_computes_and_waits(vendor_torch):
    torch = vendor_torch(mps=True)
    mps.Mps().probe(0)
    assert torch.calls == ["ones(mps)", "mps.synchronize"]


@pytest.mark.parametrize(
    ("build", "error_type", "reason"),
    [
        ({}, "not_installed", "this torch (9.9) was built without MPS"),
        ({"mps": True, "available": False}, "broken", "torch 9.9 can't use Metal on macOS 15.1"),
        ({"mps": True, "words": "MPS backend: internal error\nmore"}, "broken",
         "mps does not work in torch: MPS backend: internal error"),
    ],
)  # fmt: skip
def test_a_probe_that_fails_says_why(mac, vendor_torch, build, error_type, reason):
    mac()
    vendor_torch(**build)
    with pytest.raises(Unsupported) as caught:
        mps.Mps().probe(0)
    assert (caught.value.error_type, caught.value.reason) == (error_type, reason)
    assert caught.value.suggested_fix


def test_a_torch_without_mps_is_refused(vendor_torch):
    vendor_torch()
    with pytest.raises(Unsupported, match="built without MPS") as caught:
        mps.Mps().load(None, CELL)
    assert caught.value.error_type == "runtime"


def test_there_is_one_device_only(vendor_torch):
    vendor_torch(mps=True)
    with pytest.raises(Unsupported, match="mps:1: no such device; mps is one device, mps:0"):
        mps.Mps().load(None, replace(CELL, device_index=1))


def test_a_run_waits_for_metal_and_memory_is_what_its_driver_holds(vendor_torch, model):
    torch = vendor_torch(mps=True)
    loaded = mps.Mps().load(model, CELL)
    before = torch.clock
    loaded.run()
    assert torch.clock - before == torch.BUSY
    assert torch.calls[-1] == "mps.synchronize"
    assert (loaded.effective.device, loaded.effective.precision, loaded.memory()) == ("mps", "fp32", 456.0)
    loaded.close()
    loaded.close()
    assert torch.calls[-1] == "mps.empty_cache"
