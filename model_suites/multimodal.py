"""Models that look and read: images or videos beside words, and words about images."""

from model_suites.family import KEY, SMALL_SET, Family, only
from model_suites.text import GROUPED, MASK, SMALL, VOCABULARY, prompt
from model_suites.vision import PIXELS
from pytest_ipfs_bench.models import Input

TEXT_TINY = {
    **SMALL, "vocab_size": VOCABULARY, "max_position_embeddings": 77, "bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2
}  # fmt: skip
VISION_TINY = {**SMALL, "image_size": 64, "patch_size": 16}
# Its embeddings of texts pass through a softmax over the video. Measured at batch 2: fp16 3.1e-2 (torch), bf16 4.4e-2
# (torch) and 1.0e-1 (OpenVINO), int8 1.6e-1 (torch) and 2.1e-1 (ONNX Runtime). Twice the worst is allowed.
NOISY_XCLIP = {"fp16": 6.2e-2, "bf16": 2e-1, "int8": 4.2e-1}
UP_TO_77 = {"sequence_length": (1, 77)}
VIDEO = Input("pixel_values", "float32", ("batch", "frames", 3, "image_size", "image_size"))

CLIP = Family("clip", "multimodal", "zero-shot-image-classification", "CLIPModel", ("text_embeds", "image_embeds"))
XCLIP = Family(
    "xclip", "multimodal", "zero-shot-video-classification", "XCLIPModel", ("text_embeds", "video_embeds"), own=("text_embeds",)
)  # fmt: skip
LLAVA = Family(
    "llava", "multimodal", "image-text-to-text", "LlavaForConditionalGeneration", ("logits",),
    joined="model.multi_modal_projector",
)  # fmt: skip
LLAVA_NEXT = Family(
    "llava-next", "multimodal", "image-text-to-text", "LlavaNextForConditionalGeneration", ("logits",),
    no_onnx="how many tokens an image takes depends on the values of image_sizes, which no exporter of torch can follow",
)  # fmt: skip


def about(vocabulary: int, token: int, tokens: int) -> Input:
    """A prompt of four tokens, then those that stand for an image, then what is asked about it."""
    return Input(
        "input_ids", "int64", ("batch", "sequence_length"), "integers", 3, vocabulary, marks=(token, 4, 4 + tokens)
    )


def tiles(size: int) -> tuple[Input, ...]:
    """An image of twice that size: the whole of it and its four quarters; and its size in pixels."""
    return (
        Input("pixel_values", "float32", ("batch", 5, 3, "image_size", "image_size")),
        Input("image_sizes", "int64", ("batch", 2), "integers", 2 * size, 2 * size + 1),
    )


def llava(text: object, vision: object, token: int, **more: object) -> dict[str, object]:
    """A LLaVA of these parts."""
    return {"text_config": text, "vision_config": vision, "image_token_index": token, "image_token_id": token, **more}


LLAMA_TINY = {"model_type": "llama", **GROUPED}
EYE_TINY = {"model_type": "clip_vision_model", **VISION_TINY}
S16_I64 = {"sequence_length": 16, "image_size": 64}
S77_I224 = {"sequence_length": 77, "image_size": 224}
MODELS = (
    CLIP.tiny(
        {"text_config": TEXT_TINY, "vision_config": VISION_TINY, "projection_dim": 64},
        S16_I64, (*prompt(), *PIXELS), 0.262, KEY, limits={**UP_TO_77, **only({"image_size": 64})},
    ),
    XCLIP.tiny(
        {
            "text_config": TEXT_TINY,
            "vision_config": {
                **VISION_TINY, "mit_hidden_size": 64, "mit_intermediate_size": 128, "mit_num_hidden_layers": 1,
                "mit_num_attention_heads": 4, "num_frames": 4,
            },
            "projection_dim": 64, "prompt_layers": 1, "prompt_num_attention_heads": 4,
        },
        {**S16_I64, "frames": 4}, (*prompt(), VIDEO), 0.391, KEY,
        limits={**UP_TO_77, **only({"image_size": 64, "frames": 4})}, max_error=NOISY_XCLIP,
    ),
    LLAVA.tiny(
        llava(LLAMA_TINY, EYE_TINY, VOCABULARY - 1), {"sequence_length": 32, "image_size": 64},
        (about(VOCABULARY - 1, VOCABULARY - 1, 16), MASK, *PIXELS), 0.328, KEY,
        limits={"sequence_length": (20, 512), **only({"image_size": 64})},
    ),
    LLAVA_NEXT.tiny(
        llava(LLAMA_TINY, EYE_TINY, VOCABULARY - 1, image_grid_pinpoints=[[64, 128], [128, 64], [128, 128]]),
        {"sequence_length": 104, "image_size": 64},
        (about(VOCABULARY - 1, VOCABULARY - 1, 88), MASK, *tiles(64)), 0.328, KEY,
        limits={"sequence_length": (92, 512), **only({"image_size": 64})},
    ),
    CLIP.base(
        "openai/clip-vit-base-patch32", {}, S77_I224, (*prompt(49406), *PIXELS), 151.277, KEY, SMALL_SET,
        limits={**UP_TO_77, **only({"image_size": 224})},
    ),
    XCLIP.base(
        "microsoft/xclip-base-patch32", {}, {**S77_I224, "frames": 8}, (*prompt(49406), VIDEO), 196.586, KEY,
        limits={**UP_TO_77, **only({"image_size": 224, "frames": 8})},
    ),
    LLAVA.base(
        "llava-hf/llava-interleave-qwen-0.5b-hf",
        llava(
            {
                "model_type": "qwen2", "hidden_size": 1024, "intermediate_size": 2816, "num_hidden_layers": 24,
                "num_attention_heads": 16, "num_key_value_heads": 16, "vocab_size": 152000, "max_position_embeddings": 32768,
                "tie_word_embeddings": True,
            },
            {
                "model_type": "siglip_vision_model", "hidden_size": 1152, "intermediate_size": 4304,
                "num_hidden_layers": 26, "num_attention_heads": 16, "image_size": 384, "patch_size": 14,
                "vision_use_head": False,
            },
            151646, vision_feature_layer=-1, vision_feature_select_strategy="full",
        ),
        {"sequence_length": 793, "image_size": 384}, (about(151643, 151646, 729), MASK, *PIXELS), 864.031, KEY,
        limits={"sequence_length": (733, 32768), **only({"image_size": 384})},
    ),
    LLAVA_NEXT.base(
        "llava-hf/llava-v1.6-mistral-7b-hf",
        llava(
            {
                "model_type": "mistral", "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
                "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 32064, "max_position_embeddings": 32768,
            },
            {
                "model_type": "clip_vision_model", "hidden_size": 1024, "intermediate_size": 4096,
                "num_hidden_layers": 24, "num_attention_heads": 16, "image_size": 336, "patch_size": 14, "projection_dim": 768,
            },
            32000, image_grid_pinpoints=[[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]],
        ),
        {"sequence_length": 2992, "image_size": 336}, (about(32000, 32000, 2928), MASK, *tiles(336)), 7566.748, KEY,
        limits={"sequence_length": (2932, 32768), **only({"image_size": 336})},
    ),
)  # fmt: skip
