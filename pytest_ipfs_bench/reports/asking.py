"""What a report is asked, from words: the options of `ipfs-bench report`, and pytest's --bench-report-with KEY=VALUE."""

from collections.abc import Iterable
from typing import Any

from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.queries.filters import Filters, moment
from pytest_ipfs_bench.reports.comparing import metric
from pytest_ipfs_bench.reports.table import Asked

REPEATABLE = {
    "model": "models by name, or by family",
    "family": "models by family",
    "hardware": "hardware by type, or by the name of a device",
    "runtime": "runtimes by name",
    "precision": "precisions: fp32, fp16 ...",
    "batch": "batch sizes",
    "label": "runs with this label, all of them if repeated",
    "cell": "for coverage: these cells, by their ids",
}
ONCE = {
    "since": "what was measured at this date or time (UTC) or later",
    "until": "what was measured before it",
    "run": "one run, by its id or the beginning of it",
    "branch": "runs on this git branch",
    "metric": "for comparisons: latency, throughput, memory, device-memory, first-latency, load, energy",
    "baseline": "for compare-hardware: what ratios are against (default: the CPU)",
    "suite": "for coverage: the cells that a suite (a name or a file) plans, on --hardware (default: the suite's own)",
}
SIMULATED = "include-simulated"
TRUE, FALSE = ("1", "yes", "true"), ("0", "no", "false")


def asked(words: Iterable[tuple[str, str]]) -> Asked:
    """What was asked, from keys and values; a key that takes several comes again. Raises BenchError for what makes no sense."""
    several: dict[str, list[Any]] = {}
    once: dict[str, str] = {}
    for key, value in words:
        if key in REPEATABLE:
            several.setdefault(key, []).append(_value(key, value))
        elif key in ONCE or key == SIMULATED:
            once[key] = value
        else:
            raise unknown(f"{key}={value}", "filter of reports", key, [*REPEATABLE, *ONCE, SIMULATED])
    for key in ("since", "until"):
        moment(f"--{key}", once.get(key))
    metric(once.get("metric", "latency"))
    if len(dict(several.get("label", ()))) < len(set(several.get("label", ()))):
        raise BenchError("--label: one label has two values here, and no run has both.\nA run has each label once.")
    cells = tuple(several.pop("cell", ()))
    filters: dict[str, Any] = {key: tuple(values) for key, values in several.items()}
    filters |= {key: once[key] for key in ("since", "until", "run", "branch") if key in once}
    return Asked(
        Filters(**filters, include_simulated=_flag(once.get(SIMULATED, "no"))),
        metric=once.get("metric", "latency"),
        baseline=once.get("baseline"),
        suite=once.get("suite"),
        cells=cells,
    )


def _value(key: str, value: str) -> Any:
    if key == "batch":
        if not value.isascii() or not value.isdigit():
            raise BenchError(f"--batch {value}: no batch size.\nWrite a whole number: --batch 8")
        return int(value)
    if key == "label":
        name, separator, told = value.partition("=")
        if not separator or not name:
            raise BenchError(f"--label {value}: not KEY=VALUE.")
        return name, told
    return value


def _flag(value: str) -> bool:
    if value.lower() not in TRUE + FALSE:
        raise BenchError(f"{SIMULATED}={value}: neither yes nor no.")
    return value.lower() in TRUE
