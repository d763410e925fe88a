"""Cells of generation, and of every mode, in a session: their rows, and that verifying takes no timing."""

import json
from importlib.util import find_spec

import pytest

pytest.importorskip("numpy")

QUICK = ["--bench-max-time=0", "--bench-warmup=0", "--bench-min-rounds=3"]

CONFTEST = '''
from pathlib import Path
import pluggy
from pytest_ipfs_bench.backend import Backend, Detection, Device, Difference, Effective, LoadedModel, State
from pytest_ipfs_bench.models import Input, Model, ModelSpec

hookimpl = pluggy.HookimplMarker("ipfs_bench")

def factory(spec):
    return Model(spec, Path(__file__))

class Speech(LoadedModel):
    """Right, unless its model is the wrong one; whoever times it leaves a trace."""
    def __init__(self, model, cell):
        self.effective = Effective("mouth", "tongue", "fp32")
        self.prompt = model.inputs(cell.batch, cell.lengths)["input_ids"].shape[1]
        self.cell, self.items = cell, cell.batch * (self.prompt if cell.mode == "prefill" else 1)
    def run(self):
        return {}
    def measure(self, plan):
        Path("timed").touch()
        return super().measure(plan)
    def difference(self):
        return Difference(0.5, 0.5) if self.cell.model == "wrong" else Difference(0.0, 0.0)
    def metrics(self):
        return {"prompt_length": self.prompt}

class Mouth(Backend):
    name, runtimes = "mouth", ("mute", "voice")
    def modes(self, runtime):
        return ("prefill", "decode", "training") if runtime == "voice" else ("inference",)
    def detect(self):
        return Detection(State.PRESENT, (Device(0, "mouth"),))
    def load(self, model, cell):
        return Speech(model, cell)

class Plugin:
    @hookimpl
    def register_models(self):
        ids = Input("input_ids", "int64", ("batch", "sequence_length"), "integers", 0, 9)
        for name in ("right", "wrong", "mute"):
            modes = ("inference",) if name == "mute" else ("prefill", "decode", "training")
            yield ModelSpec(name, name, "text", "tiny", "random", {"sequence_length": 7}, (ids,), (__file__,),
                            factory=factory, modes=modes)
    @hookimpl
    def register_backends(self):
        return [Mouth()]

def pytest_ipfs_bench_register(manager):
    manager.register(Plugin())
'''

GENERATION = """
import pytest
@pytest.mark.bench_cells("generation")
def test_generation(cell): cell.measure()
"""


@pytest.fixture
def speaks(session, rows):
    """speaks(test, *options): the result of a session over hardware that generates, and its rows of a table."""
    session.makeconftest(CONFTEST)

    def run(test, *options, hardware="mouth"):
        session.makepyfile(test)
        result = session.runpytest("--bench-db=b.duckdb", f"--hardware={hardware}", *QUICK, *options)
        return result, lambda table: rows(session.path / "b.duckdb", f"SELECT * FROM {table} ORDER BY created_at")

    return run


def test_an_item_is_a_token_and_the_length_is_the_prompts(speaks):
    result, table = speaks(GENERATION, "--bench-models=right", "--bench-batch-sizes=2")
    result.assert_outcomes(passed=2)
    prefill, decode = table("performance_results")
    assert (prefill["mode"], prefill["runtime"], prefill["sequence_length"]) == ("prefill", "voice", 7)
    assert prefill["throughput_items_per_second"] == pytest.approx(2 * 7 * 1000 / prefill["average_latency_ms"])
    assert decode["throughput_items_per_second"] == pytest.approx(2 * 1000 / decode["average_latency_ms"])
    assert json.loads(decode["metrics"])["prompt_length"] == 7
    assert json.loads(decode["params"]) == {
        "shape": {"sequence_length": 7, "output_length": 16}, "size": "tiny", "output_length": 16,
    }  # fmt: skip
    assert decode["test_case"].endswith("[right-mouth-voice-fp32-b2-s7-decode-n16]")


def test_verifying_asks_every_mode_whether_it_is_right_and_times_nothing(speaks, session):
    both = '"generation", "training"'
    result, table = speaks(
        GENERATION.replace('"generation"', both), "--bench-verify", "--bench-models=right,wrong", "-rf"
    )
    result.assert_outcomes(passed=3, failed=3)
    found = {(row["mode"], row["status"], row["is_compatible"]) for row in table("hardware_compatibility")}
    modes = ("prefill", "decode", "training")
    assert found == {(mode, *said) for mode in modes for said in (("compatible", True), ("wrong_output", False))}
    assert table("performance_results") == []
    assert not (session.path / "timed").exists()
    result.stdout.fnmatch_lines(["*wrong_output: the output is off by 0.5 of its largest value; 0.0001 is allowed*"])


