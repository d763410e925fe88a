"""Why a cell failed, by class of cause: what runtimes say and how processes end -> error_type, and what helps.

The texts are those of onnxruntime, torch, OpenVINO and the exporters, as they were seen; the first rule that matches
counts. A text that no rule knows keeps its exception's name.
"""

import re
import signal
from dataclasses import dataclass

MEMORY, DRIVER, DEVICE, OPERATOR, DTYPE = "memory", "driver", "device", "operator", "dtype"
RUNTIME, VERSION, SHAPE, FILE, WEIGHTS = "runtime", "version", "shape", "file", "weights"

SMALLER = "Take a smaller batch, sequence or model, or a lower precision (--bench-batch-sizes, --bench-precisions)."
OTHER_DTYPE = "Take another precision: --bench-precisions=fp32."
OTHER_OPERATOR = "Try another runtime (--bench-runtime), or export the model with an older opset."
DRIVER_HERE = "Check that the driver sees the device (nvidia-smi, rocm-smi, clinfo), and install or update it."
BY_HAND = "Check that its driver sees the device (nvidia-smi, rocm-smi, clinfo); try a browser by hand, with a page."
BUILD = "Install the build of this runtime that is made for the device."


@dataclass(frozen=True)
class Cause:
    """One class of cause, the operator that it is about (where it is one), and what helps."""

    error_type: str
    suggested_fix: str | None = None
    operator: str | None = None


@dataclass(frozen=True)
class Rule:
    """A pattern, case-insensitive, and what it means; its group `operator` is the operator's name."""

    pattern: str
    error_type: str
    suggested_fix: str | None = None


# Memory first: a device that is out of memory says so in the words of a device error, too.
RULES = (
    Rule(r"out of memory|bad.?alloc\b|failed to allocate|cannot allocate|can't allocate|not enough memory|\bOOM\b"
         r"|(CUBLAS|CUDNN)_STATUS_ALLOC_FAILED|available memory of", MEMORY, SMALLER),
    Rule(r"found no NVIDIA driver|NVIDIA driver on your system is too old|driver version is insufficient"
         r"|CUDA driver initialization failed|no CUDA-capable device|no HIP GPUs|no CUDA GPUs|NVML Shared Library Not Found",
         DRIVER, DRIVER_HERE),
    Rule(r"lib(cuda|OpenCL|ze_loader|amdhip64|amd_smi|QnnHtp|cdsprpc)\S*: cannot open shared object"
         r"|unable to find libamd_smi", DRIVER, DRIVER_HERE),
    Rule(r"not compiled with (CUDA|XPU|MPS|HIP)|no kernel image is available|built without its \w+ provider"
         r"|require cuDNN|Failed to create \w+ExecutionProvider", RUNTIME, BUILD),
    Rule(r"device with \S+ name is not registered", RUNTIME, BUILD),
    Rule(r"(CUDA|HIP|MPS|XPU|CUDNN|QNN)( runtime)? (error|failure)\b|illegal memory access|device-side assert"
         r"|CUDNN_STATUS_EXECUTION_FAILED|CUBLAS_STATUS_EXECUTION_FAILED|ZE_RESULT_ERROR_DEVICE_LOST", DEVICE,
         "Run the cell alone; a device that fails again needs its driver reset."),
    Rule(r'"(?P<operator>\w+)" not implemented for \'\w+\'', DTYPE, OTHER_DTYPE),
    Rule(r"Type '?tensor\(\w+\)'? of input parameter \(\S*\) of operator \((?P<operator>[^)]+)\)", DTYPE, OTHER_DTYPE),
    Rule(r"Optype \((?P<operator>[^)]+)\) bound to different types", DTYPE, OTHER_DTYPE),
    Rule(r"unexpected input data type|expected scalar type|must have the same dtype|expected m1 and m2 to have the same dtype"
         r"|type .{0,40} should be the same|unsupported (data|element|scalar) ?type|mixed dtype|doesn't support .{0,20}precision",
         DTYPE, OTHER_DTYPE),
    Rule(r"Could not find an implementation for (?P<operator>[\w.:]+)\(", OPERATOR, OTHER_OPERATOR),
    Rule(r"No Op registered for (?P<operator>[\w.:]+)", OPERATOR, OTHER_OPERATOR),
    Rule(r"(?P<operator>[\w.:]+)\(-?\d+\) is not a registered function/op", OPERATOR, OTHER_OPERATOR),
    Rule(r"Could not run '(?P<operator>[\w.:]+)' with arguments from the '\w+' backend", OPERATOR, OTHER_OPERATOR),
    Rule(r"operator '(?P<operator>[\w.:]+)' (is not currently implemented|to ONNX opset)", OPERATOR, OTHER_OPERATOR),
    Rule(r"(No conversion rule found for operations?|No translator found for|Unsupported operation of type):? "
         r"(?P<operator>[\w.:]+)", OPERATOR, OTHER_OPERATOR),
    Rule(r"translating node .{0,80}?torch\.ops\.(?P<operator>[\w.]+)", OPERATOR, OTHER_OPERATOR),
    Rule(r"no kernel for (?P<operator>\w+)", OPERATOR, OTHER_OPERATOR),
    Rule(r"OpConversionFailure|Failed to decompose the FX graph|Failed to export the model", OPERATOR, OTHER_OPERATOR),
    Rule(r"Unsupported model IR version|opset \d+ is under development|support for domain \S+ is till opset", VERSION,
         "Upgrade the runtime, or export the model with an older opset."),
    Rule(r"INVALID_PROTOBUF|Protobuf parsing failed|Invalid protobuf|Model file is corrupt|ends in the middle of a number"
         r"|No graph was found in the protobuf|Model can't be parsed|Unable to read the model", FILE,
         "The file is damaged: get it anew."),
    Rule(r"Got invalid dimensions for input|shapes? (mismatch|cannot be)|incompatible shapes?|larger than the data shape"
         r"|shape '.*' is invalid", SHAPE, "Take the model's default shape, or one that it was exported for."),
)  # fmt: skip

