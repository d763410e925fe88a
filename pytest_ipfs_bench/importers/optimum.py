"""optimum-benchmark's JSON of 2024 and later: a report has a measurement for each phase, its config says of what.

Its CSV reports of 2023 are read by `optimum_csv`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import inside, known, mapping, numbered
from pytest_ipfs_bench.importers.samples import latencies, milliseconds, series
from pytest_ipfs_bench.importers.values import Row, number, text, whole
from pytest_ipfs_bench.importers.vocabulary import accelerator, precision
from pytest_ipfs_bench.records import Performance

MODES = {
    "prefill": "prefill", "decode": "decode", "per_token": "decode", "forward": "inference", "generate": "inference",
    "call": "inference", "per_step": "inference", "train": "training", "training": "training", "warmup": "training",
    "overall": "training", "overall_training": "training",
}  # fmt: skip
LOADS = {"load", "load_model"}
MEASURED = {"memory", "latency", "throughput"}
CONFIG = {"backend", "launcher", "environment"}
STATED = {
    "average_latency_ms": "mean",
    "latency_p50_ms": "p50",
    "latency_p90_ms": "p90",
    "latency_p95_ms": "p95",
    "latency_p99_ms": "p99",
}
# Of the process first; the whole device's includes others. In each the first that is more than zero.
DEVICE_MEMORY = ("max_process_vram", "max_reserved", "max_vram", "max_global_vram")
JOULES = {"kWh": 3.6e6, "Wh": 3.6e3, "J": 1.0}


class OptimumBenchmark(Importer):
    """`{"config": ..., "report": {phase: {memory, latency, throughput, energy, efficiency}}}`, or either of them alone."""

    name = "optimum-benchmark"
    kinds = ("json",)

    def recognises(self, document: Document) -> bool:
        """Whether it is a benchmark, a report or a config."""
        found = document.json
        if not isinstance(found, dict):
            return False
        return _is_report(found.get("report")) or _is_report(found) or _is_config(found)

    def read(self, document: Document) -> Iterable[Finding]:
        """A result per phase that was measured."""
        found = document.json
        if not _is_report(found.get("report")) and not _is_report(found):
            raise NotResults("the configuration of a benchmark, without its report")
        report = found["report"] if _is_report(found.get("report")) else found
        config = mapping(found.get("config")) if report is not found else {}
        findings = list(numbered(_findings(report, config, "/report" if report is not found else "")))
        if not findings:
            raise NotResults("no phase was measured")
        return findings


def _is_report(found: Any) -> bool:
    return isinstance(found, dict) and any(isinstance(p, dict) and p.keys() >= MEASURED for p in found.values())


def _is_config(found: Mapping[str, Any]) -> bool:
    return found.keys() >= CONFIG and ("scenario" in found or "benchmark" in found)


def _findings(report: Mapping[str, Any], config: Mapping[str, Any], place: str) -> Iterator[Finding]:
    backend = mapping(config.get("backend"))
    gpu = inside(config, "environment", "gpu")
    gpu = gpu[0] if isinstance(gpu, list) and gpu else gpu
    word = text(backend.get("device")) or text(config.get("device"))
    hardware = accelerator(word, gpu)
    setting, doubts = _setting(config, backend)
    for phase, measured in report.items():
        if not any(mapping(measured).values()):
            continue
        columns, extra, flags = _measurement(phase, measured, on_cpu=hardware == "cpu")
        yield Finding(
            kind=Performance,
            place=f"{place}/{phase}",
            columns=setting | {"test_case": _name(config, phase)} | columns,
            model=text(backend.get("model")) or text(config.get("model")),
            model_family=text(backend.get("model_type")),
            hardware=hardware,
            device=text(inside(config, "environment", "cpu")) if hardware == "cpu" else text(gpu) if hardware else None,
            extra=extra,
            context={"config": config} if config else {},
            flags=(*doubts, *flags),
        )


def _name(config: Mapping[str, Any], phase: str) -> str:
    name = text(config.get("name")) or text(config.get("experiment_name"))
    return f"{name}.{phase}" if name else phase


def _setting(config: Mapping[str, Any], backend: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The columns that hold for every phase, and flags."""
    scenario = Row(mapping(config.get("scenario") or config.get("benchmark")))
    shapes, engine = Row(mapping(scenario.left.get("input_shapes"))), Row(backend)
    columns = known(
        runtime=text(backend.get("name")),
        runtime_version=text(backend.get("version")),
        precision=precision(backend.get("torch_dtype") or backend.get("dtype")),
        threads=engine.whole("intra_op_num_threads", least=1),
        batch_size=shapes.whole("batch_size", least=1),
        sequence_length=shapes.whole("sequence_length", least=1),
        warmup_iterations=scenario.whole("warmup_runs", "warmup_steps"),
    )
    return columns, [*engine.flags, *shapes.flags, *scenario.flags]


