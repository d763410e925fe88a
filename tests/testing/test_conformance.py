"""The tester is tested: a good backend passes every check, a broken one fails exactly the check that is meant for it."""

import re
import shutil
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from pytest_ipfs_bench import models

pytest.importorskip("numpy")

HERE = Path(__file__).parent
HEADER = """
import pytest
import fakes, heavy
from pytest_ipfs_bench.testing import BackendConformance, virtual
"""
SUITE = """
class Test{name}(BackendConformance):
    @pytest.fixture
    def backend(self):
        return {module}.{name}()

    @pytest.fixture
    def clock(self, backend):
        return backend.device.clock
"""


@pytest.fixture
def outcomes(pytester):
    """outcomes(*(module, class)): what each check says about each backend, {class: {outcome: {check}}}."""
    for name in ("fakes.py", "heavy.py"):
        shutil.copy(HERE / name, pytester.path)

    def run(*backends):
        pytester.makepyfile(HEADER + "".join(SUITE.format(module=module, name=name) for module, name in backends))
        done = pytester.run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", "--tb=short")
        found = defaultdict(lambda: defaultdict(set))
        for line in done.outlines:
            if told := re.match(r"\S+::Test(\w+)::(\S+) ([A-Z]+)\b", line):
                found[told[1]][told[3].lower()].add(told[2])
        return found

    return run


def test_a_good_backend_passes_every_check(outcomes):
    found = outcomes(("virtual", "VirtualBackend"))["VirtualBackend"]
    assert found["failed"] == set()
    assert found["skipped"] == {
        "test_it_is_registered_under_its_name",
        "test_absent_hardware_is_refused_with_reason_and_hint",
        *(f"test_its_precision_is_true[{asked}]" for asked in ("fp16", "bf16", "int8")),
    }
    assert len(found["passed"]) == 21


@pytest.mark.slow
def test_a_broken_backend_fails_exactly_the_check_meant_for_it(outcomes):
    fakes = models.load(f"{HERE / 'fakes.py'}:MEANT")
    meant = {broken.__name__: check for broken, check in fakes.items()} | {
        "Importing": {"test_registering_imports_no_vendor_library"}
    }
    backends = [("heavy" if name == "Importing" else "fakes", name) for name in meant]
    found = outcomes(*backends)
    assert {name: {check.partition("[")[0] for check in found[name]["failed"]} for name in meant} == meant


def test_every_check_has_a_backend_that_fails_it():
    from pytest_ipfs_bench.testing import BackendConformance

    checks = {name for name in dir(BackendConformance) if name.startswith("test_")}
    assert checks == set().union(*models.load(f"{HERE / 'fakes.py'}:MEANT").values())


def test_the_matrix_has_a_row_per_check_in_their_order_and_a_column_per_backend():
    from pytest_ipfs_bench.testing import matrix

    found = {
        "t.py::TestBackend::test_its_precision_is_true[cpu-fp16]": "pass",
        "t.py::TestBackend::test_its_precision_is_true[cuda:1-fp16]": "skip",
        "t.py::TestBackend::test_outputs_are_right[cpu]": "fail",
        "t.py::TestBackend::test_names_are_stable[cuda:1]": "pass",
    }
    assert matrix.markdown(found.items()).splitlines() == [
        "| check | cpu | cuda:1 |",
        "| --- | --- | --- |",
        "| names are stable |  | yes |",
        "| outputs are right | NO |  |",
        "| its precision is true (fp16) | yes | - |",
    ]


@pytest.fixture
def packaged(session):
    """packaged(*options): the suite as it is shipped, over registered backends."""
    return lambda *options: session.runpytest("--pyargs", "pytest_ipfs_bench.testing", "-rs", *options)


def test_absent_hardware_is_examined_as_far_as_it_goes(packaged, monkeypatch):
    monkeypatch.setenv("CUDA_AVAILABLE", "0")
    result = packaged("--hardware=cuda", "--no-db-store")
    result.assert_outcomes(passed=11, skipped=15)
    result.stdout.fnmatch_lines(["SKIPPED*no device 0: *CUDA_AVAILABLE*"])


def test_a_run_of_the_suite_is_stored_and_gives_the_matrix(packaged, session, monkeypatch, capsys):
    from pytest_ipfs_bench.testing import matrix

    packaged("--hardware=cuda:9", "-k", "names or outputs", "--bench-db=b.duckdb")
    monkeypatch.setattr(sys, "argv", ["matrix", str(session.path / "b.duckdb")])
    capsys.readouterr()
    matrix.main()
    assert capsys.readouterr().out.splitlines()[2:] == ["| names are stable | yes |", "| outputs are right | - |"]


@pytest.mark.slow
def test_the_cpu_passes(packaged):
    pytest.importorskip("onnxruntime")
    counts = packaged("--hardware=cpu", "--no-db-store").parseoutcomes()
    assert set(counts) == {"passed", "skipped"}
    assert counts["passed"] >= 19


def test_an_author_who_forgets_the_fixture_is_told(session):
    session.makepyfile(
        "from pytest_ipfs_bench.testing import BackendConformance\nclass TestMine(BackendConformance): pass\n"
    )
    result = session.runpytest("-k", "names")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*NotImplementedError: Give TestMine a fixture `backend` that returns an instance*"])
