"""Pages of a real Chromium: every call ends, whatever the page, its renderer, the GPU process or the browser do."""

import http.server
import os
import signal
import socket
import threading
import time
from pathlib import Path

import psutil
import pytest

from hardware_backends.browser import devtools, launching
from hardware_backends.browser.devtools import Browser, PageError
from pytest_ipfs_bench.backend import ProcessEnded, Unsupported

LOOP = "() => { while (true) {} }"
NEVER = "() => new Promise(() => {})"
BUSY = "() => { for (const start = performance.now(); performance.now() - start < 300;); }"
LOST = """async () => {
  const device = await (await navigator.gpu.requestAdapter()).requestDevice();
  await fetch('/ready');
  throw new Error((await device.lost).message);
}"""


@pytest.fixture
def page(browser, site):
    made = browser.page(site.url, 5.0)
    yield made
    made.close()


def soon(pid, number):
    threading.Timer(0.2, os.kill, (pid, number)).start()


def ended(action):
    with pytest.raises(ProcessEnded) as caught:
        action()
    return str(caught.value), caught.value.code


@pytest.mark.slow
def test_a_function_gets_its_argument_and_gives_what_json_can_hold(page):
    assert page.evaluate("async ({a}) => [a, a + 1]", {"a": 1}) == [1, 2]


def test_what_a_page_throws_is_an_error_in_its_words_and_says_where(page):
    with pytest.raises(PageError, match=r"^TypeError: no such thing$") as caught:
        page.evaluate("() => { throw new TypeError('no such thing') }")
    assert "<anonymous>" in caught.value.stack


def test_what_the_protocol_refuses_is_an_error_in_its_words(browser):
    with pytest.raises(PageError, match=r"'Nothing\.known' wasn't found"):
        browser.call("Nothing.known")


def test_a_page_is_isolated_and_its_clock_is_fine(page):
    assert page.evaluate("() => [isSecureContext, crossOriginIsolated]") == [True, True]


@pytest.mark.slow
def test_pages_share_nothing(browser, site):
    pages = [browser.page(site.url) for _ in range(2)]
    pages[0].evaluate("() => { localStorage.here = 1; document.cookie = 'here=1; max-age=99' }")
    assert pages[1].evaluate("() => [localStorage.here ?? null, document.cookie]") == [None, ""]
    pages[0].close()
    again = browser.page(site.url)
    assert again.evaluate("() => [localStorage.here ?? null, document.cookie]") == [None, ""]
    for page in (pages[1], again):
        page.close()


def test_what_a_page_says_is_heard_its_console_its_errors_and_what_was_blocked(browser, site):
    console = []
    page = browser.page(site.url, console=console)
    page.evaluate("() => { console.warn('a word', 7); setTimeout(() => { throw new Error('unseen') }) }")
    page.evaluate("() => fetch('/gone').then(() => fetch('http://127.0.0.1:1/').catch(() => 0))")
    page.evaluate("() => new Promise(done => setTimeout(done, 50))")
    assert console[0] == "warning: a word 7"
    assert console[1].startswith("uncaught: Error: unseen")
    assert any("404" in line and line.endswith("/gone") for line in console)
    assert any("Content Security Policy" in line for line in console)
    page.close()


@pytest.mark.slow
def test_its_renderer_is_the_process_that_works_for_it(browser, site):
    pages = [browser.page(site.url) for _ in range(2)]
    for page in pages:
        page.evaluate(BUSY)
    first, second = (page.renderers for page in pages)
    assert len(first) == len(second) == 1
    assert first != second
    os.kill(first[0], signal.SIGKILL)
    assert ended(lambda: pages[0].evaluate(NEVER)) == ("the page's renderer ended with exit status -9", -9)
    assert pages[1].evaluate("() => 1") == 1


def test_a_renderer_that_dies_is_told_with_its_signal_at_once_and_later_and_the_next_page_works(browser, site):
    page = browser.page(site.url, 20.0)
    began = time.monotonic()
    assert ended(lambda: browser.call("Page.crash", session=page._session))[1] == -signal.SIGTRAP
    assert ended(lambda: page.evaluate("() => 1"))[1] == -signal.SIGTRAP
    page.close()
    assert browser.page(site.url).evaluate("() => 1") == 1
    assert time.monotonic() - began < 10


@pytest.mark.slow
def test_a_page_that_loops_ends_with_its_browser_at_the_limit(chromium, site, temporary, nothing_left):
    browser = Browser(chromium, headed=False)
    page = browser.page(site.url, 2.0)
    with pytest.raises(TimeoutError, match=rf"^{chromium}: Runtime.evaluate has no answer within \d\.\d s$"):
        page.evaluate(LOOP)
    assert not browser.alive
    began = time.monotonic()
    page.close()
    assert time.monotonic() - began < 1
    nothing_left(temporary)


