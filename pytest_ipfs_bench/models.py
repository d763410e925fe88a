"""The contract of a model: what is declared about it (cheap, in the session) and what it is (in the runner).

A ModelSpec is data. Its `factory` is a name, `module:function` or `path/file.py:function`: the runner imports it, calls
it with the spec and gets a Model. The default factory takes the ONNX file `files[0]` and the spec's `inputs`; a model that
has a torch form and no file is exported at the first use of its file, and the file is kept.
"""

import hashlib
import importlib
import importlib.machinery
import importlib.util
import inspect
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pytest_ipfs_bench import context, exports
from pytest_ipfs_bench.errors import BenchError, Unsupported
from pytest_ipfs_bench.progress import Tell

if TYPE_CHECKING:
    import numpy as np

Dim = int | str | tuple[str, int]
Fill = Literal["normal", "integers", "ones"]
Limit = int | tuple[int, int]
SEED = 20_261_122
PRETRAINED = "pretrained"
DEFAULT_FACTORY = "pytest_ipfs_bench.models:onnx_model"
# Distributions whose versions change what is built from a config and a seed, and its export.
BUILDERS = ("torch", "transformers", "onnxscript")

# The starting limits of max|a-b| / max|a| against the fp32 reference, by precision.
MAX_ERROR = {"fp32": 1e-4, "fp16": 2e-2, "bf16": 5e-2, "int8": 1e-1}


@dataclass(frozen=True)
class Input:
    """One input of a model. A dim is a number, "batch", an axis of the shape, or (axis, factor).

    fill: integers are from low on and below high. marks: (value, start, stop), what stands from start to stop of the last
    dim whatever was filled in, as the tokens of an image in a prompt.
    """

    name: str
    dtype: str
    dims: tuple[Dim, ...]
    fill: Fill = "normal"
    low: int = 0
    high: int = 2
    marks: tuple[int, int, int] | None = None

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """An input that went through JSON, which knows no tuples."""
        dims = tuple(tuple(dim) if isinstance(dim, list) else dim for dim in told["dims"])
        return cls(**{**told, "dims": dims, "marks": tuple(told["marks"]) if told["marks"] else None})


@dataclass(frozen=True)
class ModelSpec:
    """One architecture of one size, declared.

    name is the model's name in the database; size is tiny, base or pretrained; weights random or pretrained; shape holds
    the default of each axis that can be swept (sequence_length, image_size in px, audio_seconds), limits what it takes of
    an axis or of an option of a mode: the longest, or (shortest, longest); files are what defines the model's content;
    torch is the address of a function that takes the spec and returns the same model as a torch module (`Model.torch` says
    how it is called); threads how many the CPU gets (None = the runtime's choice);
    modes what can be asked of it (inference, prefill, decode, training); task what its output is for, in the hub's words
    (image-classification, text-generation ...); hub its id there; dimensions what its architecture is built with; no_onnx why
    it can't be exported to ONNX; max_error wider limits of its own with the measured figure beside them.
    """

    name: str
    family: str
    modality: str
    size: str
    weights: str
    shape: Mapping[str, int] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    files: tuple[str, ...] = ()
    factory: str = DEFAULT_FACTORY
    reference: str | None = None
    torch: str | None = None
    source: str | None = None
    version: str | None = None
    parameters_million: float | None = None
    threads: int | None = None
    modes: tuple[str, ...] = ("inference",)
    task: str | None = None
    hub: str | None = None
    dimensions: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    no_onnx: str | None = None
    max_error: Mapping[str, float] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    needs: str | None = None

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """A spec that went through JSON, which knows no tuples."""
        inputs = tuple(Input.read(one) for one in told["inputs"])
        limits = {axis: tuple(one) if isinstance(one, list) else one for axis, one in told["limits"].items()}
        tuples = {name: tuple(told[name]) for name in ("files", "modes", "tags")}
        return cls(**{**told, "inputs": inputs, "limits": limits, **tuples})

    def content(self) -> str:
        """SHA-256 of what defines the model: its files; without any, what it is built from. Raises OSError."""
        digest = hashlib.sha256()
        for file in self.files or self._sources():
            digest.update(Path(file).read_bytes())
        if self.torch and not self.files:
            versions = (
                () if self.reference else map(context.version_of, BUILDERS)
            )  # what is shipped is held against that
            built = [self.dimensions, self.hub, self.weights, self.version, SEED, *versions]
            digest.update(json.dumps(built, sort_keys=True).encode())
        return digest.hexdigest()

    def _sources(self) -> tuple[str, ...]:
        """The files of the functions that make it, unless it is declared by its dimensions."""
        ours = () if self.torch and self.factory == DEFAULT_FACTORY else (self.factory,)
        forms = (self.torch,) if self.torch and not self.dimensions else ()
        return tuple(_source(address) for address in (*ours, *forms))

    def beyond(self, lengths: Mapping[str, Any]) -> str | None:
        """Which of these lengths (by axis or option) the model does not take, in words; None if it takes them all."""
        for axis, limit in self.limits.items():
            least, most = (1, limit) if isinstance(limit, int) else limit
            if axis in lengths and not least <= lengths[axis] <= most:
                takes = f"{most} only" if least == most else f"{least} to {most}"
                return f"{axis} {lengths[axis]} is asked for; {self.name} takes {takes}"
        return None

    def pretrained(self) -> Self:
        """The same with the hub's weights: in its local cache or not, they are what is asked for."""
        return replace(self, size=PRETRAINED, weights=PRETRAINED)

    def limit(self, precision: str) -> float:
        """The largest max|a-b| / max|a| at which an output of that precision counts as right."""
        return self.max_error.get(precision, MAX_ERROR.get(precision, MAX_ERROR["fp32"]))


