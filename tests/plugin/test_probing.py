"""Devices that are there and do not work, hardware nobody can prove, and what a meter tells: backends of a conftest."""

import json

import pytest

pytest.importorskip("onnxruntime")

FAST = ["--bench-max-time=0.02", "--bench-warmup=0", "--bench-min-rounds=3"]
CONFTEST = '''
import os, signal, time
from dataclasses import replace
from pathlib import Path
import pluggy
from hardware_backends.cpu import Cpu
from pytest_ipfs_bench.backend import UNVERIFIED, Backend, Detection, Device, Effective, State, Unsupported

hookimpl = pluggy.HookimplMarker("ipfs_bench")

class Shaky(Backend):
    """A CPU under another name; what its probe or its runtimes do is in its runtime's name."""
    name = "shaky"
    runtimes = ("fine", "unproven", "metered", "nodriver", "gone", "asserts", "operator")
    def detect(self):
        return Detection(State.PRESENT, tuple(Device(n, f"shaky device {n}") for n in range(5)))
    def probe(self, device_index):
        with Path(os.environ["PROBES"]).open("a") as log:
            log.write(f"{device_index}\\n")
        if device_index == 1:
            raise Unsupported("broken", "it takes memory and computes nothing", "reset it")
        if device_index == 2:
            os.kill(os.getpid(), signal.SIGSEGV)
        if device_index == 3:
            time.sleep(60)
        if device_index == 4:
            raise RuntimeError("CUDA driver version is insufficient for CUDA runtime version")
    def load(self, model, cell):
        if cell.runtime == "nodriver":
            raise RuntimeError("Found no NVIDIA driver on your system.")
        if cell.runtime == "gone":
            raise Unsupported("no_device", "it was unplugged", "plug it in")
        if cell.runtime == "asserts":
            raise RuntimeError("CUDA error: device-side assert triggered")
        if cell.runtime == "operator":
            raise RuntimeError("Could not find an implementation for ConvInteger(10) node with name 'c'")
        loaded = Cpu().load(model, replace(cell, hardware="cpu", runtime="onnxruntime"))
        device = UNVERIFIED if cell.runtime == "unproven" else "shaky"
        loaded.effective = Effective(device, "shaky provider", "fp32", 1)
        if cell.runtime == "metered":
            loaded.energy = lambda: 0.5
            loaded.power = lambda: {"average_power_w": 70.0, "idle_power_w": None, "throttled": True, "source": "fake",
                                    "fan_percent": 80}
        return loaded

class Plugin:
    @hookimpl
    def register_backends(self):
        return [Shaky()]

def pytest_ipfs_bench_register(manager):
    manager.register(Plugin())
'''
COMPATIBILITY = (
    "SELECT c.*, h.hardware_type, h.device_name FROM hardware_compatibility c"
    " JOIN hardware_platforms h USING (hardware_id) ORDER BY compatibility_id"
)


@pytest.fixture
def shaky(session, rows, monkeypatch):
    """shaky(*options): cells of one model on that hardware; pytest's result and the compatibility rows."""
    monkeypatch.setenv("PROBES", str(session.path / "probes"))
    session.makeconftest(CONFTEST)
    session.makepyfile("def test_it(cell): cell.measure()\n")

    def run(*options):
        result = session.runpytest("--bench-db=b.duckdb", "--bench-models=vit", *FAST, *options, "-rs")
        return result, rows(session.path / "b.duckdb", COMPATIBILITY)

    return run


def probes(session):
    return (session.path / "probes").read_text().split()


def test_a_device_is_probed_once_before_its_first_cell(shaky, session):
    result, found = shaky("--hardware=shaky", "--bench-runtime=fine", "--bench-batch-sizes=1,2,4")
    result.assert_outcomes(passed=3)
    assert {row["status"] for row in found} == {"compatible"}
    assert probes(session) == ["0"]


