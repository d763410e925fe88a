"""Tasks: what the pytest command does instead of running tests."""

import contextlib
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench import settings

if TYPE_CHECKING:
    import pytest

    from pytest_ipfs_bench.registry import Registry


def run(config: "pytest.Config") -> int:
    """Migrates, or reports what the database holds (the report alone on stdout), or both. Raises BenchError."""
    chosen = settings.parse(config)
    status = 0
    if chosen.migration:
        status = _migrate(config, chosen, chosen.migration)
    if chosen.report:
        status = max(status, _report(config, chosen, chosen.report))
    if chosen.charts:
        status = max(status, _charts(chosen, chosen.charts))
    return status


def plan(config: "pytest.Config", ours: object) -> int:
    """Collects, runs nothing, and lists the cells on stdout: all that pytest itself says goes to stderr.

    ours: the plugin whose pytest_cmdline_main is not to be called again.
    """
    config.option.collectonly, config.option.verbose = True, -2
    import pytest

    session = config.pluginmanager.subset_hook_caller("pytest_cmdline_main", [ours])
    with contextlib.redirect_stdout(sys.stderr):
        status = int(session(config=config))
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return status
    _list(config)
    return 0


def _list(config: "pytest.Config") -> None:
    from pytest_ipfs_bench import reports
    from pytest_ipfs_bench.choosing import VERDICTS
    from pytest_ipfs_bench.reports.render import table_text
    from pytest_ipfs_bench.reports.table import Table

    found = config.stash.get(VERDICTS, {})
    rows: list[tuple[str, ...]] = [(name, one.plan, one.words()) for name, one in found.items()]
    counts = Counter(one.plan for one in found.values())
    said = ", ".join(f"{count} {plan}" for plan, count in counts.items())
    reports.write(sys.stdout, table_text(Table("plan", ("cell", "plan", "reason"), rows)))
    reports.write(sys.stdout, f"\n{len(found)} cells{': ' if said else ''}{said}\n")
    if not found:
        sys.stderr.write(
            "No test over cells was collected: name one, or --pyargs model_suites, or --bench-suite=NAME.\n"
        )


def _migrate(config: "pytest.Config", chosen: settings.Settings, asked: settings.Migration) -> int:
    from pytest_ipfs_bench import context
    from pytest_ipfs_bench.migration import command
    from pytest_ipfs_bench.migration.run import Asked

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
    registry = _registry(config)
    verbose = config.get_verbosity() > 0
    return command.run(what, registry.importers(), report_file=asked.report, verbose=verbose)


def _charts(chosen: settings.Settings, folder: Path) -> int:
    """Exit status 1 where not everything could be read."""
    from pytest_ipfs_bench import reports

    return _lost(reports.visualize(chosen.database.path, folder, lambda line: sys.stderr.write(f"{line}\n")))


def _lost(words: Sequence[str]) -> int:
    """Tells what could not be read; the exit status of that."""
    sys.stderr.writelines(f"{one}\n" for one in words)
    return 1 if words else 0


def _registry(config: "pytest.Config") -> "Registry":
    from pytest_ipfs_bench.registry import Registry

    registry = Registry.load()
    config.hook.pytest_ipfs_bench_register.call_historic(kwargs={"manager": registry.manager})
    return registry


def _report(config: "pytest.Config", chosen: settings.Settings, asked: settings.Report) -> int:
    """Exit status 1 where not everything could be read."""
    from pytest_ipfs_bench import covering, reports
    from pytest_ipfs_bench.reports import step

    spelt = covering.spelt(asked.asked, config.invocation_params.dir, lambda: _registry(config))
    what = reports.asked(spelt)
    reports.check(asked.kind, asked.format, asked.file)
    made = reports.report(chosen.database.path, asked.kind, asked.format, what)
    if asked.file is None:
        reports.write(sys.stdout, reports.RENDERERS[asked.format](made))
    else:
        reports.put_together(made, asked.format, asked.file)
        sys.stderr.write(f"Report: {asked.file}\n")
    if asked.step:
        trouble = step.add(asked.step, reports.RENDERERS[asked.format](made))
        sys.stderr.write(f"{trouble}\n" if trouble else "")
    return _lost(made.lost)
