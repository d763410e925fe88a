"""What follows a run that was asked for it: a report, charts. Sessions without them don't import this."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench import covering, reports
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.reports import step

if TYPE_CHECKING:
    import pytest

    from pytest_ipfs_bench.recorder import Recorder
    from pytest_ipfs_bench.registry import Registry
    from pytest_ipfs_bench.settings import Report, Settings


def ready(settings: "Settings", folder: Path, registry: "Registry") -> "Settings":
    """What can be said before any test of the report and the charts that are to follow it; the report with its suite's cells.

    Raises BenchError.
    """
    if settings.charts:
        reports.check_charts(settings.charts)
    wanted = settings.report
    if wanted is None:
        return settings
    reports.check(wanted.kind, wanted.format, wanted.file)
    spelt = covering.spelt(wanted.asked, folder, lambda: registry)
    reports.asked(spelt)
    return replace(settings, report=replace(wanted, asked=spelt))


def write_report(reporter: "pytest.TerminalReporter", recorder: "Recorder", settings: "Settings") -> None:
    """Prints the report that was asked for, or where it went."""
    wanted, ending = settings.report, recorder.ending
    if wanted is None:
        return
    if ending.handover is None:
        reporter.write_line("no report: this session's results are not in the database", yellow=True)
        return
    if wanted.file:
        if ending.report_problem is None:
            reporter.write_line(f"report: {wanted.file}")
            _add_to_step(reporter, wanted, wanted.file.read_text(encoding="utf-8"))
        return
    try:
        text = reports.make(settings.database.path, wanted.kind, wanted.format, reports.asked(wanted.asked))
    except BenchError as error:
        reporter.write_line(str(error), red=True)
        return
    reporter.write_line("")
    for line in text.splitlines():
        reporter.write_line(line)
    _add_to_step(reporter, wanted, text)


def _add_to_step(reporter: "pytest.TerminalReporter", wanted: "Report", text: str) -> None:
    """To the summary of a step on GitHub, where there is one: a report in markdown."""
    trouble = step.add(wanted.step, text) if wanted.step else None
    if trouble:
        reporter.write_line(trouble, yellow=True)


def write_charts(reporter: "pytest.TerminalReporter", recorder: "Recorder", settings: "Settings") -> None:
    """Draws the charts that were asked for, and prints where they are."""
    if settings.charts is None or recorder.ending.handover is None:
        return
    try:
        tell = reporter.write_line
        lost = reports.visualize(settings.database.path, settings.charts, lambda line: tell(f"chart {line}"))
        for one in lost:
            reporter.write_line(one, yellow=True)
    except BenchError as error:
        reporter.write_line(str(error), red=True)


def save_report(recorder: "Recorder", settings: "Settings") -> None:
    """Writes the report that was asked for to its file, if it is to go to one."""
    wanted = settings.report
    if wanted and wanted.file and recorder.ending.handover:
        try:
            asked = reports.asked(wanted.asked)
            reports.make_file(settings.database.path, wanted.kind, wanted.format, wanted.file, asked)
        except BenchError as error:
            recorder.ending.report_problem = str(error)
