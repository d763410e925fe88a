"""pytest's hooks, in the order in which pytest calls them. What is not asked for costs nothing: no object, no import.

Hooks that take no config are methods of Session: one object for a session that is asked for something of ours, made from
its settings, registered in pytest_configure.
"""

import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ipfs_bench import options, settings
from pytest_ipfs_bench.errors import BenchError, Unfit
from pytest_ipfs_bench.fixtures import BENCH, REPORT_LINES, cell

if TYPE_CHECKING:
    from pytest_ipfs_bench.bench import Bench
    from pytest_ipfs_bench.cell import Cell
    from pytest_ipfs_bench.recorder import Recorder

__all__ = ["cell"]  # the fixture; the rest is for pytest alone
RUN_ID = "ipfs_bench_run_id"
HEADER = settings.HEADER
SESSION, CARRIER, CHOOSING = "ipfs_bench_session", "ipfs_bench_carrier", "ipfs_bench_choosing"
MARKER, NO_CELLS = "bench_cells", "no chosen model has such cells: --bench-models"
MARKED = (
    "(kind, ..., models=, hardware=, sizes=, runtimes=, precisions=, batch_sizes=, shapes=): cells of inference, generation,"
    " training, distributed; the models that the test is about; and what it is by default run on, in which sizes ..."
)
MEASURING = ("benchmark", "cell")
SETTINGS = pytest.StashKey[settings.Settings]()
USES_CELLS = pytest.StashKey[bool]()  # the session's, by a test that names none of its own
OWN_CELLS = pytest.StashKey[int]()  # of tests that do, how many
LEFT_OUT = pytest.StashKey[dict[str, list[str]]]()  # by the reason, tests that have no cells in this session
WITHOUT_CELLS = pytest.StashKey[list[str]]()  # tests met before what they were asked to run was registered


def pytest_addoption(parser: pytest.Parser) -> None:
    """Our options and ini values."""
    options.add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """The hook by which a conftest registers its backends and models."""
    from pytest_ipfs_bench.hookspecs import PytestSpecs

    pluginmanager.add_hookspecs(PytestSpecs)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """A task is carried out here and no test is run; None lets the session go on."""
    if settings.is_worker(config):
        return None
    task = settings.is_task(config)
    if not task and (not settings.options(config)("plan") or config.option.help):
        return None
    from pytest_ipfs_bench import tasks

    try:
        return tasks.run(config) if task else tasks.plan(config, sys.modules[__name__])
    except BenchError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_configure(config: pytest.Config) -> None:
    """Parses the settings once; a session that is asked for something of ours gets the object that does it."""
    try:
        _take_suite(config)
        chosen = settings.parse(config)
    except BenchError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[SETTINGS] = chosen
    config.addinivalue_line("markers", f"{MARKER}{MARKED}")
    if chosen.captured or chosen.wants_cells:
        config.pluginmanager.register(Session(config, chosen), SESSION)
    if chosen.wants_cells and (chosen.captured or chosen.selection.asked):
        from pytest_ipfs_bench.choosing import Choosing

        config.pluginmanager.register(Choosing(config, chosen, lambda: bench(config)), CHOOSING)


def _take_suite(config: pytest.Config) -> None:
    """What a suite says counts from now on; its tests are run where no others are named."""
    named = settings.options(config)("suite")
    if named is None:
        return
    from pytest_ipfs_bench.suites import session

    kinds = session.take(config, named)
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args = session.paths(named, kinds)


