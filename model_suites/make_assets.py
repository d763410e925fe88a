"""Makes the small ONNX models of this package anew, with their reference outputs: seeded random weights, nothing downloaded.

    pip install torch==2.13.0 "transformers>=5" onnx onnxscript onnxruntime magika
    python -m model_suites.make_assets

The reference of a tiny model is the output of torch (eager, fp32, on a CPU) for the first seeded sample, and ONNX Runtime
has to reproduce it at several batches; that of a pretrained model, which has no torch form, is ONNX Runtime's on a CPU.
"""

import argparse
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_suites.torch_forms import build
from pytest_ipfs_bench import exporting
from pytest_ipfs_bench.models import Model, ModelSpec, onnx_model

BATCHES = (1, 3)
os.environ.setdefault("HF_HUB_OFFLINE", "1")


def main() -> None:
    """Every model that is shipped, or those of the families named."""
    from model_suites import specs

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*", help="families to make (default: all)")
    wanted = parser.parse_args().families
    logging.disable(logging.ERROR)  # exporters tell much of what they try
    for spec in specs():
        if spec.reference and (not wanted or spec.family in wanted):
            print(f"{spec.name}: {make(spec) if spec.torch else remember(spec)}", flush=True)  # noqa: T201


def make(spec: ModelSpec) -> str:
    """The ONNX file and the reference of a model that has a torch form; says how it went."""
    model = Model(spec)
    form = build(spec)
    model._torch.append(form)  # noqa: SLF001  not `tiny`, which looks at the file that is about to be made
    right = exporting.outputs(model)
    told = f"{sum(one.numel() for one in form.parameters()) / 1e6:.3f} M parameters"
    if spec.files:
        exporter = exporting.export(model, Path(spec.files[0]))
        told += f", {exporter}, {Path(spec.files[0]).stat().st_size / 1000:.0f} KB, off by {_off(spec, right):.1e}"
    assert spec.reference is not None
    exporting.save_outputs(Path(spec.reference), spec.content(), right)
    return told


def remember(spec: ModelSpec) -> str:
    """The reference of a model that is somebody else's file."""
    assert spec.reference is not None
    exporting.save_outputs(Path(spec.reference), spec.content(), _run(spec, 1))
    return "reference"


def _off(spec: ModelSpec, right: Mapping[str, Any]) -> float:
    """How far ONNX Runtime is from torch, of the largest value, at several batches. Raises ValueError beyond the limit."""
    off = max(_difference(right, _run(spec, batch)) for batch in BATCHES)
    if off > spec.limit("fp32"):
        raise ValueError(f"{spec.name}: ONNX Runtime is off by {off:.1e}, {spec.limit('fp32'):.1e} is allowed")
    return off


def _difference(right: Mapping[str, Any], found: Mapping[str, Any]) -> float:
    return max(float(abs(found[name][:1] - value).max() / abs(value).max()) for name, value in right.items())


def _run(spec: ModelSpec, batch: int) -> dict[str, Any]:
    """ONNX Runtime's outputs for the first samples."""
    import onnxruntime as ort

    session = ort.InferenceSession(spec.files[0], providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    given = {one.name for one in session.get_inputs()}  # an exporter leaves out what changes nothing
    feed = {name: value for name, value in onnx_model(spec).inputs(batch, spec.shape).items() if name in given}
    return dict(zip(names, session.run(None, feed), strict=True))


if __name__ == "__main__":
    main()
