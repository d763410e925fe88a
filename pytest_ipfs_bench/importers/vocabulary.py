"""Words of other tools for what we call hardware and precision. Pure functions."""

import re
from typing import Any

from pytest_ipfs_bench.importers import values

# What a device's name proves. Processors (EPYC, Xeon, Ryzen) prove nothing: a GPU may be beside them.
DEVICES = (
    (re.compile(r"\b(nvidia|geforce|quadro|tesla|jetson)\b", re.IGNORECASE), "cuda"),
    (re.compile(r"\b(instinct|radeon|mi[23]\d\d[ax]?)\b", re.IGNORECASE), "rocm"),
    (re.compile(r"\bintel\b.*\b(arc|data center gpu|iris)\b", re.IGNORECASE), "xpu"),
    (re.compile(r"\btpu\b", re.IGNORECASE), "tpu"),
    (re.compile(r"\bapple m\d", re.IGNORECASE), "mps"),
)
PRECISIONS = {
    "float64": "fp64", "fp64": "fp64", "float32": "fp32", "fp32": "fp32", "float": "fp32",
    "float16": "fp16", "fp16": "fp16", "half": "fp16", "bfloat16": "bf16", "bf16": "bf16",
    "fp8": "fp8", "float8": "fp8", "fp4": "fp4", "mxfp4": "mxfp4", "int8": "int8", "uint8": "uint8", "int4": "int4",
}  # fmt: skip


def kind(device: Any) -> str | None:
    """The kind of hardware that a device's name proves; None if it proves none.

    >>> kind("NVIDIA A100-SXM4-80GB"), kind("AMD Instinct MI300X"), kind("AMD EPYC 7742")
    ('cuda', 'rocm', None)
    """
    return next((word for name, word in DEVICES if name.search(device)), None) if isinstance(device, str) else None


def accelerator(word: Any, device: Any) -> str | None:
    """The kind of hardware that a word names, corrected by the device's name: on ROCm PyTorch says cuda, too.

    >>> accelerator("cuda:0", "AMD Instinct MI250"), accelerator("cuda", "Tesla T4"), accelerator("cpu", "Tesla T4")
    ('rocm', 'cuda', 'cpu')
    """
    found = values.hardware(word)
    return "rocm" if found == "cuda" and kind(device) == "rocm" else found


def precision(word: Any) -> str | None:
    """Our word for a type of numbers; None if it names none, or several.

    >>> precision("torch.float16"), precision("BF16"), precision("fp8,bf16")
    ('fp16', 'bf16', None)
    """
    return PRECISIONS.get(word.strip().lower().removeprefix("torch.")) if isinstance(word, str) else None