def _measurement(phase: str, measured: dict[str, Any], *, on_cpu: bool) -> tuple[dict[str, Any], Any, list[str]]:
    """The columns of a phase, what else it says, and flags."""
    row = Row(measured)
    memory, energy = mapping(measured.get("memory")), mapping(measured.get("energy"))
    latency, flags = _latency(mapping(measured.get("latency")))
    mode = MODES.get(phase, "inference" if phase in LOADS else "benchmark")
    scale = JOULES.get(text(energy.get("unit")) or "")
    columns = latency | known(
        mode=mode,
        memory_peak_mb=_megabytes(memory, "max_ram"),
        device_memory_peak_mb=None if on_cpu else _megabytes(memory, *DEVICE_MEMORY),
        energy_joules=Row(energy).number("total", scale=scale) if scale else None,
        throughput_items_per_second=_throughput(mode, mapping(measured.get("throughput")), flags),
    )
    if phase in LOADS:
        columns = _load(columns)
    if "samples_ms" in columns:
        row.left["latency"] = {name: value for name, value in measured["latency"].items() if name != "values"}
    return columns, row.left, flags


def _latency(stated: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What the file states wins over what its samples give. The deviation of one sample is no deviation of 0."""
    if not stated:
        return {}, []
    scale = milliseconds(stated.get("unit"))
    if scale is None:
        return {}, [f"latency: {str(stated.get('unit'))[:40]!r} is no unit of time"]
    row, count = Row(stated), whole(stated.get("count"))
    samples = series(stated.get("values"), scale)
    count = count if samples is None else len(samples)
    columns = latencies(samples) | known(
        rounds=count if count and count > 0 else None,
        total_time_seconds=row.number("total", scale=scale / 1e3),
        latency_std_ms=row.number("stdev", scale=scale) if count != 1 else None,
        **{column: row.number(name, scale=scale) for column, name in STATED.items()},
    )
    return columns, row.flags


def _throughput(mode: str, stated: dict[str, Any], flags: list[str]) -> float | None:
    """Items per second; in prefill and decode an item is a token, so samples per second are left where they stand."""
    unit = text(stated.get("unit")) or ""
    if mode in ("prefill", "decode") and unit != "tokens/s":
        if stated:
            flags.append(f"throughput: stated in {unit[:40]!r}, which counts no tokens")
        return None
    return Row(stated).number("value") if unit.endswith("/s") else None


def _megabytes(memory: Mapping[str, Any], *names: str) -> float | None:
    """The first that is more than zero, in MB, the tool's only unit."""
    if memory.get("unit", "MB") != "MB":
        return None
    found = (number(memory.get(name)) for name in names)
    return next((value for value in found if value is not None and value > 0), None)


def _load(columns: dict[str, Any]) -> dict[str, Any]:
    """Loading is no inference: its time stands in the column for it alone."""
    kept = ("mode", "memory_peak_mb", "device_memory_peak_mb", "energy_joules")
    return {name: columns[name] for name in kept if name in columns} | known(
        load_time_ms=columns.get("average_latency_ms"), rounds=columns.get("rounds")
    )


IMPORTERS = (OptimumBenchmark(),)
