"""Vision models."""

from model_suites import assets
from pytest_ipfs_bench.models import Input, ModelSpec

VIT_TINY = ModelSpec(
    name="tiny-random-vit",
    family="vit",
    modality="vision",
    size="tiny",
    weights="random",
    shape={"image_size": 64},
    inputs=(Input("pixel_values", "float32", ("batch", 3, "image_size", "image_size")),),
    files=(assets.onnx("vit"),),
    reference=assets.reference("vit"),
    torch="model_suites.torch_forms:tiny",
    modes=("inference", "training"),
    task="image-classification",
    source="pytest-ipfs-bench",
    version="1",
    parameters_million=0.117,
    threads=1,
    tags=("smoke",),
)

MODELS = (VIT_TINY,)
