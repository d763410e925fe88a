"""Which browser is meant, where it is and what it is: found on PATH, asked for its version, never started for it."""

import functools
import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pytest_ipfs_bench.backend import State, Unsupported

COMMANDS = {
    "chromium": ("chromium", "chromium-browser", "/Applications/Chromium.app/Contents/MacOS/Chromium"),
    "chrome": (
        "google-chrome",
        "google-chrome-stable",
        "chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ),
    "edge": (
        "microsoft-edge",
        "microsoft-edge-stable",
        "msedge",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
    "firefox": ("firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"),
}
USUAL = ("chromium", "chrome", "edge")  # what is taken if none is asked for: those that can be measured in
SECONDS = 5.0  # for a browser to tell its version
INSTALL = "Install Chromium (apt-get install chromium), Chrome or Edge, or name one: --browser=NAME or PATH."


@dataclass(frozen=True)
class Binary:
    """A browser's executable, its name ("Chromium", "Google Chrome" ...) and version in its own words."""

    path: str
    name: str
    version: str

    @property
    def is_firefox(self) -> bool:
        """Whether it is of the kind that is driven, and keeps time, in another way."""
        return "firefox" in self.name.lower()

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def find(asked: str | None) -> Binary:
    """The browser of a name or path; of none the first that is here. Raises Unsupported with the reason if there is none."""
    if asked is not None and asked not in COMMANDS:
        if not Path(asked).is_absolute():  # the word of another plugin's option
            said = f"{asked!r} is no browser: {', '.join(COMMANDS)}, or the path of one"
            raise Unsupported(State.NOT_INSTALLED.value, said, INSTALL)
        return _told(asked, _modified(asked))
    names = (asked,) if asked else USUAL
    commands = [command for name in names for command in COMMANDS[name]]
    path = next((found for command in commands if (found := shutil.which(command))), None)
    if path is None:
        said = f"no {asked} is installed" if asked else "no browser is installed"
        raise Unsupported(State.NOT_INSTALLED.value, f"{said} (looked on PATH for {', '.join(commands)})", INSTALL)
    return _told(path, _modified(path))


def _modified(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError as error:
        raise Unsupported(State.NOT_INSTALLED.value, f"{path}: {error.strerror}", INSTALL) from error


@functools.cache  # three backends ask the same
def _told(path: str, modified: int) -> Binary:  # noqa: ARG001  another file of that name is another browser
    """What an executable says of itself."""
    code, output, errors = _asked(path)
    found = re.search(r"^\s*(?P<name>[A-Za-z][\w ]*?) (?P<version>\d[\w.]*)", output, re.MULTILINE)
    if found is None or code:
        said = (errors or output).strip().splitlines()
        reason = f"{path} --version tells no version: {said[-1] if said else f'exit status {code}'}"
        raise Unsupported(State.BROKEN.value, reason, INSTALL)
    return Binary(path, found["name"].removeprefix("Mozilla "), found["version"])


def _asked(path: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of `--version`. What does not end is ended, with all that it started."""
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            [path, "--version"], stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, errors="replace",
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise Unsupported(State.BROKEN.value, f"{path} can't be started: {error.strerror}", INSTALL) from error
    with process:
        try:
            output, errors = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said = f"{path} --version does not end within {SECONDS:g} s"
            raise Unsupported(State.BROKEN.value, said, INSTALL) from None
    return process.returncode, output, errors
