"""llama-bench in its five forms: prompt processing is prefill, text generation decode, a batch of its is none of ours."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.llama_bench import IMPORTERS
from pytest_ipfs_bench.importers.times import Moment

FORMATS = Path(__file__).parents[2].parent / "shared/formats/llama-bench"
ROW = {
    "build_commit": "01ec0cc", "cpu_info": "Ryzen", "gpu_info": "Tesla T4", "backends": "CUDA",
    "model_filename": "/home/me/models/qwen2-7b-q4.gguf", "model_type": "qwen2 7B Q4_K - Medium", "n_batch": 2048,
    "n_threads": 8, "n_gpu_layers": 99, "n_prompt": 512, "n_gen": 0, "n_depth": 0, "test_time": "2026-02-06T06:07:29Z",
    "avg_ns": 2_000_000, "stddev_ns": 1_000_000, "avg_ts": 250.5, "stddev_ts": 1.5, "samples_ns": [1_000_000, 3_000_000],
    "samples_ts": [500.0, 170.0],
}  # fmt: skip
NUMBERS = {
    "test_case": "pp512", "mode": "prefill", "params": {"n_prompt": 512, "n_gen": 0, "n_depth": 0},
    "sequence_length": 512, "threads": 8, "average_latency_ms": 2.0, "throughput_items_per_second": 250.5,
}  # fmt: skip
(IMPORTER,) = IMPORTERS


def document(content):
    text = content if isinstance(content, str) else json.dumps(content)
    return Document(path="x", file=Path("x"), head=b"", raw=text.encode())


def read(content):
    found = document(content)
    assert IMPORTER.recognises(found)
    return list(IMPORTER.read(found))


def sql(row):
    flat = {name: value for name, value in row.items() if not isinstance(value, list)}
    values = ", ".join(f"'{value}'" for value in flat.values())
    return f"CREATE TABLE IF NOT EXISTS test (\n  n_batch INTEGER\n);\n\nINSERT INTO test ({', '.join(flat)}) VALUES ({values});\n"


def test_a_test_of_json_has_its_samples_and_every_other_field():
    (found,) = read([ROW])
    samples = {
        "rounds": 2, "latency_min_ms": 1.0, "latency_p50_ms": 2.0, "latency_max_ms": 3.0, "latency_std_ms": 1.0,
        "samples_ms": [1.0, 3.0],
    }  # fmt: skip
    assert found.columns == NUMBERS | samples
    assert (found.model, found.model_family) == ("qwen2-7b-q4", "qwen2")
    assert (found.hardware, found.device) == ("cuda", "Tesla T4")
    assert found.time == Moment("2026-02-06 06:07:29.000000", "utc")
    taken = {"n_prompt", "n_gen", "n_depth", "n_threads", "avg_ns", "stddev_ns", "avg_ts", "samples_ns", "test_time"}
    assert found.extra == {name: value for name, value in ROW.items() if name not in taken}


@pytest.mark.parametrize("form", [json.dumps(ROW) + "\n" + json.dumps(ROW), json.dumps(ROW)], ids=["lines", "one"])
def test_lines_of_json_say_the_same(form):
    found = read(form)
    assert [finding.nth for finding in found] == list(range(form.count("build_commit")))
    assert found[0].columns == read([ROW])[0].columns


def test_csv_and_sql_have_no_samples():
    flat = {name: value for name, value in ROW.items() if not isinstance(value, list)}
    csv = ",".join(flat) + "\n" + ",".join(f'"{value}"' for value in flat.values()) + "\n"
    for form in (csv, sql(ROW)):
        (found,) = read(form)
        assert found.columns == NUMBERS | {"latency_std_ms": 1.0}
        assert (found.model, found.hardware, found.extra["n_batch"]) == ("qwen2-7b-q4", "cuda", "2048")


def test_sql_is_parsed_and_never_executed():
    row = ROW | {"model_type": "it''s; DROP TABLE test; --"}
    assert read(sql(row))[0].extra["model_type"] == "it's; DROP TABLE test; --"


def test_markdown_has_tokens_per_second_alone():
    table = (
        "ggml_cuda_init: found 1 CUDA devices:\n"
        "| model          |       size | backend    | ngl | threads |          test |             t/s |\n"
        "| -------------- | ---------: | ---------- | --: | ------: | ------------: | --------------: |\n"
        "| llama 7B Q4_0  |   3.56 GiB | CUDA       |  99 |       8 |  tg128 @ d512 |   131.42 ± 0.59 |\n"
        "| llama 7B Q4_0  |   3.56 GiB | CPU        |   0 |       8 |        pp 512 |         6.17    |\n"
        "\nbuild: 01ec0cc (7951)\n"
    )
    first, second = read(table)
    assert first.columns == {
        "test_case": "tg128 @ d512", "mode": "decode", "params": {"n_prompt": 0, "n_gen": 128, "n_depth": 512},
        "threads": 8, "throughput_items_per_second": 131.42,
    }  # fmt: skip
    assert (first.model, first.hardware, first.extra["stddev_ts"], first.extra["size"]) == (
        "llama 7B Q4_0", "cuda", "0.59", "3.56 GiB",
    )  # fmt: skip
    assert (second.columns["test_case"], second.hardware, second.place) == ("pp512", "cpu", "line 5")


@pytest.mark.parametrize(
    ("prompt", "generated", "depth", "name", "mode"),
    [
        (512, 0, 0, "pp512", "prefill"),
        (0, 128, 2048, "tg128 @ d2048", "decode"),
        (512, 128, 0, "pp512+tg128", "inference"),
        (None, None, None, "llama-bench", "inference"),
    ],
)
def test_what_was_processed_is_the_mode_and_the_name(prompt, generated, depth, name, mode):
    (found,) = read([ROW | {"n_prompt": prompt, "n_gen": generated, "n_depth": depth}])
    assert (found.columns["test_case"], found.columns["mode"]) == (name, mode)


@pytest.mark.parametrize(
    ("fields", "hardware", "device"),
    [
        ({"backends": "CPU"}, "cpu", "Ryzen"),
        ({"backends": "BLAS"}, "cpu", "Ryzen"),
        ({"backends": "MTL,BLAS"}, "metal", "Tesla T4"),
        ({"backends": "Vulkan RADV", "gpu_info": "AMD Radeon"}, "vulkan", "AMD Radeon"),
        ({"backends": "CUDA", "gpu_info": "AMD Radeon RX 7900"}, "rocm", "AMD Radeon RX 7900"),
        ({"backends": "XYZ,BLAS"}, None, None),
        ({"backends": "", "cuda": "1", "gpu_blas": "1"}, "cuda", "Tesla T4"),
        ({"backends": None, "cuda": False, "gpu_blas": False}, "cpu", "Ryzen"),
        ({"backends": None}, None, None),
    ],
)
def test_the_backend_is_the_hardware(fields, hardware, device):
    (found,) = read([ROW | fields])
    assert (found.hardware, found.device) == (hardware, device)


def test_without_a_layer_on_the_gpu_nothing_is_labelled_cuda():
    (found,) = read([ROW | {"n_gpu_layers": 0}])
    assert (found.hardware, found.device) == (None, None)
    assert found.flags == ("n_gpu_layers: no layer was on the GPU, so this is not labelled cuda",)


def test_the_deviation_of_one_repetition_is_unknown():
    (found,) = read([ROW | {"samples_ns": [2_000_000], "stddev_ns": 0}])
    assert "latency_std_ms" not in found.columns
    assert found.columns["rounds"] == 1


def test_a_model_without_a_file_is_its_description():
    assert read([ROW | {"model_filename": ""}])[0].model == "qwen2 7B Q4_K - Medium"
    assert read([ROW | {"model_filename": r"C:\models\a.gguf"}])[0].model == "a"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("INSERT INTO test (avg_ts, n_gen) VALUES ('1');", r"the INSERT names 2 columns and has 1 values \(line 1\)"),
        (
            "INSERT INTO test (avg_ts) VALUES (1 + 1);",
            r"a value of the INSERT is neither a number nor quoted text \(line 1\)",
        ),
        ("INSERT INTO test SELECT avg_ts;\nINSERT INTO test (", r"the INSERT is not one of llama-bench's \(line 1\)"),
        ("| model | backend | test | t/s |\n| a | b |\n", r"the row has 2 cells, the header 4 \(line 2\)"),
        (
            "| model | backend | test | t/s |\n| a | CPU | zz | 3 |\n",
            r"'zz' is not what llama-bench writes there \(line 2\)",
        ),
        (
            "| model | backend | test | t/s |\n| a | CPU | pp1 | x |\n",
            r"'x' is not what llama-bench writes there \(line 2\)",
        ),
        ("| model | backend | test | t/s |\n| --- | --- | --- | --- |\n", "llama-bench ran no test"),
    ],
)
def test_what_can_not_be_read_says_why(text, reason):
    with pytest.raises((Rejected, NotResults), match=reason):
        read(text)


@pytest.mark.parametrize(
    "other",
    ["# Notes\n| model | backend | test | t/s |\n", "a,b\n1,2\n", [{"n_gen": 1}], [], {}, "INSERT INTO test (a)"],
)
def test_other_documents_are_not_taken(other):
    assert not IMPORTER.recognises(document(other))


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("path", sorted(FORMATS.rglob("*.json")), ids=lambda path: path.parent.name)
def test_real_files_are_imported_number_by_number(path):
    rows = json.loads(path.read_text())
    found = read(rows)
    assert len(found) == len(rows) == 84
    for finding, row in zip(found, rows, strict=True):
        assert finding.columns["average_latency_ms"] == pytest.approx(row["avg_ns"] / 1e6)
        assert finding.columns["latency_std_ms"] == pytest.approx(row["stddev_ns"] / 1e6)
        assert finding.columns["samples_ms"] == pytest.approx([sample / 1e6 for sample in row["samples_ns"]])
        assert finding.columns["throughput_items_per_second"] == row["avg_ts"]
        assert finding.columns["mode"] == ("decode" if row["n_gen"] else "prefill")
        assert (finding.model, finding.extra["n_batch"]) == ("gpt-oss-20b-mxfp4", row["n_batch"])
