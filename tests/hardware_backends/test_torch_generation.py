"""Generation in torch: small models made from configurations, checked against transformers' own generate()."""

import gc
from dataclasses import replace
from types import SimpleNamespace

import pytest

from hardware_backends import cpu, cuda, mps, rocm, torch_generation, torch_modes, torch_prompt
from pytest_ipfs_bench.backend import Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.measure import Plan
from pytest_ipfs_bench.models import Input, Model, ModelSpec

TEXT = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
IDS = Input("input_ids", "int64", ("batch", "sequence_length"), "integers", 3, 100)
MASK = Input("attention_mask", "int64", ("batch", "sequence_length"), "ones")
BEGUN = Input("decoder_input_ids", "int64", ("batch", 4), "integers", 3, 100)
SOUND = Input("input_features", "float32", ("batch", 80, ("audio_seconds", 100)))
QUICK = Plan(min_rounds=4, max_time=0.0, warmup=0.0)


def gpt2(spec):
    from transformers import GPT2Config, GPT2LMHeadModel

    made = GPT2Config(n_embd=32, n_layer=2, n_head=4, vocab_size=100, n_positions=32, bos_token_id=0, eos_token_id=0)
    return form(spec, GPT2LMHeadModel, made)


def llama(spec):
    from transformers import LlamaConfig, LlamaForCausalLM

    made = LlamaConfig(**TEXT, vocab_size=100, max_position_embeddings=64, num_key_value_heads=2)
    return form(spec, LlamaForCausalLM, made)


def sliding(spec):
    """Attends to the last eight tokens only: its cache can't be cut."""
    from transformers import MistralConfig, MistralForCausalLM

    made = MistralConfig(
        **TEXT, vocab_size=100, max_position_embeddings=64, num_key_value_heads=2, sliding_window=8, head_dim=8
    )
    return form(spec, MistralForCausalLM, made)


def t5(spec):
    from transformers import T5Config, T5ForConditionalGeneration

    small = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_decoder_layers": 2, "num_heads": 4}
    return form(spec, T5ForConditionalGeneration, T5Config(**small, vocab_size=100, decoder_start_token_id=0))


def whisper(spec):
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    made = WhisperConfig(
        d_model=32, encoder_layers=1, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
        encoder_ffn_dim=64, decoder_ffn_dim=64, vocab_size=100, max_source_positions=50, max_target_positions=24,
        pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1, use_cache=False,
    )  # fmt: skip
    return form(spec, WhisperForConditionalGeneration, made)


def bert(spec):
    from transformers import BertConfig, BertModel

    return form(spec, BertModel, BertConfig(**TEXT, vocab_size=100))


def forgetful(spec):
    """Loses what its first layer was told before."""
    made = gpt2(spec)
    right = made.model.forward

    def forward(past_key_values=None, **inputs):
        if past_key_values is not None:
            past_key_values.layers[0].values.zero_()
        return right(past_key_values=past_key_values, **inputs)

    made.model.forward = forward
    return made


def cacheless(spec):
    made = gpt2(spec)
    right = made.model.forward
    made.model.forward = lambda use_cache, **inputs: right(use_cache=False, **inputs)
    return made


