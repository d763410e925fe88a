"""What something is generated about: a family, one of its models, or a name alone; and the variables that a template gets."""

import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.models import ModelSpec
from pytest_ipfs_bench.planning import SIZES

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
# Legacy templates ask for these: what is always so here.
ALWAYS = {"batch_size": 2, "supports_quantization": True, "requires_gpu": False, "support_level": "REAL"}


@dataclass(frozen=True)
class Subject:
    """What is generated about. word: as --bench-models takes it, a family or a model; specs: its models, the smallest first."""

    word: str
    specs: tuple[ModelSpec, ...] = ()

    @property
    def name(self) -> str:
        """The name without its owner on the hub: bert-base-uncased."""
        return self.word.rpartition("/")[2]

    @property
    def spec(self) -> ModelSpec | None:
        """The smallest of its models; None of a name alone."""
        return self.specs[0] if self.specs else None

    @property
    def model(self) -> str | None:
        """The model's name, where it is one model's; None of a family."""
        return self.word if self.spec and self.word == self.spec.name else None


def subjects(
    words: Iterable[str], models: Mapping[str, ModelSpec], *, families: Iterable[str] = (), tasks: Iterable[str] = ()
) -> list[Subject]:
    """What these words name: a model is one subject; a family one; a set (key, small ...), a task or "all" its families.

    Raises BenchError for names that nobody knows.
    """
    found: dict[str, Subject] = {}
    for option, key, named in (("--family", "family", families), ("--task", "task", tasks)):
        for word in named:
            legal = {str(getattr(spec, key)) for spec in models.values()}
            if word not in legal:
                raise unknown(f"{option} {word}", key, word, legal)
            for spec in models.values():
                if getattr(spec, key) == word:
                    found.setdefault(spec.family, _family(spec.family, models))
    for word in words:
        for subject in _named(word, models):
            found.setdefault(subject.word, subject)
    return list(found.values())


def every(models: Mapping[str, ModelSpec]) -> list[Subject]:
    """Every family."""
    return [_family(family, models) for family in dict.fromkeys(spec.family for spec in models.values())]


def plain(name: str, what: str) -> Subject:
    """A name alone, for a backend, an importer, a suite or a model of one's own. Raises BenchError for one that can't be."""
    if not PLAIN.fullmatch(name) or keyword.iskeyword(name):
        raise BenchError(
            f"{name!r} can't be the name of a {what}.\nA name begins with a letter, and has letters, digits, _ and -."
        )
    return Subject(name)


def variables(subject: Subject, hardware: Sequence[str], every_hardware: Iterable[str]) -> dict[str, Any]:
    """What a template may use, as JSON can hold it. hardware: what it is generated for, the first first."""
    spec, name = subject.spec, subject.name
    first = hardware[0] if hardware else "cpu"
    shape = dict(spec.shape) if spec else {}
    about = {
        "family": spec.family if spec else name,
        "modality": spec.modality if spec else None,
        "task": spec.task if spec else None,
        "modes": sorted({mode for one in subject.specs for mode in one.modes}),
        "sizes": sorted({one.size for one in subject.specs}, key=SIZES.index),
        "shape": shape,
        "limits": {axis: list(_span(limit)) for axis, limit in spec.limits.items()} if spec else {},
        "inputs": [one.name for one in spec.inputs] if spec else [],
        "parameters_million": spec.parameters_million if spec else None,
        "no_onnx": spec.no_onnx if spec else None,
        "hub": next((one.hub for one in subject.specs if one.hub), None),
        "model_class": spec.dimensions.get("model") if spec else None,
    }
    legacy = {
        "model_family": about["family"],
        "model_type": about["family"],
        "model_base": about["family"],
        "model_category": about["modality"],
        "model_description": f"{name} ({about['task'] or about['modality'] or 'of its own'})",
        "platforms": list(hardware),
        "platform": first,
        "hardware_type": first,
        "device": first,
        "sequence_length": shape.get("sequence_length", 128),
        **ALWAYS,
    }
    names = {
        "model": subject.word,
        "models": [subject.word],
        "model_name": name,
        "model_id": spec.name if spec else name,
        "normalized_name": identifier(name),
        "class_name": class_name(name),
        "hardware": list(hardware),
    }
    has = {f"has_{identifier(one)}": one in hardware for one in every_hardware}
    return {**legacy, **has, **about, **names}


def identifier(name: str) -> str:
    """A name as a Python identifier in lower case.

    >>> identifier("llava-next"), identifier("3d.net"), identifier("class")
    ('llava_next', 'm_3d_net', 'class_')
    """
    found = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "m"
    found = f"m_{found}" if found[0].isdigit() else found
    return f"{found}_" if keyword.iskeyword(found) else found


def class_name(name: str) -> str:
    """A name as that of a Python class.

    >>> class_name("llava-next"), class_name("bert-base-uncased")
    ('LlavaNext', 'BertBaseUncased')
    """
    return "".join(part[:1].upper() + part[1:] for part in identifier(name).split("_"))


def _named(word: str, models: Mapping[str, ModelSpec]) -> list[Subject]:
    if word in models:
        return [Subject(word, (models[word],))]
    chosen = [spec for spec in models.values() if word in ("all", spec.family) or word in spec.tags]
    if not chosen:
        legal = {name for spec in models.values() for name in (spec.name, spec.family, *spec.tags)}
        raise unknown(repr(word), "model", word, {*legal, "all"})
    return [_family(family, models) for family in dict.fromkeys(spec.family for spec in chosen)]


def _family(family: str, models: Mapping[str, ModelSpec]) -> Subject:
    own = [spec for spec in models.values() if spec.family == family]
    return Subject(family, tuple(sorted(own, key=lambda spec: SIZES.index(spec.size))))


def _span(limit: int | tuple[int, int]) -> tuple[int, int]:
    return (1, limit) if isinstance(limit, int) else limit
