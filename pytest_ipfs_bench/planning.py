"""Which cells are run: a choice of models, hardware and sweeps -> the plan."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_ipfs_bench.backend import Backend
from pytest_ipfs_bench.cell import INFERENCE, PRECISIONS, TRAINING, Cell, Option, Target
from pytest_ipfs_bench.errors import BenchError, Unfit, unknown
from pytest_ipfs_bench.models import PRETRAINED, ModelSpec

SIZES = ("tiny", "base", PRETRAINED)
SMOKE = "smoke"
ALL = "all"
AUDIO = "audio_seconds"
TORCH = "torch"  # the runtime of a model that has no ONNX form
# Options by the name of what they choose, for errors; priorities have none.
OPTIONS = {
    "models": "--bench-models",
    "size": "--bench-size",
    "hardware": "--hardware",
    "runtime": "--bench-runtime",
    "flags": "--bench-flags",
    "priorities": "priorities",
}
Variants = Iterator[tuple[str, Mapping[str, Option]]]


@dataclass(frozen=True)
class Training:
    """What is varied of training: every combination is a cell. mixed_precision: none, bf16 or fp16."""

    optimizers: tuple[str, ...] = ("adamw",)
    learning_rates: tuple[float, ...] = (1e-3,)
    gradient_accumulation: tuple[int, ...] = (1,)
    mixed_precision: tuple[str, ...] = ("none",)
    strategies: tuple[str, ...] = ("ddp",)
    world_sizes: tuple[int, ...] = (2,)


@dataclass(frozen=True)
class Generation:
    """What is varied of generation, in tokens; no prompt length = the model's own length."""

    prompt_lengths: tuple[int, ...] = ()
    output_lengths: tuple[int, ...] = (16,)


@dataclass(frozen=True)
class Choice:
    """Which cells were asked for. Empty means: the default of that axis.

    about: the models that a test is about, and no others are chosen for it. shapes: lengths by axis, for the models that
    have it. priorities: models, hardware or precisions, the first first. places: where a suite file or a test's marker says
    it, by the option's dest.
    """

    models: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    hardware: tuple[Target, ...] = (Target("cpu"),)
    every_hardware: bool = False
    runtimes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    precisions: tuple[str, ...] = ("fp32",)
    batch_sizes: tuple[int, ...] = (1,)
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    priorities: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    training: Training = Training()
    generation: Generation = Generation()

    def asked(self, option: str, value: object) -> str:
        """Who asked for a value, for an error: the place in a suite file or a test, else the option."""
        where = self.places.get(option)
        return f"{where}: {value}" if where else f"{OPTIONS[option]}={value}"

    @property
    def sweeps(self) -> bool:
        """Whether cells of several sizes were asked for, in contrast to one batch size and one length."""
        return any(len(sizes) > 1 for sizes in (self.batch_sizes, *self.shapes.values()))


def plan(
    choice: Choice, backends: Mapping[str, Backend], models: Mapping[str, ModelSpec], kind: str = INFERENCE
) -> list[Cell]:
    """The cells of a choice, what has priority first, then models outermost; kind: a name of KINDS.

    Raises BenchError for names that nobody knows, and then Unfit for those that don't fit together.
    """
    targets = [Target(name) for name in backends] if choice.every_hardware else choice.hardware
    for target in targets:
        if target.hardware not in backends:
            raise unknown(choice.asked("hardware", target), "hardware", target.hardware, [*backends, ALL])
    _check_names(choice, backends, models)
    chosen = select(choice, models)
    _check_fit(choice, [backends[target.hardware] for target in targets])
    cells = _cells(choice, targets, backends, chosen, kind)
    unique = {cell.id: cell for cell in cells}.values()  # what was named twice is run once
    return sorted(unique, key=lambda cell: rank(cell, models[cell.model], choice.priorities))


def rank(cell: Cell, spec: ModelSpec, priorities: Sequence[str]) -> tuple[bool, ...]:
    """Sorts cells: those of the first priority first, among them those of the second, and so on."""
    words = {spec.name, spec.family, *spec.tags, cell.hardware, cell.runtime, cell.precision}
    return tuple(word not in words for word in priorities)


