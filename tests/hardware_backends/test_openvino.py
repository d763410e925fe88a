"""OpenVINO: the real one where it is installed, and at the import boundary a small one with a GPU and an NPU."""

import signal
import subprocess
import sys
import types
from pathlib import Path

import pytest

from hardware_backends import openvino, openvino_model, openvino_words
from hardware_backends.openvino import OpenVino
from hardware_backends.openvino_model import OpenVinoModel
from model_suites import specs, text
from pytest_ipfs_bench import models
from pytest_ipfs_bench.backend import State, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model, ModelSpec

FAST = ["--bench-max-time=0.02", "--bench-warmup=0", "--bench-min-rounds=3"]
SMOKE = [spec for spec in specs() if "smoke" in spec.tags]


def cell(spec, precision="fp32", index=0):
    return Cell(
        spec.name, spec.size, spec.weights, "openvino", index, "openvino", precision, "inference", 1, spec.shape
    )


# Detection: by the package and the device nodes.


def test_a_package_that_is_not_installed_is_said_with_the_remedy(monkeypatch):
    monkeypatch.setattr(openvino.importlib.util, "find_spec", lambda name: None)
    found = OpenVino().detect()
    assert (found.state, found.reason) == (State.NOT_INSTALLED, "the package openvino is not installed")
    assert found.hint == "pip install 'pytest-ipfs-bench[openvino]'"


def test_a_folder_of_that_name_is_no_package(monkeypatch, tmp_path):
    (tmp_path / "openvino").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert OpenVino().detect().state is State.NOT_INSTALLED


def test_detection_does_not_import_the_package(monkeypatch, tmp_path):
    (tmp_path / "openvino").mkdir()
    (tmp_path / "openvino" / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "openvino", raising=False)
    found = OpenVino().detect()
    assert found.state is State.PRESENT
    assert found.reason.startswith("openvino ")
    assert found.devices[0].index == 0


def test_the_environment_can_forbid_it(monkeypatch):
    monkeypatch.setenv("OPENVINO_AVAILABLE", "0")
    assert OpenVino().detect().reason == "forbidden by OPENVINO_AVAILABLE=0"


def node(root, kind, name, vendor="0x8086", device="0x56a0"):
    folder = root / "sys" / "class" / kind / name / "device"
    folder.mkdir(parents=True)
    (folder / "vendor").write_text(f"{vendor}\n")
    (folder / "device").write_text(f"{device}\n")


def test_the_cpu_is_device_0_and_nodes_of_intel_make_the_others(tmp_path):
    node(tmp_path, "drm", "renderD128")
    node(tmp_path, "drm", "renderD129", vendor="0x10de")
    node(tmp_path, "accel", "accel0", device="0x7d1d")
    found = openvino._devices(tmp_path)
    assert list(found) == ["CPU", "GPU", "NPU"]
    assert [device.index for device in found.values()] == [0, 1, 2]
    assert (found["GPU"].name, found["NPU"].name) == ("Intel GPU 0x56a0", "Intel NPU 0x7d1d")
    assert {found["GPU"].vendor, found["NPU"].vendor} == {"Intel"}


def test_two_gpus_are_told_apart_as_openvino_does(tmp_path):
    node(tmp_path, "drm", "renderD128")
    node(tmp_path, "drm", "renderD129")
    assert list(openvino._devices(tmp_path)) == ["CPU", "GPU.0", "GPU.1"]


# A small OpenVINO at the import boundary.


class Value:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return self.value


class Layer:
    def __init__(self, kind, precision):
        self.info = {"layerType": Value(kind), "runtimePrecision": Value(precision)}

    def get_rt_info(self):
        return self.info


