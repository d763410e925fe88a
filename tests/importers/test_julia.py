"""JSON of BenchmarkTools."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers import julia
from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document

DATA = Path(__file__).parents[1] / "data" / "formats"
SHARED = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = [*DATA.glob("julia-*/*"), *SHARED.glob("github-action-benchmark-extract/julia*")]
(JULIA,) = julia.IMPORTERS
VERSIONS = {"Julia": "1.10.0", "BenchmarkTools": "1.5.0"}
PARAMETERS = ["Parameters", {"samples": 10000, "evals": 390}]


def document(value):
    raw = json.dumps(value).encode()
    return Document("julia.json", Path("julia.json"), raw[:4096], raw)


def read(*saved):
    found = document([VERSIONS, list(saved)])
    assert JULIA.recognises(found)
    return list(JULIA.read(found))


def group(**data):
    return ["BenchmarkGroup", {"data": data, "tags": []}]


def test_an_estimate_does_not_say_of_what_kind_it_is():
    estimate = ["TrialEstimate", {"time": 246.5, "gctime": 0.0, "memory": 16, "allocs": 1, "params": PARAMETERS}]
    (result,) = read(group(fib=group(**{"10": estimate})))
    assert result.place == "/1/0/1/data/fib/1/data/10"
    assert result.columns == {
        "test_case": "fib/10", "mode": "benchmark", "iterations": 390, "average_latency_ms": 0.0002465,
    }  # fmt: skip
    assert result.extra == {"type": "TrialEstimate", "gctime": 0.0, "memory": 16, "allocs": 1, "params": PARAMETERS}
    assert result.flags == ("the estimate does not say of what kind it is: minimum, median or mean",)
    assert result.context == VERSIONS


def test_a_trial_holds_all_its_times():
    (result,) = read(["Trial", {"times": [1000.0, 3000.0], "gctimes": [0.0, 0.0], "memory": 0, "params": PARAMETERS}])
    assert result.columns == {
        "test_case": "benchmark",
        "mode": "benchmark",
        "iterations": 390,
        "rounds": 2,
        "average_latency_ms": 0.002,
        "latency_min_ms": 0.001,
        "latency_p50_ms": 0.002,
        "latency_max_ms": 0.003,
        "latency_std_ms": pytest.approx(0.0014142135623730952),
        "samples_ms": [0.001, 0.003],
    }
    assert result.extra["gctimes"] == [0.0, 0.0]
    assert result.flags == ()


def test_the_order_of_the_file_is_kept():
    leaf = ["TrialEstimate", {"time": 1.0}]
    found = read(group(b=leaf, a=group(y=leaf, x=leaf)), group(c=leaf))
    assert [one.columns["test_case"] for one in found] == ["b", "a/y", "a/x", "c"]


@pytest.mark.parametrize(
    ("saved", "kind", "message"),
    [
        (group(), NotResults, "it holds neither a trial nor an estimate"),
        (["TrialJudgement", {"time": "invariant"}], NotResults, "it holds neither a trial nor an estimate"),
        (["Trial"], Rejected, "there should be a pair of a type and its fields (/1/0)"),
        (["BenchmarkGroup", {"tags": []}], Rejected, "a group has no data (/1/0)"),
        (["Trial", {"times": [1, "x"]}], Rejected, "a trial's times are no list of numbers (/1/0/1/times)"),
    ],
)
def test_what_is_refused(saved, kind, message):
    with pytest.raises(kind) as error:
        read(saved)
    assert str(error.value) == message


def leaves(value):
    """(ns, evaluations) of every estimate below a value, in any nesting."""
    if isinstance(value, dict) and "time" in value:
        yield value["time"], value["params"][1]["evals"], value["memory"]
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_numbers_of_real_files(path):
    raw = path.read_bytes()
    found = Document(path.name, path, raw[:4096], raw)
    assert JULIA.recognises(found)
    ours = [
        (one.columns["average_latency_ms"] * 1e6, one.columns["iterations"], one.extra["memory"])
        for one in JULIA.read(found)
    ]
    assert ours == [(pytest.approx(time, rel=1e-12), *rest) for time, *rest in leaves(json.loads(raw))]
    assert ours
