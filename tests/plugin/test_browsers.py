"""Sessions in real browsers: what is measured, what is refused and in which words, and what is stored of either."""

import json
import os
import shutil
from pathlib import Path

import psutil
import pytest

pytest.importorskip("onnxruntime")

from hardware_backends.browser import binaries, ort_web
from pytest_ipfs_bench import reports
from pytest_ipfs_bench.backend import Unsupported

FAST = ["--bench-max-time=0.1", "--bench-warmup=0.05", "--bench-min-rounds=5"]
DEBIANS = Path("/usr/bin/chromium")
WEBNN = "IPFS_BENCH_TEST_WEBNN_BROWSER"  # a Chromium that has it: .ci/webnn-browser
MEASURED = """
SELECT w.*, p.metrics, p.rounds, p.provenance, p.runtime, h.hardware_type, h.device_name, h.is_software
FROM web_platform_results w JOIN performance_results p USING (result_id) JOIN hardware_platforms h USING (hardware_id)
ORDER BY h.hardware_type, p.created_at
"""
REFUSED = """
SELECT c.*, h.* EXCLUDE (hardware_id, created_at, metadata), h.metadata AS told
FROM hardware_compatibility c JOIN hardware_platforms h USING (hardware_id) ORDER BY hardware_type
"""
ALWAYS = {
    "platform", "browser", "browser_version", "flags", "requested_device", "load_time_ms", "initialization_time_ms",
    "first_inference_ms", "timer_resolution_us", "cross_origin_isolated", "threads", "submit_count", "dispatch_count",
    "renderer_memory_mb", "gpu_process_memory_mb", "runtime_version",
}  # fmt: skip
OF_SOUND, OF_WEBGPU = {"audio_seconds", "real_time_factor"}, {"adapter_vendor", "adapter_architecture"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def chromium():
    """The Chromium of this machine, as sessions find it."""
    try:
        return binaries.find("chromium")
    except Unsupported as why:
        pytest.skip(f"{why}; {why.suggested_fix}")


@pytest.fixture(scope="session")
def ort_web_files():
    """The files of ONNX Runtime Web in the person's own cache: each test has a new one, which would have to be filled."""
    try:
        return ort_web.folder(None)
    except Unsupported as why:
        pytest.skip(f"{why}; {why.suggested_fix}")


@pytest.fixture
def browse(session, ort_web_files):
    """browse(hardware, *options): cells of bert there, in a session of their own whose database is b.duckdb."""

    def run(hardware, *options):
        words = [f"--hardware={hardware}", "--bench-models=bert", "--bench-db=b.duckdb", "-rs"]
        words += [f"--ort-web-dir={ort_web_files}", *FAST, *options]
        return session.runpytest("--pyargs", "model_suites", *words)

    return run


def unknown(row):
    return {name for name, value in row.items() if value is None}


def relative_error(row):
    return json.loads(row["metrics"])["relative_error"]


def browser_process(row):
    return json.loads(row["metadata"])["browser_process"]


def browsers_left():
    """What this process has started and not ended."""
    return [one for one in psutil.Process().children(recursive=True) if "--remote-debugging-pipe" in one.cmdline()]


def test_webassembly_is_measured_and_a_software_adapter_is_refused_beside_it(browse, session, rows, chromium):
    result = browse("wasm,webgpu", "--browser=chromium", "--bench-models=bert,vit")
    result.assert_outcomes(passed=2, skipped=2)
    row, other = rows(session.path / "b.duckdb", MEASURED)
    assert browser_process(row) == browser_process(other)
    assert (row["hardware_type"], row["platform"], row["runtime"]) == ("wasm", "wasm", "onnxruntime-web")
    assert (row["browser"], row["browser_version"]) == (chromium.name, chromium.version)
    assert (row["provenance"], row["is_software"], row["cross_origin_isolated"]) == ("measured", False, True)
    assert (row["requested_device"], row["proven_device"], row["dispatch_count"]) == ("cpu", "cpu", 0)
    nothing = {"shader_compilation_time_ms", "is_fallback_adapter", "cpu_fallback_nodes", *OF_SOUND, *OF_WEBGPU}
    assert unknown(row) & ALWAYS == set()
    assert nothing <= unknown(row)
    assert row["rounds"] >= 5
    assert relative_error(row) <= 1e-4
    assert browsers_left() == []

    refused = next(one for one in rows(session.path / "b.duckdb", REFUSED) if one["hardware_type"] == "webgpu")
    assert (refused["status"], refused["is_compatible"], refused["error_type"]) == ("unavailable", None, "software")
    said = f"the only WebGPU adapter of {chromium} is software (google swiftshader): its speed is that of the CPU"
    assert refused["error_message"] == f"webgpu: software: {said}"
    assert "--allow-software" in refused["suggested_fix"]
    assert (refused["device_name"], refused["is_software"]) == ("google swiftshader", True)
    gpu = json.loads(refused["told"])["gpu"]
    assert gpu["adapter"]["architecture"] == "swiftshader"
    assert gpu["limits"]["maxBufferSize"] > 0
    assert "timestamp-query" in gpu["features"]
    result.stdout.fnmatch_lines([f"SKIPPED*{said.replace('(', '[(]')}*--allow-software.*"])


def test_a_software_adapter_that_is_allowed_is_measured_and_marked_in_the_same_browser(browse, session, rows, chromium):
    words = ["--browser=chromium", "--allow-software", "--bench-min-rounds=3"]
    browse("wasm,webgpu", *words).assert_outcomes(passed=2)
    wasm, row = rows(session.path / "b.duckdb", MEASURED)
    assert browser_process(row) == browser_process(wasm)
    assert (row["hardware_type"], row["device_name"], row["is_software"]) == ("webgpu", "google swiftshader", True)
    assert (row["adapter_vendor"], row["adapter_architecture"], row["is_fallback_adapter"]) == (
        "google", "swiftshader", True,
    )  # fmt: skip
    assert (row["requested_device"], row["proven_device"]) == ("gpu", "cpu")
    assert unknown(row) & {*ALWAYS, "shader_compilation_time_ms", "cpu_fallback_nodes"} == set()
    assert unknown(row) >= OF_SOUND
    assert row["dispatch_count"] >= row["rounds"]
    assert row["submit_count"] >= row["rounds"]
    assert row["shader_compilation_time_ms"] > 0
    assert relative_error(row) <= 1e-4
    assert "google swiftshader (software)" in reports.make(session.path / "b.duckdb", "summary", "text")


def test_operators_that_fell_to_the_cpu_are_an_error_where_that_is_not_wanted(browse, session, rows, chromium):
    browse("webgpu", "--browser=chromium", "--allow-software", "--no-cpu-fallback").assert_outcomes(failed=1)
    (row,) = rows(session.path / "b.duckdb", REFUSED)
    assert "assigned to the default CPU EP" in row["error_message"]
    assert rows(session.path / "b.duckdb", "SELECT count(*) AS n FROM performance_results") == [{"n": 0}]


@pytest.mark.skipif(
    not Path("/etc/debian_version").exists() or not DEBIANS.exists(), reason="no Chromium of Debian here"
)
def test_debians_chromium_has_no_webnn_and_says_so(browse, session, rows):
    browse("webnn", f"--browser={DEBIANS}").assert_outcomes(skipped=1)
    (row,) = rows(session.path / "b.duckdb", REFUSED)
    assert (row["status"], row["error_type"]) == ("unavailable", "no_device")
    assert row["error_message"] == (
        f"webnn: no device: navigator.ml.createContext({{deviceType: 'cpu'}}) fails in {binaries.find(str(DEBIANS))}:"
        " NotSupportedError: Failed to execute 'createContext' on 'ML': WebNN is not supported on this platform."
    )


@pytest.mark.skipif(
    WEBNN not in os.environ, reason=f"{WEBNN} names no Chromium with WebNN (.ci/webnn-browser makes one)"
)
def test_webnn_is_measured_and_a_kind_of_device_that_is_not_there_is_no_measurement_of_it(browse, session, rows):
    result = browse("webnn:0,webnn:1,webnn:2", f"--browser={os.environ[WEBNN]}")
    result.assert_outcomes(passed=1, failed=2)
    (row,) = rows(session.path / "b.duckdb", MEASURED)
    assert (row["hardware_type"], row["requested_device"], row["proven_device"]) == ("webnn", "cpu", "cpu")
    assert unknown(row) & ALWAYS == set()
    assert {"shader_compilation_time_ms", *OF_SOUND, *OF_WEBGPU} <= unknown(row)
    assert row["dispatch_count"] >= row["rounds"]
    assert row["cpu_fallback_nodes"] == 0
    assert relative_error(row) <= 1e-4
    tried = rows(session.path / "b.duckdb", f"FROM ({REFUSED}) ORDER BY device_index")
    assert [one["status"] for one in tried] == ["compatible", "fallback", "fallback"]
    assert tried[1]["error_message"] == "asked for webnn, it ran on cpu (WebNN)"
    assert json.loads(tried[0]["told"])["ml"]["cpu"]["operators"] > 0


@pytest.mark.skipif(not shutil.which("firefox-esr") and not shutil.which("firefox"), reason="no Firefox here")
def test_firefox_is_asked_and_not_measured_in(browse, session, rows):
    firefox = binaries.find("firefox")
    browse("wasm,webgpu,webnn", "--browser=firefox").assert_outcomes(skipped=3)
    said = {row["hardware_type"]: row for row in rows(session.path / "b.duckdb", REFUSED)}
    assert said["wasm"]["error_message"] == (
        f"wasm: no device: {firefox} is not measured in:"
        " it looks only every 100 ms whether a device is done, and so would every latency"
    )
    assert said["webgpu"]["error_message"] == (
        f"webgpu: no device: navigator.gpu is undefined in {firefox}: it has no WebGPU"
    )
    assert (
        said["webnn"]["error_message"] == f"webnn: no device: navigator.ml is undefined in {firefox}: it has no WebNN"
    )
    assert {row["status"] for row in said.values()} == {"unavailable"}
    told = json.loads(said["webgpu"]["told"])
    assert (told["secure"], told["gpu"], told["ml"], told["wasm"]["simd"]) == (True, None, None, True)
    assert rows(session.path / "b.duckdb", "SELECT count(*) AS n FROM performance_results") == [{"n": 0}]


def test_what_every_family_computes_in_a_browser_is_what_it_computes_natively(browse, session, rows, chromium):
    words = ["--browser=chromium", "--bench-models=key", "--bench-size=tiny", "--bench-verify"]
    result = browse("wasm", *words)
    question = "SELECT model_name, status, c.metadata FROM hardware_compatibility c JOIN models USING (model_id)"
    found = {row["model_name"]: row for row in rows(session.path / "b.duckdb", question)}
    ran = {name for name, row in found.items() if row["status"] == "compatible"}
    assert set(found) - ran == {"tiny-random-llava-next"}  # it has no ONNX file
    off = {name: json.loads(found[name]["metadata"])["relative_error"] for name in ran}
    assert {name: error for name, error in off.items() if error > 1e-4} == {}
    result.assert_outcomes(passed=len(ran), skipped=1)