def test_a_runtime_that_does_not_generate_says_so(speaks):
    result, table = speaks(GENERATION, "--bench-models=right", "--bench-runtime=mute", "-rs")
    result.assert_outcomes(skipped=2)
    assert [(row["status"], row["error_type"], row["error_message"]) for row in table("hardware_compatibility")] == [
        ("incompatible", "mode", "mute on mouth does inference only, not prefill"),
        ("incompatible", "mode", "mute on mouth does inference only, not decode"),
    ]


def test_a_test_over_cells_that_no_chosen_model_has_is_left_out_and_named(speaks):
    result, _ = speaks(f"{GENERATION}\ndef test_other(): pass\n", "--bench-models=mute")
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(
        ["ipfs-bench: left out: *::test_generation (no chosen model has such cells: --bench-models)"], consecutive=True
    )


REAL = """
import pluggy
from pytest_ipfs_bench.models import Input, Model, ModelSpec

hookimpl = pluggy.HookimplMarker("ipfs_bench")

def factory(spec):
    return Model(spec, None)

def form(spec):
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    class Form(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.model = GPT2LMHeadModel(GPT2Config(n_embd=32, n_layer=2, n_head=4, vocab_size=100, n_positions=32))
            self.eval()
        def forward(self, ids):
            return {"output": self.model(input_ids=ids).logits}

    form = Form()
    if spec.name == "forgets":
        right = form.model.forward
        def forward(past_key_values=None, **inputs):
            if past_key_values is not None:
                past_key_values.layers[0].values.zero_()
            return right(past_key_values=past_key_values, **inputs)
        form.model.forward = forward
    return form

class Plugin:
    @hookimpl
    def register_models(self):
        ids = Input("input_ids", "int64", ("batch", "sequence_length"), "integers", 0, 99)
        for name in ("mine", "forgets"):
            yield ModelSpec(name, name, "text", "tiny", "random", {"sequence_length": 8}, (ids,), (__file__,), threads=1,
                            factory=factory, torch=form, modes=("prefill", "decode"))

def pytest_ipfs_bench_register(manager):
    manager.register(Plugin())
"""


@pytest.fixture
def generates(session, speaks):
    """generates(*options): the shipped test over real models on the CPU, in torch."""
    if not (find_spec("torch") and find_spec("transformers")):  # importing here, where pytester forgets, breaks torch
        pytest.skip("torch and transformers are not installed")
    session.makeconftest(REAL)
    shipped = "from model_suites.test_generation import test_generation  # noqa: F401\n"
    return lambda *options: speaks(shipped, *options, hardware="cpu")


@pytest.mark.slow
def test_the_shipped_test_measures_prefill_and_decode(generates):
    result, table = generates("--bench-models=mine")
    result.assert_outcomes(passed=2)
    prefill, decode = table("performance_results")
    assert (prefill["mode"], prefill["runtime"], prefill["sequence_length"], prefill["rounds"]) == (
        "prefill",
        "torch",
        8,
        3,
    )
    assert (decode["mode"], decode["threads"], decode["rounds"]) == ("decode", 1, 15)
    told = json.loads(decode["metrics"])
    assert told["time_per_output_token_ms"] == decode["latency_p50_ms"]
    assert told["tokens_per_second"] == pytest.approx(decode["throughput_items_per_second"])
    assert told["kv_cache_mb"] == pytest.approx(2 * 2 * 32 * 4 * (8 + 15) / 1e6)
    assert told["time_to_first_token_ms"] > 0
    assert json.loads(prefill["metrics"])["time_to_first_token_ms"] == prefill["latency_p50_ms"]
    assert prefill["max_abs_error"] < 1e-5 > decode["max_abs_error"]
    assert prefill["provenance"] == decode["provenance"] == "measured"


@pytest.mark.slow
def test_a_wrong_cache_is_a_wrong_output_and_too_long_a_prompt_is_said(generates):
    result, table = generates("--bench-models=forgets,mine", "--bench-seq-lens=8,20", "--bench-verify", "-rs")
    result.assert_outcomes(passed=5, failed=1, skipped=2)
    found = {row["test_case"].partition("[")[2]: row for row in table("hardware_compatibility")}
    assert found["forgets-cpu-torch-fp32-b1-s8-decode-n16]"]["status"] == "wrong_output"
    long = found["mine-cpu-torch-fp32-b1-s20-decode-n16]"]
    assert (long["status"], long["error_type"]) == ("incompatible", "shape")
    assert table("performance_results") == []
    result.stdout.fnmatch_lines(
        ["*mine on cpu (torch): incompatible: 20 tokens of prompt and 16 of output are more than the 32 positions*"]
    )