class Compiled:
    inputs = outputs = ()

    def __init__(self, layers=(), places=("CPU",), hint="f32", answer=lambda values: values**2):
        self.layers, self.places, self.hint, self.answer = layers, places, hint, answer

    def __call__(self, inputs):
        return {"y": self.answer(inputs[0])}

    def create_infer_request(self):
        return object()

    def get_runtime_model(self):
        if self.layers is None:
            raise RuntimeError("not implemented")
        return types.SimpleNamespace(get_ops=lambda: [Layer(*layer) for layer in self.layers])

    def get_property(self, name):
        return {
            "EXECUTION_DEVICES": list(self.places),
            "INFERENCE_NUM_THREADS": 3,
            "INFERENCE_PRECISION_HINT": Value(self.hint),
        }[name]


@pytest.fixture
def vendor(monkeypatch):
    """vendor(compiled or error, devices): puts an OpenVINO with these devices where it is imported from."""

    def install(compiled=None, devices=("CPU", "GPU", "NPU")):
        asked = []

        class Core:
            available_devices = devices

            def read_model(self, model):
                return types.SimpleNamespace(inputs=(), reshape=lambda shapes: None)

            def get_property(self, device, name):
                raise RuntimeError('Exception from src/core.cpp:268:\nCannot load library "gpu.so": libOpenCL.so.1\n\n')

            def compile_model(self, graph, target, settings=None):
                asked.append((target, settings))
                if isinstance(compiled, Exception):
                    raise compiled
                return compiled or Compiled()

        monkeypatch.setitem(sys.modules, "openvino", types.SimpleNamespace(Core=Core, Tensor=lambda value: value))
        monkeypatch.setattr(openvino, "_devices", lambda: dict.fromkeys(["CPU", "GPU", "NPU"]))
        return asked

    return install


@pytest.mark.parametrize(("index", "target"), [(0, "CPU"), (1, "GPU"), (2, "NPU")])
def test_the_probe_computes_on_the_device_that_was_asked_for(vendor, index, target):
    pytest.importorskip("numpy")
    asked = vendor()
    OpenVino().probe(index)
    assert asked == [(target, None)]


@pytest.mark.parametrize(
    ("compiled", "devices", "index", "kind", "told"),
    [
        (None, ["CPU"], 1, "broken", "there is an Intel GPU, but OpenVINO lists CPU: Cannot load library"),
        (None, [], 2, "broken", "there is an Intel NPU, but OpenVINO lists nothing: Cannot load library"),
        (None, ["CPU"], 7, "no_device", "openvino:7: no such device; here are: CPU, GPU, NPU"),
        (RuntimeError("ZE_RESULT_ERROR_DEVICE_LOST"), ["GPU"], 1, "broken", "can't compute on GPU: ZE_RESULT_ERROR"),
        (
            Compiled(answer=lambda values: values),
            ["CPU"],
            0,
            "broken",
            "CPU computes wrongly: the squares of 1, 2, 3, 4",
        ),
    ],
)
def test_a_device_that_does_not_work_says_why(vendor, compiled, devices, index, kind, told):
    pytest.importorskip("numpy")
    vendor(compiled, devices)
    with pytest.raises(Unsupported) as refused:
        OpenVino().probe(index)
    assert refused.value.error_type == kind
    assert told in refused.value.reason


def test_the_only_gpu_may_be_listed_with_a_number(vendor):
    pytest.importorskip("numpy")
    vendor(devices=["CPU", "GPU.0"])
    OpenVino().probe(1)


def test_a_package_that_does_not_load_is_said_with_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    for ask in (lambda: OpenVino().probe(0), lambda: OpenVino().prepare(cell(text.BERT_TINY))):
        with pytest.raises(Unsupported, match="openvino can't be imported") as refused:
            ask()
        assert (refused.value.error_type, refused.value.suggested_fix) == ("not_installed", openvino_model.INSTALL)


@pytest.mark.parametrize(("precision", "hint"), [("fp32", "f32"), ("fp16", "f16"), ("bf16", "bf16")])
def test_precision_and_threads_are_pinned(vendor, precision, hint):
    asked = vendor()
    spec = ModelSpec("m", "m", "text", "tiny", "random", files=("m.onnx",), threads=2)
    OpenVino().load(Model(spec, Path("m.onnx")), cell(spec, precision))
    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": hint, "INFERENCE_NUM_THREADS": "2"}
    assert asked == [("CPU", settings)]
    OpenVino().load(Model(spec, Path("m.onnx")), cell(spec, precision, index=1))
    assert "INFERENCE_NUM_THREADS" not in asked[1][1]


