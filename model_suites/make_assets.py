"""Makes the small ONNX models of this package anew, with their reference outputs: seeded random weights, nothing downloaded.

    pip install torch==2.13.0 "transformers>=5" onnx onnxscript onnxruntime magika
    python -m model_suites.make_assets

The reference of a tiny model is the output of torch (eager, fp32, on a CPU) for the first seeded sample; that of a
pretrained model, which has no torch form, is ONNX Runtime's on a CPU.
"""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_suites.torch_forms import BUILDERS, build
from pytest_ipfs_bench.models import Model, ModelSpec, onnx_model

os.environ.setdefault("HF_HUB_OFFLINE", "1")


def main() -> None:
    """Every model, or those named."""
    from model_suites import specs

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*", help="families to make (default: all)")
    wanted = parser.parse_args().families
    for spec in specs():
        if wanted and spec.family not in wanted:
            continue
        outputs = export(spec) if spec.family in BUILDERS and spec.weights == "random" else run(spec)
        if spec.reference:
            save_reference(spec, outputs)
        parameters = f", {count_parameters(spec):.6f} M parameters"
        print(f"{spec.name}: {Path(spec.files[0]).stat().st_size / 1000:.0f} KB{parameters}")  # noqa: T201


def export(spec: ModelSpec) -> dict[str, Any]:
    """Writes the ONNX file of a torch model; returns torch's own outputs for the first sample."""
    import onnx
    import torch

    form, dims = build(spec), tuple(_dynamic(one.dims) for one in spec.inputs)
    program = torch.onnx.export(
        form,
        _tensors(spec, 2),
        input_names=[one.name for one in spec.inputs],
        output_names=["output"],
        dynamo=True,
        dynamic_shapes={"values": dims},
    )
    assert program is not None
    proto = program.model_proto  # made anew at every access
    strip(proto)
    onnx.save(proto, spec.files[0])
    with torch.inference_mode():
        return {name: value.numpy() for name, value in form(*_tensors(spec, 1)).items()}


def strip(proto: Any) -> None:
    """Takes out what the exporter notes about its own source code: half of a small file."""
    del proto.metadata_props[:]
    for holder in [proto.graph, *proto.functions]:
        del holder.metadata_props[:]
        for part in [*holder.node, *getattr(holder, "value_info", [])]:
            del part.metadata_props[:]
            part.doc_string = ""
    for value in [*proto.graph.input, *proto.graph.output, *proto.graph.initializer]:
        del value.metadata_props[:]


def run(spec: ModelSpec) -> dict[str, Any]:
    """ONNX Runtime's outputs for the first sample."""
    import onnxruntime as ort

    session = ort.InferenceSession(spec.files[0], providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, onnx_model(spec).inputs(1, spec.shape)), strict=True))


def save_reference(spec: ModelSpec, outputs: Mapping[str, Any]) -> None:
    """The outputs, and the content that they belong to."""
    import numpy as np

    assert spec.reference is not None
    Path(spec.reference).parent.mkdir(exist_ok=True)
    np.savez_compressed(spec.reference, **{"content": np.array(spec.content()), **outputs})


def count_parameters(spec: ModelSpec) -> float:
    """Numbers in the file's floating-point initialisers, in millions."""
    import onnx

    proto = onnx.load(spec.files[0])
    floats = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)
    sizes = [onnx.numpy_helper.to_array(one).size for one in proto.graph.initializer if one.data_type in floats]
    return float(sum(sizes)) / 1e6


def _tensors(spec: ModelSpec, batch: int) -> tuple[Any, ...]:
    import torch

    arrays = Model(spec, Path(spec.files[0])).inputs(batch, spec.shape)
    return tuple(torch.from_numpy(array) for array in arrays.values())


def _dynamic(dims: tuple[Any, ...]) -> dict[int, Any]:
    import torch

    return {
        place: torch.export.Dim(str(dim)) if dim == "batch" else torch.export.Dim.AUTO
        for place, dim in enumerate(dims)
        if dim in ("batch", "sequence_length")
    }


if __name__ == "__main__":
    main()
