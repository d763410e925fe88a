"""Cells of a session in a real browser: one browser for all, and whatever falls ill, the next cell runs."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

pytest.importorskip("numpy")
pytestmark = pytest.mark.slow

FAST = ["--bench-models=tiny-random-bert", "--bench-max-time=0.1", "--bench-warmup=0.1", "--bench-min-rounds=3"]
CONFTEST = """
import pluggy, sick
hookimpl = pluggy.HookimplMarker("ipfs_bench")
class Plugin:
    @hookimpl
    def register_backends(self):
        return [sick.Sick(), sick.SickGpu()]
def pytest_ipfs_bench_register(manager):
    manager.register(Plugin())
"""
ROWS = (
    "SELECT hardware_type, runtime, status, error_type, error_message FROM hardware_compatibility"
    " JOIN hardware_platforms USING (hardware_id) ORDER BY compatibility_id"
)


@pytest.fixture
def cells(session, chromium, ort_files):
    """cells(*options): the words of a session with cells in the Chromium of this machine."""
    session.makepyfile("def test_it(cell): cell.measure()\n")
    session.makeconftest(CONFTEST)
    (session.path / "sick.py").write_text((Path(__file__).parent / "sick.py").read_text())
    return lambda *options: (
        *FAST, "--bench-db=b.duckdb", f"--browser={chromium.path}", f"--ort-web-dir={ort_files}", *options,
    )  # fmt: skip


def test_one_browser_serves_all_cells_of_a_session_and_leaves_nothing(session, cells, rows, temporary, nothing_left):
    result = session.runpytest_subprocess(*cells("--hardware=wasm,webgpu", "--allow-software"))
    result.assert_outcomes(passed=2)
    found = rows(session.path / "b.duckdb", "SELECT metadata, cross_origin_isolated FROM web_platform_results")
    assert len({json.loads(row["metadata"])["browser_process"] for row in found}) == 1
    assert [row["cross_origin_isolated"] for row in found] == [True] * 2
    nothing_left(temporary)


def test_what_falls_ill_is_a_row_with_the_reason_and_a_page_and_the_next_cell_runs(
    session, cells, rows, temporary, nothing_left
):
    long = ["--bench-max-time=1", "--bench-timeout=12", "--allow-software"]
    result = session.runpytest_subprocess(*cells("--hardware=sick,sickgpu,wasm", "--bench-runtime=all", *long))
    result.assert_outcomes(failed=4, passed=1)
    *ill, well = rows(session.path / "b.duckdb", ROWS)
    assert (well["hardware_type"], well["status"]) == ("wasm", "compatible")
    expected = {
        "loops": ("timeout", "timeout", "Runtime.evaluate has no answer within "),
        "crashes": ("crashed", "SIGTRAP", "the page's renderer died of SIGTRAP (trace/breakpoint trap) after "),
        "goes": ("crashed", "SIGKILL", "the browser died of SIGKILL (killed) after "),
        "gpu": ("crashed", "exit", "the browser's GPU process died after "),
    }
    assert [row["runtime"] for row in ill] == list(expected)
    for row in ill:
        status, kind, words = expected[row["runtime"]]
        said, _, page = row["error_message"].partition("\nWhat the page left: ")
        assert (row["status"], row["error_type"]) == (status, kind)
        assert words in said
        left = Path(page).read_text()
        assert left.count("<h2>") == 4
        assert "Chromium" in left
        result.stdout.fnmatch_lines([f"*What the page left: {page}*"])
    assert "error: &lt;b&gt;I am not well&lt;/b&gt;" in Path(ill[0]["error_message"].rpartition(" ")[2]).read_text()
    nothing_left(temporary)


@pytest.mark.parametrize("who", ["session", "runner", "both"])
def test_whoever_is_killed_leaves_no_process_and_no_folder(session, cells, temporary, nothing_left, who):
    words = [sys.executable, "-m", "pytest", *cells("--hardware=wasm"), "--bench-max-time=60"]
    process = subprocess.Popen(words, cwd=session.path, stdout=subprocess.DEVNULL)
    try:
        runner = measuring(process.pid)
        for pid in {"session": [process.pid], "runner": [runner], "both": [process.pid, runner]}[who]:
            os.kill(pid, signal.SIGKILL)
        process.wait(30)
    finally:
        process.kill()
        process.wait()
    if who == "both":  # nobody was left to clean up: the next session does
        wait_for_browsers_end(temporary)
        session.runpytest_subprocess(*cells("--hardware=cpu")).assert_outcomes(passed=1)
    nothing_left(temporary)


def measuring(pid):
    """Waits until a page works; the runner's process id."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        started = psutil.Process(pid).children(recursive=True)
        if any("--type=renderer" in words(one) and sum(one.cpu_times()[:2]) > 1 for one in started):
            return next(one.pid for one in started if "pytest_ipfs_bench.runner" in words(one))
        time.sleep(0.1)
    raise AssertionError("no page works")


def words(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def wait_for_browsers_end(folder):
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and any(str(folder) in " ".join(words(one)) for one in psutil.process_iter()):
        time.sleep(0.1)


def test_with_a_full_disk_a_session_ends_and_other_cells_run(
    session, cells, rows, small_disk, monkeypatch, nothing_left
):
    monkeypatch.setenv("TMPDIR", str(small_disk))
    result = session.runpytest_subprocess(*cells("--hardware=wasm,cpu", "--bench-timeout=6"))
    outcomes = result.parseoutcomes()
    assert sum(outcomes.values()) == 2
    first, second = rows(session.path / "b.duckdb", ROWS)
    assert second["status"] == "compatible"
    assert first["status"] in ("compatible", "timeout", "crashed", "unavailable")  # as far as it came without a disk
    nothing_left(small_disk)
