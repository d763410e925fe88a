"""In which precision an ONNX file computes, read from the file itself: the package onnx is not needed for it.

A file is protocol buffers: fields in fields. Only what is asked for is decoded, weights are skipped, so that a file of
gigabytes is read in milliseconds. The numbers of fields and types are those of onnx.proto.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from pytest_ipfs_bench.backend import UNVERIFIED

PRECISIONS = {1: "fp32", 2: "int8", 3: "int8", 10: "fp16", 11: "fp64", 16: "bf16"}
PRODUCTS = ("MatMul", "FusedMatMul", "Gemm", "FusedGemm", "Conv", "FusedConv", "Attention", "LSTM", "GRU")
INTEGER_PRODUCTS = ("MatMulInteger", "ConvInteger", "QLinear", "QGemm", "QAttention", "DynamicQuantize")
CARRIERS = ("Identity", "Transpose", "Reshape", "Squeeze", "Unsqueeze")
GRAPH = 7
NODE, INITIALIZER, GRAPH_INPUT = 1, 5, 11
INPUT, OUTPUT, KIND, ATTRIBUTE = 1, 2, 4, 5
NAME_OF_ATTRIBUTE, NUMBER_OF_ATTRIBUTE, TENSOR_OF_ATTRIBUTE = 1, 3, 5
DIMS, TYPE, NAME = 1, 2, 8
VALUE_NAME, TO_SHAPE, DIMENSION, DIMENSION_NAME = 1, (2, 1, 2), 1, 2  # type -> tensor_type -> shape
VARINT, FIXED64, LENGTH = 0, 1, 2


@dataclass
class _Node:
    """An operator, the names of what it takes and gives; `to` is a Cast's type."""

    kind: str = ""
    inputs: list[str] = field(default_factory=list)
    output: str = ""
    to: int = 0


@dataclass
class _Graph:
    """Nodes; weights by name, with precision and number of elements."""

    nodes: list[_Node] = field(default_factory=list)
    weights: dict[str, tuple[str, int]] = field(default_factory=dict)


def precision(path: Path) -> str:
    """The type of most weights that products (MatMul, Conv ...) take; "int8" where the product is one of integers.

    Casts on a weight's way are followed. Where products are there and nothing is known of what any of them takes, it is
    "unverified"; without products it is the type of most weights.
    """
    graph = _Graph()
    with path.open("rb") as file:
        for number, _, end in _fields(file, path.stat().st_size):
            if number == GRAPH:
                _read_graph(file, end, graph)
    products, everything = _products(graph), Counter[str]()
    for known, size in graph.weights.values():
        everything[known] += size
    if not any(is_product(node.kind) for node in graph.nodes):
        products = everything
    del products[""]
    return products.most_common(1)[0][0] if products else UNVERIFIED


def is_product(kind: str) -> bool:
    """Whether an operator multiplies matrices or convolves: what most of a model's time goes into."""
    return kind in PRODUCTS or kind.startswith(INTEGER_PRODUCTS)


def _products(graph: _Graph) -> Counter[str]:
    """How many elements of each type products take; "" is a type that is not known."""
    weights, found = dict(graph.weights), Counter[str]()
    for node in graph.nodes:  # in the order of computing
        taken = [weights.get(name, ("", 0)) for name in node.inputs]
        if is_product(node.kind):
            integers = node.kind.startswith(INTEGER_PRODUCTS)
            for known, size in taken:
                found["int8" if integers and size else known] += size
        elif node.kind == "Cast" and taken:
            weights[node.output] = PRECISIONS.get(node.to, ""), taken[0][1]
        elif node.kind in CARRIERS and taken:
            weights[node.output] = taken[0]
    return found


def free_dimensions(path: Path) -> dict[str, list[str | None]]:
    """The dimensions of every input: the name of one that is free, None for one that is fixed."""
    found: dict[str, list[str | None]] = {}
    with path.open("rb") as file:
        for number, _, end in _fields(file, path.stat().st_size):
            inside = _fields(file, end) if number == GRAPH else ()
            for within, _, stop in inside:
                if within == GRAPH_INPUT:
                    found.update([_value(file, stop)])
    return found


