"""What every command of `ipfs-bench` shares: errors for people, options, the default database."""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.naming import chosen
from pytest_ipfs_bench.options import BROWSERS, FORMATS
from pytest_ipfs_bench.places import here_only

if TYPE_CHECKING:
    from pytest_ipfs_bench.reports import Document

USAGE, FAILED, INTERRUPTED = 2, 1, 130


class Group(click.Group):
    """Commands whose errors are for people: one message, no traceback, the nearest name for an unknown one."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command; a person's mistake is exit status 2."""
        try:
            return super().invoke(ctx)
        except BenchError as error:
            click.echo(str(error), err=True)
            ctx.exit(USAGE)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:  # `| head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds a command by name."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            raise unknown(f"{ctx.command_path} {name}", "command", name, self.list_commands(ctx))
        return super().resolve_command(ctx, args)


def database_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """--db, with its default as everywhere: environment, ini, then bench.duckdb here."""
    return click.option(
        "--db", "--db-path", "database", metavar="PATH", type=str, default=None,
        help="Database (default: $BENCHMARK_DB_PATH, ini bench_db, ./bench.duckdb).",
    )(command)  # fmt: skip


def format_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """--format."""
    return click.option("--format", "-f", "form", type=click.Choice(FORMATS), default="text", show_default=True)(
        command
    )


def put(text: str, output: Path | None) -> None:
    """Writes an answer where it is wanted."""
    from pytest_ipfs_bench import reports

    if output:
        reports.save(output, text)
    else:
        reports.write(sys.stdout, text)


def give(made: "Document", form: str, output: Path | None) -> None:
    """Writes a report where it is wanted."""
    from pytest_ipfs_bench import reports

    if output:
        reports.put_together(made, form, output)
    else:
        put(reports.RENDERERS[form](made), None)


def browser_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--browser and its like, handed on as `options`."""

    @functools.wraps(command)
    def told(*, browser: str | None, allow_software: bool, ort_web_dir: str | None, **rest: Any) -> Any:
        from pytest_ipfs_bench import wishes

        return command(options=wishes.options(browser, ort_web_dir, allow_software=allow_software), **rest)

    software = "Also try a WebGPU adapter that only simulates a GPU."
    for option in (
        click.option("--ort-web-dir", metavar="DIR", help="ONNX Runtime Web: the files of its npm package."),
        click.option("--allow-software", is_flag=True, help=software),
        click.option("--browser", metavar="NAME|PATH", help=f"{', '.join(BROWSERS)}, or a path."),
    ):
        told = option(told)
    return told


def output_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """--output."""
    return click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")(
        command
    )


def existing(name: str | None, what: str) -> Path:
    """The same, for commands that need a file that is there and can be read. Raises BenchError with the reason."""
    from pytest_ipfs_bench.store.read import reading

    database = here_only(chosen(name), what)
    with reading(database):
        return database


def tell(line: str) -> None:
    """A word meanwhile, on stderr."""
    click.echo(line, err=True)


def report_rows(rows: dict[str, int]) -> str:
    """Counts by table, those of 0 left out."""
    return ", ".join(f"{count} {table}" for table, count in rows.items() if count) or "nothing new"
