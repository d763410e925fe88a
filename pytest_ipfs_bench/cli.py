"""The console script `ipfs-bench`: what pytest's options do, without pytest."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pytest_ipfs_bench import __version__
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.settings import FORMATS, default_database, local

if TYPE_CHECKING:
    from pytest_ipfs_bench.backend import Backend, Detection
    from pytest_ipfs_bench.store.write import Handover

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
            from pytest_ipfs_bench.errors import unknown

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


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ipfs-bench")
def main() -> None:
    """Benchmarks, outcomes and model x hardware cells in one DuckDB file.

    \b
    Example:
        pytest --bench-db=bench.duckdb      store a session
        ipfs-bench report                   what is in bench.duckdb
        ipfs-bench query "FROM results"     ask it in SQL
    """


@main.command()
def hardware() -> None:
    """Every kind of hardware: its devices here, or why there are none and what would help.

    \b
    Example:
        ipfs-bench hardware
    """
    from pytest_ipfs_bench.registry import Registry

    for name, backend in Registry.load().backends().items():
        click.echo("\n".join(_describe(name, backend, backend.detect())))


def _describe(name: str, backend: "Backend", found: "Detection") -> list[str]:
    from pytest_ipfs_bench.reports.render import printable

    state = found.state.value.replace("_", " ")
    lines = [f"{name}: {state}" + (f" ({found.reason})" if found.reason else "")]
    for device in found.devices:
        facts = [device.vendor, device.platform_version or device.platform]
        facts += [f"driver {device.driver_version}" if device.driver_version else None]
        facts += [f"{device.compute_units} units" if device.compute_units else None]
        facts += [f"{device.memory_gb:g} GB" if device.memory_gb else None, "software" if device.is_software else None]
        lines.append(f"    {name}:{device.index}  {device.name} [{', '.join(filter(None, facts))}]")
    lines.append(f"    runtimes: {', '.join(backend.runtimes)}")
    return [printable(line) for line in lines + ([f"    {found.hint}"] if found.hint else [])]


@main.command()
def models() -> None:
    """Every registered model, for --bench-models.

    \b
    Example:
        ipfs-bench models
    """
    from tabulate import tabulate

    from pytest_ipfs_bench.registry import Registry

    rows = [
        (spec.name, spec.family, spec.modality, spec.size, spec.weights, spec.parameters_million, dict(spec.shape))
        for spec in Registry.load().models().values()
    ]
    click.echo(tabulate(rows, ["model", "family", "modality", "size", "weights", "M parameters", "shape"]))


@main.command()
def suites() -> None:
    """The shipped suites, for --bench-suite.

    \b
    Example:
        ipfs-bench suites
    """
    from pytest_ipfs_bench.cell import SUITES

    for name, holds in SUITES.items():
        click.echo(f"{name}: {holds}")


@main.command()
@click.argument("kind", default="summary")
@database_option
@click.option("--format", "-f", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@output_option
def report(kind: str, database: str | None, form: str, output: Path | None) -> None:
    """Report what a database holds. KIND is summary (default).

    \b
    Example:
        ipfs-bench report summary --format markdown -o report.md
    """
    from pytest_ipfs_bench import reports

    text = reports.make(chosen(database), kind, form)
    if output:
        reports.save(output, text)
    else:
        reports.write(sys.stdout, text)


@main.command()
@click.argument("sql", metavar="SQL|@FILE")
@database_option
@click.option("--format", "-f", "form", type=click.Choice(("table", "csv", "json", "parquet")), default="table",
              show_default=True)  # fmt: skip
@output_option
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True, help="Seconds."
)
@click.option("--limit", type=click.IntRange(min=1), default=None, help="Rows at most (default: all).")
def query(sql: str, database: str | None, form: str, output: Path | None, timeout: float, limit: int | None) -> None:
    """Ask the database in SQL: one SELECT, read-only, without access to files or the network.

    \b
    Example:
        ipfs-bench query "SELECT model_name, latency_p50_ms FROM results ORDER BY 2"
        ipfs-bench query @ask.sql --format parquet -o answer.parquet
    """
    from pytest_ipfs_bench import ask, reports

    if sql.startswith("@"):
        try:
            sql = Path(sql[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BenchError(f"{sql}: the file can't be read ({error}).") from error
    answer = ask.ask(chosen(database), sql, timeout=timeout, limit=limit)
    if form == "parquet":
        if output is None:
            raise BenchError("--format parquet needs a file: --output FILE")
        ask.save_parquet(answer, output)
    elif output:
        reports.save(output, ask.RENDERERS[form](answer))
    else:
        reports.write(sys.stdout, ask.RENDERERS[form](answer))


@main.group(cls=Group)
def db() -> None:
    """Look after a database."""


@db.command()
@click.argument("path", required=False)
@database_option
def init(path: str | None, database: str | None) -> None:
    """Make an empty database, or check that one can be opened.

    \b
    Example:
        ipfs-bench db init bench.duckdb
    """
    from pytest_ipfs_bench.store.opening import opened
    from pytest_ipfs_bench.store.read import check

    target = chosen(path or database)
    check(target)
    existed = target.exists()
    with opened(target):
        click.echo(f"{'Ready' if existed else 'Made'}: {target}")


@db.command()
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path))
@click.option("--into", "into", metavar="DB", default=None, help="Database that takes them in (default: as --db).")
@database_option
def merge(sources: tuple[Path, ...], into: str | None, database: str | None) -> None:
    """Take in SOURCES: spool files and spool folders. Without any: every spool that waits for this database.

    Idempotent: what the database knows already is not stored again.

    \b
    Example:
        ipfs-bench db merge bench.duckdb.spool --into bench.duckdb
    """
    from pytest_ipfs_bench.store.read import check
    from pytest_ipfs_bench.store.spool import by_session, files, folders
    from pytest_ipfs_bench.store.write import take_in

    target = chosen(into or database)
    check(target)
    paths: list[Path] = []
    for source in sources or folders(target):
        if sources and not source.exists():
            raise BenchError(f"{source}: no such file or folder.")
        paths += files(source) if source.is_dir() else [source] if source.exists() else []
    done = take_in(target, [], paths, tell=lambda line: click.echo(line, err=True))
    click.echo(_told(done, target))
    for path, count in done.rejected.items():
        click.echo(f"Refused: {count} rows; kept, with the reasons, in {path}", err=True)
    left = len(by_session(paths)) - done.spools
    if left:
        click.echo(f"Left: {left} spools of sessions that still run", err=True)
    if done.rejected:
        sys.exit(FAILED)


def _told(done: "Handover", target: Path) -> str:
    rows = ", ".join(f"{count} {table}" for table, count in done.rows.items() if count) or "nothing new"
    return f"Took in {done.spools} spools: {rows} -> {target}"
