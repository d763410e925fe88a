"""Which of the collected cells are run: chosen once, in the controller, by the database; workers of xdist are told."""

import contextlib
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ipfs_bench import settings
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.errors import BenchError, StoreBusy, Unfit

if TYPE_CHECKING:
    from pytest_ipfs_bench.bench import Bench
    from pytest_ipfs_bench.selection import Verdict

TOLD, LEFT_OUT = "ipfs_bench_verdicts", "ipfs_bench_left_out"
VERDICTS = pytest.StashKey[dict[str, "Verdict"]]()  # of the plan, by cell id


class Choosing:
    """The choice among the cells of one session, in the controller and in each worker of xdist."""

    def __init__(self, config: pytest.Config, chosen: settings.Settings, bench: "Callable[[], Bench]") -> None:
        self._config, self._settings, self._bench = config, chosen, bench
        self._asked = chosen.selection
        self._verdicts: dict[str, Verdict] = {}
        self._words: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """What killed sessions left is taken in first: else their cells would be missing. Then the workers' choice is made."""
        if settings.is_worker(self._config):
            return
        try:
            if self._asked.asked:
                self._take_in_orphans()
            if settings.is_controller_of_workers(self._config) and not self._asked.plan:
                from pytest_ipfs_bench.planning import KINDS

                with contextlib.suppress(
                    Unfit
                ):  # cells of a test's own may fit: they are not known here, and simply run
                    self._judge([cell for kind in KINDS for cell in self._bench().planned(kind)])
        except BenchError as error:
            raise pytest.UsageError(str(error)) from None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """What was found of every cell that is not simply run."""
        from pytest_ipfs_bench.selection import RUNS

        found = self._verdicts.items()
        node.workerinput[TOLD] = {name: [it.plan, it.kind, it.reason] for name, it in found if it.plan != RUNS}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None]:
        """After every other choice (-k, -m, --lf): cells that are not to be run are deselected."""
        yield
        cells = {cell.id: cell for item in items if (cell := _cell(item))}
        if not cells:
            return
        from pytest_ipfs_bench import selection

        try:
            self._look(list(cells.values()))
        except BenchError as error:
            raise pytest.UsageError(str(error)) from None
        found = selection.cut(list(cells.values()), self._bench(), self._verdicts, self._asked.most)
        if self._asked.plan:
            self._config.stash[VERDICTS] = found
            return
        out = {name for name, verdict in found.items() if verdict.plan == selection.LEFT_OUT}
        gone = [item for item in items if (cell := _cell(item)) and cell.id in out]
        if gone:
            items[:] = [item for item in items if not (cell := _cell(item)) or cell.id not in out]
            self._config.hook.pytest_deselected(items=gone)
            self._words = _counted(found.values())

    def pytest_report_collectionfinish(self) -> list[str]:
        """How many cells are left out, and why."""
        return self._words

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Nothing left to run is what was wanted: no error. A worker tells the controller what it left out."""
        if settings.is_worker(self._config):
            self._config.workeroutput[LEFT_OUT] = self._words  # type: ignore[attr-defined]
        elif self._words and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """What a worker left out: every worker the same."""
        self._words = getattr(node, "workeroutput", {}).get(LEFT_OUT) or self._words

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """With workers there was no collection here that could have said it."""
        if settings.is_controller_of_workers(self._config):
            for line in self._words:
                terminalreporter.write_line(line)

    def _look(self, cells: Sequence[Cell]) -> None:
        told = getattr(self._config, "workerinput", {}).get(TOLD)
        if told is None:
            self._judge(cells)
            return
        from pytest_ipfs_bench.selection import Verdict

        self._verdicts = {name: Verdict(*words) for name, words in told.items()}

    def _judge(self, cells: Sequence[Cell]) -> None:
        """A verdict on each cell. Where nobody asked for a choice, a database that is busy is not waited for."""
        from pytest_ipfs_bench import selection
        from pytest_ipfs_bench.store.read import peeking

        made, known = self._bench(), selection.Known()
        if not (self._asked.asked or made.choice.sweeps):
            return
        try:
            with peeking(self._settings.database.path, self._settings.lock_timeout if self._asked.asked else 0) as con:
                known = selection.look(con, made, cells, self._asked)
        except StoreBusy:
            if self._asked.asked:
                raise
        self._verdicts = selection.judge(cells, made, known, self._asked)

    def _take_in_orphans(self) -> None:
        from pytest_ipfs_bench.store import spool, write
        from pytest_ipfs_bench.store.read import check

        database = self._settings.database.path
        check(database)
        waiting = [path for folder in spool.folders(database) for path in spool.files(folder)]
        stores = self._settings.captured or (self._asked.plan and not self._config.getoption("ipfs_bench_no_store"))
        if not waiting or not stores:
            return
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        tell = reporter.write_line if reporter else print
        done = write.take_in(database, [], waiting, wait=self._settings.lock_timeout, tell=tell)
        for path, count in done.rejected.items():
            tell(f"the database refused {count} rows; they are kept, with the reasons, in {path}")
        if done.spools:
            tell(
                f"{settings.HEADER}: taken in: the results of {done.spools} earlier sessions that could not store them"
            )


def _cell(item: pytest.Item) -> Cell | None:
    """The cell that a test is over; None for other tests, and for somebody else's `cell`."""
    params = getattr(getattr(item, "callspec", None), "params", {})
    cell = params.get("cell")
    return cell if isinstance(cell, Cell) else None


def _counted(verdicts: "Iterable[Verdict]") -> list[str]:
    from pytest_ipfs_bench.selection import LEFT_OUT

    every = list(verdicts)
    kinds = Counter(one.kind for one in every if one.plan == LEFT_OUT)
    reasons = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    left = len(every) - kinds.total()
    return [f"{settings.HEADER}: {left} of {len(every)} cells; left out: {reasons} (--bench-plan lists them)"]
