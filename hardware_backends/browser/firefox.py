"""Firefox is asked what it can use, and not measured in: it looks only every 100 ms whether a GPU is done.

It is started without a driver: its page posts what it found to the site it was served from.
"""

import functools
import json
import shutil
import subprocess
import time
from typing import Any

from hardware_backends.browser import launching
from hardware_backends.browser.binaries import Binary
from hardware_backends.browser.site import Site
from pytest_ipfs_bench.backend import Device, Unsupported

SECONDS = 25.0
PAGE = b"<!doctype html><meta charset=utf-8><script type=module src=/page/report.js></script>"
# Nothing of a first start, nothing that phones anywhere; what it can use is left as users have it.
PREFERENCES = {
    "browser.shell.checkDefaultBrowser": False,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    # Whatever still wants to leave this machine learns no address.
    "network.dns.disabled": True,
}
OTHER = "Take another browser: --browser=chromium, chrome or edge."


@functools.cache  # it is asked about three kinds of hardware
def facts(binary: Binary) -> dict[str, Any]:
    """What a page of Firefox says it can use. Raises Unsupported if it says nothing in time."""
    site = Site()
    site.routes["/"] = PAGE
    profile = launching.profile(binary)
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("".join(lines), encoding="utf-8")
    process = subprocess.Popen(
        [binary.path, "--headless", "--no-remote", "--profile", str(profile), site.url],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=launching.environment(profile),
    )  # fmt: skip
    try:
        return _posted(binary, site, process)
    finally:
        launching.end(process)
        site.close()
        shutil.rmtree(profile, ignore_errors=True)


def refuse(binary: Binary, device: Device) -> None:
    """Raises Unsupported for Firefox, whatever it can use: no timing of it would be true."""
    if binary.is_firefox:
        said = f"{binary} is not measured in: it looks only every 100 ms whether a device is done, and so would every latency"
        raise Unsupported("no_device", said, OTHER, device=device)


def _posted(binary: Binary, site: Site, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    deadline = time.monotonic() + SECONDS
    while not site.posted:
        if process.poll() is not None:
            said = f"{binary} ended with exit status {process.returncode} before its page was there"
            raise Unsupported("broken", said, OTHER)
        if time.monotonic() > deadline:
            raise Unsupported("broken", f"{binary} did not show its page within {SECONDS:g} s", OTHER)
        time.sleep(0.02)
    told: dict[str, Any] = json.loads(site.posted[0])
    if "error" in told:
        raise Unsupported("broken", f"the page that asks {binary} what it can do fails: {told['error']}")
    return told
