"""What was asked for: options, environment and ini, parsed once into frozen Settings."""

import argparse
import importlib.util
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pytest_ipfs_bench.errors import BenchError, unknown

if TYPE_CHECKING:
    import pytest

    from pytest_ipfs_bench.cell import Choice, Target
    from pytest_ipfs_bench.measure import Plan

FORMATS = ("text", "markdown", "json", "csv")
DEFAULT_DATABASE, LEGACY_DATABASE = "bench.duckdb", "benchmark_db.duckdb"
REMOTE = "quack:"
# Options that choose cells, by dest: each of them makes a session a captured one, and a report follow it.
CELL_OPTIONS = (
    "hardware", "suite", "models", "size", "batch_sizes", "seq_lens", "precisions", "runtime", "verify",
    "min_rounds", "max_time", "warmup", "timeout",
)  # fmt: skip
SHOWS_ONLY = (
    "collectonly", "showfixtures", "show_fixtures_per_test", "setuponly", "setupplan", "cacheshow", "markers",
)  # fmt: skip
SELECTIONS = ("file_or_dir", "keyword", "markexpr", "lf", "deselect")


@dataclass(frozen=True)
class Database:
    """Where results go: an absolute path, and who named it ("default" if nobody did)."""

    path: Path
    source: str


@dataclass(frozen=True)
class Report:
    """A report that was asked for."""

    format: str
    kind: str
    file: Path | None


@dataclass(frozen=True)
class Settings:
    """Everything that was asked of us in this session."""

    database: Database
    captured: bool
    wants_cells: bool
    required: bool
    report: Report | None
    db_required: bool = False
    lock_timeout: float = 30.0
    labels: Mapping[str, str] = field(default_factory=dict)
    samples: int | None = None
    json_output: bool = False


def add_options(parser: "pytest.Parser") -> None:
    """Declares our options, each with a dest of its own name space."""
    group = parser.getgroup("ipfs-bench", "rows in DuckDB: benchmarks, outcomes, model x hardware cells (ipfs-bench)")

    def add(*names: str, dest: str, **how: Any) -> None:
        group.addoption(*names, dest=f"ipfs_bench_{dest}", **how)

    add("--bench-db", dest="db", metavar="PATH", help="store this session in this DuckDB file (default: bench.duckdb)")
    add("--no-db-store", dest="no_store", action="store_true", help="store nothing, whatever else asks for it")
    add(
        "--bench-db-required",
        dest="db_required",
        action="store_true",
        help="exit non-zero if the session can't be stored",
    )
    add("--bench-lock-timeout", dest="lock_timeout", metavar="S", type=seconds,
        help="s to wait for another process that holds the database (default: 30)")  # fmt: skip
    add("--bench-label", dest="label", metavar="KEY=VALUE", action="append", default=[], type=label,
        help="kept with the run; repeatable")  # fmt: skip
    add("--bench-samples", dest="samples", metavar="all|none|N", type=sample_count,
        help="raw samples kept per measurement: all (default), none, or N evenly spaced order statistics")  # fmt: skip
    add("--hardware", dest="hardware", metavar="NAME[:INDEX][,...]|all", type=listed(str),
        help="hardware for the cells (default: cpu); see: ipfs-bench hardware")  # fmt: skip
    add("--hardware-required", dest="required", action="store_true",
        help="hardware named by --hardware that is absent is an error, not a skip")  # fmt: skip
    add("--bench-suite", dest="suite", metavar="NAME", help="run a shipped suite (smoke, all); alone it needs no path")
    add("--bench-models", dest="models", metavar="NAME,...|all|@FILE", type=listed(str),
        help="models by name or family; see: ipfs-bench models")  # fmt: skip
    add("--bench-size", dest="size", metavar="SIZE,...", type=listed(str), help="tiny, base, pretrained")
    add("--bench-batch-sizes", dest="batch_sizes", metavar="N,...", type=listed(positive), help="default: 1")
    add("--bench-seq-lens", dest="seq_lens", metavar="N,...", type=listed(positive), help="default: the model's own")
    add("--bench-precisions", dest="precisions", metavar="NAME,...", type=listed(str), help="fp32, fp16, bf16, int8")
    add("--bench-runtime", dest="runtime", metavar="NAME", help="default: the first of the hardware's own")
    add("--bench-verify", dest="verify", action="store_true", help="does it run and is it right; no timing")
    add("--bench-min-rounds", dest="min_rounds", metavar="N", type=positive, help="rounds at least (default: 10)")
    add("--bench-max-time", dest="max_time", metavar="S", type=seconds, help="s of timed rounds (default: 1)")
    add("--bench-warmup", dest="warmup", metavar="S", type=seconds, help="s of warm-up at most (default: 0.5)")
    add("--bench-timeout", dest="timeout", metavar="S", type=seconds, help="s until a cell is given up (default: 600)")
    add("--bench-report", dest="report", metavar="FORMAT", choices=FORMATS,
        help="text, markdown, json or csv; alone it runs no test, with a run it follows")  # fmt: skip
    add("--bench-report-kind", dest="report_kind", metavar="KIND", default="summary", help="default: summary")
    add("--bench-report-file", dest="report_file", metavar="PATH", help="write the report there")
    add("--migrate-legacy", dest="migrate", metavar="DIR", action="append", default=[],
        help="import old result files; runs no test (this version does not know how yet)")  # fmt: skip
    parser.addini("bench_db", "the DuckDB file, relative to this ini file", default=None)
    parser.addini("bench_samples", "as --bench-samples", default=None)


