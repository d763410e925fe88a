"""A damaged database: what can be read of it is told, what can't is named. Real damage: blocks of the file are overwritten."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from pytest_ipfs_bench import reports
from pytest_ipfs_bench.cli import main
from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.records import hardware, model
from pytest_ipfs_bench.store import salvage
from pytest_ipfs_bench.store.checking import check
from pytest_ipfs_bench.store.opening import opened
from pytest_ipfs_bench.store.read import reading

HEADER, BLOCK = 3 * 4096, 16384
ROWS = 20_000
FILL = """
INSERT INTO performance_results (result_id, run_id, model_id, hardware_id, test_case, mode, provenance, is_simulated, latency_p50_ms)
SELECT uuidv7(), (SELECT run_id FROM test_runs), (SELECT model_id FROM models), (SELECT hardware_id FROM hardware_platforms),
    md5(i::VARCHAR), 'inference', 'measured', false, random() FROM range(20000) t(i)
"""


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """20,000 measurements of one model: columns that fill several blocks each."""
    path, bert, cpu = (
        tmp_path_factory.mktemp("sound") / "bench.duckdb",
        model("bert"),
        hardware("cpu", device_name="Xeon"),
    )
    with opened(path) as con:
        con.execute("INSERT INTO test_runs (run_id, started_at) VALUES (uuidv7(), TIMESTAMP '2026-01-01')")
        con.execute("INSERT INTO models (model_id, model_name) VALUES (?, ?)", [bert.model_id, bert.model_name])
        con.execute(
            "INSERT INTO hardware_platforms (hardware_id, hardware_type, device_name) VALUES (?, 'cpu', 'Xeon')",
            [cpu.hardware_id],
        )
        con.execute(FILL)
    return path


@pytest.fixture
def database(sound, tmp_path):
    """A copy of it, to be damaged."""
    return Path(shutil.copy(sound, tmp_path))


def damage(path, table, column, place=1):
    """Overwrites a part of a block that holds this column; `place`: which of its blocks."""
    with duckdb.connect(path, read_only=True) as con:
        found = con.execute(
            f"SELECT block_id FROM pragma_storage_info('{table}') WHERE column_name = $column AND segment_type <> 'VALIDITY'"
            " AND block_id >= 0 ORDER BY row_group_id, start",
            {"column": column},
        ).fetchall()
    with path.open("r+b") as file:
        file.seek(HEADER + found[min(place, len(found) - 1)][0] * BLOCK + 500)
        file.write(b"\xde\xad\xbe\xef" * 50)


def test_rows_of_which_a_number_is_lost_are_kept_without_it(database):
    damage(database, "performance_results", "latency_p50_ms")
    with reading(database) as con:
        (said,) = salvage.shadow(con)
        known, count = con.execute("SELECT count(latency_p50_ms), count(*) FROM performance_results").fetchone()
    lost = ROWS - known
    assert count == ROWS
    assert 0 < lost < ROWS / 2
    assert said.startswith(f"performance_results: {lost} of {ROWS} rows can't be read in latency_p50_ms (")
    assert "computed checksum" in said
    assert said.endswith("): unknown here.")


def test_rows_of_which_anything_else_is_lost_are_left_out(database):
    damage(database, "performance_results", "test_case")
    with reading(database) as con:
        (said,) = salvage.shadow(con)
        (count,) = con.execute("SELECT count(test_case) FROM performance_results").fetchone()
    assert 0 < ROWS - count < ROWS / 2
    assert said.startswith(f"performance_results: {ROWS - count} of {ROWS} rows can't be read in test_case (")
    assert said.endswith("): left out here.")


def test_a_sound_database_is_left_as_it_is(database):
    with reading(database) as con:
        assert salvage.shadow(con) == []
    assert check(database) == []


def test_a_table_of_which_nothing_can_be_read_is_as_if_empty(database):
    damage(database, "models", "model_name")
    with reading(database) as con:
        (said,) = salvage.shadow(con)
        assert con.execute("SELECT count(*) FROM models").fetchone() == (0,)
    assert "models: 1 of 1 rows" in said


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json", "csv"])
def test_a_report_tells_what_can_be_read_names_the_rest_and_exits_with_1(database, form):
    damage(database, "test_runs", "git_branch")
    done = CliRunner().invoke(main, ["report", "--db", str(database), "-f", form])
    assert done.exit_code == 1
    assert "test_runs: 1 of 1 rows can't be read" in done.stderr
    assert "bert" in done.stdout
    assert form == "csv" or "test_runs: 1 of 1 rows can" in done.stdout


def test_a_report_that_needs_nothing_of_what_is_lost_is_whole(database):
    damage(database, "test_runs", "git_branch")
    assert CliRunner().invoke(main, ["report", "performance", "--db", str(database)]).exit_code == 0


def test_as_a_task_of_pytest_it_exits_with_1_too(database, session):
    damage(database, "test_runs", "git_branch")
    (session.path / "pytest.ini").write_text(f"[pytest]\nbench_db = {database}\n")
    result = session.runpytest("--bench-report=json")
    assert result.ret == 1
    assert json.loads(result.outlines and "\n".join(result.outlines))["tables"]["Runs"] == []
    result.stderr.fnmatch_lines(["test_runs: 1 of 1 rows can't be read*"])


def test_a_query_that_meets_damage_has_duckdbs_words_and_exits_non_zero(database):
    damage(database, "performance_results", "test_case")
    done = CliRunner().invoke(
        main, ["query", "--db", str(database), "SELECT count(DISTINCT test_case) FROM performance_results"]
    )
    assert done.exit_code == 2
    assert "computed checksum" in done.stderr


def test_the_check_reads_everything_and_finds_it(database):
    damage(database, "performance_results", "test_case")
    done = CliRunner().invoke(main, ["db", "check", str(database)])
    assert done.exit_code == 1
    assert "rows of performance_results can't be read in test_case (" in done.stdout


def test_a_database_too_damaged_to_say_what_it_is_is_an_error_without_traceback(database):
    damage(database, "schema_version", "description")
    with pytest.raises(StoreError, match=r"is damaged .*\nRestore a backup"):
        reports.document(database, "summary")
