"""References: shipped, or made once and cached by content; differences tell right from wrong."""

from dataclasses import replace

import pytest

from model_suites import specs
from pytest_ipfs_bench import reference
from pytest_ipfs_bench.models import onnx_model

np = pytest.importorskip("numpy")
pytest.importorskip("onnxruntime")
BERT = next(spec for spec in specs() if spec.family == "bert")


def test_equal_outputs_differ_by_nothing():
    assert reference.difference({"a": np.ones(3)}, {"a": np.ones(3)}) == reference.Difference(0.0, 0.0)


def test_the_worst_of_all_outputs_counts_relative_to_its_own_size():
    found = reference.difference(
        {"a": np.array([100.0]), "b": np.array([1.0])}, {"a": np.array([101.0]), "b": np.array([1.5])}
    )
    assert found == reference.Difference(1.0, 0.5)


@pytest.mark.parametrize("wrong", [{"a": np.array([np.nan, 1.0])}, {"a": np.ones(3)}, {"b": np.ones(2)}])
def test_nan_another_shape_or_a_missing_output_is_infinitely_wrong(wrong):
    assert reference.difference({"a": np.ones(2)}, wrong).relative == float("inf")


def test_of_a_larger_batch_the_samples_of_the_reference_are_compared():
    right, found = np.ones((1, 4)), np.vstack([np.ones((1, 4)), np.zeros((7, 4))])
    assert reference.difference({"a": right}, {"a": found}).absolute == 0.0


def test_an_all_zero_reference_compares_absolutely():
    assert reference.difference({"a": np.zeros(2)}, {"a": np.full(2, 0.25)}) == reference.Difference(0.25, 0.25)


def test_a_shipped_reference_is_taken_for_the_default_shape():
    reference.outputs(onnx_model(BERT), 4, BERT.shape)
    assert not reference.cache_folder().exists()


def test_another_shape_is_made_once_and_cached(monkeypatch):
    model, shape = onnx_model(BERT), {"sequence_length": 16}
    made = reference.outputs(model, 2, shape)
    assert made["output"].shape == (2, 16, 64)
    monkeypatch.setattr(reference, "_run", lambda *_: pytest.fail("made again"))
    assert np.array_equal(reference.outputs(model, 2, shape)["output"], made["output"])


def test_a_torn_cache_entry_is_made_anew():
    model, shape = onnx_model(BERT), {"sequence_length": 16}
    made = reference.outputs(model, 1, shape)
    (entry,) = reference.cache_folder().iterdir()
    entry.write_bytes(entry.read_bytes()[:100])
    assert np.array_equal(reference.outputs(model, 1, shape)["output"], made["output"])


def test_a_shipped_reference_of_other_content_is_not_used(tmp_path):
    vit = next(spec for spec in specs() if spec.family == "vit")
    model = onnx_model(replace(vit, reference=BERT.reference))
    assert reference.outputs(model, 1, vit.shape)["output"].shape == (1, 10)


def test_other_inputs_of_the_same_file_have_a_reference_of_their_own():
    shape = {"sequence_length": 16}
    made = reference.outputs(onnx_model(BERT), 1, shape)
    ids = replace(BERT.inputs[0], low=500)
    other = reference.outputs(onnx_model(replace(BERT, inputs=(ids, *BERT.inputs[1:]))), 1, shape)
    assert not np.array_equal(made["output"], other["output"])
