"""The shipped models: small, right, and as declared."""

from pathlib import Path

import pytest

from model_suites import specs
from pytest_ipfs_bench import reference
from pytest_ipfs_bench.models import Model

ort = pytest.importorskip("onnxruntime")
SHIPPED = [spec for spec in specs() if spec.weights == "random"]


def run(spec, batch, shape):
    session = ort.InferenceSession(spec.files[0], providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, Model(spec, Path(spec.files[0])).inputs(batch, shape)), strict=True))


@pytest.mark.parametrize("spec", SHIPPED, ids=lambda spec: spec.name)
def test_a_shipped_file_is_small(spec):
    assert 50_000 < Path(spec.files[0]).stat().st_size < 1_500_000


@pytest.mark.parametrize("spec", specs(), ids=lambda spec: spec.name)
def test_its_reference_belongs_to_it_and_onnxruntime_reproduces_it_at_any_batch(spec):
    right = reference._shipped(Model(spec, Path(spec.files[0])))
    assert right is not None
    for batch in (1, 3):
        assert reference.difference(right, run(spec, batch, spec.shape)).relative < spec.limit("fp32") / 10


@pytest.mark.parametrize("spec", specs(), ids=lambda spec: spec.name)
def test_its_number_of_parameters_is_as_declared(spec):
    onnx = pytest.importorskip("onnx")
    graph = onnx.load(spec.files[0]).graph
    floats = [one for one in graph.initializer if one.data_type == onnx.TensorProto.FLOAT]
    count = sum(onnx.numpy_helper.to_array(one).size for one in floats) / 1e6
    assert spec.parameters_million == pytest.approx(count, abs=0.002)


def test_bert_takes_any_length_that_it_has_positions_for():
    bert = next(spec for spec in specs() if spec.family == "bert")
    assert run(bert, 2, {"sequence_length": 512})["output"].shape == (2, 512, 64)
