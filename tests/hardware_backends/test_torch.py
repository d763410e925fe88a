"""The runtimes torch and torch.compile: what their errors mean, and that what runs is what is said (real torch, where it is)."""

import sys

import pytest

from hardware_backends import cpu, torch_session
from model_suites import specs
from pytest_ipfs_bench import reference
from pytest_ipfs_bench.backend import Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.models import Model, ModelSpec, onnx_model

TINY = [spec for spec in specs() if spec.size == "tiny" and "smoke" in spec.tags]


def cell(spec, precision="fp32", runtime="torch", batch=2):
    return Cell(spec.name, spec.size, spec.weights, "cpu", 0, runtime, precision, "inference", batch, spec.shape)


@pytest.mark.parametrize(
    ("said", "cause", "reason"),
    [
        (
            "The operator 'aten::_linalg_eigh' is not currently implemented for the MPS device.\nSee the tracker.",
            "operator",
            "no aten::_linalg_eigh here: The operator 'aten::_linalg_eigh' is not currently implemented for the MPS device.",
        ),
        (
            "Could not run 'quantized::linear_dynamic' with arguments from the 'CUDA' backend.",
            "operator",
            "no quantized::",
        ),
        ("\"addmm_impl_cpu_\" not implemented for 'Half'", "dtype", "\"addmm_impl_cpu_\" not implemented for 'Half'"),
        ("mat1 and mat2 must have the same dtype, but got Half and Float", "dtype", "mat1 and mat2"),
        ("BFloat16 is not supported on MPS", "dtype", "BFloat16 is not supported"),
        ("Didn't find engine for operation quantized::linear_prepack NoQEngine", "dtype", "Didn't find engine"),
        (
            "No working C++ compiler found in torch._inductor.config.cpp.cxx: (None, 'g++')",
            "compiler",
            "No working C++",
        ),
        ("Cannot find a working triton installation.", "compiler", "Cannot find a working triton"),
    ],
)
def test_what_torch_cant_do_is_unsupported_with_its_cause(said, cause, reason):
    found = torch_session.typed(RuntimeError(said))
    assert isinstance(found, Unsupported)
    assert found.error_type == cause
    assert found.reason.startswith(reason)
    assert found.suggested_fix


def test_what_nobody_foresaw_stays_the_error_that_it_is():
    error = RuntimeError("The size of tensor a (3) must match the size of tensor b (4)")
    assert torch_session.typed(error) is error
    known = Unsupported("model", "no")
    assert torch_session.typed(known) is known


def test_outputs_without_names_are_refused():
    with pytest.raises(Unsupported, match="returned a tuple, not a mapping of outputs by name"):
        torch_session.Fetched(("output",))


def test_a_model_without_a_torch_form_is_refused():
    model = onnx_model(next(spec for spec in specs() if spec.family == "bert"))
    bare = Model(ModelSpec("mine", "f", "text", "tiny", "random"), model.onnx)
    with pytest.raises(Unsupported, match="mine has no torch form") as caught:
        torch_session.form(bare)
    assert (caught.value.error_type, "--bench-runtime" in caught.value.suggested_fix) == ("model", True)
    with pytest.raises(BenchError, match=r"mine has no torch form \(torch=\)"):
        bare.torch()


def needs_a_package(spec):
    raise ModuleNotFoundError("No module named 'transformers'")


def fails(spec):
    raise ValueError("other weights")


@pytest.mark.parametrize(
    ("function", "error_type", "reason"),
    [
        (needs_a_package, "not_installed", "the torch form of mine can't be made: No module named 'transformers'"),
        (fails, "model", "the torch form of mine can't be made: ValueError: other weights"),
    ],
)
def test_a_torch_form_that_cant_be_made_says_why(function, error_type, reason, tmp_path):
    spec = ModelSpec("mine", "f", "text", "tiny", "random", torch=f"{__file__}:{function.__name__}")
    with pytest.raises(Unsupported) as caught:
        torch_session.form(Model(spec, tmp_path))
    assert (caught.value.error_type, caught.value.reason) == (error_type, reason)