@pytest.mark.parametrize(
    ("compiled", "target", "wanted"),
    [
        (Compiled([("FullyConnected", "bf16"), ("Softmax", "f32")]), "CPU", ("openvino", "CPU", "bf16", 3)),
        (Compiled([("fully_connected", "f16")], places=["GPU.0"]), "GPU", ("openvino", "GPU.0", "fp16", None)),
        (Compiled([("Convolution", "u8"), ("Eltwise", "f32")]), "CPU", ("openvino", "CPU", "int8", 3)),
        (Compiled([("Eltwise", "f32")], hint="bf16"), "CPU", ("openvino", "CPU", "unverified", 3)),
        (Compiled(None, places=["NPU"], hint="f16"), "NPU", ("openvino", "NPU", "unverified", None)),
        (Compiled(places=["CPU"]), "GPU", ("CPU", "CPU", "unverified", None)),
        (Compiled([("MatMul", "f32")], places=["GPU.1"]), "GPU.1", ("unverified", "GPU.1", "fp32", None)),
        (Compiled([("MatMul", "f32")], places=["(CPU)"]), "CPU", ("openvino", "CPU", "fp32", 3)),
    ],
)
def test_what_runs_is_read_from_the_compiled_model(vendor, compiled, target, wanted):
    vendor()
    found = OpenVinoModel(compiled, target, "", {}).effective
    assert (found.device, found.provider, found.precision, found.threads) == wanted


# Errors, in OpenVINO's words.

NO_RULE = """Exception from src/inference/src/cpp/core.cpp:84:
Check 'false' failed at src/frontends/common_translators/src/unconverted_ops_report.cpp:151:
FrontEnd API failed with OpConversionFailure:
Model wasn't fully converted.
Summary:
-- No conversion rule found for operations: strange.Frobnicate

"""
NO_INT8 = """Exception from src/plugins/intel_cpu/src/config.cpp:266:
Wrong value i8 for property key INFERENCE_PRECISION_HINT. Supported values: bf16, f16, f32, undefined
"""


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        (NO_RULE, "operator", "OpenVINO has no rule for strange.Frobnicate: Model wasn't fully converted. -- No conversion"),
        ("Summary:\n-- Conversion is failed for: MVN-17\n", "operator", "OpenVINO has no rule for MVN-17"),
        ("Unsupported operation of type: NonZero name : NonZero_7", "operator", "no rule for NonZero:"),
        (NO_INT8, "dtype", "Wrong value i8 for property key INFERENCE_PRECISION_HINT. Supported values: bf16"),
    ],
)  # fmt: skip
def test_what_openvino_refuses_is_typed_and_names_the_operator(text, kind, told):
    with pytest.raises(Unsupported) as refused, openvino_words.typed_errors():
        raise RuntimeError(text)
    assert refused.value.error_type == kind
    assert told in refused.value.reason
    assert "Exception from" not in refused.value.reason
    assert refused.value.suggested_fix


def test_an_error_that_nobody_foresaw_stays_what_it_is():
    with pytest.raises(RuntimeError, match="out of memory"), openvino_words.typed_errors():
        raise RuntimeError("out of memory")


def test_an_error_without_words_is_called_by_its_name():
    assert openvino_words.plain(RuntimeError("")) == "RuntimeError"


# The real one.


@pytest.fixture
def real():
    pytest.importorskip("openvino")
    pytest.importorskip("onnxruntime")
    return OpenVino()


def test_the_real_cpu_works(real):
    real.probe(0)


def test_the_package_is_imported_without_its_telemetry(real):
    """It forks at the import, and that process would keep the runner's pipes."""
    script = "import os; from hardware_backends.openvino import OpenVino; OpenVino().prepare(None); os.waitpid(-1, 0)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert "ChildProcessError" in ran.stderr  # there is no child to wait for


