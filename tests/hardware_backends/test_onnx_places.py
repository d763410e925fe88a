"""Where ONNX Runtime ran a model: by the nodes that a provider took, not by the providers that a session lists."""

from types import SimpleNamespace

import pytest

from hardware_backends import onnx_places

CUDA, QNN = "CUDAExecutionProvider", "QNNExecutionProvider"


def session(*graphs, lists=CUDA):
    def subgraph(name, kinds):
        return SimpleNamespace(ep_name=name, get_nodes=lambda: [SimpleNamespace(op_type=kind) for kind in kinds])

    return SimpleNamespace(
        get_providers=lambda: [lists, onnx_places.CPU],
        get_provider_graph_assignment_info=lambda: [subgraph(*graph) for graph in graphs],
    )


@pytest.mark.parametrize(
    ("graphs", "device", "provider"),
    [
        ([(CUDA, ["MatMul", "Relu"])], "cuda", CUDA),
        ([(CUDA, ["MatMul"]), (onnx_places.CPU, ["Shape", "Gather"])], "cuda", CUDA),  # sizes are computed on the CPU
        ([(onnx_places.CPU, ["MatMulInteger", "Relu"]), (CUDA, ["Add"])], "cpu", onnx_places.CPU),
        ([(CUDA, ["MatMul", "Conv"]), (onnx_places.CPU, ["Gemm"])], "unverified", f"{CUDA}, {onnx_places.CPU}"),
        ([(CUDA, ["Add"])], "cuda", CUDA),  # a model without products
        ([], "unverified", CUDA),
    ],
)
def test_the_device_is_where_the_products_went(graphs, device, provider):
    assert onnx_places.where(session(*graphs), CUDA) == (device, provider)


def test_a_session_that_fell_back_ran_on_the_cpu():
    assert onnx_places.where(session(lists=onnx_places.CPU), CUDA) == ("cpu", onnx_places.CPU)


def test_a_version_that_does_not_tell_proves_nothing():
    assert onnx_places.where(SimpleNamespace(get_providers=lambda: [QNN]), QNN) == ("unverified", QNN)


def test_the_real_runtime_tells_of_its_nodes():
    ort = pytest.importorskip("onnxruntime")
    from hardware_backends.onnx_session import SQUARE

    settings = ort.SessionOptions()
    settings.add_session_config_entry(onnx_places.RECORD, "1")
    made = ort.InferenceSession(SQUARE, settings, providers=[onnx_places.CPU])
    assert onnx_places._assigned(made) == {onnx_places.CPU: 1}


def test_a_provider_in_a_library_of_its_own_is_asked_for_by_its_devices(monkeypatch):
    ort = pytest.importorskip("onnxruntime")
    kinds, asked = ort.OrtHardwareDeviceType, []
    cpu, npu = (
        SimpleNamespace(ep_name=QNN, ep_metadata={"library_path": "qnn.so"}, device=SimpleNamespace(type=kind))
        for kind in (kinds.CPU, kinds.NPU)
    )
    monkeypatch.setattr(ort, "get_ep_devices", lambda: [SimpleNamespace(ep_name="other"), cpu, npu])
    settings = SimpleNamespace(
        add_session_config_entry=lambda *entry: asked.append(entry),
        add_provider_for_devices=lambda devices, options: asked.append((devices, options)),
    )
    assert onnx_places.choose(settings, QNN, {"backend_type": "htp", "level": 3}) is None
    assert asked == [(onnx_places.RECORD, "1"), ([npu], {"backend_type": "htp", "level": "3"})]
