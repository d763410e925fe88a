"""What a page of the runner's browser can use, asked once, and whether it computes."""

import contextlib
import functools
from typing import TYPE_CHECKING, Any

from hardware_backends import onnx_session
from hardware_backends.browser import ort_web
from hardware_backends.browser.devtools import Browser, PageError
from hardware_backends.browser.sharing import shared
from pytest_ipfs_bench.backend import Options, ProcessEnded, Unsupported

if TYPE_CHECKING:
    from hardware_backends.browser.page_model import Place

SECONDS = 25.0
PROBE = "async () => (await import('/page/probe.js')).probe()"


def facts(options: Options) -> dict[str, Any]:
    """What a page says of WebAssembly, WebGPU and WebNN, and the browser of its GPU. Raises Unsupported."""
    return _facts(shared().browser(options))


@functools.cache  # of one browser: another may get another adapter. The runner is asked by each cell
def _facts(browser: Browser) -> dict[str, Any]:
    try:
        with contextlib.closing(browser.page(shared().site.url, SECONDS)) as page:
            told: dict[str, Any] = page.evaluate(PROBE)
        gpu = browser.call("SystemInfo.getInfo")["gpu"]
    except (TimeoutError, ProcessEnded, PageError) as error:
        browser.close()
        raise Unsupported("broken", f"the page that asks {browser.binary} what it can do fails: {error}") from error
    return {**told, "devices": gpu["devices"], "features": gpu.get("featureStatus")}


def square(options: Options, place: "Place") -> None:
    """Squares four numbers where a model would run. Raises Unsupported("broken") with the page's words."""
    import numpy as np

    from hardware_backends.browser.page_model import array

    here = shared()
    here.site.serve("/ort/", {one.name: one for one in ort_web.folder(options.ort_web_dir).iterdir()})
    values = np.array([[1, 2, 3, 4]], dtype=np.float32)
    here.site.serve("/probe/", {"square.onnx": onnx_session.SQUARE, "x": values.tobytes()})
    order = {
        "bundle": place.bundle, "provider": place.provider, "threads": 1, "options": {},
        "files": [{"path": "square.onnx", "url": "/probe/square.onnx"}],
        "inputs": [{"name": "x", "dtype": "float32", "dims": values.shape, "url": "/probe/x"}],
    }  # fmt: skip
    browser = here.browser(options)
    try:
        with contextlib.closing(browser.page(here.site.url, SECONDS)) as page:
            page.call("load", order)
            told = page.call("first")
    except (TimeoutError, ProcessEnded, PageError) as error:
        said = f"{place.title} of {browser.binary} can't compute: {error}"
        raise Unsupported("broken", said, "Try another browser: --browser=NAME or PATH.") from error
    found = array(told["outputs"]["y"])
    if not np.allclose(found, values**2, rtol=1e-2):
        said = f"{place.title} of {browser.binary} computes wrongly: the squares of 1, 2, 3, 4 are {found.tolist()[0]} there"
        raise Unsupported("broken", said)