def select(choice: Choice, models: Mapping[str, ModelSpec]) -> list[ModelSpec]:
    """The models of a choice: by name, family or set, then by size (each model's smallest if none is asked for).

    Of what a test is about those that are asked for, too; all of them where nobody asks for any.
    """
    names = choice.models or choice.about or (SMOKE,)
    read = list(_read_lists(choice, choice.models)) if choice.models else names
    about = {spec.name for name in choice.about for spec in _named(choice, "about", name, models)} or set(models)
    chosen = [spec for name in read for spec in _named(choice, "models", name, models) if spec.name in about]
    unique = list({spec.name: spec for spec in chosen}.values())
    if choice.sizes:
        return _of_sizes(choice, unique)
    smallest = {spec.family: min(SIZES.index(s.size) for s in unique if s.family == spec.family) for spec in unique}
    named = {*names, *choice.about}
    return [spec for spec in unique if SIZES.index(spec.size) == smallest[spec.family] or spec.name in named]


def _of_sizes(choice: Choice, chosen: Sequence[ModelSpec]) -> list[ModelSpec]:
    sized = [one for spec in chosen for one in _sized(spec, choice.sizes)]
    if chosen and not sized:
        have = ", ".join(f"{spec.name} ({spec.size})" for spec in chosen)
        raise Unfit(f"{choice.asked('size', ','.join(choice.sizes))}: no chosen model has that size. They are: {have}.")
    return sized


def _sized(spec: ModelSpec, sizes: tuple[str, ...]) -> Iterator[ModelSpec]:
    """A model in the sizes asked for: one of the hub's dimensions comes with the hub's weights, too."""
    if spec.size in sizes:
        yield spec
    if PRETRAINED in sizes and spec.hub and spec.size != PRETRAINED:
        yield spec.pretrained()


def _cells(
    choice: Choice,
    targets: Sequence[Target],
    backends: Mapping[str, Backend],
    models: Sequence[ModelSpec],
    kind: str,
) -> Iterator[Cell]:
    for spec, target in itertools.product(models, targets):
        backend = backends[target.hardware]
        shapes = [_heard(shape, backend, spec) for shape in _shapes(spec, choice.shapes)]
        for mode, options in KINDS[kind](choice, spec):
            chosen = {**options, "weights": PRETRAINED} if spec.size == PRETRAINED and spec.hub else options
            axes = (
                _runtimes(choice, backend, spec, mode),
                choice.precisions,
                choice.batch_sizes,
                shapes,
                _switches(choice, backend, spec),
            )
            for runtime, precision, batch, (shape, heard), switched in itertools.product(*axes):
                yield Cell(
                    spec.name, spec.size, spec.weights, target.hardware, target.index,
                    runtime, precision, mode, batch, shape, {**chosen, **heard, **switched},
                )  # fmt: skip


def _runtimes(choice: Choice, backend: Backend, spec: ModelSpec, mode: str) -> Sequence[str]:
    """Those asked for that a backend has; else its first that can do it (its first of all where none can: the cell says so).

    Torch, where a backend has it, comes first for a model that has no ONNX form.
    """
    if choice.runtimes:
        return [name for name in backend.runtimes if ALL in choice.runtimes or name in choice.runtimes]
    able = [name for name in backend.runtimes if mode in backend.modes(name)]
    return [TORCH] if spec.no_onnx and TORCH in able else [*able, *backend.runtimes][:1]


def _switches(choice: Choice, backend: Backend, spec: ModelSpec) -> list[Mapping[str, Option]]:
    """What a backend varies beyond a model's axes: the sample rate of recordings, and its flags."""
    rates = choice.shapes.get("sample_rate", ()) if backend.listens and AUDIO in spec.shape else ()
    recorded: list[Mapping[str, Option]] = [{"sample_rate": rate} for rate in rates]
    return [{**rate, **flag} for rate, flag in itertools.product(recorded or [{}], _flags(choice, backend))]


def _heard(
    shape: Mapping[str, int], backend: Backend, spec: ModelSpec
) -> tuple[Mapping[str, int], Mapping[str, Option]]:
    """Shape and options of a cell: a recording is filled up or cut to what a model always takes, where one listens."""
    limit, length = spec.limits.get(AUDIO), shape.get(AUDIO, 0)
    if not backend.listens or not isinstance(limit, tuple) or limit[0] != limit[1] or length in (0, limit[0]):
        return shape, {}
    return {**shape, AUDIO: limit[0]}, {"recording": length}


def _flags(choice: Choice, backend: Backend) -> list[Mapping[str, Option]]:
    """None, and each of those asked for that the backend has: a cell with one makes a pair with the cell without."""
    asked = [flag for flag in backend.flags if flag in choice.flags or ALL in choice.flags]
    return [{}, *({"flag": flag} for flag in asked)]


