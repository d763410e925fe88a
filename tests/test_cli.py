"""The console script: what each command says, and its exit status."""

import csv
import io
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from pytest_ipfs_bench.cli import db, main
from pytest_ipfs_bench.cli.templates import templates
from pytest_ipfs_bench.records import Outcome, Performance, Run, new_id
from pytest_ipfs_bench.store.spool import Spool
from pytest_ipfs_bench.store.write import hand_over


def spooled(database, outcomes=2):
    run = Run(run_id=new_id())
    spool = Spool.create(database, run.run_id)
    spool.append(run.line())
    for number in range(outcomes):
        spool.append(
            Outcome(
                test_result_id=new_id(),
                run_id=run.run_id,
                node_id=f"a.py::test_{number}",
                status="fail",
                error_message="=1+1|<b>\x1b[31m",
            ).line()
        )
    return spool


@pytest.fixture
def database(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bench.duckdb"
    hand_over(path, spooled(path))
    return path


def run(*words, code=0):
    result = CliRunner().invoke(main, list(map(str, words)))
    assert result.exit_code == code, result.output
    assert not isinstance(result.exception, (AttributeError, TypeError)), result.exception
    return result


def test_every_command_has_help_with_an_example():
    for group, words in ((main, []), (db, ["db"]), (templates, ["templates"])):
        for name in group.commands:
            text = run(*words, name, "--help").output
            assert "Example" in text or name == "db", name


def test_report_in_every_format(database):
    assert "Failing tests" in run("report").output
    assert "| test" in run("report", "--format", "markdown").output
    assert json.loads(run("report", "-f", "json").output)["report"] == "summary"
    widths = {len(row) for row in csv.reader(io.StringIO(run("report", "-f", "csv").output))}
    assert len(widths) == 1


def test_report_to_a_file(database, tmp_path):
    run("report", "-o", tmp_path / "deep" / "r.txt")
    assert "Failing tests" in (tmp_path / "deep" / "r.txt").read_text()


def test_what_a_database_holds_can_steer_neither_terminal_nor_page_nor_spreadsheet(database):
    assert "\x1b" not in run("report").output
    assert "<b>" not in run("report", "-f", "markdown").output
    assert "\\|" in run("report", "-f", "markdown").output
    assert "'=1+1" in run("report", "-f", "csv").output


def test_waiting_results_are_mentioned(database):
    spooled(database).close()
    assert f"2 results wait in a spool; take them in: ipfs-bench db merge --into {database}" in run("report").output


def test_query_in_every_format(database, tmp_path):
    sql = "SELECT node_id, status, NULL AS nothing FROM integration_test_results ORDER BY 1 LIMIT 1"
    assert run("query", sql).output.splitlines()[-1].split() == ["a.py::test_0", "fail", "—"]
    assert json.loads(run("query", sql, "-f", "json").output) == [
        {"node_id": "a.py::test_0", "status": "fail", "nothing": None}
    ]
    assert run("query", sql, "-f", "csv").output == "node_id,status,nothing\na.py::test_0,fail,\n"
    run(
        "query",
        "SELECT node_id, created_at FROM integration_test_results",
        "-f",
        "parquet",
        "-o",
        tmp_path / "a.parquet",
    )
    import duckdb

    assert duckdb.sql(f"SELECT count(*) FROM '{tmp_path}/a.parquet'").fetchall() == [(2,)]


def test_query_from_a_file_and_with_a_limit(database, tmp_path):
    (tmp_path / "ask.sql").write_text("SELECT 6 * 7 AS answer")
    assert "42" in run("query", "@ask.sql").output
    assert json.loads(run("query", "SELECT * FROM range(10)", "--limit", 3, "-f", "json").output)[-1] == {"range": 2}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["query", "SELEC 1"], 'syntax error at or near "SELEC"'),
        (["query", "SELECT * FROM perf_results"], "perf_results"),
        (["query", "SELECT 1; DROP TABLE models"], "One statement is answered at a time; here are 2."),
        (["query", ""], "One statement is answered at a time; here are 0."),
        (["query", "DELETE FROM models"], "Only SELECT is answered here (the database is read-only), not DELETE"),
        (["query", "SELECT * FROM read_text('/etc/passwd')"], "disabled by configuration"),
        (["query", "COPY (SELECT 1) TO 'leak.csv'"], "Only SELECT is answered here"),
        (["query", "@nothing.sql"], "@nothing.sql: the file can't be read"),
        (["query", "SELECT 1", "-f", "parquet"], "--format parquet needs a file: --output FILE"),
        (["query", "SELECT 1", "-f", "parquet", "-o", "bench.duckdb/x"], "can't be written"),
        (["report", "sumary"], "no kind of report is called 'sumary'. Did you mean 'summary'?"),
        (["report", "-o", "bench.duckdb/x"], "the report can't be written"),
        (["compare", "latest"], "Missing argument 'B'"),
        (["compare", "latest", "previous"], "latest: there is no such session with measurements.\nNo run here has measurements"),
        (["compare", "a", "b", "-f", "parquet"], "parquet needs a file"),
        (["compare", "a", "b", "-o", "bench.duckdb/x"], "the report can't be written"),
        (["compare", "a", "b", "--db", "none.duckdb"], "none.duckdb does not exist"),
        (["badge", "--model", "nobody"], "no model in this database is called 'nobody'"),
        (["badge", "--baseline", "cpu"], "No such option"),
        (["frobnicate"], "no command is called 'frobnicate'"),
        (["rport"], "Did you mean 'report'?"),
        (["db", "merg"], "Did you mean 'merge'?"),
        (["report", "--db", "none.duckdb"], "none.duckdb does not exist; nothing was made."),
        (["query", "SELECT 1", "--db", "none.duckdb"], "none.duckdb does not exist"),
        (["db", "merge", "nowhere"], "nowhere: no such file or folder."),
        (["report", "--db", "."], "is a folder, not a database"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_message_and_exit_status_2(database, words, told):
    assert told in run(*words, code=2).output
    assert {path.name for path in Path.cwd().iterdir()} <= {"bench.duckdb", "bench.duckdb.lock"}


def test_a_query_that_never_ends_is_stopped(database):
    start = time.monotonic()
    sql = "SELECT count(*) FROM range(100000000000) a, range(100000) b"
    assert "stopped after 0.5 s (--timeout)" in run("query", sql, "--timeout", "0.5", code=2).output
    assert time.monotonic() - start < 10


INTERRUPTED = """
import os, signal, threading, duckdb
from pytest_ipfs_bench import ask
from pytest_ipfs_bench.cli import main
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
main(["query", "SELECT count(*) FROM range(100000000000) a, range(100000) b"])
"""


def test_ctrl_c_ends_a_query_that_never_ends(database):
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.slow
def test_a_query_that_takes_long_draws_no_bar_into_its_answer(database):
    sql = "SELECT count(*) FROM range(100000000000) a, range(100000) b"
    command = "from pytest_ipfs_bench.cli import main; main()", "query", sql, "-f", "csv", "--timeout", "3"
    done = subprocess.run([sys.executable, "-c", *command], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")


def test_the_environment_names_the_database(database, tmp_path, monkeypatch):
    monkeypatch.setenv("BENCHMARK_DB_PATH", str(database.rename(tmp_path / "other.duckdb")))
    assert "other.duckdb" in run("report").output


def test_hardware_says_what_is_here_or_why_not():
    lines = run("hardware").output.splitlines()
    assert lines[0].startswith("cpu: present (runtimes:")
    assert any(line.startswith("cuda: ") for line in lines)
    assert any("NVIDIA" in line for line in lines)


def test_models_are_listed():
    assert "tiny-random-bert" in run("models").output
    assert run("models", "--format", "csv").output.startswith("model,family,")
    assert "| tiny-random-bert " in run("models", "-f", "markdown").output


def test_hardware_in_other_formats_is_a_row_per_device_or_reason(tmp_path):
    run("hardware", "-f", "json", "-o", tmp_path / "h.json")
    found = {row["hardware"]: row for row in json.loads((tmp_path / "h.json").read_text())}
    assert found["cpu"]["compute_units"] > 0
    assert found["cuda"]["state"] in ("not_installed", "no_device", "present", "broken")


def test_a_damaged_archive_is_one_message(database, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "performance_results-1.parquet").write_text("no parquet")
    assert "performance_results-1.parquet" in run("query", "SELECT 1", "--archive", "old", code=2).output


def test_db_init_makes_a_database_once(tmp_path):
    path = tmp_path / "new.duckdb"
    assert run("db", "init", path).output == f"Made: {path}\n"
    assert run("db", "init", path).output == f"Ready: {path}\n"


def test_db_merge_takes_in_spools_files_and_folders_once(database):
    one, two = spooled(database), spooled(database)
    one.close()
    two.close()
    copy = Path("copy.ndjson")
    copy.write_text(two.path.read_text())
    assert (
        "Took in 1 spools: 1 test_runs, 2 integration_test_results"
        in run("db", "merge", one.path, "--into", database).output
    )
    assert "Took in 1 spools: 1 test_runs" in run("db", "merge", two.path.parent, "--into", database).output
    assert "Took in 1 spools: nothing new" in run("db", "merge", copy, "--into", database).output
    assert "Took in 0 spools: nothing new" in run("db", "merge").output


def test_db_merge_leaves_what_a_living_session_still_writes(database):
    living = spooled(database)
    assert "Left: 1 spools of sessions that still run" in run("db", "merge").output
    assert living.path.exists()


def test_db_merge_of_lines_that_are_refused_says_where_they_are_and_fails(database):
    Path("bad.ndjson").write_text('{"table":"test_runs","row":{"run_id":5}}\n')
    output = run("db", "merge", "bad.ndjson", code=1).output
    assert "Refused: 1 rows; kept, with the reasons, in bad.ndjson.rejected" in output


def test_db_merge_leaves_files_that_are_no_spools(database):
    Path("theirs.ndjson").write_text("this is no line of ours\n")
    output = run("db", "merge", "theirs.ndjson", code=1).output
    assert "Left as it is: theirs.ndjson: it is no spool" in output
    assert Path("theirs.ndjson").read_text() == "this is no line of ours\n"


def test_columns_of_one_name_are_told_apart_and_whole_numbers_stay_whole(database):
    assert json.loads(run("query", "SELECT 1 AS a, 2 AS a", "-f", "json").output) == [{"a": 1, "a_1": 2}]
    run("query", "SELECT NULL::BIGINT AS x UNION ALL SELECT 1234567890123456789", "-f", "parquet", "-o", "z.parquet")
    import duckdb

    assert (1234567890123456789,) in duckdb.sql("SELECT x FROM 'z.parquet'").fetchall()


def test_a_reader_that_has_seen_enough_is_no_error(database):
    script = Path(sys.executable).with_name("ipfs-bench")
    command = f"{script} query 'SELECT * FROM range(300000)' -f csv | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=database.parent, check=True)
    assert (done.stdout, done.stderr) == ("range\n", "")


def test_hardware_imports_no_heavy_library():
    code = (
        "import sys; from pytest_ipfs_bench.cli import main; main(['hardware'], standalone_mode=False)\n"
        "print([m for m in ('torch', 'onnxruntime', 'duckdb', 'pandas', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_commands_of_upkeep_say_what_they_did(database, tmp_path):
    out = run("db", "backup", database).output
    assert "verified" in out
    (copy,) = Path(f"{database}.backups").iterdir()
    assert str(copy) in out
    assert run("db", "check", database).output == f"Sound: {database}\n"
    assert run("db", "compact", database).output.startswith(f"Compacted: {database}, ")
    restored = run("db", "restore", copy, database).output
    assert restored.startswith(f"Restored: {database} from {copy}; the replaced file is kept as {database}.replaced-")
    assert run("db", "upgrade", database).output == f"Nothing to do: it has schema 4: {database}\n"
    assert "Removed: 2 integration_test_results" not in run("db", "prune", database, "--older-than", "1d").output


def test_a_backup_says_what_its_retention_would_remove(database):
    for _ in range(3):
        run("db", "backup", database)
    assert run("db", "backup", database, "--keep", 1, "--dry-run").output.count("Would remove: ") == 2
    assert run("db", "backup", database, "--keep", 2).output.count("Removed: ") == 2


def test_check_names_what_is_wrong_and_fails_and_fix_mends_what_is_safe(database):
    from pytest_ipfs_bench.store.opening import opened

    with opened(database) as con:
        con.execute("INSERT INTO power_metrics (result_id) VALUES (uuid())")
    output = run("db", "check", database, code=1).output
    assert "satellites_without_result: 1: Rows of power_metrics" in output
    assert "--fix mends this." in output
    assert "Fixed: removed 1 rows of power_metrics" in run("db", "check", database, "--fix").output


def test_merge_takes_databases_files_and_folders_of_either(database, tmp_path):
    shards = tmp_path / "shards"
    shards.mkdir()
    for name in "ab":
        hand_over(shards / f"{name}.duckdb", spooled(shards / f"{name}.duckdb"))
    output = run("db", "merge", shards, "--into", "all.duckdb").output
    assert "Took in 2 databases: 2 test_runs, 4 integration_test_results" in output
    assert "can't be merged into itself" in run("db", "merge", database, "--into", database.name, code=1).output
    (shards / "broken.duckdb").write_text("x")
    output = run("db", "merge", shards, "--into", shards / "b.duckdb", code=1).output
    assert "Took in 1 databases" in output
    assert "Not taken in: " in output
    (shards / "broken.duckdb").unlink()
    assert "Took in 2 databases: nothing new" in run("db", "merge", shards, "--into", "all.duckdb").output


def test_pruned_rows_are_archived_and_can_be_asked(database, tmp_path):
    from pytest_ipfs_bench.store.opening import opened

    with opened(database) as con:
        con.execute("UPDATE integration_test_results SET created_at = '2020-01-01'")
    dry = run("db", "prune", database, "--older-than", "180d", "--dry-run").output
    assert dry == "Would remove: 2 integration_test_results; raw samples of 0 results\n"
    output = run("db", "prune", database, "--older-than", "180d", "--archive", "old").output
    assert "Removed: 2 integration_test_results" in output
    assert "Archived: " in output
    sql = "SELECT count(*) AS n FROM archived_integration_test_results"
    assert json.loads(run("query", sql, "--archive", "old", "-f", "json").output) == [{"n": 2}]
    assert (
        "disabled by configuration"
        in run("query", "SELECT * FROM read_text('/etc/passwd')", "--archive", "old", code=2).output
    )


def test_prune_wants_to_know_what_is_to_go(database):
    assert "Say what is to go: --older-than AGE" in run("db", "prune", database, code=2).output


@pytest.mark.parametrize("form", ["parquet", "csv", "json"])
def test_export_writes_a_file_per_table(database, form):
    output = run("export", database, "-o", "out", "-f", form).output
    assert f"integration_test_results.{form}: 2 rows" in output
    import duckdb

    assert duckdb.sql(f"SELECT count(*) FROM 'out/integration_test_results.{form}'").fetchall() == [(2,)]


def test_export_by_filter(database):
    (row,) = json.loads(run("query", "SELECT run_id FROM test_runs", "-f", "json").output)
    assert (
        "integration_test_results.csv: 2 rows" in run("export", "-f", "csv", "-o", "a", "--run", row["run_id"]).output
    )
    out = run("export", "-f", "csv", "-o", "b", "--since", "2099-01-01").output
    assert "integration_test_results.csv: 0 rows" in out
    assert "test_runs.csv: 0 rows" in out
    assert (
        "results.csv: 0 rows" in run("export", "-f", "csv", "-o", "c", "--table", "results", "--model", "bert").output
    )
    assert "Did you mean 'models'?" in run("export", "--table", "model", code=2).output
    assert "--since soon: no date." in run("export", "--since", "soon", code=2).output


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\nbench_db = there.duckdb\n"),
        ("tox.ini", "[pytest]\nbench_db = there.duckdb\n"),
        ("setup.cfg", "[tool:pytest]\nbench_db = there.duckdb\n"),
        ("pyproject.toml", '[tool.pytest.ini_options]\nbench_db = "there.duckdb"\n'),
        ("pytest.toml", '[pytest]\nbench_db = "there.duckdb"\n'),
    ],
)
def test_the_ini_file_names_the_database_as_it_does_for_pytest(database, tmp_path, monkeypatch, name, text):
    database.rename(tmp_path / "there.duckdb")
    (tmp_path / name).write_text(text)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert f"{tmp_path}/there.duckdb" in run("report").output


def test_an_ini_file_that_cannot_be_read_is_as_if_it_were_not_there(database, tmp_path):
    (tmp_path / "pytest.ini").write_text("not an ini file")
    (tmp_path / "pyproject.toml").write_text("not = [toml")
    assert "bench.duckdb" in run("report").output


def test_suites_are_listed_with_what_they_contain():
    found = {row["suite"]: row for row in json.loads(run("suites", "-f", "json").output)}
    assert set(found) == {"all", "key", "smoke", "training", "web"}
    assert found["training"]["tests"] == "training, distributed"
    assert (found["web"]["models"], found["web"]["hardware"]) == ("bert, vit, whisper", "cpu, wasm, webgpu, webnn")
    assert found["smoke"]["hardware"] is None
    assert "bert and vit learn" in run("suites").output


def test_compare_to_a_file_and_a_badge_on_stdout(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for day in (1, 2):
        spool = spooled(tmp_path / "bench.duckdb")
        made = Performance(
            result_id=new_id(),
            run_id=spool.paths[0].stem,
            test_case="a.py::test_a",
            mode="benchmark",
            latency_p50_ms=float(day),
        )
        spool.append(made.line())
        hand_over(tmp_path / "bench.duckdb", spool)
    run("compare", "previous", "latest", "-f", "json", "-o", "c.json")
    ratios = {row["ratio"] for row in json.loads(Path("c.json").read_text())["tables"]["Mean ratios"]}
    assert ratios == {2.0}
    run("compare", "previous", "latest", "-f", "parquet", "-o", "c.parquet")
    assert "a.py::test_a" in run("compare", "previous", "latest", "--limit", 1).output
    assert ">2 measured</text>" in run("badge").output
    run("badge", "--text", "mine", "-o", "b.svg")
    assert ">mine</text>" in Path("b.svg").read_text()
