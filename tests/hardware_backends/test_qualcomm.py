"""Qualcomm's NPU: detection on machines made up by their files, the provider through a small onnxruntime."""

import sys
import types

import pytest

from hardware_backends import onnx_session, qualcomm
from hardware_backends.qualcomm import Qualcomm
from pytest_ipfs_bench.backend import Detection, Device, State, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model, ModelSpec

SPEC = ModelSpec("m", "m", "text", "tiny", "random", files=("m.onnx",))


def cell(precision="fp16", index=0):
    return Cell("m", "tiny", "random", "qualcomm", index, "qnn", precision, "inference", 1)


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """machine(name, version, *files): a machine with this provider and these files under its root."""

    def make(name="aarch64", version="2.7.0", *files):
        monkeypatch.setattr(qualcomm, "_installed", lambda: version)
        monkeypatch.setattr(qualcomm.platform, "machine", lambda: name)
        for file in files:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text("SM8650\n\0" if "soc0" in file else "")
        return tmp_path

    return make


def test_without_the_provider_it_is_not_installed(machine):
    found = qualcomm._detect(machine(version=None))
    assert (found.state, found.reason) == (State.NOT_INSTALLED, "the package onnxruntime-qnn is not installed")
    assert found.hint == "pip install onnxruntime-qnn"


def test_an_sdk_alone_is_no_provider(machine, monkeypatch):
    monkeypatch.setenv("QNN_SDK_ROOT", "/opt/qnn")
    found = qualcomm._detect(machine(version=None, name="x86_64"))
    assert found.state is State.NOT_INSTALLED
    assert found.reason.endswith("QNN_SDK_ROOT names an SDK, which has no provider for ONNX Runtime")


def test_on_a_pc_the_npu_is_simulated_and_no_device(machine):
    found = qualcomm._detect(machine("x86_64", "2.7.0", "dev/fastrpc-cdsp"))
    assert (found.state, found.devices) == (State.NO_DEVICE, ())
    assert found.reason == (
        "simulated: on x86_64 onnxruntime-qnn 2.7.0 can only compile for the NPU or emulate it: no device"
    )
    assert found.hint == "Run on a Snapdragon: Linux on ARM64."


def test_an_arm_machine_without_the_driver_names_the_nodes(machine):
    found = qualcomm._detect(machine())
    assert found.state is State.NO_DEVICE
    assert "none of /dev/fastrpc-cdsp, /dev/fastrpc-cdsp-secure, " in found.reason
    assert "FastRPC" in found.hint


@pytest.mark.parametrize("node", qualcomm.NODES)
def test_an_npu_with_its_driver_is_a_device_named_by_its_chip(machine, node):
    found = qualcomm._detect(machine("aarch64", "2.7.0", node, "sys/devices/soc0/machine"))
    assert (found.state, found.reason) == (State.PRESENT, "onnxruntime-qnn 2.7.0")
    (device,) = found.devices
    assert (device.index, device.name, device.vendor) == (0, "Hexagon NPU (SM8650)", "Qualcomm")


def test_windows_on_snapdragon_is_known_by_its_processor(machine, monkeypatch):
    monkeypatch.setattr(qualcomm.platform, "system", lambda: "Windows")
    monkeypatch.setattr(qualcomm.platform, "processor", lambda: "ARMv8 (64-bit), Qualcomm Technologies Inc")
    found = qualcomm._detect(machine("ARM64"))
    assert found.devices[0].name == "Hexagon NPU (ARMv8 (64-bit), Qualcomm Technologies Inc)"


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("QNN_SIMULATION_MODE", "1", "simulated by QNN_SIMULATION_MODE: no device"),
        ("QNN_AVAILABLE", "0", "forbidden by QNN_AVAILABLE=0"),
    ],
)
def test_the_environment_takes_it_away_even_where_it_is(monkeypatch, variable, value, reason):
    monkeypatch.setattr(qualcomm, "_detect", lambda root: Detection(State.PRESENT, (Device(0, "NPU"),)))
    monkeypatch.setenv(variable, value)
    assert Qualcomm().detect().reason == reason


def test_the_environment_does_not_make_a_device(monkeypatch, machine):
    root = machine("x86_64", version=None)
    monkeypatch.setattr(qualcomm, "_detect", lambda _, detect=qualcomm._detect: detect(root))
    monkeypatch.setenv("QNN_AVAILABLE", "1")
    assert Qualcomm().detect().state is State.NOT_INSTALLED


