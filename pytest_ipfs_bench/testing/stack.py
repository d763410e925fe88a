"""The suite's own model: eight times x <- relu(x W), then the largest of all rows. 66 KB.

Its weights are seeded, so that any runtime can build it. `rows` is how much work one run is, and no matter how many the
output stays small: reading it costs nothing beside the work.

    python -m pytest_ipfs_bench.testing.stack    makes its files anew (needs onnx and onnxruntime)
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.models import SEED, Input, ModelSpec

if TYPE_CHECKING:
    import numpy as np

FOLDER = Path(__file__).parent
WIDTH, DEPTH = 128, 8

STACK = ModelSpec(
    name="conformance-stack",
    family="stack",
    modality="numbers",
    size="tiny",
    weights="random",
    shape={"rows": 16},
    inputs=(Input("x", "float32", ("batch", "rows", WIDTH)),),
    files=(str(FOLDER / "stack.onnx"),),
    reference=str(FOLDER / "stack.npz"),
    source="pytest-ipfs-bench",
    version="1",
    parameters_million=WIDTH * WIDTH / 1e6,
    threads=1,
    torch="pytest_ipfs_bench.testing.stack:torch_stack",
)

# What no runtime can run: an operator that nobody has, and no torch form.
IMPOSSIBLE = ModelSpec(
    name="conformance-impossible",
    family="impossible",
    modality="numbers",
    size="tiny",
    weights="random",
    shape={"rows": 16},
    inputs=(Input("x", "float32", ("batch", "rows", WIDTH)),),
    files=(str(FOLDER / "impossible.onnx"),),
)


def weights() -> "np.ndarray[Any, Any]":
    """W, scaled so that the numbers keep their size from layer to layer."""
    import numpy as np

    scale = np.sqrt(2 / WIDTH)
    made: np.ndarray[Any, Any] = np.random.default_rng(SEED).standard_normal((WIDTH, WIDTH)) * scale
    return made.astype("float32")


def outputs(x: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """What the model gives for x, in numpy and the precision of x."""
    import numpy as np

    w = weights().astype(x.dtype)
    for _ in range(DEPTH):
        x = np.maximum(x @ w, 0)
    return np.asarray(x.max(axis=1))


def torch_stack(spec: ModelSpec) -> Any:  # noqa: ARG001  every torch form gets its spec
    """The same as a torch module."""
    import torch

    class Stack(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(WIDTH, WIDTH, bias=False)
            self.layer.weight = torch.nn.Parameter(torch.from_numpy(weights().T.copy()), requires_grad=False)

        def forward(self, x: Any) -> dict[str, Any]:
            for _ in range(DEPTH):
                x = torch.relu(self.layer(x))
            return {"y": x.amax(dim=1)}

    return Stack().eval()


def save() -> None:
    """Writes the files of this folder."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper

    from pytest_ipfs_bench.models import onnx_model

    def write(spec: ModelSpec, nodes: list[Any], initializers: list[Any]) -> None:
        shapes = {"x": ["batch", "rows", WIDTH], "y": ["batch", WIDTH]}
        ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)] for name, shape in shapes.items()]
        graph = helper.make_graph(nodes, spec.family, *ends, initializers)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(made, spec.files[0])

    nodes = []
    for layer in range(DEPTH):
        nodes += [
            helper.make_node("MatMul", [f"x{layer}" if layer else "x", "w"], [f"xw{layer}"]),
            helper.make_node("Relu", [f"xw{layer}"], [f"x{layer + 1}"]),
        ]
    nodes += [helper.make_node("ReduceMax", [f"x{DEPTH}"], ["y"], axes=[1], keepdims=0)]
    write(STACK, nodes, [onnx.numpy_helper.from_array(weights(), "w")])
    write(IMPOSSIBLE, [helper.make_node("Frobnicate", ["x"], ["y"])], [])
    x = onnx_model(STACK).inputs(1, STACK.shape)["x"]
    assert STACK.reference is not None
    right = outputs(x.astype("float64")).astype("float32")
    np.savez_compressed(STACK.reference, content=np.array(STACK.content()), y=right)


if __name__ == "__main__":
    save()
