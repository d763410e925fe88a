"""A model on some hardware, in this very process: what generated skills stand on (docs/templates.md).

Tests measure in processes of their own, which may crash or hang; a skill is for programs that want a model's outputs.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

from pytest_ipfs_bench import models, planning, reference, settings
from pytest_ipfs_bench.backend import UNVERIFIED, Effective, LoadedModel
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.errors import BenchError, Unsupported
from pytest_ipfs_bench.registry import Registry

if TYPE_CHECKING:
    import numpy as np

    Arrays = Mapping[str, np.ndarray[Any, Any]]

RIGHT, WRONG, NOT_HERE = 0, 1, 2  # exit statuses of a self-test


@dataclass(frozen=True)
class Check:
    """How far outputs are from right, max|a-b| / max|a|, how far they may be, and whether it ran where it was asked to.

    right is None where the runtime gives no proof of where it ran.
    """

    off: float
    limit: float
    effective: Effective
    asked: str

    @property
    def right(self) -> bool | None:
        """Whether output and place are right."""
        if self.off > self.limit or self.effective.device not in (self.asked, UNVERIFIED):
            return False
        return None if self.effective.device == UNVERIFIED else True


class Skill:
    """A model that can be loaded on any registered hardware.

    model: its name, or another that is given; hardware: what the skill was generated for, the first first.
    """

    model: ClassVar[str]
    hardware: ClassVar[Sequence[str]] = ("cpu",)

    def __init__(self, model: str | None = None) -> None:
        self.name = model or self.model
        self._loaded: LoadedModel | None = None
        self._made: tuple[models.Model, Cell] | None = None
        self._given = False

    def load(
        self,
        hardware: str = "cpu",
        *,
        runtime: str | None = None,
        precision: str = "fp32",
        batch: int = 1,
        inputs: "Arrays | None" = None,
    ) -> Self:
        """Loads it on hardware (`cuda`, `cuda:1`); inputs of one's own by name, else the model's seeded ones.

        Raises Unsupported with the backend's reason where that can't be, BenchError for names that nobody knows.
        """
        self.close()
        registry = Registry.load()
        spec = registry.models().get(self.name)
        if spec is None:
            raise BenchError(f"no model is called {self.name!r}.\nSee: ipfs-bench models")
        shape = {axis: (length,) for axis, length in _shape(spec, inputs).items()} if inputs else {}
        batch = len(next(iter(inputs.values()))) if inputs else batch
        choice = planning.Choice(
            models=(self.name,), sizes=(spec.size,), hardware=(settings.target(hardware),), precisions=(precision,),
            batch_sizes=(batch,), runtimes=(runtime,) if runtime else (), shapes=shape,
        )  # fmt: skip
        (cell,) = planning.plan(choice, registry.backends(), {self.name: spec})
        backend = registry.backends()[cell.hardware]
        found = backend.detect()
        if found.device(cell.device_index) is None:
            raise Unsupported(found.state.value, f"{cell.target}: {found.reason or 'no such device'}", found.hint)
        backend.prepare(cell)
        model: models.Model = models.load(spec.factory)(spec)
        model = model.given(inputs, cell.batch, cell.shape) if inputs else model
        self._loaded, self._made, self._given = backend.load(model, cell), (model, cell), inputs is not None
        return self

    @property
    def effective(self) -> Effective:
        """Where and how it really runs."""
        return self._running().effective

    def run(self) -> "Arrays":
        """One inference: outputs by name."""
        return self._running().run()

    def check(self) -> Check:
        """Runs it, and compares the output with the reference. Raises BenchError for inputs of one's own: they have none."""
        loaded = self._running()
        assert self._made is not None
        model, cell = self._made
        if self._given:
            raise BenchError("Inputs of one's own have no reference.\nLoad without inputs to check.")
        off = reference.difference(reference.outputs(model, cell.batch, cell.shape), loaded.run()).relative
        return Check(off, model.spec.limit(loaded.effective.precision), loaded.effective, cell.hardware)

    def close(self) -> None:
        """Gives the device back what it holds."""
        if self._loaded is not None:
            self._loaded.close()
            self._loaded = None

    def _running(self) -> LoadedModel:
        if self._loaded is None:
            raise BenchError(f"{self.name} is not loaded.\nCall load() first.")
        return self._loaded

    def __enter__(self) -> Self:
        """Itself, loaded on the first of its hardware unless it is already."""
        return self if self._loaded else self.load(self.hardware[0])

    def __exit__(self, *_: object) -> None:
        """Closes it."""
        self.close()


def self_test(kind: type[Skill], words: Sequence[str] | None = None) -> NoReturn:
    """The command line of a skill: loads it, runs it, compares. Exit status 0: right, 1: not, 2: it can't be here."""
    parser = argparse.ArgumentParser(description=kind.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hardware", default=kind.hardware[0], help=f"default: {kind.hardware[0]}")
    parser.add_argument("--model", help=f"default: {kind.model}")
    parser.add_argument("--runtime")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--batch", type=_positive, default=1)
    asked = parser.parse_args(words)
    skill = kind(asked.model)
    try:
        with skill.load(asked.hardware, runtime=asked.runtime, precision=asked.precision, batch=asked.batch):
            found = skill.check()
    except (Unsupported, ImportError) as error:
        fix = getattr(error, "suggested_fix", None)
        _end(f"{skill.name} can't run on {asked.hardware}: {error}{f'{chr(10)}{fix}' if fix else ''}", NOT_HERE)
    except BenchError as error:
        _end(str(error), NOT_HERE)
    words_ = {True: "right", False: "WRONG", None: "right, but nothing proves where it ran"}[found.right]
    ran = f"{found.effective.device}, {found.effective.provider}, {found.effective.precision}"
    _end(f"{skill.name} on {asked.hardware} ({ran}): {words_}; off by {found.off:.2g}, allowed {found.limit:g}",
         WRONG if found.right is False else RIGHT)  # fmt: skip


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def _end(said: str, status: int) -> NoReturn:
    print(said, file=sys.stdout if status == RIGHT else sys.stderr)
    sys.exit(status)


def _shape(spec: models.ModelSpec, inputs: "Arrays") -> dict[str, int]:
    """The lengths of axes that arrays have. Raises BenchError for names or ranks that are not the model's."""
    declared = {one.name: one for one in spec.inputs}
    if set(inputs) != set(declared):
        raise BenchError(f"{spec.name}: its inputs are {', '.join(declared)}; given are {', '.join(inputs)}.")
    shape = dict(spec.shape)
    for name, array in inputs.items():
        dims = declared[name].dims
        if len(dims) != array.ndim:
            raise BenchError(f"{spec.name}: {name} has {len(dims)} dimensions ({dims}); given are {array.ndim}.")
        for dim, length in zip(dims, array.shape, strict=True):
            axis, factor = dim if isinstance(dim, tuple) else (dim, 1)
            if axis in shape:
                shape[str(axis)] = length // factor
    return shape
