"""A model in torch, shared by the backends that have that runtime. Imported in the runner only.

The timed region of a run is the forward pass and the wait for the device: the inputs lie on the device before, and an
output comes to the host when it is looked at.
"""

import contextlib
import copy
import gc
import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pytest_ipfs_bench.backend import UNVERIFIED, Effective, LoadedModel, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

MODES = ("inference", "prefill", "decode", "training")  # what a runtime `torch` can be asked for
PRECISIONS = {"torch.float32": "fp32", "torch.float16": "fp16", "torch.bfloat16": "bf16"}
QUANTIZED = "torch.ao.nn.quantized"
NUMBERS = 1024
FALLBACK = "PYTORCH_ENABLE_MPS_FALLBACK"
INSTALL = "pip install 'pytest-ipfs-bench[torch]'"
OTHER = "Try another precision or runtime (--bench-precisions, --bench-runtime)."
# What torch's messages mean: a pattern, the class of cause, what helps. The first that is found counts.
CAUSES = (
    (r"(?:[Cc]ould not run|[Oo]perator) '(\w+::[\w.]+)'", "operator", OTHER),
    (r"not implemented for '\w+'|expected scalar type|the same dtype|NoQEngine", "dtype", OTHER),
    (r"(BFloat16|Half|[Ff]loat\d+|dtype)\b.*(not support|n't support)", "dtype", OTHER),
    (r"C\+\+ compiler|CxxCompiler", "compiler", "Install a C++ compiler (g++), or use --bench-runtime=torch."),
    (r"[Tt]riton", "compiler", "torch.compile needs triton: pip install triton, or use --bench-runtime=torch."),
)


class TorchModel(LoadedModel):
    """A torch module on a device. Its backend's subclass knows how that device is waited for and metered."""

    _call: Any
    _inputs: list[Any]

    def __init__(self, model: Model, cell: Cell, device: str, threads: int | None = None) -> None:
        import torch

        self._threads = torch.get_num_threads()
        if threads is not None:
            torch.set_num_threads(threads)
        try:
            self._module: Any = converted(form(model), cell.precision, device)
            provider = self._prepare(model, cell, device)
        except Exception as error:
            torch.set_num_threads(self._threads)
            raise typed(error) from error
        threads = torch.get_num_threads() if device == "cpu" else None
        self.effective = Effective(self._place(), provider, precision(self._module), threads)

    def wait(self) -> None:
        """Returns when the device has done all it was given. The CPU has when the call returns."""

    def run(self) -> Mapping[str, Any]:
        """Outputs by name, fetched when they are looked at."""
        import torch

        if torch.is_inference_mode_enabled():
            return self._step()
        with torch.inference_mode():
            return self._step()

    def submit(self) -> None:
        """Gives the device what one run is, and does not wait for it."""
        import torch

        with torch.inference_mode():
            self._launch()

    def measure(self, plan: Any) -> Any:
        """By the common loop. Inference mode is entered before it: that costs 10 us, 2 % of a tiny model's run."""
        import torch

        with torch.inference_mode():
            return super().measure(plan)

    def close(self) -> None:
        """Drops the module."""
        import torch

        self._module = self._call = None
        self._inputs = []
        gc.collect()
        torch.set_num_threads(self._threads)

    def _prepare(self, model: Model, cell: Cell, device: str) -> str:
        """Sets the inputs and what is called with them; says what runs it."""
        self._inputs = placed(model.inputs(cell.batch, cell.shape), self._module, device)
        self._call = self._module
        if cell.runtime != "torch.compile":
            return "eager"
        self._call, provider = self._compiled()
        return provider

    def _launch(self) -> Any:
        """Gives the device one run, without waiting for it."""
        return self._call(*self._inputs)

    def _step(self) -> Mapping[str, Any]:
        try:
            found = self._launch()
            self.wait()
        except Exception as error:
            raise typed(error) from error
        return Fetched(found)

    def _compiled(self) -> tuple[Any, str]:
        """The compiled module, run once: compiling is a part of loading, and only then can be told whether it worked."""
        import torch
        from torch._dynamo.utils import counters

        torch._dynamo.reset()  # noqa: SLF001  what earlier cells compiled counts against a limit
        counters.clear()
        call = torch.compile(self._module)
        with torch.inference_mode():
            call(*self._inputs)
        self.wait()
        return call, "inductor" if counters["stats"]["unique_graphs"] else UNVERIFIED

    def _place(self) -> str:
        """Where the weights lie, in the names of our backends."""
        return place(next(self._module.parameters(), self._inputs[0]))


class Fetched(Mapping[str, Any]):
    """Outputs that stay on their device until one is asked for."""

    def __init__(self, outputs: Any) -> None:
        if not isinstance(outputs, Mapping):
            raise Unsupported(
                "model", f"the torch form returned a {type(outputs).__name__}, not a mapping of outputs by name"
            )
        self._outputs = {name: value for name, value in outputs.items() if hasattr(value, "detach")}

    def __getitem__(self, name: str) -> Any:
        value = self._outputs[name].detach()
        return (value.float() if value.is_floating_point() else value).cpu().numpy()

    def __contains__(self, name: object) -> bool:  # that of Mapping would fetch it
        return name in self._outputs

    def __iter__(self) -> Iterator[str]:
        return iter(self._outputs)

    def __len__(self) -> int:
        return len(self._outputs)


