"""One rank of a cell with many processes: `python -m hardware_backends.torch_rank FOLDER`, started by torchrun.

It opens the runner's door, a socket in that folder, says who it is, and then answers every line with one, all of them
JSON. When the runner is gone it ends at once, whatever it is doing.
"""

import contextlib
import json
import os
import queue
import socket
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import IO, Any

from hardware_backends import lifeline
from hardware_backends.torch_progress import Progress
from hardware_backends.torch_ranks import DOOR, PROGRESS
from pytest_ipfs_bench.backend import Unsupported
from pytest_ipfs_bench.measure import Plan


def main() -> None:
    """Entry of the process."""
    lifeline.inherit()
    folder, place = Path(sys.argv[1]), int(os.environ["LOCAL_RANK"])
    door = socket.socket(socket.AF_UNIX)
    door.connect(str(folder / DOOR))
    lines = door.makefile("rw", encoding="utf-8")
    _tell(lines, {"rank": int(os.environ["RANK"]), "place": place, "pid": os.getpid()})
    orders = _listen(lines)
    try:
        _serve(orders, lines, Progress(folder / PROGRESS, place))
    except Exception as error:  # noqa: BLE001  whatever it is, the runner is to hear of it
        _tell(lines, {"failed": _described(error)})
        os._exit(1)


def _serve(orders: "queue.SimpleQueue[Any]", lines: IO[str], progress: Progress) -> None:
    from hardware_backends.torch_together import Together

    together = Together(orders.get(), progress)
    _tell(lines, together.ready())
    while True:
        order = orders.get()
        plan = order["plan"]
        _tell(lines, together.measure(Plan(**plan)) if plan else together.once())


def _listen(lines: IO[str]) -> "queue.SimpleQueue[Any]":
    orders: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def listen() -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in lines:
                orders.put(json.loads(line))
        os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    return orders


def _tell(lines: IO[str], what: dict[str, Any]) -> None:
    lines.write(json.dumps(what) + "\n")
    lines.flush()


def _described(error: Exception) -> dict[str, Any]:
    text = str(error).strip() or type(error).__name__
    told = {"at": time.time_ns(), "text": f"{type(error).__name__}: {text}", "log": traceback.format_exc()}
    if isinstance(error, Unsupported):
        told |= {"unsupported": [error.error_type, error.reason, error.suggested_fix]}
    return told


if __name__ == "__main__":
    main()