@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that use our own `cell` get the cells asked for; somebody else's `cell` stays theirs."""
    definitions = metafunc._arg2fixturedefs.get("cell")  # noqa: SLF001  pytest tells whose fixture it is nowhere else
    if not definitions or definitions[-1].func.__module__ != "pytest_ipfs_bench.fixtures":
        return
    config, test = metafunc.config, metafunc.definition.nodeid
    from pytest_ipfs_bench import marking

    try:
        marked = marking.of_test(metafunc.definition.iter_markers(MARKER), test, bench(config))
    except BenchError as error:  # whatever the session asks for
        raise pytest.Collector.CollectError(str(error)) from None
    config.stash[USES_CELLS] = config.stash.get(USES_CELLS, False) or not marked.own
    cells: list[Cell] = []
    try:
        choice = marked.within(settings.options(config), config.getoption(settings.SUITE, {})) if marked.own else None
        cells = [one for kind in marked.kinds for one in bench(config).planned(kind, choice)]
        if not cells:
            config.stash.setdefault(LEFT_OUT, {}).setdefault(NO_CELLS, []).append(test)
    except BenchError as error:
        if marked.own and isinstance(error, Unfit):
            config.stash.setdefault(LEFT_OUT, {}).setdefault(str(error).removesuffix("."), []).append(test)
        elif settings.is_worker(config) or not config.pluginmanager.has_plugin(SESSION):
            raise pytest.Collector.CollectError(str(error)) from None
        else:  # said as a usage error when collection is over: a conftest may yet register what is missing
            config.stash.setdefault(WITHOUT_CELLS, []).append(test)
    config.stash[OWN_CELLS] = config.stash.get(OWN_CELLS, 0) + (len(cells) if marked.own else 0)
    metafunc.parametrize("cell", cells, ids=[one.id for one in cells], indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test without cells (of a kind that no chosen model has) is left out: pytest would skip it in every session."""
    if LEFT_OUT in config.stash:
        names = {test for tests in config.stash[LEFT_OUT].values() for test in tests}
        out = {item for item in items if f"{getattr(item.parent, 'nodeid', '')}::{_name(item)}" in names}
        config.hook.pytest_deselected(items=list(out))
        items[:] = [item for item in items if item not in out]


def _name(item: pytest.Item) -> str:
    return getattr(item, "originalname", None) or item.name


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """How many cells tests name themselves (the header can't know), and which tests were left out, and why."""
    out, own = config.stash.get(LEFT_OUT, {}), config.stash.get(OWN_CELLS, 0)
    told = [f"{HEADER}: {own} cell{'s' if own != 1 else ''} of tests' own ({MARKER})"] if own else []
    return told + [f"{HEADER}: left out: {', '.join(tests)} ({why})" for why, tests in out.items()]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends the runners, if there are any."""
    made = config.stash.get(BENCH, None)
    if made is not None:
        made.close()


def bench(config: pytest.Config) -> "Bench":
    """The session's bench, made at first use. Raises BenchError for options that make no sense."""
    if BENCH not in config.stash:
        from pytest_ipfs_bench import wishes
        from pytest_ipfs_bench.bench import Bench
        from pytest_ipfs_bench.registry import Registry

        registry = Registry.load()
        config.hook.pytest_ipfs_bench_register.call_historic(kwargs={"manager": registry.manager})
        config.stash[BENCH] = Bench(
            settings.choice(config),
            getattr(config, "workerinput", {}).get(RUN_ID, ""),
            plan=settings.measuring_plan(config),
            samples=config.stash[SETTINGS].samples,
            registry=registry,
            options=wishes.parse(config),
        )
    return config.stash[BENCH]


class Session:
    """One session that is asked for something of ours, in the controller and in each worker of xdist."""

    def __init__(self, config: pytest.Config, chosen: settings.Settings) -> None:
        self._config, self._settings = config, chosen
        self._recorder: Recorder | None = None
        self._summarised = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Everything that can be wrong with what was asked is said here, before any test; then the spool is begun."""
        try:
            made = bench(self._config)
            if self._settings.wants_cells and settings.is_controller_of_workers(self._config):
                made.check()  # here is no collection that would meet its errors
            if settings.is_worker(self._config):
                return
            self._show_progress(made)
            if self._settings.required:
                made.require(made.choice.hardware)
            if self._settings.captured:
                self._start(made)
        except BenchError as error:
            raise pytest.UsageError(str(error)) from None

    def _show_progress(self, made: "Bench") -> None:
        """Of what takes a cell long, on a terminal."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter and reporter.isatty:
            from pytest_ipfs_bench.progress import Bar

            made.tell = Bar(self._config).show

    def _start(self, made: "Bench") -> None:
        # Needed at the end, imported now: pytester forgets what a session inside this one imports, and importing
        # duckdb's compiled part a second time ends the process.
        import duckdb  # noqa: F401

        from pytest_ipfs_bench import recorder
        from pytest_ipfs_bench.store.read import check

        if self._settings.followed:
            from pytest_ipfs_bench import following

            self._settings = following.ready(self._settings, self._config.invocation_params.dir, made.registry)
        database = self._settings.database.path
        check(database)
        self._recorder = recorder.start(
            database,
            folder=self._config.rootpath,
            arguments=self._config.invocation_params.args,
            labels=self._settings.labels,
            host=made.host,
        )
        made.run_id = self._recorder.run.run_id

    def pytest_report_header(self) -> str | None:
        """One line: database, hardware, number of cells."""
        if self._config.get_verbosity() < 0 and not self._settings.wants_cells:
            return None
        parts = [f"database {self._settings.database.path}" if self._settings.captured else "nothing is stored"]
        if self._settings.wants_cells:
            parts += self._describe_cells()
        return "\n".join(
            [f"{HEADER}: {', '.join(parts)}", *self._config.getoption(settings.SUITE, {}).get("notes", ())]
        )

    def _describe_cells(self) -> list[str]:
        made = bench(self._config)
        choice = made.choice
        hardware = "hardware " + ("all" if choice.every_hardware else ", ".join(map(str, choice.hardware)))
        try:
            kinds = self._config.getoption(settings.SUITE, {}).get("tests", ("inference",))
            count = sum(len(made.planned(kind)) for kind in kinds)
        except BenchError:  # a model of a conftest that collection has yet to find; else said after it
            return [hardware]
        return [hardware, f"{count} cell{'s' if count != 1 else ''}"]

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """What an xdist worker needs to know of the session."""
        if self._recorder:
            node.workerinput[RUN_ID] = self._recorder.run.run_id

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self) -> None:
        """Names that nobody registered, not even a conftest met during collection, are a usage error.

        So is a name that was registered too late for a test: no test goes without its cells unsaid.
        """
        late = self._config.stash.get(WITHOUT_CELLS, [])
        if settings.is_worker(self._config) or not (self._settings.wants_cells or late):
            return
        made = bench(self._config)
        try:
            made.cells if late else made.check()
        except BenchError as error:
            raise pytest.UsageError(str(error)) from None
        if late:
            raise pytest.UsageError(
                f"{late[0]} was collected before the conftest that registers what was asked for.\n"
                "Register it in the conftest of the root folder."
            )

    def pytest_report_collectionfinish(self) -> str | None:
        """The cells, where nobody asked for any and yet there are tests over cells: they get the default ones."""
        if self._settings.wants_cells or not self._config.stash.get(USES_CELLS, False):
            return None
        return f"{HEADER}: {', '.join(self._describe_cells())}"

    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """The first test that measures something brings the carrier of records; until then no test pays for it."""
        manager = self._config.pluginmanager
        if fixturedef.argname in MEASURING and self._settings.captured and not manager.has_plugin(CARRIER):
            from pytest_ipfs_bench.carrying import Carrier

            manager.register(Carrier(lambda: bench(self._config), junit=settings.wants_junit(self._config)), CARRIER)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """After the terminal's own, which may turn a pass into a failure (of subtests)."""
        if self._recorder and (report.when == "call" or report.outcome != "passed" or hasattr(report, REPORT_LINES)):
            self._recorder.test(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Collection errors and files skipped as a whole."""
        if self._recorder:
            self._recorder.collection(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hands the session over to the database."""
        if self._recorder and session.exitstatus == pytest.ExitCode.USAGE_ERROR:
            self._recorder.discard()
            self._recorder = None
        if self._recorder:
            reporter = self._config.pluginmanager.get_plugin("terminalreporter")
            tell = reporter.write_line if reporter else lambda _: None
            self._recorder.finish(
                int(session.exitstatus), tell, wait=self._settings.lock_timeout, json_output=self._settings.json_output
            )
            if (
                self._recorder.ending.problem
                and self._settings.db_required
                and session.exitstatus == pytest.ExitCode.OK
            ):
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
            if settings.crowded(self._config):
                self._recorder.ending.verified_only = self._recorder.ending.counts.get("hardware_compatibility", 0)
            if self._settings.followed:
                from pytest_ipfs_bench import following

                following.save_report(self._recorder, self._settings)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """What was stored where, and what was not."""
        if self._recorder:
            from pytest_ipfs_bench import summary

            summary.write(terminalreporter, self._recorder)
            self._summarised = True

    def pytest_unconfigure(self) -> None:
        """The report that was asked for follows the summary (which pytest leaves out for exit statuses of people's own)."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if self._recorder and reporter and self._recorder.ending.finished:
            from pytest_ipfs_bench import summary

            if not self._summarised:
                summary.write(reporter, self._recorder)
            if self._settings.followed:
                from pytest_ipfs_bench import following

                following.write_charts(reporter, self._recorder, self._settings)
                following.write_report(reporter, self._recorder, self._settings)
