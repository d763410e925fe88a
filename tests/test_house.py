"""The house: which room may import which. A result flows one way."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("pytest_ipfs_bench", "hardware_backends", "model_suites")
BELOW_ALL = {"encoding", "errors", "places", "records", "satellites"}
# What each room may import of ours; a room that is not listed here has to be.
ROOMS = {
    "errors": set(),
    "encoding": set(),
    "places": {"errors"},
    "records": {"encoding"},
    "satellites": {"records"},
    "stats": set(),
    "measure": set(),
    "memory": set(),
    "energy": set(),
    "causes": set(),
    "ruler": set(),
    "waiting": {"backend", "measure"},
    "selftest": {"backend", "cell", "measure", "models", "orders", "ruler", "supervisor", "testing"},
    "context": set(),
    "progress": set(),
    "folders": set(),
    "exports": {"errors", "progress"},
    "exporting": {"exports", "errors", "models", "progress"},
    "models": {"context", "exports", "progress", *BELOW_ALL},
    "reference": {"backend", "errors", "models"},
    "backend": {"cell", "context", "errors", "measure", "memory", "models"},
    "cell": set(),
    "planning": {"backend", "cell", "models", *BELOW_ALL},
    "hookspecs": {"backend", "importers", "models", "registry"},
    "importers": {"hookspecs", "importers", "outcomes", "stats", "store", *BELOW_ALL},
    "migration": {"context", "importers", "migration", "reports", "store", *BELOW_ALL},
    "registry": {"backend", "hookspecs", "importers", "models", *BELOW_ALL},
    "detecting": {"backend"},
    "orders": {"backend", "cell", "measure", "models", "waiting"},
    "runner": {
        "backend",
        "causes",
        "cell",
        "detecting",
        "energy",
        "exports",
        "folders",
        "measure",
        "memory",
        "models",
        "orders",
        "progress",
        "reference",
        "waiting",
    },
    "supervisor": {"backend", "causes", "folders", "memory", "orders", "progress"},
    "results": {"backend", "cell", "measure", "models", "orders", "stats", *BELOW_ALL},
    "bench": {
        "backend",
        "cell",
        "detecting",
        "measure",
        "models",
        "planning",
        "progress",
        "registry",
        "results",
        "orders",
        "supervisor",
        *BELOW_ALL,
    },
    "fixtures": {"bench", "cell", "results"},
    "benchmarks": {"stats", *BELOW_ALL},
    "outcomes": {*BELOW_ALL},
    "recorder": {
        "backend",
        "bench",
        "benchmarks",
        "context",
        "fixtures",
        "outcomes",
        "results",
        "ruler",
        "store",
        "templates",
        *BELOW_ALL,
    },
    "junit": {*BELOW_ALL},
    "options": set(),
    "wishes": {"backend", "options", "settings", *BELOW_ALL},
    "settings": {"cell", "measure", "options", "planning", *BELOW_ALL},
    "marking": {"bench", "cell", "planning", "settings", "suites", *BELOW_ALL},
    "store": {"store", *BELOW_ALL},
    "queries": {"queries", *BELOW_ALL},
    "reports": {"reports", "queries", "stats", "store", *BELOW_ALL},
    "ask": {"reports", "store", *BELOW_ALL},
    "selection": {"bench", "cell", "planning", "queries", "settings"},
    "choosing": {"bench", "cell", "planning", "selection", "settings", "store", *BELOW_ALL},
    "suites": {"cell", "planning", "registry", "settings", "suites", *BELOW_ALL},
    "covering": {"cell", "models", "registry", "suites", *BELOW_ALL},
    "tasks": {"choosing", "context", "covering", "migration", "registry", "reports", "settings", *BELOW_ALL},
    "summary": {"recorder"},
    "carrying": {"bench", "fixtures", "junit", "recorder"},
    "following": {"covering", "recorder", "registry", "reports", "settings", *BELOW_ALL},
    "plugin": {
        "bench",
        "carrying",
        "cell",
        "choosing",
        "fixtures",
        "following",
        "hookspecs",
        "marking",
        "options",
        "progress",
        "recorder",
        "registry",
        "settings",
        "store",
        "suites",
        "summary",
        "tasks",
        "wishes",
        *BELOW_ALL,
    },
    "cli": {
        "cli",
        "models",
        "ask",
        "backend",
        "cell",
        "context",
        "covering",
        "detecting",
        "migration",
        "naming",
        "options",
        "planning",
        "registry",
        "reports",
        "orders",
        "selftest",
        "settings",
        "store",
        "suites",
        "supervisor",
        "templates",
        "__init__",
        *BELOW_ALL,
        "wishes",
    },
    "testing": {
        "ask",
        "backend",
        "cell",
        "measure",
        "memory",
        "models",
        "plugin",
        "reference",
        "registry",
        "orders",
        "supervisor",
        "testing",
        *BELOW_ALL,
    },
    "naming": {"places", "settings"},
    "skill": {"backend", "cell", "models", "planning", "reference", "registry", "settings", *BELOW_ALL},
    "templates": {
        "backend",
        "cell",
        "context",
        "hookspecs",
        "models",
        "planning",
        "registry",
        "store",
        "suites",
        "templates",
        *BELOW_ALL,
    },
    "notebook": {"ask", "covering", "naming", "queries", "registry", "reports", "store", *BELOW_ALL},
    "__init__": {"notebook"},
}
OUTSIDE = {
    "hardware_backends": {"backend", "cell", "hookspecs", "measure", "memory", "models", "records"},
    "model_suites": {"errors", "exporting", "fixtures", "hookspecs", "models"},
}
HEAVY = {"duckdb", "pandas", "torch", "onnxruntime", "numpy", "transformers", "jinja2", "psutil", "tabulate", "onnx"}
MODULES = sorted(path for name in OURS for path in (ROOT / name).rglob("*.py"))


def imported(tree):
    """Modules named by every import of a tree, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(path):
    parts = path.relative_to(ROOT).parts
    return parts[1].removesuffix(".py") if parts[0] == "pytest_ipfs_bench" else parts[0]


def rooms_of(names):
    for name in names:
        parts = name.split(".")
        if parts[0] == "pytest_ipfs_bench":
            yield parts[1] if len(parts) > 1 and not parts[1].startswith("__") else "__init__"
        elif parts[0] in OUTSIDE:
            yield parts[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path):
    here = room(path)
    allowed = OUTSIDE[here] | {here} if here in OUTSIDE else ROOMS[here]
    assert set(rooms_of(imported(ast.parse(path.read_text())))) <= allowed | {"__init__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_libraries_are_imported_where_they_are_used(path):
    at_the_top = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not {name.split(".")[0] for node in at_the_top for name in imported(node)} & HEAVY


def test_hardware_knows_neither_duckdb_nor_pytest():
    for path in (ROOT / "hardware_backends").rglob("*.py"):
        assert not {module.split(".")[0] for module in imported(ast.parse(path.read_text()))} & {"pytest", "duckdb"}


def test_there_is_no_state_in_modules():
    """All state of a session is on config.stash: a module's names are constants, functions and classes."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            assert not isinstance(node, ast.Global), path


def test_files_are_short():
    for path in MODULES:
        assert len(path.read_text().splitlines()) <= 360, path
