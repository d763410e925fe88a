"""Training in torch: a step is what it says, its phases are waited for, its losses and gradients are real."""

import math
from pathlib import Path

import pytest

from hardware_backends import cpu, torch_session, torch_step
from hardware_backends.torch_step import Recipe, Step, slope
from model_suites import specs
from pytest_ipfs_bench.backend import Unsupported
from pytest_ipfs_bench.measure import Plan
from pytest_ipfs_bench.models import load, onnx_model

TRAINEES = Path(__file__).parent / "trainees.py"
spec, cell, make = (load(f"{TRAINEES}:{name}") for name in ("spec", "cell", "make"))
SHORT = Plan(min_rounds=8, max_time=0, warmup=0)
real = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


@pytest.fixture
def train(torch):
    """train(model's spec, options): the model in training on this machine's CPU."""
    made = []

    def load(model=None, **options):
        made.append(cpu.Cpu().load(make(model or spec()), cell(**options)))
        return made[-1]

    yield load
    for one in made:
        one.close()


def test_its_losses_fall_and_are_told_with_the_recipe_and_the_size(train):
    loaded = train(optimizer="adam", learning_rate=0.05)
    loaded.run()
    loaded.measure(SHORT)
    told = loaded.training()
    assert (told["optimizer"], told["learning_rate"], told["gradient_accumulation"]) == ("adam", 0.05, 1)
    assert told["loss_last"] < told["loss_first"]
    assert told["loss_slope"] < 0
    assert (told["steps"], told["diverged"]) == (9, False)
    assert (told["parameters"], told["model_mb"]) == (8 * 8 + 8 + 8 * 4 + 4, 108 * 4 / 1e6)
    assert loaded.difference().relative == 0
    assert loaded.items == 2


def test_the_models_own_module_stays_as_it_is(torch):
    model = make(spec())
    before = [one.clone() for one in model.torch().parameters()]
    for _ in range(2):  # the second finds the same weights as the first
        loaded = cpu.Cpu().load(model, cell())
        loaded.measure(SHORT)
        first = loaded.training()["loss_first"]
        loaded.close()
    assert all(torch.equal(a, b) for a, b in zip(before, model.torch().parameters(), strict=True))
    assert not model.torch().training
    assert first == pytest.approx(loaded.training()["loss_first"])


class VirtualDevice:
    """A device that works on what it is given only while it is waited for: 5 ms forward, 7 back, 3 for the optimiser."""

    def __init__(self):
        self.now, self.queued, self.waits = 0, 0, 0

    def give(self, phase):
        self.queued += {"forward": 5, "backward": 7, "optimizer": 3}[phase] * 1_000_000

    def wait(self):
        self.now, self.queued, self.waits = self.now + self.queued, 0, self.waits + 1

    def clock(self):
        return self.now


def test_every_phase_is_waited_for_and_added_up_over_the_micro_batches(torch, monkeypatch):
    device = VirtualDevice()

    class Busy(torch.autograd.Function):
        @staticmethod
        def forward(context, x):
            device.give("forward")
            return x.clone()

        @staticmethod
        def backward(context, gradient):
            device.give("backward")
            return gradient

    class Sgd(torch.optim.SGD):
        def step(self, closure=None):
            device.give("optimizer")

    monkeypatch.setattr(torch_step, "optimizers", lambda: {"sgd": Sgd})

    class Layer(torch.nn.Linear):
        def forward(self, x):
            return {"output": Busy.apply(super().forward(x))}

    step = Step(
        Layer(8, 4),
        [([torch.ones(2, 8)], torch.ones(2, 4))] * 3,
        Recipe("sgd", gradient_accumulation=3),
        wait=device.wait,
        clock=device.clock,
    )
    step()
    step()
    assert step.latest(2) == {
        "forward": (15_000_000,) * 2,
        "backward": (21_000_000,) * 2,
        "optimizer": (3_000_000,) * 2,
    }
    assert step.latencies == [39_000_000] * 2
    assert device.waits == 2 * (3 + 3 + 1)


def test_phases_are_those_of_the_timed_steps_and_make_up_the_latency(train):
    samples = train(gradient_accumulation=2).measure(SHORT)
    assert {name: len(spent) for name, spent in samples.phases.items()} == dict.fromkeys(torch_step.PHASES, 8)
    for latency, *spent in zip(samples.latencies_ns, *samples.phases.values(), strict=True):
        assert 0 < sum(spent) <= latency


def gradient(torch, loaded):
    loaded._train.forget()
    loaded._train.gradients()
    return torch.cat([one.grad.flatten() for one in loaded._module.parameters()])


@pytest.mark.parametrize("task", ["image-classification", "feature-extraction"])
def test_micro_batches_have_the_gradient_of_one_batch_as_large_as_all(torch, train, task):
    small = train(spec(task), batch=2, gradient_accumulation=4)
    large = train(spec(task), batch=8, gradient_accumulation=1)
    assert small.items == large.items == 8
    assert torch.allclose(gradient(torch, small), gradient(torch, large), atol=1e-6)
    other = train(spec(task), batch=2, gradient_accumulation=1)
    assert not torch.allclose(gradient(torch, other), gradient(torch, large), atol=1e-3)


