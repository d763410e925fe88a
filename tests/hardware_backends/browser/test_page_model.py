"""A model on a page: where it ran is what was counted, and what goes wrong beside it costs no measurement."""

import math
import time

import pytest

np = pytest.importorskip("numpy")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from hardware_backends.browser import sharing  # noqa: E402
from hardware_backends.browser.backends import Wasm, Webgpu  # noqa: E402
from hardware_backends.browser.binaries import Binary  # noqa: E402
from hardware_backends.browser.devtools import PageError  # noqa: E402
from pytest_ipfs_bench.backend import Device, Options, Unsupported  # noqa: E402
from pytest_ipfs_bench.cell import Cell  # noqa: E402
from pytest_ipfs_bench.measure import Plan  # noqa: E402
from pytest_ipfs_bench.models import Input, Model, ModelSpec  # noqa: E402

SHORT = Plan(min_rounds=2, max_time=0.05, warmup=0.0)


@pytest.fixture
def here(monkeypatch):
    """What this process has of browsers, until the test ends."""
    sharing.shared.cache_clear()
    yield sharing.shared()
    sharing.shared().close()
    sharing.shared.cache_clear()


@pytest.fixture
def load(chromium, ort_files, tmp_path, here):
    """load(operator, task=...): a model of one operator over a matrix of 8 x 8, on a page."""
    wished = Options(browser=chromium.path, allow_software=True, ort_web_dir=str(ort_files), timeout=60.0)

    def make(operator, backend=Wasm, **declared):
        helper, floats = onnx.helper, onnx.TensorProto.FLOAT
        rank = ["batch", 1, 1] if operator == "ReduceSum" else ["batch"]
        node = helper.make_node(operator, ["x"], ["y"])
        ends = (
            helper.make_tensor_value_info("x", floats, ["batch", 8, 8]),
            helper.make_tensor_value_info("y", floats, rank),
        )
        opset = [helper.make_opsetid("", 13)]
        made = helper.make_model(
            helper.make_graph([node], "one", [ends[0]], [ends[1]]), opset_imports=opset, ir_version=8
        )
        onnx.save(made, tmp_path / "one.onnx")
        spec = ModelSpec(
            "one", "one", "other", "tiny", "random", inputs=(Input("x", "float32", ("batch", 8, 8)),),
            files=(str(tmp_path / "one.onnx"),), **declared,
        )  # fmt: skip
        one = backend()
        one.wishes = wished
        cell = Cell("one", "tiny", "random", one.name, 0, "onnxruntime-web", "fp32", "inference", 1, {})
        return one.load(Model(spec, tmp_path / "one.onnx"), cell)

    return make


@pytest.mark.slow
def test_a_model_of_which_a_device_takes_nothing_did_not_run_on_it(load):
    loaded = load("Det", Webgpu)  # which ONNX Runtime Web has for the CPU alone
    (found,) = loaded.run()["y"]
    assert math.isfinite(found)
    assert (loaded.effective.device, loaded.effective.provider) == ("wasm", "CPUExecutionProvider")


@pytest.mark.slow
def test_what_fails_beside_a_model_is_told_and_costs_no_measurement(load):
    loaded = load("Det", task="object-detection")  # whose answer wants outputs that this one does not have
    loaded.run()
    assert len(loaded.measure(SHORT).latencies_ns) >= 2
    told = loaded.web()
    assert "around_error" in told
    assert told["nodes"] == {"CPUExecutionProvider": 1}
    assert told.get("postprocessing_ms") is None
    assert told["renderer_memory_mb"] > 0


@pytest.mark.slow
def test_a_model_that_can_not_be_loaded_gives_its_page_back(load, here, chromium):
    browser = here.browser(Options(browser=chromium.path))
    for _ in range(3):
        with pytest.raises((PageError, Unsupported)):
            load("NoSuchOperator")
    deadline = time.monotonic() + 5
    while _pages(browser) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _pages(browser) == []


def _pages(browser):
    """Those in contexts of their own: the browser has one of its own."""
    contexts = browser.call("Target.getBrowserContexts")["browserContextIds"]
    told = browser.call("Target.getTargets")["targetInfos"]
    return [one for one in told if one.get("browserContextId") in contexts and one["type"] == "page"]


@pytest.mark.slow
def test_a_browser_that_has_another_adapter_than_was_probed_runs_nothing_under_its_name(load, here):
    here.devices["webgpu", 0] = Device(0, "a real GPU")
    with pytest.raises(Unsupported, match=r"now has google swiftshader; what was asked for is a real GPU"):
        load("Det", Webgpu)


BINARY = Binary("/browser", "Browser", "1")
ADAPTER = {"vendor": "", "architecture": "", "device": "", "description": "", "is_fallback": False}
FACTS = {"secure": True, "wasm": {"simd": True}, "gpu": {"adapter": ADAPTER}}


@pytest.mark.parametrize(
    ("backend", "facts", "reason"),
    [
        (Webgpu, {**FACTS, "secure": False}, "the page is no secure context in Browser 1, so that it has no WebGPU"),
        (Webgpu, {**FACTS, "gpu": None}, "navigator.gpu is undefined in Browser 1: it has no WebGPU"),
        (Wasm, {**FACTS, "wasm": {"simd": False}}, "WebAssembly of Browser 1 lacks SIMD"),
    ],
)
def test_what_no_page_of_ours_meets_has_its_reason_too(backend, facts, reason):
    with pytest.raises(Unsupported) as caught:
        backend()._device(BINARY, 0, facts)
    assert caught.value.reason == reason
    assert caught.value.device.metadata == facts


def test_an_adapter_without_a_name_has_a_device_s_name_all_the_same():
    assert Webgpu()._device(BINARY, 0, FACTS).name == "an adapter that tells no name"


@pytest.mark.parametrize(("said", "proven"), [(False, "gpu"), (True, "cpu"), (None, None)])
def test_an_adapter_that_does_not_say_that_it_is_no_fallback_proves_no_gpu(said, proven):
    one = Webgpu()
    one.wishes = Options(allow_software=True)
    facts = {**FACTS, "gpu": {"adapter": {**ADAPTER, "is_fallback": said}}}
    assert one._place(one._device(BINARY, 0, facts)).proven == proven
