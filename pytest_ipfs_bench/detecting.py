"""Asks backends what is here, and gives up on one whose driver hangs. Whatever a backend raises is an answer, too."""

import queue
import threading

from pytest_ipfs_bench.backend import Backend, Detection, State

SECONDS = 10.0  # a driver answers in milliseconds; one that first has to start a GPU takes some seconds
HINT = "Its driver may hang: try the vendor's own tool, and restart the machine if that hangs as well."


def detect(backend: Backend, seconds: float = SECONDS) -> Detection:
    """What a backend finds here; `broken` with the reason if it fails, or gives no answer in so many seconds."""
    answers: queue.SimpleQueue[Detection] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(_asked(backend)), daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except queue.Empty:
        return Detection(State.BROKEN, reason=f"no answer to detection within {seconds:g} s", hint=HINT)


def _asked(backend: Backend) -> Detection:
    hint = f"A fault of the backend {backend.name}, to be mended by whoever wrote it."
    try:
        found = backend.detect()
    except Exception as error:  # noqa: BLE001  the backend of a stranger
        return Detection(State.BROKEN, reason=f"detection failed: {type(error).__name__}: {error}", hint=hint)
    if hasattr(found, "state") and hasattr(found, "devices"):  # by its shape: pytester may have made the class anew
        return found
    return Detection(State.BROKEN, reason=f"detection returned {found!r}, no Detection", hint=hint)
