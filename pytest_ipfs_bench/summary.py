"""The last words of a session: what was stored where, what was not, and the report that was asked for."""

import json
import re
import shlex
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

WORDS = {
    "integration_test_results": ("outcome", "outcomes"),
    "performance_results": ("measurement", "measurements"),
    "hardware_compatibility": ("compatibility row", "compatibility rows"),
}


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


def write(reporter: "pytest.TerminalReporter", recorder: "Recorder") -> None:
    """Prints our section of the terminal summary."""
    reporter.write_sep("=", "ipfs-bench")
    for line in _stored(recorder):
        reporter.write_line(line)
    for line in _trouble(recorder):
        reporter.write_line(line, yellow=True)


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


def _stored(recorder: "Recorder") -> list[str]:
    ending = recorder.ending
    found = [(words, ending.counts[table]) for table, words in WORDS.items() if ending.counts[table]]
    counts = [f"{count} {words[count != 1]}" for words, count in found]
    lines = []
    if ending.problem is None:
        lines.append(f"{', '.join(counts) or 'no results'} stored in {recorder.database}")
    lines.append(f"run {recorder.run.run_id}")
    if ending.handover and ending.handover.spools > 1:
        lines.append(
            f"also taken in: the results of {ending.handover.spools - 1} earlier sessions that could not store them"
        )
    if ending.json_file:
        lines.append(f"also written: {ending.json_file}")
    return lines


def _trouble(recorder: "Recorder") -> list[str]:
    ending = recorder.ending
    lines = []
    if ending.untimed:
        lines.append(
            f"timings were not taken: {ending.untimed} benchmarks ran once only (pytest-benchmark is disabled)"
        )
    if ending.verified_only:
        why = "several xdist workers would time each other"
        lines.append(f"timings were not taken: {ending.verified_only} cells were verified only ({why})")
    strange = ending.handover.strange if ending.handover else {}
    lines += [f"left as it is: {path}: {reason}" for path, reason in strange.items()]
    left = ending.handover.left if ending.handover else []
    lines += [f"taken in, but can't be removed (another user's, or a read-only disk?): {path}" for path in left]
    for path, count in (ending.handover.rejected if ending.handover else {}).items():
        lines.append(f"the database refused {count} rows; they are kept, with the reasons, in {path}")
    lines += [problem for problem in (ending.json_problem, ending.report_problem) if problem]
    if ending.problem:
        paths = " ".join(shlex.quote(str(path)) for path in recorder.spool.paths)
        lines += [str(ending.problem), "The results are in the spool. Take them in with:"]
        lines.append(f"  ipfs-bench db merge {paths} --into {shlex.quote(str(recorder.database))}")
        lines += _homeless(recorder)
    return lines


def _homeless(recorder: "Recorder") -> list[str]:
    """What neither the database nor any disk took: on the screen, where it can be saved from."""
    left = recorder.spool.unwritten
    if not left:
        return []
    escaped = [re.sub(r"[^\x20-\x7e]", lambda match: json.dumps(match[0])[1:-1], line) for line in left]
    return [
        f"No disk took {len(left)} lines ({recorder.spool.problem}). Save them as FILE.ndjson and merge that:",
        *escaped,
    ]
