"""Tables of old databases: what each shape becomes, by general rules over columns, and what is said of the rest."""

import json
import math

import duckdb
import pytest

from pytest_ipfs_bench.importers import databases, legacy_tables
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Compatibility, Outcome, Performance

REGISTRY = """
CREATE TABLE models (model_id INTEGER, model_name VARCHAR, model_family VARCHAR, modality VARCHAR, metadata JSON);
INSERT INTO models VALUES (1, 'bert-tiny', 'bert', 'text', '{"hidden_size": 128}'), (2, 'unknown_model', NULL, NULL, NULL);
CREATE TABLE hardware_platforms (hardware_id INTEGER, hardware_type VARCHAR, device_name VARCHAR, platform VARCHAR,
    driver_version VARCHAR, memory_gb FLOAT, compute_units INTEGER);
INSERT INTO hardware_platforms VALUES (1, 'cuda', 'Tesla T4', 'CUDA', '535.54', 16, 40), (2, 'cpu', 'CPU', 'unknown', 'N/A', 0, 0);
"""


@pytest.fixture
def findings(tmp_path):
    """findings(sql, ...): what is found in a database that these statements make."""

    def make(*statements):
        with duckdb.connect(str(tmp_path / "old.duckdb")) as con:
            for statement in statements:
                con.execute(statement)
        return list(databases.DuckDB().read(Document("old.duckdb", tmp_path / "old.duckdb", b"", b"")))

    return make


def numbers(finding):
    return {name: value for name, value in finding.columns.items() if isinstance(value, float | int)}


# The tables that the old tools made


def test_a_performance_row_has_the_names_that_its_ids_stand_for(findings):
    (result,) = findings(
        REGISTRY,
        "CREATE TABLE performance_results (result_id INTEGER, run_id INTEGER, model_id INTEGER, hardware_id INTEGER,"
        " test_case VARCHAR, batch_size INTEGER, precision VARCHAR, total_time_seconds FLOAT, average_latency_ms FLOAT,"
        " throughput_items_per_second FLOAT, memory_peak_mb FLOAT, iterations INTEGER, warmup_iterations INTEGER,"
        " metrics JSON, created_at TIMESTAMP)",
        "INSERT INTO performance_results VALUES (7, 3, 1, 1, 'embedding', 8, 'fp16', 5.5, 55.1, 133.2, 2874.3, 100, 0,"
        """ '{"gpu": 0.5}', '2025-03-03 05:31:01.215')""",
    )
    assert result.kind is Performance
    assert result.place == "performance_results row 1"
    assert (result.model, result.model_family, result.modality) == ("bert-tiny", "bert", "text")
    assert (result.hardware, result.device) == ("cuda", "Tesla T4")
    assert result.hardware_details == {
        "platform": "CUDA",
        "driver_version": "535.54",
        "memory_gb": 16.0,
        "compute_units": 40,
    }
    assert result.time == Moment("2025-03-03 05:31:01.215000", "naive")
    assert result.columns == {
        "test_case": "embedding", "mode": "inference", "batch_size": 8, "precision": "fp16", "total_time_seconds": 5.5,
        "average_latency_ms": pytest.approx(55.1, rel=1e-6), "throughput_items_per_second": pytest.approx(133.2, rel=1e-6),
        "memory_peak_mb": pytest.approx(2874.3, rel=1e-6), "iterations": 100, "warmup_iterations": 0,
    }  # fmt: skip
    assert result.extra == {"result_id": 7, "run_id": 3, "model_id": 1, "hardware_id": 1, "metrics": {"gpu": 0.5}}
    assert result.simulated is None
    assert result.flags == ()
    assert result.context["model"]["metadata"] == {"hidden_size": 128}
    assert result.context["tables_without_results"] == {
        "hardware_platforms": "2 rows: names for ids",
        "models": "2 rows: names for ids",
    }


def test_a_float_keeps_its_double(findings):
    (result,) = findings("CREATE TABLE r AS SELECT 'm' AS model, 55.1::FLOAT AS latency_ms")
    assert result.columns["average_latency_ms"] == 55.099998474121094


