"""The real files of the legacy project, compared with what is expected of each of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.legacy import IMPORTERS
from pytest_ipfs_bench.records import Compatibility, Performance

LEGACY = Path(__file__).parents[2].parent / "shared" / "legacy"
COMPATIBLE = {"compatible": "yes", "unknown": "unknown"}

pytestmark = pytest.mark.skipif(not LEGACY.exists(), reason="the legacy files are not here")


def findings(path):
    raw = path.read_bytes()
    document = Document(path=path.name, file=path, head=raw[:4096], raw=raw)
    try:
        return IMPORTERS[0].read(document) if IMPORTERS[0].recognises(document) else []
    except NotResults:
        return []


def line(found, file):
    """A finding as check.py reads it."""
    columns = found.columns
    told = {"file": file, "model": found.model, "hardware": found.hardware, "is_simulated": found.simulated,
            "timestamp": found.time and found.time.at}  # fmt: skip
    if found.kind is Performance:
        return told | {
            "kind": "P",
            "device": found.device,
            "test_case": columns["test_case"],
            "batch_size": columns.get("batch_size"),
            "precision": columns.get("precision"),
            "latency_ms": columns.get("average_latency_ms"),
            "throughput": columns.get("throughput_items_per_second"),
            "memory_mb": columns.get("memory_peak_mb"),
            "iterations": columns.get("iterations", columns.get("rounds")),
            "warmup": columns.get("warmup_iterations"),
        }
    if found.kind is Compatibility:
        return told | {
            "kind": "C",
            "compatible": COMPATIBLE.get(columns["status"], "no"),
            "error": columns.get("error_message"),
        }
    return told | {
        "kind": "T",
        "name": columns["test_name"],
        "status": columns["status"],
        "duration_s": columns.get("execution_time_seconds"),
        "message": columns.get("error_message"),
    }


def test_every_record_is_found_none_is_wrong_and_none_is_invented(tmp_path):
    told, truth = tmp_path / "candidate.jsonl", tmp_path / "truth.jsonl"
    with told.open("w", encoding="utf-8") as out:
        for path in sorted(path for path in (LEGACY / "corpus").rglob("*") if path.is_file()):
            file = path.relative_to(LEGACY / "corpus").as_posix()
            lines = [line(found, file) for found in findings(path)]
            out.writelines(json.dumps(one) + "\n" for one in (*lines, {"file": file, "kind": "R"}))
    with (
        truth.open("w", encoding="utf-8") as out,
        (LEGACY / "expected" / "truth.jsonl").open(encoding="utf-8") as expected,
    ):
        for one in map(json.loads, expected):
            if one["kind"] == "P" and str(one.get("device")).lower() == one.get("hardware"):
                one["accept_device"] = [one["device"], None]  # a device that is called as its kind says nothing more
            out.write(json.dumps(one) + "\n")
    command = [sys.executable, LEGACY / "check.py", told, "--truth", truth]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
