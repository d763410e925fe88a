"""Saving a template: validated first, with all that build on it; what is broken is kept, and never used."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.store.opening import Tell, say_nothing
from pytest_ipfs_bench.templates import database as stored
from pytest_ipfs_bench.templates.database import Saving
from pytest_ipfs_bench.templates.library import Library
from pytest_ipfs_bench.templates.making import House, check, validate
from pytest_ipfs_bench.templates.rendering import render
from pytest_ipfs_bench.templates.template import SHIPPED, Template
from pytest_ipfs_bench.templates.validation import Finding, Validation


@dataclass(frozen=True)
class Draft:
    """A template that is to be saved, by whom, and why."""

    template: Template
    author: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class Saved:
    """What became of a template: the number of its version (None: it says what the newest says), and what was found out."""

    template: Template
    number: int | None
    validation: Validation


def save(
    file: Path,
    drafts: Sequence[Draft],
    library: Library,
    house: House,
    *,
    run: bool = False,
    tell: Tell = say_nothing,
    begun: Tell = say_nothing,
) -> list[Saved]:
    """Validates each, and saves it at once if it is new. run: see `making.validate`; begun is told each name as it begins.

    The library is what they may build on; they may build on one another. Raises BenchError, before anything is saved, for a
    name of the shipped ones, and for a template that is for what nobody knows.
    """
    templates = [draft.template for draft in drafts]
    for template in templates:
        if template.name.startswith(SHIPPED):
            raise BenchError(
                f"{template.name}: names that begin with {SHIPPED} are those of the package.\nTake another name."
            )
        check(template, house)
    newest = stored.newest(file)
    together = replace(library, templates={**library.templates, **{one.name: one for one in templates}})
    found = []
    for template, draft in zip(templates, drafts, strict=True):
        same = newest.pop(template.name, None)
        if same is not None and same.template.text == template.text and same.validation is not None:
            found.append(Saved(template, None, same.validation))
            continue
        begun(template.name)
        saving = replace(_examined(template, together, house, run=run), author=draft.author, message=draft.message)
        found.append(Saved(template, stored.save(file, [saving], tell=tell)[0], saving.validation))
    return found


def _examined(template: Template, library: Library, house: House, *, run: bool) -> Saving:
    validation, answers = validate(template, library, house, run=run)
    examined = answers.examined.get(template.name)
    references = [(relation, name) for relation, name, _ in examined.references] if examined else []
    if validation.ok:
        broken = tuple(_breaks(template, library, house))
        validation = replace(validation, findings=broken)
    return Saving(template, validation, references)


def _breaks(template: Template, library: Library, house: House) -> Iterator[Finding]:
    """Those that build on it, be it through others, and would not be sound any more."""
    others = [name for name in library.templates if name != template.name and not name.startswith(SHIPPED)]
    examined = render(library.texts, [], (), others).examined if others else {}
    for name in others:
        if name in examined and template.name in examined[name].closure:
            validation, _ = validate(library.templates[name], library, house)
            if not validation.ok:
                yield Finding("dependent", f"{name} builds on it, and would be broken: {validation.findings[0]}")
