"""Models: seeded inputs, content, and addresses that a fresh process can import."""

import importlib
import importlib.util
import subprocess
import sys

import pytest

from pytest_ipfs_bench import models
from pytest_ipfs_bench.errors import BenchError, Unsupported
from pytest_ipfs_bench.models import Input, ModelSpec, address, load, onnx_model

np = pytest.importorskip("numpy")


def spec(**more):
    inputs = (
        Input("ids", "int64", ("batch", "sequence_length"), "integers", 3, 9),
        Input("mask", "int64", ("batch", "sequence_length"), "ones"),
        Input("sound", "float32", ("batch", 2, ("audio_seconds", 10))),
    )
    shape = {"sequence_length": 4, "audio_seconds": 3}
    return ModelSpec("m", "m", "text", "tiny", "random", shape, inputs, **more)


@pytest.fixture
def model(tmp_path):
    return models.Model(spec(), tmp_path / "m.onnx")


def test_inputs_have_the_shapes_and_types_that_were_declared(model):
    made = model.inputs(5, {"sequence_length": 7, "audio_seconds": 1})
    assert {name: (value.shape, str(value.dtype)) for name, value in made.items()} == {
        "ids": ((5, 7), "int64"),
        "mask": ((5, 7), "int64"),
        "sound": ((5, 2, 10), "float32"),
    }
    assert made["ids"].min() >= 3
    assert made["ids"].max() < 9


def test_the_first_sample_is_the_same_in_every_batch_and_model(model):
    shape = model.spec.shape
    assert np.array_equal(model.inputs(8, shape)["sound"][:1], model.inputs(1, shape)["sound"])
    assert model.inputs(1, shape)["ids"].tolist() == models.Model(spec(), model.onnx).inputs(1, shape)["ids"].tolist()


def test_content_follows_the_files(tmp_path):
    file = tmp_path / "a.onnx"
    file.write_bytes(b"one")
    before = spec(files=(str(file),)).content()
    file.write_bytes(b"two")
    assert spec(files=(str(file),)).content() != before


def test_content_of_a_model_without_files_follows_its_factorys_source(tmp_path):
    source = tmp_path / "factory.py"
    source.write_text("def make(spec): ...\n")
    before = spec(factory=f"{source}:make").content()
    source.write_text("def make(spec): return 1\n")
    assert spec(factory=f"{source}:make").content() != before
    assert spec(factory="pytest_ipfs_bench.models:onnx_model").content()
    with pytest.raises(OSError, match="no such module"):
        spec(factory="no.such.module:make").content()


def test_a_family_may_have_a_wider_limit():
    assert spec().limit("fp32") == 1e-4
    assert spec(max_error={"fp32": 1e-2}).limit("fp32") == 1e-2


def test_a_missing_file_is_named_with_the_remedy(tmp_path):
    missing = str(tmp_path / "gone.onnx")
    with pytest.raises(BenchError, match=r"m: .*gone\.onnx is not there\. pip install it"):
        onnx_model(spec(files=(missing,), needs="pip install it"))


def test_a_spec_without_file_or_factory_is_refused():
    with pytest.raises(BenchError, match="neither an ONNX file"):
        onnx_model(spec())


def test_a_function_travels_by_its_file_when_no_fresh_process_could_import_its_module(tmp_path):
    file = tmp_path / "conftest.py"
    file.write_text("def make(spec):\n    return 'made'\n")
    made = importlib.util.spec_from_file_location("conftest", file)
    module = importlib.util.module_from_spec(made)
    made.loader.exec_module(module)
    where = address(module.make)
    assert where == f"{file}:make"
    assert load(where)(None) == "made"


def test_a_function_of_an_importable_module_travels_by_module():
    assert address(onnx_model) == "pytest_ipfs_bench.models:onnx_model"
    assert load("pytest_ipfs_bench.models:onnx_model") is onnx_model


def test_the_address_works_in_a_fresh_process(tmp_path):
    (tmp_path / "factory.py").write_text("def make(spec): return 'made'\n")
    where = address(str(tmp_path / "factory.py") + ":make")
    code = f"from pytest_ipfs_bench.models import load; print(load({where!r})(None))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "made\n"


def closure():
    def inner(spec):
        return spec

    return inner


