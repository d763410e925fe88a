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
