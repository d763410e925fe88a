"""Text generation in torch by the model's own KV cache: prefill and decode apart. Imported in the runner only.

A generation is that of transformers' generate(), greedy: the forward pass over the prompt fills the cache and gives the
first token (prefill), one step follows for every further token (decode). Between two readings of the clock there is the
model's call, the choice of the next token (argmax) and the wait for the device.
"""

import inspect
import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hardware_backends.torch_prompt import SPEAKS, Prompt, generator, prompt
from hardware_backends.torch_session import TorchModel, form, typed
from pytest_ipfs_bench.backend import Difference, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.measure import Clock, Plan, Samples, uncollected, warm_up
from pytest_ipfs_bench.models import Model

MODES = ("prefill", "decode")
LAST = "logits_to_keep"


class Generation(TorchModel):
    """A model that generates. In prefill a run is the prompt's forward pass, in decode the step of one token."""

    _prompt: Any = None
    _past: Any = None
    _token: Any = None
    _begun: Any = None
    _reached = 0
    _further: list[dict[str, Any]]
    _encoded: dict[str, Any]
    _timed: list[tuple[int, list[int]]]
    _cache_mb: float | None = None

    def measure(self, plan: Plan, clock: Clock = time.perf_counter_ns) -> Samples:
        """Whole generations, until there are `min_rounds` samples and `max_time` s are over: a cache is slower when full."""
        import torch

        with torch.inference_mode(), uncollected():
            warmed = warm_up(self._step, plan, clock)
            self._timed = list(self._generations(plan, clock))
        samples = [one for first, steps in self._timed for one in (steps if self._further else [first])]
        return Samples(tuple(samples), warmed)

    def difference(self) -> Difference:
        """The logits of every token against those of one forward pass in fp32 without a cache, over the same tokens."""
        import torch

        with torch.inference_mode():
            try:
                tokens, found = self._collected()
                right = self._uncached(tokens)
            except Exception as error:
                raise typed(error) from error
            off = [(right[:, place] - logits.cpu().double()).abs().max() for place, logits in enumerate(found)]
            worst, scale = float(torch.stack(off).max()), float(right.abs().max())
        if not math.isfinite(worst):
            return Difference(math.inf, math.inf)
        return Difference(worst, worst / scale if scale else worst)

    def metrics(self) -> Mapping[str, Any]:
        """What is asked of generation, in ms, tokens and MB (10^6 bytes)."""
        firsts, steps = [one for one, _ in self._timed], [one for _, several in self._timed for one in several]
        told = {
            "prompt_length": self._prompt.length,
            "output_length": len(self._further) + 1,
            "tokens_per_second": (self.items or 0) / (statistics.fmean(steps or firsts) / 1e9),
            "time_to_first_token_ms": statistics.median(firsts) / 1e6,
            "kv_cache_mb": self._cache_mb,
        }
        if not steps:
            return told
        whole = statistics.median(first + sum(several) for first, several in self._timed)
        return {**told, "time_per_output_token_ms": statistics.median(steps) / 1e6, "end_to_end_ms": whole / 1e6}

    def close(self) -> None:
        """Drops the cache and the prompt, then the module."""
        self._prompt = self._past = self._token = self._begun = None
        self._further, self._encoded = [], {}
        super().close()

    def _prepare(self, model: Model, cell: Cell, device: str) -> str:
        self._asked = model, cell
        self._call = generator(self._module, model.spec.name)
        self._prompt = prompt(model, cell, self._module, device)
        self._inputs = list(self._prompt.inputs.values())
        self._first_only = last_only(self._call, 1)
        self._further = _masks(self._prompt, cell.lengths["output_length"] - 1 if cell.mode == "decode" else 0)
        self.items = cell.batch * (1 if cell.mode == "decode" else self._prompt.length)
        return "eager"

    def _launch(self) -> Any:
        """The prompt's forward pass, or the next token's: the first after the prompt once the output is complete."""
        if not self._further:
            return self._first()
        if self._past is None or self._reached == len(self._further):
            self._rewind()
        return self._next()

    def _first(self) -> dict[str, Any]:
        self._past = None  # the last one's, before there is another
        out = self._call(**self._prompt.inputs, **self._first_only, use_cache=True)
        self._past = getattr(out, "past_key_values", None)
        if self._past is None:
            said = f"{type(self._call).__name__} returned no past_key_values: it has no KV cache"
            raise Unsupported("model", said, SPEAKS)
        encoded = getattr(out, "encoder_last_hidden_state", None)
        self._encoded = {} if encoded is None else {"encoder_outputs": (encoded,)}
        self._token = self._begun = out.logits[:, -1:].argmax(-1)
        self._reached = 0
        return {"logits": out.logits[:, -1]}

    def _next(self) -> dict[str, Any]:
        inputs = self._further[self._reached]
        inputs[self._prompt.grows] = self._token
        out = self._call(**inputs, **self._encoded, past_key_values=self._past, use_cache=True)
        self._past = out.past_key_values
        self._token = out.logits[:, -1:].argmax(-1)
        self._reached += 1
        return {"logits": out.logits[:, -1]}

    def _rewind(self) -> None:
        """Back to the prompt: what was generated is cut off the cache, or the prompt runs again where it can't be cut."""
        if not self._cut(self._reached):
            self._first()
        self._token, self._reached = self._begun, 0

    def _last_again(self) -> None:
        """Back by one step: the run of which peak memory is read is then the last one, whose cache is the fullest."""
        if self._further and self._cut(1):
            self._reached -= 1
            self._token = self._further[self._reached][self._prompt.grows]

    def _cut(self, count: int) -> bool:
        """Whether the cache let its last tokens be cut off. One that slides doesn't, and is of no use then."""
        try:
            self._past.crop(-count)
        except (AttributeError, NotImplementedError, RuntimeError, TypeError, ValueError):
            self._past = None
        return self._past is not None

    def _generations(self, plan: Plan, clock: Clock) -> Iterator[tuple[int, list[int]]]:
        """The time of the prompt and of every step, ns, generation by generation."""
        count, deadline = 0, clock() + int(plan.max_time * 1e9)
        while True:
            self._past = None  # given back before the clock is read
            yield self._clocked(self._first, clock), [self._clocked(self._next, clock) for _ in self._further]
            count += len(self._further) or 1
            if count >= plan.min_rounds and clock() >= deadline:
                self._cache_mb = megabytes(self._past)
                self._last_again()
                return

    def _clocked(self, work: Callable[[], object], clock: Clock) -> int:
        try:
            start = clock()
            work()
            self.wait()
            stop = clock()
        except Exception as error:
            raise typed(error) from error
        return stop - start

    def _collected(self) -> tuple[Any, list[Any]]:
        """The tokens of one generation (batch x output), and the logits that each was chosen from."""
        import torch

        logits, tokens = [self._first()["logits"]], [self._token]
        for _ in self._further:
            logits.append(self._next()["logits"])
            tokens.append(self._token)
        self.wait()
        return torch.cat(tokens, 1), logits

    def _uncached(self, tokens: Any) -> Any:
        """Logits of the same tokens, from the model's own module: fp32, on the CPU, all in one pass."""
        model, cell = self._asked
        module, count = form(model), tokens.shape[1]
        inputs = prompt(model, cell, module, "cpu").longer(tokens[:, :-1].cpu())
        call = generator(module, model.spec.name)
        return call(**inputs, **last_only(call, count), use_cache=False).logits[:, -count:].double()


def last_only(call: Any, count: int) -> dict[str, int]:
    """Has a model compute the logits of its last tokens only, as generate() does, where it can."""
    return {LAST: count} if LAST in inspect.signature(call.forward).parameters else {}


def megabytes(cache: Any) -> float:
    """What the tensors of a cache hold, MB (10^6 bytes), whatever its kind."""
    import torch

    found, waiting, seen = 0, [cache], set()
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, type):
            continue
        seen.add(id(part))
        if isinstance(part, torch.Tensor):
            found += part.numel() * part.element_size()
        elif isinstance(part, (list, tuple)):
            waiting += part
        elif isinstance(part, dict) or hasattr(part, "__dict__"):
            waiting += (part if isinstance(part, dict) else vars(part)).values()
    return found / 1e6


def _masks(made: Prompt, count: int) -> list[dict[str, Any]]:
    """What each step is given beside its token: views of one mask, made before the clock runs."""
    full = made.covering(count)
    return [
        {**made.kept(), **{name: mask[:, : mask.shape[1] - count + step + 1] for name, mask in full.items()}}
        for step in range(count)
    ]