def test_an_mps_fallback_that_the_user_allowed_leaves_no_proof_of_where_it_ran(vendor_torch, model, monkeypatch):
    from hardware_backends import mps

    vendor_torch(mps=True)
    spec = ModelSpec("m", "f", "text", "tiny", "random")
    assert mps.MpsModel(model, cell(spec)).effective.device == "mps"
    monkeypatch.setenv("PYTORCH_ENABLE_MPS_FALLBACK", "1")
    assert mps.MpsModel(model, cell(spec)).effective.device == "unverified"


@pytest.fixture
def torch(pytestconfig):
    """The real one, with what the shipped forms are made from."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    return torch


real = pytest.mark.filterwarnings("ignore")


@real
@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16", "int8"])
@pytest.mark.parametrize("spec", TINY, ids=lambda spec: spec.family)
def test_a_shipped_model_is_right_in_every_precision_and_says_which_it_really_is(torch, spec, precision):
    model = onnx_model(spec)
    loaded = cpu.Cpu().load(model, cell(spec, precision))
    off = reference.difference(reference.outputs(model, 2, spec.shape), loaded.run()).relative
    assert loaded.effective.precision == precision
    assert (loaded.effective.device, loaded.effective.provider, loaded.effective.threads) == ("cpu", "eager", 1)
    assert off < spec.limit(precision)
    assert off > 0 or precision == "fp32"
    loaded.close()


@real
def test_loading_in_another_precision_leaves_the_models_own_module_alone(torch):
    model = onnx_model(TINY[0])
    for precision in ("bf16", "int8"):
        cpu.Cpu().load(model, cell(TINY[0], precision)).close()
    assert torch_session.precision(model.torch()) == "fp32"


@real
def test_the_threads_are_set_for_the_model_and_given_back(torch):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    loaded = cpu.Cpu().load(onnx_model(TINY[0]), cell(TINY[0]))
    assert (torch.get_num_threads(), loaded.effective.threads) == (1, 1)
    loaded.close()
    loaded.close()
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


@real
def test_a_precision_that_torch_lacks_is_refused(torch):
    with pytest.raises(Unsupported, match="torch here has no fp7: fp32, fp16, bf16 and int8 it has"):
        cpu.Cpu().load(onnx_model(TINY[0]), cell(TINY[0], "fp7"))


@real
def test_int8_is_refused_off_the_cpu_and_without_linear_layers(torch):
    with pytest.raises(Unsupported, match="torch quantises dynamically on a CPU only, not on cuda:0"):
        torch_session.quantized(torch.nn.Linear(2, 2), "cuda:0")
    with pytest.raises(Unsupported, match="the model has no Linear layer"):
        torch_session.quantized(torch.nn.ReLU(), "cpu")


@real
def test_a_mixture_of_types_is_unverified(torch):
    mixed = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2).half())
    assert torch_session.precision(mixed) == torch_session.precision(torch.nn.ReLU()) == "unverified"


@real
def test_other_weights_than_those_that_were_shipped_are_refused(torch, monkeypatch):
    from model_suites import torch_forms

    build = torch_forms.build

    def other(spec):
        form = build(spec)
        with torch.no_grad():
            next(form.parameters()).normal_()
        return form

    monkeypatch.setattr(torch_forms, "build", other)
    with pytest.raises(
        ValueError, match=r"torch .* and transformers .* make other weights than those of tiny-random-bert"
    ):
        torch_forms.tiny(TINY[0])


@real
def test_a_cpu_build_has_no_other_device(torch):
    if torch.version.cuda or torch.version.hip or sys.platform == "darwin":
        pytest.skip("this torch has a device")
    from hardware_backends import cuda, mps, rocm

    spec = TINY[0]
    for backend in (cuda.Cuda(), rocm.Rocm(), mps.Mps()):
        with pytest.raises(Unsupported, match="was built without") as caught:
            backend.load(onnx_model(spec), cell(spec))
        assert caught.value.error_type == "runtime"


@pytest.mark.slow
@real
def test_torch_compile_is_compiled_when_it_is_loaded(torch):
    spec = next(spec for spec in TINY if spec.family == "vit")
    model = onnx_model(spec)
    loaded = cpu.Cpu().load(model, cell(spec, runtime="torch.compile"))
    assert loaded.effective.provider == "inductor"
    assert reference.difference(reference.outputs(model, 2, spec.shape), loaded.run()).relative < spec.limit("fp32")
    loaded.close()
