"""`ipfs-bench import`."""

import sys
from pathlib import Path

import click
from click.core import ParameterSource

from pytest_ipfs_bench.cli.common import database_option
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.naming import chosen
from pytest_ipfs_bench.places import here_only


@click.command("import")
@click.argument("paths", metavar="PATH...", nargs=-1, type=click.Path(path_type=Path))
@database_option
@click.option("--archive", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
              help="Write the files that were imported into one verified archive in DIR.")  # fmt: skip
@click.option(
    "--delete", is_flag=True, help="Then delete them (archive: DATABASE.archive, unless --archive says otherwise)."
)
@click.option("--strict", is_flag=True, help="A rejected file makes the exit status 1; nothing is archived or deleted.")
@click.option("--report", "report_file", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
              help="Write the whole report to FILE: .txt, .md or .json.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--reimport", is_flag=True, help="Read files anew that were imported before, and replace their rows.")
@click.option("--max-mb", type=click.IntRange(min=1), default=128, show_default=True, help="Larger files are rejected.")
@click.option("--verbose", "-v", is_flag=True, help="One line for every file.")
@click.option("--make-samples", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
              help="Write sample files of every known shape into DIR, and what an import must make of each.")  # fmt: skip
@click.option(
    "--seed", type=int, default=None, show_default="0", help="Another seed: samples of other numbers and names."
)
@click.option("--verify", is_flag=True, help="PATH holds samples: import them (into --db, else into a database that goes"
              " afterwards), and say what is otherwise than expected.")  # fmt: skip
def import_(
    paths: tuple[Path, ...],
    database: str | None,
    archive: Path | None,
    report_file: Path | None,
    max_mb: int,
    make_samples: Path | None,
    seed: int | None,
    *,
    delete: bool,
    strict: bool,
    dry_run: bool,
    reimport: bool,
    verbose: bool,
    verify: bool,
) -> None:
    """Import result files: the legacy project's, old databases, and those of other benchmark tools.

    Every file ends as imported, duplicate, not results or rejected, with a reason; importing again imports nothing twice.

    \b
    Example:
        ipfs-bench import ./test_results
        ipfs-bench import .benchmarks results.xml --db bench.duckdb
        ipfs-bench import ./test_results --delete --archive ./archive --report migration.md
        ipfs-bench import --make-samples ./samples && ipfs-bench import ./samples --verify
    """
    from pytest_ipfs_bench import context
    from pytest_ipfs_bench.migration import command
    from pytest_ipfs_bench.migration.run import Asked
    from pytest_ipfs_bench.migration.samples import command as samples
    from pytest_ipfs_bench.registry import Registry

    leave, command_line = click.get_current_context().exit, context.command_line("ipfs-bench", sys.argv[1:])
    if make_samples:
        _alone("--make-samples", "make_samples", "seed")
        leave(samples.write_samples(make_samples, seed or 0))
    if seed is not None:
        raise BenchError("--seed: it says which samples to make.\nUse it with --make-samples DIR.")
    if not paths:
        raise BenchError("ipfs-bench import: no PATH is named.\nName a folder of result files, or a file.")
    if verify:
        _alone("--verify", "verify", "paths", "database")
        place = here_only(chosen(database), "import --verify") if database else None
        leave(samples.verify_samples(paths, place, Registry.load().importers(), command_line))
    asked = Asked(
        trees=paths,
        database=chosen(database),
        archive=archive,
        delete=delete,
        strict=strict,
        dry=dry_run,
        reimport=reimport,
        limit=max_mb * 1_000_000,
        command_line=command_line,
    )
    leave(command.run(asked, Registry.load().importers(), report_file=report_file, verbose=verbose))


def _alone(option: str, *with_these: str) -> None:
    """Raises BenchError where an option stands beside one that it has nothing to do with."""
    here = click.get_current_context()
    names = {one.name or "": "PATH" if isinstance(one, click.Argument) else one.opts[0] for one in here.command.params}
    for name, shown in names.items():
        if name not in with_these and here.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            known = ", ".join(names[one] for one in with_these if names[one] != option)
            raise BenchError(f"{option}: it does not go together with {shown}.\nIt goes with: {known}.")