def parse(config: "pytest.Config") -> Settings:
    """The settings of this session. Raises BenchError for what makes no sense."""
    option = options(config)
    database = find_database(config)
    wants_cells = any(given(option(name)) for name in CELL_OPTIONS)
    asked = database.source != "default" or wants_cells or option("report") is not None
    return Settings(
        database=database,
        captured=asked and not option("no_store") and not any(config.getoption(name, None) for name in SHOWS_ONLY),
        wants_cells=wants_cells,
        required=option("required"),
        report=_report(config),
        db_required=option("db_required"),
        lock_timeout=30.0 if option("lock_timeout") is None else option("lock_timeout"),
        labels=dict(option("label")),
        samples=_samples(config),
        json_output=os.environ.get("DEPRECATE_JSON_OUTPUT", "1") == "0",
    )


def choice(config: "pytest.Config") -> "Choice":
    """The cells that were asked for. Raises BenchError for values that no cell can have."""
    from pytest_ipfs_bench.cell import PRECISIONS, SIZES, SUITES, Choice

    option = options(config)
    hardware = option("hardware") or ["cpu"]
    suite = option("suite")
    if suite is not None and suite not in SUITES:
        raise unknown(f"--bench-suite={suite}", "suite", suite, SUITES)
    return Choice(
        suite=suite,
        models=tuple(option("models") or ()),
        sizes=_legal("--bench-size", "size", option("size") or (), SIZES),
        hardware=tuple(target(name) for name in hardware if name != "all"),
        every_hardware="all" in hardware,
        runtime=option("runtime"),
        precisions=_legal("--bench-precisions", "precision", option("precisions") or ("fp32",), PRECISIONS),
        batch_sizes=tuple(option("batch_sizes") or (1,)),
        seq_lens=tuple(option("seq_lens") or ()),
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


def timeout(config: "pytest.Config") -> float:
    """Seconds until a cell is given up."""
    asked = options(config)("timeout")
    return 600.0 if asked is None else float(asked)


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


def shipped_suites() -> str:
    """The folder of the suites that we ship, found without importing them."""
    spec = importlib.util.find_spec("model_suites")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent)


