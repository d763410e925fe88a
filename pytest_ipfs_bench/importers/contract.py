"""What an importer is and what it answers: findings, one for every result that a file states.

An importer is one class. It looks at a document's content, says whether it knows the shape, and yields findings. It never
stores, never looks at the clock, and never guesses a number: what the file does not state is None.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.records import Compatibility, Outcome, Performance

if TYPE_CHECKING:
    from pytest_ipfs_bench.importers.document import Document
    from pytest_ipfs_bench.importers.times import Moment

Kind = type[Performance] | type[Compatibility] | type[Outcome]


class Rejected(Exception):  # noqa: N818  what becomes of a file, not a fault of ours
    """This file should hold results and can't be read; `reason` is a sentence, `place` where in the file."""

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(f"{reason} ({place})" if place else reason)


class NotResults(Exception):  # noqa: N818  the same
    """This file is understood, and holds no result: a configuration, a summary of another file, an empty list."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One result that a file states.

    `columns` are columns of the record `kind`, in our units (ms, MB, items/s, s); every other field of the row stands
    under its own name in `extra` (with a whole row in it, nothing is lost); what the document around it says of the run
    stands in `context`. `columns` and `extra` make up the result's identity, together with model, hardware and time:
    two statements of one result are one record. `context`, `place`, `simulated` and `flags` do not.
    """

    kind: Kind
    place: str
    columns: Mapping[str, Any]
    model: str | None = None
    model_family: str | None = None
    modality: str | None = None
    model_details: Mapping[str, Any] = field(default_factory=dict)  # further arguments of records.model
    hardware: str | None = None
    device: str | None = None
    hardware_details: Mapping[str, Any] = field(default_factory=dict)  # further arguments of records.hardware
    time: "Moment | None" = None
    simulated: bool | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    nth: int = 0  # tells apart entries that are equal and yet several, as two runs of one test


class Importer:
    """A format of result files. Registered by `register_importers`; asked in the order of `precedence`, low first.

    `kinds` are the kinds of content (`Document.kind`) that it is asked about.
    """

    name: str = ""
    kinds: tuple[str, ...] = ("json", "lines", "text", "file")
    precedence: int = 0  # formats that anything could be mistaken for come late: 90 and above

    def recognises(self, document: "Document") -> bool:
        """Whether this content is of this format. Cheap: asked of every file. Raises nothing."""
        raise NotImplementedError

    def read(self, document: "Document") -> Iterable[Finding]:
        """Every result in it. Raises Rejected for what is broken, NotResults with the reason for what holds none."""
        raise NotImplementedError
