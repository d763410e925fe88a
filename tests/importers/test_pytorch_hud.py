"""PyTorch's benchmark records, version 3: a metric is a result, a column only if it says its unit."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.pytorch_hud import IMPORTERS

FORMATS = Path(__file__).parents[2].parent / "shared/formats/pytorch-hud-v3"
(IMPORTER,) = IMPORTERS


def document(content):
    text = content if isinstance(content, str) else json.dumps(content)
    return Document(path="x", file=Path("x"), head=b"", raw=text.encode())


def read(content):
    found = document(content)
    assert IMPORTER.recognises(found)
    return list(IMPORTER.read(found))


def record(metric, *values, **others):
    return {
        "benchmark": {"name": "ExecuTorch", "mode": "inference", "dtype": "bfloat16"},
        "model": {"name": "edsr", "backend": "xnnpack"},
        "metric": {"name": metric, "benchmark_values": list(values)},
    } | others


def test_a_record_is_a_result_and_stays_whole():
    gpu = {"timestamp": 1721799000, "runners": [{"name": "r", "gpu_info": "NVIDIA A100"}]}
    told = record("avg_inference_latency(ms)", 2, 4, **gpu)
    (found,) = read([told])
    assert found.columns == {
        "test_case": "ExecuTorch.edsr.avg_inference_latency(ms)", "mode": "inference", "runtime": "xnnpack",
        "precision": "bf16", "rounds": 2, "average_latency_ms": 3.0, "latency_min_ms": 2.0, "latency_p50_ms": 3.0,
        "latency_max_ms": 4.0, "latency_std_ms": pytest.approx(2**0.5), "samples_ms": [2.0, 4.0],
    }  # fmt: skip
    assert (found.model, found.hardware, found.device) == ("edsr", "cuda", "NVIDIA A100")
    assert (found.extra, found.time.at) == (told, "2024-07-24 05:30:00.000000")


@pytest.mark.parametrize(
    ("metric", "value", "columns"),
    [
        ("model_load_time(s)", 2, {"rounds": 1, "load_time_ms": 2000.0}),
        ("peak_inference_mem_usage(mb)", 333.5, {"memory_peak_mb": 333.5}),
        ("token_per_sec", 12.5, {"throughput_items_per_second": 12.5}),
        ("p99_latency(ms)", 9, {}),
        ("latency", 9, {}),
        ("memory_bandwidth(GB/s)", 9, {}),
        ("avg_latency(ms)", None, {}),
    ],
)
def test_only_a_metric_with_a_unit_is_a_column(metric, value, columns):
    (found,) = read(record(metric, value))
    kept = {"test_case", "mode", "runtime", "precision"}
    assert {name: number for name, number in found.columns.items() if name not in kept} == columns


@pytest.mark.parametrize(
    ("device", "hardware"), [("cpu", "cpu"), ("cuda", "cuda"), ("mps", "mps"), ("toaster", None), (None, None)]
)
def test_the_benchmark_may_say_the_device(device, hardware):
    (found,) = read(record("latency(ms)", 1, benchmark={"name": "x", "extra_info": {"device": device}}))
    assert (found.hardware, found.columns["mode"]) == (hardware, "benchmark")


def test_lines_may_hold_records_or_lists_of_them():
    one = record("latency(ms)", 1)
    found = read(f"{json.dumps(one)}\n\n{json.dumps([one, one])}\n")
    assert [(finding.place, finding.nth) for finding in found] == [("line 1", 0), ("line 3/0", 1), ("line 3/1", 2)]


def test_what_can_not_be_read_says_why():
    with pytest.raises(Rejected, match=r"the line is not JSON: Expecting value.* \(line 2\)"):
        read(json.dumps(record("x", 1)) + "\noops\n")
    with pytest.raises(Rejected, match=r"the record has no metric with a name \(/1\)"):
        read([record("x", 1), {"benchmark": {}, "metric": {"benchmark_values": [1]}}])
    with pytest.raises(Rejected, match=r"the entry is no object \(/1\)"):
        read([record("x", 1), 3])
    with pytest.raises(NotResults, match="the definition of a table, without its rows"):
        read("CREATE TABLE benchmark.oss_ci_benchmark_v3 (`name` String)")


@pytest.mark.parametrize(
    "other", [{"benchmark": {}, "metric": {}}, [], "a,b", '"benchmark_values"', ["benchmark_values"]]
)
def test_other_documents_are_not_taken(other):
    assert not IMPORTER.recognises(document(other))


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("path", sorted(FORMATS.rglob("*.json")), ids=lambda path: path.stem)
def test_real_records_are_imported_number_by_number(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    stated = [one for line in lines for one in (line if isinstance(line, list) else [line])]
    found = read(path.read_text())
    assert [finding.extra for finding in found] == stated
    assert [finding.model for finding in found] == [one["model"]["name"] for one in stated]
    for finding, one in zip(found, stated, strict=True):
        peak = one["metric"]["benchmark_values"][0] if "(mb)" in one["metric"]["name"] else None
        assert finding.columns.get("memory_peak_mb") == peak


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the samples are not here")
def test_the_real_schema_holds_no_results():
    with pytest.raises(NotResults):
        read((FORMATS / "schema.sql").read_text())
