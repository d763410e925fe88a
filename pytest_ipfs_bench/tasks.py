"""Tasks: what the pytest command does instead of running tests."""

import sys
from typing import TYPE_CHECKING

from pytest_ipfs_bench import settings

if TYPE_CHECKING:
    import pytest


def run(config: "pytest.Config") -> int:
    """Migrates, or reports what the database holds (the report alone on stdout), or both. Raises BenchError."""
    chosen = settings.parse(config)
    status = 0
    if chosen.migration:
        status = _migrate(config, chosen, chosen.migration)
    if chosen.report:
        _report(chosen, chosen.report)
    return status


def _migrate(config: "pytest.Config", chosen: settings.Settings, asked: settings.Migration) -> int:
    from pytest_ipfs_bench import context
    from pytest_ipfs_bench.migration import command
    from pytest_ipfs_bench.migration.run import Asked
    from pytest_ipfs_bench.registry import Registry

    what = Asked(
        trees=asked.trees,
        database=chosen.database.path,
        archive=asked.archive,
        delete=asked.delete,
        strict=asked.strict,
        dry=asked.dry,
        reimport=asked.reimport,
        wait=chosen.lock_timeout,
        command_line=context.command_line("pytest", config.invocation_params.args),
    )
    registry = Registry.load()
    config.hook.pytest_ipfs_bench_register.call_historic(kwargs={"manager": registry.manager})
    verbose = config.get_verbosity() > 0
    return command.run(what, registry.importers(), report_file=asked.report, verbose=verbose)


def _report(chosen: settings.Settings, asked: settings.Report) -> None:
    from pytest_ipfs_bench import reports

    text = reports.make(chosen.database.path, asked.kind, asked.format)
    if asked.file is None:
        reports.write(sys.stdout, text)
    else:
        reports.save(asked.file, text)
        sys.stderr.write(f"Report: {asked.file}\n")
