"""ONNX files that are made from torch forms at first use, and kept: a folder each in the user's cache, with checksums.

The export runs in a process of its own (`exporting`): who asks for a file never imports torch. A folder comes to its name
whole or not at all; what is damaged later is found by its checksums and made anew.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from pytest_ipfs_bench.errors import BenchError, Unsupported
from pytest_ipfs_bench.progress import Progress, Tell

FILE, REFERENCE, SUMS = "model.onnx", "reference.npz", "SHA256SUMS"
EXPORT = "export"  # the class of cause of a model that can't be exported
MAKING, STALE_SECONDS = ".making-", 86_400
INSTALL = "pip install 'pytest-ipfs-bench[torch]'"


class Stage(Enum):
    """What an export consists of, in this order."""

    IMPORT = "importing torch"
    BUILD = "building the model"
    EXPORT = "exporting the graph"
    WRITE = "writing the file"
    REFERENCE = "making the reference"
    SUMS = "making checksums"

    def of(self, name: str, doing: str = "") -> Progress:
        """The progress of a model's export that has come here."""
        return Progress(f"exporting {name} to ONNX", doing or self.value, list(Stage).index(self), len(Stage))


def cache_folder() -> Path:
    """Where exported models are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ipfs-bench" / "models"


def onnx(name: str, content: str, spec: Mapping[str, Any], tell: Tell = str) -> Path:
    """The ONNX file of a model (its spec as JSON holds it), made if it is not there, or not whole; tell is told how far it is.

    Raises Unsupported where torch is missing or the model is not at hand, BenchError where the export or the disk fails.
    """
    entry = cache_folder() / content[:32]
    if not intact(entry):
        _make(name, entry, spec, tell)
    return entry / FILE


def intact(entry: Path) -> bool:
    """Whether a folder holds all it was made with, bit for bit."""
    try:
        sums = [line.split("  ", 1) for line in (entry / SUMS).read_text(encoding="utf-8").splitlines()]
        return bool(sums) and all(_sum(entry / file) == told for told, file in sums)
    except (OSError, ValueError):
        return False


def _make(name: str, entry: Path, spec: Mapping[str, Any], tell: Tell) -> None:
    made = None
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        _sweep(entry.parent)
        made = Path(tempfile.mkdtemp(prefix=MAKING, dir=entry.parent))
        _export(name, made, spec, tell)
        tell(Stage.SUMS.of(name))
        _seal(made)
        _place(made, entry)
        tell(Progress(f"exporting {name} to ONNX", f"kept in {entry.parent}", len(Stage), len(Stage)))
    except OSError as error:
        raise _failure(name, entry.parent, error.strerror or str(error)) from error
    finally:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)


def _export(name: str, folder: Path, spec: Mapping[str, Any], tell: Tell) -> None:
    """Has the files made."""
    status, answer = _ask(json.dumps({"spec": spec, "folder": str(folder)}), tell)
    told = json.loads(answer) if status == 0 else {}
    if "missing" in told:
        reason = f"the ONNX file of {name} has to be made from its torch form first: {told['missing']}"
        raise Unsupported("not_installed", reason, INSTALL)
    if "unsupported" in told:
        raise Unsupported(*told["unsupported"])
    if "made" not in told:
        raise _failure(name, folder.parent, told.get("failed") or f"the exporter ended with status {status}")


def _ask(order: str, tell: Tell) -> tuple[int, str]:
    """The exporter's status and answer. It finds modules where we do; what it prints goes where our stderr goes."""
    answer = ""
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "pytest_ipfs_bench.exporting"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path)},
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            with contextlib.suppress(BrokenPipeError), child.stdin:  # one that died at once says so by its status
                child.stdin.write(order)
            for line in child.stdout:
                progress = Progress.read(line)
                if progress:
                    tell(progress)
                else:
                    answer = line
        except BaseException:
            child.kill()
            raise
    return child.returncode, answer


def _failure(name: str, folder: Path, reason: str) -> BenchError:
    return BenchError(
        f"{name} can't be exported to {folder}: {reason}.\n"
        "Nothing was kept; --bench-runtime=torch needs no export, and XDG_CACHE_HOME names another place."
    )


def _seal(folder: Path) -> None:
    """Writes the checksums, and sees to it that all of it is on the disk."""
    lines = [f"{_sum(file)}  {file.name}\n" for file in sorted(folder.iterdir())]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")
    for path in (*folder.iterdir(), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _place(made: Path, entry: Path) -> None:
    """Gives the folder its name. Another session may have been quicker: what it made is as good."""
    if entry.exists():
        if intact(entry):
            return
        shutil.rmtree(entry)
    try:
        made.rename(entry)
    except OSError:
        if not intact(entry):
            raise


def _sweep(folder: Path) -> None:
    """Takes away what processes that were killed left behind."""
    for one in folder.glob(f"{MAKING}*"):
        if time.time() - one.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(one, ignore_errors=True)


def _sum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
