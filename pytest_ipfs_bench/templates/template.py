"""A template: a text, and what it is for. Its first comment says so:

    {#
    kind: test
    family: bert
    hardware: cuda
    description: Bert on NVIDIA
    #}
    {% extends "shipped/test" %}

Kind is one of KINDS; at most one of model, family and modality says what it is about (none: it is a default); hardware is
the one hardware it is meant for (none: any).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from pytest_ipfs_bench.errors import BenchError, unknown

# What is generated from it; a helper is what others include or import.
KINDS = ("test", "skill", "suite", "model", "backend", "importer", "helper")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
SHIPPED = "shipped/"  # before the names of those that come with the package, and no others
MOST_BYTES = 1_000_000
HEAD = re.compile(r"\A\s*\{#-?\n(?P<lines>.*?)-?#\}[ \t]*\n?", re.DOTALL)


@dataclass(frozen=True)
class About:
    """What a template is for; the fields of its first comment."""

    kind: str
    model: str | None = None
    family: str | None = None
    modality: str | None = None
    hardware: str | None = None
    description: str | None = None

    @property
    def level(self) -> str:
        """What it is for: model, family, modality, or default."""
        return next((name for name in ("model", "family", "modality") if getattr(self, name)), "default")

    def __str__(self) -> str:
        target = getattr(self, self.level, None)
        place = f" on {self.hardware}" if self.hardware else ""
        return f"{self.level}{f' {target}' if target else ''}{place}"


@dataclass(frozen=True)
class Template:
    """A template of one version: its number in the database (None: it is shipped), and who says so in created_at (UTC)."""

    name: str
    text: str
    about: About
    number: int | None = None
    created_at: str | None = None


def read(name: str, text: str, told: Mapping[str, str | None] | None = None) -> Template:
    """The template of a text; `told` has the last word on what it is for. Raises BenchError naming what is wrong.

    >>> read("mine", "{#\\nkind: test\\nfamily: bert\\n#}\\nx = 1\\n").about.level
    'family'
    """
    check_name(name)
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise BenchError(f"{name}: its text is no valid Unicode ({error.reason}).") from error
    if size > MOST_BYTES:
        raise BenchError(f"{name}: a template has at most {MOST_BYTES:,} bytes; this one has {size:,}.")
    known = [one.name for one in fields(About)]
    said = {key: value for key, value in (told or {}).items() if value}
    if said:
        text = with_head(text, {"kind": "test", **_head(name, text, known), **said})
    about = _head(name, text, known)
    kind = about.get("kind", "test")
    if kind not in KINDS:
        raise unknown(f"{name}: kind: {kind}", "kind of template", kind, KINDS)
    targets = [key for key in ("model", "family", "modality") if about.get(key)]
    if len(targets) > 1:
        raise BenchError(f"{name}: it is for {' and '.join(targets)}.\nName one of them: the narrowest.")
    return Template(name, text, About(**{**about, "kind": kind}))


def with_head(text: str, about: Mapping[str, str]) -> str:
    """The text with this as its first comment."""
    lines = "".join(f"{key}: {' '.join(value.split())}\n" for key, value in about.items())
    body = HEAD.sub("", text, count=1) if _is_head(text) else text
    return f"{{#\n{lines}#}}\n{body}"


def check_name(name: str) -> None:
    """Raises BenchError for what can't be a template's name."""
    if not NAME.fullmatch(name.removeprefix(SHIPPED)):
        raise BenchError(
            f"{name!r} can't be the name of a template.\nA name begins with a letter, and has letters, digits, _, . and -."
        )


def _is_head(text: str) -> bool:
    found = HEAD.match(text)
    return found is not None and any(re.match(r"\s*kind\s*:", line) for line in found["lines"].splitlines())


def _head(name: str, text: str, known: list[str]) -> dict[str, str]:
    """The lines of the first comment; none if it is a comment of another sort."""
    found = HEAD.match(text)
    if found is None or not _is_head(text):
        return {}
    told = {}
    for number, line in enumerate(found["lines"].splitlines(), 2):
        key, separator, value = (part.strip() for part in line.partition(":"))
        if not line.strip():
            continue
        if not separator:
            raise BenchError(f"{name}: line {number}: {line.strip()!r} is not `key: value`.")
        if key not in known:
            raise unknown(f"{name}: line {number}", "key of a template", key, known)
        if value:
            told[key] = value
    return told
