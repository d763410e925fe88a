"""JMH's JSON."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers import jvm
from pytest_ipfs_bench.importers.contract import Rejected
from pytest_ipfs_bench.importers.document import Document

DATA = Path(__file__).parents[1] / "data" / "formats"
SHARED = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = [
    *DATA.glob("jmh/*.json"),
    *SHARED.glob("bencher-tool-output/java/jmh/*.json"),
    *SHARED.glob("github-action-benchmark-extract/jmh_output.json"),
]
(JMH,) = jvm.IMPORTERS


def document(value):
    raw = json.dumps(value).encode()
    return Document("jmh.json", Path("jmh.json"), raw[:4096], raw)


def read(*rows):
    found = document(list(rows))
    assert JMH.recognises(found)
    return list(JMH.read(found))


def entry(mode, unit, score=2.0, **fields):
    primary = {"score": score, "scoreError": "NaN", "scoreUnit": unit, "rawData": [[1.0, 3.0], [2.0, 2.0]]}
    return {"benchmark": "org.Copy.run", "mode": mode, "threads": 4, "primaryMetric": primary} | fields


def test_a_time_of_each_mode_that_measures_one():
    for mode in ("avgt", "sample", "ss"):
        (result,) = read(entry(mode, "us/op"))
        assert result.columns == {
            "test_case": "org.Copy.run",
            "mode": "benchmark",
            "threads": 4,
            "rounds": 4,
            "average_latency_ms": 0.002,
            "latency_min_ms": 0.001,
            "latency_p50_ms": 0.002,
            "latency_max_ms": 0.003,
            "latency_std_ms": pytest.approx(0.000816496580927726),
            "samples_ms": [0.001, 0.003, 0.002, 0.002],
        }
        assert result.extra["mode"] == mode
        assert result.extra["primaryMetric"] == {
            "scoreError": "NaN", "scoreUnit": "us/op", "rawData": [[1.0, 3.0], [2.0, 2.0]],
        }  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "rate"), [("ops/s", 2.0), ("ops/ms", 2e3), ("ops/us", 2e6), ("ops/ns", 2e9), ("ops/min", 2 / 60)]
)
def test_a_rate(unit, rate):
    (result,) = read(entry("thrpt", unit))
    assert result.columns["throughput_items_per_second"] == pytest.approx(rate)
    assert not {"average_latency_ms", "samples_ms"} & result.columns.keys()
    assert result.columns["rounds"] == 4


@pytest.mark.parametrize(("unit", "ms"), [("ns/op", 2e-6), ("ms/op", 2.0), ("s/op", 2e3), ("min/op", 120_000)])
def test_units_of_time(unit, ms):
    assert read(entry("avgt", unit))[0].columns["average_latency_ms"] == ms


def test_percentiles_that_are_stated_win():
    row = entry("sample", "ms/op")
    row["primaryMetric"]["scorePercentiles"] = {"0.0": 0.5, "50.0": 1.5, "95.0": 9.0, "99.99": 10.0, "100.0": 11.0}
    columns = read(row)[0].columns
    assert [columns[f"latency_{name}_ms"] for name in ("min", "p50", "p95", "max")] == [0.5, 1.5, 9.0, 11.0]
    assert "latency_p99_ms" not in columns


def test_parameters_are_part_of_the_name():
    (result,) = read(
        entry("avgt", "us/op", params={"size": "64"}, jdkVersion="1.8", secondaryMetrics={"gc": {"score": 1}})
    )
    assert (result.columns["test_case"], result.columns["params"]) == ("org.Copy.run[size=64]", {"size": "64"})
    assert (result.extra["jdkVersion"], result.extra["secondaryMetrics"]) == ("1.8", {"gc": {"score": 1}})
    assert "params" not in result.extra


def test_other_units_are_metrics():
    (result,) = read(entry("avgt", "B/op"))
    assert result.columns == {"test_case": "org.Copy.run", "mode": "benchmark", "threads": 4, "rounds": 4}
    assert result.extra["primaryMetric"]["score"] == 2.0


def test_a_score_that_is_none_is_flagged():
    row = entry("thrpt", "ops/s", score="NaN")
    (result,) = read(row)
    assert "throughput_items_per_second" not in result.columns
    assert result.extra["primaryMetric"]["score"] == "NaN"
    assert result.flags == ("score: 'NaN' is no number",)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (7, "the entry is no object (/1)"),
        (entry("avgt", "us/op", benchmark=None), "a benchmark has no name (/1)"),
        ({"benchmark": "a", "mode": "ss"}, "a has no primary metric (/1)"),
    ],
)
def test_what_is_refused(row, message):
    with pytest.raises(Rejected) as error:
        read(entry("avgt", "us/op"), row)
    assert str(error.value) == message


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_numbers_of_real_files(path):
    raw = path.read_bytes()
    found = Document(path.name, path, raw[:4096], raw)
    assert JMH.recognises(found)
    for one, row in zip(JMH.read(found), json.loads(raw), strict=True):
        primary = row["primaryMetric"]
        if primary["scoreUnit"] == "ops/s":
            assert one.columns["throughput_items_per_second"] == primary["score"]
        else:
            assert primary["scoreUnit"] == "s/op"
            assert one.columns["average_latency_ms"] == pytest.approx(primary["score"] * 1e3, rel=1e-12)
            assert one.columns["latency_p90_ms"] == pytest.approx(primary["scorePercentiles"]["90.0"] * 1e3, rel=1e-12)
        assert one.columns["test_case"] == row["benchmark"]
        assert one.extra["primaryMetric"]["rawData"] == primary["rawData"]
