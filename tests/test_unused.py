"""Installed and not asked for, the plugin imports nothing heavy and leaves nothing behind."""

import json
import subprocess
import sys

import pytest

HEAVY = ["duckdb", "pandas", "torch", "onnxruntime", "jinja2", "numpy", "tabulate", "openvino", "psutil", "click"]


@pytest.mark.parametrize("words", [[], ["--collect-only"], ["--help"]])
def test_a_session_that_asks_for_nothing_loads_nothing_heavy(session, words):
    session.makepyfile("def test_one(): pass\n")
    session.makeconftest(
        "import json, sys\ndef pytest_unconfigure(config):\n    open('loaded.json', 'w').write(json.dumps(sorted(sys.modules)))\n"
    )
    subprocess.run([sys.executable, "-m", "pytest", *words], cwd=session.path, check=True, capture_output=True)
    loaded = json.loads((session.path / "loaded.json").read_text())
    assert "pytest_ipfs_bench.plugin" in loaded
    assert [name for name in HEAVY if name in loaded] == []
    assert [name for name in loaded if name.startswith(("hardware_backends", "model_suites"))] == []
    assert not list(session.path.glob("*duckdb*"))


CELLS = """
import json, sys
from pathlib import Path
from dataclasses import replace
import pluggy
from hardware_backends.cpu import Cpu
from model_suites.text import BERT_TINY

hookimpl = pluggy.HookimplMarker("ipfs_bench")

class Untouched(Cpu):
    name = "untouched"
    def detect(self):
        Path("touched").touch()

class Plugin:
    @hookimpl
    def register_backends(self):
        return [Untouched()]
    @hookimpl
    def register_models(self):
        return [replace(BERT_TINY, name=f"m{n}", tags=("many",)) for n in range(13)]

def pytest_ipfs_bench_register(manager):
    manager.register(Plugin())

def pytest_unconfigure(config):
    Path("loaded.json").write_text(json.dumps(sorted(sys.modules)))
"""


def test_a_large_matrix_is_collected_without_a_device_or_anything_heavy(session):
    session.makepyfile("def test_one(cell): cell.measure()\n")
    session.makeconftest(CELLS)
    matrix = [
        "--bench-models=many",
        "--hardware=all",
        "--bench-batch-sizes=1,2,4,8,16",
        "--bench-precisions=fp32,fp16,bf16,int8",
    ]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *matrix]
    done = subprocess.run(command, cwd=session.path, check=True, capture_output=True, text=True)
    collected = [line for line in done.stdout.splitlines() if line.startswith("test_")]
    assert len(collected) == len(set(collected)) >= 1820
    loaded = json.loads((session.path / "loaded.json").read_text())
    assert [name for name in HEAVY if name in loaded] == []
    assert not (session.path / "touched").exists()
    assert not list(session.path.glob("*duckdb*"))


def test_models_and_backends_are_registered_without_a_runtime():
    code = (
        "import sys; from pytest_ipfs_bench.registry import Registry; found = Registry.load(); found.backends(); found.models()\n"
        f"print([name for name in {HEAVY} if name in sys.modules and name != 'click'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
