"""optimum-benchmark: a phase of a report is a result; the CSV reports of 2023 have a phase in each column's name."""

import csv
import json
import re
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers import optimum, optimum_csv
from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document

FORMATS = Path(__file__).parents[2].parent / "shared/formats/optimum-benchmark"
LATENCY = {
    "unit": "s", "values": [0.5, 1.5], "count": 2, "total": 2.0, "mean": 1.0, "p50": 1.0, "p90": 1.4, "p95": 1.45,
    "p99": 1.49, "stdev": 0.5, "stdev_": 50.0,
}  # fmt: skip
PHASE = {"memory": None, "latency": LATENCY, "throughput": None, "energy": None, "efficiency": None}
CONFIG = {
    "name": "tiny",
    "backend": {"name": "pytorch", "version": "2.4", "model": "gpt2", "model_type": "gpt2", "device": "cuda",
                "torch_dtype": "float16", "intra_op_num_threads": 4},
    "scenario": {"name": "inference", "warmup_runs": 10, "input_shapes": {"batch_size": 8, "sequence_length": 128}},
    "launcher": {"name": "process"},
    "environment": {"cpu": " Xeon", "gpu": ["Tesla T4"]},
}  # fmt: skip
SETTING = {
    "runtime": "pytorch", "runtime_version": "2.4", "precision": "fp16", "threads": 4, "batch_size": 8,
    "sequence_length": 128, "warmup_iterations": 10,
}  # fmt: skip
IMPORTERS = (*optimum.IMPORTERS, *optimum_csv.IMPORTERS)


def document(content):
    text = content if isinstance(content, str) else json.dumps(content)
    return Document(path="x", file=Path("x"), head=b"", raw=text.encode())


def read(content):
    found = document(content)
    (importer,) = [importer for importer in IMPORTERS if importer.recognises(found)]
    return list(importer.read(found))


def phases(config=CONFIG, **report):
    return {finding.place: finding for finding in read({"config": config, "report": report})}


def test_a_phase_has_its_latency_in_ms_and_the_setting_of_its_config():
    found = phases(forward=PHASE | {"throughput": {"unit": "samples/s", "value": 8.0}})["/report/forward"]
    assert found.columns == SETTING | {
        "test_case": "tiny.forward", "mode": "inference", "rounds": 2, "total_time_seconds": 2.0,
        "average_latency_ms": 1000.0, "latency_min_ms": 500.0, "latency_p50_ms": 1000.0, "latency_p90_ms": 1400.0,
        "latency_p95_ms": 1450.0, "latency_p99_ms": 1490.0, "latency_max_ms": 1500.0, "latency_std_ms": 500.0,
        "samples_ms": [500.0, 1500.0], "throughput_items_per_second": 8.0,
    }  # fmt: skip
    assert (found.model, found.model_family, found.hardware, found.device) == ("gpt2", "gpt2", "cuda", "Tesla T4")
    assert found.context == {"config": CONFIG}
    assert found.extra["throughput"] == {"unit": "samples/s", "value": 8.0}
    assert "values" not in found.extra["latency"]


@pytest.mark.parametrize(
    ("phase", "mode"),
    [("prefill", "prefill"), ("decode", "decode"), ("per_token", "decode"), ("generate", "inference"),
     ("call", "inference"), ("train", "training"), ("preprocess_dataset", "benchmark")],
)  # fmt: skip
def test_the_phase_is_the_mode(phase, mode):
    assert phases(**{phase: PHASE})[f"/report/{phase}"].columns["mode"] == mode


def test_loading_is_a_load_time_and_no_latency():
    found = phases(load=PHASE | {"memory": {"unit": "MB", "max_ram": 900.0}})["/report/load"]
    assert found.columns["load_time_ms"] == 1000.0
    assert found.columns["memory_peak_mb"] == 900.0
    assert not {"average_latency_ms", "samples_ms", "total_time_seconds"} & set(found.columns)


