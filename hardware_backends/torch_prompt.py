"""What a generation begins with: the model's own seeded inputs, as the first call of a torch model takes them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hardware_backends.torch_session import placed
from pytest_ipfs_bench.backend import Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

TEXT, DECODER = "input_ids", "decoder_input_ids"
SPEAKS = "Take a model that generates text, and whose torch form has the transformers model as its attribute `model`."
# Where a configuration says how many tokens may follow each other; one that says nothing has no limit.
LIMITS = ("max_target_positions", "max_position_embeddings")


@dataclass(frozen=True)
class Prompt:
    """The first call's inputs by name; which of them grows by a token per step, and the mask that grows with it.

    length: tokens of the prompt. Those of an encoder's text count, not what its decoder begins with.
    """

    inputs: Mapping[str, Any]
    grows: str
    mask: str | None
    length: int

    def longer(self, tokens: Any) -> dict[str, Any]:
        """The inputs with further tokens (batch x count) behind the prompt's."""
        import torch

        made = {**self.inputs, self.grows: torch.cat([self.inputs[self.grows], tokens], 1)}
        return {**made, **self.covering(tokens.shape[1])}

    def covering(self, count: int) -> dict[str, Any]:
        """The mask of the prompt and `count` tokens more; empty for a model that is given none."""
        import torch

        if self.mask is None:
            return {}
        mask = self.inputs[self.mask]
        return {self.mask: torch.cat([mask, torch.ones(len(mask), count).to(mask)], 1)}

    def kept(self) -> dict[str, Any]:
        """What an encoder-decoder is told at each step: which of the encoder's tokens count."""
        name = "attention_mask"
        return {name: self.inputs[name]} if self.grows == DECODER and name in self.inputs else {}


def generator(module: Any, name: str) -> Any:
    """The transformers model inside a torch form. Raises Unsupported for one that generates nothing."""
    inside = getattr(module, "model", None)
    if inside is None or not getattr(inside, "can_generate", lambda: False)():
        kind = type(module if inside is None else inside).__name__
        raise Unsupported("model", f"{name} generates no text (its torch form is a {kind})", SPEAKS)
    return inside


def prompt(model: Model, cell: Cell, module: Any, device: str) -> Prompt:
    """The prompt of a cell on a device. Raises Unsupported where the model takes no such prompt."""
    config = generator(module, model.spec.name).config
    arrays = _lengthened(model, cell).inputs(cell.batch, cell.lengths)
    inputs = dict(zip(arrays, placed(arrays, module, device), strict=True))
    grows, mask = (DECODER, "decoder_attention_mask") if config.is_encoder_decoder else (TEXT, "attention_mask")
    if config.is_encoder_decoder:
        inputs[DECODER] = _begun(inputs, config, cell.batch, device)
    if grows not in inputs:
        raise Unsupported("model", f"{model.spec.name} has no input {grows}: there is nothing to go on from", SPEAKS)
    if mask in inputs:
        inputs[mask] = inputs[mask][:, : inputs[grows].shape[1]]
    length = int(inputs.get(TEXT, inputs[grows]).shape[1])
    made = Prompt(inputs, grows, mask if mask in inputs else None, length)
    _check(made, cell, config)
    return made


def _lengthened(model: Model, cell: Cell) -> Model:
    """The model with a prompt of the length asked for, where that is no axis of its shape: its decoder's (whisper)."""
    length = cell.lengths.get("prompt_length")
    if length is None:
        return model
    if DECODER not in {one.name for one in model.spec.inputs}:
        said = f"{model.spec.name} has neither an axis sequence_length nor {DECODER}: its prompt has one length only"
        raise Unsupported("shape", said, "Leave the prompt's length out.")
    inputs = tuple(replace(one, dims=("batch", length)) if one.name == DECODER else one for one in model.spec.inputs)
    return replace(model, spec=replace(model.spec, inputs=inputs), _made={})


def _begun(inputs: Mapping[str, Any], config: Any, batch: int, device: str) -> Any:
    """What a decoder begins with, as in generate(): its start token, then, unless the encoder has the text, the prompt."""
    import torch

    tokens = inputs.get(DECODER, torch.zeros((batch, 1), dtype=torch.int64, device=device))
    tokens = tokens[:, :1].clone() if TEXT in inputs else tokens.clone()
    if config.decoder_start_token_id is not None:
        tokens[:, 0] = config.decoder_start_token_id
    return tokens


def _check(made: Prompt, cell: Cell, config: Any) -> None:
    """Raises Unsupported for what is longer than the model's positions, or has nothing to decode."""
    output = cell.lengths.get("output_length", 0)
    if cell.mode == "decode" and output < 2:  # noqa: PLR2004  the first token is the prefill's
        said = f"an output of {output} is made by the prefill alone: decoding begins with the second token"
        raise Unsupported("shape", said, "Ask for an output of 2 tokens or more.")
    limit, name = _limit(config)
    needed = max(int(made.inputs[made.grows].shape[1]) + output, made.length)
    if limit is not None and needed > limit:
        said = f"{made.length} tokens of prompt" + (f" and {output} of output" if output else "")
        raise Unsupported(
            "shape",
            f"{said} are more than the {limit} positions that {cell.model} has ({name})",
            f"Ask for at most {limit} tokens, prompt and output together.",
        )


def _limit(config: Any) -> tuple[int | None, str]:
    """How many tokens may follow each other, and the name of that limit."""
    text = config.get_text_config(decoder=True)
    found = [(int(limit), name) for name in LIMITS if (limit := getattr(text, name, None)) is not None]
    return found[0] if found else (None, "")
