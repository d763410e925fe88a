"""The folders of runners: gone with them, and those of killed sessions with the next."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_ipfs_bench.folders import LOCK, Folder

HOLDS = (
    "import sys, time; from pytest_ipfs_bench.folders import Folder; print(Folder().path, flush=True); time.sleep(60)"
)


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


@pytest.fixture
def other():
    """Another session that lives, and the name of its folder."""
    root = str(Path(__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": root}
    process = subprocess.Popen([sys.executable, "-c", HOLDS], stdout=subprocess.PIPE, text=True, env=environment)
    yield process, Path(process.stdout.readline().strip()).name
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_folder_is_gone_when_it_is_removed_with_all_that_is_in_it(temporary):
    folder = Folder()
    (folder.path / "below").mkdir()
    (folder.path / "below" / "file").touch()
    folder.remove()
    folder.remove()
    assert list(temporary.iterdir()) == []


def test_the_folder_of_a_session_that_lives_stays_and_that_of_a_killed_one_goes(temporary, other):
    process, name = other
    mine = Folder()
    assert {one.name for one in temporary.iterdir()} == {name, mine.path.name}
    process.send_signal(signal.SIGKILL)
    process.wait()
    again = Folder()
    assert {one.name for one in temporary.iterdir()} == {mine.path.name, again.path.name}


def test_what_is_not_ours_stays(temporary):
    (temporary / "ipfs-bench-of-a-person").mkdir()
    (temporary / "theirs").mkdir()
    (temporary / "theirs" / LOCK).touch()
    (temporary / "elsewhere").mkdir()
    (temporary / "elsewhere" / LOCK).touch()
    (temporary / "ipfs-bench-link").symlink_to(temporary / "elsewhere")
    Folder().remove()
    assert {one.name for one in temporary.iterdir()} == {
        "ipfs-bench-of-a-person",
        "theirs",
        "elsewhere",
        "ipfs-bench-link",
    }
    assert (temporary / "elsewhere" / LOCK).exists()
