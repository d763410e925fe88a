"""Of `ipfs-bench templates`: the commands that save or judge templates."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pytest_ipfs_bench.cli.common import FAILED, database_option, tell
from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.naming import chosen
from pytest_ipfs_bench.places import here_only

if TYPE_CHECKING:
    from pytest_ipfs_bench.templates.database import Version
    from pytest_ipfs_bench.templates.library import Library
    from pytest_ipfs_bench.templates.making import House
    from pytest_ipfs_bench.templates.saving import Draft, Saved
    from pytest_ipfs_bench.templates.template import Template
    from pytest_ipfs_bench.templates.validation import Validation

NEW = '{#\nkind: test\nfamily:\nhardware:\ndescription:\n#}\n{% extends "shipped/test" %}\n'


def run_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """--validate-run."""
    return click.option(
        "--validate-run", is_flag=True, help="Have pytest collect what it makes, whatever importing that runs."
    )(command)  # fmt: skip


def message_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """--message."""
    return click.option("--message", "-m", metavar="TEXT", help="Why, kept with the version.")(command)


@click.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option("--kind", metavar="KIND", help="What is generated from it (default: test).")
@click.option("--model", metavar="NAME", help="It is for this model alone.")
@click.option("--family", metavar="NAME", help="It is for this family.")
@click.option("--modality", metavar="NAME", help="It is for this modality: text, vision, audio, multimodal.")
@click.option("--hardware", metavar="NAME", help="It is for this hardware alone.")
@click.option("--description", metavar="TEXT", help="What it is, in a few words.")
@message_option
@run_option
@database_option
def add(
    name: str, file: Path, message: str | None, validate_run: bool, database: str | None, **about: str | None
) -> None:  # fmt: skip
    """Validate a template, and save it as a new version. FILE is its text, - reads it from stdin.

    What it is for stands in its first comment, or is told by options. A template that is broken is kept, and is not used.

    \b
    Example:
        ipfs-bench templates add my-bert my-bert.j2 --family bert --hardware cuda
    """
    from pytest_ipfs_bench.templates.template import read

    try:
        text = str(sys.stdin.read()) if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BenchError(f"{file}: it can't be read ({error}).") from error
    _save([_draft(read(name, text, about), message)], here_only(chosen(database), "templates"), run=validate_run)


@click.command()
@click.argument("name")
@message_option
@run_option
@database_option
def edit(name: str, message: str | None, validate_run: bool, database: str | None) -> None:
    """Open the newest version of a template in your editor ($VISUAL, $EDITOR), and save what becomes of it.

    A shipped template is saved under its own name, without `shipped/`; a new name begins as a child of shipped/test.

    \b
    Example:
        ipfs-bench templates edit my-bert
    """
    from pytest_ipfs_bench.templates.template import SHIPPED, read

    file = here_only(chosen(database), "templates")
    begun = _begun(name, file)
    try:
        text = click.edit(begun, extension=".py.j2")
    except click.ClickException as error:
        raise BenchError(
            f"{error.format_message()}\nName an editor: EDITOR=vi ipfs-bench templates edit {name}"
        ) from error
    if text is None or text == begun:
        tell("Nothing was changed, and nothing saved.")
        return
    _save([_draft(read(name.removeprefix(SHIPPED), text), message)], file, run=validate_run)


@click.command()
@click.argument("name")
@click.argument("version")
@run_option
@database_option
def rollback(name: str, version: str, validate_run: bool, database: str | None) -> None:
    """Save the text of an old version anew: it becomes current, and nothing is forgotten.

    \b
    Example:
        ipfs-bench templates rollback my-bert 1
    """
    from pytest_ipfs_bench.templates import database as stored

    file = here_only(chosen(database), "templates")
    old = stored.pick(stored.versions(file, name), version)
    message = f"rollback to {old.template.number} ({old.brief})"
    _save([_draft(old.template, message)], file, run=validate_run)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@run_option
@database_option
def validate(names: tuple[str, ...], validate_run: bool, database: str | None) -> None:
    """Validate templates again, with what is installed now: those named, or all; of each the newest version and the one in use.

    What is found out about those of the database is kept there: one that is broken now is not used any more.

    \b
    Example:
        ipfs-bench templates validate
        ipfs-bench templates validate my-bert shipped/test
    """
    from pytest_ipfs_bench.templates import database as stored
    from pytest_ipfs_bench.templates import opening

    file = here_only(chosen(database), "templates")
    library, house = opening.library(file), opening.house()
    if library.note:
        tell(library.note)
    grouped = stored.grouped(file) if library.note is None else {}
    every = {**grouped, **{name: None for name in library.templates if name not in grouped}}
    for name in names:
        if name not in every:
            raise unknown(repr(name), "template", name, every)
    found, kept = [], {}
    for name in names or every:
        for one in _judged(every[name] or []):
            kept[one.version_id] = _judge(one.template, library, house, run=validate_run)
        if not every[name]:
            found.append(_judge(library.templates[name], library, house, run=validate_run))
    if kept:
        stored.validated(file, kept, tell=tell)
    if not all(one.ok for one in (*found, *kept.values())):
        sys.exit(FAILED)


def _judged(versions: "list[Version]") -> "list[Version]":
    """The newest version, and that which is used."""
    from pytest_ipfs_bench.templates import database as stored

    current = stored.current(versions)
    return [one for number, one in enumerate(versions) if number == 0 or one is current]


def _judge(template: "Template", library: "Library", house: "House", *, run: bool) -> "Validation":
    """Validates a template, and says what was found out."""
    from pytest_ipfs_bench.templates import making
    from pytest_ipfs_bench.templates.validation import Finding, Validation

    try:
        validation, _ = making.validate(template, library, house, run=run)
    except BenchError as error:
        validation = Validation((Finding("about", str(error).splitlines()[0]),))
    _told(template.name, template.number, validation)
    return validation


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@run_option
@database_option
def import_(file: Path, validate_run: bool, database: str | None) -> None:
    """Take in templates: an export, the legacy template_database.json, or a legacy database with template tables.

    Each is validated. What is broken is kept, and not used; what is no template is told: either way the exit status says so.
    What is known already is passed over.

    \b
    Example:
        ipfs-bench templates import template_database.json
    """
    from pytest_ipfs_bench.templates import database as stored
    from pytest_ipfs_bench.templates import exchange, opening

    house, target = opening.house(), here_only(chosen(database), "templates")
    specs = house.models.values()
    place = exchange.Place(
        frozenset(spec.family for spec in specs), frozenset(spec.modality for spec in specs), frozenset(house.hardware)
    )
    known = {(one.template.name, one.sha256) for found in stored.grouped(target).values() for one in found}
    new, refused = [], 0
    for one in exchange.load(file, place):
        problem = one.problem or _problem(one.template, house)
        if problem:
            tell(f"Refused: {problem}")
            refused += 1
        elif one.template and (one.name, stored.sha256(one.template.text)) in known:
            click.echo(f"{one.name}: known already")
        elif one.template:
            new.append(_draft(one.template, one.message or f"import of {file.name}", one.author))
    _save(new, target, run=validate_run, refused=refused)


def _problem(template: "Template | None", house: "House") -> str | None:
    """Why a template means nothing here."""
    from pytest_ipfs_bench.templates import making

    try:
        if template:
            making.check(template, house)
    except BenchError as error:
        return str(error).splitlines()[0]
    return None


def _begun(name: str, file: Path) -> str:
    """What an editor is opened on."""
    from pytest_ipfs_bench.templates import database as stored
    from pytest_ipfs_bench.templates.shipped import shipped
    from pytest_ipfs_bench.templates.template import check_name

    check_name(name)
    if found := stored.newest(file).get(name):
        return found.template.text
    ours = shipped()
    return ours[name].text if name in ours else NEW


def _draft(template: "Template", message: str | None, author: str | None = None) -> "Draft":
    from pytest_ipfs_bench import context
    from pytest_ipfs_bench.templates.saving import Draft

    return Draft(template, author or context.user(), message)


def _save(found: "list[Draft]", file: Path, *, run: bool, refused: int = 0) -> None:
    """Saves, and says what became of each. Exits non-zero unless all are saved and sound."""
    from pytest_ipfs_bench.store.opening import say_nothing
    from pytest_ipfs_bench.store.read import check
    from pytest_ipfs_bench.templates import opening, saving

    check(file)
    library = opening.library(file if file.exists() else None)
    begun = _show if len(found) > 1 and sys.stderr.isatty() else say_nothing
    done = saving.save(file, found, library, opening.house(), run=run, tell=tell, begun=begun)
    for one in done:
        _report(one)
    if len(done) + refused > 1:
        sound = sum(one.validation.ok for one in done)
        tell(f"{len(done) + refused} templates: {sound} sound, {len(done) - sound} broken, {refused} refused")
    if refused or not all(one.validation.ok for one in done):
        sys.exit(FAILED)


def _show(name: str) -> None:
    """What is at work, on a line that the next one replaces."""
    click.echo(f"\r\x1b[Kvalidating {name}\r", err=True, nl=False)


def _report(one: "Saved") -> None:
    name = one.template.name
    if one.number is None:
        click.echo(f"{name}: the newest version says the same; nothing was saved.")
        return
    _told(name, one.number, one.validation)


def _told(name: str, number: int | None, validation: "Validation") -> None:
    version = f" version {number}" if number else ""
    if validation.ok:
        collected = f", {validation.collected} tests collected" if validation.collected is not None else ""
        click.echo(f"{name}{version}: sound ({validation.rendered} texts rendered{collected})")
        return
    tell(f"{name}{version} is broken, and is not used:")
    for finding in validation.findings:
        tell(f"  {finding}")
