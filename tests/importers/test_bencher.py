"""Bencher Metric Format."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers import bencher
from pytest_ipfs_bench.importers.document import Document

DATA = Path(__file__).parents[1] / "data" / "formats"
SHARED = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = [*DATA.glob("bencher-json/*"), *SHARED.glob("bencher-tool-output/json/*")]
(BENCHER,) = bencher.IMPORTERS


def document(value):
    raw = json.dumps(value).encode()
    return Document("bmf.json", Path("bmf.json"), raw[:4096], raw)


def read(value):
    found = document(value)
    assert BENCHER.recognises(found)
    return list(BENCHER.read(found))


def test_latency_is_ns_and_throughput_is_items():
    (result,) = read({
        "tests::a": {
            "latency": {"value": 3247.0, "lower_value": 1044.0, "upper_value": None},
            "throughput": {"value": 250},
            "file-size": {"value": 1024, "upper_value": 2048},
        }
    })  # fmt: skip
    assert result.place == "/tests::a"
    assert result.columns == {
        "test_case": "tests::a",
        "mode": "benchmark",
        "average_latency_ms": 0.003247,
        "throughput_items_per_second": 250.0,
    }
    assert result.extra == {
        "latency": {"lower_value": 1044.0, "upper_value": None},
        "file-size": {"value": 1024, "upper_value": 2048},
    }


def test_a_latency_below_zero_is_none():
    (result,) = read({"a": {"latency": {"value": -1}}})
    assert result.columns == {"test_case": "a", "mode": "benchmark"}
    assert result.extra == {"latency": {"value": -1}}
    assert result.flags == ("latency: value: -1 is no number of at least 0",)


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"a": {}},
        {"a": {"latency": 7}},
        {"a": {"latency": {"value": "7"}}},
        {"a": {"latency": {"value": True}}},
        {"a": {"latency": {"value": None}}},
        {"a": {"latency": {"value": 7, "upper_value": "x"}}},
        {"a": {"latency": {"value": 7, "unit": "ns"}}},
        {"a": {"latency": {"lower_value": 7}}},
        {" ": {"latency": {"value": 7}}},
        {"a": {"latency": {"value": 7}}, "b": 1},
    ],
)
def test_anything_else_is_not_it(value):
    assert not BENCHER.recognises(document(value))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_numbers_of_real_files(path):
    stated = json.loads(path.read_text())
    for one, (name, measures) in zip(read(stated), stated.items(), strict=True):
        latency = measures["latency"]
        assert one.columns["test_case"] == name
        assert one.columns["average_latency_ms"] == pytest.approx(latency["value"] / 1e6, rel=1e-12)
        assert {**one.extra["latency"], "value": latency["value"]} == latency
