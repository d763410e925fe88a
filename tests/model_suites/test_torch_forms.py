"""The torch forms: right, each sample for itself, and pretrained where the hub's weights are at hand. All on real torch."""

from dataclasses import replace

import pytest

from model_suites import specs, torch_forms
from pytest_ipfs_bench import exporting, reference
from pytest_ipfs_bench.errors import Unsupported
from pytest_ipfs_bench.models import Model, onnx_model

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytestmark = pytest.mark.filterwarnings("ignore")
TINY = [spec for spec in specs() if spec.size == "tiny"]
BERT = next(spec for spec in specs() if spec.name == "google/bert_uncased_L-2_H-128_A-2")


@pytest.mark.parametrize("spec", TINY, ids=lambda spec: spec.family)
def test_it_is_what_was_shipped_whatever_else_is_in_the_batch(spec):
    model = onnx_model(spec)
    form = model.torch()
    assert form.model.__class__.__name__ == spec.dimensions["model"]
    assert not form.training
    with torch.inference_mode():
        found = {name: value.numpy() for name, value in form(*exporting.tensors(model, 3)).items()}
    assert all(value.shape[0] == 3 for value in found.values())
    assert reference.difference(reference._shipped(model), found).relative < spec.limit("fp32") / 10


@pytest.mark.parametrize("spec", TINY, ids=lambda spec: spec.family)
def test_its_number_of_parameters_is_as_declared(spec):
    count = sum(one.numel() for one in torch_forms.build(spec).parameters()) / 1e6
    assert spec.parameters_million == pytest.approx(count, abs=0.005)


def test_a_model_that_memory_cannot_hold_is_refused_before_it_is_built():
    with pytest.raises(Unsupported, match=r"huge needs 48000000\.0 GB in fp32, [\d.]+ GB are available") as refused:
        torch_forms.build(replace(TINY[0], name="huge", parameters_million=1e10))
    assert refused.value.error_type == "memory"


@pytest.fixture
def cached(monkeypatch, tmp_path):
    """The hub's cache with weights of this model in it."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    folder = tmp_path / f"models--{BERT.hub.replace('/', '--')}" / "snapshots" / "abc"
    made = torch_forms.build(BERT)
    with torch.no_grad():
        next(made.parameters()).fill_(0.5)
    made.model.save_pretrained(folder)


def test_the_hubs_weights_are_taken_where_they_are_at_hand(cached):
    spec = next(spec for spec in specs() if spec.name == BERT.name)
    assert (spec.size, spec.weights) == ("base", "pretrained")
    form = torch_forms.build(spec)
    assert float(next(form.parameters()).mean()) == 0.5
    assert Model(spec).inputs(1, spec.shape)["input_ids"].shape == (1, 128)


def test_without_network_and_cache_pretrained_weights_are_a_reason_and_no_error(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(Unsupported) as refused:
        torch_forms.build(BERT.pretrained())
    assert refused.value.error_type == "weights"
    assert refused.value.reason.startswith(f"the weights of {BERT.hub} are neither in the local cache of the hub nor")
    assert refused.value.suggested_fix == f"Once, with a network: hf download {BERT.hub}"
