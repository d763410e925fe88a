"""The shipped tiny models in torch: the very modules from which their ONNX files are made.

Their weights are seeded and random: the same versions make the same numbers anywhere. A version that makes others is
refused, because what it would run is not the model that its row names.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pytest_ipfs_bench.models import ModelSpec

SMALL = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128}
OUTPUTS = ("logits", "last_hidden_state")
SAME = 1e-6


def bert() -> Any:
    """BERT without its pooler."""
    from transformers import BertConfig, BertModel

    return BertModel(BertConfig(**SMALL, vocab_size=1000, max_position_embeddings=512), add_pooling_layer=False)


def vit() -> Any:
    """ViT with a classifier of ten classes."""
    from transformers import ViTConfig, ViTForImageClassification

    return ViTForImageClassification(ViTConfig(**SMALL, image_size=64, patch_size=16, num_labels=10))


def whisper() -> Any:
    """Whisper for up to two seconds of sound, without a cache of its past."""
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    return WhisperForConditionalGeneration(
        WhisperConfig(
            d_model=64, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
            encoder_ffn_dim=128, decoder_ffn_dim=128, vocab_size=1000, max_source_positions=100,
            max_target_positions=64, pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1,
            use_cache=False,
        )
    )  # fmt: skip


BUILDERS: Mapping[str, Callable[[], Any]] = {"bert": bert, "vit": vit, "whisper": whisper}


def tiny(spec: ModelSpec) -> Any:
    """The module of a tiny model. Raises ValueError if its weights are not those of the ONNX file."""
    import onnx

    form = build(spec)
    ours = {name: weight.detach().numpy() for name, weight in form.named_parameters()}
    for theirs in onnx.load(spec.files[0]).graph.initializer:  # most were folded or renamed; some kept their names
        if theirs.name in ours and abs(onnx.numpy_helper.to_array(theirs) - ours[theirs.name]).max() > SAME:
            raise ValueError(f"{_versions()} make other weights than those of {Path(spec.files[0]).name} from one seed")
    return form


def build(spec: ModelSpec) -> Any:
    """The module with its seeded weights: it takes the inputs in their order and returns outputs by their ONNX names."""
    import torch

    torch.manual_seed(0)
    model, names = BUILDERS[spec.family](), [one.name for one in spec.inputs]

    class Form(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model
            self.eval()

        def forward(self, *values: Any) -> dict[str, Any]:
            out = self.model(**dict(zip(names, values, strict=True)))
            return {"output": next(out[name] for name in OUTPUTS if name in out)}

    return Form()


def _versions() -> str:
    import torch
    import transformers

    return f"torch {torch.__version__} and transformers {transformers.__version__}"
