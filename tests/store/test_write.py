"""The hand-over: one transaction, each row once, what is refused is kept with its reason."""

import json
import time
from pathlib import Path

import pytest

from pytest_ipfs_bench import records
from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.records import Compatibility, Outcome, Performance, Run, new_id
from pytest_ipfs_bench.store import inserting, opening, write
from pytest_ipfs_bench.store.spool import Spool


@pytest.fixture
def database(tmp_path):
    return tmp_path / "b.duckdb"


def session(database, outcomes=3, **changes):
    """A spool as a session leaves it."""
    run = Run(run_id=new_id(), started_at=records.utc(time.time()))
    spool = Spool.create(database, run.run_id)
    spool.append(run.line())
    for number in range(outcomes):
        spool.append(outcome(run, number, **changes).line())
    return run, spool


def outcome(run, number=0, **changes):
    facts = {"test_result_id": new_id(), "run_id": run.run_id, "node_id": f"test_a.py::test_{number}", "status": "pass"}
    return Outcome(**{**facts, **changes})


def counts(rows, database):
    tables = (
        "test_runs",
        "models",
        "hardware_platforms",
        "performance_results",
        "hardware_compatibility",
        "integration_test_results",
    )
    return {table: rows(database, f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in tables}


def test_rows_of_every_table_arrive_as_they_were(database, rows):
    run, spool = session(database)
    hardware, model = (
        records.hardware("cpu", device_name="Xeon", memory_gb=25.3),
        records.model("bert", parameters_million=110),
    )
    about = {"run_id": run.run_id, "model_id": model.model_id, "hardware_id": hardware.hardware_id}
    for record in (
        hardware,
        model,
        Performance(
            result_id=new_id(),
            **about,
            test_case="t",
            mode="inference",
            samples_ms=[1.5, 2.0],
            metrics={"a": {"b": [1, None]}},
        ),
        Compatibility(compatibility_id=new_id(), **about, status="compatible", is_compatible=True),
    ):
        spool.append(record.line())
    done = write.hand_over(database, spool)
    assert done.rows == {
        "test_runs": 1, "hardware_platforms": 1, "models": 1,
        "performance_results": 1, "hardware_compatibility": 1, "integration_test_results": 3,
    }  # fmt: skip
    (row,) = rows(database, "SELECT * FROM results")
    assert (row["model_name"], row["device_name"], row["is_simulated"]) == ("bert", "Xeon", False)
    assert json.loads(row["metrics"]) == {"a": {"b": [1, None]}}
    assert rows(database, "SELECT samples_ms FROM performance_results")[0]["samples_ms"] == [1.5, 2.0]
    assert not Path(f"{database}.spool").exists()


def test_the_last_line_about_the_run_counts(database, rows):
    run, spool = session(database)
    spool.append(Run(run_id=run.run_id, success=True, exit_status=0).line())
    write.hand_over(database, spool)
    assert rows(database, "SELECT success, exit_status FROM test_runs") == [{"success": True, "exit_status": 0}]


def test_a_killed_sessions_run_is_neither_complete_nor_a_success(database, rows):
    session(database)[1].close()
    write.hand_over(database, None)
    assert rows(database, "SELECT success, completed_at FROM test_runs") == [{"success": None, "completed_at": None}]


def test_the_same_spool_twice_adds_nothing(database, rows):
    _, spool = session(database)
    text = spool.path.read_text()
    write.hand_over(database, spool)
    again = Path(f"{database}.spool/copy.ndjson")
    again.parent.mkdir()
    again.write_text(text)
    assert sum(write.hand_over(database, None).rows.values()) == 0
    assert counts(rows, database)["integration_test_results"] == 3


def test_orphans_come_along_and_living_sessions_stay(database, rows):
    session(database)[1].close()
    living = session(database)[1]
    done = write.hand_over(database, session(database)[1])
    assert done.spools == 2
    assert living.path.exists()
    assert counts(rows, database)["test_runs"] == 2


def test_a_torn_last_line_is_set_aside_and_the_rest_goes_in(database, rows):
    _, spool = session(database)
    with spool.path.open("a") as file:
        file.write('{"table":"integration_test_results","row":{"test_res')
    spool.close()
    done = write.hand_over(database, None)
    assert counts(rows, database)["integration_test_results"] == 3
    ((path, count),) = done.rejected.items()
    assert count == 1
    assert json.loads(path.read_text())["reason"] == "not a whole line of a spool"


def test_rows_that_the_database_refuses_are_kept_with_its_reason_and_the_rest_goes_in(database, rows):
    run, spool = session(database, outcomes=40)
    spool.append(outcome(run, 98, status="sort of").line())
    spool.append(outcome(run, 99, execution_time_seconds="long").line())
    spool.append(outcome(run, 41).line())
    done = write.hand_over(database, spool)
    assert counts(rows, database)["integration_test_results"] == 41
    ((path, count),) = done.rejected.items()
    reasons = [json.loads(line) for line in path.read_text().splitlines()]
    assert count == 2
    assert "CHECK constraint" in reasons[0]["reason"]
    assert "test_98" in reasons[0]["line"]
    assert "test_99" in reasons[1]["line"]


def test_facts_of_a_refused_model_are_kept_aside_with_it(database, rows):
    run, spool = session(database)
    bad = records.model("bad", parameters_million=-1)
    spool.append(bad.line())
    spool.append(
        Performance(
            result_id=new_id(), run_id=run.run_id, model_id=bad.model_id, test_case="t", mode="inference"
        ).line()
    )
    done = write.hand_over(database, spool)
    assert sum(done.rejected.values()) == 2
    assert counts(rows, database) == {
        **counts(rows, database),
        "models": 0,
        "performance_results": 0,
        "integration_test_results": 3,
    }


def test_a_line_of_an_unknown_table_is_kept(database):
    _, spool = session(database)
    spool.append('{"table":"dreams","columns":"0","row":{"a":1}}')
    ((path, count),) = write.hand_over(database, spool).rejected.items()
    assert count == 1
    assert json.loads(path.read_text())["reason"] == "this version has no table 'dreams'"


def test_lines_of_a_newer_version_are_kept_and_can_be_merged_after_the_upgrade(database, rows):
    run, spool = session(database, outcomes=1)
    spool.append(
        outcome(run, 7)
        .line()
        .replace('"node_id"', '"node_name":"x","node_id"', 1)
        .replace('"columns":"', '"columns":"n')
    )
    ((path, _),) = write.hand_over(database, spool).rejected.items()
    assert "has no column 'node_name'; upgrade, then merge this file" in json.loads(path.read_text())["reason"]
    assert counts(rows, database)["integration_test_results"] == 1
    path.write_text(path.read_text().replace('\\"node_name\\":\\"x\\",', ""))  # what an upgrade would mean for it
    again = path.rename(path.with_name("again.ndjson"))
    write.take_in(database, [], [again])
    assert counts(rows, database)["integration_test_results"] == 2


def test_text_with_nul_quotes_and_emoji_arrives(database, rows):
    _, spool = session(database, outcomes=1, error_message="nul \x00 quote ' \" emoji \U0001f600 newline \n")
    write.hand_over(database, spool)
    assert rows(database, "SELECT error_message AS m FROM integration_test_results") == [
        {"m": "nul \x00 quote ' \" emoji \U0001f600 newline \n"}
    ]


def test_more_than_a_chunk_goes_in_in_one_transaction(database, rows, monkeypatch):
    monkeypatch.setattr(inserting, "CHUNK_BYTES", 2000)
    _, spool = session(database, outcomes=100)
    write.hand_over(database, spool)
    assert counts(rows, database)["integration_test_results"] == 100


def test_when_the_database_cannot_be_had_the_spool_stays(database):
    database.mkdir()
    _, spool = session(database)
    with pytest.raises(StoreError, match=r"b\.duckdb"):
        write.hand_over(database, spool)
    assert len(spool.path.read_text().splitlines()) == 4


def test_a_database_in_a_folder_that_is_not_there_is_named(tmp_path):
    with (
        pytest.raises(StoreError, match=r"gone/b\.duckdb can't be written: No such file"),
        opening.opened(tmp_path / "gone" / "b.duckdb"),
    ):
        pass


def test_the_lines_of_several_sessions_in_one_file_are_all_taken_in(database, rows):
    texts = []
    for _ in range(3):
        _, spool = session(database)
        texts.append(spool.path.read_text())
        spool.remove()
    together = database.with_name("all.ndjson")
    together.write_text("".join(texts))
    write.take_in(database, [], [together])
    assert counts(rows, database)["test_runs"] == 3
    assert counts(rows, database)["integration_test_results"] == 9


def test_lines_without_their_run_are_stored_once_if_the_run_is_known(database, rows):
    _, spool = session(database)
    facts = spool.path.read_text().split("\n", 1)[1]
    write.hand_over(database, spool)
    for name in ("again", "and-again"):
        late = database.with_name(f"{name}.ndjson")
        late.write_text(facts)
        assert sum(write.take_in(database, [], [late]).rows.values()) == 0
    assert counts(rows, database)["integration_test_results"] == 3


@pytest.mark.parametrize("content", ['{"$report_type":"SessionStart"}\n', "\x00\x01\udcff", "[1]\n"])
def test_a_file_that_is_no_spool_stays_as_it_is_and_is_named(database, content):
    path = database.with_name("theirs.ndjson")
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    done = write.take_in(database, [], [path])
    assert done.strange == {path: "it is no spool (its first line is not one of ours)"}
    assert path.read_bytes() == content.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    "lines",
    [
        '{"table":"test_runs","row":{"run_id":5}}\n{"table":"integration_test_results","row":{"test_result_id":"x"}}\n',
        '{"table":"test_runs","row":[]}}\n{"table":"models","row":7}}\n',
        '{"table":"test_runs","row":{}}\n',
    ],
)
def test_an_orphan_full_of_nonsense_is_kept_aside_and_the_session_is_stored(database, rows, lines):
    orphan = database.with_name("b.duckdb.spool") / "odd.ndjson"
    orphan.parent.mkdir()
    orphan.write_text(lines)
    (orphan.parent / "folder.ndjson").mkdir()
    done = write.hand_over(database, session(database)[1])
    assert counts(rows, database)["integration_test_results"] == 3
    assert sum(done.rejected.values()) == len(lines.splitlines())


@pytest.mark.parametrize("depth", [2_000, 300_000])
def test_a_row_too_deep_to_be_read_is_set_aside_and_the_rest_goes_in(database, rows, depth):
    run, spool = session(database)
    row = f'{{"test_result_id":"{new_id()}","run_id":"{run.run_id}","status":"pass","metadata":{"[" * depth}{"]" * depth}}}'
    spool.append(f'{{"table":"integration_test_results","row":{row}}}')
    done = write.hand_over(database, spool)
    assert list(done.rejected.values()) == [1]
    assert counts(rows, database)["integration_test_results"] == 3
