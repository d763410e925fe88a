"""The ONNX file of a model in another precision than its own, written into a folder. Needs the package onnx."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.backend import Unsupported

if TYPE_CHECKING:
    import numpy as np

ONNX_HINT = "pip install 'onnx>=1.17'"
FLOATS = {"fp16": "FLOAT16", "bf16": "BFLOAT16"}
# Inputs that stay fp32 whatever the model's type is: the factors by which an image is resized.
STAY = {"Resize": (1, 2), "Upsample": (1,)}
LOW = "__low"


def write(source: Path, precision: str, folder: Path) -> Path:
    """The file of that precision in `folder`. Raises Unsupported where onnx is missing or the model can't be changed."""
    if precision not in (*FLOATS, "int8"):
        raise Unsupported("precision", f"onnxruntime has no {precision} here, only fp32, {', '.join(FLOATS)}, int8")
    made = folder / f"{precision}.onnx"
    try:
        if precision == "int8":
            _quantize(source, made)
        else:
            _lower(source, made, FLOATS[precision])
    except ImportError as error:
        reason = f"to run in {precision} the ONNX file has to be converted, which needs the package onnx ({error})"
        raise Unsupported("not_installed", reason, ONNX_HINT) from error
    return made


def _quantize(source: Path, made: Path) -> None:
    """Dynamic quantization as ONNX Runtime does it by default: int8 weights, activations quantized at run time."""
    import logging

    from onnxruntime.quantization import quantize_dynamic

    logging.getLogger().setLevel(logging.ERROR)  # it recommends a preparation through the root logger
    try:
        quantize_dynamic(str(source), str(made))
    except ImportError:
        raise
    except Exception as error:
        reason = f"onnxruntime can't quantize this model: {type(error).__name__}: {error}"
        raise Unsupported("dtype", reason) from error


def _lower(source: Path, made: Path, kind: str) -> None:
    """Every fp32 tensor becomes one of `kind`; inputs and outputs stay as they are, behind casts."""
    import onnx

    model = onnx.load(str(source))
    target = int(onnx.TensorProto.DataType.Value(kind))
    graphs = list(_graphs(model.graph))
    stay = {
        node.input[index]
        for graph in graphs
        for node in graph.node
        for index in STAY.get(node.op_type, ())
        if index < len(node.input)
    }
    for graph in graphs:
        _lower_graph(graph, target, stay)
    _cast_at_the_edges(model.graph, graphs, target)
    onnx.save(model, str(made))


def _lower_graph(graph: Any, target: int, stay: set[str]) -> None:
    import onnx

    single = onnx.TensorProto.FLOAT
    for tensor in graph.initializer:
        if tensor.name not in stay:
            _lower_tensor(tensor, target)
    for node in graph.node:
        if set(node.output) & stay:
            continue
        for attribute in node.attribute:
            if attribute.name in ("to", "dtype") and attribute.i == single:
                attribute.i = target
            if attribute.HasField("t"):
                _lower_tensor(attribute.t, target)
    del graph.value_info[:]  # said of the types that were


def _lower_tensor(tensor: Any, target: int) -> None:
    import numpy as np
    import onnx
    from onnx import numpy_helper

    if tensor.data_type != onnx.TensorProto.FLOAT:
        return
    values = numpy_helper.to_array(tensor)
    if target == onnx.TensorProto.FLOAT16:
        limit = np.finfo(np.float16).max  # a mask of -3e38 must not become -inf: softmax would make NaN of it
        data = np.clip(values, -limit, limit).astype(np.float16).tobytes()
    else:
        data = _bfloat16(values).tobytes()
    lowered = onnx.helper.make_tensor(tensor.name, target, list(tensor.dims), data, raw=True)
    tensor.CopyFrom(lowered)


def _bfloat16(values: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """The upper halves of fp32, rounded to nearest even: numpy has no such type."""
    import numpy as np

    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def _cast_at_the_edges(graph: Any, graphs: list[Any], target: int) -> None:
    import onnx

    single = onnx.TensorProto.FLOAT
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [one.name for one in graph.input if _type(one) == single and one.name not in weights]
    outputs = [one.name for one in graph.output if _type(one) == single]
    _rename(graphs, {name: name + LOW for name in [*inputs, *outputs]})
    make = onnx.helper.make_node
    before = [make("Cast", [name], [name + LOW], to=target) for name in inputs]
    after = [make("Cast", [name + LOW], [name], to=single) for name in outputs]
    nodes = [*before, *graph.node, *after]
    del graph.node[:]
    graph.node.extend(nodes)


def _rename(graphs: list[Any], names: Mapping[str, str]) -> None:
    for graph in graphs:
        for node in graph.node:
            node.input[:] = [names.get(name, name) for name in node.input]
            node.output[:] = [names.get(name, name) for name in node.output]


def _type(value: Any) -> int:
    return int(value.type.tensor_type.elem_type)


def _graphs(graph: Any) -> Iterator[Any]:
    """A graph and those within its nodes (If, Loop)."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _graphs(attribute.g)
