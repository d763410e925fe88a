"""The console script `ipfs-bench`: what pytest's options do, without pytest."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pytest_ipfs_bench import __version__
from pytest_ipfs_bench.cli.common import Group, chosen, database_option, output_option
from pytest_ipfs_bench.cli.database import db
from pytest_ipfs_bench.cli.export import export
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.settings import FORMATS

if TYPE_CHECKING:
    from pytest_ipfs_bench.backend import Backend, Detection


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
@click.option("--archive", type=click.Path(path_type=Path, exists=True, file_okay=False), default=None,
              help="Folder of `db prune --archive`: its tables are there as archived_NAME.")  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), default=None, help="Rows at most (default: all).")
def query(
    sql: str,
    database: str | None,
    form: str,
    output: Path | None,
    timeout: float,
    archive: Path | None,
    limit: int | None,
) -> None:
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
    answer = ask.ask(chosen(database), sql, timeout=timeout, limit=limit, archive=archive)
    if form == "parquet":
        if output is None:
            raise BenchError("--format parquet needs a file: --output FILE")
        ask.save_parquet(answer, output)
    elif output:
        reports.save(output, ask.RENDERERS[form](answer))
    else:
        reports.write(sys.stdout, ask.RENDERERS[form](answer))


main.add_command(db)
main.add_command(export)
