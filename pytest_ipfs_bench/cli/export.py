"""`ipfs-bench export`."""

from pathlib import Path

import click

from pytest_ipfs_bench.cli.common import database_option
from pytest_ipfs_bench.naming import chosen


@click.command()
@click.argument("path", metavar="[DB]", required=False)
@database_option
@click.option("--output", "-o", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path("export"),
              show_default=True, help="Folder for one file per table.")  # fmt: skip
@click.option(
    "--format", "-f", "form", type=click.Choice(("parquet", "csv", "json")), default="parquet", show_default=True
)
@click.option("--table", "tables", multiple=True, help="Only this table or view; repeatable (default: every table).")
@click.option("--run", "run_id", default=None, help="Only this run (its id).")
@click.option("--since", default=None, metavar="DATE", help="Only what was measured then or later (UTC).")
@click.option("--until", default=None, metavar="DATE", help="Only what was measured before (UTC).")
@click.option("--model", default=None, help="Only this model (its name).")
@click.option("--hardware", default=None, help="Only this hardware (its type: cpu, cuda ...).")
def export(
    path: str | None,
    database: str | None,
    folder: Path,
    form: str,
    tables: tuple[str, ...],
    run_id: str | None,
    since: str | None,
    until: str | None,
    model: str | None,
    hardware: str | None,
) -> None:
    """Write tables as Parquet, CSV or JSON files, whole or by filter.

    Filters apply to the tables of results; what those refer to is exported with them.

    \b
    Example:
        ipfs-bench export bench.duckdb -o out
        ipfs-bench export --format csv --table results --since 2026-01-01 --hardware cpu
    """
    from pytest_ipfs_bench.store import exporting

    filters = exporting.Filters(run_id=run_id, since=since, until=until, model=model, hardware=hardware)
    for file, rows in exporting.export(chosen(path or database), folder, form, tables, filters):
        click.echo(f"{file}: {rows} rows")
