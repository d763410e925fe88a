"""Text models: encoders, decoders, an encoder-decoder, and a classifier of files."""

import importlib.util
from pathlib import Path

from model_suites import assets
from model_suites.family import KEY, SMALL_SET, SMOKE, SPOKEN, TRAINED, Family
from pytest_ipfs_bench.models import Input, ModelSpec

VOCABULARY = 1000
MASK = Input("attention_mask", "int64", ("batch", "sequence_length"), "ones")
SMALL = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128}
POSITIONS = {"vocab_size": VOCABULARY, "max_position_embeddings": 512}
GROUPED = {**SMALL, **POSITIONS, "num_key_value_heads": 2, "bos_token_id": 1, "eos_token_id": 2}
UP_TO_512, UP_TO_1024, UP_TO_2048 = ({"sequence_length": (1, most)} for most in (512, 1024, 2048))
S128 = {"sequence_length": 128}


def ids(vocabulary: int, name: str = "input_ids", length: int | str = "sequence_length") -> Input:
    """Tokens: any but the first three, which are special in most vocabularies."""
    return Input(name, "int64", ("batch", length), "integers", 3, vocabulary)


def prompt(vocabulary: int = VOCABULARY) -> tuple[Input, ...]:
    """Tokens, all of them looked at."""
    return ids(vocabulary), MASK


def translation(vocabulary: int, decoded: int) -> tuple[Input, ...]:
    """Tokens for an encoder, and those that the decoder has said so far."""
    return ids(vocabulary), MASK, ids(vocabulary, "decoder_input_ids", decoded)


BERT = Family(
    "bert", "text", "feature-extraction", "BertModel", ("last_hidden_state",),
    arguments={"add_pooling_layer": False}, modes=TRAINED,
)  # fmt: skip
DISTILBERT = Family(
    "distilbert", "text", "feature-extraction", "DistilBertModel", ("last_hidden_state",), modes=TRAINED
)
GPT2 = Family("gpt2", "text", "text-generation", "GPT2LMHeadModel", ("logits",), modes=SPOKEN)
OPT = Family("opt", "text", "text-generation", "OPTForCausalLM", ("logits",), modes=SPOKEN)
LLAMA = Family("llama", "text", "text-generation", "LlamaForCausalLM", ("logits",), modes=SPOKEN)
QWEN2 = Family("qwen2", "text", "text-generation", "Qwen2ForCausalLM", ("logits",), modes=SPOKEN)
T5 = Family("t5", "text", "text2text-generation", "T5ForConditionalGeneration", ("logits",), modes=SPOKEN)

BERT_TINY = BERT.tiny({**SMALL, **POSITIONS}, S128, prompt(), 0.163, KEY, SMOKE, limits=UP_TO_512)
TINY = (
    BERT_TINY,
    DISTILBERT.tiny(
        {"dim": 64, "n_layers": 2, "n_heads": 4, "hidden_dim": 128, **POSITIONS}, S128, prompt(), 0.164, limits=UP_TO_512
    ),
    GPT2.tiny(
        {"n_embd": 64, "n_layer": 2, "n_head": 4, "vocab_size": VOCABULARY, "n_positions": 512,
         "bos_token_id": 1, "eos_token_id": 2},
        S128, prompt(), 0.197, limits=UP_TO_512,
    ),
    OPT.tiny(
        {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "ffn_dim": 128, "word_embed_proj_dim": 64,
         **POSITIONS},
        S128, prompt(), 0.164, limits=UP_TO_512,
    ),
    LLAMA.tiny(GROUPED, S128, prompt(), 0.202, KEY, limits=UP_TO_512),
    QWEN2.tiny(GROUPED, S128, prompt(), 0.202, KEY, limits=UP_TO_512),
    T5.tiny(
        {"d_model": 64, "d_kv": 16, "d_ff": 128, "num_layers": 2, "num_decoder_layers": 2, "num_heads": 4,
         "vocab_size": VOCABULARY, "decoder_start_token_id": 0},
        S128, translation(VOCABULARY, 8), 0.229, KEY, limits=UP_TO_512,
    ),
)  # fmt: skip

QWEN2_05B = {
    "hidden_size": 896, "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2,
    "intermediate_size": 4864, "vocab_size": 151936, "max_position_embeddings": 32768, "rope_theta": 1e6,
    "tie_word_embeddings": True,
}  # fmt: skip
TINYLLAMA = {
    "hidden_size": 2048, "num_hidden_layers": 22, "num_attention_heads": 32, "num_key_value_heads": 4,
    "intermediate_size": 5632, "vocab_size": 32000, "max_position_embeddings": 2048,
}  # fmt: skip
BASE = (
    BERT.base("google-bert/bert-base-uncased", {}, S128, prompt(30522), 108.892, KEY, limits=UP_TO_512),
    BERT.base(
        "google/bert_uncased_L-2_H-128_A-2",
        {"hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 512},
        S128, prompt(30522), 4.369, SMALL_SET, limits=UP_TO_512,
    ),
    DISTILBERT.base("distilbert/distilbert-base-uncased", {}, S128, prompt(30522), 66.363, limits=UP_TO_512),
    GPT2.base("openai-community/gpt2", {}, S128, prompt(50257), 124.44, limits=UP_TO_1024),
    OPT.base("facebook/opt-125m", {}, S128, prompt(50265), 125.239, limits=UP_TO_2048),
    LLAMA.base(
        "TinyLlama/TinyLlama-1.1B-Chat-v1.0", TINYLLAMA, {"sequence_length": 512}, prompt(32000), 1100.048, KEY, limits=UP_TO_2048
    ),
    QWEN2.base("Qwen/Qwen2-0.5B-Instruct", QWEN2_05B, {"sequence_length": 512}, prompt(151643), 494.033, KEY,
        limits={"sequence_length": (1, 32768)},
    ),
    T5.base(
        "google-t5/t5-small", {"decoder_start_token_id": 0},
        {"sequence_length": 256}, translation(32000, 32), 60.507, KEY, limits=UP_TO_512,
    ),
    T5.base(
        "google/t5-efficient-tiny",
        {"d_model": 256, "d_ff": 1024, "num_layers": 4, "num_heads": 4, "decoder_start_token_id": 0},
        {"sequence_length": 256}, translation(32000, 32), 15.571, SMALL_SET, limits=UP_TO_512,
    ),
)  # fmt: skip


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
    task="text-classification",
    limits={"sequence_length": (2048, 2048)},
    tags=(SMOKE,),
    needs="It comes with a package: pip install 'pytest-ipfs-bench[suites]'",
)

MODELS = (*TINY, *BASE, MAGIKA)
