"""`ipfs-bench templates`: looking after templates."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pytest_ipfs_bench.cli.common import Group, database_option, existing, format_option, output_option, put, tell
from pytest_ipfs_bench.cli.saving import add, edit, import_, rollback, validate
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.naming import chosen
from pytest_ipfs_bench.places import here_only

if TYPE_CHECKING:
    from pytest_ipfs_bench.templates.template import Template
    from pytest_ipfs_bench.templates.validation import Validation

AT = "@"  # between a template's name and its version


@click.group(cls=Group)
def templates() -> None:
    """Look after the templates that `ipfs-bench generate` writes files from.

    \b
    Example:
        ipfs-bench templates which bert --hardware cuda
        ipfs-bench templates show shipped/test
        ipfs-bench templates add my-bert my-bert.j2 --family bert
    """


@templates.command("list")
@click.option("--kind", metavar="KIND", help="Those of one kind: test, skill, suite, model, backend, importer, helper.")
@database_option
@format_option
@output_option
def list_(kind: str | None, database: str | None, form: str, output: Path | None) -> None:
    """Every template: the database's, then the shipped ones.

    \b
    Example:
        ipfs-bench templates list --kind test
    """
    from pytest_ipfs_bench.cli import listings
    from pytest_ipfs_bench.reports.table import Table

    columns = ("name", "kind", "for", "version", "state", "description")
    rows = [row for row in _listed(here_only(chosen(database), "templates")) if kind in (None, row[1])]
    put(listings.render(Table("templates", columns, rows), form), output)


@templates.command()
@click.argument("name", metavar="NAME[@VERSION]")
@database_option
@output_option
def show(name: str, database: str | None, output: Path | None) -> None:
    """The text of a template: the current one, or of a version by its number or hash.

    \b
    Example:
        ipfs-bench templates show shipped/test
        ipfs-bench templates show my-bert@2 -o my-bert.j2
    """
    text = _named(name, here_only(chosen(database), "templates")).text
    put(text if output else _shown(text), output)


@templates.command()
@click.argument("model")
@click.option("--hardware", default="cpu", show_default=True, metavar="NAME", help="The hardware it is for.")
@click.option("--kind", default="test", show_default=True, metavar="KIND", help="test or skill.")
@click.option("--use-db-templates/--no-db-templates", "use_database", default=True, help="Also those of the database.")
@database_option
def which(model: str, hardware: str, kind: str, use_database: bool, database: str | None) -> None:
    """Which template is taken for a model on some hardware, and why: every place where one was looked for.

    \b
    Example:
        ipfs-bench templates which bert --hardware cuda
    """
    from pytest_ipfs_bench.errors import unknown
    from pytest_ipfs_bench.templates import opening
    from pytest_ipfs_bench.templates.making import ABOUT_MODELS
    from pytest_ipfs_bench.templates.subjects import subjects

    library, house = (
        opening.library(here_only(chosen(database), "templates") if use_database else None),
        opening.house(),
    )
    if hardware not in house.hardware:
        raise unknown(f"--hardware={hardware}", "hardware", hardware, house.hardware)
    if kind not in ABOUT_MODELS:
        raise unknown(f"--kind {kind}", "kind of template about models", kind, ABOUT_MODELS)
    if library.note:
        tell(library.note)
    for subject in subjects([model], house.models):
        found = library.choose(kind, subject, hardware)
        click.echo(f"{subject.word} on {hardware}: {found.template.name}")
        for step in found.steps:
            click.echo(f"  {step.sought}: {', '.join(step.found) or 'none'}")


@templates.command()
@click.argument("name")
@click.argument("versions", nargs=-1, metavar="[OLD [NEW]]")
@database_option
def diff(name: str, versions: tuple[str, ...], database: str | None) -> None:
    """What changed between two versions; without any, between the newest two.

    \b
    Example:
        ipfs-bench templates diff my-bert
        ipfs-bench templates diff my-bert 1 3
    """
    from pytest_ipfs_bench.templates import database as stored

    if len(versions) > 2:  # noqa: PLR2004  old and new
        raise BenchError(f"templates diff {name}: two versions are compared, not {len(versions)}.")
    found = stored.versions(here_only(chosen(database), "templates"), name)
    if not versions and len(found) == 1:
        raise BenchError(f"{name}: it has one version only, and nothing to compare it with.")
    old = stored.pick(found, versions[0]) if versions else found[1]
    new = stored.pick(found, versions[1] if len(versions) > 1 else None)
    put(_shown(stored.diff(old, new)) or f"{old.template.number} and {new.template.number} say the same.\n", None)


@templates.command()
@click.argument("name")
@database_option
@format_option
@output_option
def history(name: str, database: str | None, form: str, output: Path | None) -> None:
    """Every version of a template, the newest first.

    \b
    Example:
        ipfs-bench templates history my-bert
    """
    from pytest_ipfs_bench.cli import listings
    from pytest_ipfs_bench.reports.table import Table
    from pytest_ipfs_bench.templates import database as stored

    found = stored.versions(here_only(chosen(database), "templates"), name)
    current = stored.current(found)
    rows = [
        (
            one.template.number,
            one.brief,
            _state(one, current),
            one.template.created_at,
            one.author,
            one.message,
            _first(one.validation),
        )
        for one in found
    ]
    columns = ("version", "hash", "state", "saved", "author", "message", "finding")
    put(listings.render(Table(f"history of {name}", columns, rows), form), output)


@templates.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path, exists=True), metavar="[DIR]...")
@database_option
@format_option
@output_option
def stats(folders: tuple[Path, ...], database: str | None, form: str, output: Path | None) -> None:
    """Which templates are used, and how the tests fared that were made from them. DIR: folders with generated files.

    Files are counted by their headers, tests by the runs that the database holds. NAME without a version was never used.

    \b
    Example:
        ipfs-bench templates stats generated
    """
    from pytest_ipfs_bench.cli import listings
    from pytest_ipfs_bench.reports.table import Table
    from pytest_ipfs_bench.templates import opening, usage

    file = here_only(chosen(database), "templates")
    rows = usage.rows(file, opening.library(file).templates, folders)
    put(listings.render(Table("templates", usage.COLUMNS, rows), form), output)


@templates.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all-versions", is_flag=True, help="Every version, not only the one in use.")
@database_option
@output_option
def export(names: tuple[str, ...], all_versions: bool, database: str | None, output: Path | None) -> None:
    """The database's templates as JSON, for `templates import` elsewhere.

    \b
    Example:
        ipfs-bench templates export -o templates.json
        ipfs-bench templates export my-bert --all-versions
    """
    from pytest_ipfs_bench.templates import database as stored
    from pytest_ipfs_bench.templates import exchange

    file = existing(database, "templates")
    found = [stored.versions(file, name) for name in names] if names else list(stored.grouped(file).values())
    used = [[stored.current(one) or one[0]] for one in found]
    put(exchange.dump([version for versions in (found if all_versions else used) for version in versions]), output)


def _listed(file: Path) -> list[tuple[Any, ...]]:
    """Rows of the listing. A database that is not there has no templates."""
    from pytest_ipfs_bench.templates import database as stored
    from pytest_ipfs_bench.templates.shipped import shipped

    rows: list[tuple[Any, ...]] = []
    for versions in stored.grouped(file).values():
        current = stored.current(versions)
        one = current or versions[0]
        state = "current" if current else "broken: not used"
        rows.append((*_about(one.template), one.template.number, state, one.template.about.description))
    return rows + [(*_about(one), None, "shipped", one.about.description) for one in shipped().values()]


def _shown(text: str) -> str:
    """A text as it is; on a terminal without what could steer it."""
    from pytest_ipfs_bench.reports.words import printable

    return "\n".join(map(printable, text.split("\n"))) if sys.stdout.isatty() else text


def _about(template: "Template") -> tuple[str, str, str]:
    return template.name, template.about.kind, str(template.about)


def _named(name: str, file: Path) -> "Template":
    """A template by name and version; a shipped one by its name. Without a version the current one, or else the newest."""
    from pytest_ipfs_bench.templates import database as stored
    from pytest_ipfs_bench.templates.library import Library
    from pytest_ipfs_bench.templates.shipped import shipped

    bare, _, version = name.partition(AT)
    grouped = stored.grouped(file)
    if bare in grouped:
        found = grouped[bare]
        return (stored.pick(found, version) if version else stored.current(found) or found[0]).template
    every = {**{one: versions[0].template for one, versions in grouped.items()}, **shipped()}
    return Library(every).named(bare)


def _state(one: Any, current: Any) -> str:
    return "current" if one is current else "sound" if one.ok else "broken"


def _first(validation: "Validation | None") -> str | None:
    findings: Iterable[Any] = validation.findings if validation else ()
    return next((str(one) for one in findings), None)


for command in (add, edit, import_, rollback, validate):
    templates.add_command(command)
