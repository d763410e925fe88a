"""The CPU: what detection says of it."""

import importlib.util
from importlib import metadata

import pytest

from hardware_backends import cpu, runtimes
from hardware_backends.cuda import Cuda
from hardware_backends.openvino import OpenVino
from hardware_backends.qualcomm import Qualcomm
from pytest_ipfs_bench.backend import State, Unsupported
from pytest_ipfs_bench.cell import Cell


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
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    found = cpu.Cpu().detect()
    assert found.reason == "runtimes: none"
    assert found.hint == (
        "for onnxruntime: pip install 'pytest-ipfs-bench[suites]'; for torch: pip install 'pytest-ipfs-bench[torch]'"
    )


def test_runtimes_are_looked_for_by_their_packages_and_named_by_their_own_names(monkeypatch):
    looked_for = []
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: looked_for.append(name) or object())
    assert runtimes.installed(("onnxruntime", "torch", "torch.compile", "qnn")) == (
        "runtimes: onnxruntime, torch, torch.compile, qnn",
        None,
    )
    assert set(looked_for) == {"onnxruntime", "torch"}  # asking for torch.compile would import torch


def test_a_runtimes_version_is_that_of_the_build_which_is_installed(monkeypatch):
    def version(name):
        if name not in here:
            raise metadata.PackageNotFoundError(name)
        return here[name]

    monkeypatch.setattr(metadata, "version", version)
    here = {"onnxruntime-gpu": "1.31.1", "torch": "2.13.0", "onnxruntime-qnn": "2.4"}
    told = [cpu.Cpu().runtime_version("torch.compile"), Cuda().runtime_version("onnxruntime")]
    assert [*told, Qualcomm().runtime_version("qnn")] == ["2.13.0", "1.31.1", "2.4"]
    assert OpenVino().runtime_version("openvino") is None


def test_without_proc_the_cpu_still_has_a_name(monkeypatch, tmp_path):
    monkeypatch.setattr(cpu, "Path", lambda name: tmp_path / "gone")
    assert cpu.device().name


def test_there_is_one_device_only():
    cell = Cell("m", "tiny", "random", "cpu", 3, "onnxruntime", "fp32", "inference", 1, {})
    with pytest.raises(Unsupported, match="cpu:3: no such device; cpu is one device, cpu:0"):
        cpu.Cpu().load(None, cell)