# What a process's end says beyond the signal's own words.
SIGNALS = {
    "SIGFPE": "Seen with OpenVINO in bf16 or f16 with one thread: take --bench-precisions=fp32, or another runtime.",
    "SIGILL": "This build of the runtime uses instructions that this CPU lacks: install a build made for it.",
    "SIGBUS": "A memory-mapped file was cut short, or /dev/shm is full.",
    "SIGKILL": "Something outside ended it (a container's memory limit, a person): give it more memory.",
    "SIGSEGV": "A fault in the runtime or driver: try another version of it, or another runtime (--bench-runtime).",
    "SIGABRT": "The runtime gave up on itself; its last words are in metadata.log.",
}
TIMEOUT_FIX = "Give it longer (--bench-timeout), or take a smaller model, batch or sequence."


def of_text(text: str) -> Cause | None:
    """The class of cause of what a runtime said; None if no rule knows it.

    >>> of_text("Could not find an implementation for ConvInteger(10) node with name ''").operator
    'ConvInteger'
    """
    for rule in RULES:
        found = re.search(rule.pattern, text, re.IGNORECASE)
        if found:
            return Cause(rule.error_type, rule.suggested_fix, found.groupdict().get("operator"))
    return None


def of_error(error: BaseException) -> Cause | None:
    """The class of cause of an exception, by its kind or its text."""
    if isinstance(error, MemoryError):
        return Cause(MEMORY, SMALLER)
    return of_text(str(error))


def of_end(who: str, code: int | None, seconds: float, *, out_of_memory: bool) -> tuple[str, str, str, str | None]:
    """What a process's end means for its cell: status, error_type, the reason, what helps.

    >>> of_end("rank 1", -9, 1.5, out_of_memory=False)[:3]
    ('crashed', 'SIGKILL', 'rank 1 died of SIGKILL (killed) after 1.5 s')
    """
    if code is None:
        return "crashed", "exit", f"{who} died after {seconds:.1f} s", None
    if code >= 0:
        return "crashed", "exit", f"{who} ended with exit status {code} after {seconds:.1f} s", None
    cause, words = of_signal(-code), (signal.strsignal(-code) or "").lower()
    if code == -signal.SIGKILL and out_of_memory:
        return "out_of_memory", cause.error_type, f"the kernel ended {who} to free memory (SIGKILL)", SMALLER
    said = f"{who} died of {cause.error_type} ({words}) after {seconds:.1f} s"
    return "crashed", cause.error_type, said, cause.suggested_fix


def of_signal(number: int) -> Cause:
    """The cause of a process that a signal ended."""
    try:
        name = signal.Signals(number).name
    except ValueError:  # a real-time signal between the first and the last has no name
        name = f"signal {number}"
    return Cause(name, SIGNALS.get(name))
