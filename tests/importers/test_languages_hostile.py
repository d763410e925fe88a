"""Importers of other languages' tools on content that is broken, hostile, or somebody else's."""

import itertools
import json
import time
from importlib import import_module
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import Finding, NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document

DATA = Path(__file__).parents[1] / "data" / "formats"
NAMES = ("bencher", "cpp", "dotnet", "go", "javascript", "julia", "jvm", "other_languages", "rust")
IMPORTERS = [one for name in NAMES for one in import_module(f"pytest_ipfs_bench.importers.{name}").IMPORTERS]
FILES = [path for one in IMPORTERS for path in sorted(DATA.glob(f"{one.name}/*"))]
ODD = (None, True, -1, 1e308, 10**400, "", "x", "NaN", [], [[]], {}, {"": None})


def document(text):
    raw = text.encode()
    return Document("file", Path("file"), raw[:4096], raw)


def read(text):
    """What the importers make of it; anything else than findings and the two refusals is an error."""
    found = document(text)
    for importer in IMPORTERS:
        if importer.recognises(found):
            try:
                findings = list(importer.read(found))
            except (Rejected, NotResults) as error:
                assert str(error)
                continue
            assert all(isinstance(one, Finding) and one.place for one in findings)
            yield importer.name, findings


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_file_is_known_by_its_own_importer_alone(path):
    found = document(path.read_text())
    assert [one.name for one in IMPORTERS if one.recognises(found)] == [path.parent.name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_file_may_end_anywhere(path):
    text = path.read_text()
    for end in range(0, len(text), max(1, len(text) // 100)):
        list(read(text[:end]))
        list(read(text[end:]))


def changed(value, odd):
    """The value with `odd` in the place of each of its parts in turn."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in parts:
        for other in itertools.chain([odd], changed(inner, odd)):
            copy = value.copy()
            copy[name] = other
            yield copy


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:12])
@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".json"], ids=lambda path: path.stem)
def test_any_part_may_be_of_any_type(path, odd):
    for value in itertools.islice(changed(json.loads(path.read_text()), odd), 150):
        list(read(json.dumps(value)))


def test_deep_nesting_is_refused():
    deep = "[" * 900 + "]" * 900
    rows = f'[{{"benchmark": "a", "mode": "ss", "primaryMetric": {{"score": 1, "rawData": {deep}}}}}]'
    assert [name for name, _ in read(rows)] in ([], ["jmh"])


LONG = 50_000
HEADS = [
    "test a ... bench: 1 ns/iter (+/- 1)\n",
    "a  time:   [1 ns 2 ns 3 ns]\n",
    "m::f a\n  Instructions:   1|N/A  (*********)\n",
    "BenchmarkA 10 5 ns/op\n",
    "benchmark name   samples   iterations   estimated\n",
    "a x 1 ops/sec ±1% (1 run sampled)\n",
    "a: 1ms - timer ended\n",
    "   user   system   total   real\n",
    "SUCCESS: a : 1ms +/- 1% on luau\n",
]
TAILS = [
    "test a" + " " * LONG + "... b",
    "x" + " " * LONG + "time: [",
    "a" + " x 1" * LONG,
    "1" * LONG,
    "BenchmarkB 1" + " 1" * LONG,
    "SUCCESS: " + ": 1" * LONG,
    "  a:" + " " * LONG + "1",
    "  = " + "= " * LONG,
    "a: " * LONG,
    "a|" * LONG,
    "a\n" * (LONG // 5),
    ("-" * 30 + "\na\n") * (LONG // 50),
    "--- FAIL: BenchmarkB\n    log\n" * (LONG // 50),
    "\x1b[" + "1;" * LONG,
]


@pytest.mark.parametrize("tail", TAILS, ids=lambda tail: repr(tail[:12]))
def test_time_grows_with_length_and_not_faster(tail):
    start = time.perf_counter()
    for head in HEADS:
        list(read(head + tail))
    assert time.perf_counter() - start < 10  # quadratic would be minutes


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025-03-06 18:41:32 INFO benchmark started\n2025-03-06 18:41:33 INFO time: 12 ms\n",
        "# Benchmarks\n\n```\nBenchmarkFib-8   5000000   325 ns/op\nfib x 10 ops/sec ±1% (9 runs sampled)\n```\n",
        "============ test session starts ============\ntests/test_a.py::test_a PASSED [100%]\n1 passed in 0.01s\n",
        "test_add (tests.Test.test_add) ... ok\n\nRan 1 test in 0.001s\n\nOK\n",
        "model,latency_ms\nbert,3.5\n",
        "name: bench\non: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n  time: 10\n",
        "total time: 5 s\nuser 1.0\nsys 0.5\n",
        "real\t0m1.2s\nuser\t0m1.0s\nsys\t0m0.1s\n",
        '{"benchmarks": [{"name": "a", "stats": {"mean": 1}}], "machine_info": {}}',
        '{"model": {"latency": 3.5}, "files": [], "Title": "x"}',
        '[{"name": "a", "unit": "ns", "value": 3}]',
    ],
)
def test_what_is_not_theirs_is_left_alone(text):
    found = document(text)
    assert not [one.name for one in IMPORTERS if one.recognises(found)]
