"""The small ONNX files of this package and their reference outputs (`python -m model_suites.make_assets` makes them)."""

from pathlib import Path

FOLDER = Path(__file__).parent


def onnx(name: str) -> str:
    """The path of a shipped ONNX file."""
    return str(FOLDER / f"{name}.onnx")


def reference(name: str) -> str:
    """The path of the reference outputs of a shipped model: the first sample at its default shape."""
    return str(FOLDER / f"{name}.npz")