@pytest.mark.parametrize("function", [lambda spec: spec, closure()], ids=["lambda", "closure"])
def test_a_closure_or_lambda_is_refused_with_the_remedy(function):
    with pytest.raises(BenchError, match=r"closure or a lambda.\nDefine it at the top level of a module or conftest"):
        address(function)


def test_text_that_is_no_address_is_refused():
    with pytest.raises(BenchError, match=r"module:function or path/file.py:function"):
        address("just_a_name")


@pytest.mark.parametrize("where", ["no.such.module:f", "pytest_ipfs_bench.models:nothing", "/no/such/file.py:f"])
def test_an_address_that_leads_nowhere_is_named(where):
    with pytest.raises(BenchError, match=r"can't be loaded"):
        load(where)


def test_what_stands_at_marked_places_is_told_and_the_rest_is_as_without(tmp_path):
    plain = Input("ids", "int64", ("batch", "sequence_length"), "integers", 3, 900)
    marked = Input("ids", "int64", ("batch", "sequence_length"), "integers", 3, 900, marks=(999, 2, 5))
    made = [
        models.Model(ModelSpec("m", "m", "text", "tiny", "random", {}, (one,)), tmp_path).inputs(
            2, {"sequence_length": 8}
        )
        for one in (plain, marked)
    ]
    assert (made[1]["ids"][:, 2:5] == 999).all()
    for part in (slice(0, 2), slice(5, 8)):
        assert np.array_equal(made[0]["ids"][:, part], made[1]["ids"][:, part])


@pytest.mark.parametrize(("legal", "words"), [((2, 4), "2 to 4"), ((4, 4), "4 only"), (4, "1 to 4")])
def test_a_length_that_the_model_does_not_take_is_refused(tmp_path, legal, words):
    model = models.Model(spec(limits={"sequence_length": legal}), tmp_path)
    with pytest.raises(Unsupported, match=f"sequence_length 5 is asked for; m takes {words}") as refused:
        model.inputs(1, {"sequence_length": 5, "audio_seconds": 1})
    assert refused.value.error_type == "shape"


def test_content_of_a_model_without_files_follows_dimensions_and_weights():
    built = {"torch": "somewhere:build", "dimensions": {"layers": 2}}
    first = spec(**built).content()
    assert first == spec(**built).content()
    assert first != spec(**{**built, "dimensions": {"layers": 3}}).content() != spec(**built).pretrained().content()


def test_content_of_a_torch_module_without_dimensions_follows_its_source(tmp_path):
    source = tmp_path / "mine.py"
    source.write_text("def make(spec): ...\n")
    before = spec(torch=f"{source}:make").content()
    source.write_text("def make(spec): return 1\n")
    assert spec(torch=f"{source}:make").content() != before


def test_a_function_of_a_conftest_travels_by_its_file_even_where_its_folder_is_on_the_path(tmp_path, monkeypatch):
    (tmp_path / "conftest.py").write_text("def make(spec): ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "conftest", raising=False)
    assert address(importlib.import_module("conftest").make) == f"{tmp_path / 'conftest.py'}:make"


@pytest.mark.parametrize(
    ("lengths", "told"),
    [
        ({"sequence_length": 512, "image_size": 64}, None),
        ({"frames": 10**6}, None),
        ({"sequence_length": 513}, "sequence_length 513 is asked for; m takes 1 to 512"),
        ({"image_size": 224}, "image_size 224 is asked for; m takes 64 only"),
        ({"audio_seconds": 1}, "audio_seconds 1 is asked for; m takes 2 to 30"),
        ({"prompt_length": 99}, "prompt_length 99 is asked for; m takes 1 to 48"),
    ],
)
def test_a_length_that_the_model_does_not_take_is_named_with_what_it_takes(lengths, told):
    limits = {"sequence_length": (1, 512), "image_size": (64, 64), "audio_seconds": (2, 30), "prompt_length": (1, 48)}
    assert ModelSpec("m", "m", "text", "tiny", "random", limits=limits).beyond(lengths) == told


def test_a_spec_is_the_same_after_it_went_to_another_process():
    import json
    from dataclasses import asdict

    spec = ModelSpec(
        "m", "f", "text", "tiny", "random", {"sequence_length": 8},
        inputs=(Input("x", "float32", ("batch", ("sequence_length", 2), 3)),), files=("a",), tags=("t",),
    )  # fmt: skip
    assert ModelSpec.read(json.loads(json.dumps(asdict(spec)))) == spec
