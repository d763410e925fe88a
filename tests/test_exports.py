"""ONNX files that are made from torch forms at first use: kept whole or not at all, found damaged, made anew."""

import os
import time
from pathlib import Path

import pytest

from pytest_ipfs_bench import exports, reference
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.errors import BenchError, Unsupported
from pytest_ipfs_bench.models import Input, ModelSpec, onnx_model
from pytest_ipfs_bench.orders import Order
from pytest_ipfs_bench.supervisor import Supervisor

MINE = """
def make(spec):
    import torch

    class Twice(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.tensor(2.0))

        def forward(self, x):
            return {"y": x * self.weight}

    return Twice().eval()


def make_nothing(spec):
    return lambda x: {"y": "a text"}
"""


def mine(folder, function="make"):
    (folder / "mine.py").write_text(MINE)
    inputs = (Input("x", "float32", ("batch", "sequence_length")),)
    return ModelSpec(
        "mine",
        "mine",
        "text",
        "base",
        "random",
        {"sequence_length": 4},
        inputs,
        torch=f"{folder / 'mine.py'}:{function}",
    )


def left():
    """What lies in the cache, with how much of it."""
    folder = exports.cache_folder()
    return sorted(one.name for one in folder.rglob("*")) if folder.exists() else []


@pytest.fixture
def without_torch(monkeypatch, tmp_path):
    """A package torch that can't be imported, before any other."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "torch.py").write_text("raise ImportError(\"No module named 'torch'\")")
    monkeypatch.syspath_prepend(tmp_path / "broken")


def test_without_torch_it_says_what_to_install_and_leaves_nothing(without_torch, tmp_path):
    with pytest.raises(Unsupported) as refused:
        onnx_model(mine(tmp_path)).onnx  # noqa: B018  asked for its error
    reason = "the ONNX file of mine has to be made from its torch form first: No module named 'torch'"
    assert (refused.value.error_type, refused.value.reason) == ("not_installed", reason)
    assert refused.value.suggested_fix == "pip install 'pytest-ipfs-bench[torch]'"
    assert left() == []


def test_a_session_is_told_what_takes_long_before_its_answer_and_that_it_ended(without_torch, tmp_path):
    pytest.importorskip("onnxruntime")
    told, spec = [], mine(tmp_path)
    runners = Supervisor(told.append)
    cell = Cell("mine", "base", "random", "cpu", 0, "onnxruntime", "fp32", "inference", 1, spec.shape)
    reply = runners.run(Order(cell, spec, "hardware_backends.cpu:Cpu", None), 60)
    runners.close()
    assert (told[0], told[-1]) == (exports.Stage.IMPORT.of("mine"), None)
    assert (reply.status, reply.error_type) == ("unavailable", "not_installed")


def test_a_place_that_cannot_hold_it_is_named_with_the_reason(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(
        BenchError, match=r"mine can't be exported to .*file/ipfs-bench/models: Not a directory\.\nNothing"
    ):
        onnx_model(mine(tmp_path)).onnx  # noqa: B018


def test_a_model_that_cannot_be_exported_says_why(tmp_path):
    model = onnx_model(ModelSpec("m", "m", "text", "tiny", "random", torch="a:b", no_onnx="it looks at values"))
    with pytest.raises(Unsupported, match="m has no ONNX file: it looks at values") as refused:
        model.onnx  # noqa: B018
    assert (refused.value.error_type, "--bench-runtime=torch" in refused.value.suggested_fix) == ("export", True)


def sealed(folder):
    folder.mkdir(parents=True)
    (folder / exports.FILE).write_bytes(b"weights")
    exports._seal(folder)
    return folder


def test_whole_is_what_its_checksums_say(tmp_path):
    entry = sealed(tmp_path / "a")
    assert exports.intact(entry)
    (entry / exports.FILE).write_bytes(b"weighty")
    assert not exports.intact(entry)
    (entry / exports.SUMS).write_text("")
    assert not exports.intact(entry)
    assert not exports.intact(tmp_path / "nothing")


def test_what_another_session_made_meanwhile_is_as_good(tmp_path):
    made, there = sealed(tmp_path / "made"), sealed(tmp_path / "there")
    exports._place(made, there)
    assert exports.intact(there)
    (there / exports.FILE).write_bytes(b"torn")
    exports._place(made, there)
    assert exports.intact(there)


def test_what_killed_processes_left_is_swept_away_after_a_day(tmp_path):
    old, new = tmp_path / ".making-old", tmp_path / ".making-new"
    for one in (old, new):
        one.mkdir()
    os.utime(old, (time.time() - 90_000,) * 2)
    exports._sweep(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)


@pytest.fixture
def torch(pytestconfig):
    pytest.importorskip("onnxscript")
    return pytest.importorskip("torch")


@pytest.mark.slow
def test_a_torch_form_is_exported_once_and_a_damaged_file_is_made_anew(torch, tmp_path, monkeypatch):
    ort = pytest.importorskip("onnxruntime")
    model = onnx_model(mine(tmp_path))
    file = model.onnx
    assert left() == sorted([file.parent.name, "SHA256SUMS", "model.onnx", "reference.npz"])
    for batch, length in ((1, 4), (3, 9)):  # batch and length are free
        inputs = model.inputs(batch, {"sequence_length": length})
        (found,) = ort.InferenceSession(str(file)).run(["y"], inputs)
        assert (found == 2 * inputs["x"]).all()
    right = reference.outputs(model, 1, {"sequence_length": 4})  # that of torch, which was made with it
    assert (right["y"] == 2 * model.inputs(1, {"sequence_length": 4})["x"]).all()
    assert not reference.cache_folder().exists()

    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert onnx_model(model.spec).onnx.read_bytes() == whole
    monkeypatch.setattr(exports, "_make", lambda *_: pytest.fail("made again"))
    assert onnx_model(model.spec).onnx == file


@pytest.mark.slow
def test_a_full_disk_is_an_error_that_leaves_nothing_half_made(torch, tmp_path, monkeypatch, small_disk):
    monkeypatch.setenv("XDG_CACHE_HOME", str(small_disk))
    (small_disk / "ballast").write_bytes(bytes(60_000))
    with pytest.raises(BenchError, match="No space left on device") as refused:
        onnx_model(mine(tmp_path)).onnx  # noqa: B018
    assert str(refused.value).startswith(f"mine can't be exported to {small_disk}/ipfs-bench/models: ")
    assert left() == []


@pytest.mark.slow
def test_what_no_exporter_can_do_is_said_in_its_words(torch, tmp_path):
    with pytest.raises(BenchError, match=r"mine can't be exported to .*: AttributeError: "):
        onnx_model(mine(tmp_path, "make_nothing")).onnx  # noqa: B018


def test_the_reference_of_a_model_without_a_file_is_torchs_own(torch, tmp_path):
    model = onnx_model(mine(tmp_path))
    made = reference.outputs(model, 2, {"sequence_length": 3})
    assert (made["y"] == 2 * model.inputs(2, {"sequence_length": 3})["x"]).all()
    assert left() == []  # nothing is exported only for that
    assert len(list(Path(reference.cache_folder()).iterdir())) == 1
