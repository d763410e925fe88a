"""MLPerf: LoadGen's text of one run, and the table of a round."""

import csv
import re
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.mlperf import IMPORTERS

FORMATS = Path(__file__).parents[2].parent / "shared/formats/mlperf"
LINE = "================================================\n"
RUN = f"""{LINE}MLPerf Results Summary
{LINE}SUT name : PySUT
Scenario : Server
Mode     : PerformanceOnly
Completed samples per second    : 16.23
Result is : VALID
  Min duration satisfied : Yes
Early Stopping Result:
 * Run successful.

{LINE}Additional Stats
{LINE}Scheduled samples per second : 16.66
Min latency (ns)                : 6847535871
Mean latency (ns)               : 9962896322
99.00 percentile latency (ns)   : 17362306413

{LINE}Test Parameters Used
{LINE}target_qps : 16.5
WARNING: sample_concatenate_permutation was set to true.

No errors encountered during test.
"""
HEADER = (
    '"Organization","Availability","Division","Model","MlperfModel","Scenario","Result","host_processor_model_name",'
    '"accelerator_model_name","Units","weight_data_types"\n'
)


def document(content):
    return Document(path="x", file=Path("x"), head=b"", raw=content.encode())


def read(content):
    found = document(content)
    (importer,) = [importer for importer in IMPORTERS if importer.recognises(found)]
    return list(importer.read(found))


def row(scenario, result, unit, gpu="NVIDIA B200", cpu="Xeon", precision="fp4"):
    cells = ("Dell", "available", "closed", "llama3_1-8b", "llama3.1-8b", scenario, result, cpu, gpu, unit, precision)
    return read(HEADER + ",".join(f'"{cell}"' for cell in cells) + "\n")[0]


def test_a_run_is_one_result_with_its_parameters():
    (found,) = read(RUN)
    assert found.columns == {
        "test_case": "mlperf.server", "mode": "inference", "params": {"target_qps": "16.5"},
        "throughput_items_per_second": 16.23, "latency_min_ms": 6847.535871, "average_latency_ms": 9962.896322,
        "latency_p99_ms": 17362.306413,
    }  # fmt: skip
    assert found.extra == {
        "SUT name": "PySUT", "Mode": "PerformanceOnly", "Result is": "VALID", "Min duration satisfied": "Yes",
        "Additional Stats": {"Scheduled samples per second": "16.66"},
        "notes": ["Early Stopping Result:", "* Run successful.", "WARNING: sample_concatenate_permutation was set to true.",
                  "No errors encountered during test."],
    }  # fmt: skip
    assert (found.model, found.hardware, found.flags) == (None, None, ())


def test_an_invalid_run_is_flagged():
    assert read(RUN.replace(": VALID", ": INVALID"))[0].flags == ("Result is: INVALID",)
    assert read(RUN.replace("Result is : VALID\n", ""))[0].flags == ("Result is: not stated",)


def test_a_run_for_accuracy_states_no_performance():
    text = "\n".join(line for line in RUN.splitlines() if "latency" not in line and "samples per second" not in line)
    with pytest.raises(NotResults, match=r"the run states no performance \(mode AccuracyOnly\)"):
        read(text.replace("PerformanceOnly", "AccuracyOnly"))


@pytest.mark.parametrize(
    ("scenario", "unit", "column", "value"),
    [
        ("Offline", "Tokens/s", "throughput_items_per_second", 12.5),
        ("server", "Queries/s", "throughput_items_per_second", 12.5),
        ("SingleStream", "Latency (ms)", "latency_p90_ms", 12.5),
        ("singlestream", "Latency (s)", "latency_p90_ms", 12_500.0),
        ("MultiStream", "Latency (ms)", "latency_p99_ms", 12.5),
    ],
)
def test_the_unit_and_the_scenario_say_what_a_rows_result_is(scenario, unit, column, value):
    found = row(scenario, "12.5", unit)
    assert found.columns[column] == value
    assert "average_latency_ms" not in found.columns
    assert (found.model, found.extra["Model"], found.extra["Units"]) == ("llama3.1-8b", "llama3_1-8b", unit)
    assert found.columns["test_case"] == f"mlperf.llama3.1-8b.{scenario.lower()}"


