"""Benchmarks of servers of language models: vLLM's (and its kin's) serving benchmark, and LLMPerf's two files."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import case, entries, known, numbered
from pytest_ipfs_bench.importers.times import moment
from pytest_ipfs_bench.importers.values import Row, text, whole
from pytest_ipfs_bench.records import Outcome, Performance

STATISTICS = {
    "average_latency_ms": "mean",
    "latency_min_ms": "min",
    "latency_p10_ms": "p10",
    "latency_p50_ms": "median",
    "latency_p90_ms": "p90",
    "latency_p95_ms": "p95",
    "latency_p99_ms": "p99",
    "latency_max_ms": "max",
    "latency_std_ms": "std",
}
VLLM = {"completed", "duration", "request_throughput", "total_input_tokens"}
# What makes one load on a server another one. How many tokens came out is a result.
LOAD = ("request_rate", "burstiness", "max_concurrency", "num_prompts", "total_input_tokens")
LLMPERF = {"num_concurrent_requests", "results_end_to_end_latency_s_mean", "results_number_errors"}
LLMPERF_LOAD = (
    "mean_input_tokens", "stddev_input_tokens", "mean_output_tokens", "stddev_output_tokens", "num_concurrent_requests",
)  # fmt: skip
LLMPERF_LATENCY = "results_end_to_end_latency_s_"
LLMPERF_NAMES = {"median": "quantiles_p50", "std": "stddev", **{p: f"quantiles_{p}" for p in ("p90", "p95", "p99")}}
REQUEST = {"ttft_s", "end_to_end_latency_s", "error_code", "number_output_tokens"}


class Serving(Importer):
    """A run of vLLM's benchmark_serving, SGLang's bench_serving or of tools that write the same fields: one result.

    The latency is that of whole requests (e2el), the throughput requests per second; times to first token and between
    tokens and the tokens per second are among the other fields.
    """

    name = "vllm-serving"
    kinds = ("json", "lines")

    def recognises(self, document: Document) -> bool:
        """Whether it has the fields that all of them write."""
        return document.first >= VLLM and not isinstance(document.json, list)

    def read(self, document: Document) -> Iterable[Finding]:
        """One result, or one a line."""
        if document.lines:
            return numbered(_serving(f"line {line}", row) for line, row in document.lines)
        return numbered([_serving("", document.json)])


class LLMPerfSummary(Importer):
    """LLMPerf's *_summary.json: one result."""

    name = "llmperf-summary"
    kinds = ("json",)

    def recognises(self, document: Document) -> bool:
        """Whether it has LLMPerf's flattened names."""
        return document.keys >= LLMPERF

    def read(self, document: Document) -> Iterable[Finding]:
        """One result; its latency is that of whole requests."""
        row = Row(document.json)
        latency = {
            column: row.number(f"{LLMPERF_LATENCY}{LLMPERF_NAMES.get(name, name)}", scale=1e3)
            for column, name in STATISTICS.items()
        }
        completed = row.whole("results_num_completed_requests")
        params = {name: row.left.pop(name) for name in LLMPERF_LOAD if name in row.left}
        columns = known(
            test_case=case("llmperf", params),
            mode="inference",
            params=params,
            rounds=completed,
            throughput_items_per_second=row.number("results_num_completed_requests_per_min", scale=1 / 60),
        )
        model, time = row.text("model"), moment(row.pop("timestamp"))
        if not completed:
            return [_no_answer("", case("llmperf", params), row.left, model, time)]
        return [
            Finding(
                kind=Performance,
                place="",
                columns=columns | known(**latency),
                model=model,
                time=time,
                extra=row.left,
                flags=tuple(row.flags),
            )
        ]


class LLMPerfRequests(Importer):
    """LLMPerf's *_individual_responses.json: every request is a result, a refused one a failed test."""

    name = "llmperf-requests"
    kinds = ("json",)

    def recognises(self, document: Document) -> bool:
        """Whether the first request has LLMPerf's fields."""
        return document.first >= REQUEST and isinstance(document.json, list)

    def read(self, document: Document) -> Iterable[Finding]:
        """A result per request. The file names neither the model nor the server."""
        return numbered(_requests(document.json))


def _serving(place: str, fields: Mapping[str, Any]) -> Finding:
    row = Row(fields)
    params = {name: row.left[name] for name in LOAD if row.left.get(name) is not None}
    columns = known(
        test_case=case("serving", params),
        mode="inference",
        params=params,
        rounds=row.whole("completed"),
        total_time_seconds=row.number("duration"),
        throughput_items_per_second=row.number("request_throughput"),
        **{column: _request_latency(row, name) for column, name in STATISTICS.items()},
    )
    model, time = row.text("model_id", "model"), moment(row.pop("date"))
    if not columns.get("rounds"):
        return _no_answer(place, columns["test_case"], dict(fields), model, time)
    for name in LOAD:
        row.left.pop(name, None)
    return Finding(
        kind=Performance,
        place=place,
        columns=columns,
        model=model,
        time=time,
        extra=row.left,
        flags=tuple(row.flags),
    )


def _request_latency(row: Row, statistic: str) -> float | None:
    """In ms, as vLLM writes it and says in the name; reports made of it write seconds, without a unit in the name."""
    stated = row.number(f"{statistic}_e2el_ms", f"{statistic}_e2e_latency_ms")
    return row.number(f"{statistic}_e2el", scale=1e3) if stated is None else stated


def _no_answer(place: str, name: str, extra: Mapping[str, Any], model: str | None, time: Any) -> Finding:
    """A run without an answered request: its zeros are no measurements."""
    columns = {"node_id": name, "test_name": name, "status": "fail", "error_message": "no request was answered"}
    return Finding(kind=Outcome, place=place, columns=columns, model=model, time=time, extra=extra)


def _requests(document: Any) -> Iterator[Finding]:
    found = list(entries(document, ""))
    if not found:
        raise NotResults("no request was made")
    for place, fields in found:
        row = Row(fields)
        if row.left.get("error_code") is None:
            tokens = whole(row.left.get("number_input_tokens"))
            columns = known(
                test_case="llmperf request",
                mode="inference",
                sequence_length=tokens if tokens and tokens > 0 else None,
                average_latency_ms=row.number("end_to_end_latency_s", scale=1e3),
            )
            yield Finding(kind=Performance, place=place, columns=columns, extra=row.left, flags=tuple(row.flags))
        else:
            columns = known(
                node_id="llmperf request",
                test_name="llmperf request",
                status="fail",
                execution_time_seconds=row.number("end_to_end_latency_s") or None,
                error_type=text(row.left.get("error_code")),
                error_message=row.text("error_msg"),
            )
            yield Finding(kind=Outcome, place=place, columns=columns, extra=row.left, flags=tuple(row.flags))


IMPORTERS = (Serving(), LLMPerfSummary(), LLMPerfRequests())
