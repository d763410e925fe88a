"""Our own exports and session files come back as they went: every column, with what it was measured as."""

import json
import math
from pathlib import Path

import duckdb
import pytest

from pytest_ipfs_bench import recorder, records
from pytest_ipfs_bench.importers import databases, own
from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Compatibility, Outcome, Performance, Run, new_id
from pytest_ipfs_bench.store import exporting
from pytest_ipfs_bench.store.opening import opened
from pytest_ipfs_bench.store.spool import Spool
from pytest_ipfs_bench.store.write import hand_over

FORMS = ("csv", "json", "parquet")
KINDS = (Performance, Compatibility, Outcome)
AT = "2026-01-01 10:00:00.123456"


@pytest.fixture
def session():
    """The records of a session: one of each kind that holds what it can, one that holds what it must."""
    run = Run(run_id=new_id(), test_type="pytest", started_at=AT, git_commit="abc123", labels={"lab": "a"})
    gpu = records.hardware(
        "cuda", device_name="T4", vendor="NVIDIA", driver_version="535", memory_gb=15.5, compute_units=40
    )
    bert = records.model("bert", model_family="bert", modality="text", parameters_million=4.4)
    about = {"run_id": run.run_id, "model_id": bert.model_id, "hardware_id": gpu.hardware_id}
    return [
        run, gpu, bert,
        Performance(
            result_id=new_id(), **about, device_index=0, test_case="t[a,b]", cell_key="k", mode="decode", runtime="ort",
            batch_size=8, sequence_length=128, precision="fp16", threads=2, rounds=3, iterations=1, warmup_iterations=0,
            samples_ms=[1.5, 2.5, 1 / 3], average_latency_ms=1 / 3, latency_std_ms=0.0, throughput_items_per_second=1e9 / 7,
            params={"shape": [1, 2], "name": "é\n"}, metrics={"phases": {"x": [0.1]}}, is_simulated=False, created_at=AT,
        ),
        Performance(result_id=new_id(), run_id=run.run_id, test_case="bare", mode="benchmark", is_simulated=None),
        Compatibility(
            compatibility_id=new_id(), **about, test_case="t", status="wrong_output", is_compatible=False,
            detection_success=True, error_type="E", error_message='say "no",\n  twice', compatibility_score=0.5,
            metadata={"log": "x"}, created_at=AT,
        ),
        Outcome(
            test_result_id=new_id(), **about, test_module="test_a.py", test_class="TestA", test_name="test_x",
            node_id="test_a.py::TestA::test_x", status="xfail", execution_time_seconds=0.25, error_traceback="  a\n  b",
            is_simulated=True, metadata={"subtest": 1}, created_at=AT,
        ),
        Outcome(test_result_id=new_id(), run_id=run.run_id, node_id="test_b.py", status="error"),
    ]  # fmt: skip


@pytest.fixture
def database(tmp_path, session):
    path = tmp_path / "bench.duckdb"
    spool = Spool.create(path, session[0].run_id)
    for record in session:
        spool.append(record.line())
    hand_over(path, spool)
    return path


def document(file):
    content = file.read_bytes()
    return Document(file.name, file, content[:4096], b"" if file.suffix == ".parquet" else content)


def read(found):
    (importer,) = [one for one in (*own.IMPORTERS, *databases.IMPORTERS) if one.recognises(found)]
    return list(importer.read(found))


@pytest.fixture
def exported(database, tmp_path):
    """exported(table, form): the findings of its export."""

    def export(table, form):
        ((file, _),) = exporting.export(database, tmp_path / "out", form, [table], exporting.Filters())
        return read(document(file))

    return export


def plain(value):
    """A value of the database as JSON has it."""
    return value if value is None or isinstance(value, bool | int | float | list | dict) else str(value)


def rows_of(database, table):
    """The table's rows, read without anything of ours."""
    with duckdb.connect(str(database), read_only=True) as con:
        answer = con.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in answer.description]
        rows = [dict(zip(names, map(plain, row), strict=True)) for row in answer.fetchall()]
    for row in rows:
        for name in ("params", "metrics", "metadata"):
            row[name] = json.loads(row[name]) if row.get(name) else None
    return rows


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_column_of_an_exported_table_comes_back(exported, database, kind, form):
    found = exported(kind.TABLE, form)
    rows = rows_of(database, kind.TABLE)
    assert len(found) == len(rows) == (1 if kind is Compatibility else 2)
    for one, row in zip(found, rows, strict=True):
        stated = {name: value for name, value in row.items() if value is not None}
        time, simulated = stated.pop("created_at", None), stated.pop("is_simulated", None)
        if kind is Outcome and "test_name" not in stated:
            stated["test_name"] = "test_b.py"
        assert {**one.columns, **one.extra} == stated
        assert one.kind is kind
        assert one.time == (Moment(time, "utc") if time else None)
        assert one.simulated is simulated
        assert one.extra.get("provenance") == (None if kind is Outcome else "measured")
        assert (one.model, one.hardware, one.flags) == (None, None, ())
        assert not one.columns.keys() & {"run_id", "model_id", "hardware_id", "provenance", "metrics", "metadata"}


