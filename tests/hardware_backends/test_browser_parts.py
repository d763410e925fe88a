"""A model of several modalities in parts: run one after another, in ONNX Runtime, they are the whole."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("onnx")

import numpy as np  # noqa: E402
import onnxruntime as ort  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from hardware_backends.browser import parts  # noqa: E402
from model_suites import specs  # noqa: E402
from pytest_ipfs_bench import models  # noqa: E402
from pytest_ipfs_bench.backend import Unsupported  # noqa: E402

TINY = {spec.family: spec for spec in specs() if spec.size == "tiny" and spec.files}
TOWERS = ("clap", "clip", "llava", "xclip")
OPSETS = (("", 17), ("strangers", 1))
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def run(file, values):
    """A model's outputs by name, of those of these values that it takes."""
    settings = ort.SessionOptions()
    settings.log_severity_level = 3
    session = ort.InferenceSession(str(file), settings, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_outputs()]
    return dict(
        zip(names, session.run(None, {one.name: values[one.name] for one in session.get_inputs()}), strict=True)
    )


def one_after_another(files, values):
    for file in files:
        values = {**values, **run(file, values)}
    return values


def inputs_of(file):
    return [one.name for one in onnx.load(file).graph.input]


def written(path, nodes, inputs, outputs, weights=(), **more):
    graph = helper.make_graph(nodes, "g", inputs, outputs, weights)
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid(*one) for one in OPSETS], ir_version=9),
        path,
        **more,
    )
    return path


def value(name, dims=("batch", 4), kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, dims)


@pytest.mark.parametrize("family", TOWERS)
def test_the_parts_one_after_another_are_the_whole(family, tmp_path):
    spec = TINY[family]
    files = parts.split(Path(spec.files[0]), tmp_path)
    for batch in (1, 3):
        given = models.onnx_model(spec).inputs(batch, spec.shape)
        found = one_after_another(files, given)
        for name, right in run(spec.files[0], given).items():
            assert abs(found[name] - right).max() < 1e-5  # measured: 1.3e-6 at most


@pytest.mark.parametrize("family", TOWERS)
def test_a_part_takes_inputs_of_one_modality_alone(family, tmp_path):
    *towers, _ = [*parts.split(Path(TINY[family].files[0]), tmp_path), None]
    taken = {file.name.split(".")[1]: inputs_of(file) for file in towers}
    assert taken["words"] == ["input_ids", "attention_mask"]
    assert taken["sound" if family == "clap" else "sight"] == ["input_features" if family == "clap" else "pixel_values"]
    assert ("rest" in taken) == (family in ("xclip", "llava"))  # the towers of clip and clap meet after the model


@pytest.mark.parametrize("family", sorted(set(TINY) - set(TOWERS)))
def test_a_model_of_one_modality_has_no_parts(family, tmp_path):
    assert parts.split(Path(TINY[family].files[0]), tmp_path / "none") == []
    assert not (tmp_path / "none").exists()


def test_each_weight_goes_where_it_is_used(tmp_path):
    whole = onnx.load(TINY["clip"].files[0])
    held = [
        {one.name for one in onnx.load(file).graph.initializer}
        for file in parts.split(Path(TINY["clip"].files[0]), tmp_path)
    ]
    large = {
        one.name for one in whole.graph.initializer if np.prod(one.dims) > 1000
    }  # the towers share a bias of zeros
    assert large <= held[0] | held[1]
    assert not large & held[0] & held[1]


def test_what_an_inner_graph_takes_is_followed(tmp_path):
    inner = helper.make_graph([helper.make_node("Add", ["pixels", "seen"], ["sum"])], "then", [], [value("sum")])
    other = helper.make_graph([helper.make_node("Identity", ["pixels"], ["same"])], "else", [], [value("same")])
    nodes = [
        helper.make_node("Neg", ["pixel_values"], ["seen"]),
        helper.make_node("Abs", ["pixel_values"], ["pixels"]),
        helper.make_node("Cast", ["input_ids"], ["read"], to=FLOAT),
        helper.make_node("If", ["always"], ["chosen"], then_branch=inner, else_branch=other),
        helper.make_node("Mul", ["chosen", "read"], ["output"]),
    ]
    given = [value("input_ids", kind=INT64), value("pixel_values")]
    weights = [numpy_helper.from_array(np.array(True), "always")]
    whole = written(tmp_path / "if.onnx", nodes, given, [value("output")], weights)
    files = parts.split(whole, tmp_path / "parts")
    assert [file.name for file in files] == ["if.sight.onnx", "if.words.onnx", "if.rest.onnx"]
    values = {"input_ids": np.arange(8).reshape(2, 4), "pixel_values": np.ones((2, 4), np.float32)}
    assert (one_after_another(files, values)["output"] == run(whole, values)["output"]).all()


def two_towers(path, joined="Add", domain="", **more):
    """Words and pixels, each times weights of its own, and joined twice."""
    nodes = [
        helper.make_node("Cast", ["input_ids"], ["read"], to=FLOAT),
        helper.make_node("MatMul", ["read", "w"], ["words"]),
        helper.make_node(joined, ["pixel_values"] if domain else ["pixel_values", "v"], ["seen"], domain=domain),
        helper.make_node("Mul", ["words", "seen"], ["output"]),
    ]
    weights = [
        numpy_helper.from_array(np.full((4, 4), number, np.float32), name) for number, name in ((2, "w"), (3, "v"))
    ]
    return written(
        path, nodes, [value("input_ids", kind=INT64), value("pixel_values")], [value("output")], weights, **more
    )


def test_weights_that_lie_beside_a_model_come_into_its_parts(tmp_path):
    whole = two_towers(tmp_path / "m.onnx", "MatMul", save_as_external_data=True, location="m.data", size_threshold=0)
    files = parts.split(whole, tmp_path / "parts")
    values = {"input_ids": np.arange(8).reshape(2, 4), "pixel_values": np.ones((2, 4), np.float32)}
    assert (one_after_another(files, values)["output"] == run(whole, values)["output"]).all()
    assert sorted((tmp_path / "parts").iterdir()) == sorted(files)


def test_without_the_package_onnx_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(Unsupported, match=r"a model can't be parted without the package onnx: ") as refused:
        parts.split(Path(TINY["clip"].files[0]), tmp_path)
    assert (refused.value.error_type, refused.value.suggested_fix) == ("not_installed", "pip install onnx")


def test_a_tensor_of_unknown_type_can_not_be_handed_on(tmp_path):
    whole = two_towers(tmp_path / "own.onnx", "Fancy", domain="strangers")
    with pytest.raises(Unsupported) as refused:
        parts.split(whole, tmp_path / "parts")
    assert refused.value.reason == "the model can't be parted at 'seen': onnx does not know its type"
    assert refused.value.suggested_fix == "Use a model of operators that ONNX itself has."


def test_a_part_that_no_file_can_hold_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "LARGEST", 16)
    with pytest.raises(Unsupported, match=r"^two\.words\.onnx would have 0\.0 GB: an ONNX file holds 2\.1 GB at most$"):
        parts.split(two_towers(tmp_path / "two.onnx"), tmp_path / "parts")
