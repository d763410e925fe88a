"""What every command of `ipfs-bench` shares: errors for people, options, the default database."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.settings import default_database, local

USAGE, FAILED = 2, 1


class Group(click.Group):
    """Commands whose errors are for people: one message, no traceback, the nearest name for an unknown one."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command; a person's mistake is exit status 2."""
        try:
            return super().invoke(ctx)
        except BenchError as error:
            click.echo(str(error), err=True)
            ctx.exit(USAGE)
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
    """--db, with its default as everywhere: environment, then bench.duckdb here."""
    return click.option(
        "--db", "--db-path", "database", metavar="PATH", type=str, default=None,
        help="Database (default: $BENCHMARK_DB_PATH, then ./bench.duckdb).",
    )(command)  # fmt: skip


def output_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """--output."""
    return click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")(
        command
    )


def chosen(name: str | None) -> Path:
    """The database that a command works on."""
    here = Path.cwd()
    named = name or os.environ.get("BENCHMARK_DB_PATH")
    return local(named, here, "--db") if named else default_database(here)


def tell(line: str) -> None:
    """A word meanwhile, on stderr."""
    click.echo(line, err=True)


def report_rows(rows: dict[str, int]) -> str:
    """Counts by table, those of 0 left out."""
    return ", ".join(f"{count} {table}" for table, count in rows.items() if count) or "nothing new"
