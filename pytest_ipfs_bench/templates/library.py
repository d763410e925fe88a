"""The templates that can be used, and which of them is meant for a model on some hardware, and why."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.templates.subjects import Subject
from pytest_ipfs_bench.templates.template import SHIPPED, Template

HASH = 8  # characters of it in the label of a version


@dataclass(frozen=True)
class Step:
    """One place where a template was looked for: what for, in words, and those that are there, the one to be taken first."""

    sought: str
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chosen:
    """A template, and the steps that led to it; the last one found it."""

    template: Template
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Library:
    """Templates by name: those of a database, which come first, and the shipped ones. note: why a database is not used."""

    templates: Mapping[str, Template]
    note: str | None = None

    @property
    def texts(self) -> dict[str, str]:
        """Every text by its name."""
        return {name: one.text for name, one in self.templates.items()}

    def named(self, name: str) -> Template:
        """One by its name. Raises BenchError for a name that nobody has."""
        if name not in self.templates:
            raise unknown(repr(name), "template", name, self.templates)
        return self.templates[name]

    def choose(self, kind: str, subject: Subject, hardware: str) -> Chosen:
        """The first that fits: those of the database for the model, its family, its modality, or any; then the shipped ones.

        At each step one for this hardware goes before one for any. Raises BenchError where there is none at all.
        """
        steps = []
        for sought, fitting in self._places(kind, subject, hardware):
            found = sorted(fitting, key=lambda one: (one.created_at or "", one.name), reverse=True)
            steps.append(Step(sought, tuple(one.name for one in found)))
            if found:
                return Chosen(found[0], tuple(steps))
        raise BenchError(
            f"There is no template of the kind {kind!r} for {subject.word} on {hardware}.\n"
            f"Add one: ipfs-bench templates add NAME FILE --kind {kind}"
        )

    def grouped(self, kind: str, subject: Subject, hardware: Sequence[str]) -> list[tuple[Template, tuple[str, ...]]]:
        """Templates with the hardware that each is chosen for: the one for any hardware first."""
        groups: dict[str, list[str]] = {}
        for one in hardware:
            groups.setdefault(self.choose(kind, subject, one).template.name, []).append(one)
        found = [(self.templates[name], tuple(names)) for name, names in groups.items()]
        return sorted(found, key=lambda pair: pair[0].about.hardware is not None)

    def label(self, name: str, closure: Iterable[str]) -> str:
        """A version in words: its number, if it has one, and a hash of its text and of all that it builds on."""
        digest = hashlib.sha256()
        for one in sorted({name, *closure}):
            digest.update(f"{one}\0{self.templates[one].text}\0".encode("utf-8", "surrogatepass"))
        number = self.templates[name].number
        return f"{number}-{digest.hexdigest()[:HASH]}" if number else digest.hexdigest()[:HASH]

    def _places(self, kind: str, subject: Subject, hardware: str) -> Iterator[tuple[str, list[Template]]]:
        spec = subject.spec
        targets = {
            "model": subject.model,
            "family": spec.family if spec else None,
            "modality": spec.modality if spec else None,
            "default": "",
        }
        for origin in ("database", "shipped"):
            mine = [one for one in self.templates.values() if one.name.startswith(SHIPPED) == (origin == "shipped")]
            for level, target in targets.items():
                if target is None:
                    continue
                fitting = [one for one in mine if _fits(one, kind, level, target)]
                for wanted in (hardware, None):
                    words = f"{origin}: {level}{f' {target}' if target else ''}, {wanted or 'any hardware'}"
                    yield words, [one for one in fitting if one.about.hardware == wanted]


def _fits(one: Template, kind: str, level: str, target: str) -> bool:
    return one.about.kind == kind and one.about.level == level and getattr(one.about, level, "") == target
