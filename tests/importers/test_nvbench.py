"""NVBench: a state is one measurement, on one GPU, at one point of its benchmark's axes."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.nvbench import IMPORTERS
from pytest_ipfs_bench.records import Outcome, Performance

SAMPLE = Path(__file__).parents[2].parent / "shared/formats/nvbench/test_ref.json"
GPU = {"id": 1, "name": "Quadro GV100", "number_of_sms": 80, "global_memory_size": 34_086_060_032}
AXES = [{"name": "Size", "type": "int64", "value": "64"}, {"name": "T", "type": "string", "value": "U8"}]
(IMPORTER,) = IMPORTERS


def document(content):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Document(path="x", file=Path("x"), head=raw[:4096], raw=raw)


def summary(tag, value):
    return {"tag": tag, "name": tag, "data": [{"name": "value", "type": "float64", "value": value}]}


def read(*states, **benchmark):
    benchmarks = [{"name": "copy", "axes": [], "states": list(states)} | benchmark]
    found = document({"meta": {"argv": ["x"]}, "devices": [GPU], "benchmarks": benchmarks})
    assert IMPORTER.recognises(found)
    return list(IMPORTER.read(found))


def test_times_of_the_gpu_are_the_latency_and_axes_the_parameters():
    state = {
        "device": 1, "axis_values": AXES, "is_skipped": False,
        "summaries": [
            summary("nv/cold/sample_size", "499"), summary("nv/cold/time/gpu/mean", "0.002"),
            summary("nv/cold/time/cpu/mean", "0.003"), summary("nv/cold/time/gpu/min", 0.001),
            summary("nv/cold/time/gpu/stdev/absolute", "0.0005"), summary("nv/cold/bw/item_rate", "1e9"),
            summary("nv/batch/time/gpu/mean", "0.0015"),
        ],
    }  # fmt: skip
    (found,) = read(state)
    assert found.kind is Performance
    assert found.columns == {
        "test_case": "copy[Size=64,T=U8]", "mode": "benchmark", "device_index": 1, "params": {"Size": 64, "T": "U8"},
        "rounds": 499, "average_latency_ms": 2.0, "latency_min_ms": 1.0, "latency_std_ms": 0.5,
        "throughput_items_per_second": 1e9,
    }  # fmt: skip
    assert (found.hardware, found.device) == ("cuda", "Quadro GV100")
    assert found.hardware_details == {"vendor": "NVIDIA", "memory_gb": 34.086060032, "compute_units": 80}
    assert found.extra == state
    assert found.context == {"meta": {"argv": ["x"]}, "devices": [GPU], "benchmarks": [{"name": "copy", "axes": []}]}


def test_a_benchmark_of_the_host_names_no_gpu():
    (found,) = read({"device": None, "axis_values": None, "summaries": [summary("nv/cpu_only/time/cpu/mean", "0.5")]})
    assert found.columns == {"test_case": "copy", "mode": "benchmark", "average_latency_ms": 500.0}
    assert (found.hardware, found.device, found.hardware_details) == (None, None, {})


def test_a_skipped_state_is_a_skipped_test():
    (found,) = read(
        {"device": 1, "axis_values": AXES, "summaries": None, "is_skipped": True, "skip_reason": "same type"}
    )
    assert found.kind is Outcome
    name = "copy[Size=64,T=U8]"
    assert found.columns == {"node_id": name, "test_name": name, "status": "skip", "error_message": "same type"}
    assert found.device == "Quadro GV100"


def test_a_number_that_is_none_is_flagged():
    (found,) = read({"device": 1, "summaries": [summary("nv/cold/time/gpu/mean", "nan")]})
    assert found.flags == ("nv/cold/time/gpu/mean: 'nan' is no number",)


def test_what_can_not_be_read_says_why():
    with pytest.raises(NotResults, match="no state was run"):
        read()
    with pytest.raises(Rejected, match=r"the benchmark has no name \(/benchmarks/0\)"):
        read({"device": 1}, name=None)
    with pytest.raises(Rejected, match=r"the entry is no object \(/benchmarks/0/states/0\)"):
        read(3)


def test_other_documents_are_not_taken():
    for other in ({"devices": [], "benchmarks": [{"name": "x"}]}, {"benchmarks": []}, [], b"text"):
        assert not IMPORTER.recognises(document(other))


@pytest.mark.skipif(not SAMPLE.is_file(), reason="the sample is not here")
def test_the_real_file_is_imported_number_by_number():
    root = json.loads(SAMPLE.read_text())
    names = {device["id"]: device["name"] for device in root["devices"]}
    found = list(IMPORTER.read(document(SAMPLE.read_bytes())))
    states = [(benchmark["name"], state) for benchmark in root["benchmarks"] for state in benchmark["states"]]
    assert len(found) == len(states) == 63
    for finding, (name, state) in zip(found, states, strict=True):
        assert finding.device == names[state["device"]]
        if state["is_skipped"]:
            assert finding.columns["error_message"] == state["skip_reason"]
            continue
        stated = {one["tag"]: float(one["data"][0]["value"]) for one in state["summaries"]}
        assert finding.columns["test_case"].startswith(name)
        assert finding.columns["average_latency_ms"] == pytest.approx(stated["nv/cold/time/gpu/mean"] * 1e3)
        assert finding.columns["rounds"] == stated["nv/cold/sample_size"]
        assert finding.columns.get("throughput_items_per_second") == stated.get("nv/cold/bw/item_rate")
        axes = {axis["name"]: axis["value"] for axis in state["axis_values"] or []}
        assert set(finding.columns.get("params", {})) == set(axes)
