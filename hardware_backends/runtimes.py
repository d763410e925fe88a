"""Which runtimes are installed, told without importing any."""

import importlib.util
from collections.abc import Mapping, Sequence
from importlib import metadata

MODULES = {"torch.compile": "torch", "qnn": "onnxruntime"}
# Builds of one runtime that are installed in place of each other, under names of their own.
DISTRIBUTIONS = {
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu"),
    "torch.compile": ("torch",),
    "qnn": ("onnxruntime-qnn", "onnxruntime"),
}
EXTRAS = {"onnxruntime": "suites", "torch": "torch", "openvino": "openvino"}


def installed(runtimes: Sequence[str], hints: Mapping[str, str] | None = None) -> tuple[str, str | None]:
    """What detection says of its runtimes: those that are installed, and how to get the others (None: all are here).

    hints: what to install where it is another build than that of our extras.
    """
    here = [name for name in runtimes if importlib.util.find_spec(module(name))]
    missing = dict.fromkeys(module(name) for name in runtimes if name not in here)
    ours = {name: f"pip install 'pytest-ipfs-bench[{EXTRAS.get(name, name)}]'" for name in missing}
    told = [f"for {name}: {(hints or {}).get(name, command)}" for name, command in ours.items()]
    return f"runtimes: {', '.join(here) or 'none'}", "; ".join(told) or None


def version(runtime: str) -> str | None:
    """The version of a runtime: that of the first of its distributions that is installed."""
    for name in DISTRIBUTIONS.get(runtime, (runtime,)):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def module(runtime: str) -> str:
    """The module of a runtime. (Looking for torch.compile by its own name would import torch.)"""
    return MODULES.get(runtime, runtime)