def test_the_loss_is_that_of_the_task(torch):
    output, classes = torch.tensor([[[2.0, 0.0], [0.0, 1.0]]]), torch.tensor([[0, 0]])
    expected = -(math.log(math.exp(2) / (math.exp(2) + 1)) + math.log(1 / (1 + math.e))) / 2
    assert float(torch_step.loss_of(output, classes)) == pytest.approx(expected)
    assert float(torch_step.loss_of(output, output + 2)) == 4


@pytest.mark.parametrize(("losses", "found"), [([3, 1, 2], -0.5), ([4.0, 4.0], 0), ([7.0], None), ([], None)])
def test_the_slope_is_that_of_the_line_of_least_squares(losses, found):
    assert slope(losses) == found


def test_a_loss_that_is_no_number_is_unknown_and_said():
    told = torch_step.columns(Recipe(), [2.0, math.nan], {})
    assert (told["loss_first"], told["loss_last"], told["loss_slope"], told["diverged"]) == (2.0, None, None, True)


@pytest.mark.parametrize(("mixed", "off"), [("bf16", 5e-2), ("fp16", 2e-2)])
def test_mixed_precision_is_read_back_from_what_the_layers_compute(train, mixed, off):
    loaded = train(mixed_precision=mixed)
    assert loaded.effective.precision == mixed
    assert torch_session.precision(loaded._module) == "fp32"
    assert 0 < loaded.difference().relative < off
    loaded.measure(SHORT)
    assert loaded.training()["mixed_precision"] == mixed


def test_an_autocast_that_does_nothing_is_no_mixed_precision(torch, monkeypatch):
    import contextlib

    monkeypatch.setattr(Recipe, "cast", lambda recipe, kind: contextlib.nullcontext())
    with pytest.raises(Unsupported, match="asked for mixed precision in bf16, its layers computed in fp32"):
        cpu.Cpu().load(make(spec()), cell(mixed_precision="bf16"))


@pytest.mark.parametrize(
    ("options", "error_type", "reason", "fix"),
    [
        ({"optimizer": "adamv"}, "optimizer", "torch.optim has no 'adamv' that a plain step can use", "adamw, asgd"),
        ({"optimizer": "muon"}, "optimizer", "muon: Muon only supports 2D parameters", "Take another one"),
        ({"learning_rate": -1.0}, "optimizer", "adamw: Invalid learning rate: -1.0", "Take another one"),
        ({"mixed_precision": "fp8"}, "dtype", "mixed precision 'fp8' is unknown", "Legal: none, bf16, fp16."),
        ({"gradient_accumulation": 0}, "option", "gradient_accumulation counts micro-batches: at least 1", ""),
        ({"precision": "int8"}, "dtype", "int8 weights have no gradients", "--bench-precisions=fp32"),
        (
            {"precision": "bf16", "mixed_precision": "bf16"},
            "dtype",
            "mixed precision keeps its weights in fp32, not bf16",
            "--bench-precisions=fp32",
        ),
    ],
)
def test_what_it_cant_train_with_is_refused_with_what_it_can(torch, options, error_type, reason, fix):
    if options.get("optimizer") == "muon" and not hasattr(torch.optim, "Muon"):
        pytest.skip("this torch has no Muon")
    before = torch.get_num_threads()
    with pytest.raises(Unsupported) as caught:
        cpu.Cpu().load(make(spec()), cell(**options))
    assert caught.value.error_type == error_type
    assert caught.value.reason.startswith(reason)
    assert fix in (caught.value.suggested_fix or "")
    assert torch.get_num_threads() == before


def without_weights(spec):
    import torch

    class Form(torch.nn.Module):
        def forward(self, x):
            return {"output": x}

    return Form()


def without_numbers(spec):
    import torch

    class Form(torch.nn.Linear):
        def forward(self, x):
            return {"output": super().forward(x).argmax(-1)}

    return Form(8, 4)


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        (without_weights, "trainee has no weights to train"),
        (without_numbers, "none of its outputs is of real numbers: there is nothing to train it by"),
    ],
)
def test_a_model_that_cant_be_trained_says_why(torch, form, reason):
    from dataclasses import replace

    model = make(replace(spec(), torch=f"{__file__}:{form.__name__}"))
    with pytest.raises(Unsupported, match=reason):
        cpu.Cpu().load(model, cell())


@real
@pytest.mark.slow
@pytest.mark.parametrize(
    "model", [one for one in specs() if one.size == "tiny" and "training" in one.modes], ids=lambda one: one.family
)
def test_a_shipped_model_can_be_trained(torch, model):
    from dataclasses import replace

    pytest.importorskip("transformers")
    asked = replace(cell(gradient_accumulation=2), model=model.name, shape=model.shape)
    loaded = cpu.Cpu().load(onnx_model(model), asked)
    loaded.measure(SHORT)
    assert loaded.training()["loss_last"] < loaded.training()["loss_first"]
    assert loaded.difference().relative < model.limit("fp32")
    loaded.close()
