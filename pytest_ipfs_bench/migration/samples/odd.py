"""Files that hold no result, and files that should and are broken."""

from collections.abc import Callable
from typing import Any

from pytest_ipfs_bench.migration.books import NOT_RESULTS, REJECTED
from pytest_ipfs_bench.migration.samples.draw import (
    COMPACT,
    KEY,
    MS,
    NAIVE,
    NAME,
    RATE,
    ZULU,
    Draw,
    Template,
    digits,
    text,
    whole,
)
from pytest_ipfs_bench.migration.samples.shapes import Shape, as_json, as_text

TOKEN = digits(6)
ROW: dict[str, Template] = {
    "model_name": NAME,
    "hardware_type": "cpu",
    "average_latency_ms": MS,
    "throughput_items_per_second": RATE,
    "timestamp": NAIVE,
}
ROWS = [ROW, ROW]


def without_results(name: str, content: Template, **more: Any) -> Shape:
    """A file that is understood, and holds no result."""
    return Shape(name=name, content=content, status=NOT_RESULTS, files=2, **more)


def broken(name: str, write: Callable[[Any], bytes], content: Template = ROWS, **more: Any) -> Shape:
    """A file of rows that something happened to."""
    return Shape(name=name, content=content, write=write, status=REJECTED, **{"files": 2, **more})


def cut(value: Any) -> bytes:
    """The document, ended in the middle of a line, as by a writer that died."""
    return as_json(value)[:-60]


def after_junk(value: Any) -> bytes:
    """The document after some characters that don't belong there."""
    return b"clas" + as_json(value)


def in_latin1(value: Any) -> bytes:
    """Text in another encoding than UTF-8."""
    return as_json(value).replace(b'"cpu"', b'"cpu", "note": "d\xe9j\xe0 vu"')


def too_deep(value: Any) -> bytes:
    """Lists in lists, deeper than any parser goes."""
    return b"[" * 100_000 + as_json(value) + b"]" * 100_000


def summary(draw: Draw) -> Any:
    """Means over the rows of another file: lists without keys."""
    lists = {"latency_ms": [MS, MS], "throughput": [RATE, RATE]}
    return {
        "timestamp": COMPACT,
        "system_info": {"platform": "Linux"},
        "hardware_types": ["cpu"],
        "model_families": {"embedding": {"models_tested": [draw.model.name], "hardware_results": {"cpu": lists}}},
        "performance_comparison": {"embedding": {}},
    }


WITHOUT_RESULTS = (
    without_results("bench_config", {
        "batch_sizes": [1, whole(2, 8)],
        "warmup_iterations": 5,
        "benchmark_iterations": whole(10, 99),
        "timeout": 600,
        "model_families": {"vision": [NAME]},
        "hardware_types": ["cpu", "cuda"],
    }),
    without_results("suite_config", {
        "timestamp": COMPACT,
        "models": {"bert": {"name": NAME, "family": "embedding", "size": "small"}},
        "hardware_types": ["cpu"],
        "batch_sizes": [1, 4],
        "available_hardware": {"cpu": True, "cuda": False},
    }),
    without_results("bench_summary", summary),
    without_results("aggregated", {"inference": {}, "training": {}, "WARNING": {"message": "EMPTY", "marked_at": NAIVE}}),
    without_results("code_fix_report", {
        "total_files": 1,
        "files_fixed": 1,
        "total_issues_fixed": whole(1, 20),
        "files_details": [{"file": text("test_hf_{}.py", KEY), "issues_fixed": 2, "fixed_issues": ["Fixed indentation"]}],
    }),
    without_results("code_analysis_report", {
        "total_files": 1,
        "files_analyzed": [{"file": text("test_hf_{}.py", KEY), "issues": whole(1, 9), "missing_hardware": ["cpu"]}],
        "issue_types": {"missing_hardware": whole(1, 9)},
    }),
    without_results("coverage_report", {
        "timestamp": NAIVE,
        "total_models": 1,
        "platform_coverage": {"cpu": 0.0},
        "model_results": [{"model": KEY, "platforms": {"cpu": {"has_init_method": False, "supported": False}}}],
    }),
    without_results("template_registry", {
        "bert": text('"""Test template {}."""\nimport torch\n', TOKEN),
        "vit": '"""Another test template."""\nimport torch\n',
    }),
    without_results("model_inventory", {"timestamp": NAIVE, "known_models": [text("model-{}", TOKEN)], "discovered_models": []}),
    without_results("fix_list", [{
        "model": KEY,
        "original_file": text("test_hf_{}.py", KEY),
        "fixed_file": text("fixed/test_hf_{}.py", TOKEN),
        "platforms_fixed": ["cpu", "cuda"],
    }]),
    without_results("hub_inventory", [
        {"name": text("example/tiny-random-{}", TOKEN), "exists": True, "requires_token": True, "private": False, "tags": []},
    ]),
    without_results("api_exploration", {
        "timestamp": COMPACT,
        "temperature_results": {"0.0": text("A name: {}", TOKEN), "1.0": "Error is a word in an answer"},
        "system_prompt_results": {"system_1": {"system": "Be brief", "response": "Success is a word in an answer"}},
    }),
    without_results("web_config", {
        "webnn_available": True,
        "browsers": {"chrome": {"path": text("/opt/{}/chrome", TOKEN), "args": {"webnn": ["--no-sandbox"]}}},
        "test_files": {"webnn": "./webnn_test.html"},
        "created_at": NAIVE,
    }),
    without_results("foreign", {
        "schema_version": "another-program/v1",
        "schema": "another-program/report@1",
        "generated_at": ZULU,
        "metrics": {"latency_ms": MS, "success": True},
    }),
    without_results("empty_object", {}, stem=text("empty_{}", TOKEN)),
    without_results("asv_machine", {
        "arch": "x86_64", "cpu": "Example CPU", "machine": text("lab-{}", TOKEN), "num_cpu": "8", "os": "Linux", "ram": "1",
        "version": 1,
    }),
    without_results("no_benchmark_was_run", {
        "machine_info": {"node": text("lab-{}", TOKEN)},
        "commit_info": {"id": digits(40)},
        "benchmarks": [],
        "datetime": NAIVE,
        "version": "5.2.3",
    }),
    without_results("picture", digits(20), ending=".png", write=lambda value: b"\x89PNG\r\n\x1a\n" + value.encode()),
    without_results("notes", [text("Ask {} again.", TOKEN), "It took long."], ending=".txt", write=as_text),
)  # fmt: skip

BROKEN = (
    broken("truncated", cut),
    broken("junk_in_front", after_junk),
    broken("another_encoding", in_latin1),
    broken("too_deep", too_deep, files=1),
    broken("not_json", as_text, content=[text("Segmentation fault in {}", TOKEN)]),
    broken("empty_file", lambda _: b""),
    broken("ragged_table", as_text, ending=".csv", content=[
        "model_name,hardware_type,average_latency_ms",
        text("{},cpu,{}", NAME, MS),
        text("{},cpu", NAME),
    ]),
    broken("truncated_xml", as_text, ending=".xml", content=[
        '<?xml version="1.0"?>', '<testsuite name="pytest">', text('<testcase classname="a" name="test_{}"', TOKEN),
    ]),
)  # fmt: skip
