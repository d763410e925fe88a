"""Causes: what runtimes say, in their own words, and how processes end."""

import signal

import pytest

from pytest_ipfs_bench import causes

# (what a runtime said, class of cause, operator)
SAID = [
    ("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.10 GiB", "memory", None),
    ("HIP out of memory. Tried to allocate 20.00 MiB", "memory", None),
    ("MPS backend out of memory (MPS allocated: 9.0 GB)", "memory", None),
    ("[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate", "memory", None),
    ("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : std::bad_alloc", "memory", None),
    ("bfc_arena.cc:376 Available memory of 1024 is smaller than requested bytes of 4096", "memory", None),
    ("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", "memory", None),
    ("Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and installed a driver", "driver", None),
    ("The NVIDIA driver on your system is too old (found version 11040)", "driver", None),
    ("CUDA driver version is insufficient for CUDA runtime version", "driver", None),
    ("libcuda.so.1: cannot open shared object file: No such file or directory", "driver", None),
    ("Cannot load library libopenvino_intel_gpu_plugin.so: libOpenCL.so.1: cannot open shared object file", "driver", None),
    ("Unable to find libamd_smi.so library", "driver", None),
    ("Torch not compiled with CUDA enabled", "runtime", None),
    ("Torch not compiled with XPU enabled", "runtime", None),
    ("CUDA error: no kernel image is available for execution on the device", "runtime", None),
    ("Failed to create CUDAExecutionProvider. Require cuDNN 9.* and CUDA 13.*", "runtime", None),
    ('Device with "FOO" name is not registered in the OpenVINO Runtime', "runtime", None),
    ("CUDA error: an illegal memory access was encountered", "device", None),
    ("CUDA error: device-side assert triggered", "device", None),
    ("HIP error: unspecified launch failure", "device", None),
    ('"addmm_impl_cpu_" not implemented for \'Half\'', "dtype", "addmm_impl_cpu_"),
    ("Type Error: Type 'tensor(float16)' of input parameter (x) of operator (Frob) in node (n) is invalid.", "dtype", "Frob"),
    ("Type parameter (T) of Optype (Add) bound to different types (tensor(float) and tensor(int64) in node ()", "dtype", "Add"),
    ("Unexpected input data type. Actual: (tensor(double)) , expected: (tensor(float))", "dtype", None),
    ("expected scalar type Float but found Half", "dtype", None),
    ("mat1 and mat2 must have the same dtype, but got Half and Float", "dtype", None),
    ("Input type (float) and bias type (c10::Half) should be the same", "dtype", None),
    ("NOT_IMPLEMENTED : Could not find an implementation for ConvInteger(10) node with name 'conv'", "operator", "ConvInteger"),
    ("Fatal error: ai.onnx.contrib:Frob(-1) is not a registered function/op", "operator", "ai.onnx.contrib:Frob"),
    ("No Op registered for Frobnicate with domain_version of 17", "operator", "Frobnicate"),
    ("Could not run 'aten::empty.memory_format' with arguments from the 'MPS' backend.", "operator", "aten::empty.memory_format"),
    ("The operator 'aten::_unique2' is not currently implemented for the MPS device.", "operator", "aten::_unique2"),
    ("Exporting the operator 'aten::diff' to ONNX opset version 17 is not supported", "operator", "aten::diff"),
    ("FrontEnd API failed with OpConversionFailure: No conversion rule found for operations: aten::diff", "operator", "aten::diff"),
    ("Error when translating node %_is_all_true : ... torch.ops.aten._is_all_true.default", "operator", "aten._is_all_true.default"),
    ("OpConversionFailure: None constant cannot be converted to OpenVINO opset", "operator", None),
    ("Unsupported model IR version: 14, max supported IR version: 12", "version", None),
    ("Got invalid dimensions for input: x for the following indices", "shape", None),
    ("AvgPool: Kernel after dilation has size (dim: 320) larger than the data shape after padding (dim: 2)", "shape", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "operator"), SAID)
def test_the_words_of_runtimes_have_their_class_the_operator_and_a_remedy(text, kind, operator):
    cause = causes.of_text(text)
    assert (cause.error_type, cause.operator) == (kind, operator)
    assert cause.suggested_fix.endswith((".", ")"))


