"""Chromium's histogram sets and Skia Perf's format: only a unit of time makes a latency."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.chromium import IMPORTERS
from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.times import Moment

FORMATS = Path(__file__).parents[2].parent / "shared/formats/chromium-perf-results"
SHARED = [
    {"type": "GenericSet", "guid": "g1", "values": ["xr.webxr.static"]},
    {"type": "DateRange", "guid": "g2", "min": 1721799000000},
]
HISTOGRAM = {
    "name": "frame_time", "unit": "ms_smallerIsBetter", "binBoundaries": [0], "description": "x",
    "diagnostics": {"benchmarks": "g1", "benchmarkStart": "g2", "stories": {"type": "GenericSet", "values": ["page"]}},
    "sampleValues": [2, 4], "running": [2, 4, 1.0, 3, 2, 6, 2],
}  # fmt: skip
SKIA = {
    "version": 1, "git_hash": "cd5", "key": {"arch": "x86"},
    "results": [
        {"key": {"test": "draw", "radius": "10"}, "measurements": {"ms": [
            {"value": "min", "measurement": 1.2}, {"value": "median", "measurement": 1.5},
            {"value": "p42", "measurement": 9}]}},
        {"key": {"test": "fill", "units": "us"}, "measurement": 2500},
        {"key": {"test": "size"}, "measurements": {"bytes": [{"value": "max", "measurement": 7}]}},
    ],
}  # fmt: skip


def document(content):
    return Document(path="x", file=Path("x"), head=b"", raw=json.dumps(content).encode())


def read(content):
    found = document(content)
    (importer,) = [importer for importer in IMPORTERS if importer.recognises(found)]
    return list(importer.read(found))


def test_a_histogram_of_times_is_a_latency():
    (found,) = read([*SHARED, HISTOGRAM])
    assert found.columns == {
        "test_case": "xr.webxr.static/frame_time/page", "mode": "benchmark", "rounds": 2, "average_latency_ms": 3.0,
        "latency_min_ms": 2.0, "latency_p50_ms": 3.0, "latency_max_ms": 4.0, "latency_std_ms": pytest.approx(2**0.5),
        "samples_ms": [2.0, 4.0],
    }  # fmt: skip
    assert found.time == Moment("2024-07-24 05:30:00.000000", "epoch")
    assert (found.extra, found.context["diagnostics"]["g1"]) == (HISTOGRAM, SHARED[0])


def test_samples_of_which_some_were_left_out_give_no_percentiles():
    (found,) = read([HISTOGRAM | {"running": [5000, 4, 1.0, 3, 2, 6, 2]}])
    assert (found.columns["rounds"], found.columns["average_latency_ms"]) == (5000, 3.0)
    assert not {"samples_ms", "latency_p50_ms", "latency_std_ms"} & set(found.columns)


def test_a_size_or_a_count_is_no_latency():
    (found,) = read([HISTOGRAM | {"unit": "sizeInBytes_smallerIsBetter"}])
    assert set(found.columns) == {"test_case", "mode"}
    assert found.extra["sampleValues"] == [2, 4]


def test_a_histogram_without_a_sample_is_flagged():
    (found,) = read([{name: value for name, value in HISTOGRAM.items() if name not in ("running", "sampleValues")}])
    assert "average_latency_ms" not in found.columns
    assert found.flags == ("running: the histogram has no sample",)


def test_a_histogram_without_a_name_is_refused():
    with pytest.raises(Rejected, match=r"the histogram has no name or no unit \(/1\)"):
        read([HISTOGRAM, HISTOGRAM | {"name": None}])


def test_a_recording_of_requests_holds_no_results():
    with pytest.raises(NotResults, match="a recording of HTTP requests, no result file"):
        read({"Initial": None, "Version": "0.2", "Converter": {}, "Entries": []})


def test_skia_perf_has_a_result_per_key_and_unit():
    draw, fill, size = read(SKIA)
    assert draw.columns == {
        "test_case": "draw[radius=10]", "mode": "benchmark", "params": {"radius": "10"}, "latency_min_ms": 1.2,
        "latency_p50_ms": 1.5,
    }  # fmt: skip
    assert draw.extra["measurements"] == SKIA["results"][0]["measurements"]
    assert draw.context == {"version": 1, "git_hash": "cd5", "key": {"arch": "x86"}}
    assert (fill.columns["average_latency_ms"], fill.extra["measurement"]) == (2.5, 2500)
    assert (size.columns, size.place) == ({"test_case": "size", "mode": "benchmark"}, "/results/2/measurements/bytes")


def test_skia_perf_without_a_measurement_says_so():
    with pytest.raises(NotResults, match="no measurement is in it"):
        read(SKIA | {"results": []})


@pytest.mark.parametrize(
    "other",
    [
        [],
        {},
        [{"name": "x", "unit": "ms", "value": 3}],
        SHARED,
        [{"type": "a"}],
        {"git_hash": "x", "results": {}, "key": {}},
    ],
)
def test_other_documents_are_not_taken(other):
    assert not any(importer.recognises(document(other)) for importer in IMPORTERS)


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the samples are not here")
def test_real_histograms_are_imported_number_by_number():
    stated = [one for one in json.loads((FORMATS / "valid_histograms.json").read_text()) if "unit" in one]
    found = read(json.loads((FORMATS / "valid_histograms.json").read_text()))
    assert len(found) == len(stated) == 25
    for finding, histogram in zip(found, stated, strict=True):
        assert finding.columns["test_case"] == f"xr.webxr.static/{histogram['name']}"
        mean = histogram["running"][3] if histogram["unit"].startswith("ms_") and "running" in histogram else None
        assert finding.columns.get("average_latency_ms") == mean
        assert finding.extra == histogram


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the samples are not here")
def test_the_real_recording_holds_no_results():
    with pytest.raises(NotResults):
        read(json.loads((FORMATS / "LoadPerfResults_ValidFullResults.json").read_text()))