def test_a_unit_that_is_no_column_is_flagged():
    found = row("Offline", "700", "Watts")
    assert set(found.columns) == {"test_case", "mode", "precision"}
    assert found.extra["Result"] == "700"
    assert found.flags == ("Result: its unit 'Watts' in scenario 'offline' is no column of ours",)


@pytest.mark.parametrize(
    ("gpu", "cpu", "hardware", "device"),
    [
        ("NVIDIA B200", "Xeon", "cuda", "NVIDIA B200"),
        ("AMD Instinct MI355X", "AMD EPYC", "rocm", "AMD Instinct MI355X"),
        ("Intel(R) Arc Pro(R) B60", "Xeon", "xpu", "Intel(R) Arc Pro(R) B60"),
        ("N/A", "Xeon", "cpu", "Xeon"),
        ("N/A", "Core Ultra 7 255H [GPU]", None, "Core Ultra 7 255H [GPU]"),
        ("Gaudi 3", "Xeon", None, "Gaudi 3"),
    ],
)
def test_the_accelerator_is_the_hardware(gpu, cpu, hardware, device):
    found = row("Offline", "1", "Samples/s", gpu, cpu)
    assert (found.hardware, found.device) == (hardware, device)


def test_a_type_of_numbers_is_ours_or_stays():
    assert row("Offline", "1", "Samples/s", precision="bfloat16").columns["precision"] == "bf16"
    mixed = row("Offline", "1", "Samples/s", precision="fp8;bf16")
    assert ("precision" in mixed.columns, mixed.extra["weight_data_types"]) == (False, "fp8;bf16")


def test_a_table_without_rows_says_so():
    with pytest.raises(NotResults, match="the table has no row"):
        read(HEADER)


@pytest.mark.parametrize("other", ["Scenario,Result\nx,1\n", "MLPerf\n", "{}"])
def test_other_documents_are_not_taken(other):
    assert not any(importer.recognises(document(other)) for importer in IMPORTERS)


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("path", sorted(FORMATS.rglob("*.txt")), ids=lambda path: "-".join(path.parts[-5:-3]))
def test_real_runs_are_imported_number_by_number(path):
    text = path.read_text()
    (found,) = read(text)

    def stated(name):
        return float(re.search(rf"^{re.escape(name)} *: ([\d.]+)$", text, re.MULTILINE)[1])

    for column, name in (("average_latency_ms", "Mean"), ("latency_min_ms", "Min"), ("latency_max_ms", "Max"),
                         ("latency_p50_ms", "50.00 percentile"), ("latency_p99_ms", "99.00 percentile")):  # fmt: skip
        assert found.columns[column] == pytest.approx(stated(f"{name} latency (ns)") / 1e6)
    speed = "Samples per second" if "Offline" in path.parts else "Completed samples per second"
    assert found.columns["throughput_items_per_second"] == stated(speed)
    assert found.flags == ()


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the samples are not here")
def test_the_real_table_is_imported_number_by_number():
    text = (FORMATS / "summary.csv").read_text()
    rows, found = list(csv.DictReader(text.splitlines())), read(text)
    assert len(rows) == len(found) == 520
    for finding, stated in zip(found, rows, strict=True):
        value, unit = float(stated["Result"]), stated["Units"]
        numbers = [number for name, number in finding.columns.items() if name.startswith(("latency", "throughput"))]
        assert numbers == [pytest.approx(value * 1000 if unit == "Latency (s)" else value)]
        assert finding.model == stated["MlperfModel"]
        assert finding.flags == ()
