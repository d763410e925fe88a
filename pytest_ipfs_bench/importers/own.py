"""What this program writes itself: tables from `ipfs-bench export`, and the JSON file of DEPRECATE_JSON_OUTPUT=0."""

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, Kind, NotResults, Rejected
from pytest_ipfs_bench.importers.own_rows import KINDS, Names, finding
from pytest_ipfs_bench.records import Compatibility, Hardware, Model, Outcome, Performance, Run

if TYPE_CHECKING:
    from pytest_ipfs_bench.importers.document import Document

Fields = Mapping[str, Any]
Rows = Iterable[tuple[str, Fields]]  # each with its place
# Tables and views by columns that no other has together: those of results, those without.
RESULTS: dict[str, tuple[Kind, frozenset[str]]] = {
    "performance_results": (
        Performance,
        frozenset({"result_id", "model_id", "cell_key", "latency_p50_ms", "provenance"}),
    ),
    "hardware_compatibility": (Compatibility, frozenset({"compatibility_id", "cell_key", "provenance", "status"})),
    "integration_test_results": (Outcome, frozenset({"test_result_id", "node_id", "source_id", "status"})),
    "results": (Performance, frozenset({"result_id", "run_name", "cell_key", "provenance"})),
}
OTHERS = {
    "test_runs": ("names for ids, no results", {"run_id", "started_at", "exit_status", "git_dirty"}),
    "models": ("names for ids, no results", {"model_id", "model_name", "parameters_million", "metadata"}),
    "hardware_platforms": (
        "names for ids, no results",
        {"hardware_id", "hardware_type", "compute_units", "is_software"},
    ),
    "power_metrics": ("details of results in another table", {"result_id", "average_power_w", "throttled"}),
    "training_results": ("details of results in another table", {"result_id", "optimizer", "loss_slope"}),
    "web_platform_results": ("details of results in another table", {"result_id", "proven_device", "dispatch_count"}),
    "import_sources": ("what was imported, no results", {"source_id", "sha256", "duplicate_rows", "imported_at"}),
    "maintenance_log": ("what was done to the database, no results", {"maintenance_id", "action", "bytes_before"}),
    "templates": ("templates, no results", {"template_id", "name", "kind", "created_at"}),
    "template_versions": ("templates, no results", {"version_id", "template_id", "sha256", "text"}),
    "template_dependencies": ("templates, no results", {"dependency_id", "version_id", "relation"}),
    "template_validations": ("templates, no results", {"validation_id", "version_id", "findings", "rendered"}),
    "schema_version": ("the version of the database, no results", {"version", "description", "applied_at"}),
    "model_hardware_compatibility": ("a summary of other results", {"compatible_count", "incompatible_count"}),
    "latest_performance_metrics": ("a selection of other results", {"rn", "average_latency_ms", "result_id"}),
    "integration_test_status": ("a summary of other results", {"test_module", "total_tests", "xfailed", "xpassed"}),
    "web_platform_performance_metrics": (
        "a summary of other results",
        {"avg_load_time_ms", "test_count", "provenance"},
    ),
    "cross_platform_performance": ("a summary of other results", {"web_load_time_ms", "avg_latency_ms", "provenance"}),
}
SATELLITES = ("power_metrics", "training_results", "web_platform_results")
SESSION = frozenset({Run.TABLE, Model.TABLE, Hardware.TABLE, *(kind.TABLE for kind in KINDS), *SATELLITES})


class Export(Importer):
    """A table or view of ours as a CSV file, or as a JSON list of its rows."""

    name = "ipfs-bench-export"

    def recognises(self, document: "Document") -> bool:
        """By the columns."""
        return table_named(document.first if isinstance(document.json, list) else _columns(document)) is not None

    def read(self, document: "Document") -> Iterable[Finding]:
        """A finding for each row; of a table of names or details none."""
        if isinstance(document.json, list):
            rows: Rows = ((f"/{number}", row) for number, row in enumerate(document.json))
        else:
            rows = ((f"line {line}", row) for line, row in (document.table.rows if document.table else ()))
        return findings(_columns(document), rows)


class Session(Importer):
    """The records of one session as one JSON object: a list of rows for each table."""

    name = "ipfs-bench-session"
    kinds = ("json",)

    def recognises(self, document: "Document") -> bool:
        """By the names of our tables, and a run."""
        if Run.TABLE not in document.keys or not document.keys <= SESSION:
            return False
        runs = document.json[Run.TABLE]
        first = runs[0] if isinstance(runs, list) and runs else None
        return isinstance(first, dict) and {"run_id", "started_at", "test_type"} <= first.keys()

    def read(self, document: "Document") -> Iterable[Finding]:
        """Every result of the session, with the names of its model and hardware."""
        tables = {name: _objects(rows, name) for name, rows in document.json.items()}
        details: dict[str, dict[str, list[Fields]]] = {}
        for name in SATELLITES:
            for row in tables.get(name, ()):
                details.setdefault(str(row.get("result_id")), {}).setdefault(name, []).append(row)
        models, hardware, runs = (_by_id(tables.get(one.TABLE, ()), one.KEY) for one in (Model, Hardware, Run))
        names = Names(models, hardware, runs, details)
        results = [(kind, place, row) for kind in KINDS for place, row in enumerate(tables.get(kind.TABLE, ()))]
        if not results:
            raise NotResults("a session of this program that has no results")
        return (finding(kind, f"/{kind.TABLE}/{place}", row, names) for kind, place, row in results)


def table_named(columns: Iterable[str]) -> str | None:
    """The table or view of ours that has these columns, None if none has.

    >>> table_named(["run_id", "started_at", "exit_status", "git_dirty", "labels"]), table_named(["model", "latency_ms"])
    ('test_runs', None)
    """
    return _table_with(frozenset(columns))


@functools.lru_cache(maxsize=256)
def _table_with(columns: frozenset[str]) -> str | None:
    """The same, remembered: files of one shape come in thousands."""
    signatures = {**{name: signature for name, (_, signature) in RESULTS.items()},
                  **{name: signature for name, (_, signature) in OTHERS.items()}}  # fmt: skip
    return next((name for name, signature in signatures.items() if signature <= columns), None)


def findings(columns: Iterable[str], rows: Rows) -> Iterator[Finding]:
    """The findings of one table alone, its values as they are or as text: its ids can't be resolved, and are kept."""
    table = table_named(columns) or ""
    if table not in RESULTS:
        raise NotResults(f"{table} of this program: {OTHERS[table][0]}")
    kind, empty = RESULTS[table][0], True
    for place, row in rows:
        if not isinstance(row, dict):
            raise Rejected("a row that is no object", place)
        yield finding(kind, place, row, Names())
        empty = False
    if empty:
        raise NotResults(f"{table} of this program, without a row")


def _columns(document: "Document") -> tuple[str, ...]:
    """The names of a table's columns, or of the fields of the first row in a list."""
    if isinstance(document.json, list):
        first = document.json[0] if document.json else None
        return tuple(first) if isinstance(first, dict) else ()
    return document.table.header if document.table else ()


def _objects(rows: Any, name: str) -> list[Fields]:
    if not isinstance(rows, list):
        raise Rejected("a table that is no list of rows", f"/{name}")
    wrong = next((number for number, row in enumerate(rows) if not isinstance(row, dict)), None)
    if wrong is not None:
        raise Rejected("a row that is no object", f"/{name}/{wrong}")
    return rows


def _by_id(rows: Iterable[Fields], column: str) -> dict[str, Fields]:
    return {str(row.get(column)): row for row in rows}


IMPORTERS = (Export(), Session())
