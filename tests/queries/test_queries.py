"""Queries: a file and a function each, one statement, its parameters the function's, right on a hand-written database."""

import inspect
from importlib import resources

import duckdb
import pytest

from pytest_ipfs_bench import queries, records
from pytest_ipfs_bench.queries.filters import Filters, choose
from pytest_ipfs_bench.records import Compatibility, Outcome, Performance, Run, new_id
from pytest_ipfs_bench.satellites import Web
from pytest_ipfs_bench.store.opening import opened
from pytest_ipfs_bench.store.read import reading
from pytest_ipfs_bench.store.spool import Spool
from pytest_ipfs_bench.store.write import hand_over

FILES = sorted(
    file.name.removesuffix(".sql") for file in resources.files(queries).iterdir() if file.name.endswith(".sql")
)


@pytest.mark.parametrize("name", FILES)
def test_a_query_is_one_statement_with_a_function_that_has_its_question_and_parameters(name):
    text, function = queries.sql(name), getattr(queries, name)
    (statement,) = duckdb.extract_statements(text)
    assert text.splitlines()[0] == f"-- {inspect.getdoc(function)}"
    assert statement.named_parameters == set(inspect.signature(function).parameters) - {"con"}


@pytest.fixture(scope="module")
def nothing(tmp_path_factory):
    """An empty database, chosen from without a filter."""
    path = tmp_path_factory.mktemp("nothing") / "e.duckdb"
    with opened(path):
        pass
    with reading(path) as con:
        choose(con, Filters())
        yield con


