"""How true the figures of generation are: our decode cell against a bare loop, and against transformers' own generate().

    python benchmarks/run.py generation

gpt2 at its real dimensions and the shipped tiny whisper, random weights, one thread. All three alternate in one process
and have to make the same tokens; beside them stands bare against bare: what the machine does to any two numbers.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

OUTPUT = 32
PAIRS = 10


def generation(_: Path, rounds: int) -> Iterator[str]:
    """Time per output token: ours, bare, and that of generate()."""
    import torch

    for spec in (gpt2_spec(), whisper_spec()):
        loaded = decoding(spec)
        with torch.inference_mode():
            yield from compared(spec.name, loaded, max(rounds, PAIRS))
        loaded.close()


def compared(name: str, loaded: Any, rounds: int) -> Iterator[str]:
    """Ratios of pairs that alternate."""
    from pytest_ipfs_bench.measure import Plan

    once = Plan(min_rounds=1, max_time=0.0, warmup=0.0)
    tokens = loaded._collected()[0].tolist()  # noqa: SLF001
    assert tokens == bare(loaded)[1].tolist() == generated(loaded, OUTPUT)[:, -OUTPUT:].tolist()
    ratios, same, theirs = [], [], []
    for _ in range(rounds):
        first = bare(loaded)[0]
        loaded.measure(once)
        ours, second = loaded.metrics()["time_per_output_token_ms"] / 1e3, bare(loaded)[0]
        ratios.append(ours / ((first + second) / 2))
        same.append(second / first)
        theirs.append(ours / per_token(loaded))
    named = f"{name} ({ours * 1e3:.2f} ms a token)"
    yield f"| {named}: tokens, ours = bare = generate() | {OUTPUT} of {OUTPUT} |"
    yield f"| {named}: time per output token, ours / bare | {spread(ratios)} |"
    yield f"| {named}: bare / bare | {spread(same)} |"
    yield f"| {named}: ours / generate() | {spread(theirs)} |"


def bare(loaded: Any) -> tuple[float, Any]:
    """The loop that anybody would write: s of the median step, and the tokens."""
    import torch

    model, prompt = loaded._call, loaded._prompt  # noqa: SLF001
    out = model(**prompt.inputs, use_cache=True)
    tokens, times = [out.logits[:, -1:].argmax(-1)], []
    told = {"attention_mask": prompt.inputs["attention_mask"]} if "attention_mask" in prompt.inputs else {}
    if model.config.is_encoder_decoder:
        told["encoder_outputs"] = (out.encoder_last_hidden_state,)
    for _ in range(OUTPUT - 1):
        if "attention_mask" in told:
            told["attention_mask"] = torch.nn.functional.pad(told["attention_mask"], (0, 1), value=1)
        start = time.perf_counter()
        out = model(**told, **{prompt.grows: tokens[-1]}, past_key_values=out.past_key_values, use_cache=True)
        tokens.append(out.logits[:, -1:].argmax(-1))
        times.append(time.perf_counter() - start)
    return statistics.median(times), torch.cat(tokens, 1)


def per_token(loaded: Any) -> float:
    """generate()'s time per token after the first, s: a long output less one of a single token."""
    long, short = timed(lambda: generated(loaded, OUTPUT)), timed(lambda: generated(loaded, 1))
    return (long - short) / (OUTPUT - 1)


def generated(loaded: Any, count: int) -> Any:
    """What transformers makes of the same prompt, greedily."""
    from transformers import GenerationMixin

    prompt = loaded._prompt.inputs  # noqa: SLF001
    return GenerationMixin.generate(  # whisper's own takes the sound apart
        loaded._call,  # noqa: SLF001
        **prompt, max_new_tokens=count, do_sample=False, use_cache=True, eos_token_id=None, pad_token_id=0,
    )  # fmt: skip


def timed(work: Callable[[], object]) -> float:
    """Its time, s."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def decoding(spec: Any) -> Any:
    """The model loaded for decode, on the CPU."""
    from hardware_backends.cpu import Cpu
    from pytest_ipfs_bench.cell import Cell
    from pytest_ipfs_bench.models import Model

    asked = {"output_length": OUTPUT}
    cell = Cell(spec.name, spec.size, "random", "cpu", 0, "torch", "fp32", "decode", 1, spec.shape, asked)
    return Cpu().load(Model(spec, Path(spec.files[0]) if spec.files else Path()), cell)


def gpt2_spec() -> Any:
    """GPT-2 of 124 M parameters, as its configuration has it."""
    from pytest_ipfs_bench.models import Input, ModelSpec

    names, shape = (("input_ids", "integers"), ("attention_mask", "ones")), {"sequence_length": 128}
    inputs = tuple(Input(name, "int64", ("batch", "sequence_length"), fill, 0, 50_000) for name, fill in names)
    return ModelSpec("gpt2", "gpt2", "text", "base", "random", shape, inputs, torch=f"{__file__}:gpt2", threads=1)


def whisper_spec() -> Any:
    """The shipped one."""
    from model_suites.audio import WHISPER_TINY

    return WHISPER_TINY


def gpt2(_: Any) -> Any:
    """Its torch form."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    form = torch.nn.Module()
    form.model = GPT2LMHeadModel(GPT2Config())
    return form.eval()


def spread(values: list[float]) -> str:
    """Median and range."""
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"
