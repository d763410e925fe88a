"""`ipfs-bench generate`: tests, skills, suites, models, backends and importers, from templates."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pytest_ipfs_bench.cli.common import FAILED, Group, database_option, put, tell
from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.naming import chosen
from pytest_ipfs_bench.places import Target

if TYPE_CHECKING:
    from pytest_ipfs_bench.templates.files import File
    from pytest_ipfs_bench.templates.making import House, Order

ALL = "all"
Command = Callable[..., Any]


def common_options(command: Command) -> Command:
    """What every generator takes."""
    for option in reversed((
        click.option("--output", "-o", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(),
                     metavar="DIR", help="Folder for the files (default: this one)."),
        click.option("--force", is_flag=True, help="Overwrite files that are there."),
        click.option("--check", is_flag=True, help="Write nothing: are the files there, and as they would be made now?"),
        click.option("--validate-run", is_flag=True, help="Also have pytest collect what is made, which imports it."),
        click.option("--template", metavar="NAME", help="Use this template, whichever would be chosen."),
        click.option("--use-db-templates/--no-db-templates", "use_database", default=True, show_default=True,
                     help="Templates of the database before the shipped ones."),
        database_option,
    )):  # fmt: skip
        command = option(command)
    return command


def hardware_option(command: Command) -> Command:
    """--hardware, repeatable and with commas; all is every kind that is registered."""
    return click.option(
        "--hardware", multiple=True, metavar="NAME,...", help="Hardware, or all (default: cpu)."
    )(command)  # fmt: skip


def model_options(command: Command) -> Command:
    """Models by name, family or task, and hardware."""
    for option in (
        hardware_option,
        click.option("--task", "tasks", multiple=True, metavar="NAME", help="Every family of this task; repeatable."),
        click.option("--family", "families", multiple=True, metavar="NAME", help="This family; repeatable."),
        click.argument("words", nargs=-1, metavar="[MODEL]..."),
    ):
        command = option(command)
    return command


@click.group(cls=Group, invoke_without_command=True)
@click.option("--list", "listing", is_flag=True, help="Families, tasks and hardware that can be named.")
@click.pass_context
def generate(context: click.Context, *, listing: bool) -> None:
    """Write tests and more from templates: what is written is yours, and says how to make it again.

    \b
    Example:
        ipfs-bench generate test bert vit --hardware cpu,cuda,webgpu -o generated
        ipfs-bench generate test key --hardware all -o generated
        ipfs-bench generate skill whisper -o skills
        ipfs-bench generate backend abacus -o abacus
        ipfs-bench generate --list
    """
    if context.invoked_subcommand is None:
        put(_listing(_house()) if listing else f"{context.get_help()}\n", None)


@generate.command()
@model_options
@common_options
def test(**how: Any) -> None:
    """Tests of models on hardware: they run at once, or skip with the reason.

    MODEL is a model, a family, or a set (key, small, all). Each gets a file, test_MODEL.py.

    \b
    Example:
        ipfs-bench generate test bert vit --hardware cpu,cuda,webgpu -o generated
        ipfs-bench generate test --task text-generation --hardware all -o generated
        ipfs-bench generate test key -o generated --check
        pytest generated --bench-db=bench.duckdb
    """
    _about_models("test", **how)


@generate.command()
@model_options
@common_options
def skill(**how: Any) -> None:
    """Skills: modules that load a model on some hardware, run it, and test themselves.

    MODEL is a model, a family, or a set (key, small, all). Each gets a file, skill_MODEL.py.

    \b
    Example:
        ipfs-bench generate skill bert --hardware cpu,cuda -o skills
        python skills/skill_bert.py --hardware cpu
    """
    _about_models("skill", **how)


@generate.command()
@click.argument("name")
@click.option("--models", default="smoke", show_default=True, metavar="NAME,...", help="Models, families or sets.")
@hardware_option
@common_options
def suite(name: str, models: str, hardware: tuple[str, ...], **how: Any) -> None:
    """A suite file, NAME.toml: which cells a session is to run.

    \b
    Example:
        ipfs-bench generate suite nightly --models key --hardware cpu,cuda
        pytest --bench-suite=nightly.toml
    """
    from pytest_ipfs_bench.templates.subjects import subjects

    house, listed = _house(), _split([models])
    subjects(listed, house.models)  # for its error, if one is unknown
    _named("suite", name, house, how, _hardware(hardware, house), models=listed, options=("--models", ",".join(listed)))


@generate.command()
@click.argument("name")
@common_options
def model(name: str, **how: Any) -> None:
    """A module that declares a model of one's own, with its test.

    \b
    Example:
        ipfs-bench generate model mine -o mine
    """
    house = _house()
    _named("model", name, house, how, taken=house.models)


@generate.command()
@click.argument("name")
@common_options
def backend(name: str, **how: Any) -> None:
    """A hardware backend to begin with, installable, with its conformance test.

    \b
    Example:
        ipfs-bench generate backend abacus -o abacus
        pip install -e abacus && ipfs-bench hardware
    """
    house = _house()
    _named("backend", name, house, how, taken=house.hardware)


@generate.command()
@click.argument("name")
@common_options
def importer(name: str, **how: Any) -> None:
    """An importer of a result format to begin with, installable, with its test.

    \b
    Example:
        ipfs-bench generate importer mytool -o mytool
        pip install -e mytool && ipfs-bench import results.json
    """
    from pytest_ipfs_bench.registry import Registry

    _named("importer", name, _house(), how, taken=[one.name for one in Registry.load().importers()])


def _about_models(
    kind: str, words: Sequence[str], families: Sequence[str], tasks: Sequence[str], hardware: Sequence[str], **how: Any
) -> None:
    """One file, or several, for each model that is named."""
    from pytest_ipfs_bench.templates.making import Order
    from pytest_ipfs_bench.templates.subjects import subjects

    if not (words or families or tasks):
        raise BenchError(
            f"ipfs-bench generate {kind}: for which model?\n"
            "Name models, families or sets (key, all), or --family, --task. What there is: ipfs-bench generate --list"
        )
    house = _house()
    found = subjects(words, house.models, families=families, tasks=tasks)
    _make(Order(kind, tuple(found), _hardware(hardware, house), how["template"]), house, **how)


def _named(
    kind: str,
    name: str,
    house: "House",
    how: dict[str, Any],
    hardware: tuple[str, ...] = ("cpu",),
    *,
    taken: Iterable[str] = (),
    models: tuple[str, ...] = (),
    options: tuple[str, ...] = (),
) -> None:
    """What has a name alone, and not one that is taken."""
    from pytest_ipfs_bench.templates.making import Order
    from pytest_ipfs_bench.templates.subjects import identifier, plain

    if {name, identifier(name)} & set(taken):
        raise BenchError(
            f"ipfs-bench generate {kind} {name}: one of that name is registered already.\nTake another name."
        )
    _make(Order(kind, (plain(name, kind),), hardware, how["template"], models, options), house, **how)


def _make(
    order: "Order",
    house: "House",
    *,
    folder: Path,
    force: bool,
    check: bool,
    validate_run: bool,
    template: str | None,
    use_database: bool,
    database: str | None,
) -> None:
    """Generates, and writes or compares."""
    from dataclasses import replace

    from pytest_ipfs_bench.templates import files, making, opening

    file = chosen(database) if use_database else None
    library = opening.library(file)
    if library.note:
        tell(library.note)
    told = (*(("--template", template) if template else ()), *(() if use_database else ("--no-db-templates",)))
    called = _called(file, folder)
    order = replace(order, options=(*order.options, *told), database=called)
    made = making.generate(order, library, house, run=validate_run)
    if check:
        _compare(made, folder)
        return
    for path in files.write(made, folder, force=force):
        click.echo(str(path))


def _called(database: Target | None, folder: Path) -> str | None:
    """How a database is named by a command that is typed in that folder."""
    return os.path.relpath(database, folder.resolve()) if isinstance(database, Path) else None


def _compare(made: "list[File]", folder: Path) -> None:
    """Says which files are not as they would be made now. Exits non-zero if any is not."""
    from pytest_ipfs_bench.templates import files

    wrong, left = files.differing(made, folder), files.left_over(made, folder)
    for name, what in (*wrong.items(), *((name, "left over: it would not be made now") for name in left)):
        click.echo(f"{folder / name}: {what}")
    click.echo(f"{len(made) - len(wrong)} of {len(made)} files are up to date.")
    if wrong or left:
        sys.exit(FAILED)


def _house() -> "House":
    from pytest_ipfs_bench.templates import opening

    return opening.house()


def _hardware(asked: Sequence[str], house: "House") -> tuple[str, ...]:
    """Names of hardware, each once. Raises BenchError for one that nobody knows."""
    names = _split(asked) or ("cpu",)
    for name in names:
        if name not in (*house.hardware, ALL):
            raise unknown(f"--hardware={name}", "hardware", name, [*house.hardware, ALL])
    return house.hardware if ALL in names else names


def _split(asked: Sequence[str]) -> tuple[str, ...]:
    """Names with commas between them, each once."""
    return tuple(dict.fromkeys(name.strip() for one in asked for name in one.split(",") if name.strip()))


def _listing(house: "House") -> str:
    specs = house.models.values()
    lines = {
        "families": [spec.family for spec in specs],
        "sets": [*(tag for spec in specs for tag in spec.tags), ALL],
        "tasks": [spec.task for spec in specs if spec.task],
        "hardware": [*house.hardware, ALL],
    }
    return "".join(f"{name}: {', '.join(dict.fromkeys(words))}\n" for name, words in lines.items())
