"""What is found out about a template, and stored with its version."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Finding:
    """Something that is wrong. rule: a word for its kind (syntax, variable, import ...); where: what it was rendered for.

    template and line are the place in the text of the template (or of a parent, by its name), where they are known.
    """

    rule: str
    message: str
    line: int | None = None
    where: str | None = None
    template: str | None = None

    def __str__(self) -> str:
        place = f"{self.template}: " if self.template else ""
        line = f"line {self.line}: " if self.line else ""
        said = f"{place}{line}{self.message}{f' ({self.where})' if self.where else ''}"
        return CONTROL.sub(lambda one: f"\\x{ord(one[0]):02x}", said)  # a template's own words may be in it


@dataclass(frozen=True)
class Validation:
    """One validation: what is wrong (nothing: it is sound), how many texts were rendered, how many tests pytest collected.

    collected is None where it was not tried; tools: what it was checked with, and their versions.
    """

    findings: tuple[Finding, ...] = ()
    rendered: int = 0
    collected: int | None = None
    tools: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings
