"""Documents of the legacy project: nesting and inheritance, reasons for those without results, hostile ones."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.legacy import IMPORTERS

LEGACY = IMPORTERS[0]
LATENCY = {"latency_ms": 12, "throughput": 80}


def document(raw, name="a.json"):
    return Document(path=name, file=Path(name), head=raw, raw=raw)


def read(value):
    return LEGACY.read(document(json.dumps(value).encode()))


def only(value):
    (found,) = read(value)
    return found


@pytest.mark.parametrize(
    "value",
    [
        {"results": [{"model": "bert-base-uncased", "hardware": "cuda", **LATENCY}]},
        {"results": {"cuda": {"bert-base-uncased": LATENCY}}},
        {"results": {"bert-base-uncased": {"cuda": LATENCY}}},
        {"benchmarks": {"embedding": {"bert-base-uncased": {"cuda": {"benchmark_results": {"batch": LATENCY}}}}}},
        {"model": "bert-base-uncased", "results": {"platforms": {"cuda:0": LATENCY}}},
        {"models": {"bert-base-uncased": {"webgpu_results": {"device": "cuda", **LATENCY}}}},
        {"metadata": {"model_name": "bert-base-uncased", "hardware": "cuda"}, "performance": {"x": LATENCY}},
        [[{"model_name": "bert-base-uncased", "device": "cuda", "metrics": LATENCY}]],
        {"a": {"b": {"c": {"model_name": "bert-base-uncased", "platform": "CUDA", **LATENCY}}}},
    ],
)
def test_a_row_is_found_in_any_nesting(value):
    found = only(value)
    assert (found.model, found.hardware) == ("bert-base-uncased", "cuda")
    assert found.columns["average_latency_ms"] == 12.0


@pytest.mark.parametrize(
    ("key", "columns"),
    [
        ("batch_4_seq_32", {"batch_size": 4, "sequence_length": 32, "test_case": "seq_32"}),
        ("batch_8", {"batch_size": 8, "test_case": "inference"}),
        ("batch_1_img_224x224", {"batch_size": 1, "test_case": "img_224x224"}),
        ("fp16", {"precision": "fp16"}),
    ],
)
def test_settings_may_stand_in_a_key(key, columns):
    assert columns.items() <= only({"results": {key: LATENCY}}).columns.items()


def test_a_batch_size_as_key_and_a_key_that_is_none():
    good, bad = read({"batch_results": {"16": LATENCY, "one": LATENCY}})
    assert good.columns["batch_size"] == 16
    assert "batch_size" not in bad.columns
    assert bad.flags == ("batch_results: 'one' is no batch size",)


def test_a_row_beats_the_place_where_it_stands():
    found = only(
        {"functionality": {"cuda": {"detailed_results": [{"model": "t5", "hardware": "cpu", "success": True}]}}}
    )
    assert found.hardware == "cpu"


def test_settings_of_the_run_hold_for_its_rows():
    value = {"config": {"precision": "fp16", "iterations": 100}, "results": [{**LATENCY, "iterations": 50}]}
    assert {"precision": "fp16", "iterations": 50}.items() <= only(value).columns.items()


def test_the_time_to_load_a_model_holds_for_all_its_cells():
    value = {"cpu": {"model_load_time": 2.5, "benchmark_results": {"batch_1": LATENCY, "batch_2": LATENCY}}}
    assert [one.columns["load_time_ms"] for one in read(value)] == [2500.0, 2500.0]


def test_the_only_device_of_a_machine_is_that_of_its_rows():
    value = {"system_info": {"cuda_devices": [{"name": "Quadro P4000"}]}, "results": {"cuda": LATENCY, "cpu": LATENCY}}
    assert {one.hardware: one.device for one in read(value)} == {"cuda": "Quadro P4000", "cpu": None}


def test_the_innermost_time_counts():
    value = {
        "timestamp": "20250306_100000",
        "results": {"timestamp": "2025-03-06T11:00:00", "cpu": {**LATENCY, "timestamp": 1741262400}},
    }
    assert only(value).time.at == "2025-03-06 12:00:00.000000"
    del value["results"]["cpu"]["timestamp"]
    assert only(value).time.at == "2025-03-06 11:00:00.000000"


def test_a_time_that_can_t_be_read_is_kept_as_written():
    found = only([{**LATENCY, "timestamp": "yesterday"}])
    assert found.time is None
    assert found.extra == {"timestamp": "yesterday"}
    assert found.flags == ("timestamp: 'yesterday' is no time",)


def test_what_describes_the_run_is_context_and_no_part_of_the_result():
    value = {"system_info": {"os": "Linux"}, "command": "run.py", "stats": {"total": 1}, "results": [LATENCY]}
    found = only(value)
    assert found.context == {"system_info": {"os": "Linux"}, "command": "run.py"}
    assert found.extra == {}


def test_notes_that_were_added_later_are_no_part_of_the_result():
    row = {"model": "bert", "hardware": "openvino", **LATENCY}
    marked = only({**row, "simulated_hardware": ["openvino"], "warnings": [{"type": "simulation"}]})
    plain = only(row)
    assert (marked.simulated, plain.simulated) == (True, None)
    assert (marked.extra, marked.columns) == (plain.extra, plain.columns)


def test_junk_in_a_list_of_rows_is_reported_with_its_index():
    found = read([LATENCY, None, 5, [], [LATENCY]])
    assert [one.place for one in found] == ["/0", "/4/0"]
    assert found[0].flags == ("element 1 is no object: None", "element 2 is no object: 5", "element 3 is no object: []")


@pytest.mark.parametrize(
    ("key", "model"),
    [
        ("bert", "bert"),
        ("openai/whisper-tiny", "openai/whisper-tiny"),
        ("llava_next", "llava_next"),
        ("bert_inference", None),
        ("skills/test_hf_bert.py", None),
        ("optimized", None),
    ],
)
def test_a_key_that_looks_like_a_model_is_one_where_no_model_is_named(key, model):
    assert only({"results": {key: LATENCY}}).model == model
    assert only({"model": "t5", "results": {key: LATENCY}}).model == "t5"


@pytest.mark.parametrize(("stated", "precision"), [({"precision": "FP16"}, "fp16"), ({"dtype": "torch.float32"}, "fp32"),
                                                   ({"precision": "mixed"}, "mixed"), ({"quantization": "dynamic"}, None)])  # fmt: skip
def test_a_precision_in_our_words(stated, precision):
    assert only([{**LATENCY, **stated}]).columns.get("precision") == precision


def test_keys_of_any_length_are_read_quickly():
    key = "bert" + "-1" * 500_000
    assert only({"results": {key: LATENCY, "_results" * 100_000: {"x" * 1_000_000: 1}}}).kind is not None


def test_a_place_is_a_json_pointer():
    assert only({"results": {"openai/whisper-tiny": {"a~b": LATENCY}}}).place == "/results/openai~1whisper-tiny/a~0b"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({}, "an empty object"),
        ([], "an empty list"),
        ([None, 5], "not a result file we know (a list without results)"),
        ({"hello": "world"}, "not a result file we know (top-level keys: 'hello')"),
        (dict.fromkeys("abcdefgh", 1), "not a result file we know (top-level keys: 'a', 'b', 'c', 'd', 'e', 'f', ...)"),
        (
            {"batch_sizes": [1], "model_families": {"vision": ["vit"]}},
            "a configuration of benchmarks: what to run, and no result",
        ),
        (
            {"models": {"bert": {"name": "b"}}, "available_hardware": {"cpu": True}},
            "a configuration of a suite: what to run, and no result",
        ),
        ({"browsers": {"chrome": {"path": "x"}}, "test_files": {}}, "a configuration of browsers"),
        (
            {
                "model_families": {"x": {"hardware_results": {"cpu": {"latency_ms": [1.0]}}}},
                "performance_comparison": {},
            },
            "a summary of another file: means over its rows, no row of its own",
        ),
        ({"files_fixed": 1, "files_details": [{"model_name": "clap"}]}, "a report of changes to source files"),
        ({"files_analyzed": [{"model_name": "bert", "issues": 7}]}, "an analysis of source files"),
        ([{"model": "bert", "original_file": "a.py", "fixed_file": "b.py"}], "a list of changed source files"),
        (
            [{"name": "x", "exists": True, "requires_token": True, "error": "401"}],
            "an inventory of models on a hub: which of them can be had",
        ),
        (
            {"platform_coverage": {"cpu": 0.0}, "total_models": 13},
            "an inventory of sources: which tests cover which platform",
        ),
        ({"known_models": ["gemma2"], "summary": {"count": 1}}, "an inventory of models"),
        ({"vit": '"""\nimport os\n' + "x" * 500}, "templates: source texts of generators"),
        (
            {"schema": "goal-benchmark@1", "results": [LATENCY]},
            "a document of another program (schema: goal-benchmark@1)",
        ),
        (
            {"temperature_results": {}, "system_prompt_results": {}, "stream": {"success": True}},
            "an exploration of an API: texts, and no result",
        ),
        ({"timestamp": "20250301_000000", "skill_tests": {}}, "nothing was recorded: no entry in 'skill_tests'"),
    ],
)
def test_why_a_document_holds_no_result(value, reason):
    with pytest.raises(NotResults) as told:
        read(value)
    assert str(told.value) == reason


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"model_id,latency_ms\r\n", "a table without rows"),
        (b"name,age\r\nx,1\r\n", "not a table of results that we know (columns: name, age)"),
        (b'{"a": 1}\n{"b": 2}\n', "lines of JSON without results that we know"),
    ],
)
def test_why_a_table_or_lines_hold_no_result(raw, reason):
    with pytest.raises(NotResults) as told:
        LEGACY.read(document(raw))
    assert str(told.value) == reason


