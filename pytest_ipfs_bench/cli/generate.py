"""`ipfs-bench generate`: tests, skills, suites, models, backends and importers, from templates."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pytest_ipfs_bench.cli.common import FAILED, Group, database_option, put, tell
from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.naming import chosen

if TYPE_CHECKING:
    from pytest_ipfs_bench.templates.making import House, Order

ALL = "all"


class Generate(Group):
    """The group; without a command it lists, or shows its help."""


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
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


def hardware_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """--hardware, repeatable and with commas; all is every kind that is registered."""
    return click.option(
        "--hardware", multiple=True, metavar="NAME,...", help="Hardware, or all (default: cpu)."
    )(command)  # fmt: skip


@click.group(cls=Generate, invoke_without_command=True)
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
    if context.invoked_subcommand is not None:
        return
    if not listing:
        click.echo(context.get_help())
        return
    put(_listing(_house()), None)


def about_models(kind: str) -> Callable[..., None]:
    """A command that generates one file for each model that is named."""

    def command(
        words: tuple[str, ...], families: tuple[str, ...], tasks: tuple[str, ...], hardware: tuple[str, ...], **how: Any
    ) -> None:
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

    return command


def test_command() -> click.Command:
    """`generate test`."""
    return _model_command(
        "test",
        """Tests of models on hardware: they run at once, or skip with the reason.

        MODEL is a model, a family, or a set (key, small, all). Each gets a file, test_MODEL.py.

        \b
        Example:
            ipfs-bench generate test bert vit --hardware cpu,cuda,webgpu -o generated
            ipfs-bench generate test --task text-generation --hardware all -o generated
            ipfs-bench generate test key -o generated --check
            pytest generated --bench-db=bench.duckdb
        """,
    )


def skill_command() -> click.Command:
    """`generate skill`."""
    return _model_command(
        "skill",
        """Skills: modules that load a model on some hardware, run it, and test themselves.

        MODEL is a model, a family, or a set (key, small, all). Each gets a file, skill_MODEL.py.

        \b
        Example:
            ipfs-bench generate skill bert --hardware cpu,cuda -o skills
            python skills/skill_bert.py --hardware cpu
        """,
    )


def _model_command(kind: str, words: str) -> click.Command:
    command = about_models(kind)
    command.__doc__ = words
    for option in (
        click.option("--task", "tasks", multiple=True, metavar="NAME", help="Every family of this task; repeatable."),
        click.option("--family", "families", multiple=True, metavar="NAME", help="This family; repeatable."),
        click.argument("words", nargs=-1, metavar="[MODEL]..."),
    ):
        command = option(command)
    return click.command(kind)(hardware_option(common_options(command)))


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

    house, listed = _house(), tuple(models.split(","))
    subjects(listed, house.models)  # for its error, if one is unknown
    _make_named("suite", name, house, _hardware(hardware, house), how, models=listed, options=("--models", models))


@generate.command()
@click.argument("name")
@common_options
def model(name: str, **how: Any) -> None:
    """A module that declares a model of one's own, with its test.

    \b
    Example:
        ipfs-bench generate model mine -o mine
    """
    _make_named("model", name, _house(), ("cpu",), how)


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
    _make_named("backend", name, _house(), ("cpu",), how)


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
    _make_named("importer", name, _house(), ("cpu",), how)


def _make_named(
    kind: str,
    name: str,
    house: "House",
    hardware: tuple[str, ...],
    how: dict[str, Any],
    models: tuple[str, ...] = (),
    options: tuple[str, ...] = (),
) -> None:
    from pytest_ipfs_bench.templates.making import Order
    from pytest_ipfs_bench.templates.subjects import identifier, plain

    taken = {"backend": house.hardware, "model": tuple(house.models)}.get(kind, ())
    if {name, identifier(name)} & set(taken):
        raise BenchError(
            f"ipfs-bench generate {kind} {name}: one of that name is registered already.\nTake another name."
        )
    order = Order(kind, (plain(name, kind),), hardware, how["template"], models, options)
    _make(order, house, **how)


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

    library = opening.library(chosen(database) if use_database else None)
    if library.note:
        tell(library.note)
    told = (*(("--template", template) if template else ()), *(() if use_database else ("--no-db-templates",)))
    made = making.generate(replace(order, options=(*order.options, *told)), library, house, run=validate_run)
    if not check:
        for path in files.write(made, folder, force=force):
            click.echo(str(path))
        return
    wrong = files.differing(made, folder)
    for name, what in wrong.items():
        click.echo(f"{folder / name}: {what}")
    click.echo(f"{len(made) - len(wrong)} of {len(made)} files are up to date.")
    if wrong:
        sys.exit(FAILED)


def _house() -> "House":
    from pytest_ipfs_bench.templates import opening

    return opening.house()


def _hardware(asked: Sequence[str], house: "House") -> tuple[str, ...]:
    """Names of hardware, each once. Raises BenchError for one that nobody knows."""
    names = [name.strip() for one in asked for name in one.split(",") if name.strip()] or ["cpu"]
    for name in names:
        if name not in (*house.hardware, ALL):
            raise unknown(f"--hardware={name}", "hardware", name, [*house.hardware, ALL])
    return tuple(house.hardware if ALL in names else dict.fromkeys(names))


def _listing(house: "House") -> str:
    specs = house.models.values()
    lines = {
        "families": [spec.family for spec in specs],
        "sets": [*(tag for spec in specs for tag in spec.tags), ALL],
        "tasks": [spec.task for spec in specs if spec.task],
        "hardware": [*house.hardware, ALL],
    }
    return "".join(f"{name}: {', '.join(dict.fromkeys(words))}\n" for name, words in lines.items())


generate.add_command(test_command())
generate.add_command(skill_command())