def test_samples_per_second_are_no_tokens_per_second():
    throughput = {"throughput": {"unit": "samples/s", "value": 8.0}}
    found = phases(prefill=PHASE | throughput, decode=PHASE | {"throughput": {"unit": "tokens/s", "value": 90.0}})
    assert "throughput_items_per_second" not in found["/report/prefill"].columns
    assert found["/report/prefill"].flags == ("throughput: stated in 'samples/s', which counts no tokens",)
    assert found["/report/decode"].columns["throughput_items_per_second"] == 90.0


def test_memory_of_the_process_comes_before_that_of_the_device():
    memory = {
        "unit": "MB",
        "max_ram": 900.0,
        "max_global_vram": 5000.0,
        "max_process_vram": 4000.0,
        "max_reserved": 3.0,
    }
    columns = phases(forward=PHASE | {"memory": memory})["/report/forward"].columns
    assert (columns["memory_peak_mb"], columns["device_memory_peak_mb"]) == (900.0, 4000.0)
    columns = phases(forward=PHASE | {"memory": memory | {"max_process_vram": 0.0, "max_reserved": None}})[
        "/report/forward"
    ].columns
    assert columns["device_memory_peak_mb"] == 5000.0


def test_energy_is_in_joules():
    energy = {"unit": "kWh", "cpu": 1e-4, "ram": 0, "gpu": 0, "total": 2e-4}
    assert phases(forward=PHASE | {"energy": energy})["/report/forward"].columns["energy_joules"] == pytest.approx(720)
    assert (
        "energy_joules" not in phases(forward=PHASE | {"energy": energy | {"unit": "BTU"}})["/report/forward"].columns
    )


def test_a_unit_that_is_none_of_time_gives_no_latency():
    found = phases(forward=PHASE | {"latency": LATENCY | {"unit": "steps"}})["/report/forward"]
    assert "average_latency_ms" not in found.columns
    assert found.flags == ("latency: 'steps' is no unit of time",)


def test_the_first_reports_had_no_percentiles():
    latency = {"unit": "s", "mean": 2.0, "stdev": 0.0, "values": [2.0]}
    columns = phases(forward=PHASE | {"latency": latency})["/report/forward"].columns
    assert (columns["average_latency_ms"], columns["rounds"]) == (2000.0, 1)
    assert "latency_std_ms" not in columns


def test_cuda_on_an_amd_card_is_rocm_and_a_size_of_zero_is_flagged():
    config = CONFIG | {"environment": {"gpu": ["AMD Instinct MI250X"]}, "scenario": {"input_shapes": {"batch_size": 0}}}
    found = phases(config, forward=PHASE)["/report/forward"]
    assert (found.hardware, found.device) == ("rocm", "AMD Instinct MI250X")
    assert "batch_size" not in found.columns
    assert found.flags == ("batch_size: 0 is no whole number of at least 1",)


def test_a_report_alone_names_no_model():
    (found,) = read({"forward": PHASE})
    assert (found.columns["test_case"], found.model, found.hardware, found.context) == ("forward", None, None, {})


def test_a_config_and_an_empty_report_hold_no_results():
    with pytest.raises(NotResults, match="the configuration of a benchmark, without its report"):
        read(CONFIG)
    with pytest.raises(NotResults, match="no phase was measured"):
        phases(forward=dict.fromkeys(PHASE))


def test_a_row_of_a_full_report_is_a_result_per_phase():
    table = (
        "experiment_name,backend.name,backend.torch_dtype,benchmark.input_shapes.batch_size,model,device,environment.gpus,"
        "forward.latency(s),forward.throughput(samples/s),forward.peak_memory(MB),generate.latency(s),decode.latency(s)\n"
        "fp16,pytorch,float16,4,gpt2,cuda:0,\"['Tesla T4', 'Tesla T4']\",0.5,8.0,4000,2.5,\n"
    )
    forward, generate = read(table)
    assert forward.columns == {
        "test_case": "fp16.forward", "mode": "inference", "runtime": "pytorch", "precision": "fp16", "batch_size": 4,
        "average_latency_ms": 500.0, "throughput_items_per_second": 8.0, "device_memory_peak_mb": 4000.0,
    }  # fmt: skip
    assert (forward.model, forward.hardware, forward.device) == ("gpt2", "cuda", "Tesla T4")
    assert forward.extra["forward.throughput(samples/s)"] == "8.0"
    assert (generate.columns["test_case"], generate.columns["average_latency_ms"]) == ("fp16.generate", 2500.0)
    assert generate.place == "line 2, generate"


