"""A third party's backend package, installed: found by its entry point, listed, and examined by the suite."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("onnxruntime")

PACKAGE = Path(__file__).parent.parent / "data" / "third_party_backend"


def test_it_is_the_example_of_the_documents():
    text = (PACKAGE.parents[2] / "docs" / "hardware.md").read_text()
    assert f"```python\n{(PACKAGE / 'ipfs_bench_abacus.py').read_text()}```" in text


@pytest.fixture
def installed(pytester, monkeypatch, tmp_path):
    """The package in a folder on PYTHONPATH."""
    source = shutil.copytree(PACKAGE, tmp_path / "source")  # building leaves nothing in the checkout
    alone = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    words = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", *alone, "--target", tmp_path / "site"]
    subprocess.run([sys.executable, "-m", "pip", *words, source], check=True)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"), prepend=":")
    return pytester


def examine(session, *options):
    words = ["--pyargs", "pytest_ipfs_bench.testing", "--hardware=abacus", "--no-db-store", "-rs", *options]
    return session.run(sys.executable, "-m", "pytest", *words)


@pytest.mark.slow
def test_it_is_listed_and_passes_the_suite_with_and_without_its_device(installed, monkeypatch):
    listed = installed.run("ipfs-bench", "hardware")
    listed.stdout.fnmatch_lines(["abacus: no device (no abacus lies on this desk)", "*put one there: ABACUS=1"])
    absent = examine(installed)
    absent.assert_outcomes(passed=11, skipped=15)
    absent.stdout.fnmatch_lines(["SKIPPED*no device 0: no abacus lies on this desk. put one there: ABACUS=1"])
    monkeypatch.setenv("ABACUS", "1")
    examine(installed).assert_outcomes(passed=20, skipped=6)
