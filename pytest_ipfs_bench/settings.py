"""What was asked for: options, environment and ini, parsed once into frozen Settings."""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import places
from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.options import sample_count

if TYPE_CHECKING:
    import pytest

    from pytest_ipfs_bench.cell import Target
    from pytest_ipfs_bench.measure import Plan
    from pytest_ipfs_bench.planning import Choice

DEFAULT_DATABASE, LEGACY_DATABASE = "bench.duckdb", "benchmark_db.duckdb"
HEADER = "ipfs-bench"  # before our lines among pytest's
# Options that choose cells, by dest: each of them makes a session a captured one, and a report follow it.
CELL_OPTIONS = (
    "hardware", "suite", "models", "size", "batch_sizes", "seq_lens", "precisions", "runtime", "flags", "verify",
    "min_rounds", "max_time", "warmup", "timeout", "missing", "stale", "max", "plan",
)  # fmt: skip
REPORTS = ("report", "visualize")  # by dest, too: a task, or what follows a run
SHOWS_ONLY = (
    "collectonly", "showfixtures", "show_fixtures_per_test", "setuponly", "setupplan", "cacheshow", "markers",
)  # fmt: skip
SUITE = "ipfs_bench_of_suite"  # on config.option: what a suite says that no option can say
SELECTIONS = ("file_or_dir", "keyword", "markexpr", "lf", "deselect")


@dataclass(frozen=True)
class Database:
    """Where results go: an absolute path, or who serves it, and who named it ("default" if nobody did)."""

    path: places.Target
    source: str


@dataclass(frozen=True)
class Report:
    """A report that was asked for."""

    format: str
    kind: str
    file: Path | None
    asked: tuple[tuple[str, str], ...] = ()  # keys and values of --bench-report-with
    step: Path | None = None  # the summary of a step on GitHub, which markdown is added to


@dataclass(frozen=True)
class Migration:
    """A migration that was asked for: trees (or files), and what is to become of them afterwards."""

    trees: tuple[Path, ...]
    archive: Path | None
    delete: bool
    strict: bool
    dry: bool
    reimport: bool
    report: Path | None


@dataclass(frozen=True)
class Selection:
    """Which of the cells asked for are run: those that the database lacks, or has no newer than so many s; at most so many.

    plan: none is run, they are listed.
    """

    missing: bool = False
    stale: float | None = None
    most: int | None = None
    plan: bool = False

    @property
    def asked(self) -> bool:
        """Whether anything of it was asked for."""
        return self.missing or self.stale is not None or self.most is not None or self.plan

    def takes(self, age: float | None) -> bool:
        """Whether a cell is wanted whose newest result has that age in s (None: nobody knows)."""
        if self.stale is not None:
            return age is None or age > self.stale
        return not self.missing


@dataclass(frozen=True)
class Settings:
    """Everything that was asked of us in this session."""

    database: Database
    captured: bool
    wants_cells: bool
    required: bool
    report: Report | None
    charts: Path | None = None  # the folder that every chart is to be drawn into
    migration: Migration | None = None
    db_required: bool = False
    lock_timeout: float = 30.0
    labels: Mapping[str, str] = field(default_factory=dict)
    samples: int | None = None
    json_output: bool = False
    selection: Selection = field(default_factory=Selection)

    @property
    def followed(self) -> bool:
        """Whether a report or charts follow the run."""
        return self.report is not None or self.charts is not None


def parse(config: "pytest.Config") -> Settings:
    """The settings of this session. Raises BenchError for what makes no sense."""
    option = options(config)
    database = find_database(config)
    wants_cells = any(given(option(name)) for name in CELL_OPTIONS)
    asked = database.source != "default" or wants_cells or any(given(option(name)) for name in REPORTS)
    return Settings(
        database=database,
        captured=asked
        and not option("no_store")
        and not option("plan")
        and not any(config.getoption(name, None) for name in SHOWS_ONLY),
        wants_cells=wants_cells,
        required=option("required"),
        report=_report(config),
        charts=_path(config, "visualize"),
        migration=_migration(config),
        db_required=option("db_required"),
        lock_timeout=30.0 if option("lock_timeout") is None else option("lock_timeout"),
        labels=dict(option("label")),
        samples=_samples(config),
        json_output=os.environ.get("DEPRECATE_JSON_OUTPUT", "1") == "0",
        selection=Selection(option("missing"), option("stale"), option("max"), option("plan")),
    )


