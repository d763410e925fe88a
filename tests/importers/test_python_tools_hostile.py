"""Whatever a field holds: results, a rejection or a reason why there are none, never another error, never a bad number."""

import copy
import importlib
import json
import math
import random
from dataclasses import fields
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document

DATA = Path(__file__).parents[1] / "data" / "formats"
ODD = [
    None, True, -1, 0, 1.5, math.nan, math.inf, 1e308, 10**300, "", "x", "12", "\ud800", "9" * 5000, [], {}, [1], [[1]],
    {"a": {"a": [None]}}, ["a", None, {}], [math.nan] * 3, [1e308] * 3, {"outcome": "passed"}, {"outcome": []}, [{}],
]  # fmt: skip
STATS = {
    "min": 1,
    "max": 2,
    "mean": 1.5,
    "median": 1,
    "stddev": 1,
    "rounds": 2,
    "iterations": 3,
    "total": 3,
    "ops": 1,
    "data": [1, 2],
}
MACHINE = {"system": "Linux", "cpu": {"brand_raw": "C", "count": 2}}
SAMPLES = {
    "pytest_benchmark": {
        "machine_info": MACHINE, "commit_info": {}, "datetime": "2026-01-01", "version": "5.3.1",
        "benchmarks": [{"fullname": "a.py::b", "params": {"n": 1}, "stats": STATS}, {"fullname": "c", "stats": STATS}],
    },
    "pyperf": {
        "version": "1.0", "metadata": {"name": "n", "unit": "second", "loops": 8, "cpu_count": 2, "cpu_model_name": "C"},
        "benchmarks": [{"runs": [{"warmups": [[1, 2]]}, {"metadata": {"date": "2026-01-01"}, "values": [1, 2]}]}],
    },
    "asv": {
        "commit_hash": "a", "params": {"cpu": "C", "num_cpu": "2"}, "version": 2,
        "result_columns": ["result", "params", "version", "started_at", "stats_number", "stats_repeat", "samples"],
        "results": {"m.time_a": [[1, None], [["1", "2"]], "v", 1_767_225_600_000, [1, 2], [3, 4], [[1, 2], [3]]], "m.mem_b": [[1]]},
    },
    "hyperfine": {"results": [{"command": "a", "mean": 1, "user": 0, "system": 0, "times": [1, 2], "parameters": {"n": "1"}}]},
    "github_action": {
        "lastUpdate": 1, "repoUrl": "u",
        "entries": {"R": [{"commit": {}, "date": 1, "tool": "go", "benches": [{"name": "n", "value": 1, "unit": "ns"}]}]},
    },
    "pytest_json_report": json.loads((DATA / "pytest-json-report" / "session.json").read_text()),
    "pytest_reportlog": [json.loads(line) for line in (DATA / "pytest-reportlog" / "session.jsonl").read_text().splitlines()],
}  # fmt: skip


def places(value, path=()):
    """Every place in a document, as the keys that lead to it."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value[:6]) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*path, key))


def spoilt(sample, chance):
    """A copy with one to three fields that hold something odd, or are gone."""
    found = copy.deepcopy(sample)
    for _ in range(chance.randint(1, 3)):
        known = [place for place in places(found) if place]
        if not known:
            break
        *path, last = chance.choice(known)
        inner = found
        for key in path:
            inner = inner[key]
        if isinstance(inner, dict) and chance.random() < 0.2:
            del inner[last]
        else:
            inner[last] = copy.deepcopy(chance.choice(ODD))
    return found


def written(content):
    """A document as its tool writes it: a list of reports as lines."""
    is_lines = isinstance(content, list)
    raw = ("\n".join(map(json.dumps, content)) if is_lines else json.dumps(content)).encode()
    return Document(path="x", file=Path("x"), head=raw[:4096], raw=raw)


@pytest.mark.parametrize("module", SAMPLES)
def test_odd_fields_are_rejected_left_out_or_kept(module):
    importers = importlib.import_module(f"pytest_ipfs_bench.importers.{module}").IMPORTERS
    chance, read = random.Random(module), 0
    for _ in range(300):
        document = written(spoilt(SAMPLES[module], chance))
        for importer in importers:
            try:
                findings = list(importer.read(document)) if importer.recognises(document) else []
            except (NotResults, Rejected):
                continue
            for finding in findings:
                is_sound(finding)
            read += len(findings)
    assert read > 50


def is_sound(finding):
    columns = finding.columns
    assert columns.keys() <= {field.name for field in fields(finding.kind)}
    assert None not in columns.values()
    assert all(math.isfinite(value) and value >= 0 for value in columns.values() if isinstance(value, float))
    assert all(type(columns.get(name, 0)) is int for name in ("rounds", "iterations", "warmup_iterations"))
    named = ("test_case", "mode") if "mode" in columns else ("node_id", "test_name", "status")
    assert all(isinstance(columns[name], str) and columns[name] for name in named)
    assert isinstance(columns.get("params", {}), dict)
    assert finding.hardware in (None, "cpu")
    assert isinstance(finding.device, str | None)
