"""The parts of a model that looks, hears and reads: what a page can load one after another, or all at once.

A part is what depends on the inputs of one modality alone; what joins the modalities is the rest. Weights and constants
belong to nobody: they go where they are used. Nor does a size: where the vision of a model takes the batch from the words
(exporters do), its part takes it from the pixels, as far as both inputs declare the size by the same name.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_ipfs_bench.backend import Unsupported

# Inputs by the names that the hub's models give them. Of any other it is not known what it carries: it joins the rest, as
# do those of a decoder (decoder_input_ids), which are what the model itself has said.
MODALITIES = {
    "words": ("input_ids", "attention_mask", "token_type_ids", "position_ids"),
    "sight": ("pixel_values", "pixel_attention_mask", "image_sizes"),
    "sound": ("input_features", "input_values", "is_longer"),
}
REST = "rest"
LARGEST = 2**31 - 2**20  # bytes of weights in one ONNX file


@dataclass
class _Walk:
    """A graph, node by node: homes holds the part of each node (None: nobody's), content that of each tensor."""

    graph: Any
    given: dict[str, Any]
    homes: list[str | None] = field(default_factory=list)
    content: dict[str, set[str]] = field(default_factory=dict)
    sizes: dict[str, set[str]] = field(default_factory=dict)

    def go(self) -> None:
        """Looks at every node, in the order of computing."""
        self.content.update({name: {_modality(name)} for name in self.given})
        for node in self.graph.node:
            home, sizes = self._home(node)
            self.homes.append(home)
            for name in node.output:
                self.content[name] = {home} if home else set()
                self.sizes[name] = sizes if home is None else set()

    def _home(self, node: Any) -> tuple[str | None, set[str]]:
        """The part that a node belongs to, and by what names it knows sizes."""
        size = self.size(node)
        if size:
            return None, {size}
        taken = list(_taken(node))
        content = set().union(*(self.content.get(name, set()) for name in taken))
        sizes = set().union(*(self.sizes.get(name, set()) for name in taken))
        if len(content) > 1 or any(self.place(size, one) is None for one in content for size in sizes):
            return REST, sizes
        return next(iter(content), None), sizes

    def size(self, node: Any) -> str | None:
        """The declared name of the one size of an input that a node looks up; None for any other node."""
        if node.op_type != "Shape" or node.input[0] not in self.given:
            return None
        edges = {one.name: one.i for one in node.attribute}
        start = edges.get("start", 0)
        names = _dims(self.given[node.input[0]])
        return names[start] or None if 0 <= start < len(names) and edges.get("end") == start + 1 else None

    def place(self, size: str, home: str) -> tuple[str, int] | None:
        """An input of a part that has a size of this name, and where."""
        for name, one in self.given.items():
            if (home in (REST, _modality(name))) and size in _dims(one):
                return name, _dims(one).index(size)
        return None


def split(onnx_file: Path, folder: Path) -> list[Path]:
    """The parts of a model as files in a folder, the rest last, each with the names of the whole model's tensors.

    Run one after another, each on the inputs and the outputs of those before it, they give the outputs of the whole. Empty
    for a model of one modality. Raises Unsupported where the package onnx is missing, or can't tell what a part hands on.
    """
    onnx = _onnx()
    model = onnx.load(str(onnx_file), load_external_data=False)
    weights = {one.name for one in model.graph.initializer}
    walk = _Walk(model.graph, {one.name: one for one in model.graph.input if one.name not in weights})
    walk.go()
    homes = dict.fromkeys(home for home in walk.homes if home and home != REST)
    if len(homes) < 2:  # noqa: PLR2004  one modality has nothing to be parted from
        return []
    known = _known(onnx, model)
    folder.mkdir(parents=True, exist_ok=True)
    made = [_part(onnx, model, walk, home, known) for home in (*homes, REST)]
    return [_save(onnx, part, onnx_file, folder) for part in made if part is not None]


def _onnx() -> Any:
    try:
        import onnx
        import onnx.shape_inference
    except ImportError as error:
        reason = f"a model can't be parted without the package onnx: {error}"
        raise Unsupported("not_installed", reason, "pip install onnx") from error
    return onnx


def _known(onnx: Any, model: Any) -> dict[str, Any]:
    """The types of tensors by name: what a graph says itself, where onnx stumbles over it."""
    try:
        graph = onnx.shape_inference.infer_shapes(model).graph
    except onnx.shape_inference.InferenceError:
        graph = model.graph
    return {one.name: one for one in (*graph.value_info, *graph.input, *graph.output)}


def _part(onnx: Any, model: Any, walk: _Walk, home: str, known: dict[str, Any]) -> Any:
    """One part as a model; None where nothing of it is needed."""
    outputs = [name for name in _handed_on(walk, home) if name]
    nodes = _needed(walk, home, outputs)
    if not nodes:
        return None
    made = {name for node in nodes for name in node.output}
    taken = dict.fromkeys(name for node in nodes for name in _taken(node) if name not in made)
    weights = [one for one in model.graph.initializer if one.name in taken]
    sparse = [one for one in model.graph.sparse_initializer if one.values.name in taken]
    stored = {one.name for one in weights} | {one.values.name for one in sparse}
    inputs = [name for name in taken if name and name not in stored]
    for name in (*inputs, *outputs):
        if name not in known:
            reason = f"the model can't be parted at {name!r}: onnx does not know its type"
            raise Unsupported("operator", reason, "Use a model of operators that ONNX itself has.")
    ends = ([known[name] for name in inputs], [known[name] for name in outputs])
    graph = onnx.helper.make_graph(nodes, home, *ends, weights, sparse_initializer=sparse)
    return onnx.helper.make_model(
        graph, opset_imports=model.opset_import, functions=model.functions, ir_version=model.ir_version
    )


def _handed_on(walk: _Walk, home: str) -> list[str]:
    """What a part makes that is an output of the model or is taken by another part; the rest makes what nobody does."""
    wanted = {one.name for one in walk.graph.output}
    for node, its in zip(walk.graph.node, walk.homes, strict=True):
        if its not in (home, None):
            wanted.update(_taken(node))
    ends = {one.name for one in walk.graph.output}
    return [
        name
        for node, its in zip(walk.graph.node, walk.homes, strict=True)
        for name in node.output
        if (its == home and name in wanted) or (its is None and home == REST and name in ends)
    ]


def _needed(walk: _Walk, home: str, outputs: list[str]) -> list[Any]:
    """The nodes of a part, and those of nobody's that it needs, in the order of computing."""
    wanted, nodes = set(outputs), []
    for node, its in reversed(list(zip(walk.graph.node, walk.homes, strict=True))):
        if its in (home, None) and wanted & set(node.output):
            mine = _own_size(walk, node, home) if its is None else node
            nodes.append(mine)
            wanted.update(_taken(mine))
    return nodes[::-1]


def _own_size(walk: _Walk, node: Any, home: str) -> Any:
    """The node that looks up the same size in an input of this part."""
    size = walk.size(node)
    place = walk.place(size, home) if size else None
    if place is None:
        return node
    mine = type(node)()
    mine.CopyFrom(node)
    mine.input[0] = place[0]
    for one in mine.attribute:
        one.i = place[1] + (one.name == "end")
    return mine


def _save(onnx: Any, part: Any, whole: Path, folder: Path) -> Path:
    """Writes a part with all its weights inside. Raises Unsupported for one that is larger than a file can be."""
    from onnx.external_data_helper import load_external_data_for_model

    path = folder / f"{whole.stem}.{part.graph.name}.onnx"
    load_external_data_for_model(part, str(whole.parent))
    size = sum(len(one.raw_data) for one in part.graph.initializer)
    if size > LARGEST:
        reason = f"{path.name} would have {size / 1e9:.1f} GB: an ONNX file holds 2.1 GB at most"
        raise Unsupported("memory", reason, "Take a smaller model (--bench-models).")
    onnx.save(part, str(path))
    return path


def _modality(name: str) -> str:
    return next((one for one, names in MODALITIES.items() if name in names), REST)


def _dims(value: Any) -> list[str]:
    """The names of a tensor's dimensions, "" for a number."""
    return [one.dim_param for one in value.type.tensor_type.shape.dim]


def _taken(node: Any) -> Iterator[str]:
    """The tensors that a node takes, those that its inner graphs take from outside too."""
    yield from node.input
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            inner = {one.name for one in (*graph.input, *graph.initializer)}
            inner.update(name for one in graph.node for name in one.output)
            yield from (name for one in graph.node for name in _taken(one) if name not in inner)
            yield from (one.name for one in graph.output if one.name not in inner)