def choice(config: "pytest.Config") -> "Choice":
    """The cells that were asked for. Raises BenchError for values that no cell can have."""
    return choice_of(options(config), config.getoption(SUITE, {}))


def choice_of(option: Callable[[str], Any], more: Mapping[str, Any]) -> "Choice":
    """The same from options by their short names, and what a suite or a test says that no option can say."""
    from pytest_ipfs_bench.cell import PRECISIONS
    from pytest_ipfs_bench.planning import SIZES, Choice, Generation, Training

    hardware = option("hardware") or ["cpu"]
    shapes = {"sequence_length": option("seq_lens"), **more.get("shapes", {})}
    return Choice(
        models=tuple(option("models") or ()),
        about=tuple(more.get("about", ())),
        sizes=_legal("--bench-size", "size", option("size") or (), SIZES),
        hardware=tuple(target(name, more.get("places", {}).get("hardware")) for name in hardware if name != "all"),
        every_hardware="all" in hardware,
        runtimes=tuple(option("runtime") or ()),
        flags=tuple(option("flags") or ()),
        precisions=_legal("--bench-precisions", "precision", option("precisions") or ("fp32",), PRECISIONS),
        batch_sizes=tuple(option("batch_sizes") or (1,)),
        shapes={axis: tuple(lengths) for axis, lengths in shapes.items() if lengths},
        priorities=tuple(more.get("priorities", ())),
        places=more.get("places", {}),
        training=Training(**{name: tuple(values) for name, values in more.get("training", {}).items()}),
        generation=Generation(**{name: tuple(values) for name, values in more.get("generation", {}).items()}),
    )


def measuring_plan(config: "pytest.Config") -> "Plan | None":
    """How cells are measured; None where they are only verified: asked for, or with several xdist workers at once."""
    from pytest_ipfs_bench.measure import Plan

    option, default = options(config), Plan()
    if option("verify") or crowded(config):
        return None
    return Plan(
        min_rounds=option("min_rounds") or default.min_rounds,
        max_time=default.max_time if option("max_time") is None else option("max_time"),
        warmup=default.warmup if option("warmup") is None else option("warmup"),
    )


def crowded(config: "pytest.Config") -> bool:
    """Whether several xdist workers share this machine, so that what they time would be each other."""
    worker: Mapping[str, Any] = getattr(config, "workerinput", {})
    processes = worker.get("workercount") or len(getattr(config.option, "tx", None) or ())
    return processes > 1


def is_worker(config: "pytest.Config") -> bool:
    """Whether this is a worker of xdist."""
    return hasattr(config, "workerinput")


def is_controller_of_workers(config: "pytest.Config") -> bool:
    """Whether tests run in workers of xdist, and this is not one of them."""
    return not is_worker(config) and bool(getattr(config.option, "tx", None))


def wants_junit(config: "pytest.Config") -> bool:
    """Whether JUnit XML is written: workers of xdist have the controller's options."""
    return bool(getattr(config.option, "xmlpath", None))


def options(config: "pytest.Config") -> Callable[[str], Any]:
    """Our options by their short names."""
    return lambda name: config.getoption(f"ipfs_bench_{name}")


def is_task(config: "pytest.Config") -> bool:
    """Whether the command runs no test.

    A migration never does. A report does not, nor do charts, unless the command's own words (not addopts, environment or
    ini) also name a database, a cell option, a path or a selection.
    """
    option = options(config)
    if option("migrate") or not any(given(option(name)) for name in REPORTS):
        return bool(option("migrate"))
    words = spoken(config)
    chooses = any(given(getattr(words, f"ipfs_bench_{name}", None)) for name in ("db", *CELL_OPTIONS))
    selects = any(getattr(words, name, None) for name in SELECTIONS)
    asks = any(given(getattr(words, f"ipfs_bench_{name}", None)) for name in REPORTS)
    return asks and not chooses and not selects


def spoken(config: "pytest.Config", *others: str) -> argparse.Namespace:
    """What the command's own words say, after these others: not addopts, environment or ini."""
    words = [*others, *map(str, config.invocation_params.args)]
    return config._parser.parse_known_args(words)  # noqa: SLF001


def given(value: object) -> bool:
    """Whether an option was given: 0 is a value, too."""
    return value is not None and value is not False