def test_the_second_shape_of_performance_rows(findings):
    simulated, real = findings(
        "CREATE TABLE performance_results AS SELECT 1 AS id, 1 AS model_id, 1 AS hardware_id, 4 AS batch_size,"
        " 128 AS sequence_length, 3.5 AS average_latency_ms, 3.25 AS p50_latency_ms, 4.0 AS p90_latency_ms,"
        " 5.0 AS p99_latency_ms, 250.0 AS throughput_items_per_second, 12.5 AS memory_peak_mb, 70.0 AS power_watts,"
        " TIMESTAMPTZ '2025-03-03 05:31:01+01' AS test_timestamp, true AS is_simulated, 'no GPU' AS simulation_reason",
        "INSERT INTO performance_results BY NAME SELECT 2 AS id, 9 AS model_id, 2.5 AS average_latency_ms, false AS is_simulated",
        "CREATE TABLE models AS SELECT 1 AS id, 'vit' AS model_name",
        "CREATE TABLE hardware_platforms AS SELECT 1 AS id, 'AMD ROCm' AS hardware_type",
    )
    assert (simulated.model, simulated.hardware, simulated.simulated) == ("vit", "rocm", True)
    assert simulated.time == Moment("2025-03-03 04:31:01.000000", "utc")
    assert numbers(simulated) == {
        "batch_size": 4, "sequence_length": 128, "average_latency_ms": 3.5, "latency_p50_ms": 3.25, "latency_p90_ms": 4.0,
        "latency_p99_ms": 5.0, "throughput_items_per_second": 250.0, "memory_peak_mb": 12.5,
    }  # fmt: skip
    assert simulated.extra["power_watts"] == 70.0
    assert simulated.extra["simulation_reason"] == "no GPU"
    assert (real.model, real.hardware, real.simulated, real.time) == (None, None, False, None)
    assert real.extra == {"id": 2, "model_id": 9, "is_simulated": False}


def test_the_flat_shape_has_names_and_says_no_unit(findings):
    one, twin = findings(
        "CREATE TABLE benchmark_performance AS SELECT 't5' AS model, 'cuda' AS hardware, 'RTX 3090' AS device,"
        " 2::BIGINT AS batch_size, 'fp32' AS precision, 100.5 AS throughput, 9.5 AS latency_avg, 11.5 AS latency_p90,"
        " 12.5 AS latency_p95, 13.5 AS latency_p99, 512.5 AS memory_peak,"
        " TIMESTAMP_NS '2025-03-03 05:31:01.123456789' AS timestamp, 'a.json' AS source_file, NULL AS notes",
        "INSERT INTO benchmark_performance SELECT * FROM benchmark_performance",
    )
    assert (one.model, one.hardware, one.device) == ("t5", "cuda", "RTX 3090")
    assert numbers(one) == {
        "batch_size": 2, "throughput_items_per_second": 100.5, "average_latency_ms": 9.5, "latency_p90_ms": 11.5,
        "latency_p95_ms": 12.5, "latency_p99_ms": 13.5, "memory_peak_mb": 512.5,
    }  # fmt: skip
    assert one.time.at == "2025-03-03 05:31:01.123456"
    assert one.extra == {"source_file": "a.json"}
    assert set(one.flags) == {
        "latency_avg: no unit is stated, read as ms", "latency_p90: no unit is stated, read as ms",
        "latency_p95: no unit is stated, read as ms", "latency_p99: no unit is stated, read as ms",
        "memory_peak: no unit is stated, read as MB",
    }  # fmt: skip
    assert (one.nth, twin.nth) == (0, 1)
    assert twin.columns == one.columns


def test_rows_of_batches_go_with_their_result_and_orphans_stand_alone(findings):
    orphan, parent = findings(
        "CREATE TABLE performance_results AS SELECT 1 AS result_id, 'bert' AS model_name, 5.0 AS average_latency_ms",
        "CREATE TABLE performance_batch_results AS SELECT * FROM (VALUES (1, 1, 0, 8, 4.5), (2, 1, 1, 8, 5.5),"
        " (3, 99, 0, 8, 6.5)) b(batch_id, result_id, batch_index, batch_size, latency_ms)",
    )
    assert [row["latency_ms"] for row in parent.extra["performance_batch_results"]] == [4.5, 5.5]
    assert orphan.place == "performance_batch_results row 3"
    assert numbers(orphan) == {"batch_size": 8, "average_latency_ms": 6.5}
    assert orphan.extra == {"batch_id": 3, "result_id": 99, "batch_index": 0}


