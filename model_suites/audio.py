"""Audio models."""

from model_suites import assets
from pytest_ipfs_bench.models import Input, ModelSpec

MEL_BINS = 80
FRAMES_PER_SECOND = 100
DECODER_TOKENS = 8

WHISPER_TINY = ModelSpec(
    name="tiny-random-whisper",
    family="whisper",
    modality="audio",
    size="tiny",
    weights="random",
    shape={"audio_seconds": 2},
    inputs=(
        Input("input_features", "float32", ("batch", MEL_BINS, ("audio_seconds", FRAMES_PER_SECOND))),
        Input("decoder_input_ids", "int64", ("batch", DECODER_TOKENS), "integers", 3, 1000),
    ),
    files=(assets.onnx("whisper"),),
    reference=assets.reference("whisper"),
    torch="model_suites.torch_forms:tiny",
    modes=("inference", "training"),
    task="automatic-speech-recognition",
    source="pytest-ipfs-bench",
    version="1",
    parameters_million=0.266,
    threads=1,
    tags=("smoke",),
)

MODELS = (WHISPER_TINY,)
