"""What a browser can't do is told with the exact reason, by a runner that asks a real one; its facts are stored."""

import json
import os

import pytest

from hardware_backends import browser as backends
from pytest_ipfs_bench import models
from pytest_ipfs_bench.backend import Options
from pytest_ipfs_bench.orders import Probe
from pytest_ipfs_bench.supervisor import Supervisor

pytest.importorskip("numpy")
CHROMIUM = 'exec {chromium} "$@" {flags}'
HANGS = "--enable-features=Vulkan --use-angle=vulkan --ignore-gpu-blocklist --disable-vulkan-surface"


@pytest.fixture
def probe(ort_files):
    """probe(kind, browser): what a runner says to it."""
    made = Supervisor()

    def ask(kind, browser, index=0, **options):
        wished = Options(browser=browser, ort_web_dir=str(ort_files), **options)
        address = models.address(getattr(backends, kind))
        return made.probe(Probe(address, index, wished, "browser"), 60)

    yield ask
    made.close()


@pytest.fixture
def flagged(chromium, wrapper):
    """flagged(flags): a Chromium that is started with these, too."""
    return lambda flags: wrapper("chromium", CHROMIUM.format(chromium=chromium.path, flags=flags))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "flags", "reason"),
    [
        (
            "Webgpu",
            "--disable-software-rasterizer",
            "navigator.gpu.requestAdapter() gives null in {}: no GPU that it takes",
        ),
        ("Webgpu", HANGS, "navigator.gpu.requestAdapter() fails in {}: Error: no answer within 5 s"),
        ("Webnn", "--enable-features=Nothing", "navigator.ml is undefined in {}: it has no WebNN"),
        ("Wasm", "--js-flags=--jitless", "WebAssembly is undefined in {}"),
    ],
)
def test_what_a_chromium_lacks_is_the_reason_and_its_facts_are_kept(probe, flagged, chromium, kind, flags, reason):
    said = probe(kind, flagged(flags))
    assert (said.status, said.error_type) == ("unavailable", "no_device")
    assert said.error_message == reason.format(chromium)
    assert said.suggested_fix == "Try another browser: --browser=NAME or PATH."
    assert said.device.metadata["secure"] is True


@pytest.mark.slow
def test_what_a_debian_chromium_says_of_webnn_and_of_its_gpu(probe, chromium):
    said = probe("Webgpu", chromium.path)
    if said.status == "works":
        pytest.skip(f"this machine has a GPU: {said.device.name}")
    assert (said.error_type, said.device.is_software) == ("software", True)
    assert said.error_message.startswith(f"the only WebGPU adapter of {chromium} is software (google swiftshader)")
    assert said.suggested_fix == "Measure it nevertheless, marked as software, by --allow-software."
    gpu = said.device.metadata["gpu"]
    assert gpu["limits"]["maxBufferSize"] > 0
    assert "timestamp-query" in gpu["features"]
    webnn = probe("Webnn", chromium.path, 2)
    if webnn.status != "works":
        assert webnn.error_message.startswith(
            f"navigator.ml.createContext({{deviceType: 'npu'}}) fails in {chromium}: "
        )


@pytest.mark.slow
def test_a_software_adapter_works_where_it_is_allowed_and_says_what_it_is(probe, chromium):
    said = probe("Webgpu", chromium.path, allow_software=True)
    assert said.status == "works"
    assert said.device.is_software or "swiftshader" not in said.device.name


@pytest.mark.slow
def test_webnn_works_where_the_browser_has_it_and_its_kind_is_a_wish(probe, webnn_browser):
    for index, kind in enumerate(("cpu", "gpu", "npu")):
        said = probe("Webnn", webnn_browser, index)
        assert said.status == "works"
        assert said.device.name.startswith(f"WebNN, {kind} requested, on ")
    assert said.device.metadata["ml"]["cpu"]["operators"] > 0


@pytest.mark.slow
def test_firefox_is_asked_and_not_measured_in(probe, firefox, temporary, nothing_left):
    reasons = {
        "Wasm": f"{firefox} is not measured in: it looks only every 100 ms whether a device is done, and so would every latency",
        "Webgpu": f"navigator.gpu is undefined in {firefox}: it has no WebGPU",
        "Webnn": f"navigator.ml is undefined in {firefox}: it has no WebNN",
    }
    for kind, reason in reasons.items():
        said = probe(kind, firefox.path)
        assert (said.status, said.error_message) == ("unavailable", reason)
        assert said.device.metadata["wasm"]["simd"] is True
    (folder,) = temporary.iterdir()  # the runner's own
    assert [one.name for one in folder.iterdir()] == ["in-use"]


@pytest.mark.slow
def test_what_was_asked_is_stored_though_nothing_ran(session, rows, chromium, ort_files):
    session.makepyfile("def test_it(cell): cell.measure()\n")
    result = session.runpytest_subprocess(
        "--hardware=webgpu,webnn", "--bench-models=bert", "--bench-db=b.duckdb", f"--browser={chromium.path}",
        f"--ort-web-dir={ort_files}",
    )  # fmt: skip
    found = rows(session.path / "b.duckdb", "SELECT * FROM hardware_platforms WHERE hardware_type LIKE 'web%'")
    assert result.parseoutcomes().get("failed", 0) == 0
    assert {row["hardware_type"] for row in found} == {"webgpu", "webnn"}
    for row in found:
        facts = json.loads(row["metadata"])
        assert (row["platform"], row["platform_version"]) == (chromium.name, chromium.version)
        assert (facts["secure"], facts["isolated"], facts["cores"]) == (True, True, os.cpu_count())
        assert {"limits", "features", "adapter"} <= set(facts["gpu"])
        assert facts["devices"]
