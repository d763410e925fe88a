"""llama-bench of llama.cpp, in each form that it prints: JSON, JSONL, CSV, SQL, Markdown (see `llama_bench_text`)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath, PureWindowsPath
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import entries, known, numbered
from pytest_ipfs_bench.importers.llama_bench_text import (
    is_markdown,
    is_sql,
    markdown_rows,
    sql_rows,
)
from pytest_ipfs_bench.importers.samples import latencies, series
from pytest_ipfs_bench.importers.times import moment
from pytest_ipfs_bench.importers.values import Row, hardware, number, text, truth, whole
from pytest_ipfs_bench.importers.vocabulary import kind
from pytest_ipfs_bench.records import Performance

FIELDS = {"n_prompt", "n_gen", "avg_ts", "n_batch"}
# Before `backends` (2024) each backend was a field of its own; a build for ROCm said cuda, too.
OLD_BACKENDS = ("cuda", "vulkan", "kompute", "metal", "sycl", "opencl")
HOST = {"cpu", "blas", "accelerate", "zendnn"}
ALIASES = {"MTL": "metal"}


class LlamaBench(Importer):
    """Tokens per second of a model file: prompt processing (prefill), text generation (decode), or both."""

    name = "llama-bench"

    def recognises(self, document: Document) -> bool:
        """Whether the first row has llama-bench's fields."""
        if document.text is None:
            return False
        if document.first:
            return document.first >= FIELDS
        return _is_csv(document.text) or is_sql(document.text) or is_markdown(document.text)

    def read(self, document: Document) -> Iterable[Finding]:
        """A result per test."""
        rows = list(_rows(document))
        if not rows:
            raise NotResults("llama-bench ran no test")
        return numbered(_finding(place, row) for place, row in rows)


def _json_rows(document: Document) -> Iterator[tuple[str, Any]]:
    if isinstance(document.json, list):
        yield from ((f"/{number}", row) for number, row in enumerate(document.json))
    elif isinstance(document.json, dict):
        yield "", document.json
    for line, row in document.lines or ():
        yield f"line {line}", row


def _rows(document: Document) -> Iterable[tuple[str, dict[str, Any]]]:
    content = document.text or ""
    if isinstance(document.json, list):
        return entries(document.json, "")
    if document.json is not None or document.lines:
        return _json_rows(document)
    if is_sql(content):
        return sql_rows(content)
    if is_markdown(content):
        return markdown_rows(content)
    return [(f"line {line}", row) for line, row in document.table.rows] if document.table else []


def _is_csv(content: str) -> bool:
    return set(content[:4096].split("\n", 1)[0].strip().split(",")) >= FIELDS


def _finding(place: str, fields: Mapping[str, Any]) -> Finding:
    row = Row(fields)
    prompt, generated, depth = (row.whole(name) for name in ("n_prompt", "n_gen", "n_depth"))
    description, filename = text(row.left.get("model_type")), text(row.left.get("model_filename"))
    samples = series(row.left.get("samples_ns"), 1e-6)
    columns = latencies(samples) | known(
        test_case=_name(prompt, generated, depth),
        mode=_mode(prompt, generated),
        params=known(n_prompt=prompt, n_gen=generated, n_depth=depth) or None,
        sequence_length=prompt or None,
        threads=row.whole("n_threads", least=1),
        average_latency_ms=row.number("avg_ns", scale=1e-6),
        latency_std_ms=_deviation(row, samples),
        throughput_items_per_second=row.number("avg_ts"),
    )
    if "samples_ms" in columns:
        del row.left["samples_ns"]
    where, device = _hardware(row)
    return Finding(
        kind=Performance,
        place=place,
        columns=columns,
        model=_stem(filename) if filename else description,
        model_family=description.split()[0] if description else None,
        hardware=where,
        device=device,
        time=moment(row.pop("test_time")),
        extra=row.left,
        flags=tuple(row.flags),
    )


def _deviation(row: Row, samples: list[float] | None) -> float | None:
    """The stated deviation; llama-bench writes 0 for a single repetition, and that is none."""
    stated = number(row.left.get("stddev_ns"))
    return row.number("stddev_ns", scale=1e-6) if stated or (samples and len(samples) > 1) else None


def _name(prompt: int | None, generated: int | None, depth: int | None) -> str:
    """The test's name as llama-bench prints it.

    >>> _name(512, 0, 0), _name(0, 128, 2048), _name(512, 128, None)
    ('pp512', 'tg128 @ d2048', 'pp512+tg128')
    """
    parts = [f"pp{prompt}" if prompt else "", f"tg{generated}" if generated else ""]
    return "+".join(filter(None, parts)) + (f" @ d{depth}" if depth else "") or "llama-bench"


def _mode(prompt: int | None, generated: int | None) -> str:
    return "inference" if bool(prompt) == bool(generated) else "prefill" if prompt else "decode"


def _stem(filename: str) -> str:
    """The name of a model's file, whatever system wrote its path."""
    name = PureWindowsPath(filename).name if "\\" in filename else PurePath(filename).name
    return name.removesuffix(".gguf") or filename


def _hardware(row: Row) -> tuple[str | None, str | None]:
    """Where the layers ran. With none of them on the GPU a build for CUDA is no measurement of CUDA."""
    gpu, words = text(row.left.get("gpu_info")), _backends(row)
    found = next((word for name in words if (word := hardware(ALIASES.get(name, name))) not in (None, "cpu")), None)
    if found is None:
        host = words and all(name.lower() in HOST for name in words)
        return ("cpu", text(row.left.get("cpu_info"))) if host else (None, None)
    if whole(row.left.get("n_gpu_layers")) == 0:
        row.flags.append(f"n_gpu_layers: no layer was on the GPU, so this is not labelled {found}")
        return None, None
    return ("rocm" if found == "cuda" and kind(gpu) == "rocm" else found), gpu


def _backends(row: Row) -> list[str]:
    stated = text(row.left.get("backends")) or text(row.left.get("backend"))
    if stated is not None:
        return re.split(r"[,\s]+", stated)
    if "gpu_blas" not in row.left:
        return []
    return [name for name in OLD_BACKENDS if truth(row.left.get(name))] or ["cpu"]


IMPORTERS = (LlamaBench(),)
