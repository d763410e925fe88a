"""A model in ONNX Runtime: its precisions, what is read back, and how refusals are said. All on the real runtime."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("onnx")

import numpy as np  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from hardware_backends import onnx_graph, onnx_precision, onnx_session  # noqa: E402
from hardware_backends.onnx_session import OnnxSession, typed_errors  # noqa: E402
from model_suites import specs, text  # noqa: E402
from pytest_ipfs_bench import models, reference  # noqa: E402
from pytest_ipfs_bench.backend import Unsupported  # noqa: E402
from pytest_ipfs_bench.cell import Cell  # noqa: E402

CPU = "CPUExecutionProvider"
SMOKE = [spec for spec in specs() if "smoke" in spec.tags]


@pytest.fixture(autouse=True)
def _quiet():
    onnx_session.prepare()


def cell(spec, precision="fp32", batch=1):
    return Cell(spec.name, spec.size, spec.weights, "cpu", 0, "onnxruntime", precision, "inference", batch, spec.shape)


@pytest.mark.parametrize("spec", SMOKE, ids=lambda spec: spec.family)
@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_the_models_run_right_and_say_in_what(spec, precision):
    model = models.onnx_model(spec)
    loaded = OnnxSession(model, cell(spec, precision, batch=2), CPU, threads=1)
    off = reference.difference(reference.outputs(model, 2, spec.shape), loaded.run())
    assert off.relative < spec.limit(precision)
    effective = loaded.effective
    assert (effective.device, effective.provider, effective.precision, effective.threads) == ("cpu", CPU, precision, 1)
    loaded.close()


def test_fp16_that_the_cpu_would_compute_in_fp32_is_refused():
    with pytest.raises(Unsupported) as refused:
        OnnxSession(models.onnx_model(text.BERT_TINY), cell(text.BERT_TINY, "fp16"), CPU)
    assert refused.value.error_type == "dtype"
    assert refused.value.reason == (
        "onnxruntime takes the model in fp16 but computes it in fp32: CPUExecutionProvider has no kernels for fp16"
    )
    assert refused.value.suggested_fix.startswith("Use --bench-precisions=fp32")


@pytest.mark.parametrize("spec", SMOKE, ids=lambda spec: spec.family)
def test_bf16_is_refused_in_the_runtimes_own_words(spec):
    with pytest.raises(Unsupported, match=r"Could not find an implementation|Type 'tensor\(bfloat16\)'") as refused:
        OnnxSession(models.onnx_model(spec), cell(spec, "bf16"), CPU)
    assert refused.value.error_type == "dtype"


@pytest.mark.parametrize("precision", ["fp16", "bf16", "int8"])
def test_without_the_package_onnx_the_remedy_is_named(monkeypatch, precision):
    for name in [name for name in sys.modules if name.startswith("onnxruntime.quantization")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(Unsupported, match=f"to run in {precision} the ONNX file has to be converted") as refused:
        OnnxSession(models.onnx_model(text.BERT_TINY), cell(text.BERT_TINY, precision), CPU)
    assert (refused.value.error_type, refused.value.suggested_fix) == ("not_installed", onnx_precision.ONNX_HINT)


def test_fp32_needs_no_package_onnx(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    loaded = OnnxSession(models.onnx_model(text.BERT_TINY), cell(text.BERT_TINY), CPU)
    assert loaded.effective.precision == "fp32"


def test_a_model_that_can_not_be_quantized_says_so(tmp_path):
    (tmp_path / "torn.onnx").write_bytes(b"\x08")
    with pytest.raises(Unsupported, match="onnxruntime can't quantize this model: ") as refused:
        onnx_precision.write(tmp_path / "torn.onnx", "int8", tmp_path)
    assert refused.value.error_type == "dtype"


def test_an_operator_that_the_runtime_has_not_is_typed(tmp_path):
    graph = made([helper.make_node("Frobnicate", ["x"], ["y"])])
    spec = models.ModelSpec("odd", "odd", "text", "tiny", "random", files=(saved(tmp_path, graph),))
    with pytest.raises(Unsupported, match="Frobnicate") as refused:
        OnnxSession(models.onnx_model(spec), cell(spec), CPU)
    assert refused.value.error_type == "operator"


def test_a_graph_of_which_the_provider_takes_only_a_part_is_refused():
    told = "graph nodes are assigned to the default CPU EP, but fallback to CPU EP has been explicitly disabled by the user"
    part = pytest.raises(Unsupported, match="QNN takes only a part of this model, the rest would run on the CPU: ")
    with part as refused, typed_errors("QNN", "fp16"):
        raise RuntimeError(told)
    assert refused.value.error_type == "operator"


def test_an_error_that_nobody_foresaw_stays_what_it_is():
    with pytest.raises(RuntimeError, match="bad alloc"), typed_errors("QNN"):
        raise RuntimeError("bad alloc")


# The probe.


def test_the_cpu_passes_the_probe():
    onnx_session.probe(CPU)


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_a_provider_that_does_not_load_fails_the_probe():
    with pytest.raises(Unsupported) as refused:
        onnx_session.probe("ROCMExecutionProvider")
    assert refused.value.error_type == "broken"
    assert refused.value.reason.startswith(("ROCMExecutionProvider can't compute", "onnxruntime can't load ROCM"))


def test_a_provider_that_computes_wrongly_fails_the_probe(monkeypatch):
    import onnxruntime

    class Session:
        def __init__(self, *_, **__):
            pass

        def run(self, names, feed):
            return (feed["x"],)

        def get_providers(self):
            return ["CUDAExecutionProvider"]

    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
    with pytest.raises(Unsupported, match="computes wrongly: the squares of 1, 2, 3, 4 are") as refused:
        onnx_session.probe("CUDAExecutionProvider")
    assert refused.value.error_type == "broken"


# Graphs: what is read from a file, and what conversion makes of one.


def made(nodes, initializers=(), dims=("batch", 2), kind=TensorProto.FLOAT):
    value = helper.make_tensor_value_info
    return helper.make_graph(nodes, "g", [value("x", kind, dims)], [value("y", kind, None)], list(initializers))


def saved(folder, graph):
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), folder / "made.onnx")
    return str(folder / "made.onnx")


def weight(name, dtype, size=2):
    return numpy_helper.from_array(np.ones((size, size), dtype=dtype), name)


@pytest.mark.parametrize(
    ("nodes", "weights", "wanted"),
    [
        ([helper.make_node("MatMul", ["x", "w"], ["y"])], [weight("w", np.float32)], "fp32"),
        ([helper.make_node("MatMul", ["x", "w"], ["y"])], [weight("w", np.float16)], "fp16"),
        ([helper.make_node("MatMul", ["x", "w"], ["y"])], [weight("w", np.float64)], "fp64"),
        ([helper.make_node("MatMulInteger", ["x", "w"], ["y"])], [weight("w", np.int8), weight("b", np.float32, 9)], "int8"),
        ([helper.make_node("MatMul", ["x", "w"], ["y"])], [weight("w", np.float32), weight("table", np.float16, 99)], "fp32"),
        ([helper.make_node("Add", ["x", "w"], ["y"])], [weight("w", np.float16), weight("n", np.int64, 9)], "fp16"),
        ([helper.make_node("Relu", ["x"], ["y"])], [], "unverified"),
        ([helper.make_node("Constant", [], ["w"], value=weight("", np.float16)),
          helper.make_node("Gemm", ["x", "w"], ["y"])], [], "fp16"),
    ],
)  # fmt: skip
def test_the_precision_of_a_graph_is_that_of_the_weights_of_its_products(tmp_path, nodes, weights, wanted):
    assert onnx_graph.precision(Path(saved(tmp_path, made(nodes, weights)))) == wanted


def test_a_torn_file_is_said_to_be_torn(tmp_path):
    (tmp_path / "torn.onnx").write_bytes(b"\x3a\xff")
    with pytest.raises(EOFError, match="ends in the middle"):
        onnx_graph.precision(tmp_path / "torn.onnx")


def test_free_dimensions_have_names_and_fixed_ones_none(tmp_path):
    file = Path(saved(tmp_path, made([helper.make_node("Relu", ["x"], ["y"])])))
    assert onnx_graph.free_dimensions(file) == {"x": ["batch", None]}
    assert onnx_graph.free_lengths(file, {"x": np.zeros((3, 2))}) == {"batch": 3}
    assert onnx_graph.free_lengths(file, {}) == {}


@pytest.mark.parametrize("precision", ["fp16", "bf16"])
@pytest.mark.parametrize("spec", SMOKE, ids=lambda spec: spec.family)
def test_a_lowered_graph_is_of_its_type_throughout(tmp_path, spec, precision):
    file = onnx_precision.write(Path(spec.files[0]), precision, tmp_path)
    assert onnx_graph.precision(file) == precision
    model = onnx.load(file)
    assert not [one.name for one in model.graph.initializer if one.data_type == TensorProto.FLOAT]
    before = onnx.load(spec.files[0]).graph
    assert [one.name for one in model.graph.input] == [one.name for one in before.input]
    assert [one.type for one in model.graph.output] == [one.type for one in before.output]
    if precision == "fp16":  # the CPU computes it in fp32, with weights of fp16
        onnx.checker.check_model(model)


def test_a_mask_of_the_largest_number_stays_finite_and_the_factors_of_a_resize_stay_fp32(tmp_path):
    nodes = [
        helper.make_node("Add", ["x", "mask"], ["masked"]),
        helper.make_node("Resize", ["masked", "", "scales"], ["y"]),
    ]
    mask = numpy_helper.from_array(np.array([-3.4e38, 0], dtype=np.float32), "mask")
    scales = numpy_helper.from_array(np.array([1, 2], dtype=np.float32), "scales")
    file = onnx_precision.write(Path(saved(tmp_path, made(nodes, [mask, scales]))), "fp16", tmp_path)
    found = {one.name: numpy_helper.to_array(one) for one in onnx.load(file).graph.initializer}
    assert found["mask"].tolist() == [-65504, 0]
    assert found["scales"].dtype == np.float32


def test_bf16_is_rounded_to_nearest_even():
    values = np.array([1.0, -2.5, 1 + 2**-8, 1 + 3 * 2**-8, 3.14159], dtype=np.float32)
    back = (onnx_precision._bfloat16(values).astype(np.uint32) << 16).view(np.float32)
    assert back.tolist() == [1.0, -2.5, 1.0, 1 + 2**-6, 3.140625]


def test_a_weight_that_two_products_share_is_followed_through_its_cast():
    """ONNX Runtime has no fp16 products on a CPU: it casts a shared weight to fp32 at run time, and keeps it as fp16."""
    from pytest_ipfs_bench.testing.stack import STACK

    with pytest.raises(Unsupported, match="takes the model in fp16 but computes it in fp32"):
        OnnxSession(models.onnx_model(STACK), cell(STACK, "fp16"), "CPUExecutionProvider")
