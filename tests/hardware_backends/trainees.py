"""Small models of the tests' own that can be trained, by address: the runner and its ranks make them, too.

Which one is its spec's business (`dimensions`): one that a rank dies of, one that it hangs in, one that needs memory.
"""

import os
import signal
import time
from pathlib import Path

from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Input, Model, ModelSpec

WIDTH, CLASSES = 8, 4


def spec(task="image-classification", **dimensions):
    return ModelSpec(
        name="trainee",
        family="trainee",
        modality="vision",
        size="tiny",
        weights="random",
        inputs=(Input("x", "float32", ("batch", WIDTH)),),
        factory=f"{__file__}:make",
        torch=f"{__file__}:form",
        threads=1,
        modes=("inference", "training"),
        task=task,
        dimensions=dimensions,
    )


def cell(precision="fp32", batch=2, **options):
    return Cell("trainee", "tiny", "random", "cpu", 0, "torch", precision, "training", batch, {}, options)


def make(spec):
    return Model(spec, Path("there is none"))


def form(spec):
    import torch

    torch.manual_seed(0)

    class Form(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = torch.nn.ModuleList([torch.nn.Linear(WIDTH, WIDTH), torch.nn.Linear(WIDTH, CLASSES)])
            self.unused = torch.nn.Linear(2, 2) if spec.dimensions.get("unused") else None
            self.calls = 0
            self.eval()

        def forward(self, x):
            self.calls += 1
            misbehave(spec.dimensions, self.calls, len(x))
            return {"number": 3, "output": self.layers[1](torch.relu(self.layers[0](x)))}

    return Form()


def misbehave(dimensions, calls, batch):
    """What a rank (of that number) does in its forward pass of that number; how much memory a batch needs."""
    if "memory" in dimensions:
        import torch

        torch.empty(dimensions["memory"] ** batch)
    if os.environ.get("RANK") != str(dimensions.get("rank", "")) or calls < dimensions["call"]:
        return
    {
        "dies": lambda: os.kill(os.getpid(), signal.SIGKILL),
        "hangs": lambda: time.sleep(600),
        "stops": lambda: os.kill(os.getpid(), signal.SIGSTOP),
        "raises": lambda: 1 / 0,
    }[dimensions["way"]]()
