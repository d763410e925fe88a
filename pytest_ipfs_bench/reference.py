"""What a model's output should be: the fp32 output of ONNX Runtime on a CPU, shipped with the model or made once.

That of torch, eager, where there is no ONNX file at hand; an exported file has torch's for its first sample beside it. A
reference that is not shipped is kept in the user's cache by what it depends on: the model's content, its inputs as declared,
batch and shape.
"""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.backend import Difference
from pytest_ipfs_bench.errors import Unsupported
from pytest_ipfs_bench.models import SEED, Model

if TYPE_CHECKING:
    import numpy as np

    Outputs = Mapping[str, np.ndarray[Any, Any]]

INSTALL = "pip install 'pytest-ipfs-bench[suites]', or take the model's default shape."


def outputs(model: Model, batch: int, shape: Mapping[str, int]) -> "Outputs":
    """The reference for this batch and shape; a shipped one holds the first sample of the default shape."""
    shipped = _shipped(model) if dict(shape) == dict(model.spec.shape) else None
    if shipped is not None:
        return shipped
    key = [model.content(), [asdict(one) for one in model.spec.inputs], SEED, batch, sorted(shape.items())]
    path = cache_folder() / f"{hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]}.npz"
    known = _read(path)
    if known is not None:
        return known
    made = (_run if model.has_onnx else _run_torch)(model, batch, shape)
    _write(path, made)
    return made


def difference(reference: "Outputs", found: "Outputs") -> Difference:
    """Compares outputs by name; a reference of one sample with the first of a batch. Infinite for NaN or another shape."""
    import numpy as np

    wrong = Difference(float("inf"), float("inf"))
    absolute = relative = 0.0
    for name, right in reference.items():
        if name not in found:
            return wrong
        a, b = np.asarray(right, dtype=np.float64), np.asarray(found[name], dtype=np.float64)
        b = b[:1] if a.shape[:1] == (1,) and b.ndim else b
        if a.shape != b.shape:
            return wrong
        if not a.size:
            continue
        worst, scale = float(np.max(np.abs(a - b))), float(np.max(np.abs(a)))
        if not np.isfinite(worst):
            return wrong
        absolute, relative = max(absolute, worst), max(relative, worst / scale if scale else worst)
    return Difference(absolute, relative)


def cache_folder() -> Path:
    """Where references that are not shipped are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ipfs-bench" / "references"


def _shipped(model: Model) -> "Outputs | None":
    if model.reference is None:
        return None
    stored = _read(model.reference)
    if stored is None or str(stored["content"]) != model.spec.content():
        return None
    return {name: value for name, value in stored.items() if name != "content"}


def _read(path: Path) -> "dict[str, np.ndarray[Any, Any]] | None":
    import zipfile

    import numpy as np

    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return dict(stored)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):  # not there, or torn: it is made anew
        return None


def _run(model: Model, batch: int, shape: Mapping[str, int]) -> "Outputs":
    try:
        import onnxruntime as ort
    except ImportError as error:
        if "torch" in sys.modules and model.spec.torch:
            return _run_torch(model, batch, shape)
        reason = (
            f"{model.spec.name} has no reference for this shape, and ONNX Runtime, which could make it, is not here"
        )
        raise Unsupported("not_installed", f"{reason} ({error})", INSTALL) from error
    session = ort.InferenceSession(str(model.onnx), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    given = {one.name for one in session.get_inputs()}  # an exporter leaves out what changes nothing
    feed = {name: value for name, value in model.inputs(batch, shape).items() if name in given}
    return dict(zip(names, session.run(None, feed), strict=True))


def _run_torch(model: Model, batch: int, shape: Mapping[str, int]) -> "Outputs":
    """Of the torch form on the CPU, as it is: fp32, eager. Only where the runner has torch already."""
    import torch

    with torch.inference_mode():
        made = model.torch()(*map(torch.from_numpy, model.inputs(batch, shape).values()))
    return {name: value.numpy() for name, value in made.items()}


def _write(path: Path, made: "Outputs") -> None:
    import numpy as np

    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        np.savez(file, **made)  # type: ignore[arg-type]
    Path(file.name).replace(path)
