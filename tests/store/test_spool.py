"""The spool: flushed line by line, locked while its session lives, an orphan afterwards."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_ipfs_bench.records import Outcome, Run, new_id
from pytest_ipfs_bench.store import spool as spools
from pytest_ipfs_bench.store.spool import Spool


@pytest.fixture
def database(tmp_path):
    return tmp_path / "b.duckdb"


def test_a_line_is_in_the_file_at_once(database):
    spool = Spool.create(database, "run")
    spool.append("one")
    spool.append("two")
    assert spool.path == Path(f"{database}.spool/run.ndjson")
    assert spool.path.read_text() == "one\ntwo\n"
    assert spool.lines() == ["one", "two"]


def test_a_living_sessions_spool_can_not_be_adopted(database):
    spool = Spool.create(database, "run")
    assert Spool.adopt(spool.path) is None
    spool.close()
    assert Spool.adopt(spool.path) is not None


def test_the_spool_of_a_killed_process_is_an_orphan(database):
    code = (
        "import sys, time, pathlib\nfrom pytest_ipfs_bench.store.spool import Spool\n"
        "spool = Spool.create(pathlib.Path(sys.argv[1]), 'killed')\nspool.append('kept')\n"
        "print('ready', flush=True)\ntime.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, database], stdout=subprocess.PIPE)
    process.stdout.readline()
    path = Path(f"{database}.spool/killed.ndjson")
    assert Spool.adopt(path) is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert Spool.adopt(path).lines() == ["kept"]


def test_a_forked_child_neither_writes_nor_keeps_the_lock(database):
    spool = Spool.create(database, "run")
    ready, release = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        spool.append("of the child")
        os.write(ready[1], b"x")
        os.read(release[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    spool.append("of the session")
    path = spool.path
    spool.close()
    try:
        assert Spool.adopt(path).lines() == ["of the session"]
    finally:
        os.write(release[1], b"x")
        os.waitpid(pid, 0)


def test_the_folder_goes_with_its_last_spool(database):
    one, two = Spool.create(database, "one"), Spool.create(database, "two")
    one.remove()
    assert two.path.exists()
    two.remove()
    assert not two.path.parent.exists()


def test_where_the_folder_cannot_be_made_the_spool_lies_in_the_users_state_folder(tmp_path):
    (tmp_path / "b.duckdb.spool").write_text("a file is in the way")
    spool = Spool.create(tmp_path / "b.duckdb", "run")
    assert spool.path.is_relative_to(os.environ["XDG_STATE_HOME"])
    assert spool.path in [path for folder in spools.folders(tmp_path / "b.duckdb") for path in spools.files(folder)]


def test_no_folder_at_all_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "b.duckdb.spool").write_text("in the way")
    (tmp_path / "state").write_text("in the way, too")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with pytest.raises(OSError, match=r"b\.duckdb\.spool"):
        Spool.create(tmp_path / "b.duckdb", "run")


def test_what_a_full_disk_refuses_is_kept_whole_and_tried_again(database, monkeypatch):
    spool = Spool.create(database, "run")
    spool.append("before")
    real = os.write

    def full(handle, data):
        return real(handle, data[:3])  # the disk takes a part of the line and no more

    monkeypatch.setattr(os, "write", full)
    spool.append("refused at first")
    assert [path.read_text() for path in spool.paths] == ["before\n", ""]
    assert spool.lines() == ["before", "refused at first"]
    monkeypatch.setattr(os, "write", real)
    assert spool.lines() == ["before", "refused at first"]
    assert spool.unwritten == []


def test_on_a_full_disk_the_spool_goes_on_in_the_users_state_folder(small_disk):
    spool = Spool.create(small_disk / "b.duckdb", "run")
    lines = ["about the run", *(f"{number} {'x' * 1000}" for number in range(100))]
    for line in lines:
        spool.append(line)
    here, elsewhere = spool.paths
    assert elsewhere.is_relative_to(os.environ["XDG_STATE_HOME"])
    assert elsewhere.read_text().startswith("about the run\n")
    assert here.read_text().endswith("x\n")
    assert [line for line in spool.lines() if line != "about the run"] == lines[1:]
    assert spool.unwritten == []
    spool.remove()
    assert not here.exists()
    assert not elsewhere.exists()


def test_waiting_results_are_counted_without_the_lines_about_the_run(database):
    spool = Spool.create(database, "run")
    run = Run(run_id=new_id())
    spool.append(run.line())
    spool.append(Outcome(test_result_id=new_id(), run_id=run.run_id, node_id="n", status="pass").line())
    assert spools.waiting(database) == 1
    assert spools.waiting(database.with_name("other.duckdb")) == 0
