"""Models by modality, their small ONNX files, and the tests that run them. Registered through the public door."""

from model_suites import audio, multimodal, text, vision
from model_suites.family import at_hand
from pytest_ipfs_bench.hookspecs import hookimpl
from pytest_ipfs_bench.models import ModelSpec


@hookimpl
def register_models() -> list[ModelSpec]:
    """Every model of this package."""
    return specs()


def specs() -> list[ModelSpec]:
    """Every model of this package, text first; those of the hub with its weights, where they are at hand."""
    return [at_hand(spec) for spec in (*text.MODELS, *vision.MODELS, *audio.MODELS, *multimodal.MODELS)]