def test_the_provider_is_found_as_a_package_or_inside_onnxruntime(monkeypatch, tmp_path):
    def missing(name):
        raise qualcomm.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(qualcomm.metadata, "version", lambda name: {"onnxruntime-qnn": "2.7.0"}[name])
    assert qualcomm._installed() == "2.7.0"
    monkeypatch.setattr(qualcomm.metadata, "version", missing)
    found = types.SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(qualcomm.importlib.util, "find_spec", lambda name: found)
    assert qualcomm._installed() is None
    (tmp_path / "capi").mkdir()
    (tmp_path / "capi" / "libonnxruntime_providers_qnn.so").touch()
    assert qualcomm._installed() == "(inside onnxruntime)"
    monkeypatch.setattr(qualcomm.importlib.util, "find_spec", lambda name: None)
    assert qualcomm._installed() is None


# With a device: a small onnxruntime at the import boundary.


@pytest.fixture
def vendor(monkeypatch):
    """vendor(error): an onnxruntime and its QNN plugin; whether the plugin loads."""

    def install(error=None, plugin=True):
        registered = []

        def register(name, path):
            if error:
                raise error
            registered.append((name, path))

        ort = types.SimpleNamespace(
            set_default_logger_severity=lambda level: None,
            get_available_providers=lambda: ["CPUExecutionProvider", *(name for name, _ in registered)],
            register_execution_provider_library=register,
        )
        qnn = types.SimpleNamespace(get_library_path=lambda: "qnn.so") if plugin else None
        monkeypatch.setitem(sys.modules, "onnxruntime", ort)
        monkeypatch.setitem(sys.modules, "onnxruntime_qnn", qnn)
        monkeypatch.setattr(qualcomm, "_detect", lambda root: Detection(State.PRESENT, (Device(0, "NPU"),)))
        return registered

    return install


def test_the_plugin_is_registered_once_a_process(vendor):
    registered = vendor()
    Qualcomm().prepare(cell())
    Qualcomm().prepare(cell())
    assert registered == [("QNNExecutionProvider", "qnn.so")]


@pytest.mark.parametrize(
    ("options", "kind", "told"),
    [
        ({"plugin": False}, "not_installed", "the QNN provider can't be imported"),
        ({"error": RuntimeError("libc++.so.1 is missing")}, "broken", "can't be loaded: libc++.so.1 is missing"),
        ({"error": RuntimeError()}, "broken", "the QNN provider can't be loaded: RuntimeError"),
    ],
)
def test_a_plugin_that_does_not_load_says_why(vendor, options, kind, told):
    vendor(**options)
    with pytest.raises(Unsupported) as refused:
        Qualcomm().probe(0)
    assert (refused.value.error_type, told in refused.value.reason) == (kind, True)
    assert refused.value.suggested_fix


def test_the_probe_computes_on_the_npu_alone(vendor, monkeypatch):
    vendor()
    asked = []
    monkeypatch.setattr(onnx_session, "probe", lambda *told: asked.append(told))
    Qualcomm().probe(0)
    assert asked == [("QNNExecutionProvider", {"backend_type": "htp"})]


def test_the_whole_model_has_to_run_on_the_npu(vendor, monkeypatch):
    vendor()
    monkeypatch.setattr(onnx_session, "OnnxSession", lambda *told, **options: (told[2], options))
    wanted = ("QNNExecutionProvider", {"options": {"backend_type": "htp"}, "whole": True})
    assert Qualcomm().load(Model(SPEC, None), cell()) == wanted


@pytest.mark.parametrize(
    ("wanted", "kind", "told"),
    [
        (cell("fp32"), "dtype", "the Hexagon NPU computes in fp16 and integers, not in fp32"),
        (cell(index=1), "no_device", "qualcomm:1: no such device; there is one, qualcomm"),
    ],
)
def test_what_the_npu_has_not_is_refused(vendor, wanted, kind, told):
    vendor()
    with pytest.raises(Unsupported, match=told) as refused:
        Qualcomm().load(Model(SPEC, None), wanted)
    assert refused.value.error_type == kind


def test_no_cell_runs_in_an_emulation(monkeypatch):
    monkeypatch.setenv("QNN_SIMULATION", "1")
    for ask in (lambda: Qualcomm().probe(0), lambda: Qualcomm().load(Model(SPEC, None), cell())):
        with pytest.raises(Unsupported, match="simulated by QNN_SIMULATION: no device") as refused:
            ask()
        assert refused.value.error_type == "no_device"


# The real package, on a PC: it emulates the NPU, which is no device; asked past that, the emulation is what computes.


def test_the_real_package_on_a_pc_is_a_simulation():
    pytest.importorskip("onnxruntime_qnn")
    if qualcomm.platform.machine() != "x86_64":
        pytest.skip("this is no PC")
    assert Qualcomm().detect().reason.startswith("simulated: on x86_64 onnxruntime-qnn ")
    with pytest.raises(Unsupported, match="simulated: "):
        Qualcomm().probe(0)
    Qualcomm().prepare(cell())
    onnx_session.probe(qualcomm.PROVIDER, qualcomm.OPTIONS)  # raises unless every node went to the provider