@pytest.mark.parametrize("kind", KINDS)
def test_all_forms_of_an_export_say_the_same(exported, kind):
    csv, as_json, parquet = (exported(kind.TABLE, form) for form in FORMS)
    for one, two, three in zip(csv, as_json, parquet, strict=True):
        assert one.columns == two.columns == three.columns
        assert one.extra == two.extra == three.extra
        assert (one.time, one.simulated) == (two.time, two.simulated) == (three.time, three.simulated)


@pytest.mark.parametrize("form", FORMS)
def test_the_view_of_results_has_names(exported, form):
    full, bare = sorted(exported("results", form), key=lambda one: one.model or "~")
    assert (full.model, full.model_family, full.modality) == ("bert", "bert", "text")
    assert (full.hardware, full.device, full.hardware_details) == ("cuda", "T4", {"driver_version": "535"})
    assert full.columns["params"] == {"shape": [1, 2], "name": "é\n"}
    assert full.extra["git_commit"] == "abc123"
    assert float(full.extra["parameters_million"]) == 4.4
    assert (bare.model, bare.hardware, bare.columns["test_case"]) == (None, None, "bare")


def test_a_place_is_said(exported):
    assert [exported("results", form)[0].place for form in FORMS] == ["line 2", "/0", "row 1"]