def test_rows_that_refer_in_a_circle_are_not_lost(findings):
    found = findings(
        "CREATE TABLE alpha_results AS SELECT 1 AS alpha_id, 1 AS beta_id, 'm' AS model, 1.5 AS latency_ms",
        "CREATE TABLE beta_results AS SELECT 1 AS beta_id, 1 AS alpha_id, 'm' AS model, 2.5 AS latency_ms",
    )
    told = [numbers(one)["average_latency_ms"] for one in found]
    kept = [row["latency_ms"] for one in found for rows in one.extra.values() if isinstance(rows, list) for row in rows]
    assert sorted(told + kept) == [1.5, 2.5]


def test_a_placeholder_has_no_numbers(findings):
    (result,) = findings(
        REGISTRY,
        "CREATE TABLE performance_results AS SELECT 1 AS result_id, 2 AS model_id, 2 AS hardware_id, 'default' AS test_case,"
        " 1 AS batch_size, 0.0::FLOAT AS average_latency_ms, 0.0::FLOAT AS throughput_items_per_second, NULL AS memory_peak_mb",
    )
    assert result.columns == {"test_case": "default", "mode": "inference", "batch_size": 1}
    assert result.flags == ("placeholder",)
    assert result.extra["average_latency_ms"] == 0.0
    assert (result.model, result.hardware, result.device, result.hardware_details) == (None, "cpu", "CPU", {})


def test_a_zero_beside_numbers_is_unknown(findings):
    (result,) = findings("CREATE TABLE r AS SELECT 'm' AS model, 1.5 AS latency_ms, 0.0 AS memory_mb, 0 AS iterations")
    assert numbers(result) == {"average_latency_ms": 1.5}
    assert set(result.flags) == {"memory_mb: 0 is no measurement", "iterations: 0 is no whole number of at least 1"}
    assert result.extra == {"memory_mb": 0.0, "iterations": 0}


def test_a_row_without_numbers_says_so(findings):
    (result,) = findings("CREATE TABLE r AS SELECT 'm' AS model, NULL::DOUBLE AS latency_ms")
    assert result.flags == ("states no number",)


def test_a_measurement_that_failed_is_an_outcome(findings):
    failed, skipped, empty = findings(
        "CREATE TABLE web_platform_results AS SELECT * FROM (VALUES (1, false, 12.5, 'adapter lost'), (2, NULL, NULL, 'no adapter'),"
        " (3, true, NULL, NULL)) r(result_id, success, inference_time_ms, error_message)",
        "ALTER TABLE web_platform_results ADD COLUMN platform VARCHAR DEFAULT 'webgpu'",
        "ALTER TABLE web_platform_results ADD COLUMN browser VARCHAR DEFAULT 'chrome'",
        "ALTER TABLE web_platform_results ADD COLUMN test_file VARCHAR DEFAULT 'bert.html'",
    )
    assert (failed.kind, failed.hardware, failed.device) == (Outcome, "webgpu", "chrome")
    assert failed.columns == {
        "test_name": "bert.html",
        "node_id": "bert.html",
        "status": "error",
        "error_message": "adapter lost",
    }
    assert failed.extra == {"result_id": 1, "success": False, "inference_time_ms": 12.5, "browser": "chrome"}
    assert skipped.columns["status"] == "error"
    assert (empty.kind, empty.flags) == (Performance, ("states no number",))