@pytest.mark.parametrize("name", FILES)
def test_a_query_runs_on_an_empty_database(name, nothing):
    answer = getattr(queries, name)(nothing)
    assert len(answer.rows) == {"left_out": 1, "future": 1, "database_facts": 1, "table_rows": 10, "contents": 1}.get(
        name, 0
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """Two runs of one model on one device, with a simulated row and an imported one beside the measured."""
    path = tmp_path_factory.mktemp("two") / "b.duckdb"
    cpu, bert = records.hardware("cpu", device_name="Xeon"), records.model("bert")
    for day in (1, 2):
        run = Run(run_id=new_id(), started_at=f"2026-01-0{day} 10:00:00", success=day == 2)
        spool = Spool.create(path, run.run_id)
        about = {"run_id": run.run_id, "model_id": bert.model_id, "hardware_id": cpu.hardware_id}
        cell = {**about, "runtime": "ort", "precision": "fp32", "batch_size": 1, "weights": "random"}
        at = f"2026-01-0{day} 10:00:01"

        def measured(latency, cell=cell, at=at, **more):
            return Performance(
                result_id=new_id(),
                **cell,
                test_case="c",
                mode="inference",
                latency_p50_ms=latency,
                created_at=at,
                **more,
            )

        for record in (
            run, cpu, bert,
            measured(10.0 * day),
            measured(1.0, provenance="simulated", is_simulated=True),
            measured(77.0, provenance="imported", is_simulated=None),
            Performance(result_id=new_id(), run_id=run.run_id, hardware_id=cpu.hardware_id, test_case="b", mode="benchmark", latency_p50_ms=day),
            Compatibility(compatibility_id=new_id(), **about, status="crashed" if day == 1 else "timeout", error_message=f"day {day}", created_at=at),
            Outcome(test_result_id=new_id(), run_id=run.run_id, node_id="mended", status="fail" if day == 1 else "pass", created_at=at),
            Outcome(test_result_id=new_id(), run_id=run.run_id, node_id="broken", status="error", error_message=f"day {day}", created_at=at),
        ):  # fmt: skip
            spool.append(record.line())
        hand_over(path, spool)
    return path


@pytest.fixture
def con(database):
    """That database, chosen from without a filter."""
    with reading(database) as con:
        choose(con, Filters())
        yield con


def told(answer, *columns):
    return [tuple(row[answer.columns.index(column)] for column in columns) for row in answer.rows]


def test_runs_the_newest_first(con):
    assert told(queries.runs(con), "result", "tests", "failed", "measurements") == [
        ("success", 2, 1, 3),
        ("failure", 2, 2, 3),
    ]
    assert len(queries.runs(con, limit=1).rows) == 1


def test_the_newest_measurement_of_each_kind_with_provenances_apart_and_simulated_rows_left_out(con):
    assert told(queries.model_results(con), "model", "provenance", "p50_ms", "measurements") == [
        ("bert", "imported", 77.0, 2),
        ("bert", "measured", 20.0, 2),
    ]


def test_simulated_rows_come_when_asked_for_and_stay_apart(con):
    choose(con, Filters(include_simulated=True))
    assert ("simulated", 1.0) in told(queries.model_results(con), "provenance", "p50_ms")


def test_benchmarks_are_those_without_a_model(con):
    assert told(queries.benchmarks(con), "benchmark", "median_ms", "measurements") == [("b", 2.0, 2)]


def test_what_does_not_run_by_its_newest_try(con):
    assert told(queries.cell_failures(con), "model", "hardware", "status", "reason") == [
        ("bert", "cpu", "timeout", "day 2")
    ]


def test_what_fails_by_its_newest_outcome(con):
    assert told(queries.failures(con), "test", "reason") == [("broken", "day 2")]


def test_counts_and_what_is_left_out(con):
    assert queries.outcome_counts(con).rows == [("error", 2), ("fail", 1), ("pass", 1)]
    assert queries.left_out(con).rows == [(2, 0, 0)]


def test_the_views_keep_measured_and_imported_apart_and_leave_the_simulated_out(con):
    found = con.execute(
        "SELECT provenance, average_latency_ms, latency_p50_ms, rn FROM latest_performance_metrics ORDER BY 1"
    ).fetchall()
    assert found == [("imported", None, 77.0, 1), ("measured", None, 20.0, 1)]
    assert con.execute("SELECT count(*) FROM cross_platform_performance").fetchone() == (2,)
    assert con.execute("SELECT compatible_count, incompatible_count FROM model_hardware_compatibility").fetchall() == [
        (0, 0)
    ]
    assert con.execute("SELECT total_tests, passed, failed, errors FROM integration_test_status").fetchall() == [
        (4, 1, 1, 2)
    ]


def test_software_that_stands_in_for_hardware_is_marked_in_every_table(tmp_path):
    run, bert, at = Run(run_id=new_id()), records.model("bert"), "2026-01-01 10:00:00"
    gpus = [records.hardware("webgpu", device_name="one adapter", is_software=software) for software in (True, False)]
    spool = Spool.create(tmp_path / "b.duckdb", run.run_id)
    told_of = []
    for gpu, latency in zip(gpus, (90.0, 3.0), strict=True):
        about = {"run_id": run.run_id, "model_id": bert.model_id, "hardware_id": gpu.hardware_id, "created_at": at}
        result = Performance(result_id=new_id(), **about, mode="inference", average_latency_ms=latency)
        told_of += [result, Web(result_id=result.result_id, platform="webgpu", browser="Chromium")]
        told_of += [Performance(result_id=new_id(), **{**about, "model_id": None}, test_case="c", mode="benchmark")]
        told_of += [Compatibility(compatibility_id=new_id(), **about, status="timeout")]
    for record in (run, bert, *gpus, *told_of):
        spool.append(record.line())
    hand_over(tmp_path / "b.duckdb", spool)
    marked = [("one adapter",), ("one adapter (software)",)]
    with reading(tmp_path / "b.duckdb") as con:
        choose(con, Filters())
        assert told(queries.model_results(con), "device", "mean_ms") == [
            ("one adapter", 3.0),
            ("one adapter (software)", 90.0),
        ]
        assert told(queries.benchmarks(con), "device") == marked
        assert told(queries.cell_failures(con), "hardware") == [("webgpu",), ("webgpu (software)",)]
        for view, latency in (
            ("latest_performance_metrics", "average_latency_ms"),
            ("web_platform_performance_metrics", "avg_inference_time_ms"),
            ("cross_platform_performance", "avg_latency_ms"),
        ):
            found = con.execute(f"SELECT is_software, {latency} FROM {view} ORDER BY 1").fetchall()
            assert found == [(False, 3.0), (True, 90.0)], view
        found = con.execute("SELECT is_software, incompatible_count FROM model_hardware_compatibility ORDER BY 1")
        assert found.fetchall() == [(False, 0), (True, 0)]


def test_a_cell_with_a_switch_is_another_cell_than_the_usual_one(tmp_path):
    run, bert, gpu = Run(run_id=new_id()), records.model("bert"), records.hardware("webgpu", device_name="one")
    about = {"run_id": run.run_id, "model_id": bert.model_id, "hardware_id": gpu.hardware_id, "mode": "inference"}
    spool = Spool.create(tmp_path / "b.duckdb", run.run_id)
    for record in (run, bert, gpu):
        spool.append(record.line())
    for hour, (latency, options) in enumerate([(5.0, {}), (4.0, {"flag": "nchw"}), (6.0, {"sample_rate": 16000})]):
        params = {"shape": {"audio_seconds": 5}, **options}
        at = f"2026-01-01 1{hour}:00:00"
        spool.append(
            Performance(
                result_id=new_id(),
                **about,
                params=params,
                average_latency_ms=latency,
                created_at=at,
                provenance="measured",
            ).line()
        )
    hand_over(tmp_path / "b.duckdb", spool)
    with reading(tmp_path / "b.duckdb") as con:
        choose(con, Filters())
        assert told(queries.model_results(con), "shape", "options", "mean_ms") == [
            ("audio_seconds:5", "flag:nchw", 4.0),
            ("audio_seconds:5", "sample_rate:16000", 6.0),
            ("audio_seconds:5", None, 5.0),
        ]
        found = con.execute("SELECT average_latency_ms FROM latest_performance_metrics ORDER BY 1").fetchall()
        assert found == [(4.0,), (5.0,), (6.0,)]
        found = con.execute("SELECT avg_latency_ms FROM cross_platform_performance").fetchall()
        assert found == [(5.5,)]  # of the usual ones


def test_a_choice_that_fails_is_not_hidden_by_another_that_runs(tmp_path):
    run, model, cpu = Run(run_id=new_id()), records.model("gpt2"), records.hardware("cpu")
    spool = Spool.create(tmp_path / "b.duckdb", run.run_id)
    about = {"run_id": run.run_id, "model_id": model.model_id, "hardware_id": cpu.hardware_id, "mode": "decode"}
    tries = [("incompatible", 2000, "2026-01-01 10:00:00"), ("compatible", 16, "2026-01-01 10:00:01")]
    for record in (run, model, cpu):
        spool.append(record.line())
    for status, length, at in tries:
        metadata = {"options": {"output_length": length}}
        tried = Compatibility(compatibility_id=new_id(), **about, status=status, created_at=at, metadata=metadata)
        spool.append(tried.line())
    hand_over(tmp_path / "b.duckdb", spool)
    with reading(tmp_path / "b.duckdb") as con:
        choose(con, Filters())
        assert told(queries.cell_failures(con), "model", "status") == [("gpt2", "incompatible")]


def test_a_cell_that_changed_its_state_is_told_the_newest_first(tmp_path):
    run, model, cpu = Run(run_id=new_id()), records.model("gpt2"), records.hardware("cpu")
    spool = Spool.create(tmp_path / "b.duckdb", run.run_id)
    for record in (run, model, cpu):
        spool.append(record.line())
    about = {"run_id": run.run_id, "model_id": model.model_id, "hardware_id": cpu.hardware_id}
    for day, status in enumerate(["compatible", "compatible", "unavailable", "crashed", "compatible"], 1):
        at = f"2026-01-0{day} 10:00:00"
        spool.append(Compatibility(compatibility_id=new_id(), **about, status=status, created_at=at).line())
    hand_over(tmp_path / "b.duckdb", spool)
    with reading(tmp_path / "b.duckdb") as con:
        choose(con, Filters())
        found = queries.compatibility_changes(con)
        assert told(found, "model", "before", "after") == [
            ("gpt2", "crashed", "compatible"),
            ("gpt2", "compatible", "crashed"),
        ]
        assert len(queries.compatibility_changes(con, limit=1).rows) == 1
