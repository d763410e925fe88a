"""The shipped models: small, right, and as declared."""

from pathlib import Path

import pytest

from model_suites import specs
from pytest_ipfs_bench import reference
from pytest_ipfs_bench.models import Model

np = pytest.importorskip("numpy")
TINY = [spec for spec in specs() if spec.size == "tiny"]
FILES = [spec for spec in TINY if spec.files]
OTHER_LENGTHS = {"sequence_length": (24, 60), "image_size": (96, 128), "audio_seconds": (2, 3)}


def run(spec, batch, shape):
    ort = pytest.importorskip("onnxruntime")
    session = ort.InferenceSession(spec.files[0], providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    given = {one.name for one in session.get_inputs()}
    feed = {
        name: value for name, value in Model(spec, Path(spec.files[0])).inputs(batch, shape).items() if name in given
    }
    return dict(zip(names, session.run(None, feed), strict=True))


def named(spec):
    return spec.family


@pytest.mark.parametrize("spec", FILES, ids=named)
def test_a_shipped_file_is_small(spec):
    assert 40_000 < Path(spec.files[0]).stat().st_size < 1_700_000


@pytest.mark.parametrize("spec", [spec for spec in specs() if spec.reference and spec.files], ids=named)
def test_its_reference_belongs_to_it_and_onnxruntime_reproduces_it_at_any_batch(spec):
    right = reference._shipped(Model(spec, Path(spec.files[0])))
    assert right is not None
    for batch in (1, 3):
        assert reference.difference(right, run(spec, batch, spec.shape)).relative < spec.limit("fp32") / 5


@pytest.mark.slow
@pytest.mark.parametrize("spec", FILES, ids=named)
def test_its_file_takes_every_length_that_the_model_takes(spec):
    """Axes of one length alone stay; of the others two more lengths run, each sample for itself."""
    for turn in (0, 1):
        shape = {
            axis: length
            if axis in spec.limits and spec.limits[axis][0] == spec.limits[axis][1]
            else OTHER_LENGTHS[axis][turn]
            for axis, length in spec.shape.items()
        }
        alone, first = run(spec, 1, shape), run(spec, 2, shape)
        assert reference.difference(alone, first).relative < spec.limit("fp32")


@pytest.mark.parametrize("spec", [spec for spec in specs() if spec.files], ids=named)
def test_its_number_of_parameters_is_as_declared(spec):
    """The weights of a file: those that are tied may be there twice, a part that only training needs is not."""
    onnx = pytest.importorskip("onnx")
    graph = onnx.load(spec.files[0]).graph
    floats = [one for one in graph.initializer if one.data_type == onnx.TensorProto.FLOAT]
    count = sum(onnx.numpy_helper.to_array(one).size for one in floats) / 1e6
    assert spec.parameters_million == pytest.approx(count, rel=0.5)