def test_runs_are_outcomes_and_give_their_results_a_time(findings):
    run, result = findings(
        "CREATE TABLE a_runs AS SELECT NULL::INTEGER AS id, 5 AS run_id, 'nightly' AS test_name, 'performance' AS test_type,"
        " TIMESTAMP '2025-03-06 18:36:15' AS started_at, TIMESTAMP '2025-03-06 18:37:00' AS completed_at,"
        """ 45.0 AS execution_time_seconds, false AS success, 'abc123' AS git_commit, '{"model": "bert", "hardware": "cpu"}' AS metadata""",
        "CREATE TABLE b_results AS SELECT 1 AS result_id, 5 AS run_id, 2.5 AS average_latency_ms",
    )
    assert run.kind is Outcome
    assert run.columns == {
        "test_name": "nightly", "node_id": "nightly", "status": "fail", "execution_time_seconds": 45.0
    }  # fmt: skip
    assert (run.model, run.hardware) == ("bert", "cpu")
    assert run.time.at == "2025-03-06 18:36:15.000000"
    assert run.extra["git_commit"] == "abc123"
    assert result.time == run.time
    assert (result.model, result.hardware) == ("bert", "cpu")
    assert result.context["run"]["git_commit"] == "abc123"


def test_integration_results_keep_their_assertions(findings):
    passed, skipped = findings(
        REGISTRY,
        "CREATE TABLE integration_test_results (test_result_id INTEGER, run_id INTEGER, test_module VARCHAR, test_class VARCHAR,"
        " test_name VARCHAR, status VARCHAR, execution_time_seconds FLOAT, hardware_id INTEGER, model_id INTEGER,"
        " error_message VARCHAR, error_traceback VARCHAR, metadata JSON, created_at TIMESTAMP)",
        "INSERT INTO integration_test_results VALUES (1, 1, 'test_a', 'TestA', 'test_x', 'pass', 1.5, 1, 1, NULL, NULL, NULL,"
        " '2025-03-03'), (2, 1, 'test_a', NULL, 'test_y', 'Skipped', NULL, NULL, NULL, 'no GPU', NULL, NULL, NULL)",
        "CREATE TABLE integration_test_assertions AS SELECT 1 AS assertion_id, 1 AS test_result_id, 'shape' AS assertion_name,"
        " true AS passed, '[1]' AS expected_value",
    )
    assert passed.columns == {
        "test_module": "test_a", "test_class": "TestA", "test_name": "test_x", "node_id": "test_a::TestA::test_x",
        "status": "pass", "execution_time_seconds": 1.5,
    }  # fmt: skip
    assert (passed.model, passed.device) == ("bert-tiny", "Tesla T4")
    assert passed.extra["integration_test_assertions"][0]["assertion_name"] == "shape"
    assert skipped.columns["status"] == "skip"
    assert skipped.columns["error_message"] == "no GPU"


@pytest.mark.parametrize(
    ("status", "success", "error", "expected", "flags"),
    [
        ("'success'", "true", "NULL", "pass", ()),
        ("'success'", "false", "NULL", "fail", ("status says pass, success says false",)),
        ("'failed'", "true", "NULL", "fail", ("status says fail, success says true",)),
        ("'odd'", "true", "NULL", "pass", ()),
        ("NULL", "false", "'boom'", "fail", ()),
        ("NULL", "NULL", "'boom'", "error", ()),
        ("NULL", "NULL", "NULL", "unknown", ()),
        ("'Timed out'", "NULL", "NULL", "error", ()),
    ],
)
def test_the_worse_of_two_words_on_an_outcome_counts(findings, status, success, error, expected, flags):
    (result,) = findings(
        f"CREATE TABLE test_results AS SELECT 1 AS id, 'smoke' AS test_type, {status}::VARCHAR AS status,"
        f" {success}::BOOLEAN AS success, {error}::VARCHAR AS error_message, 2.5 AS execution_time"
    )
    assert (result.columns["status"], result.flags) == (expected, flags)
    assert (result.columns["node_id"], result.columns["execution_time_seconds"]) == ("smoke", 2.5)