def others(database):
    """Every table and view of a database but those of results."""
    with duckdb.connect(str(database), read_only=True) as con:
        found = con.execute(
            "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
    return sorted({name for (name,) in found} - own.RESULTS.keys())


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_other_tables_and_views_are_known_and_hold_no_results(database, tmp_path, form):
    tables = others(database)
    assert set(tables) == own.OTHERS.keys()
    for (file, _), table in zip(
        exporting.export(database, tmp_path, form, tables, exporting.Filters()), tables, strict=True
    ):
        with pytest.raises(NotResults, match=f"^{table} of this program: "):
            read(document(file))


def test_each_table_is_recognised_as_itself(database):
    with duckdb.connect(str(database), read_only=True) as con:
        columns = con.execute(
            "SELECT table_name, list(column_name) FROM duckdb_columns() WHERE NOT internal GROUP BY ALL"
        )
        for table, names in columns.fetchall():
            assert own.table_named(names) == table


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_export_without_a_row_says_so(tmp_path, form):
    with opened(tmp_path / "new.duckdb"):
        pass
    ((file, _),) = exporting.export(tmp_path / "new.duckdb", tmp_path, form, ["results"], exporting.Filters())
    with pytest.raises(NotResults, match="results of this program, without a row"):
        read(document(file))


def test_simulated_and_predicted_rows_are_never_real(tmp_path):
    rows = [
        {
            "result_id": "1",
            "run_name": "r",
            "cell_key": "k",
            "provenance": word,
            "is_simulated": False,
            "mode": "inference",
        }
        for word in ("measured", "simulated", "predicted")
    ]
    (tmp_path / "r.json").write_text(json.dumps(rows))
    found = read(document(tmp_path / "r.json"))
    assert [one.simulated for one in found] == [False, True, True]
    assert [one.extra["provenance"] for one in found] == ["measured", "simulated", "predicted"]


def test_what_a_column_can_t_hold_is_kept_with_a_flag(tmp_path):
    row = {
        "result_id": 1, "run_name": "r", "cell_key": "k", "provenance": [], "mode": "guessing", "batch_size": 0,
        "average_latency_ms": "fast", "samples_ms": [1, None], "params": 3, "is_simulated": "maybe", "created_at": "soon",
        "test_case": 5, "rounds": -1, "model_name": {"a": 1}, "hardware_type": None,
    }  # fmt: skip
    (tmp_path / "r.json").write_text(json.dumps([row]))
    (one,) = read(document(tmp_path / "r.json"))
    assert one.columns == {"cell_key": "k", "mode": "benchmark", "test_case": "performance_results"}
    assert set(one.flags) == {
        "mode: 'guessing' is none of ours", "batch_size: 0 is no whole number of at least 1",
        "average_latency_ms: 'fast' is no number", "samples_ms: [1, None] is no list of numbers", "params: 3 is no object",
        "test_case: 5 is no text", "rounds: -1 is no whole number of at least 0",
    }  # fmt: skip
    kept = {name: value for name, value in row.items() if name != "cell_key" and value is not None}
    assert one.extra == kept
    assert (one.model, one.time, one.simulated) == (None, None, None)


def test_an_outcome_of_an_unknown_word_is_unknown(tmp_path):
    rows = [
        {"test_result_id": "1", "node_id": "a::b", "source_id": None, "status": word, "created_at": None}
        for word in ("broken", None)
    ]
    (tmp_path / "r.json").write_text(json.dumps(rows))
    odd, none = read(document(tmp_path / "r.json"))
    assert odd.columns == {"node_id": "a::b", "test_name": "b", "status": "unknown"}
    assert odd.extra == {"test_result_id": "1", "status": "broken"}
    assert none.flags == ("status: not stated",)


def test_a_row_that_is_no_object_is_rejected(tmp_path):
    (tmp_path / "r.json").write_text('[{"test_result_id": 1, "node_id": "a", "source_id": 1, "status": "pass"}, 3]')
    with pytest.raises(Rejected, match=r"a row that is no object \(/1\)"):
        read(document(tmp_path / "r.json"))


# The one file of a session


@pytest.fixture
def session_file(tmp_path, session):
    result = session[3].result_id
    power = json.dumps({"table": "power_metrics", "columns": "", "row": {"result_id": result, "average_power_w": 55.5}})
    return recorder._write_json(tmp_path / "bench.duckdb", "x", [*(one.line() for one in session), power])


def test_a_session_s_file_has_names_and_details(session_file, session):
    found = read(document(session_file))
    assert [one.kind for one in found] == [Performance, Performance, Compatibility, Outcome, Outcome]
    assert [one.place for one in found][:3] == [
        "/performance_results/0",
        "/performance_results/1",
        "/hardware_compatibility/0",
    ]
    full, bare = found[:2]
    for one in (full, found[2], found[3]):
        assert (one.model, one.model_family, one.modality) == ("bert", "bert", "text")
        assert (one.hardware, one.device) == ("cuda", "T4")
        assert records.hardware(one.hardware, device_name=one.device, **one.hardware_details).hardware_id == (
            session[1].hardware_id
        )
    assert full.extra["power_metrics"] == [{"result_id": session[3].result_id, "average_power_w": 55.5}]
    assert full.columns["samples_ms"] == [1.5, 2.5, 1 / 3]
    assert full.extra["metrics"] == {"phases": {"x": [0.1]}}
    assert full.time == Moment(AT, "utc")
    assert full.context["run"]["labels"] == {"lab": "a"}
    assert (bare.model, bare.hardware, bare.time) == (None, None, None)
    assert found[3].columns["error_traceback"] == "  a\n  b"
    assert all(one.flags == () for one in found)


def test_a_session_without_results_says_so(tmp_path, session):
    file = recorder._write_json(tmp_path / "bench.duckdb", "x", [session[0].line()])
    with pytest.raises(NotResults, match="a session of this program that has no results"):
        read(document(file))


@pytest.mark.parametrize(
    ("rows", "message"),
    [({"a": 1}, r"a table that is no list of rows \(/models\)"), ([[]], r"a row that is no object \(/models/0\)")],
)
def test_a_session_s_table_of_another_shape_is_rejected(tmp_path, rows, message):
    run = {"run_id": "1", "started_at": AT, "test_type": "pytest"}
    (tmp_path / "s.json").write_text(json.dumps({"test_runs": [run], "models": rows}))
    with pytest.raises(Rejected, match=message):
        read(document(tmp_path / "s.json"))


@pytest.mark.parametrize(
    "content",
    [
        '{"test_runs": []}',
        '{"test_runs": 3}',
        '{"test_runs": [3]}',
        '{"models": []}',
        '{"a": 1}',
        "[]",
        "[3]",
        "",
        "a,b\n1,2\n",
    ],
)
def test_other_files_are_not_recognised(tmp_path, content):
    (tmp_path / "o.txt").write_text(content)
    found = document(tmp_path / "o.txt")
    assert not any(one.recognises(found) for one in own.IMPORTERS)


def test_numbers_stay_exact(exported):
    for form in FORMS:
        one = exported("performance_results", form)[0]
        assert one.columns["average_latency_ms"] == 1 / 3
        assert one.columns["throughput_items_per_second"] == 1e9 / 7
        assert math.isclose(sum(one.columns["samples_ms"]), 4 + 1 / 3)
        assert isinstance(one.columns["batch_size"], int)


def test_the_old_tool_s_tables_are_not_ours():
    legacy = (
        Path(__file__).parents[2].parent / "shared" / "legacy" / "corpus" / "test" / "performance_results.01641820.csv"
    )
    if not legacy.exists():
        pytest.skip("the legacy corpus is not here")
    assert not any(one.recognises(document(legacy)) for one in own.IMPORTERS)
