"""Many sessions, crashes and locks: everything that had finished is stored, once."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

SUITE = """
import os, time, pytest
LOG = os.open(os.environ["TEST_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
@pytest.mark.parametrize("n", range(60), ids=lambda n: f"s{os.environ['SESSION_NO']}-{n}")
def test_quick(n, request, benchmark):
    benchmark.pedantic(len, args=("x",), rounds=2)
    time.sleep(0.002)
    os.write(LOG, (request.node.nodeid + "\\n").encode())
"""


def start(session, number, *words):
    environment = {**os.environ, "SESSION_NO": str(number), "TEST_LOG": str(session.path / "finished.log")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--bench-db=b.duckdb", *words]
    return subprocess.Popen(
        command, cwd=session.path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.mark.slow
def test_sessions_killed_at_any_moment_lose_nothing_that_had_finished(session, rows):
    session.makepyfile(test_k=SUITE)
    begun = time.monotonic()
    start(session, "whole").communicate()
    whole = time.monotonic() - begun
    moments = random.Random(7)
    for number in range(4):
        process = start(session, number)
        time.sleep(moments.uniform(0.3, 1.05) * whole)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    last = start(session, "last")
    last.communicate()
    assert last.returncode == 0
    finished = (session.path / "finished.log").read_text().splitlines()
    stored = [row["node_id"] for row in rows(session.path / "b.duckdb", "SELECT node_id FROM integration_test_results")]
    assert len(stored) == len(set(stored))
    last_ones = {max((n for n in finished if f"[s{k}-" in n), key=finished.index, default="") for k in range(4)}
    assert set(finished) - set(stored) <= last_ones  # killed between the test's own note and its report
    timed = [row["test_case"] for row in rows(session.path / "b.duckdb", "SELECT test_case FROM performance_results")]
    assert sorted(timed) == sorted(stored)
    assert not (session.path / "b.duckdb.spool").exists()


@pytest.mark.slow
def test_sessions_at_once_into_one_file_are_all_stored_once(session, rows):
    session.makepyfile(test_k=SUITE)
    running = [start(session, number) for number in range(6)]
    said = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0] * 6, said
    found = rows(
        session.path / "b.duckdb",
        "SELECT count(*) AS n, count(DISTINCT node_id) AS d, count(DISTINCT run_id) AS r FROM integration_test_results",
    )
    assert found == [{"n": 360, "d": 360, "r": 6}]
    assert rows(session.path / "b.duckdb", "SELECT count(*) AS n FROM hardware_platforms") == [{"n": 1}]


@pytest.fixture
def held(session):
    """A database that another process holds for hours."""
    session.makepyfile("def test_one(): pass\n")
    session.runpytest("--bench-db=b.duckdb")
    code = "import duckdb, sys; con = duckdb.connect('b.duckdb'); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code], cwd=session.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    holder.stdout.readline()
    yield holder
    holder.communicate()


@pytest.mark.slow
def test_a_held_database_is_waited_for_with_a_word_and_then_the_spool_stays(session, held):
    result = session.runpytest("--bench-db=b.duckdb", "--bench-lock-timeout=1.5")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            f"*b.duckdb is in use by another process (PID {held.pid}). Waiting up to 2 s.",
            "The results are in the spool. Take them in with:",
            "  ipfs-bench db merge *",
        ]
    )
    assert list((session.path / "b.duckdb.spool").iterdir())


def test_where_the_database_is_required_the_session_fails(session, held):
    assert session.runpytest("--bench-db=b.duckdb", "--bench-lock-timeout=0", "--bench-db-required").ret == 1


def test_a_database_required_and_stored_is_a_success(session):
    session.makepyfile("def test_one(): pass\n")
    assert session.runpytest("--bench-db=b.duckdb", "--bench-db-required").ret == 0


def test_a_link_to_the_database_is_the_database(session, rows):
    session.makepyfile("def test_one(): pass\n")
    (session.path / "link.duckdb").symlink_to("real.duckdb")
    session.runpytest("--bench-db=link.duckdb")
    session.runpytest("--bench-db=real.duckdb")
    assert (session.path / "link.duckdb").is_symlink()
    assert rows(session.path / "real.duckdb", "SELECT count(*) AS n FROM test_runs") == [{"n": 2}]
    assert not (session.path / "link.duckdb.lock").exists()


def test_two_names_of_one_file_are_warned_of(session):
    session.makepyfile("def test_one(): pass\n")
    session.runpytest("--bench-db=b.duckdb")
    os.link(session.path / "b.duckdb", session.path / "twin.duckdb")
    result = session.runpytest("--bench-db=twin.duckdb")
    result.stdout.fnmatch_lines(["*twin.duckdb has 2 names (hard links): sessions must all use the same one."])


def test_an_old_database_is_upgraded_on_the_way_and_said_so(session, rows):
    import shutil
    from pathlib import Path

    shutil.copy(Path(__file__).parent.parent / "data" / "v1.duckdb", session.path / "b.duckdb")
    session.makepyfile("def test_one(): pass\n")
    result = session.runpytest("--bench-db=b.duckdb")
    result.stdout.fnmatch_lines(["*b.duckdb was upgraded from schema 1 to 4; the old file is kept as b.duckdb.bak-v1."])
    assert rows(session.path / "b.duckdb", "SELECT count(*) AS n FROM test_runs") == [{"n": 2}]
