"""When a session is stored, where, and what becomes of it when it can't be."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_ipfs_bench.records import Outcome, Run, new_id
from pytest_ipfs_bench.store.spool import Spool

ONE = "def test_one(): pass\n"


def outcomes(rows, database):
    return rows(database, "SELECT count(*) AS n FROM integration_test_results")[0]["n"]


def test_a_plain_session_leaves_nothing(session):
    session.makepyfile(ONE)
    before = set(session.path.iterdir())
    session.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=1)
    assert set(session.path.iterdir()) - before <= {session.path / "__pycache__", session.path / ".benchmarks"}


@pytest.mark.parametrize("words", [["--hardware=cpu"], ["--bench-verify"], ["--bench-report=text", "."]])
def test_asking_for_cells_or_a_report_stores_in_the_default_database(session, rows, words):
    session.makepyfile(ONE)
    session.runpytest(*words)
    assert outcomes(rows, session.path / "bench.duckdb") == 1


def test_the_legacy_default_is_used_if_only_that_is_there(session, rows):
    session.makepyfile(ONE)
    session.runpytest("--bench-db=benchmark_db.duckdb")
    session.runpytest("--hardware=cpu")
    assert outcomes(rows, session.path / "benchmark_db.duckdb") == 2
    assert not (session.path / "bench.duckdb").exists()


def test_command_line_beats_environment_beats_ini(session, rows, monkeypatch):
    session.makepyfile(ONE)
    session.makeini("[pytest]\nbench_db = ini.duckdb\n")
    session.runpytest()
    monkeypatch.setenv("BENCHMARK_DB_PATH", "environment.duckdb")
    session.runpytest()
    session.runpytest("--bench-db=line.duckdb")
    assert [outcomes(rows, session.path / f"{name}.duckdb") for name in ("ini", "environment", "line")] == [1, 1, 1]


def test_an_ini_path_is_relative_to_the_ini_file_and_a_command_line_path_to_the_folder(session, rows, monkeypatch):
    session.makeini("[pytest]\nbench_db = ini.duckdb\n")
    below = session.mkdir("below")
    (below / "test_b.py").write_text(ONE)
    monkeypatch.chdir(below)
    session.runpytest()
    session.runpytest("--bench-db=line.duckdb")
    assert outcomes(rows, session.path / "ini.duckdb") == 1
    assert outcomes(rows, below / "line.duckdb") == 1


def test_addopts_may_name_the_database(session, rows):
    session.makeini("[pytest]\naddopts = --bench-db=adds.duckdb\n")
    session.makepyfile(ONE)
    session.runpytest()
    assert outcomes(rows, session.path / "adds.duckdb") == 1


@pytest.mark.parametrize("words", [["--no-db-store"], ["--collect-only"], ["--fixtures"], ["--setup-plan"]])
def test_what_is_not_to_be_stored_or_runs_no_test_stores_nothing(session, words):
    session.makepyfile(ONE)
    session.runpytest("--bench-db=b.duckdb", *words)
    assert not list(session.path.glob("b.duckdb*"))


def test_a_further_session_adds_its_run(session, rows):
    session.makepyfile(ONE)
    for _ in range(3):
        session.runpytest("--bench-db=b.duckdb")
    assert rows(session.path / "b.duckdb", "SELECT count(*) AS n, bool_and(success) AS s FROM test_runs") == [
        {"n": 3, "s": True}
    ]


def test_a_folder_that_is_not_there_yet_is_made(session, rows):
    session.makepyfile(ONE)
    session.runpytest("--bench-db=new/deep/b.duckdb")
    assert outcomes(rows, session.path / "new" / "deep" / "b.duckdb") == 1


def test_a_killed_sessions_finished_tests_are_taken_in_by_the_next_one(session, rows):
    session.makepyfile(
        test_killed="import time\ndef test_a(): pass\ndef test_b(): pass\ndef test_c(): print('now', flush=True); time.sleep(60)\n",
        test_next=ONE,
    )
    command = [sys.executable, "-m", "pytest", "-s", "--bench-db=b.duckdb", "test_killed.py"]
    process = subprocess.Popen(command, cwd=session.path, stdout=subprocess.PIPE, text=True)
    while "now" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate()
    result = session.runpytest("--bench-db=b.duckdb", "test_next.py")
    result.stdout.fnmatch_lines(["also taken in: the results of 1 earlier sessions that could not store them"])
    found = rows(session.path / "b.duckdb", "SELECT test_name FROM integration_test_results ORDER BY 1")
    assert [row["test_name"] for row in found] == ["test_a", "test_b", "test_one"]
    runs = rows(
        session.path / "b.duckdb",
        "SELECT success, completed_at IS NULL AS unfinished FROM test_runs ORDER BY started_at",
    )
    assert runs == [{"success": None, "unfinished": True}, {"success": True, "unfinished": False}]


@pytest.mark.slow
def test_a_database_that_is_held_keeps_the_spool_and_says_how_to_take_it_in(session, rows):
    session.makepyfile(ONE)
    session.runpytest("--bench-db=b.duckdb")
    code = "import duckdb, sys; con = duckdb.connect('b.duckdb'); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code], cwd=session.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    holder.stdout.readline()
    result = session.runpytest("--bench-db=b.duckdb", "--bench-lock-timeout=0.1")
    holder.communicate()
    assert result.ret == 0
    (spool,) = (session.path / "b.duckdb.spool").iterdir()
    result.stdout.fnmatch_lines(
        [
            f"*b.duckdb is in use by another process (PID {holder.pid}).",
            "The results are in the spool. Take them in with:",
            f"  ipfs-bench db merge {spool} --into {session.path}/b.duckdb",
        ]
    )
    session.run("ipfs-bench", "db", "merge", str(spool), "--into", "b.duckdb").stdout.fnmatch_lines(
        ["Took in 1 spools: *"]
    )
    assert outcomes(rows, session.path / "b.duckdb") == 2


def test_a_database_replaced_by_a_folder_meanwhile_keeps_the_spool(session):
    session.makepyfile("import os\ndef test_a(): os.mkdir('b.duckdb')\n")
    result = session.runpytest("--bench-db=b.duckdb")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*b.duckdb can't be used*", "*ipfs-bench db merge*"])
    assert list((session.path / "b.duckdb.spool").iterdir())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_test_that_forks_disturbs_nothing(session, rows):
    session.makepyfile(
        "import os, multiprocessing\n"
        "def work(): os._exit(0)\n"
        "def test_a():\n"
        "    process = multiprocessing.get_context('fork').Process(target=work); process.start(); process.join()\n"
    )
    session.runpytest("--bench-db=b.duckdb", "-W", "ignore::DeprecationWarning")
    assert outcomes(rows, session.path / "b.duckdb") == 1


def test_a_full_disk_loses_nothing_and_is_named(session, rows, small_disk):
    session.makepyfile("import pytest\n@pytest.mark.parametrize('n', range(300))\ndef test_a(n): pass\n")
    result = session.runpytest(f"--bench-db={small_disk}/b.duckdb")
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"{small_disk}/b.duckdb can't be used: *o space left on device*"])
    (command,) = [line for line in result.outlines if "ipfs-bench db merge" in line]
    spools = command.split("merge ")[1].split(" --into")[0].split()
    assert len(spools) == 2
    session.run("ipfs-bench", "db", "merge", *spools, "--into", "elsewhere.duckdb")
    assert outcomes(rows, session.path / "elsewhere.duckdb") == 300
    assert rows(session.path / "elsewhere.duckdb", "SELECT success FROM test_runs") == [{"success": True}]


def test_results_that_no_disk_takes_are_on_the_screen_and_can_be_merged_from_there(
    session, rows, small_disk, monkeypatch
):
    monkeypatch.setenv("XDG_STATE_HOME", str(small_disk / "state"))
    session.makepyfile(
        "import pytest\n@pytest.mark.parametrize('n', range(300), ids=lambda n: f'ü\\x7f{n}')\ndef test_a(n): pass\n"
    )
    result = session.runpytest(f"--bench-db={small_disk}/b.duckdb")
    result.stdout.fnmatch_lines(["No disk took * lines (*No space left on device*). Save them as FILE.ndjson*"])
    saved = [line for line in result.outlines if line.startswith('{"table":"')]
    (session.path / "screen.ndjson").write_text("\n".join(saved) + "\n")
    spool = small_disk / "b.duckdb.spool"
    session.run("ipfs-bench", "db", "merge", str(spool), "screen.ndjson", "--into", "elsewhere.duckdb")
    assert outcomes(rows, session.path / "elsewhere.duckdb") == 300


def test_a_spool_on_a_read_only_disk_is_taken_in_and_named(session, rows, small_disk):
    run = Run(run_id=new_id())
    spool = Spool.create(small_disk / "b.duckdb", run.run_id)
    spool.append(run.line())
    spool.append(Outcome(test_result_id=new_id(), run_id=run.run_id, node_id="a", status="pass").line())
    spool.close()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    result = session.run("ipfs-bench", "db", "merge", str(spool.path), "--into", "elsewhere.duckdb")
    assert outcomes(rows, session.path / "elsewhere.duckdb") == 1
    result.stderr.fnmatch_lines([f"Taken in, but can't be removed: {spool.path}"])


def test_a_database_deleted_meanwhile_is_made_anew_with_this_sessions_results(session, rows):
    session.makepyfile("def test_a(): pass\n")
    session.runpytest("--bench-db=b.duckdb")
    session.makepyfile("import os\ndef test_a(): os.remove('b.duckdb')\n")
    assert session.runpytest("--bench-db=b.duckdb").ret == 0
    assert outcomes(rows, session.path / "b.duckdb") == 1


@pytest.fixture
def freezable(tmp_path):
    """A folder that a test may make immutable (chattr +i), for root as for anybody."""
    folder = tmp_path / "frozen"
    folder.mkdir()
    tried = (
        shutil.which("chattr")
        and subprocess.run(["chattr", "+i", folder], check=False, capture_output=True).returncode == 0
    )
    if not tried:
        pytest.skip("no folder can be made immutable here")
    subprocess.run(["chattr", "-i", folder], check=True)
    yield folder
    subprocess.run(["chattr", "-R", "-i", folder], check=True)


def test_a_folder_made_read_only_meanwhile_keeps_the_spool_and_says_why(session, freezable):
    session.makepyfile(
        f"import subprocess\ndef test_a(): subprocess.run(['chattr', '+i', {str(freezable)!r}], check=True)\n"
    )
    result = session.runpytest(f"--bench-db={freezable}/b.duckdb")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [f"{freezable}/b.duckdb can't be written: Operation not permitted.", "  ipfs-bench db merge *"]
    )
    assert len(list(freezable.rglob("*.ndjson"))) == 1


def test_a_folder_that_is_read_only_from_the_start_leaves_the_spool_in_the_users_state_folder(session, rows, freezable):
    subprocess.run(["chattr", "+i", freezable], check=True)
    session.makepyfile("def test_a(): pass\n")
    result = session.runpytest(f"--bench-db={freezable}/b.duckdb")
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"{freezable}/b.duckdb can't be written: Operation not permitted."])
    (spool,) = Path(os.environ["XDG_STATE_HOME"]).rglob("*.ndjson")
    session.run("ipfs-bench", "db", "merge", str(spool), "--into", "elsewhere.duckdb")
    assert outcomes(rows, session.path / "elsewhere.duckdb") == 1


def test_trouble_is_told_whatever_the_exit_status(session):
    """pytest leaves out the summary for an exit status of one's own."""
    session.makepyfile(
        "import os, pytest\ndef test_a():\n    os.mkdir('b.duckdb')\n    pytest.exit('stop', returncode=7)\n"
    )
    result = session.runpytest("--bench-db=b.duckdb")
    assert result.ret == 7
    result.stdout.fnmatch_lines(["*b.duckdb can't be used*", "  ipfs-bench db merge *"])


def test_a_report_file_that_cannot_be_written_is_told_before_any_test_runs(session):
    session.makepyfile("def test_a(): pass\n")
    result = session.runpytest("--bench-db=b.duckdb", "--bench-report=json", "--bench-report-file=.")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*the report can't be written (it is a folder)."])
    assert not (session.path / "b.duckdb").exists()


def test_there_is_no_report_where_nothing_was_stored(session, rows, monkeypatch):
    monkeypatch.setenv("DEPRECATE_JSON_OUTPUT", "0")
    session.makepyfile("import os\ndef test_a(): os.mkdir('c.duckdb')\n")
    result = session.runpytest("--bench-db=c.duckdb", "--bench-report=json", "--bench-report-file=c.json")
    result.stdout.fnmatch_lines(["no report: this session's results are not in the database"])