@pytest.mark.parametrize("text", ["division by zero", "no such file", "OOMPH is not a model", "", "the room is full"])
def test_what_no_rule_knows_has_no_class(text):
    assert causes.of_text(text) is None


def test_an_error_of_memory_needs_no_words():
    assert causes.of_error(MemoryError()).error_type == "memory"
    assert causes.of_error(ZeroDivisionError("division by zero")) is None


@pytest.mark.parametrize(
    ("number", "name", "words"),
    [
        (signal.SIGFPE, "SIGFPE", "OpenVINO"),
        (signal.SIGILL, "SIGILL", "instructions that this CPU lacks"),
        (signal.SIGSEGV, "SIGSEGV", "another runtime"),
        (signal.SIGKILL, "SIGKILL", "more memory"),
    ],
)
def test_a_signal_has_its_name_and_what_it_often_means(number, name, words):
    cause = causes.of_signal(number)
    assert cause.error_type == name
    assert words in cause.suggested_fix


def test_a_signal_without_a_name_or_a_known_meaning_is_still_named():
    assert causes.of_signal(40) == causes.Cause("signal 40")
    assert causes.of_signal(signal.SIGUSR1) == causes.Cause("SIGUSR1")


def test_what_onnxruntime_says_of_an_operator_it_lacks_and_of_a_wrong_dtype(tmp_path):
    """Its own words of today, not ours: a new version that speaks otherwise is noticed here."""
    onnx = pytest.importorskip("onnx")
    ort = pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper

    def session(operator, kind=TensorProto.FLOAT, domain=""):
        ends = [[helper.make_tensor_value_info(name, kind, [1, 4])] for name in ("x", "y")]
        graph = helper.make_graph([helper.make_node(operator, ["x"], ["y"], domain=domain)], "g", *ends)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("far.away", 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        onnx.save(model, tmp_path / "m.onnx")
        return ort.InferenceSession(tmp_path / "m.onnx", providers=["CPUExecutionProvider"])

    def cause(call):
        with pytest.raises(Exception) as caught:
            call()
        return causes.of_error(caught.value)

    missing, foreign = cause(lambda: session("Frobnicate")), cause(lambda: session("Frob", domain="far.away"))
    assert (missing.error_type, missing.operator) == ("operator", "Frobnicate")
    assert (foreign.error_type, foreign.operator) == ("operator", "far.away:Frob")
    assert cause(lambda: session("Erf", TensorProto.STRING)).error_type == "dtype"
    np = pytest.importorskip("numpy")
    fine = session("Relu")
    assert cause(lambda: fine.run(None, {"x": np.zeros((1, 4), "float64")})).error_type == "dtype"
    assert cause(lambda: fine.run(None, {"x": np.zeros((1, 9), "float32")})).error_type == "shape"


def test_what_torch_says_without_a_gpu_and_of_a_wrong_dtype():
    torch = pytest.importorskip("torch")

    def cause(call):
        with pytest.raises((RuntimeError, AssertionError, NotImplementedError)) as caught:
            call()
        return causes.of_error(caught.value)

    if not torch.cuda.is_available():
        assert cause(lambda: torch.zeros(1, device="cuda")).error_type in ("runtime", "driver")
    if not torch.backends.mps.is_available():
        assert cause(lambda: torch.zeros(1, device="mps")).error_type in ("operator", "runtime")
    assert cause(lambda: torch.zeros(2, 2) @ torch.zeros(2, 2, dtype=torch.float16)).error_type == "dtype"
    assert cause(lambda: torch.empty(1 << 50)).error_type == "memory"


def test_the_end_of_a_process_is_told_with_who_it_was():
    assert causes.of_end("rank 2", 3, 1.25, out_of_memory=False) == (
        "crashed", "exit", "rank 2 ended with exit status 3 after 1.2 s", None,
    )  # fmt: skip
    assert causes.of_end("rank 1", -9, 1.5, out_of_memory=False)[2] == "rank 1 died of SIGKILL (killed) after 1.5 s"
    assert causes.of_end("the runner", -9, 1.5, out_of_memory=True)[:3] == (
        "out_of_memory", "SIGKILL", "the kernel ended the runner to free memory (SIGKILL)",
    )  # fmt: skip
