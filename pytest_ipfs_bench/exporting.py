"""Exports a torch form to ONNX: `python -m pytest_ipfs_bench.exporting`, a process of its own.

It reads one order (JSON) from stdin, and answers with one line: what it made, or why it could not. Lines before tell of its
stages.
"""

import json
import logging
import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_ipfs_bench import exports
from pytest_ipfs_bench.errors import Unsupported
from pytest_ipfs_bench.exports import Stage
from pytest_ipfs_bench.models import Input, Model, ModelSpec
from pytest_ipfs_bench.progress import Tell

DYNAMO, LEGACY, OPSET = "dynamo", "legacy", 17
INLINE_BYTES = 1_500_000_000  # a protocol buffer ends at 2 GB: larger weights lie in a file beside it
SAMPLES = 2  # in the export's example: of one sample exporters make a constant


def main() -> None:
    """Entry of the process."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer
    order = json.load(sys.stdin)

    def write(line: str) -> None:
        answers.write(line + "\n")
        answers.flush()

    spec, folder = ModelSpec.read(order["spec"]), Path(order["folder"])
    write(json.dumps(_answer(spec, folder, lambda progress: write(progress.line()))))
    answers.close()


def _answer(spec: ModelSpec, folder: Path, tell: Tell) -> dict[str, Any]:
    logging.disable(logging.WARNING)
    print(f"exporting {spec.name} to ONNX", file=sys.stderr, flush=True)  # noqa: T201  the progress of minutes
    try:
        tell(Stage.IMPORT.of(spec.name))
        import torch  # noqa: F401

        model = Model(spec)
        tell(Stage.BUILD.of(spec.name))
        model.torch()
        made = export(model, folder / exports.FILE, tell)
        tell(Stage.REFERENCE.of(spec.name))
        save_outputs(folder / exports.REFERENCE, spec.content(), outputs(model))
    except ImportError as error:
        return {"missing": str(error)}
    except Unsupported as error:
        return {"unsupported": [error.error_type, error.reason, error.suggested_fix]}
    except Exception as error:  # noqa: BLE001  whatever the exporters say
        return {"failed": f"{type(error).__name__}: {error}"}
    return {"made": made}


def export(model: Model, file: Path, tell: Tell = str) -> str:
    """Writes the ONNX file of a model's torch form; returns the exporter that could: dynamo, else the legacy one.

    tell is told of the stages. Raises what the legacy one raises if neither can.
    """
    tell(Stage.EXPORT.of(model.spec.name))
    form, example = model.torch(), tensors(model, SAMPLES)
    names = list(outputs(model))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _dynamo(form, example, model.spec, names, file, tell)
        except (ImportError, OSError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001  it has many ways to say no
            print(f"dynamo: {type(error).__name__}: {str(error).splitlines()[0]}", file=sys.stderr)  # noqa: T201
            tell(Stage.EXPORT.of(model.spec.name, "exporting it the older way"))
            _legacy(form, example, model.spec, names, file, tell)
            return LEGACY
    return DYNAMO


def outputs(model: Model) -> dict[str, Any]:
    """What the torch form makes of the first sample, in fp32 on the CPU: the reference of what is exported."""
    import torch

    with torch.inference_mode():
        return {name: value.numpy() for name, value in model.torch()(*tensors(model, 1)).items()}


def tensors(model: Model, batch: int) -> tuple[Any, ...]:
    """A model's inputs for torch, at its default shape."""
    import torch

    return tuple(torch.from_numpy(array) for array in model.inputs(batch, model.spec.shape).values())


def save_outputs(file: Path, content: str, made: Mapping[str, Any]) -> None:
    """Reference outputs, and the content that they belong to."""
    import numpy as np

    with file.open(
        "wb"
    ) as opened:  # of noise compression makes nothing smaller, and of a large output it takes minutes
        np.savez(opened, content=np.array(content), **made)


def _dynamo(form: Any, example: tuple[Any, ...], spec: ModelSpec, names: list[str], file: Path, tell: Tell) -> None:
    import torch

    def dim(name: str) -> Any:
        return torch.export.Dim(name) if name == "batch" else torch.export.Dim.AUTO

    free = [{place: dim(name) for place, name in _free(one, spec).items()} for one in spec.inputs]
    program = torch.onnx.export(
        form,
        example,
        input_names=[one.name for one in spec.inputs],
        output_names=names,
        dynamo=True,
        dynamic_shapes={"values": tuple(free)},
        verbose=False,
    )
    assert program is not None
    tell(Stage.WRITE.of(spec.name))
    if _bytes(form) > INLINE_BYTES:
        program.save(str(file), external_data=True)
    else:
        _save(program.model_proto, file, DYNAMO)


def _legacy(form: Any, example: tuple[Any, ...], spec: ModelSpec, names: list[str], file: Path, tell: Tell) -> None:
    import torch

    class Flat(torch.nn.Module):  # type: ignore[misc]  # it takes no mapping of outputs
        def __init__(self) -> None:
            super().__init__()
            self.form = form

        def forward(self, *values: Any) -> Any:
            return tuple(self.form(*values).values())

    torch.onnx.export(
        Flat().eval(),
        example,
        str(file),
        input_names=[one.name for one in spec.inputs],
        output_names=names,
        dynamo=False,
        opset_version=OPSET,
        dynamic_axes={one.name: _free(one, spec) for one in spec.inputs} | {name: {0: "batch"} for name in names},
    )
    tell(Stage.WRITE.of(spec.name))
    if _bytes(form) <= INLINE_BYTES:
        import onnx

        _save(onnx.load(file), file, LEGACY)


def _free(one: Input, spec: ModelSpec) -> dict[int, str]:
    """The places of the dims of an input that may have any length, with their names: those of one length alone may not."""
    axes = {
        place: dim if isinstance(dim, str) else dim[0] for place, dim in enumerate(one.dims) if not isinstance(dim, int)
    }
    fixed = {axis for axis, limit in spec.limits.items() if isinstance(limit, tuple) and limit[0] == limit[1]}
    return {place: axis for place, axis in axes.items() if axis not in fixed}


def _save(proto: Any, file: Path, exporter: str) -> None:
    """Writes a file without what the exporter notes about its own source code, half of a small one, but with its name."""
    import onnx
    import torch

    _strip(proto)
    onnx.helper.set_model_props(proto, {"exporter": f"torch {torch.__version__} {exporter}"})
    onnx.save(proto, file)


def _strip(proto: Any) -> None:
    del proto.metadata_props[:]
    for holder in [proto.graph, *proto.functions]:
        del holder.metadata_props[:]
        for part in [*holder.node, *getattr(holder, "value_info", [])]:
            del part.metadata_props[:]
            part.doc_string = ""
    for value in [*proto.graph.input, *proto.graph.output, *proto.graph.initializer]:
        del value.metadata_props[:]


def _bytes(form: Any) -> int:
    return sum(one.numel() * one.element_size() for one in form.parameters())


if __name__ == "__main__":
    main()
