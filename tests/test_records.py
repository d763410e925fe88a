"""Records: valid lines whatever the values hold, and ids that are the same everywhere."""

import json
import uuid

import pytest

from pytest_ipfs_bench import records
from pytest_ipfs_bench.records import Outcome


def told(**values):
    line = Outcome(test_result_id="i", run_id="r", node_id=values.pop("node_id", "n"), status="pass", **values).line()
    assert "\n" not in line
    line.encode()
    return json.loads(line, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))["row"]


def test_a_line_names_its_table_and_holds_the_columns_that_are_known():
    line = json.loads(Outcome(test_result_id="i", run_id="r", node_id="n", status="pass").line())
    assert line["table"] == "integration_test_results"
    assert line["row"] == {"test_result_id": "i", "run_id": "r", "node_id": "n", "status": "pass"}


def test_lines_with_the_same_columns_have_the_same_head():
    one, two = (Outcome(test_result_id=n, run_id="r", node_id=n, status="pass").line() for n in "ab")
    three = Outcome(test_result_id="c", run_id="r", node_id="c", status="pass", error_type="E").line()
    heads = [line.partition(',"row":')[0] for line in (one, two, three)]
    assert heads[0] == heads[1] != heads[2]


@pytest.mark.parametrize("text", ["plain", 'quote"\\', "new\nline", "nul\x00", "\U0001f600", "ä漢"])
def test_text_is_kept_as_it_is(text):
    assert told(node_id=text)["node_id"] == text


def test_a_lone_surrogate_becomes_its_escape():
    assert told(error_message="bad \udcff")["error_message"] == "bad \\udcff"


def test_a_number_that_is_none_is_unknown_in_a_column_and_named_inside_json():
    row = told(execution_time_seconds=float("nan"), metadata={"a": float("inf"), "b": -float("inf"), "c": float("nan")})
    assert row.get("execution_time_seconds") is None
    assert row["metadata"] == {"a": "Infinity", "b": "-Infinity", "c": "NaN"}


def test_what_json_cannot_hold_is_described_and_the_rest_is_kept():
    class Odd:
        def __repr__(self):
            raise ValueError("no")

    loop = {}
    loop["self"] = loop
    row = told(metadata={"set": {1}, "odd": Odd(), "kept": 42, ("a", 1): "tuple key", "loop": loop, "huge": 10**5000})
    assert row["metadata"]["set"] == [1]
    assert row["metadata"]["odd"] == "<unprintable Odd>"
    assert row["metadata"]["kept"] == 42
    assert row["metadata"]["('a', 1)"] == "tuple key"
    assert row["metadata"]["huge"].startswith("0x")
    assert "self" in row["metadata"]["loop"]


def test_numpy_values_are_stored_as_numbers():
    numpy = pytest.importorskip("numpy")
    assert told(metadata={"n": numpy.float32(1.5), "a": numpy.arange(3)})["metadata"] == {"n": 1.5, "a": [0, 1, 2]}


def test_ids_of_rows_are_version_7_and_sort_by_time():
    ids = [records.new_id() for _ in range(100)]
    assert len(set(ids)) == 100
    assert {uuid.UUID(one).version for one in ids} == {7}
    assert {uuid.UUID(one).variant for one in ids} == {uuid.RFC_4122}
    assert [one[:13] for one in ids] == sorted(one[:13] for one in ids)


def test_the_ids_of_models_and_hardware_are_frozen():
    """These ids are in databases out there: a change here would give the same thing two rows."""
    cpu = records.hardware("cpu", device_name="Xeon", vendor="Intel", platform="Linux", memory_gb=25.3, compute_units=2)
    assert cpu.hardware_id == "32bae434-610a-5634-ac53-efdebe2d85bb"
    bert = records.model("bert", model_family="bert", parameters_million=110)
    assert bert.model_id == "2d748af4-6655-58ca-b4bf-a8b8f1144cfb"


def test_memory_counts_in_whole_gb_and_metadata_not_at_all():
    one = records.hardware("cuda", device_name="H100", memory_gb=79.6, metadata={"seen": 1})
    assert one.hardware_id == records.hardware("cuda", device_name="H100", memory_gb=80.2).hardware_id
    assert one.hardware_id != records.hardware("cuda", device_name="H100", memory_gb=81.0).hardware_id


def test_text_counts_in_its_composed_form_and_null_is_not_the_empty_text():
    assert records.model("u\u0308ber").model_id == records.model("über").model_id
    assert records.model("m", version=None).model_id != records.model("m", version="").model_id
