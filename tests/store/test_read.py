"""Opening for answers: each thing that can be wrong with a file has its sentence, and asking makes nothing."""

import os
import subprocess
import sys

import duckdb
import pytest

from pytest_ipfs_bench.errors import StoreBusy, StoreError
from pytest_ipfs_bench.store import read
from pytest_ipfs_bench.store.opening import opened


def attempt(path):
    with read.reading(path):
        pass


def test_a_missing_database_is_named_and_not_made(tmp_path):
    with pytest.raises(StoreError, match=r"none\.duckdb does not exist; nothing was made\.\nFill it with"):
        attempt(tmp_path / "none.duckdb")
    assert not list(tmp_path.iterdir())


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(StoreError, match="is a folder, not a database"):
        attempt(tmp_path)
    with pytest.raises(StoreError, match=r"is a folder\.\nName a file in it"):
        read.check(tmp_path)


def test_an_empty_duckdb_file_has_nothing_to_answer(tmp_path):
    duckdb.connect(str(tmp_path / "e.duckdb")).close()
    with pytest.raises(StoreError, match="no session has stored anything"):
        attempt(tmp_path / "e.duckdb")


@pytest.mark.parametrize("content", [b"this is no database\n" * 300, b"", b"SQLite format 3\x00" + bytes(4096)])
def test_a_file_that_is_no_duckdb_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "garbage.duckdb"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"garbage\.duckdb"):
        read.check(path)
    assert path.read_bytes() == content


def test_a_truncated_database_is_refused_in_one_sentence(tmp_path):
    path = tmp_path / "torn.duckdb"
    with opened(path):
        pass
    path.write_bytes(path.read_bytes()[:30_000])
    with pytest.raises(StoreError, match=r"torn\.duckdb is damaged \(.*\); it was left as it is\.\nRestore a backup"):
        attempt(path)


@pytest.fixture
def held(tmp_path):
    """A database that another process has open for writing."""
    path = tmp_path / "held.duckdb"
    with opened(path):
        pass
    code = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen([sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    yield path, holder.pid
    holder.communicate()


def test_a_database_held_by_another_process_names_the_holder(held, monkeypatch):
    path, pid = held
    monkeypatch.setattr(read, "WAIT_SECONDS", 0.2)
    with pytest.raises(StoreBusy, match=rf"held\.duckdb is in use by another process \(PID {pid}\)"):
        attempt(path)


def test_a_busy_database_is_no_mistake(held):
    read.check(held[0])


@pytest.mark.slow
def test_waiting_is_told_once_and_ends(held):
    path, _ = held
    told = []
    with pytest.raises(StoreBusy), opened(path, wait=1.6, tell=told.append):
        pass
    assert len(told) == 1
    assert "Waiting up to 2 s" in told[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_can_still_be_read(tmp_path):
    path = tmp_path / "r.duckdb"
    with opened(path):
        pass
    tmp_path.chmod(0o500)
    try:
        attempt(path)
    finally:
        tmp_path.chmod(0o700)


def test_a_damaged_log_has_its_own_sentence(tmp_path):
    path = tmp_path / "w.duckdb"
    with opened(path):
        pass
    code = (
        "import duckdb, os, sys\ncon = duckdb.connect(sys.argv[1])\n"
        "for n in range(50): con.execute(\"INSERT INTO test_runs (run_id, test_name) VALUES (uuid(), repeat('x', 200))\")\nos._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, path], check=False)
    log = path.with_name("w.duckdb.wal")
    data = bytearray(log.read_bytes())
    data[data.index(b"x" * 100, len(data) // 2) + 50] ^= 0xFF  # in a value: a flipped length would look like a torn end
    log.write_bytes(data)
    with pytest.raises(StoreError, match=r"its log w\.duckdb\.wal is damaged.*\nRestore a backup"):
        attempt(path)


def test_peeking_where_nothing_has_been_stored_yet_is_no_mistake(tmp_path):
    path = tmp_path / "p.duckdb"
    with read.peeking(path, 0) as con:
        assert con is None
    assert not path.exists()
    duckdb.connect(str(path)).close()
    with read.peeking(path, 0) as con:
        assert con is None
    with opened(path):
        pass
    with read.peeking(path, 0) as con:
        assert con.execute("SELECT count(*) FROM test_runs").fetchone() == (0,)


def test_peeking_at_another_programs_database_names_it(tmp_path):
    path = tmp_path / "p.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE theirs (a INTEGER)")
    with pytest.raises(StoreError, match="another program"), read.peeking(path, 0):
        pass