def test_both_shapes_of_compatibility(findings):
    found = findings(
        REGISTRY,
        "CREATE TABLE hardware_compatibility AS SELECT * FROM (VALUES (1, 1, 1, true, true, NULL), (2, 1, 2, false, true, 'no op'),"
        " (3, 1, 1, false, false, 'no driver'), (4, 1, 1, NULL, NULL, NULL))"
        " c(compatibility_id, model_id, hardware_id, is_compatible, detection_success, error_message)",
        "CREATE TABLE second AS SELECT 1 AS id, 1 AS model_id, 2 AS hardware_id, 'Compatible' AS compatibility_status,"
        " 0.75 AS compatibility_score, true AS recommended, DATE '2025-03-03' AS last_tested",
    )
    assert {one.kind for one in found} == {Compatibility}
    assert [(one.columns["status"], one.columns.get("is_compatible")) for one in found] == [
        ("compatible", True), ("incompatible", False), ("unavailable", None), ("unknown", None), ("compatible", True),
    ]  # fmt: skip
    assert [one.hardware for one in found] == ["cuda", "cpu", "cuda", "cuda", "cpu"]
    assert found[1].columns["error_message"] == "no op"
    assert found[2].extra["is_compatible"] is False
    assert found[4].columns["compatibility_score"] == 0.75
    assert found[4].time.at == "2025-03-03 00:00:00.000000"


def test_a_row_across_platforms_is_a_cell_for_each_that_it_states(findings):
    found = findings(
        "CREATE TABLE cross_platform_compatibility AS SELECT 1 AS id, 'bert' AS model_name, 'embedding' AS model_family,"
        " 'true' AS cuda_support, 'REAL' AS openvino_support, 'SIMULATION' AS webnn_support, 'partial' AS mps_support,"
        " 'false' AS rocm_support, NULL AS qualcomm_support, 'cuda' AS recommended_platform"
    )
    assert {(one.hardware, one.columns["status"], one.simulated) for one in found} == {
        ("cuda", "compatible", None), ("openvino", "compatible", None), ("webnn", "unknown", True),
        ("mps", "unknown", None), ("rocm", "incompatible", None),
    }  # fmt: skip
    assert all(one.model == "bert" and one.extra["recommended_platform"] == "cuda" for one in found)
    assert next(one for one in found if one.hardware == "mps").extra["mps_support"] == "partial"


def test_a_row_across_platforms_that_states_none_is_kept(findings):
    (found,) = findings("CREATE TABLE c AS SELECT 'bert' AS model_name, NULL::BOOLEAN AS cuda_support, 'new' AS notes")
    assert (found.columns["status"], found.hardware, found.extra) == ("unknown", None, {"notes": "new"})


def test_optimizations_of_browsers_are_told_apart_and_simulated(findings):
    on, off = findings(
        "CREATE TABLE web_platform_optimizations AS SELECT * FROM (VALUES (1, 'compute_shader', true, 4.5::FLOAT, -10.5),"
        " (2, 'compute_shader', false, 4.0, 0.0)) o(id, test_type, optimization_enabled, execution_time_ms, improvement_percent)",
        "ALTER TABLE web_platform_optimizations ADD COLUMN model_name VARCHAR DEFAULT 'whisper'",
        "ALTER TABLE web_platform_optimizations ADD COLUMN hardware_type VARCHAR DEFAULT 'webgpu'",
        "ALTER TABLE web_platform_optimizations ADD COLUMN environment VARCHAR DEFAULT 'simulation'",
        "CREATE TABLE shader_compilation_stats AS SELECT 1 AS id, 2 AS optimization_id, 26 AS shader_count, 0.0 AS peak_memory_mb",
        "CREATE TABLE parallel_loading_stats AS SELECT 1 AS id, 77 AS optimization_id, 3 AS components_loaded",
    )
    assert [one.columns["test_case"] for one in (on, off)] == ["compute_shader enabled", "compute_shader disabled"]
    assert [numbers(one) for one in (on, off)] == [{"average_latency_ms": 4.5}, {"average_latency_ms": 4.0}]
    assert {(one.simulated, one.hardware) for one in (on, off)} == {(True, "webgpu")}
    assert on.extra["improvement_percent"] == -10.5
    assert off.extra["shader_compilation_stats"][0]["shader_count"] == 26
    assert on.context["tables_without_results"] == {"parallel_loading_stats": "1 row"}