def form(spec, kind, config):
    """A torch form as the shipped ones are: its transformers model is the attribute `model`."""
    import torch

    class Form(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.model = kind(config)
            self.eval()

        def forward(self, *values):
            return dict(self.model(**dict(zip([one.name for one in spec.inputs], values, strict=True))))

    return Form()


def model(builder, inputs=(IDS, MASK), shape=None):
    name = builder.__name__
    shape = {"sequence_length": 12} if shape is None else shape
    return Model(
        ModelSpec(name, name, "text", "tiny", "random", shape, inputs, torch=f"{__file__}:{name}", threads=1), None
    )


FAMILIES = {
    "gpt2": lambda: model(gpt2),
    "gpt2-without-mask": lambda: model(gpt2, (IDS,)),
    "llama": lambda: model(llama),
    "sliding": lambda: model(sliding),
    "t5": lambda: model(t5, (IDS, MASK, BEGUN)),
    "t5-with-a-decoder-mask": lambda: model(t5, (IDS, MASK, BEGUN, replace(BEGUN, name="decoder_attention_mask", fill="ones"))),
    "t5-without-decoder-ids": lambda: model(t5, (IDS, MASK)),
    "whisper": lambda: model(whisper, (SOUND, BEGUN), {"audio_seconds": 1}),
}  # fmt: skip


def cell(made, mode, precision="fp32", batch=2, **options):
    options = {"output_length": 6, **options} if mode == "decode" else options
    spec = made.spec
    return Cell(spec.name, "tiny", "random", "cpu", 0, "torch", precision, mode, batch, spec.shape, options)


@pytest.fixture
def load():
    """load(model, mode, ...): on the CPU, by the backend's own door; given back at the end."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    loaded = []

    def through_the_door(made, mode, *words, **options):
        loaded.append(cpu.Cpu().load(made, cell(made, mode, *words, **options)))
        return loaded[-1]

    gc.freeze()  # as the runner does: closing a model collects garbage
    with torch.inference_mode():
        yield through_the_door
    for one in loaded:
        one.close()
    gc.unfreeze()


pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("family", FAMILIES)
def test_tokens_are_those_of_generate_and_logits_those_without_a_cache(load, family):
    from transformers import GenerationMixin

    loaded = load(FAMILIES[family](), "decode")
    tokens, _ = loaded._collected()
    prompt = loaded._prompt
    greedily = {"max_new_tokens": 6, "do_sample": False, "use_cache": True, "eos_token_id": None, "pad_token_id": 0}
    found = GenerationMixin.generate(loaded._call, **prompt.inputs, **greedily)  # whisper's own takes sound apart
    assert found[:, -6:].tolist() == tokens.tolist()
    assert found.shape[1] == prompt.inputs[prompt.grows].shape[1] + 6
    assert loaded.difference().relative < 1e-5
    assert load(FAMILIES[family](), "prefill").difference().relative < 1e-5


@pytest.mark.parametrize(("precision", "least", "most"), [("bf16", 1e-4, 5e-2), ("int8", 1e-6, 1e-1)])
def test_another_precision_is_compared_with_fp32(load, precision, least, most):
    loaded = load(model(llama), "decode", precision)
    assert loaded.effective.precision == precision
    assert least < loaded.difference().relative < most


def test_a_cache_that_forgets_is_a_difference(load):
    assert load(model(forgetful), "decode").difference().relative > 1e-3
    assert load(model(forgetful), "prefill").difference().relative < 1e-5


def test_a_logit_that_is_no_number_is_infinitely_wrong(load):
    loaded = load(model(gpt2), "decode")
    right = loaded._next
    loaded._next = lambda: {"logits": right()["logits"] * float("nan")}
    assert loaded.difference().relative == float("inf")


def test_decode_takes_a_sample_per_token_in_whole_generations(load):
    loaded = load(model(gpt2), "decode")
    samples = loaded.measure(Plan(min_rounds=6, max_time=0.0, warmup=0.0)).latencies_ns
    told = loaded.metrics()
    assert (len(samples), loaded.items) == (10, 2)  # five steps a generation: the first token is the prefill's
    assert (told["prompt_length"], told["output_length"]) == (12, 6)
    assert told["time_per_output_token_ms"] == pytest.approx(sum(sorted(samples)[4:6]) / 2e6)
    assert told["tokens_per_second"] == pytest.approx(2 * 10 / (sum(samples) / 1e9))
    assert told["end_to_end_ms"] > told["time_to_first_token_ms"] + told["time_per_output_token_ms"]


def test_prefill_takes_a_sample_per_prompt_and_counts_its_tokens(load):
    loaded = load(model(gpt2), "prefill", prompt_length=20)
    samples = loaded.measure(QUICK).latencies_ns
    told = loaded.metrics()
    assert (len(samples), loaded.items, told["prompt_length"], told["output_length"]) == (4, 40, 20, 1)
    assert told["tokens_per_second"] == pytest.approx(40 * 4 / (sum(samples) / 1e9))
    assert "time_per_output_token_ms" not in told


@pytest.mark.parametrize(("mode", "tokens"), [("prefill", 12), ("decode", 12 + 5)])
def test_the_caches_size_is_counted_in_its_tensors(load, mode, tokens):
    layers, keys_and_values, batch, heads, width, size = 2, 2, 2, 2, 8, 4
    loaded = load(model(llama), mode)
    loaded.measure(QUICK)
    expected = layers * keys_and_values * batch * heads * width * size * tokens / 1e6
    assert loaded.metrics()["kv_cache_mb"] == pytest.approx(expected)


def test_memory_is_read_of_the_last_step_whose_cache_is_the_fullest(load):
    loaded = load(model(gpt2), "decode")
    loaded.measure(QUICK)
    tokens = loaded._past.get_seq_length()
    loaded.run()
    assert (tokens, loaded._past.get_seq_length()) == (12 + 4, 12 + 5)
    assert loaded._token.tolist() == loaded._collected()[0][:, -1:].tolist()


@pytest.mark.parametrize("family", ["gpt2", "sliding", "whisper"])
def test_a_run_is_the_next_token_and_after_the_last_the_first_again(load, family):
    import numpy as np

    loaded = load(FAMILIES[family](), "decode")
    found = [loaded.run()["logits"] for _ in range(12)]
    assert found[0].shape == (2, 100)
    assert all(np.allclose(found[place], found[place + 5], atol=1e-5) for place in range(7))
    assert not np.allclose(found[0], found[1], atol=1e-5)


def test_a_prompt_that_is_no_axis_is_the_decoders(load):
    loaded = load(FAMILIES["whisper"](), "prefill", prompt_length=9)
    tokens = loaded._prompt.inputs["decoder_input_ids"]
    assert (tuple(tokens.shape), loaded.items) == ((2, 9), 18)
    assert tokens[:, 0].tolist() == [1, 1]
    assert loaded.difference().relative < 1e-5


def test_the_text_of_an_encoder_is_the_prompt_and_its_decoder_begins_with_the_start_token(load):
    loaded = load(FAMILIES["t5"](), "decode", prompt_length=30)
    assert loaded._prompt.length == loaded._prompt.inputs["input_ids"].shape[1] == 30
    assert loaded._prompt.inputs["decoder_input_ids"].tolist() == [[0], [0]]
    assert loaded.difference().relative < 1e-5


@pytest.mark.parametrize(
    ("made", "mode", "options", "cause", "reason"),
    [
        (lambda: model(gpt2), "decode", {"prompt_length": 27},
         "shape", "27 tokens of prompt and 6 of output are more than the 32 positions that gpt2 has (max_position_embeddings)"),
        (lambda: model(gpt2), "prefill", {"prompt_length": 33},
         "shape", "33 tokens of prompt are more than the 32 positions that gpt2 has (max_position_embeddings)"),
        (FAMILIES["whisper"], "decode", {"output_length": 21},
         "shape", "4 tokens of prompt and 21 of output are more than the 24 positions that whisper has (max_target_positions)"),
        (lambda: model(gpt2), "decode", {"output_length": 1},
         "shape", "an output of 1 is made by the prefill alone: decoding begins with the second token"),
        (lambda: model(gpt2, (replace(IDS, dims=("batch", 8)),), {}), "prefill", {"prompt_length": 4},
         "shape", "gpt2 has neither an axis sequence_length nor decoder_input_ids: its prompt has one length only"),
        (lambda: model(bert), "decode", {}, "model", "bert generates no text (its torch form is a BertModel)"),
        (lambda: model(gpt2, (replace(IDS, name="ids"),)), "prefill", {},
         "model", "gpt2 has no input input_ids: there is nothing to go on from"),
    ],
)  # fmt: skip
def test_what_a_model_cant_generate_is_unsupported_with_the_reason(load, made, mode, options, cause, reason):
    import torch

    before = torch.get_num_threads()
    with pytest.raises(Unsupported) as caught:
        load(made(), mode, **options)
    assert (caught.value.error_type, caught.value.reason) == (cause, reason)
    assert caught.value.suggested_fix
    assert torch.get_num_threads() == before


def test_a_form_without_a_transformers_model_is_unsupported():
    with pytest.raises(Unsupported, match=r"mine generates no text \(its torch form is a SimpleNamespace\)"):
        torch_prompt.generator(SimpleNamespace(), "mine")


def test_a_model_that_keeps_no_cache_is_unsupported(load):
    loaded = load(model(cacheless), "decode")
    with pytest.raises(Unsupported, match="GPT2LMHeadModel returned no past_key_values: it has no KV cache") as caught:
        loaded.run()
    assert (caught.value.error_type, bool(caught.value.suggested_fix)) == ("model", True)


def test_what_torch_cant_do_on_the_way_is_unsupported_too(load):
    loaded = load(model(gpt2), "decode")

    def fails():
        raise RuntimeError("BFloat16 is not supported on MPS")

    loaded._first = fails
    for asked in (loaded.difference, loaded.run, lambda: loaded.measure(QUICK)):
        with pytest.raises(Unsupported, match="BFloat16 is not supported"):
            asked()


def test_only_torch_generates_and_trains_and_only_eagerly():
    assert cpu.Cpu().modes("torch") == ("inference", "prefill", "decode", "training")
    assert {one.modes("torch") for one in (cuda.Cuda(), rocm.Rocm(), mps.Mps())} == {cpu.Cpu().modes("torch")}
    assert cuda.Cuda().modes("onnxruntime") == ("inference",)
    assert cpu.Cpu().modes("torch.compile") == cpu.Cpu().modes("onnxruntime") == ("inference",)


class Speaker:
    """A model that generates, on the fake torch's device: every call queues work there."""

    config = SimpleNamespace(is_encoder_decoder=False, get_text_config=lambda decoder: SimpleNamespace())

    def __init__(self, torch):
        self.torch = torch

    def can_generate(self):
        return True

    def forward(self, **inputs):
        """Its signature is looked at."""

    def __call__(self, **inputs):
        self.torch.queued += self.torch.BUSY
        return SimpleNamespace(logits=Logits(self.torch), past_key_values=SimpleNamespace())


class SpeakersForm:
    """Its torch form, of one weight."""

    def __init__(self, torch, hardware):
        self.model = Speaker(torch)
        device = SimpleNamespace(type=hardware)
        self.weight = SimpleNamespace(device=device, dtype="torch.float32", is_floating_point=lambda: True)

    def __deepcopy__(self, known):
        return self

    def to(self, **where):
        return self

    def modules(self):
        return [self]

    def parameters(self):
        return iter([self.weight])


class Logits:
    def __init__(self, torch):
        self.torch = torch

    def __getitem__(self, place):
        return self

    def argmax(self, axis):
        return self


@pytest.mark.parametrize(("hardware", "wait"), [("cuda", "synchronize(1)"), ("mps", "mps.synchronize")])
@pytest.mark.parametrize("mode", ["prefill", "decode"])
def test_every_prompt_and_every_token_is_waited_for(vendor_torch, hardware, wait, mode):
    torch = vendor_torch(cuda="13.0", mps=True)
    tokens = SimpleNamespace(shape=(1, 12), to=lambda **where: tokens, is_floating_point=lambda: False, dtype="int64")
    torch.from_numpy, torch.Tensor = lambda array: tokens, Logits
    made = SimpleNamespace(
        spec=SimpleNamespace(name="m", torch="here:form"),
        torch=lambda: SpeakersForm(torch, hardware),
        inputs=lambda *of: {"input_ids": None},
    )
    asked = replace(cell(model(gpt2), mode), hardware=hardware, device_index=1 if hardware == "cuda" else 0)
    loaded = torch_modes.on_gpu(made, asked, None) if hardware == "cuda" else mps.Mps().load(made, asked)
    torch.calls.clear()
    samples = loaded.measure(QUICK, clock=lambda: round(torch.clock * 1e9)).latencies_ns
    assert set(samples) == {round(torch.BUSY * 1e9)}  # only a wait lets the virtual clock pass over what is queued
    assert torch.calls.count(wait) == (len(samples) if mode == "prefill" else len(samples) + 1)
    assert loaded.metrics()["time_to_first_token_ms"] == pytest.approx(torch.BUSY * 1e3)
    if hardware == "cuda":
        assert loaded.conditions() == {"device_time_ms": torch.BUSY * 1e3}


def test_only_models_that_can_compute_the_last_logits_only():
    speaker = Speaker(None)
    assert torch_generation.last_only(speaker, 3) == {}
    speaker.forward = lambda input_ids, logits_to_keep=0: None
    assert torch_generation.last_only(speaker, 3) == {"logits_to_keep": 3}