def test_a_device_that_does_not_work_is_unavailable_with_the_reason_and_is_not_asked_again(shaky, session, rows):
    result, found = shaky("--hardware=shaky:1", "--bench-runtime=fine", "--bench-batch-sizes=1,2")
    result.assert_outcomes(skipped=2)
    for row in found:
        assert (row["status"], row["is_compatible"], row["detection_success"]) == ("unavailable", None, False)
        assert (row["error_type"], row["suggested_fix"]) == ("broken", "reset it")
        assert row["error_message"] == "shaky:1: broken: it takes memory and computes nothing"
    assert probes(session) == ["1"]
    result.stdout.fnmatch_lines(["SKIPPED*shaky:1: broken: it takes memory and computes nothing. reset it."])
    assert rows(session.path / "b.duckdb", "SELECT count(*) AS n FROM performance_results") == [{"n": 0}]


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (2, "shaky:2: broken: its probe failed: the runner died of SIGSEGV (segmentation fault)"),
        pytest.param(3, "shaky:3: broken: its probe failed: no end within 3 s", marks=pytest.mark.slow),
        (4, "shaky:4: broken: CUDA driver version is insufficient"),
    ],
)
def test_a_probe_that_crashes_hangs_or_finds_no_driver_is_a_broken_device(shaky, session, index, words, monkeypatch):
    monkeypatch.setattr("pytest_ipfs_bench.supervisor.FIRST_PROBE_SECONDS", 3)
    result, found = shaky(f"--hardware=shaky:{index},cpu", "--bench-timeout=30", "--bench-batch-sizes=1,2")
    result.assert_outcomes(skipped=2, passed=2)
    first, second = [row for row in found if row["hardware_type"] == "shaky"]
    assert first["error_message"].startswith(words)
    assert "driver" in first["suggested_fix"]
    assert first["error_message"] == second["error_message"]
    assert probes(session) == [str(index)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("runtime", "status", "kind", "outcome", "detected"),
    [
        ("nodriver", "unavailable", "driver", "skipped", False),
        ("gone", "unavailable", "no_device", "skipped", False),
        ("asserts", "incompatible", "device", "failed", True),
        ("operator", "incompatible", "operator", "failed", True),
    ],
)
def test_what_a_runtime_says_becomes_a_class_of_cause(shaky, runtime, status, kind, outcome, detected):
    result, (row,) = shaky("--hardware=shaky", f"--bench-runtime={runtime}")
    result.assert_outcomes(**{outcome: 1})
    assert (row["status"], row["error_type"], row["detection_success"]) == (status, kind, detected)
    assert row["suggested_fix"]
    assert json.loads(row["metadata"])["operator"] == ("ConvInteger" if kind == "operator" else None)


def test_a_fault_of_the_device_stays_with_its_process(shaky, session):
    """The runner is replaced, and its successor probes the device again."""
    shaky("--hardware=shaky", "--bench-runtime=asserts", "--bench-batch-sizes=1,2")
    assert probes(session) == ["0", "0"]


def test_a_measurement_nobody_can_place_never_has_the_name_of_the_hardware_asked_for(shaky, session, rows):
    result, (row,) = shaky("--hardware=shaky:0", "--bench-runtime=unproven")
    result.assert_outcomes(passed=1)
    assert (row["status"], row["is_compatible"], row["error_type"]) == ("unknown", None, "unverified")
    assert row["error_message"] == "it ran, but shaky provider gives no proof that it was on shaky"
    (measured,) = rows(session.path / "b.duckdb", "SELECT * FROM results")
    assert (measured["hardware_type"], measured["device_name"], measured["device_index"]) == ("unverified", None, None)
    assert measured["cell_key"] is None
    assert json.loads(measured["metrics"])["effective"]["device"] == "unverified"
    latest = rows(session.path / "b.duckdb", "SELECT hardware_type FROM latest_performance_metrics")
    assert latest == [{"hardware_type": "unverified"}]


def test_what_a_meter_tells_is_a_row_beside_the_measurement(shaky, session, rows):
    result, _ = shaky("--hardware=shaky", "--bench-runtime=metered")
    result.assert_outcomes(passed=1)
    query = (
        "SELECT w.*, p.energy_joules AS joules_a_run FROM power_metrics w JOIN performance_results p USING (result_id)"
    )
    (row,) = rows(session.path / "b.duckdb", query)
    assert (row["average_power_w"], row["idle_power_w"], row["throttled"], row["source"]) == (70.0, None, True, "fake")
    assert row["joules_a_run"] == 0.5
    assert json.loads(row["metadata"]) == {"fan_percent": 80}


@pytest.mark.slow
def test_power_goes_with_its_measurement_by_merge_and_export(shaky, session, rows):
    shaky("--hardware=shaky", "--bench-runtime=metered")
    session.run("ipfs-bench", "db", "merge", "b.duckdb", "--into", "m.duckdb")
    session.run("ipfs-bench", "db", "merge", "b.duckdb", "--into", "m.duckdb")
    assert rows(session.path / "m.duckdb", "SELECT average_power_w FROM power_metrics") == [{"average_power_w": 70.0}]
    session.run("ipfs-bench", "export", "--db", "m.duckdb", "--format", "csv", "--output", "out")
    assert "70.0" in (session.path / "out" / "power_metrics.csv").read_text()
    assert session.run("ipfs-bench", "db", "check", "m.duckdb").ret == 0


@pytest.mark.slow
def test_a_session_that_measured_has_the_ruler_and_one_that_did_not_has_none(session, rows):
    session.makepyfile("def test_fast(benchmark): benchmark(len, 'x')\ndef test_plain(): pass\n")
    for test in ("test_fast", "test_plain"):
        session.runpytest("--bench-db=b.duckdb", "-k", test)
    fast, plain = [
        json.loads(row["metadata"])
        for row in rows(session.path / "b.duckdb", "SELECT metadata FROM test_runs ORDER BY started_at")
    ]
    assert fast["machine"] == plain["machine"]
    assert fast["ruler"]["median_ms"] > 0
    assert "ruler" not in plain