@pytest.mark.slow
def test_a_browser_that_stops_answering_is_ended_at_the_limit(chromium, site, temporary, nothing_left):
    browser = Browser(chromium, headed=False)
    page = browser.page(site.url, 2.0)
    os.kill(browser.pid, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        page.evaluate("() => 1")
    nothing_left(temporary)


@pytest.mark.slow
def test_a_browser_that_is_killed_says_so_to_all_who_wait_and_to_all_who_come(chromium, site, temporary, nothing_left):
    browser = Browser(chromium, headed=False)
    page = browser.page(site.url, 20.0)
    soon(browser.pid, signal.SIGKILL)
    assert ended(lambda: page.evaluate(NEVER)) == ("the browser ended with exit status -9", -9)
    assert ended(browser.processes)[1] == -9
    assert not browser.alive
    browser.close()
    nothing_left(temporary)


@pytest.mark.slow
def test_a_gpu_process_that_is_killed_is_the_reason_and_the_browser_ends(chromium, site):
    browser = Browser(chromium, headed=False)
    page = browser.page(site.url, 20.0)
    site.routes["/ready"] = b""
    soon(page.gpu_process, signal.SIGKILL)
    assert ended(lambda: page.evaluate(LOST)) == ("the browser's GPU process died", None)
    assert not browser.alive


def elsewhere():
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return probe.getsockname()[0]


@pytest.mark.slow
def test_nothing_of_a_page_reaches_beyond_loopback(page):
    asked = []

    class Outside(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(204)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        def log_message(self, *words):
            pass

    server = http.server.HTTPServer((elsewhere(), 0), Outside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://{server.server_address[0]}:{server.server_port}"
        assert (
            page.evaluate("url => fetch(url + '/fetch', {mode: 'no-cors'}).then(() => 'it came', () => 'no')", url)
            == "no"
        )
        page.evaluate(
            "url => new Promise(done => { const i = new Image(); i.onerror = i.onload = done; i.src = url + '/image' })",
            url,
        )
        page.evaluate("url => { navigator.sendBeacon(url + '/beacon') }", url)
        page.evaluate("url => { setTimeout(() => { location.href = url + '/page' }) }", url)
        time.sleep(0.5)
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []


def starts_badly(found, **headed):
    with pytest.raises(Unsupported) as caught:
        Browser(found, **{"headed": False, **headed})
    assert caught.value.error_type == "broken"
    return caught.value


def test_what_ends_at_once_does_not_start_and_its_last_words_say_why(wrapper, chromium, temporary):
    path = wrapper("thing", "echo 'libnss3.so is missing' >&2; exit 3")
    why = starts_badly(devtools.Binary(path, "Thing", "1.0"))
    assert why.reason == "Thing 1.0 does not start: the browser ended with exit status 3 (libnss3.so is missing)"
    assert "--browser=NAME or PATH" in why.suggested_fix
    assert list(temporary.iterdir()) == []


def test_what_never_answers_does_not_start_and_is_ended(wrapper, monkeypatch, temporary, nothing_left):
    monkeypatch.setattr(devtools, "START_SECONDS", 0.3)
    path = wrapper("thing", "sleep 60 & wait")
    why = starts_badly(devtools.Binary(path, "Thing", "1.0"))
    assert why.reason == "Thing 1.0 does not start: Thing 1.0: Target.setDiscoverTargets has no answer within 0.3 s"
    nothing_left(temporary)


def test_a_browser_that_is_to_be_seen_needs_a_display(chromium, monkeypatch, temporary):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(launching.sys, "platform", "linux")
    why = starts_badly(chromium, headed=True)
    assert why.reason == f"{chromium} can't be shown: --headed needs a display, and DISPLAY is not set"
    assert why.suggested_fix == "Leave --headed out, or start the session under xvfb-run."
    assert list(temporary.iterdir()) == []


def test_without_room_for_a_profile_nothing_is_started(chromium, monkeypatch, tmp_path):
    monkeypatch.setenv("IPFS_BENCH_SCRATCH", str(tmp_path / "gone"))
    why = starts_badly(chromium)
    assert why.reason.startswith(
        f"no folder for a profile of {chromium} can be made: [Errno 2] No such file or directory"
    )
    assert why.suggested_fix == "Name a folder with room: TMPDIR=PATH."


@pytest.mark.slow
def test_where_no_socket_fits_the_profile_lies_elsewhere_and_goes_likewise(chromium, monkeypatch, tmp_path):
    deep = tmp_path / ("x" * 80)
    deep.mkdir()
    monkeypatch.setenv("IPFS_BENCH_SCRATCH", str(deep))
    running = Browser(chromium, headed=False)
    (home,) = {Path(one.split("=")[1]) for one in psutil.Process(running.pid).cmdline() if "--user-data-dir=" in one}
    assert home.parent == Path("/tmp")
    running.close()
    assert not home.exists()
    assert list(deep.iterdir()) == []


@pytest.mark.slow
def test_a_large_answer_comes_whole(page):
    assert len(page.evaluate("() => 'x'.repeat(20000000)")) == 20_000_000


def test_a_profile_whose_disk_is_full_is_named(small_disk):
    assert launching.full_disk(small_disk / "browser-x") == ""
    (small_disk / "browser-x").mkdir()
    assert launching.full_disk(small_disk / "browser-x") == f"the disk of its profile ({small_disk}) is full"
