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


def test_models_and_backends_are_registered_without_a_runtime():
    code = (
        "import sys; from pytest_ipfs_bench.registry import Registry; found = Registry.load(); found.backends(); found.models()\n"
        f"print([name for name in {HEAVY} if name in sys.modules and name != 'click'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
