"""Text models."""

import importlib.util
from pathlib import Path

from model_suites import assets
from pytest_ipfs_bench.models import Input, ModelSpec

IDS = Input("input_ids", "int64", ("batch", "sequence_length"), "integers", 3, 1000)
MASK = Input("attention_mask", "int64", ("batch", "sequence_length"), "ones")

BERT_TINY = ModelSpec(
    name="tiny-random-bert",
    family="bert",
    modality="text",
    size="tiny",
    weights="random",
    shape={"sequence_length": 128},
    inputs=(IDS, MASK),
    files=(assets.onnx("bert"),),
    reference=assets.reference("bert"),
    torch="model_suites.torch_forms:tiny",
    modes=("inference", "training"),
    source="pytest-ipfs-bench",
    version="1",
    parameters_million=0.163,
    threads=1,
    tags=("smoke",),
)


def _magika() -> str:
    """Where the package magika keeps its model, found without importing it (it would load its runtime)."""
    spec = importlib.util.find_spec("magika")
    folder = Path(spec.origin).parent if spec and spec.origin else Path("magika (not installed)")
    return str(folder / "models" / "standard_v3_3" / "model.onnx")


# Google's file-type classifier: the first and last 1024 bytes of a file, 256 = padding, to 214 content types.
MAGIKA = ModelSpec(
    name="google/magika-standard-v3.3",
    family="magika",
    modality="text",
    size="pretrained",
    weights="pretrained",
    shape={"sequence_length": 2048},
    inputs=(Input("bytes", "int32", ("batch", "sequence_length"), "integers", 0, 257),),
    files=(_magika(),),
    reference=assets.reference("magika"),
    source="pypi:magika",
    version="standard_v3_3",
    parameters_million=0.784,
    threads=1,
    tags=("smoke",),
    needs="It comes with a package: pip install 'pytest-ipfs-bench[suites]'",
)

MODELS = (BERT_TINY, MAGIKA)
