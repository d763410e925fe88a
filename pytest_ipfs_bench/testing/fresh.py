"""What registering a backend and detecting its devices do in a process that has done nothing else.

Run as a script, so that it begins without pytest: orders on stdin, the answer on what was stdout, noise on stderr.
"""

import importlib.machinery
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 30.0
FRAMEWORKS = {"jax", "onnxruntime", "tensorflow", "torch", "transformers"}
LIGHT = {"psutil"}  # ours, and compiled


@dataclass(frozen=True)
class Fresh:
    """Compiled modules imported and shared libraries opened by registering; frameworks, time and noise of detecting."""

    imported: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    seconds: float | None = None
    noise: str = ""
    trouble: str | None = None


def look(address: str) -> Fresh:
    """Registers and detects the backend at an address, in a process of its own."""
    order = json.dumps([address, [str(Path(entry).resolve()) for entry in sys.path]])
    command = [sys.executable, "-P", __file__]
    try:
        done = subprocess.run(command, input=order, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Fresh(seconds=SECONDS)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        return Fresh(trouble=last)
    told = json.loads(done.stdout)
    imported, opened, frameworks = (tuple(told[name]) for name in ("imported", "opened", "frameworks"))
    return Fresh(imported, opened, frameworks, told["seconds"], done.stderr.strip())


def main() -> None:
    """The other side: what was asked for on stdin, answered."""
    address, sys.path[:] = json.loads(sys.stdin.readline())
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    opened: list[str] = []
    sys.addaudithook(lambda event, given: opened.append(str(given[0])) if _opens(event, given) else None)
    from pytest_ipfs_bench import models

    before = set(sys.modules)
    backend = models.load(address)()
    answer: dict[str, Any] = {"imported": sorted(_compiled(set(sys.modules) - before)), "opened": list(opened)}
    start = time.perf_counter()
    try:
        backend.detect()
    except Exception:  # noqa: BLE001  another check says so
        answer["seconds"] = None
    else:
        answer["seconds"] = time.perf_counter() - start
    loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
    answers.write(json.dumps({**answer, "frameworks": sorted(loaded & FRAMEWORKS)}))
    answers.flush()
    os._exit(0)  # what a library says at its end is not detection's


def _opens(event: str, given: tuple[Any, ...]) -> bool:
    return event == "ctypes.dlopen" and given[0] is not None


def _compiled(modules: set[str]) -> set[str]:
    """Third parties' packages of which a compiled module is among these."""
    endings = tuple(importlib.machinery.EXTENSION_SUFFIXES)
    files = {name: getattr(sys.modules[name], "__file__", None) or "" for name in modules}
    found = {name.partition(".")[0] for name, file in files.items() if file.endswith(endings)}
    return found - set(sys.stdlib_module_names) - LIGHT


if __name__ == "__main__":
    main()
