"""Formats of result files, one module per family, registered through the public door."""

from importlib import import_module

from pytest_ipfs_bench.hookspecs import hookimpl
from pytest_ipfs_bench.importers.contract import Importer

MODULES = (
    "asv", "asv_console", "bencher", "chromium", "conbench", "cpp", "databases", "dotnet", "github_action",
    "go", "google_benchmark", "hyperfine", "javascript", "julia", "junit_xml", "jvm", "legacy.importer",
    "llama_bench", "llm_serving", "lnt", "mlperf", "nvbench", "optimum", "optimum_csv", "other_languages",
    "own", "pyperf", "pytest_benchmark", "pytest_json_report", "pytest_monitor", "pytest_reportlog",
    "pytorch_hud", "rust",
)  # fmt: skip


@hookimpl
def register_importers() -> list[Importer]:
    """What each module lists as its IMPORTERS."""
    return [one for name in MODULES for one in import_module(f"{__name__}.{name}").IMPORTERS]
