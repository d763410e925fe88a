"""The sidecar lock: fair, limited, and no file of DuckDB's."""

import pytest

from pytest_ipfs_bench.errors import StoreBusy
from pytest_ipfs_bench.store.lock import exclusive


def test_one_at_a_time_and_a_limit_to_waiting(tmp_path):
    database = tmp_path / "b.duckdb"
    with exclusive(database, 0), pytest.raises(StoreBusy, match=r"b\.duckdb is in use"), exclusive(database, 0.05):
        pytest.fail("two held the lock")
    with exclusive(database, 0):
        assert not database.exists()


def test_a_file_system_without_locks_is_warned_of(tmp_path, monkeypatch):
    import errno

    from pytest_ipfs_bench.store import lock

    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock.fcntl, "flock", refuse)
    told = []
    with exclusive(tmp_path / "b.duckdb", 0, told.append):
        pass
    (sentence,) = told
    assert sentence.startswith(
        f"{tmp_path} is on a file system without locks (No locks available): let no two sessions"
    )


def test_on_a_file_system_without_locks_a_session_is_stored_and_its_spool_is_nobody_elses(tmp_path, monkeypatch):
    import errno

    from pytest_ipfs_bench.records import Run, new_id
    from pytest_ipfs_bench.store import lock
    from pytest_ipfs_bench.store.spool import Spool
    from pytest_ipfs_bench.store.write import hand_over

    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock.fcntl, "flock", refuse)
    database, run = tmp_path / "b.duckdb", Run(run_id=new_id())
    other = Spool.create(database, "of-another-session")
    spool = Spool.create(database, run.run_id)
    spool.append(run.line())
    assert hand_over(database, spool).rows == {"test_runs": 1}
    assert Spool.adopt(other.path) is None
    assert other.path.exists()
