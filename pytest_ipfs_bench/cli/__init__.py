"""The console script `ipfs-bench`: what pytest's options do, without pytest."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pytest_ipfs_bench import __version__
from pytest_ipfs_bench.cli.badge import badge
from pytest_ipfs_bench.cli.common import (
    Group,
    browser_options,
    database_option,
    format_option,
    output_option,
    put,
)
from pytest_ipfs_bench.cli.comparing import compare
from pytest_ipfs_bench.cli.database import db
from pytest_ipfs_bench.cli.export import export
from pytest_ipfs_bench.cli.generate import generate
from pytest_ipfs_bench.cli.importing import import_
from pytest_ipfs_bench.cli.merging import merge
from pytest_ipfs_bench.cli.reporting import report
from pytest_ipfs_bench.cli.serving import serve
from pytest_ipfs_bench.cli.templates import templates
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.naming import chosen

if TYPE_CHECKING:
    from pytest_ipfs_bench.backend import Options


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
@click.option("--probe", is_flag=True, help="Also try every device: allocate, compute, wait; each given up after 30 s.")
@click.option(
    "--self-test", is_flag=True, help="Can timings be trusted here, and how far: clock, harness, waiting, noise."
)
@browser_options
@format_option
@output_option
def hardware(*, probe: bool, self_test: bool, options: "Options", form: str, output: Path | None) -> None:
    """Every kind of hardware: its devices here, or why there are none and what would help.

    \b
    Example:
        ipfs-bench hardware
        ipfs-bench hardware --probe --format json
        ipfs-bench hardware --self-test
        ipfs-bench hardware --probe --browser=edge --allow-software
    """
    from pytest_ipfs_bench import detecting
    from pytest_ipfs_bench.cli import listings
    from pytest_ipfs_bench.registry import Registry

    found = {}
    for backend in Registry.load().backends().values():
        backend.wishes = options
        found[backend] = detecting.detect(backend)
    tried = None
    if probe or self_test:
        from pytest_ipfs_bench.cli import trying

        if self_test:
            trying.self_test(found, form, output)
            return
        tried = trying.probe(found)
    if form == "text":
        put(listings.hardware_text(found, tried), output)
    else:
        put(listings.render(listings.hardware(found, tried), form), output)


@main.command()
@format_option
@output_option
def models(form: str, output: Path | None) -> None:
    """Every registered model, for --bench-models.

    \b
    Example:
        ipfs-bench models
    """
    from pytest_ipfs_bench.cli import listings
    from pytest_ipfs_bench.registry import Registry

    put(listings.render(listings.models(Registry.load().models().values()), form), output)


@main.command()
@format_option
@output_option
def suites(form: str, output: Path | None) -> None:
    """The shipped suites, for --bench-suite: what each holds.

    \b
    Example:
        ipfs-bench suites
    """
    from pytest_ipfs_bench import suites as files
    from pytest_ipfs_bench.cli import listings
    from pytest_ipfs_bench.suites.session import shipped_suites

    found = [files.read(path, str(path)) for path in files.shipped(shipped_suites()).values()]
    put(listings.render(listings.suites(found), form), output)


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
    from pytest_ipfs_bench import ask

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
    else:
        put(ask.RENDERERS[form](answer), output)


main.add_command(badge)
db.add_command(merge)
db.add_command(serve)
main.add_command(compare)
main.add_command(db)
main.add_command(export)
main.add_command(generate)
main.add_command(import_)
main.add_command(report)
main.add_command(templates)
