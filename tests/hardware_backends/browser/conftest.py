"""Real browsers. A test that needs one is skipped where there is none, with the reason."""

import os
import shutil
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from hardware_backends.browser import binaries, ort_web
from hardware_backends.browser.devtools import Browser
from hardware_backends.browser.site import Site
from pytest_ipfs_bench.backend import Unsupported

WEBNN = "IPFS_BENCH_TEST_WEBNN_BROWSER"


@pytest.fixture(scope="session")
def chromium():
    """The Chromium of this machine."""
    try:
        return binaries.find("chromium")
    except Unsupported as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def firefox():
    """The Firefox of this machine."""
    try:
        return binaries.find("firefox")
    except Unsupported as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def ort_files():
    """The folder with ONNX Runtime Web: the user's cache, filled if it has to be (tests themselves see another cache)."""
    try:
        return ort_web.folder(None)
    except Unsupported as error:
        pytest.skip(str(error))


@pytest.fixture
def webnn_browser():
    """A Chromium that has WebNN."""
    path = os.environ.get(WEBNN)
    if not path:
        pytest.skip(f"{WEBNN} names no browser that has WebNN")
    return path


@pytest.fixture(scope="module")
def site():
    made = Site()
    yield made
    made.close()


@pytest.fixture(scope="module")
def _browsers():
    made = []
    yield made
    for browser in made:
        browser.close()


@pytest.fixture
def browser(chromium, _browsers):
    """A running browser: that of the test before if it still runs."""
    if not _browsers or not _browsers[-1].alive:
        _browsers.append(Browser(chromium, headed=False))
    return _browsers[-1]


@pytest.fixture
def temporary(monkeypatch):
    """The folder in which everything temporary is, as long as the test runs. Its path is short: there are sockets below."""
    folder = Path(tempfile.mkdtemp(prefix="ib-"))
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def wrapper(tmp_path):
    """wrapper(name, script): an executable that stands for a browser."""

    def make(name, script):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return str(path)

    return make


def below(folder: Path) -> list[str]:
    """The processes that were told a path in a folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or ()
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(str(folder) in word for word in words):
            found.append(" ".join(words)[:100])
    return found


def files(folder: Path) -> list[str]:
    """What lies in a folder, but for what ONNX Runtime's own telemetry leaves there."""
    return [one.name for one in folder.iterdir() if one.name != ".ses"]


@pytest.fixture
def nothing_left():
    """nothing_left(folder): no process of a browser whose profile was there, and no file; asked until it is so, or 20 s are over."""

    def look(folder):
        deadline = time.monotonic() + 20
        while (below(folder) or files(folder)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert below(folder) == []
        assert files(folder) == []

    return look


@pytest.fixture
def only(tmp_path, monkeypatch):
    """only(*names): a PATH on which there is nothing but these commands of the real one, and what the test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def make(*names):
        for name in names:
            found = shutil.which(name)
            if found is None:
                pytest.skip(f"no {name} is installed")
            (folder / name).symlink_to(found)
        monkeypatch.setenv("PATH", str(folder))
        return folder

    return make