def test_an_index_without_a_name_and_memory_of_nobody_knows_what():
    (found,) = read(",forward.latency(s),forward.peak_memory(MB)\n0,0.00649,1890\n")
    assert found.columns == {"test_case": "forward", "mode": "inference", "average_latency_ms": pytest.approx(6.49)}
    assert found.extra == {"": "0", "forward.peak_memory(MB)": "1890"}
    assert found.flags == ("peak_memory: the table does not say whether it is the host's or a GPU's",)


def test_on_the_cpu_peak_memory_is_the_hosts():
    (found,) = read("device,environment.cpu,forward.latency(s),forward.peak_memory(MB)\ncpu,Xeon,0.5,1890\n")
    assert found.columns["memory_peak_mb"] == 1890.0
    assert (found.hardware, found.device) == ("cpu", "Xeon")


def test_a_short_report_has_a_throughput_of_training():
    (found,) = read(
        "experiment_name,Batch Size,Training Throughput (samples/s),GPU\nlora,4,14.5,NVIDIA GeForce RTX 4090\n"
    )
    assert found.columns == {
        "test_case": "lora.training", "mode": "training", "batch_size": 4, "throughput_items_per_second": 14.5,
    }  # fmt: skip
    assert (found.hardware, found.device) == ("cuda", "NVIDIA GeForce RTX 4090")


def test_broken_and_empty_reports_say_why():
    with pytest.raises(NotResults, match="the report has no row"):
        read("forward.latency(s),model\n")
    with pytest.raises(Rejected, match=r"the row has 1 fields, the header 2 \(line 2\)"):
        read("forward.latency(s),model\n0.5\n")


@pytest.mark.parametrize(
    "other", [{"config": {}}, {"backend": "x"}, "a,b\n1,2\n", "disk.latency(s),x\n1,2\n", "text", [PHASE]]
)
def test_other_documents_are_not_taken(other):
    assert not any(importer.recognises(document(other)) for importer in IMPORTERS)


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the samples are not here")
def test_the_real_report_is_imported_number_by_number():
    stated = json.loads((FORMATS / "benchmark.83c4c9f5.json").read_text())["report"]
    load, forward = read((FORMATS / "benchmark.83c4c9f5.json").read_text())
    assert load.columns["load_time_ms"] == pytest.approx(stated["load"]["latency"]["mean"] * 1000)
    latency = stated["forward"]["latency"]
    assert forward.columns["samples_ms"] == pytest.approx([value * 1000 for value in latency["values"]])
    for column, name in (("average_latency_ms", "mean"), ("latency_p99_ms", "p99"), ("latency_std_ms", "stdev")):
        assert forward.columns[column] == pytest.approx(latency[name] * 1000)
    assert forward.columns["throughput_items_per_second"] == stated["forward"]["throughput"]["value"]
    assert (forward.model, forward.hardware, forward.columns["batch_size"]) == ("BAAI/bge-base-en-v1.5", "cpu", 64)
    with pytest.raises(NotResults):
        read((FORMATS / "benchmark_config.83c4c9f5.json").read_text())


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("path", sorted(FORMATS.rglob("*.csv")), ids=lambda path: path.stem[-60:])
def test_real_tables_are_imported_number_by_number(path):
    rows = list(csv.DictReader(path.read_text().splitlines()))
    expected, speeds = [], []
    for row in rows:
        for name, value in row.items():
            if value and re.search(r"\.latency\(s\)$", name):
                expected.append(pytest.approx(float(value) * 1000))
            if value and "hroughput" in name:
                speeds.append(float(value))
    found = read(path.read_text())
    assert [one.columns["average_latency_ms"] for one in found if "average_latency_ms" in one.columns] == expected
    assert [one.columns["throughput_items_per_second"] for one in found] == speeds
    models = {row.get("model") or row.get("Model") for row in rows}
    assert {one.model for one in found} == models
