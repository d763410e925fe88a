"""MLPerf Inference: LoadGen's mlperf_log_summary.txt (one run), and the table of a round's results (summary.csv)."""

import re
from collections.abc import Iterable, Mapping

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import known, numbered
from pytest_ipfs_bench.importers.samples import milliseconds
from pytest_ipfs_bench.importers.values import Row, text
from pytest_ipfs_bench.importers.vocabulary import kind, precision
from pytest_ipfs_bench.records import Performance

TITLE = "MLPerf Results Summary"
STATISTICS = "Additional Stats"
PARAMETERS = "Test Parameters Used"
LATENCIES = {
    "average_latency_ms": "Mean latency (ns)",
    "latency_min_ms": "Min latency (ns)",
    "latency_p50_ms": "50.00 percentile latency (ns)",
    "latency_p90_ms": "90.00 percentile latency (ns)",
    "latency_p95_ms": "95.00 percentile latency (ns)",
    "latency_p99_ms": "99.00 percentile latency (ns)",
    "latency_max_ms": "Max latency (ns)",
}
SPEEDS = ("Samples per second", "Completed samples per second")
COLUMNS = {"Organization", "Availability", "Division", "Scenario", "Result", "Units"}
RATES = {"Tokens/s", "Samples/s", "Queries/s"}
# The rules of MLPerf say which latency a scenario's result is; the table does not.
LATENCY_OF = {"singlestream": "latency_p90_ms", "multistream": "latency_p99_ms"}


class LoadGenSummary(Importer):
    """The text that LoadGen writes at the end of a run: `key : value` in sections. It names no model and no hardware."""

    name = "mlperf-log-summary"
    kinds = ("text",)

    def recognises(self, document: Document) -> bool:
        """Whether the title stands at the top."""
        return document.text is not None and TITLE in document.text[:300]

    def read(self, document: Document) -> Iterable[Finding]:
        """The run's latency and samples per second; an invalid run is flagged."""
        sections, notes = _sections(document.text or "")
        row, stats = Row(sections.get(TITLE, {})), Row(sections.get(STATISTICS, {}))
        scenario, valid = row.text("Scenario") or "unknown", text(row.left.get("Result is"))
        numbers = known(
            throughput_items_per_second=row.number(*SPEEDS),
            **{column: stats.number(name, scale=1e-6) for column, name in LATENCIES.items()},
        )
        if not numbers:
            raise NotResults(f"the run states no performance (mode {text(row.left.get('Mode')) or 'unknown'})")
        doubts = [] if valid == "VALID" else [f"Result is: {valid or 'not stated'}"]
        return [
            Finding(
                kind=Performance,
                place="",
                columns=known(test_case=f"mlperf.{scenario.lower()}", mode="inference", params=sections.get(PARAMETERS))
                | numbers,
                extra=row.left | {STATISTICS: stats.left, "notes": notes},
                flags=(*row.flags, *stats.flags, *doubts),
            )
        ]


class MLPerfTable(Importer):
    """A round's summary.csv: a row is the result of one model in one scenario on one system."""

    name = "mlperf-summary"
    kinds = ("text",)

    def recognises(self, document: Document) -> bool:
        """Whether the first line has its columns."""
        header = (document.text or "")[:4096].split("\n", 1)[0].strip().replace('"', "").split(",")
        return COLUMNS.issubset(header)

    def read(self, document: Document) -> Iterable[Finding]:
        """A result per row."""
        if document.table is None or not document.table.rows:
            raise NotResults("the table has no row")
        return numbered(_result(line, fields) for line, fields in document.table.rows)


def _sections(content: str) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Keys and values by section (a title stands between two lines of =), and the lines that are no such pair."""
    sections: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    notes, in_title = [], False
    for line in content.splitlines():
        name, _, value = (part.strip() for part in line.partition(":"))
        if name and set(name) == {"="}:
            in_title = not in_title
        elif in_title:
            current = sections.setdefault(name, {})
        elif not value or name == "WARNING" or current.setdefault(name, value) != value:
            notes += [line.strip()] if line.strip() else []
    return sections, notes


def _result(line: int, fields: Mapping[str, str]) -> Finding:
    row = Row({name: value for name, value in fields.items() if value != ""})
    model, scenario = row.text("MlperfModel", "Model"), (text(row.left.get("Scenario")) or "").lower()
    accelerated = text(row.left.get("accelerator_model_name")) not in (None, "N/A")
    device = text(row.left.get("accelerator_model_name" if accelerated else "host_processor_model_name"))
    return Finding(
        kind=Performance,
        place=f"line {line}",
        columns=known(
            test_case=f"mlperf.{model or 'unknown'}.{scenario}",
            mode="inference",
            precision=precision(row.left.get("weight_data_types")),
            **_number(row, scenario),
        ),
        model=model,
        hardware=kind(device) if accelerated else _host(device),
        device=device,
        extra=row.left,
        flags=tuple(row.flags),
    )


def _host(processor: str | None) -> str | None:
    """A system without accelerators ran on its CPU, unless the processor's own GPU or NPU is named."""
    return "cpu" if processor and not re.search(r"\b[GN]PU\b", processor) else None


def _number(row: Row, scenario: str) -> dict[str, float | None]:
    """The result in the column that its unit and scenario say; the unit stays, since an item may be a token."""
    unit = text(row.left.get("Units")) or ""
    if unit in RATES:
        return {"throughput_items_per_second": row.number("Result")}
    scale = milliseconds(unit.removeprefix("Latency (").removesuffix(")"))
    if scale is None or scenario not in LATENCY_OF:
        row.flags.append(f"Result: its unit {unit[:40]!r} in scenario {scenario[:40]!r} is no column of ours")
        return {}
    return {LATENCY_OF[scenario]: row.number("Result", scale=scale)}


IMPORTERS = (LoadGenSummary(), MLPerfTable())
