"""The shipped templates: few, small, sound; what they make runs, or skips with the backend's own reason."""

import importlib.util
import subprocess
import sys

import pytest

from pytest_ipfs_bench.templates import making, opening
from pytest_ipfs_bench.templates.making import Order
from pytest_ipfs_bench.templates.subjects import plain, subjects

LIBRARY = opening.library(None)
FAMILY = [one for one in LIBRARY.templates.values() if one.about.family]
TORCH = importlib.util.find_spec("torch") is not None
QUERY = "SELECT node_id, status, error_message FROM integration_test_results"


@pytest.mark.parametrize("template", FAMILY, ids=lambda template: template.name)
def test_a_family_adds_only_what_is_its_own(template):
    assert len(template.text.splitlines()) <= 40
    assert "extends" in template.text


def test_they_are_few_and_each_says_what_it_is():
    assert len(LIBRARY.templates) <= 20
    assert all(one.about.description for one in LIBRARY.templates.values())


@pytest.mark.parametrize("kind", ["test", "skill"])
def test_what_they_make_for_every_family_and_hardware_passes_ruff_with_its_defaults(house, tmp_path, kind):
    order = Order(kind, tuple(subjects(["all"], house.models)), house.hardware)
    files = making.generate(order, LIBRARY, house)
    assert len(files) == len({spec.family for spec in house.models.values()})
    check_style(files, tmp_path)


@pytest.mark.parametrize("kind", ["backend", "importer", "model", "suite"])
def test_packages_and_suites_pass_ruff_too(house, tmp_path, kind):
    files = making.generate(Order(kind, (plain("my-own", kind),), ("cpu",), models=("key",)), LIBRARY, house)
    check_style(files, tmp_path)


def check_style(files, folder):
    for file in files:
        (folder / file.name).write_text(file.text)
    if importlib.util.find_spec("ruff"):
        for words in (["check"], ["format", "--check", "--line-length", "130"]):
            done = subprocess.run(
                [sys.executable, "-m", "ruff", *words, "--isolated", "--no-cache", "."],
                cwd=folder,
                check=False,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", LIBRARY.templates)
def test_every_one_is_sound(house, name):
    validation, _ = making.validate(LIBRARY.templates[name], LIBRARY, house)
    assert validation.findings == ()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["backend", "importer", "model"])
def test_a_package_to_begin_with_passes_its_own_tests(house, tmp_path, kind):
    for file in making.generate(Order(kind, (plain("my-own", kind),), ("cpu",)), LIBRARY, house):
        (tmp_path / file.name).write_text(file.text)
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
    done = subprocess.run(words, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


@pytest.mark.slow
def test_a_backend_to_begin_with_passes_everything_on_its_stand_in(house, session, monkeypatch):
    pytest.importorskip("onnxruntime")
    for file in making.generate(Order("backend", (plain("my-chip", "backend"),), ("cpu",)), LIBRARY, house):
        (session.path / file.name).write_text(file.text)
    monkeypatch.setenv("MY_CHIP", "1")
    outcomes = session.runpytest_subprocess("-q").parseoutcomes()
    assert outcomes.keys() <= {"passed", "skipped"}
    assert outcomes["passed"] == 19


@pytest.mark.slow
def test_every_family_on_all_hardware_runs_on_the_cpu_and_skips_elsewhere_with_the_reason(house, session, rows):
    """Tiny sizes. Without torch, what needs it skips, too; wasm is the CPU in a browser, and tests/plugin/test_browsers.py's."""
    pytest.importorskip("onnxruntime")
    hardware = tuple(one for one in house.hardware if one != "wasm")
    for file in making.generate(Order("test", tuple(subjects(["all"], house.models)), hardware), LIBRARY, house):
        (session.path / file.name).write_text(file.text)
    result = session.runpytest_subprocess("-q", "--bench-db=b.duckdb", "--bench-verify", "-p", "no:cacheprovider")
    assert result.ret == 0
    found = [(row["node_id"], row["status"], row["error_message"]) for row in rows(session.path / "b.duckdb", QUERY)]
    assert {status for _, status, _ in found} == {"pass", "skip"}
    for family in {spec.family for spec in house.models.values()}:
        own = [row for row in found if row[0].startswith(f"test_{family.replace('-', '_')}.py::")]
        told = {name: [row for row in own if f"-{name}-" in row[0]] for name in hardware}
        assert all(told.values()), family
        assert all(status == "pass" for node, status, _ in told["cpu"] if TORCH or "-cpu-torch-" not in node), told[
            "cpu"
        ]
        assert all(
            name in why or "torch is not installed" in why
            for name in hardware
            for _, status, why in told[name]
            if status == "skip"
        ), own