def _inference(choice: Choice, spec: ModelSpec) -> Variants:  # noqa: ARG001  a kind gets both
    yield INFERENCE, {}


def _generation(choice: Choice, spec: ModelSpec) -> Variants:
    asked = choice.generation
    prompts = [{"prompt_length": length} for length in asked.prompt_lengths] or [{}]
    for mode in ("prefill", "decode"):
        outputs = [{"output_length": length} for length in asked.output_lengths] if mode == "decode" else [{}]
        for prompt, output in itertools.product(prompts if mode in spec.modes else (), outputs):
            yield mode, {**prompt, **output}


def _training(choice: Choice, spec: ModelSpec) -> Variants:
    asked = choice.training
    axes = (asked.optimizers, asked.learning_rates, asked.gradient_accumulation, asked.mixed_precision)
    names = ("optimizer", "learning_rate", "gradient_accumulation", "mixed_precision")
    for values in itertools.product(*axes if TRAINING in spec.modes else ((),)):
        yield TRAINING, dict(zip(names, values, strict=True))


def _distributed(choice: Choice, spec: ModelSpec) -> Variants:
    ways = itertools.product(choice.training.strategies, choice.training.world_sizes)
    for (strategy, processes), (mode, options) in itertools.product(ways, list(_training(choice, spec))):
        yield mode, {**options, "strategy": strategy, "world_size": processes}


# What a test over cells asks for by its marker `bench_cells`: the modes of a model, each with what is chosen of it.
KINDS: Mapping[str, Callable[[Choice, ModelSpec], Variants]] = {
    INFERENCE: _inference,
    "generation": _generation,
    TRAINING: _training,
    "distributed": _distributed,
}


def _shapes(spec: ModelSpec, asked: Mapping[str, tuple[int, ...]]) -> list[dict[str, int]]:
    """Every combination of the lengths asked for, of the axes that the model has."""
    lengths = [asked.get(axis) or (usual,) for axis, usual in spec.shape.items()]
    return [dict(zip(spec.shape, each, strict=True)) for each in itertools.product(*lengths)]


def _named(choice: Choice, option: str, name: str, models: Mapping[str, ModelSpec]) -> list[ModelSpec]:
    found = [spec for spec in models.values() if name in (ALL, spec.name, spec.family) or name in spec.tags]
    if not found:
        raise unknown(choice.asked(option, name), "model", name, {*_names(models), ALL})
    return found


def _names(models: Mapping[str, ModelSpec]) -> set[str]:
    """Whatever a model can be called by: its name, its family, its tags."""
    return {name for spec in models.values() for name in (spec.name, spec.family, *spec.tags)}


def _read_lists(choice: Choice, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if not name.startswith("@"):
            yield name
            continue
        try:
            lines = Path(name[1:]).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BenchError(f"{choice.asked('models', name)}: the file can't be read ({error}).") from error
        yield from (line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _check_names(choice: Choice, backends: Mapping[str, Backend], models: Mapping[str, ModelSpec]) -> None:
    """Raises BenchError for a runtime, flag or priority that nobody knows."""
    runtimes = {name for backend in backends.values() for name in backend.runtimes}
    flags = {name for backend in backends.values() for name in backend.flags}
    for option, kind, names, legal in (
        ("runtime", "runtime", choice.runtimes, {ALL, *runtimes}),
        ("flags", "flag", choice.flags, {ALL, *flags}),
        ("priorities", "model, hardware or precision", choice.priorities, {*_names(models), *backends, *PRECISIONS}),
    ):
        for name in names:
            if name not in legal:
                raise unknown(choice.asked(option, name), kind, name, legal)


def _check_fit(choice: Choice, chosen: Sequence[Backend]) -> None:
    """Raises Unfit for a runtime or flag that none of the chosen hardware has."""
    for option, names, have in (
        ("runtime", choice.runtimes, {backend.name: backend.runtimes for backend in chosen}),
        ("flags", choice.flags, {backend.name: backend.flags for backend in chosen}),
    ):
        for name in names:
            if name != ALL and not any(name in each for each in have.values()):
                said = "; ".join(f"{hardware}: {', '.join(each) or 'none'}" for hardware, each in have.items())
                raise Unfit(f"{choice.asked(option, name)}: none of the chosen hardware has it ({said}).")
