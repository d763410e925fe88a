"""Models by modality, their small ONNX files, and the tests that run them. Registered through the public door."""

from model_suites import audio, multimodal, text, vision
from pytest_ipfs_bench.hookspecs import hookimpl
from pytest_ipfs_bench.models import ModelSpec


@hookimpl
def register_models() -> list[ModelSpec]:
    """Every model of this package."""
    return specs()


def specs() -> list[ModelSpec]:
    """Every model of this package, text first."""
    return [*text.MODELS, *vision.MODELS, *audio.MODELS, *multimodal.MODELS]