def find_database(config: "pytest.Config") -> Database:
    """Command line, environment, ini, default: the first that names a database."""
    here = config.invocation_params.dir
    if (named := options(config)("db")) is not None:
        if not named:
            raise BenchError("--bench-db= names no database (is a variable unset?).\nGive a path, or --no-db-store.")
        return Database(place(named, here, "--bench-db"), "command line")
    if named := os.environ.get("BENCHMARK_DB_PATH"):
        return Database(place(named, here, "BENCHMARK_DB_PATH"), "environment")
    if (named := config.getini("bench_db")) and not _in_migrated_tree(config):
        return Database(place(named, (config.inipath or here).parent, "bench_db"), "ini")
    return Database(default_database(here), "default")


def _in_migrated_tree(config: "pytest.Config") -> bool:
    """Whether pytest's ini file is one of a tree that is migrated: what stands in there is not what this user says."""
    here, ini = config.invocation_params.dir, config.inipath
    trees = [(here / Path(tree).expanduser()).resolve() for tree in options(config)("migrate")]
    return ini is not None and any(ini.resolve().is_relative_to(tree) and tree != here for tree in trees)


def default_database(folder: Path) -> Path:
    """bench.duckdb in this folder, or the legacy benchmark_db.duckdb if only that is there."""
    usual, legacy = folder / DEFAULT_DATABASE, folder / LEGACY_DATABASE
    return legacy if legacy.exists() and not usual.exists() else usual


def place(name: str, folder: Path, asked: str) -> places.Target:
    """Where a database is that is named so in this folder. Raises BenchError for what names none."""
    if places.is_remote(name):
        return places.remote(name, asked)
    return (folder / Path(name).expanduser()).resolve()


def target(text: str, where: str | None = None) -> "Target":
    """NAME or NAME:INDEX; where: who says so, if it is not the option."""
    from pytest_ipfs_bench.cell import Target

    name, separator, index = text.partition(":")
    if separator and not index.isdecimal():
        asked = f"{where}: {text}" if where else f"--hardware={text}"
        raise BenchError(f"{asked}: {index!r} is no index of a device.\nWrite {name}:0 for the first one.")
    return Target(name, int(index) if index else 0)


def _legal(option: str, kind: str, names: Sequence[str], legal: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if name not in legal:
            raise unknown(f"{option}={name}", kind, name, legal)
    return tuple(names)


def _samples(config: "pytest.Config") -> int | None:
    asked = options(config)("samples")
    if asked is None and (text := config.getini("bench_samples")):
        try:
            asked = sample_count(text)
        except argparse.ArgumentTypeError as error:
            raise BenchError(f"bench_samples = {text}: {error}") from error
    return {None: None, "all": None, "none": 0}.get(asked, asked)


def _report(config: "pytest.Config") -> Report | None:
    option = options(config)
    if option("report") is None:
        if option("report_with"):
            raise BenchError("--bench-report-with belongs to a report.\nAsk for one: --bench-report=text")
        return None
    step = os.environ.get("GITHUB_STEP_SUMMARY") if option("report") == "markdown" else None
    return Report(
        option("report"),
        option("report_kind"),
        _path(config, "report_file"),
        tuple(option("report_with")),
        (config.invocation_params.dir / step) if step else None,
    )


def _path(config: "pytest.Config", name: str) -> Path | None:
    """A path that an option gives, relative to where the command was typed."""
    given_path = options(config)(name)
    return (config.invocation_params.dir / Path(given_path).expanduser()).resolve() if given_path else None


def _migration(config: "pytest.Config") -> Migration | None:
    option, here = options(config), config.invocation_params.dir
    trees = option("migrate")
    if not trees:
        for name in ("archive", "delete", "strict", "report", "dry", "reimport"):
            if given(option(f"migrate_{name}")):
                told = {"dry": "dry-run"}.get(name, name)
                raise BenchError(f"--migrate-{told} belongs to a migration.\nName a folder: --migrate-legacy=DIR")
        return None
    return Migration(
        trees=tuple((here / Path(tree).expanduser()).resolve() for tree in trees),
        archive=_path(config, "migrate_archive"),
        delete=option("migrate_delete"),
        strict=option("migrate_strict"),
        dry=option("migrate_dry"),
        reimport=option("migrate_reimport"),
        report=_path(config, "migrate_report"),
    )
