"""Outcomes and compatibility in the legacy project's files: steps, rows, failed cells, matrices."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.legacy import IMPORTERS
from pytest_ipfs_bench.records import Compatibility, Outcome, Performance


def read(document):
    raw = json.dumps(document).encode()
    return IMPORTERS[0].read(Document(path="a.json", file=Path("a.json"), head=raw, raw=raw))


def only(document):
    (found,) = read(document)
    return found


def statuses(document):
    return {one.columns["test_name"]: one.columns["status"] for one in read(document)}


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Success", "pass"),
        ("Success (REAL)", "pass"),
        ("Success - Found models", "pass"),
        ("Success but unexpected format", "pass"),
        ("Success (MOCK) - SNPE SDK not installed", "pass"),
        ("Valid (MOCK)", "pass"),
        ("\u2705 Success", "pass"),
        ("Failed Qualcomm initialization", "fail"),
        ("Error: list index out of range", "error"),
        ("Error in Qualcomm Whisper handler: no", "error"),
        ("Handler error: attribute 'device'", "error"),
        ("[Errno 32] Broken pipe", "error"),
        ("CUDA not available", "skip"),
        ("OpenVINO not installed", "skip"),
        ("Not implemented", "skip"),
        ("Method not implemented", "skip"),
        ("Skipped due to failed initialization", "skip"),
    ],
)
def test_a_step_s_text_is_its_outcome(text, status):
    found = only({"cuda_handler": text})
    assert found.kind is Outcome
    assert (found.columns["test_name"], found.columns["status"]) == ("cuda_handler", status)
    assert found.hardware == "cuda"
    assert found.columns.get("error_message") == (None if status == "pass" else text)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("cpu_sample_text", "Failed to properly tokenize input"),
        ("cpu_handler_type", "Success"),
        ("audio_format", "Valid"),
        ("cpu_output", "Once upon a time"),
        ("cpu_init_status", "Partial components initialized"),
        ("stderr", "hardware detection not available"),
    ],
)
def test_what_a_model_says_is_no_outcome(key, text):
    assert statuses({"init": "Success", key: text}) == {"init": "pass"}


def test_any_text_under_an_error_key_is_an_error():
    assert statuses({"test_error": "no module", "cuda_tests": "'transformers'"}) == {
        "test_error": "error",
        "cuda_tests": "error",
    }


def test_a_status_may_hold_the_steps():
    document = {
        "status": {"init": "Success", "apple_tests": "Apple Silicon not available", "cpu_type": "Tensor"},
        "metadata": {"model_name": "bert", "test_timestamp": "2025-02-28T01:09:04.487660", "cpu_init": "Success"},
    }
    found = read(document)
    assert [(one.columns["test_name"], one.hardware) for one in found] == [("init", None), ("apple_tests", "mps")]
    assert {one.model for one in found} == {"bert"}
    assert found[0].time.at == "2025-02-28 01:09:04.487660"


def test_what_stands_beside_steps_is_kept_with_one_of_their_hardware():
    first, second = read({"init": "Success", "cpu_init": "Success", "cpu_shape": [1, 768], "note": "x"})
    assert first.context == {"note": "x"}
    assert second.context == {"cpu_shape": [1, 768]}


def test_platforms_that_are_real_or_mocked():
    document = {"json_result": {"status": {"cpu": "REAL", "cuda": "MOCK", "openvino": "UNKNOWN"}}}
    assert statuses(document) == {"cpu": "pass", "cuda": "pass", "openvino": "unknown"}
    assert [one.simulated for one in read(document)] == [None, True, None]


def test_a_set_of_modules_some_of_which_are_errors():
    document = {"test_hf_bert": {"init": "Success", "cpu_init": "Success"}, "test_hf_t5": "'transformers'"}
    found = {one.columns["node_id"]: one.columns["status"] for one in read(document)}
    assert found == {"test_hf_bert::init": "pass", "test_hf_bert::cpu_init": "pass", "test_hf_t5": "error"}


def test_a_test_s_row():
    found = only(
        {
            "test_name": "ipfs_add",
            "status": "success",
            "timestamp": "2025-03-06T18:41:32",
            "execution_time": 1.2,
            "cid": "QmX",
            "add_time": 0.5,
            "config": {"a": 1},
        }
    )
    assert found.kind is Outcome
    assert found.columns == {
        "test_name": "ipfs_add",
        "node_id": "ipfs_add",
        "status": "pass",
        "execution_time_seconds": 1.2,
    }
    assert found.extra == {"status": "success", "cid": "QmX", "add_time": 0.5, "config": {"a": 1}}
    assert found.time.at == "2025-03-06 18:41:32.000000"


@pytest.mark.parametrize(
    "document",
    [
        {"test_name": "a", "status": "pass"},
        [{"test_name": "a", "status": "pass"}],
        {"results": [{"test_name": "a", "status": "pass"}]},
        {"tests": {"a": {"status": "pass"}}},
        {"integration_tests": {"group": {"a": {"status": "success", "execution_time": 1}}}},
        {"outer": {"a": {"exit_code": 0}}},
    ],
)
def test_a_test_in_any_nesting(document):
    assert statuses(document) == {"a": "pass"}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"success": True}, "pass"),
        ({"success": False}, "fail"),
        ({"success": False, "error": "boom"}, "error"),
        ({"return_code": 1}, "fail"),
        ({"status": "Timeout"}, "error"),
        ({"status": "INCOMPLETE"}, "fail"),
        ({"status": "skipped", "success": False}, "skip"),
        ({"error": "boom"}, "error"),
        ({"pipeline_success": True, "pipeline_error_type": "none"}, "pass"),
        ({"pipeline_test": "Missing dependencies: tokenizers"}, "skip"),
    ],
)
def test_how_a_row_tells_its_outcome(fields, status):
    assert only({"results": {"bert": {"model": "bert", **fields}}}).columns["status"] == status


def test_of_contradicting_statements_the_worse_counts_and_both_are_told():
    found = only({"results": {"a": {"success": True, "return_code": 1, "stderr": "SyntaxError"}}})
    assert found.columns["status"] == "fail"
    assert found.columns["error_message"] == "SyntaxError"
    assert found.flags == ("contradiction: success says pass, return_code says fail",)
    assert found.extra["success"] is True


def test_an_error_beside_a_success_makes_no_failure():
    found = only({"skill_tests": {"a.py": {"return_code": 0, "elapsed_time": 8.4, "json_parse_error": "line 1"}}})
    assert found.columns["status"] == "pass"
    assert found.extra["json_parse_error"] == "line 1"
    assert found.columns["execution_time_seconds"] == 8.4


def test_a_script_and_what_it_ran():
    script = {
        "test_file": "test_hf_t5.py",
        "return_code": 0,
        "json_result": {"init": "Success", "cpu_init": "Success (MOCK)"},
    }
    found = read({"skill_tests": {"test_hf_t5.py": script}})
    assert [one.columns["node_id"] for one in found] == [
        "test_hf_t5.py",
        "test_hf_t5.py::init",
        "test_hf_t5.py::cpu_init",
    ]
    assert [one.simulated for one in found] == [None, None, True]
    assert "json_result" not in found[0].extra


def test_an_outer_success_does_not_hide_an_inner_failure():
    document = {
        "model": "m",
        "hardware": "cpu",
        "success": True,
        "batch_results": {"1": {"success": False, "error": "boom"}},
    }
    found = only(document)
    assert (found.columns["test_name"], found.columns["status"], found.columns["error_message"]) == (
        "batch_1",
        "error",
        "boom",
    )


def test_a_completed_run_of_failed_cells_gives_the_cells():
    cells = {
        "batch_1_audio_5s": {"status": "failed", "error": "Warmup failed"},
        "batch_1_audio_10s": {"status": "completed", "avg_latency": 2.0},
    }
    document = {"benchmarks": {"audio": {"whisper": {"cpu": {"status": "completed", "benchmark_results": cells}}}}}
    failed, measured = read(document)
    assert (failed.kind, failed.columns["test_name"], failed.model) == (Outcome, "batch_1_audio_5s", "whisper")
    assert (measured.kind, measured.columns["test_case"]) == (Performance, "audio:audio_10s")


def test_lists_whose_name_says_how_all_in_them_ended():
    document = {
        "completed_benchmarks": [{"model_type": "bert", "hardware_type": "cpu"}],
        "failed_benchmarks": [{"model_type": "t5", "hardware_type": "cuda", "error": "exit code 2"}],
        "skipped_benchmarks": [{"model_type": "vit", "hardware_type": "mps"}],
        "summary": {"total": 3, "completed": 1},
    }
    assert statuses(document) == {"bert": "pass", "t5": "error", "vit": "skip"}


def test_numbers_of_a_named_test_are_told_as_well():
    kinds = [one.kind for one in read({"tests": {"cpu": {"status": "Success (REAL)", "inference_time": 1.25}}})]
    assert kinds == [Performance, Outcome]


@pytest.mark.parametrize("place", ["metrics", "results", "performance_metrics"])
def test_numbers_inside_a_named_test_are_told_once(place):
    found = read({"test_name": "perf_bert", "status": "pass", place: {"latency_ms": 3}})
    assert [one.kind for one in found] == [Performance, Outcome]
    assert place not in found[1].extra


def test_a_status_of_more_than_a_word_is_the_message():
    found = only({"tests": {"cuda": {"status": "Failed: no kernel image"}}})
    assert found.columns["error_message"] == "Failed: no kernel image"


def test_a_map_that_repeats_a_list_is_no_further_result():
    document = {
        "model_results": {"bert": {"cpu": False}},
        "detailed_results": [{"model": "bert", "hardware": "cpu", "success": False}],
    }
    found = only(document)
    assert (found.kind, found.columns["node_id"]) == (Outcome, "functionality::bert")


def test_a_row_of_a_table_that_came_to_no_numbers_is_a_failed_benchmark():
    raw = (
        b"model_id,hardware,batch_size,sequence_length,timestamp,error\r\nbert,cpu,1,16,2025-03-23T14:23:59,no 'np'\r\n"
    )
    found = IMPORTERS[0].read(Document(path="a.csv", file=Path("a.csv"), head=raw, raw=raw))[0]
    assert (found.columns["test_name"], found.columns["error_message"], found.place) == (
        "benchmark",
        "no 'np'",
        "line 2",
    )


@pytest.mark.parametrize(
    "document",
    [
        {"success": True, "data": {"items": []}},
        {"tasks": [{"title": "write", "status": "completed"}]},
        {"components": [{"name": "WebNN backend", "status": "completed"}, {"name": "docs", "status": "failed"}]},
        {"summary": {"passed": 4, "failed": 1}},
        {"jobs": [{"status": "running", "model": "bert"}]},
        {"error": "Not found", "status": 404},
    ],
)
def test_a_status_of_something_else_is_no_outcome(document):
    with pytest.raises(NotResults):
        read(document)


def cell(compatible, rating=None, results=()):
    return {"compatible": compatible, "performance_rating": rating, "benchmark_results": list(results)}


def matrix(**cells):
    return {"timestamp": "20250302_201142", "model_families": {"embedding": {"hardware_compatibility": cells}}}


def test_a_cell_of_a_matrix_is_about_a_family():
    found = only(matrix(cuda={"compatible": False, "error": "no driver"}))
    assert found.kind is Compatibility
    assert found.columns == {"status": "incompatible", "is_compatible": False, "error_message": "no driver"}
    assert (found.model, found.model_family, found.hardware) == ("embedding", "embedding", "cuda")
    assert found.extra == {"model_level": "family"}
    assert found.time.at == "2025-03-02 20:11:42.000000"


def test_the_default_of_a_cell_that_was_never_measured_is_unknown():
    found = only(matrix(cpu=cell(compatible=False)))
    assert found.columns == {"status": "unknown"}
    assert found.extra["compatible"] is False


def test_means_in_a_cell_are_no_results_but_say_when():
    results = [{"mean_latency": 1.1, "timestamp": "2025-03-03T05:16:00.537589", "model_name": "bert"}]
    found = only(matrix(cpu=cell(compatible=True, rating="medium", results=results)))
    assert found.columns["is_compatible"] is True
    assert found.time.at == "2025-03-03 05:16:00.537589"


def test_a_model_in_the_place_of_hardware_is_no_hardware():
    found = only(matrix(**{"bert-base-uncased": cell(compatible=False)}))
    assert (found.model, found.hardware) == ("bert-base-uncased", None)


def test_a_row_of_compatibility():
    found = only(
        [
            {
                "model_name": "bert",
                "hardware_type": "webnn",
                "is_compatible": False,
                "error_message": "no",
                "suggested_fix": "do",
            }
        ]
    )
    assert found.columns == {
        "status": "incompatible",
        "is_compatible": False,
        "error_message": "no",
        "suggested_fix": "do",
    }


def test_a_map_of_models_to_hardware():
    document = {"compatibility_matrix": {"bert": {"cpu": True, "cuda": False, "webnn": "untested"}}}
    found = {one.hardware: one.columns["status"] for one in read(document)}
    assert found == {"cpu": "compatible", "cuda": "incompatible", "webnn": "unknown"}


def test_what_hardware_a_machine_has_is_no_compatibility():
    with pytest.raises(NotResults):
        read({"model": "bert", "hardware": {"cpu": True, "cuda": True}, "hardware_info": {"mps": False}})


def test_later_notes_mark_only_the_hardware_they_name():
    document = {
        **matrix(cpu=cell(compatible=False), openvino=cell(compatible=False)),
        "simulated_hardware": ["qnn", "openvino"],
    }
    assert {one.hardware: one.simulated for one in read(document)} == {"cpu": None, "openvino": True}
