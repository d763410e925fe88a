"""What a page does beside running a model: what comes before and after it, and loading it in parts, each timed by itself."""

import base64
import statistics
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hardware_backends.browser import parts, processing
from hardware_backends.browser.devtools import PageError
from hardware_backends.browser.pages import Page
from hardware_backends.browser.site import Site
from pytest_ipfs_bench.backend import ProcessEnded, Unsupported, scratch
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

TURNS = (False, False, True, False, True, False, True)  # all at once, or one by one; the first is warm-up
CLOSE = 1e-5  # of the largest value: what the page makes of a recording or picture is what numpy makes of it


def guarded(name: str, work: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """What a part tells; if it fails, why: the model itself was measured, and is not lost for what is beside it."""
    try:
        return dict(work())
    except (PageError, ProcessEnded, TimeoutError) as error:
        return {f"{name}_error": str(error)}


def around(page: Page, model: Model, cell: Cell) -> dict[str, Any]:
    """preprocessing_ms, postprocessing_ms and audio_seconds of a cell, for one sample; what is not known is left out.

    What the page made of a recording or picture is held against numpy: of another result no time is told.
    """
    window = cell.shape.get("audio_seconds")
    seconds = float(cell.options.get("recording", 0)) or window
    rate = int(cell.options.get("sample_rate", processing.RECORDED))
    task = processing.tasks(model.spec, cell.shape, rate, seconds)
    if task is None:
        return {}
    told = page.call("around", asdict(task))
    found = {"postprocessing_ms": told.get("after_ms")}
    if task.before is not None:
        off = _off(task, told)
        found |= {"preprocessing_ms": told["before_ms"] if off <= CLOSE else None, "preprocessing_error": off}
    if window is not None and seconds is not None:  # of a longer recording the model hears the beginning
        found |= {"audio_seconds": min(seconds, window), "sample_rate": rate}
    return found


def loading(page: Page, site: Site, model: Model) -> dict[str, Any]:
    """sequential_load_ms and parallel_load_ms of a model of several modalities; of any other, nothing."""
    folder = scratch() / f"parts-{model.spec.name.replace('/', '-')}"
    folder.mkdir(exist_ok=True)
    try:
        made = sorted(folder.iterdir()) or parts.split(model.onnx, folder)
    except Unsupported as why:
        return {"parts": why.reason}
    if not made:
        return {}
    site.serve("/parts/", {file.name: file for file in made})
    urls = [f"/parts/{file.name}" for file in made]
    times: dict[bool, list[float]] = {False: [], True: []}
    found: dict[str, Any] = {"parts": _sizes(made)}
    try:
        for together in TURNS:
            times[together].append(page.call("loading", {"urls": urls, "together": together}))
    except (PageError, ProcessEnded, TimeoutError) as error:  # the model itself was measured: this is beside it
        found["parts_error"] = str(error)
    columns = {"sequential_load_ms": times[False][1:], "parallel_load_ms": times[True]}
    return found | {name: statistics.median(told) for name, told in columns.items() if told}


def _sizes(files: list[Path]) -> dict[str, int]:
    return {file.name: file.stat().st_size for file in files}


def _off(task: processing.Task, told: Mapping[str, Any]) -> float:
    """The page's input against numpy's: max|a-b| / max|a|; infinite for another shape."""
    import numpy as np

    right = processing.expected(task)
    found = np.frombuffer(base64.b64decode(told["input"]), "float32")
    if list(right.shape) != told["dims"] or found.size != right.size:
        return float("inf")
    return float(np.max(np.abs(found.reshape(right.shape) - right)) / (np.max(np.abs(right)) or 1))
