"""Records of PyTorch's benchmark database, version 3 (the HUD): one metric of one model in one benchmark."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import entries, inside, known, mapping, numbered
from pytest_ipfs_bench.importers.samples import latencies, milliseconds, series
from pytest_ipfs_bench.importers.times import moment
from pytest_ipfs_bench.importers.values import text
from pytest_ipfs_bench.importers.vocabulary import accelerator, kind, precision
from pytest_ipfs_bench.records import Performance

FIELDS = {"benchmark", "metric"}
SCHEMA = "oss_ci_benchmark_v3"
UNIT = re.compile(r"(?P<name>.+?) ?\((?P<unit>\w+)\)")  # avg_inference_latency(ms), peak_inference_mem_usage(mb)
TOKENS = {"token_per_sec", "tokens_per_sec", "tokens_per_second"}
PARTIAL = re.compile(r"(^|_)(p\d+|median|std|stddev|min|max)(_|$)")  # no mean, whatever its unit


class PyTorchHUD(Importer):
    """A record, a list of them, or one (or a list) a line."""

    name = "pytorch-hud"

    def recognises(self, document: Document) -> bool:
        """Whether the first record has a benchmark and a metric with its values, or the text makes their table."""
        if document.json is not None and not document.first >= FIELDS:
            return False
        head = (document.text or "")[:65536]
        if head.lstrip()[:1] not in ("{", "["):
            return SCHEMA in head and "CREATE TABLE" in head
        if '"benchmark_values"' not in head:
            return False
        _, first = next(_records(document), ("", None))
        return isinstance(first, dict) and first.keys() >= FIELDS and "benchmark_values" in mapping(first["metric"])

    def read(self, document: Document) -> Iterable[Finding]:
        """A result per record."""
        if (document.text or "").lstrip()[:1] not in ("{", "["):
            raise NotResults("the definition of a table, without its rows")
        return numbered(_finding(place, record) for place, record in _records(document, strict=True))


def _records(document: Document, *, strict: bool = False) -> Iterator[tuple[str, Any]]:
    if document.json is not None:
        yield from _listed(document.json, "", strict=strict)
        return
    for number, line in enumerate((document.text or "").split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            if strict:
                raise Rejected(f"the line is not JSON: {error}", f"line {number}") from None
            return
        yield from _listed(found, f"line {number}", strict=strict)


def _listed(found: Any, place: str, *, strict: bool) -> Iterator[tuple[str, Any]]:
    if strict:
        yield from entries(found, place) if isinstance(found, list) else ((place, found),)
    else:
        yield from ((place, entry) for entry in (found if isinstance(found, list) else [found]))


def _finding(place: str, record: Any) -> Finding:
    metric = text(inside(record, "metric", "name"))
    if metric is None:
        raise Rejected("the record has no metric with a name", place)
    benchmark, model = mapping(record.get("benchmark")), mapping(record.get("model"))
    gpu = _runner(record).get("gpu_info")
    hardware = accelerator(inside(benchmark, "extra_info", "device"), gpu) or kind(gpu)
    parts = (text(benchmark.get("name")), text(model.get("name")), metric)
    mode = text(benchmark.get("mode"))
    columns = known(
        test_case=".".join(part for part in parts if part),
        mode=mode if mode in ("inference", "training") else "benchmark",
        runtime=text(model.get("backend")),
        precision=precision(benchmark.get("dtype")),
        **_numbers(metric, inside(record, "metric", "benchmark_values")),
    )
    return Finding(
        kind=Performance,
        place=place,
        columns=columns,
        model=text(model.get("name")),
        hardware=hardware,
        device=_device(record, hardware, gpu),
        time=moment(record.get("timestamp")),
        extra=record,
    )


def _runner(record: Mapping[str, Any]) -> dict[str, Any]:
    runners = record.get("runners")
    return mapping(runners[0]) if isinstance(runners, list) and runners else {}


def _device(record: Mapping[str, Any], hardware: str | None, gpu: Any) -> str | None:
    if hardware is None:
        return None
    return text(_runner(record).get("cpu_info")) if hardware == "cpu" else text(gpu)


def _numbers(metric: str, values: Any) -> dict[str, Any]:
    """The columns of a metric that says its unit; of any other the values stay in the record."""
    found, samples = UNIT.fullmatch(metric), series(values)
    if metric in TOKENS and samples and len(samples) == 1:
        return {"throughput_items_per_second": samples[0]}
    if found is None or PARTIAL.search(found["name"]):
        return {}
    unit = found["unit"].lower()
    if unit == "mb" and samples and "peak" in found["name"]:
        return {"memory_peak_mb": max(samples)}
    scale = milliseconds(unit)
    times = latencies(series(values, scale)) if scale is not None else {}
    if "load" in found["name"]:
        return known(load_time_ms=times.get("average_latency_ms"), rounds=times.get("rounds"))
    return times


IMPORTERS = (PyTorchHUD(),)
