"""The one browser of a runner: the backends of this folder share its process, and with it a browser per binary and flags."""

import atexit
import functools

from hardware_backends.browser import binaries
from hardware_backends.browser.binaries import Binary
from hardware_backends.browser.devtools import Browser
from hardware_backends.browser.site import Site
from pytest_ipfs_bench.backend import Device, Options


class Shared:
    """Browsers by binary, each started at its first page and again when it has ended, and the site that they are served.

    devices: what probes found, by backend and index.
    """

    def __init__(self) -> None:
        self.devices: dict[tuple[str, int], Device] = {}
        self._browsers: dict[tuple[Binary, bool], Browser] = {}
        self.site = Site()

    def browser(self, options: Options) -> Browser:
        """The browser that these options mean, running. Raises Unsupported where it is not here or does not start."""
        binary = binaries.find(options.browser)
        place = binary, options.headed
        running = self._browsers.get(place)
        if running is not None and not running.alive:
            running.close()
            running = None
        if running is None:
            running = self._browsers[place] = Browser(binary, headed=options.headed)
        return running

    def close(self) -> None:
        """Ends them all."""
        for browser in self._browsers.values():
            browser.close()
        self._browsers.clear()
        self.site.close()


@functools.cache
def shared() -> Shared:
    """What this process, a runner, has of browsers: until it ends."""
    made = Shared()
    atexit.register(made.close)
    return made