@dataclass(frozen=True)
class Model:
    """What a factory makes in the runner: the model's forms, and inputs for any batch and shape. file: its ONNX file."""

    spec: ModelSpec
    file: Path | None = None
    _exported: list[Path] = field(default_factory=list, compare=False, repr=False)
    _made: "dict[str, dict[str, np.ndarray[Any, Any]]]" = field(default_factory=dict, compare=False, repr=False)
    _torch: list[Any] = field(default_factory=list, compare=False, repr=False)

    def inputs(self, batch: int, shape: Mapping[str, int]) -> "dict[str, np.ndarray[Any, Any]]":
        """Seeded inputs by name, made once. Sample i is the same in every batch: outputs of batches can be compared.

        Raises Unsupported for a shape that the model can't have.
        """
        import numpy as np

        beyond = self.spec.beyond(shape)
        if beyond:
            raise Unsupported("shape", beyond, "Choose lengths that it has, or another model.")
        asked = _asked(batch, shape)
        if asked not in self._made:
            samples = [_sample(self.spec.inputs, shape, number) for number in range(batch)]
            self._made[asked] = {one.name: np.stack([each[one.name] for each in samples]) for one in self.spec.inputs}
        return self._made[asked]

    def given(self, inputs: "Mapping[str, np.ndarray[Any, Any]]", batch: int, shape: Mapping[str, int]) -> Self:
        """The same model with these inputs for this batch and shape."""
        return replace(self, _made={_asked(batch, shape): dict(inputs)})

    @property
    def onnx(self) -> Path:
        """The ONNX file, exported where there is none. Raises what `export` raises."""
        return self.export()

    def export(self, tell: Tell = str) -> Path:
        """The ONNX file; where there is none, it is exported from the torch form, in a process of its own, and kept.

        tell is told how far it is. Raises Unsupported where that can't be, BenchError where it went wrong.
        """
        if self.file is not None:
            return self.file
        if self.spec.no_onnx:
            reason = f"{self.spec.name} has no ONNX file: {self.spec.no_onnx}"
            raise Unsupported(exports.EXPORT, reason, "Use its torch form: --bench-runtime=torch.")
        if not self._exported:
            self._exported.append(exports.onnx(self.spec.name, self.spec.content(), asdict(self.spec), tell))
        return self._exported[0]

    @property
    def has_onnx(self) -> bool:
        """Whether its ONNX file is at hand: nothing has to be made for it."""
        return self.file is not None or bool(self._exported)

    @property
    def reference(self) -> Path | None:
        """The outputs that are shipped with it, or were made with its ONNX file."""
        if self.spec.reference is not None:
            return Path(self.spec.reference)
        return self._exported[0].with_name(exports.REFERENCE) if self._exported else None

    def content(self) -> str:
        """SHA-256 of the ONNX file, or of what the model is built from where the file is made of it."""
        return hashlib.sha256(self.file.read_bytes()).hexdigest() if self.file else self.spec.content()

    def torch(self) -> Any:
        """This model as a torch module on the CPU, in fp32 and eval mode, made once: who changes it works on a copy.

        It takes the inputs in their declared order and returns a mapping of outputs, named like those of the ONNX file.
        Raises BenchError for a model that has no torch form.
        """
        if self.spec.torch is None:
            raise BenchError(f"{self.spec.name} has no torch form (torch=).")
        if not self._torch:
            self._torch.append(load(self.spec.torch)(self.spec))
        return self._torch[0]