def test_details_of_tests_in_browsers_have_the_test_s_names(findings):
    power, test, web = findings(
        REGISTRY,
        "CREATE TABLE test_results AS SELECT 4 AS id, 'web' AS test_type, 1 AS model_id, 1 AS hardware_id, true AS success,"
        " true AS is_simulated, TIMESTAMP '2025-03-03 10:00:00' AS timestamp",
        "CREATE TABLE power_metrics AS SELECT 1 AS id, 4 AS test_id, 1 AS model_id, 2 AS hardware_id, 55.5 AS power_watts_avg",
        "CREATE TABLE webgpu_metrics AS SELECT 1 AS id, 4 AS test_id, 'firefox' AS browser_name, 20.5 AS first_inference_time_ms,"
        " 5.5 AS subsequent_inference_time_ms, 3.5 AS shader_compile_time_ms",
    )
    assert test.kind is Outcome
    assert (power.kind, power.model, power.hardware, power.extra["power_watts_avg"]) == (
        Performance, "bert-tiny", "cpu", 55.5
    )  # fmt: skip
    assert numbers(web) == {"first_latency_ms": 20.5, "average_latency_ms": 5.5}
    assert (web.model, web.hardware, web.simulated, web.time) == ("bert-tiny", "cuda", True, test.time)
    assert web.extra["shader_compile_time_ms"] == 3.5


PRECISION = "CREATE TABLE precision_results AS SELECT 1 AS id, 1 AS test_id, 2.5 AS latency_ms"


@pytest.mark.parametrize(
    ("tables", "model"),
    [
        ([PRECISION], "bert"),
        (
            [PRECISION, "CREATE TABLE b_tests AS SELECT 1 AS id, 'vit' AS model, 'x' AS test_type, 'pass' AS status"],
            None,
        ),
        (
            [
                "CREATE TABLE b_tests (id INTEGER PRIMARY KEY, model VARCHAR, test_type VARCHAR, status VARCHAR)",
                "INSERT INTO b_tests VALUES (1, 'vit', 'x', 'pass')",
                "CREATE TABLE precision_results (id INTEGER, test_id INTEGER REFERENCES b_tests(id), latency_ms DOUBLE)",
                "INSERT INTO precision_results VALUES (1, 1, 2.5)",
            ],
            "vit",
        ),
    ],
    ids=["the only one", "one of two", "the declared one"],
)
def test_a_row_has_the_names_of_the_table_that_it_certainly_refers_to(findings, tables, model):
    found = findings(
        "CREATE TABLE a_tests AS SELECT 1 AS id, 'bert' AS model, 'x' AS test_type, 'pass' AS status", *tables
    )
    assert [one.model for one in found if one.kind is Performance] == [model]


def test_features_of_a_browser_go_with_the_browser_s_result(findings):
    plain, web = findings(
        "CREATE TABLE performance_results AS SELECT 1 AS result_id, 'bert' AS model, 2.5 AS latency_ms",
        "CREATE TABLE web_platform_results AS SELECT 1 AS result_id, 'bert' AS model, 3.5 AS inference_time_ms",
        "CREATE TABLE webgpu_advanced_features AS SELECT 1 AS feature_id, 1 AS result_id, true AS compute_shader_support",
    )
    assert "webgpu_advanced_features" not in plain.extra
    assert web.extra["webgpu_advanced_features"][0]["compute_shader_support"] is True


def test_the_name_of_a_table_of_webgpu_says_its_hardware(findings):
    (web,) = findings("CREATE TABLE webgpu_metrics AS SELECT 1 AS id, 4 AS test_id, 20.5 AS first_inference_time_ms")
    assert web.hardware == "webgpu"


def test_both_shapes_of_ipfs_acceleration(findings):
    transfer, run = findings(
        "CREATE TABLE a AS SELECT 1 AS id, 'bert' AS model, 'Qm1' AS cid, 12.5 AS transfer_time_ms, 3.5 AS load_time_ms",
        "CREATE TABLE b AS SELECT 1 AS id, 'chat' AS endpoint_type, 'p2p' AS acceleration_type, 'completed' AS status,"
        " true AS success, 8.5 AS execution_time_ms, 'MOCK' AS implementation_type",
    )
    assert (transfer.model, numbers(transfer), transfer.extra["transfer_time_ms"]) == (
        "bert",
        {"load_time_ms": 3.5},
        12.5,
    )
    assert (run.columns["test_case"], numbers(run), run.simulated) == ("p2p", {"average_latency_ms": 8.5}, True)


# Any table


