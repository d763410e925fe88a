"""Saving a template: validated first, with all that build on it; what is broken is kept, and never used."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_ipfs_bench import context
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.store.opening import Tell, say_nothing
from pytest_ipfs_bench.templates import database as stored
from pytest_ipfs_bench.templates.database import Saving
from pytest_ipfs_bench.templates.library import Library
from pytest_ipfs_bench.templates.making import House, validate
from pytest_ipfs_bench.templates.template import SHIPPED, Template
from pytest_ipfs_bench.templates.validation import Finding, Validation


@dataclass(frozen=True)
class Saved:
    """What became of a template: the number of its version (None: it says what the newest says), and what was found out."""

    template: Template
    number: int | None
    validation: Validation


def save(
    file: Path,
    templates: Sequence[Template],
    library: Library,
    house: House,
    *,
    run: bool = False,
    message: str | None = None,
    tell: Tell = say_nothing,
    begun: Tell = say_nothing,
) -> list[Saved]:
    """Validates each and saves those that are new, all in one transaction. run: see `making.validate`.

    begun is told the name of each whose validation begins.

    The library is what they may build on; they may build on one another. Raises BenchError for a name of the shipped ones, and
    for a template that is for what nobody knows.
    """
    for template in templates:
        if template.name.startswith(SHIPPED):
            raise BenchError(
                f"{template.name}: names that begin with {SHIPPED} are those of the package.\nTake another name."
            )
    newest = stored.newest(file)
    together = replace(library, templates={**library.templates, **{one.name: one for one in templates}})
    author = context.user()
    found: list[tuple[Template, Saving | None, Validation]] = []
    for template in templates:
        same = newest.get(template.name)
        if same is not None and same.template.text == template.text and same.validation is not None:
            found.append((template, None, same.validation))
            continue
        begun(template.name)
        saving = _examined(template, together, house, run=run)
        found.append((template, replace(saving, author=author, message=message), saving.validation))
        newest.pop(template.name, None)
    numbers = iter(stored.save(file, savings, tell=tell) if (savings := [one for _, one, _ in found if one]) else ())
    return [Saved(template, next(numbers) if saving else None, validation) for template, saving, validation in found]


def _examined(template: Template, library: Library, house: House, *, run: bool) -> Saving:
    validation, answers = validate(template, library, house, run=run)
    examined = answers.examined.get(template.name)
    references = [(relation, name) for relation, name, _ in examined.references] if examined else []
    if validation.ok:
        broken = tuple(_breaks(template, library, house))
        validation = replace(validation, findings=broken)
    return Saving(template, validation, references)


def _breaks(template: Template, library: Library, house: House) -> Iterator[Finding]:
    """Those that build on it and would not be sound any more."""
    for one in library.templates.values():
        if one.name != template.name and not one.name.startswith(SHIPPED) and template.name in one.text:
            validation, answers = validate(one, library, house)
            examined = answers.examined.get(one.name)
            if examined and template.name in examined.closure and not validation.ok:
                yield Finding("dependent", f"{one.name} builds on it, and would be broken: {validation.findings[0]}")
