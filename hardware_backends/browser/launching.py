"""How a browser is started and ended: its flags, the folder that is its home, its pipes, its process id. POSIX."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from hardware_backends.browser.binaries import Binary
from pytest_ipfs_bench.backend import Unsupported, scratch

if TYPE_CHECKING:
    import psutil

# WebGPU also without a GPU (its adapter says what it is), WebNN where the build has it; nothing that phones anywhere.
FLAGS = (
    "--enable-unsafe-webgpu",
    "--enable-features=WebMachineLearningNeuralNetwork",
    "--disable-features=SpareRendererForSitePerProcess",
)
QUIET = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-crash-reporter",
    "--mute-audio",
    "--remote-debugging-pipe",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)
ON_PIPES = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null'  # not every shell knows descriptors of two digits
KILL_SECONDS, LOOK_SECONDS = 5.0, 0.01  # for a killed process to be gone; between two looks
FULL = 8 << 20  # bytes that are free: a profile alone takes more
BROKEN = "broken"
SOCKET = "/org.chromium.Chromium.XXXXXX/SingletonSocket"  # what a browser of Chromium's kind makes below
LONGEST = 107 - len(SOCKET)  # bytes: unix(7)
UNSEEN = "Leave --headed out, or start the session under xvfb-run."


def profile(binary: Binary) -> Path:
    """A new folder for all that a browser writes. Raises Unsupported if none can be made."""
    try:
        home = Path(tempfile.mkdtemp(prefix="browser-", dir=scratch()))
    except OSError as error:
        said = f"no folder for a profile of {binary} can be made: {error}"
        raise Unsupported(BROKEN, said, "Name a folder with room: TMPDIR=PATH.") from error
    if len(os.fsencode(home)) > LONGEST:  # as below the usual TMPDIR of a Mac
        home.rmdir()
        home = _short(binary)
    return home


def _short(binary: Binary) -> Path:
    """A folder of a short name beside all others. Raises Unsupported if there is none."""
    try:
        return Path(tempfile.mkdtemp(prefix="ipfs-bench-browser-", dir="/tmp"))
    except OSError as error:
        home = scratch()
        said = f"{home} is too long a path for a profile of {binary}: its socket there may have {LONGEST + len(SOCKET)} bytes"
        raise Unsupported(BROKEN, said, "Name a folder with a shorter path: TMPDIR=PATH.") from error


def check_display(binary: Binary, *, headed: bool) -> None:
    """Raises Unsupported if the browser is to be seen, and there is nothing to see it on."""
    if headed and sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        said = f"{binary} can't be shown: --headed needs a display, and DISPLAY is not set"
        raise Unsupported(BROKEN, said, UNSEEN)


def on_pipes(binary: Binary, home: Path, *, headed: bool) -> "subprocess.Popen[bytes]":
    """Starts a browser of Chromium's kind. Its stdin is the pipe for orders to it, its stdout that with what it tells."""
    words = ["/bin/sh", "-c", ON_PIPES, "sh", binary.path, *flags(headed=headed), *QUIET, f"--user-data-dir={home}"]
    pipe = subprocess.PIPE
    with (home / "stderr").open("wb") as log:
        return subprocess.Popen(
            words, bufsize=0, stdin=pipe, stdout=pipe, stderr=log, env=environment(home, headed=headed)
        )


def flags(*, headed: bool) -> list[str]:
    """The flags that change what a page can do."""
    headless = () if headed else ("--headless=new",)
    # Chromium's sandbox refuses to be started by root, which containers are.
    unboxed = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    return [*headless, *unboxed, *FLAGS]


def environment(home: Path, *, headed: bool = False) -> dict[str, str]:
    """What it writes goes to its home. X finds its key in the home that we replaced, if a person is to see the browser."""
    key = os.environ.get("XAUTHORITY") or str(Path.home() / ".Xauthority")
    return {**os.environ, "HOME": str(home), "TMPDIR": str(home), **({"XAUTHORITY": key} if headed else {})}


def full_disk(home: Path) -> str:
    """Says so if there is no room left for what it writes; else nothing."""
    try:
        return f"the disk of its profile ({home.parent}) is full" if shutil.disk_usage(home).free < FULL else ""
    except OSError:
        return ""


def last_words(home: Path) -> str:
    """What it said last, and whether its disk is full; nothing if it said nothing."""
    try:
        lines = (home / "stderr").read_text("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    told = [line for line in lines if "/crashpad/" not in line]
    return "; ".join(filter(None, [full_disk(home), *told[-3:]]))


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ends a browser by its process id, with all that it started, and waits until they are gone."""
    import psutil

    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    for one in family:
        with contextlib.suppress(psutil.Error):
            one.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(KILL_SECONDS)
    deadline = time.monotonic() + KILL_SECONDS
    while any(runs(one) for one in family) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)


def process(pid: int) -> "psutil.Process | None":
    """A process as it is now, to be known again; None if there is none."""
    import psutil

    try:
        return psutil.Process(pid)
    except psutil.Error:
        return None


def runs(process: "psutil.Process") -> bool:
    """Whether it is more than an entry that nobody has read yet."""
    import psutil

    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