def free_lengths(path: Path, inputs: Mapping[str, Any]) -> dict[str, int]:
    """The free dimensions of a model by name, with their lengths in these inputs (arrays)."""
    return {
        name: size
        for one, dimensions in free_dimensions(path).items()
        for name, size in zip(dimensions, inputs[one].shape if one in inputs else (), strict=False)
        if name is not None
    }


def _value(file: IO[bytes], end: int) -> tuple[str, list[str | None]]:
    name, dimensions = "", list[str | None]()
    for number, _, stop in _fields(file, end):
        if number == VALUE_NAME:
            name = _text(file, stop)
        elif number == TO_SHAPE[0]:
            dimensions = _shape(file, stop, TO_SHAPE[1:])
    return name, dimensions


def _shape(file: IO[bytes], end: int, path: tuple[int, ...]) -> list[str | None]:
    """The dimensions of the shape that lies down a path of fields."""
    found: list[str | None] = []
    for number, _, stop in _fields(file, end):
        if path and number == path[0]:
            found = _shape(file, stop, path[1:])
        elif not path and number == DIMENSION:
            names = [_text(file, last) for within, _, last in _fields(file, stop) if within == DIMENSION_NAME]
            found.append(names[0] if names else None)
    return found


def _read_graph(file: IO[bytes], end: int, graph: _Graph) -> None:
    for number, _, stop in _fields(file, end):
        if number == NODE:
            _read_node(file, stop, graph)
        elif number == INITIALIZER:
            name, known = _tensor(file, stop)
            graph.weights[name] = known


def _read_node(file: IO[bytes], end: int, graph: _Graph) -> None:
    """A node; the tensor of a Constant counts as a weight of the name of its output."""
    node, tensors = _Node(), list[tuple[str, int]]()
    for number, _, stop in _fields(file, end):
        if number == INPUT:
            node.inputs.append(_text(file, stop))
        elif number == OUTPUT:
            node.output = node.output or _text(file, stop)
        elif number == KIND:
            node.kind = _text(file, stop)
        elif number == ATTRIBUTE:
            name, value, held = _attribute(file, stop)
            node.to, tensors = value if name == "to" else node.to, tensors + held
    graph.nodes.append(node)
    if node.kind == "Constant" and tensors:
        graph.weights[node.output] = tensors[0]


def _attribute(file: IO[bytes], end: int) -> tuple[str, int, list[tuple[str, int]]]:
    """An attribute's name, its whole number (0 if it is none), and its tensor as a weight."""
    name, number, tensors = "", 0, list[tuple[str, int]]()
    for within, _, value in _fields(file, end):
        if within == NAME_OF_ATTRIBUTE:
            name = _text(file, value)
        elif within == NUMBER_OF_ATTRIBUTE:
            number = value
        elif within == TENSOR_OF_ATTRIBUTE:
            tensors.append(_tensor(file, value)[1])
    return name, number, tensors


def _tensor(file: IO[bytes], end: int) -> tuple[str, tuple[str, int]]:
    """A tensor's name, precision and number of elements."""
    name, known, dims = "", "", []
    for number, wire, value in _fields(file, end):
        if number == DIMS and wire == VARINT:
            dims.append(value)
        elif number == DIMS:  # packed
            while file.tell() < value:
                dims.append(_varint(file))
        elif number == TYPE:
            known = PRECISIONS.get(value, "")
        elif number == NAME:
            name = _text(file, value)
    return name, (known, math.prod(dims))


def _fields(file: IO[bytes], end: int) -> Iterator[tuple[int, int, int]]:
    """The fields up to `end`: number, wire type, and the value or, for what has a length, where it ends."""
    while file.tell() < end:
        key = _varint(file)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            yield number, wire, _varint(file)
        elif wire == LENGTH:
            size = _varint(file)
            stop = file.tell() + size
            yield number, wire, stop
            file.seek(stop)
        else:
            file.seek(8 if wire == FIXED64 else 4, 1)


def _text(file: IO[bytes], end: int) -> str:
    return file.read(end - file.tell()).decode("utf-8", "replace")


def _varint(file: IO[bytes]) -> int:
    value = shift = 0
    while True:
        byte = file.read(1)
        if not byte:
            raise EOFError("the ONNX file ends in the middle of a number")
        value |= (byte[0] & 0x7F) << shift
        if not byte[0] & 0x80:
            return value
        shift += 7