def test_a_table_is_known_by_its_columns_whatever_its_name_and_schema(findings):
    (result,) = findings("CREATE SCHEMA s", 'CREATE TABLE s."odd ""name" AS SELECT \'m\' AS model, 2.5 AS latency_ms')
    assert result.place == 's.odd "name row 1'
    assert numbers(result) == {"average_latency_ms": 2.5}


def test_views_are_not_read(findings):
    found = findings(
        "CREATE TABLE r AS SELECT 'm' AS model, 2.5 AS latency_ms", "CREATE VIEW copy_of_r AS SELECT * FROM r"
    )
    assert len(found) == 1


def test_tables_without_results_are_named(findings):
    (result,) = findings(
        "CREATE TABLE r AS SELECT 'm' AS model, 2.5 AS latency_ms",
        "CREATE TABLE migration_tracking AS SELECT 'a.json' AS file_path, 'done' AS status FROM range(3)",
        "CREATE TABLE templates (id INTEGER)",
    )
    assert result.context == {"tables_without_results": {"migration_tracking": "3 rows"}}


def test_values_of_every_type_are_kept(findings):
    (result,) = findings(
        "CREATE TABLE r AS SELECT 'm' AS model, 1.25::DECIMAL(9, 2) AS latency_ms, [1, 2] AS list, {'a': [1.5]} AS struct,"
        " MAP {'k': 1} AS map, uuid() AS uuid, '\\x00a'::BLOB AS blob, INTERVAL 1 DAY AS interval, 'nan'::DOUBLE AS odd,"
        " 170141183460469231731687303715884105727::HUGEINT AS huge, TIMESTAMP 'infinity' AS created_at,"
        " 'b'::ENUM('a', 'b') AS enum, '{\"x\": [1]}'::JSON AS json, NULL AS nothing, '' AS empty"
    )
    assert numbers(result) == {"average_latency_ms": 1.25}
    extra = dict(result.extra)
    assert math.isnan(extra.pop("odd"))
    assert len(extra.pop("uuid")) == 36
    assert extra == {
        "list": [1, 2], "struct": {"a": [1.5]}, "map": {"k": 1}, "blob": "\\x00a", "interval": "1 day", "huge": 2**127 - 1,
        "created_at": "infinity", "enum": "b", "json": {"x": [1]},
    }  # fmt: skip


HOSTILE = ["''", "'-1'", "'nan'", "'1e999'", "'x'", "'{'", "'{\"model\": 3}'", "'[]'", "'\x01'", "repeat('9', 5000)"]


@pytest.mark.parametrize("value", HOSTILE)
def test_odd_values_are_kept_and_raise_nothing(findings, value):
    names = [
        "model", "latency_ms", "p50_latency_ms", "memory_mb", "batch_size", "iterations", "precision", "success", "status",
        "timestamp", "hardware", "device", "metadata", "run_id", "model_id", "hardware_id", "test_case",
        "optimization_enabled", "is_simulated", "error_message",
    ]  # fmt: skip
    tests = ["id", "test_name", "status", "success", "execution_time", "hardware", "model", "metadata", "timestamp"]
    found = findings(
        f"CREATE TABLE r AS SELECT {', '.join(f'{value} AS {name}' for name in names)}",
        f"CREATE TABLE t AS SELECT {', '.join(f'{value} AS {name}' for name in tests)}",
        f"CREATE TABLE c AS SELECT {value} AS model, {value} AS is_compatible, {value} AS cuda_support, {value} AS compatibility_score",
    )
    for one in found:
        assert all(math.isfinite(number) for number in numbers(one).values())
        assert json.dumps(one.extra)


def test_rows_of_text_read_as_rows_of_a_database(findings):
    text = {
        "result_id": "1",
        "model_id": "bert",
        "hardware": "cpu",
        "average_latency_ms": "2.5",
        "memory_mb": "",
        "batch_size": "8",
    }
    table = legacy_tables.Table("", tuple(text), 1, lambda: [text])
    (one,) = legacy_tables.findings(legacy_tables.plan([table]))
    assert (one.model, one.hardware, numbers(one)) == ("bert", "cpu", {"average_latency_ms": 2.5, "batch_size": 8})
    assert one.columns["test_case"] == "performance"
