"""Audio models: speech to text, two ways, and sounds beside words."""

from model_suites.family import KEY, SMALL_SET, SMOKE, SPOKEN, TRAINED, Family, only
from model_suites.text import VOCABULARY, ids, prompt
from pytest_ipfs_bench.models import Input

FRAMES_PER_SECOND, SAMPLES_PER_SECOND = 100, 16_000
SOUND = (Input("input_values", "float32", ("batch", ("audio_seconds", SAMPLES_PER_SECOND))),)
UP_TO_30_S = {"audio_seconds": (1, 30)}

WHISPER = Family(
    "whisper", "audio", "automatic-speech-recognition", "WhisperForConditionalGeneration", ("logits",), modes=SPOKEN
)
WAV2VEC2 = Family("wav2vec2", "audio", "automatic-speech-recognition", "Wav2Vec2ForCTC", ("logits",), modes=TRAINED)
CLAP = Family("clap", "audio", "zero-shot-audio-classification", "ClapModel", ("text_embeds", "audio_embeds"))


def speech(vocabulary: int, bins: int = 80) -> tuple[Input, ...]:
    """A mel spectrogram, and what the decoder has said so far."""
    features = Input("input_features", "float32", ("batch", bins, ("audio_seconds", FRAMES_PER_SECOND)))
    return features, ids(vocabulary, "decoder_input_ids", 8)


def sounds(vocabulary: int, frames: int | tuple[str, int], bins: int) -> tuple[Input, ...]:
    """Words, and a mel spectrogram of which no part was left out."""
    return (
        *prompt(vocabulary),
        Input("input_features", "float32", ("batch", 1, frames, bins)),
        Input("is_longer", "bool", ("batch", 1), "integers", 0, 1),
    )


WHISPER_TINY = WHISPER.tiny(
    {
        "d_model": 64, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
        "decoder_attention_heads": 4, "encoder_ffn_dim": 128, "decoder_ffn_dim": 128, "vocab_size": VOCABULARY,
        "max_source_positions": 100, "max_target_positions": 64, "pad_token_id": 0, "bos_token_id": 1,
        "eos_token_id": 2, "decoder_start_token_id": 1,
    },
    {"audio_seconds": 2}, speech(VOCABULARY), 0.266, KEY, SMOKE, limits=only({"audio_seconds": 2}),
)  # fmt: skip
A30, CLAP_BASE = {"audio_seconds": 30}, {"audio_seconds": 10, "sequence_length": 77}
MODELS = (
    WHISPER_TINY,
    WAV2VEC2.tiny(
        {
            "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128,
            "vocab_size": 32, "conv_dim": [32] * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4,
        },
        {"audio_seconds": 1}, SOUND, 0.105, KEY, limits=UP_TO_30_S,
    ),
    CLAP.tiny(
        {
            "text_config": {
                "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128,
                "vocab_size": VOCABULARY, "max_position_embeddings": 66,
            },
            "audio_config": {
                "spec_size": 64, "num_mel_bins": 16, "patch_size": 4, "patch_stride": [4, 4], "window_size": 4,
                "patch_embeds_hidden_size": 16, "depths": [1, 1], "num_attention_heads": [2, 2], "hidden_size": 32,
                "enable_fusion": False, "num_classes": 8,
            },
            "projection_dim": 32,
        },
        {"audio_seconds": 1, "sequence_length": 16}, sounds(VOCABULARY, ("audio_seconds", FRAMES_PER_SECOND), 16), 0.164,
        KEY, limits={**only({"audio_seconds": 1}), "sequence_length": (1, 64)},
    ),
    WHISPER.base("openai/whisper-tiny", {}, A30, speech(50257), 37.761, SMALL_SET, limits=only(A30)),
    WHISPER.base(
        "openai/whisper-base",
        {
            "d_model": 512, "encoder_layers": 6, "decoder_layers": 6, "encoder_attention_heads": 8,
            "decoder_attention_heads": 8, "encoder_ffn_dim": 2048, "decoder_ffn_dim": 2048,
        },
        A30, speech(50257), 72.594, KEY, limits=only(A30),
    ),
    WAV2VEC2.base("facebook/wav2vec2-base-960h", {}, {"audio_seconds": 1}, SOUND, 94.396, KEY, limits=UP_TO_30_S),
    CLAP.base(
        "laion/clap-htsat-unfused", {}, CLAP_BASE, sounds(50265, 1001, 64), 153.493, KEY,
        limits={**only({"audio_seconds": 10}), "sequence_length": (1, 512)},
    ),
)  # fmt: skip