def options(config: "pytest.Config") -> Callable[[str], Any]:
    """Our options by their short names."""
    return lambda name: config.getoption(f"ipfs_bench_{name}")


def is_task(config: "pytest.Config") -> bool:
    """Whether the command runs no test.

    A migration never does. A report does not, unless the command's own words (not addopts, environment or ini) also name
    a database, a cell option, a path or a selection.
    """
    option = options(config)
    if option("migrate") or option("report") is None:
        return bool(option("migrate"))
    words = config._parser.parse_known_args(list(map(str, config.invocation_params.args)))  # noqa: SLF001
    chooses = any(given(getattr(words, f"ipfs_bench_{name}", None)) for name in ("db", *CELL_OPTIONS))
    selects = any(getattr(words, name, None) for name in SELECTIONS)
    return words.ipfs_bench_report is not None and not chooses and not selects


def given(value: object) -> bool:
    """Whether an option was given: 0 is a value, too."""
    return value is not None and value is not False


def find_database(config: "pytest.Config") -> Database:
    """Command line, environment, ini, default: the first that names a database."""
    here = config.invocation_params.dir
    if (named := options(config)("db")) is not None:
        if not named:
            raise BenchError("--bench-db= names no database (is a variable unset?).\nGive a path, or --no-db-store.")
        return Database(local(named, here, "--bench-db"), "command line")
    if named := os.environ.get("BENCHMARK_DB_PATH"):
        return Database(local(named, here, "BENCHMARK_DB_PATH"), "environment")
    if named := config.getini("bench_db"):
        return Database(local(named, (config.inipath or here).parent, "bench_db"), "ini")
    return Database(default_database(here), "default")


def default_database(folder: Path) -> Path:
    """bench.duckdb in this folder, or the legacy benchmark_db.duckdb if only that is there."""
    usual, legacy = folder / DEFAULT_DATABASE, folder / LEGACY_DATABASE
    return legacy if legacy.exists() and not usual.exists() else usual


def local(name: str, folder: Path, asked: str) -> Path:
    """A database's path. Raises BenchError for a remote one, which this version does not know."""
    if name.startswith(REMOTE):
        raise BenchError(f"{asked}={name}: this version stores in local files only.\nGive a path.")
    return (folder / Path(name).expanduser()).resolve()


# ---------------------------------------------------------------- values of options


def listed(one: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    """The type of an option that takes a comma-separated list."""

    def parse_list(text: str) -> list[Any]:
        parts = [part.strip() for part in text.split(",")]
        if not all(parts):
            _refuse(f"{text!r} has an empty entry")
        return [one(part) for part in parts]

    return parse_list


def positive(text: str) -> int:
    """A whole number of at least 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 0 < number < 2**31:
        _refuse(f"{text!r} is no whole number of at least 1")
    return number


def seconds(text: str) -> float:
    """A time of at least 0 s."""
    try:
        number = float(text.removesuffix("s"))
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        _refuse(f"{text!r} is no time in seconds")
    return number


def sample_count(text: str) -> int | str:
    """all, none, or how many."""
    return text if text in ("all", "none") else positive(text)


def label(text: str) -> tuple[str, str]:
    """KEY=VALUE."""
    key, separator, value = text.partition("=")
    if not separator or not key:
        _refuse(f"{text!r} is not KEY=VALUE")
    return key, value


def target(text: str) -> "Target":
    """NAME or NAME:INDEX."""
    from pytest_ipfs_bench.cell import Target

    name, separator, index = text.partition(":")
    if separator and not index.isdecimal():
        raise BenchError(f"--hardware={text}: {index!r} is no index of a device.\nWrite {name}:0 for the first one.")
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
        return None
    file = option("report_file")
    path = (config.invocation_params.dir / Path(file).expanduser()).resolve() if file else None
    return Report(option("report"), option("report_kind"), path)


def _refuse(message: str) -> NoReturn:
    raise argparse.ArgumentTypeError(message)