def place(tensor: Any) -> str:
    """Where a tensor lies, in the names of our backends. HIP devices call themselves cuda."""
    import torch

    kind = tensor.device.type
    if kind == "mps" and os.environ.get(FALLBACK, "0") not in ("", "0"):
        return UNVERIFIED  # an operator that Metal lacks would run on the CPU without a word
    return "rocm" if kind == "cuda" and torch.version.hip else str(kind)


def prepare() -> None:
    """Imports torch."""
    import torch  # noqa: F401


def form(model: Model) -> Any:
    """The model's torch module. Raises Unsupported where there is none, or where it can't be made."""
    name = model.spec.name
    if model.spec.torch is None:
        raise Unsupported(
            "model", f"{name} has no torch form", "Use another runtime, as onnxruntime (--bench-runtime)."
        )
    try:
        return model.torch()
    except ImportError as error:
        raise Unsupported("not_installed", f"the torch form of {name} can't be made: {error}", INSTALL) from error
    except Exception as error:
        said = f"the torch form of {name} can't be made: {type(error).__name__}: {error}"
        raise Unsupported("model", said) from error


def converted(module: Any, wanted: str, device: str) -> Any:
    """The module in a precision on a device; a copy unless it is already what is wanted."""
    import torch

    if wanted == "fp32" and device == "cpu":
        return module
    if wanted == "int8":
        return quantized(module, device)
    dtype = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}.get(wanted)
    if dtype is None:
        raise Unsupported("dtype", f"torch here has no {wanted}: fp32, fp16, bf16 and int8 it has", OTHER)
    return copy.deepcopy(module).to(device=device, dtype=dtype)


def quantized(module: Any, device: str) -> Any:
    """The module with the weights of its Linear layers in int8, quantised dynamically: what torch itself can on a CPU."""
    import torch

    if device != "cpu":
        said = f"torch quantises dynamically on a CPU only, not on {device}"
        raise Unsupported("dtype", said, "Use --bench-precisions=fp16 or bf16 there.")
    quantize = getattr(torch.ao.quantization, "quantize_dynamic", None)
    if quantize is None:
        raise Unsupported("dtype", f"torch {torch.__version__} has no dynamic quantisation", OTHER)
    made = quantize(module, {torch.nn.Linear}, dtype=torch.qint8)
    if precision(made) != "int8":
        raise Unsupported("dtype", "the model has no Linear layer that torch could quantise to int8")
    return made


def placed(arrays: Mapping[str, Any], module: Any, device: str) -> list[Any]:
    """The inputs on the device; those of real numbers in the type in which the module computes."""
    import torch

    dtype = next((one.dtype for one in module.parameters() if one.is_floating_point()), torch.float32)
    tensors = [torch.from_numpy(array) for array in arrays.values()]
    return [one.to(device=device, dtype=dtype if one.is_floating_point() else one.dtype) for one in tensors]


def precision(module: Any) -> str:
    """In what the module computes, read from its layers and weights. A mixture, or no weights, is unverified."""
    if any(type(one).__module__.startswith(QUANTIZED) for one in module.modules()):
        return "int8"
    types = {str(one.dtype) for one in module.parameters() if one.is_floating_point()}
    return PRECISIONS.get(types.pop(), UNVERIFIED) if len(types) == 1 else UNVERIFIED


def typed(error: Exception) -> Exception:
    """What torch can't do by design is Unsupported, a missing operator named; everything else stays what it is."""
    if isinstance(error, Unsupported):
        return error
    text = str(error).strip() or type(error).__name__
    for pattern, cause, fix in CAUSES:
        found = re.search(pattern, text)
        if found:
            line = next((line.strip() for line in text.splitlines() if found[0] in line), text)
            return Unsupported(cause, f"no {found[1]} here: {line}" if cause == "operator" else line, fix)
    return error


@contextlib.contextmanager
def probing(device: str) -> Iterator[None]:
    """Around the probe of a device: whatever happens becomes one of the three answers that a probe has."""
    answers = {"runtime": "not_installed", "driver": "broken"}
    try:
        yield
    except ImportError:
        raise
    except Unsupported as error:
        kind = answers.get(error.error_type, error.error_type)
        raise Unsupported(kind, error.reason, error.suggested_fix) from error
    except Exception as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise Unsupported("broken", f"{device} does not work in torch: {said}", "Check its driver.") from error


def compute(device: str, wait: Callable[[], object]) -> None:
    """Allocates on a device, computes there, waits and reads. Raises Unsupported("broken") if the sum is wrong."""
    import torch

    total = (torch.ones(NUMBERS, device=device) * 2).sum()
    wait()
    found = float(total)
    if found != 2 * NUMBERS:
        said = f"{device} computes wrongly: {NUMBERS} times 2 is {found:g} there"
        raise Unsupported("broken", said, "Check its driver.")
