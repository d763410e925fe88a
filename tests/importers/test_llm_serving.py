"""Benchmarks of servers: the latency is that of whole requests, the throughput requests per second."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.llm_serving import IMPORTERS
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Outcome, Performance

FORMATS = Path(__file__).parents[2].parent / "shared/formats"
VLLM = {
    "date": "20260213-164200", "backend": "vllm", "model_id": "glm-5", "num_prompts": 160, "request_rate": "inf",
    "max_concurrency": 16, "duration": 294.5, "completed": 160, "total_input_tokens": 2293760,
    "total_output_tokens": 20480, "request_throughput": 0.5, "output_throughput": 69.5, "mean_ttft_ms": 4.0,
    "mean_e2el_ms": 30.0, "median_e2el_ms": 29.0, "p99_e2el_ms": 44.0, "std_e2el_ms": 3.0,
}  # fmt: skip
SUMMARY = {
    "version": "2023-08-31", "name": "llama_550_150_summary", "model": "llama2-70b", "num_concurrent_requests": 5,
    "mean_input_tokens": 550, "results_end_to_end_latency_s_quantiles_p50": 4.5, "results_end_to_end_latency_s_mean": 4.0,
    "results_end_to_end_latency_s_stddev": 0.5, "results_number_errors": 130, "results_num_completed_requests": 20,
    "results_num_completed_requests_per_min": 30.0, "results_ttft_s_mean": 0.9, "timestamp": 1703638336,
}  # fmt: skip
REQUEST = {
    "error_code": None, "error_msg": "", "ttft_s": 0.8, "end_to_end_latency_s": 4.5, "number_output_tokens": 151,
    "number_input_tokens": 550,
}  # fmt: skip


def document(content):
    text = content if isinstance(content, str) else json.dumps(content)
    return Document(path="x", file=Path("x"), head=b"", raw=text.encode())


def read(content):
    found = document(content)
    (importer,) = [importer for importer in IMPORTERS if importer.recognises(found)]
    return list(importer.read(found))


def test_a_run_of_vllm_is_one_result():
    (found,) = read(VLLM)
    params = {"request_rate": "inf", "max_concurrency": 16, "num_prompts": 160, "total_input_tokens": 2293760}
    assert found.columns == {
        "test_case": "serving[request_rate=inf,max_concurrency=16,num_prompts=160,total_input_tokens=2293760]",
        "mode": "inference", "params": params, "rounds": 160, "total_time_seconds": 294.5,
        "throughput_items_per_second": 0.5, "average_latency_ms": 30.0, "latency_p50_ms": 29.0, "latency_p99_ms": 44.0,
        "latency_std_ms": 3.0,
    }  # fmt: skip
    assert (found.model, found.time) == ("glm-5", Moment("2026-02-13 16:42:00.000000", "naive"))
    assert found.extra == {
        "backend": "vllm",
        "total_output_tokens": 20480,
        "output_throughput": 69.5,
        "mean_ttft_ms": 4.0,
    }


def test_a_latency_without_a_unit_in_its_name_is_in_seconds():
    plain = {name.removesuffix("_ms"): value for name, value in VLLM.items()}
    assert read(plain)[0].columns["average_latency_ms"] == 30_000.0


def test_sglang_writes_a_run_a_line_and_its_own_name_for_the_latency():
    sglang = {name: value for name, value in VLLM.items() if "e2el" not in name} | {"mean_e2e_latency_ms": 31.0}
    first, second = read("\n".join([json.dumps(sglang), json.dumps(sglang)]))
    assert (first.columns["average_latency_ms"], first.place, second.place) == (31.0, "line 1", "line 2")
    assert (first.nth, second.nth) == (0, 1)


def test_a_run_without_an_answer_is_a_failed_test_and_no_latency_of_zero():
    for content in (VLLM | {"completed": 0, "mean_e2el_ms": 0.0}, SUMMARY | {"results_num_completed_requests": 0}):
        (found,) = read(content)
        assert found.kind is Outcome
        assert (found.columns["status"], found.columns["error_message"]) == ("fail", "no request was answered")
        assert found.model == content.get("model_id", content.get("model"))


def test_a_summary_of_llmperf_is_one_result():
    (found,) = read(SUMMARY)
    assert found.columns == {
        "test_case": "llmperf[mean_input_tokens=550,num_concurrent_requests=5]", "mode": "inference",
        "params": {"mean_input_tokens": 550, "num_concurrent_requests": 5}, "rounds": 20, "average_latency_ms": 4000.0,
        "latency_p50_ms": 4500.0, "latency_std_ms": 500.0, "throughput_items_per_second": 0.5,
    }  # fmt: skip
    assert (found.model, found.time.kind) == ("llama2-70b", "epoch")
    assert found.extra == {
        "version": "2023-08-31", "name": "llama_550_150_summary", "results_number_errors": 130,
        "results_ttft_s_mean": 0.9,
    }  # fmt: skip


def test_a_request_of_llmperf_is_a_result_and_a_refused_one_a_failed_test():
    refused = REQUEST | {"error_code": 429, "error_msg": "too many", "end_to_end_latency_s": 0}
    answered, failed, again = read([REQUEST, refused, refused])
    assert answered.kind is Performance
    assert answered.columns == {
        "test_case": "llmperf request", "mode": "inference", "sequence_length": 550, "average_latency_ms": 4500.0,
    }  # fmt: skip
    assert answered.extra == {name: value for name, value in REQUEST.items() if name != "end_to_end_latency_s"}
    assert failed.columns == {
        "node_id": "llmperf request", "test_name": "llmperf request", "status": "fail", "error_type": "429",
        "error_message": "too many",
    }  # fmt: skip
    assert (failed.nth, again.nth) == (0, 1)


def test_an_entry_that_is_no_request_is_refused():
    with pytest.raises(Rejected, match=r"the entry is no object \(/1\)"):
        read([REQUEST, "x"])


@pytest.mark.parametrize("other", [{"duration": 3, "completed": 2}, {"model": "x"}, [], [{"ttft_s": 1}], "a,b"])
def test_other_documents_are_not_taken(other):
    assert not any(importer.recognises(document(other)) for importer in IMPORTERS)


def test_an_empty_list_of_requests_says_so():
    with pytest.raises(NotResults, match="no request was made"):
        list(IMPORTERS[2].read(document([])))


samples = pytest.mark.skipif(not FORMATS.is_dir(), reason="the samples are not here")


@samples
@pytest.mark.parametrize("path", sorted((FORMATS / "vllm-serving-json").rglob("*.json")), ids=lambda path: path.stem)
def test_real_runs_are_imported_number_by_number(path):
    stated = json.loads(path.read_text())
    (found,) = read(stated)
    assert found.columns["latency_p50_ms"] == pytest.approx(stated["median_e2el"] * 1000)
    assert found.columns["latency_p99_ms"] == pytest.approx(stated["p99_e2el"] * 1000)
    assert found.columns["throughput_items_per_second"] == stated["request_throughput"]
    assert (found.columns["rounds"], found.model) == (stated["completed"], stated["model_id"])
    assert found.extra["output_throughput"] == stated["output_throughput"]


@samples
@pytest.mark.parametrize("path", sorted((FORMATS / "llmperf/summary").glob("*.json")), ids=lambda path: path.stem)
def test_real_summaries_are_imported_number_by_number(path):
    stated = json.loads(path.read_text())
    (found,) = read(stated)
    for column, name in (("average", "mean"), ("p99", "quantiles_p99"), ("max", "max"), ("std", "stddev")):
        value = found.columns["average_latency_ms" if column == "average" else f"latency_{column}_ms"]
        assert value == pytest.approx(stated[f"results_end_to_end_latency_s_{name}"] * 1000)
    per_minute = stated["results_num_completed_requests_per_min"]
    assert found.columns["throughput_items_per_second"] == pytest.approx(per_minute / 60)
    assert (found.columns["rounds"], found.model) == (stated["results_num_completed_requests"], stated["model"])


@samples
@pytest.mark.parametrize("path", sorted((FORMATS / "llmperf/individual").glob("*.json")), ids=lambda path: path.stem)
def test_real_requests_are_imported_number_by_number(path):
    stated = json.loads(path.read_text())
    found = read(stated)
    assert len(found) == len(stated)
    for finding, request in zip(found, stated, strict=True):
        if request["error_code"] is not None:
            assert finding.columns["error_type"] == str(request["error_code"])
        else:
            assert finding.columns["average_latency_ms"] == pytest.approx(request["end_to_end_latency_s"] * 1000)