def onnx_model(spec: ModelSpec) -> Model:
    """The default factory. Raises BenchError where the spec names neither file nor torch form, or a file is not there."""
    if not spec.files and spec.torch:
        return Model(spec)
    if not spec.files:
        raise BenchError(
            f"{spec.name} names neither an ONNX file (files=), nor a torch form (torch=), nor a factory (factory=)."
        )
    path = Path(spec.files[0])
    if not path.is_file():
        raise BenchError(f"{spec.name}: {path} is not there.{f' {spec.needs}' if spec.needs else ''}")
    return Model(spec, path)


def address(function: str | Callable[..., Any] | type) -> str:
    """The name by which the runner finds a function or class: `module:name`, else `/path/file.py:name`.

    Raises BenchError for what has no such name: a closure, a lambda, something typed into a prompt.
    """
    if isinstance(function, str):
        return _resolved(function)
    name, module = getattr(function, "__qualname__", ""), getattr(function, "__module__", "")
    hint = (
        "Define it at the top level of a module or conftest.py: the runner, a process of its own, imports it by name."
    )
    if not name or "<" in name:
        raise BenchError(f"{function!r} can't reach the runner: it is a closure or a lambda.\n{hint}")
    try:
        file = inspect.getsourcefile(function)
    except TypeError:
        file = None
    if file is None:
        raise BenchError(f"{function!r} can't reach the runner: it has no source file.\n{hint}")
    return f"{module}:{name}" if _importable(module, file) else f"{Path(file).resolve()}:{name}"


def load(address: str) -> Any:
    """What lies at an address. Raises BenchError naming it where it can't be imported or is not there."""
    place, _, name = address.rpartition(":")
    try:
        found: Any = _module(place)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, OSError, SyntaxError) as error:
        raise BenchError(f"{address!r} can't be loaded: {type(error).__name__}: {error}") from error
    return found


def _resolved(text: str) -> str:
    place, separator, name = text.rpartition(":")
    if not separator or not name or not place:
        raise BenchError(f"{text!r} is no address of a function: write module:function or path/file.py:function.")
    return f"{Path(place).resolve()}:{name}" if place.endswith(".py") else text


def _importable(module: str, file: str) -> bool:
    """Whether a fresh interpreter with our sys.path would find this module in this file.

    Never a conftest of a folder: pytest puts other folders with one before it as it meets them.
    """
    found = _origin(module) if module != "conftest" else None
    return found is not None and Path(found).resolve() == Path(file).resolve()


def _origin(module: str) -> str | None:
    """The file in which a fresh interpreter with our sys.path would find a module. Imports nothing."""
    path: Sequence[str] | None = sys.path
    spec = None
    for depth in range(module.count(".") + 1):
        spec = importlib.machinery.PathFinder.find_spec(".".join(module.split(".")[: depth + 1]), path)
        if spec is None:
            return None
        path = spec.submodule_search_locations
    return spec.origin if spec else None


def _source(address: str) -> str:
    """The file that holds what lies at an address. Raises FileNotFoundError."""
    place = address.rpartition(":")[0]
    found = place if place.endswith(".py") else _origin(place)
    if found is None:
        raise FileNotFoundError(f"{address!r}: no such module")
    return found


def _module(place: str) -> Any:
    if not place.endswith(".py"):
        return importlib.import_module(place)
    name = f"ipfs_bench_{hashlib.sha256(place.encode()).hexdigest()[:12]}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, place)
        if spec is None or spec.loader is None:
            raise ImportError(f"{place} is no Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]


def _asked(batch: int, shape: Mapping[str, int]) -> str:
    return f"{batch} {sorted(shape.items())}"


def _sample(inputs: tuple[Input, ...], shape: Mapping[str, int], number: int) -> "dict[str, np.ndarray[Any, Any]]":
    import numpy as np

    random = np.random.default_rng([SEED, number])
    sample = {}
    for one in inputs:
        dims = [_size(dim, shape) for dim in one.dims if dim != "batch"]
        if one.fill == "normal":
            values: Any = random.standard_normal(dims)
        elif one.fill == "integers":
            values = random.integers(one.low, one.high, dims)
        else:
            values = np.ones(dims)
        if one.marks:
            value, start, stop = one.marks
            values[..., start:stop] = value
        sample[one.name] = values.astype(one.dtype)
    return sample


def _dim(dim: Any) -> Dim:
    return tuple(dim) if isinstance(dim, list) else dim


def _size(dim: Dim, shape: Mapping[str, int]) -> int:
    if isinstance(dim, int):
        return dim
    axis, factor = dim if isinstance(dim, tuple) else (dim, 1)
    return shape[axis] * factor
