"""Our options, each with a dest of its own name space, and the types of their values."""

import argparse
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import pytest

FORMATS = ("text", "markdown", "json", "csv")
REPORT_FORMATS = ("text", "markdown", "html", "json", "csv", "parquet")
BROWSERS = ("chromium", "chrome", "edge", "firefox")
LONGEST = 9  # digits of an age
BROWSER_PLUGINS = (
    "pytest_playwright",
    "pytest_playwright_asyncio",
    "seleniumbase",
)  # they have the options --browser and --headed


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
    add("--bench-suite", dest="suite", metavar="NAME|FILE",
        help="run a shipped suite (see: ipfs-bench suites) or a suite file (.toml); alone it needs no path")  # fmt: skip
    add("--bench-models", dest="models", metavar="NAME,...|all|@FILE", type=listed(str),
        help="models by name, family or set; see: ipfs-bench models")  # fmt: skip
    add("--bench-size", dest="size", metavar="SIZE,...", type=listed(str), help="tiny, base, pretrained")
    add("--bench-batch-sizes", dest="batch_sizes", metavar="N,...", type=listed(positive), help="default: 1")
    add("--bench-seq-lens", dest="seq_lens", metavar="N,...", type=listed(positive), help="default: the model's own")
    add("--bench-precisions", dest="precisions", metavar="NAME,...", type=listed(str), help="fp32, fp16, bf16, int8")
    add("--bench-runtime", dest="runtime", metavar="NAME[,...]|all", type=listed(str),
        help="default: the first of the hardware's own; of several, each hardware takes those that it has")  # fmt: skip
    add("--bench-flags", dest="flags", metavar="NAME[,...]|all", type=listed(str),
        help="besides the usual cells, each of these of the hardware's switches in one of its own (precompile ...)")  # fmt: skip
    add("--bench-verify", dest="verify", action="store_true", help="does it run and is it right; no timing")
    add("--bench-min-rounds", dest="min_rounds", metavar="N", type=positive, help="rounds at least (default: 10)")
    add("--bench-max-time", dest="max_time", metavar="S", type=seconds, help="s of timed rounds (default: 1)")
    add("--bench-warmup", dest="warmup", metavar="S", type=seconds, help="s of warm-up at most (default: 0.5)")
    add("--bench-timeout", dest="timeout", metavar="S", type=seconds, help="s until a cell is given up (default: 600)")
    add("--bench-missing", dest="missing", action="store_true", help="only cells that the database lacks")
    add("--bench-stale", dest="stale", metavar="AGE", type=age,
        help="only cells that the database lacks, or whose newest result is older: 90m, 12h, 30d, 4w")  # fmt: skip
    add("--bench-max", dest="max", metavar="N", type=positive, help="at most N cells, after every other choice")
    add("--bench-plan", dest="plan", action="store_true",
        help="run no test: list the cells on stdout, each with the reason for or against it")  # fmt: skip
    add("--bench-report", dest="report", metavar="FORMAT", choices=REPORT_FORMATS,
        help="text, markdown, html, json, csv or parquet; alone it runs no test, with a run it follows")  # fmt: skip
    add("--bench-report-kind", dest="report_kind", metavar="KIND", default="summary",
        help="default: summary; all: ipfs-bench report --help")  # fmt: skip
    add("--bench-report-with", dest="report_with", metavar="KEY=VALUE", action="append", default=[], type=label,
        help="what `ipfs-bench report` has an option for: model, hardware, runtime, since, metric ...; repeatable")  # fmt: skip
    add("--bench-report-file", dest="report_file", metavar="PATH", help="write the report there")
    add("--visualize-from-db", dest="visualize", metavar="DIR",
        help="draw every chart into DIR: PNG, SVG, HTML (extra `charts`); as --bench-report, alone it runs no test")  # fmt: skip
    _add_browser(add)
    _add_migration(add)
    parser.addini("bench_db", "the DuckDB file, relative to this ini file", default=None)
    parser.addini("bench_samples", "as --bench-samples", default=None)


def _add_browser(add: Callable[..., None]) -> None:
    """Those of cells in a browser. Where another plugin has --browser and --headed, they are its, and count for us, too."""
    if not any(importlib.util.find_spec(name) for name in BROWSER_PLUGINS):
        add("--browser", dest="browser", metavar="NAME|PATH", type=browser,
            help="chromium, chrome, edge, firefox, or a path (default: IPFS_BENCH_BROWSER, or the first here)")  # fmt: skip
        add("--headed", dest="headed", action="store_true", help="show the browser while its cells run")
    add("--allow-software", dest="allow_software", action="store_true",
        help="also measure WebGPU on an adapter that only simulates a GPU; marked as such everywhere")  # fmt: skip
    add("--no-cpu-fallback", dest="no_cpu_fallback", action="store_true",
        help="operators that a browser's device lacks are an error; else they run on the CPU, counted")  # fmt: skip
    add("--ort-web-dir", dest="ort_web_dir", metavar="DIR",
        help="ONNX Runtime Web: the files of the npm package onnxruntime-web (default: fetched once by npm)")  # fmt: skip


def _add_migration(add: Callable[..., None]) -> None:
    add("--migrate-legacy", dest="migrate", metavar="DIR", action="append", default=[],
        help="import the result files below DIR (or one file) into the database; runs no test; repeatable")  # fmt: skip
    add("--migrate-archive", dest="migrate_archive", metavar="DIR",
        help="write the files that were imported into one verified archive in DIR")  # fmt: skip
    add("--migrate-delete", dest="migrate_delete", action="store_true",
        help="then delete them (archive: DATABASE.archive, unless --migrate-archive says otherwise)")  # fmt: skip
    add("--migrate-strict", dest="migrate_strict", action="store_true",
        help="a rejected file makes the exit status 1, and nothing is archived or deleted")  # fmt: skip
    add("--migrate-report", dest="migrate_report", metavar="FILE",
        help="write the whole report to FILE: .txt, .md or .json")  # fmt: skip
    add("--migrate-dry-run", dest="migrate_dry", action="store_true", help="say what would be done, and do nothing")
    add("--migrate-reimport", dest="migrate_reimport", action="store_true",
        help="read files anew that were imported before, and replace their rows")  # fmt: skip


def browser(text: str) -> str:
    """The name of a browser that we know, or the path of one."""
    if text not in BROWSERS and not Path(text).expanduser().is_file():
        _refuse(f"{text!r} is no browser: {', '.join(BROWSERS)}, or the path of one")
    return text


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


def age(text: str) -> float:
    """An age, in s: a number with its unit, of minutes, hours, days or weeks."""
    units = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
    number, unit = text[:-1], text[-1:]
    if unit not in units or not number.isdecimal() or len(number) > LONGEST:
        _refuse(f"{text!r} is no age such as 90m, 12h, 30d or 4w")
    return int(number) * units[unit]


def sample_count(text: str) -> int | str:
    """all, none, or how many."""
    return text if text in ("all", "none") else positive(text)


def label(text: str) -> tuple[str, str]:
    """KEY=VALUE."""
    key, separator, value = text.partition("=")
    if not separator or not key:
        _refuse(f"{text!r} is not KEY=VALUE")
    return key, value


def _refuse(message: str) -> NoReturn:
    raise argparse.ArgumentTypeError(message)
