"""Test reports -> records -> spool; at the end one hand-over to the store. Lives in the controller only."""

import dataclasses
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import benchmarks, context, outcomes
from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.fixtures import REPORT_LINES, UNTIMED
from pytest_ipfs_bench.places import Remote, Target
from pytest_ipfs_bench.records import Outcome, Performance, Record, Run, new_id, utc
from pytest_ipfs_bench.results import describe_hardware
from pytest_ipfs_bench.templates import header

if TYPE_CHECKING:
    import pytest

    from pytest_ipfs_bench.backend import Device
    from pytest_ipfs_bench.bench import Bench
    from pytest_ipfs_bench.store.spool import Spool
    from pytest_ipfs_bench.store.write import Handover

SUCCESS = 0


@dataclass
class Ending:
    """How the session's results fared."""

    handover: "Handover | None" = None
    problem: StoreError | None = None
    json_file: Path | None = None
    json_problem: str | None = None
    report_problem: str | None = None
    finished: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    untimed: int = 0
    verified_only: int = 0


class Recorder:
    """Takes down one session. What is written is flushed line by line, so that a kill loses nothing that had finished."""

    def __init__(self, database: Target, run: Run, spool: "Spool", root: Path) -> None:
        self.database, self.run, self.spool = database, run, spool
        self._root, self._templates = root, dict[str, dict[str, str] | None]()
        self.ending = Ending()
        self._began = time.time()
        self._append(run)

    def test(self, report: "pytest.TestReport") -> None:
        """One phase of a test: the lines that it brings, then its outcome, if it counts as one."""
        about: dict[str, Any] = {}
        for line in getattr(report, REPORT_LINES, ()):
            self.spool.append(line)
            self.ending.counts[line[10 : line.index('"', 10)]] += 1
            about = _subject(line) or about
        outcome = outcomes.of_test(report, self.run.run_id)
        if outcome is not None:
            self._append(self._with_template(dataclasses.replace(outcome, **about) if about else outcome))
        if getattr(report, UNTIMED, False):
            self.ending.untimed += 1

    def collection(self, report: "pytest.CollectReport") -> None:
        """A file that could not be collected."""
        outcome = outcomes.of_collection(report, self.run.run_id)
        if outcome is not None:
            self._append(self._with_template(outcome))

    def _with_template(self, outcome: Outcome) -> Outcome:
        """An outcome of a generated file says which version of which template made the file, as it is now."""
        path = outcome.node_id.partition("::")[0]
        if path not in self._templates:
            found = header.of_file(self._root / path)
            self._templates[path] = {"name": found.template, "version": found.version} if found else None
        made = self._templates[path]
        return (
            dataclasses.replace(outcome, metadata={**(outcome.metadata or {}), "template": made}) if made else outcome
        )

    def discard(self) -> None:
        """Nothing was run (a usage error): nothing is stored."""
        self.spool.remove()

    def finish(self, exit_status: int, tell: Callable[[str], None], *, wait: float, json_output: bool) -> None:
        """The run's own line, then everything to the database; if it can't be had, the spool stays and says why."""
        from pytest_ipfs_bench.store.write import hand_over

        now = time.time()
        self._append(
            dataclasses.replace(
                self.run,
                completed_at=utc(now),
                execution_time_seconds=now - self._began,
                success=exit_status == SUCCESS,
                exit_status=exit_status,
                software=context.software(),
                metadata=self._metadata(),
            )
        )
        lines = self.spool.lines() if json_output else []
        try:
            self.ending.handover = hand_over(self.database, self.spool, wait=wait, tell=tell)
        except StoreError as error:
            self.ending.problem = error
            self.spool.close()
        if json_output:
            self._write_json(lines)
        self.ending.finished = True

    def _metadata(self) -> Mapping[str, Any] | None:
        """What is known of the machine, and how it was when something had been measured on it (the ruler)."""
        if not self.ending.counts[Performance.TABLE]:
            return self.run.metadata
        from pytest_ipfs_bench import ruler

        return {**(self.run.metadata or {}), "ruler": ruler.read().as_dict()}

    def _write_json(self, lines: list[str]) -> None:
        try:
            self.ending.json_file = _write_json(self.database, self.run.run_id, lines)
        except (OSError, ValueError) as error:
            self.ending.json_problem = f"the JSON file of DEPRECATE_JSON_OUTPUT=0 could not be written: {error}"

    def _append(self, record: Record) -> None:
        self.spool.append(record.line())
        self.ending.counts[record.TABLE] += 1


def start(
    database: Target, *, folder: Path, arguments: Sequence[str], labels: Mapping[str, str], host: "Device"
) -> Recorder:
    """A recorder with its spool, the run's first line in it. folder: the session's root, where node ids begin.

    Raises StoreError where no folder takes the spool.
    """
    from pytest_ipfs_bench.store.spool import Spool

    state, now = context.git(folder), time.time()
    run = Run(
        run_id=new_id(),
        test_name=folder.name,
        test_type="pytest",
        started_at=utc(now),
        git_commit=state.commit,
        git_branch=state.branch,
        git_dirty=state.dirty,
        command_line=context.command_line("pytest", arguments),
        hostname=context.host(),
        python_version=context.python_version(),
        labels=labels,
        metadata={"machine": {"cpu": host.name, "cores": host.compute_units, "memory_gb": host.memory_gb}},
        created_at=utc(now),
    )
    try:
        return Recorder(database, run, Spool.create(database, run.run_id), folder)
    except OSError as error:
        raise StoreError(f"{database}: no folder takes the results of this session ({error}).") from error


def attach(report: "pytest.TestReport", item: "pytest.Item", bench: "Bench", lines: list[str], *, called: bool) -> None:
    """Puts on a report the lines of its cells, and on that of the call its benchmark's. Runs where the test ran."""
    fixture = getattr(item, "funcargs", {}).get("benchmark") if called else None
    if fixture is not None and benchmarks.is_fixture(fixture):
        host = describe_hardware("cpu", bench.host)
        record = benchmarks.record(fixture, bench.run_id, host.hardware_id, bench.samples)
        if record is not None:
            lines = [*lines, host.line(), record.line()]
        elif fixture.disabled:
            setattr(report, UNTIMED, True)
    if lines:
        setattr(report, REPORT_LINES, lines)


def _subject(line: str) -> dict[str, Any] | None:
    """The model and hardware that a test's outcome is about: those of its cell (a user's benchmark is about neither)."""
    if not line.startswith('{"table":"hardware_compatibility"'):
        return None
    row = json.loads(line)["row"]
    return {"hardware_id": row.get("hardware_id"), "model_id": row.get("model_id")}


def _write_json(database: Target, run_id: str, lines: list[str]) -> Path:
    """The session's records as one JSON file beside the database, of a served one here (DEPRECATE_JSON_OUTPUT=0)."""
    tables: dict[str, list[Any]] = {}
    for line in lines:
        record = json.loads(line)
        tables.setdefault(record["table"], []).append(record["row"])
    tables[Run.TABLE] = tables[Run.TABLE][-1:]
    stem = Path(database.name) if isinstance(database, Remote) else database.with_suffix("")
    path = stem.with_name(f"{stem.name}.{run_id}.json").absolute()
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(tables, ensure_ascii=False, indent=1), encoding="utf-8")
    temporary.replace(path)
    return path
