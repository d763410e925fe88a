"""What `ipfs-bench hardware` says here. CI runs this without any runtime, with ONNX Runtime, and with torch and OpenVINO."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = 60
NAMES = ("cpu", "cuda", "mps", "openvino", "qualcomm", "rocm", "wasm", "webgpu", "webnn")
# State and the beginning of the reason on a machine without accelerators.
WITHOUT = {
    "cuda": ("not_installed", "no NVIDIA driver"),
    "mps": ("no_device", "Metal is a part of macOS, and this is "),
    "rocm": ("not_installed", "no AMD GPU driver"),
    "wasm": ("not_installed", "no browser is installed"),
    "webgpu": ("not_installed", "no browser is installed"),
    "webnn": ("not_installed", "no browser is installed"),
}


@pytest.fixture(scope="module")
def said():
    words = [sys.executable, "-c", "from pytest_ipfs_bench.cli import main; main()"]
    words += ["hardware", "--probe", "--format", "json"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=SECONDS)
    assert done.stderr == ""
    rows = json.loads(done.stdout)
    return {
        name: [row for row in rows if row["hardware"] == name] for name in dict.fromkeys(r["hardware"] for r in rows)
    }


def installed(package):
    return importlib.util.find_spec(package) is not None


def test_every_kind_of_hardware_is_listed(said):
    assert tuple(said) == NAMES


def test_the_cpu_is_there_with_the_runtimes_that_are_installed(said):
    (cpu,) = said["cpu"]
    here = [name for name in ("onnxruntime", "torch") if installed(name)]
    here += ["torch.compile"] if "torch" in here else []
    assert (cpu["state"], cpu["probe"]) == ("present", "works")
    assert cpu["reason"] == f"runtimes: {', '.join(here) or 'none'}"
    assert ("[torch]" in (cpu["hint"] or "")) == ("torch" not in here)


def test_openvino_is_there_if_it_is_installed(said):
    first = said["openvino"][0]
    if installed("openvino"):
        assert (first["state"], first["probe"], first["index"]) == ("present", "works", 0)
    else:
        assert (first["state"], first["hint"]) == ("not_installed", "pip install 'pytest-ipfs-bench[openvino]'")


def test_an_npu_that_can_only_be_emulated_is_no_device(said):
    (npu,) = said["qualcomm"]
    if npu["state"] == "present":
        pytest.skip("there is one here")
    assert npu["state"] == ("no_device" if installed("onnxruntime_qnn") else "not_installed")
    assert npu["hint"]


@pytest.mark.parametrize("name", WITHOUT)
def test_what_is_absent_has_its_state_with_reason_and_hint_whatever_runtimes_are_installed(said, name):
    (row,) = said[name][:1]
    if row["state"] == "present" or (name == "rocm" and Path("/dev/kfd").exists()):
        pytest.skip("there is one here")
    state, reason = WITHOUT[name]
    assert row["state"] == state
    assert row["reason"].startswith(reason)
    assert row["hint"]