@pytest.mark.parametrize("spec", SMOKE, ids=lambda spec: spec.family)
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_models_run_right_on_the_cpu(real, spec, precision):
    from pytest_ipfs_bench import reference

    model = models.onnx_model(spec)
    loaded = real.load(model, cell(spec, precision))
    off = reference.difference(reference.outputs(model, 1, spec.shape), loaded.run())
    assert off.relative < spec.limit(loaded.effective.precision)
    assert (loaded.effective.device, loaded.effective.provider, loaded.effective.threads) == ("openvino", "CPU", 1)
    capable = "BF16" in sys.modules["openvino"].Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    assert loaded.effective.precision == ("bf16" if precision == "bf16" and capable else "fp32")
    again = loaded.run()
    assert all((again[name] == value).all() for name, value in loaded.run().items())
    loaded.close()


def test_a_quantized_graph_that_is_computed_in_fp32_is_refused(real):
    pytest.importorskip("onnx")
    with pytest.raises(Unsupported, match="asked for int8, OpenVINO computes this model in fp32 on CPU") as refused:
        real.load(models.onnx_model(text.BERT_TINY), cell(text.BERT_TINY, "int8"))
    assert refused.value.error_type == "dtype"


def refused_file(folder):
    """An ONNX file of an operator that OpenVINO does not have: the determinant."""
    onnx = pytest.importorskip("onnx")
    helper, single = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("Det", ["x"], ["y"])], "g",
        [helper.make_tensor_value_info("x", single, ["batch", 2, 2])],
        [helper.make_tensor_value_info("y", single, ["batch"])],
    )  # fmt: skip
    file = folder / "det.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10), file)
    return str(file)


def test_an_onnx_file_that_is_refused_names_the_operator(real, tmp_path):
    spec = ModelSpec("det", "det", "math", "tiny", "random", files=(refused_file(tmp_path),))
    with pytest.raises(Unsupported, match="OpenVINO has no rule for Det-17"):
        real.load(models.onnx_model(spec), cell(spec))


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # OpenVINO traces
def test_a_model_whose_onnx_file_is_refused_comes_from_torch(real, tmp_path):
    pytest.importorskip("torch")
    (tmp_path / "forms.py").write_text(
        "import torch\n"
        "class Determinant(torch.nn.Module):\n"
        "    def forward(self, x):\n"
        "        return {'y': x[:, 0, 0] * x[:, 1, 1] - x[:, 0, 1] * x[:, 1, 0]}\n"
        "def make(spec): return Determinant().eval()\n"
    )
    inputs = (models.Input("x", "float32", ("batch", 2, 2)),)
    torch_form = f"{tmp_path / 'forms.py'}:make"
    spec = ModelSpec(
        "det", "det", "math", "tiny", "random", inputs=inputs, files=(refused_file(tmp_path),), torch=torch_form
    )
    from pytest_ipfs_bench import reference

    model = models.onnx_model(spec)
    loaded = real.load(model, cell(spec))
    assert reference.difference(reference.outputs(model, 1, {}), loaded.run()).relative < 1e-4
    assert loaded.effective.provider == "CPU (from torch)"


def test_cells_of_the_session_are_rows(real, session, rows):
    session.makepyfile("def test_it(cell): cell.measure()")
    result = session.runpytest("--bench-db=b.duckdb", "--bench-models=bert", "--hardware=openvino",
                               "--bench-precisions=fp32,int8", *FAST)  # fmt: skip
    assert "INTERNALERROR" not in result.stdout.str()
    found = rows(session.path / "b.duckdb", "SELECT precision, effective_precision, runtime, threads FROM results")
    assert found == [{"precision": "fp32", "effective_precision": "fp32", "runtime": "openvino", "threads": 1}]
    (refused,) = rows(session.path / "b.duckdb", "SELECT * FROM hardware_compatibility WHERE precision = 'int8'")
    assert (refused["status"], refused["error_type"]) == ("incompatible", "dtype")


# A crash inside the runtime is a row.