@pytest.mark.parametrize("depth", [61, 900])
def test_a_document_that_is_nested_too_deep_is_rejected(depth):
    with pytest.raises(Rejected, match="nested too deep"):
        LEGACY.read(document(b'{"a":' * depth + b"1" + b"}" * depth))


def test_lines_of_json_are_rows():
    raw = b'{"model": "bert", "latency_ms": 1}\n{"model": "bert", "latency_ms": 1}\n'
    found = LEGACY.read(document(raw))
    assert [(one.place, one.nth) for one in found] == [("line 1", 0), ("line 2", 1)]


@pytest.mark.parametrize("delimiter", [b",", b";", b"\t"])
def test_a_table_of_numbers(delimiter):
    raw = b"model_id,average_latency_ms,metrics\n1,55.25,{}\n1,,{}\n".replace(b",", delimiter)
    (found,) = LEGACY.read(document(raw, "a.csv"))
    assert found.columns["average_latency_ms"] == 55.25
    assert found.extra == {"model_id": "1", "metrics": "{}"}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [(b"{}", True), (b"[1]", True), (b"a,b\n1,2\n", True), (b'{"a": ', False), (b"42", False), (b"", False)],
)
def test_whatever_is_json_or_a_table_is_looked_into(raw, expected):
    assert LEGACY.recognises(document(raw)) is expected


def test_it_is_asked_last():
    assert LEGACY.precedence == 99


JUNK = (None, True, 0, -1, 1.5, "", "x", "cuda", [], {}, [None], {"a": 1}, [[1]], "\udfff", 2**70)


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_junk_in_any_field_raises_nothing(junk):
    row = {"model_name": "m", "hardware": "cpu", "device": "d", "latency_ms": 1, "batch_size": 2, "status": "success",
           "success": True, "error": "e", "timestamp": "20250301_000000", "metrics": {"throughput": 1}, "compatible": True,
           "latencies": [1], "results": [], "metadata": {}, "simulated_hardware": [], "is_simulated": True}  # fmt: skip
    for name in row:
        for value in ({**row, name: junk}, {"results": {"cpu": {**row, name: junk}}}):
            try:
                found = LEGACY.read(document(json.dumps(value).encode()))
            except NotResults:
                continue
            assert all(one.columns for one in found)
