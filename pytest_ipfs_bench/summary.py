"""The last words of a session: what was stored where, and what was not."""

import json
import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from pytest_ipfs_bench.recorder import Recorder

WORDS = {
    "integration_test_results": ("outcome", "outcomes"),
    "performance_results": ("measurement", "measurements"),
    "hardware_compatibility": ("compatibility row", "compatibility rows"),
}


def write(reporter: "pytest.TerminalReporter", recorder: "Recorder") -> None:
    """Prints our section of the terminal summary."""
    reporter.write_sep("=", "ipfs-bench")
    for line in _stored(recorder):
        reporter.write_line(line)
    for line in _trouble(recorder):
        reporter.write_line(line, yellow=True)


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