CRASHING = """
import os, signal
import pluggy
from pytest_ipfs_bench.backend import Backend, Detection, Device, State

hookimpl = pluggy.HookimplMarker("ipfs_bench")

class Divider(Backend):
    name = "divider"
    runtimes = ("onnxruntime",)
    def detect(self):
        return Detection(State.PRESENT, (Device(0, "divides by zero"),))
    def load(self, model, cell):
        os.kill(os.getpid(), signal.SIGFPE)

class Plugin:
    @hookimpl
    def register_backends(self):
        return [Divider()]

def pytest_ipfs_bench_register(manager):
    manager.register(Plugin())
"""


@pytest.mark.slow
def test_a_runner_that_dies_of_a_floating_point_exception_is_a_crashed_row(session, rows):
    pytest.importorskip("onnxruntime")
    session.makeconftest(CRASHING)
    session.makepyfile("def test_it(cell): cell.measure()")
    result = session.runpytest("--bench-db=b.duckdb", "--bench-models=bert", "--hardware=divider,cpu", *FAST)
    result.assert_outcomes(failed=1, passed=1)
    sql = "SELECT c.*, hardware_type FROM hardware_compatibility c JOIN hardware_platforms USING (hardware_id)"
    found = {row["hardware_type"]: row for row in rows(session.path / "b.duckdb", sql)}
    assert (found["divider"]["status"], found["divider"]["error_type"]) == ("crashed", signal.SIGFPE.name)
    assert "SIGFPE" in found["divider"]["error_message"]
    assert found["cpu"]["status"] == "compatible"


LLAMA = """
import pluggy
from pytest_ipfs_bench.models import Input, ModelSpec

hookimpl = pluggy.HookimplMarker("ipfs_bench")

def make(spec):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    sizes = dict(hidden_size=64, num_hidden_layers=1, num_attention_heads=4, num_key_value_heads=2)
    config = LlamaConfig(**sizes, intermediate_size=128, vocab_size=1000, max_position_embeddings=128, use_cache=False)
    class Logits(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.llama = LlamaForCausalLM(config)
        def forward(self, ids, mask):
            return {"logits": self.llama(input_ids=ids, attention_mask=mask).logits}
    return Logits().eval()

class Plugin:
    @hookimpl
    def register_models(self):
        ids = Input("ids", "int64", ("batch", 32), "integers", 1, 1000)
        mask = Input("mask", "int64", ("batch", 32), "ones")
        return [ModelSpec("llama", "llama", "text", "tiny", "random", inputs=(ids, mask), files=("refused.onnx",),
                          torch=__file__ + ":make", threads=1)]

def pytest_ipfs_bench_register(manager):
    manager.register(Plugin())
"""


@pytest.mark.slow
def test_the_crash_of_openvino_in_bf16_on_one_thread_is_a_row(real, session, rows):
    """OpenVINO 2026.4.1 dies of SIGFPE on CPUs with AMX; on others this model just runs, and has no reference."""
    for name in ("torch", "transformers"):
        pytest.importorskip(name)
    session.makeconftest(LLAMA)
    session.path.joinpath("refused.onnx").write_bytes(b"no ONNX")
    session.makepyfile("def test_it(cell): cell.measure()")
    result = session.runpytest("--bench-db=b.duckdb", "--bench-models=llama,bert", "--hardware=openvino",
                               "--bench-precisions=bf16", *FAST)  # fmt: skip
    assert "INTERNALERROR" not in result.stdout.str()
    sql = "SELECT c.*, model_name FROM hardware_compatibility c JOIN models USING (model_id)"
    found = {row["model_name"]: row for row in rows(session.path / "b.duckdb", sql)}
    assert found["tiny-random-bert"]["status"] == "compatible"
    if found["llama"]["status"] != "crashed":
        pytest.skip(f"this CPU and OpenVINO don't crash: {found['llama']['error_message']}")
    assert found["llama"]["error_type"] == "SIGFPE"
    assert "OpenVINO" in found["llama"]["suggested_fix"]
