"""optimum-benchmark's CSV reports of 2023: full_report, inference_results, training_results, short_report.

Columns are called `forward.latency(s)`: a phase, what was measured, its unit. A row is a result for each of its phases.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import known, numbered
from pytest_ipfs_bench.importers.optimum import MODES
from pytest_ipfs_bench.importers.values import Row, text
from pytest_ipfs_bench.importers.vocabulary import accelerator, kind, precision
from pytest_ipfs_bench.records import Performance

MEASURED = re.compile(r"(?P<phase>\w+)\.(?P<what>\w+)\((?P<unit>[\w/ ]+)\)")
SHORT = "Training Throughput (samples/s)"
# What a row says of its setting, in full reports and in short ones.
NAMES = ("experiment_name", "Experiment Name")
MODELS = ("model", "Model")
BATCHES = (
    "benchmark.input_shapes.batch_size",
    "benchmark.training_arguments.per_device_train_batch_size",
    "Batch Size",
    "Per Process Batch Size",
)
LENGTHS = ("benchmark.input_shapes.sequence_length", "benchmark.dataset_shapes.sequence_length", "Sequence Length")
GPUS = ("environment.gpu", "environment.gpus", "GPU", "GPUs", "GPU Name")
QUOTED = re.compile(r"'([^']*)'")


class OptimumReport(Importer):
    """A table with a column such as `forward.latency(s)` or `Training Throughput (samples/s)`."""

    name = "optimum-benchmark-csv"
    kinds = ("text",)

    def recognises(self, document: Document) -> bool:
        """Whether the first line has such columns."""
        if document.text is None:
            return False
        header = document.text[:16384].split("\n", 1)[0].strip().split(",")
        return SHORT in header or any(_measured_by(name) for name in header)

    def read(self, document: Document) -> Iterable[Finding]:
        """A result per row and phase."""
        if document.table is None or not document.table.rows:
            raise NotResults("the report has no row")
        return numbered(_findings(document.table.rows))


def _measured_by(name: str) -> re.Match[str] | None:
    """A column that belongs to optimum-benchmark and not to some other table with units in it."""
    found = MEASURED.fullmatch(name)
    return found if found and found["phase"] in MODES else None


def _findings(rows: list[tuple[int, dict[str, str]]]) -> Iterator[Finding]:
    for line, fields in rows:
        setting: dict[str, str] = {}
        phases: dict[str, dict[str, str]] = {}
        for name, value in fields.items():
            found = _measured_by(name)
            home = phases.setdefault(found["phase"], {}) if found else setting
            if value != "":
                home[name] = value
        if SHORT in setting:
            phases["training"] = {SHORT: setting.pop(SHORT)}
        for phase, measured in phases.items():
            if measured:
                yield _finding(line, phase, measured, setting)


def _finding(line: int, phase: str, measured: dict[str, str], setting: dict[str, str]) -> Finding:
    row, gpu = Row(setting), _gpu(setting)
    hardware = accelerator(setting.get("device"), gpu) or (None if "device" in setting else kind(gpu))
    name = row.text(*NAMES)
    columns = known(
        test_case=f"{name}.{phase}" if name else phase,
        mode=MODES[phase],
        runtime=row.text("backend.name"),
        runtime_version=row.text("backend.version"),
        precision=precision(setting.get("backend.torch_dtype")),
        threads=row.whole("backend.intra_op_num_threads", least=1),
        batch_size=row.whole(*BATCHES, least=1),
        sequence_length=row.whole(*LENGTHS, least=1),
        warmup_iterations=row.whole("benchmark.warmup_runs", "benchmark.warmup_steps"),
    )
    numbers, left, flags = _numbers(phase, measured, hardware)
    return Finding(
        kind=Performance,
        place=f"line {line}, {phase}",
        columns=columns | numbers,
        model=row.text(*MODELS),
        hardware=hardware,
        device=text(setting.get("environment.cpu")) if hardware == "cpu" else gpu if hardware else None,
        extra=row.left | left,
        flags=(*row.flags, *flags),
    )


def _numbers(phase: str, measured: Mapping[str, str], hardware: str | None) -> tuple[dict[str, Any], Any, list[str]]:
    """The columns of a phase; units and what else was measured stay under their own names."""
    row = Row(measured)
    peak = row.number(f"{phase}.peak_memory(MB)", f"{phase}.max_memory_used(MB)")
    if peak is not None and hardware is None:
        row.flags.append("peak_memory: the table does not say whether it is the host's or a GPU's")
    runtime = row.number(f"{phase}.runtime(s)")
    speeds = {name: value for name, value in measured.items() if "throughput" in name.lower()}
    columns = known(
        average_latency_ms=row.number(f"{phase}.latency(s)", scale=1e3),
        total_time_seconds=runtime,
        throughput_items_per_second=next((Row(speeds).number(name) for name in speeds), None),
        memory_peak_mb=peak if hardware == "cpu" else None,
        device_memory_peak_mb=peak if hardware not in ("cpu", None) else None,
    )
    return columns, {name: value for name, value in measured.items() if name in row.left or "memory" in name}, row.flags


def _gpu(setting: Mapping[str, str]) -> str | None:
    """The first GPU of a row; several are written as Python writes a list."""
    stated = next((setting[name] for name in GPUS if setting.get(name)), None)
    if stated is None or not stated.startswith("["):
        return stated
    found = QUOTED.search(stated)
    return found[1] if found else None


IMPORTERS = (OptimumReport(),)
