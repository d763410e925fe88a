"""What earlier imports of a tree have left in the database."""

from pytest_ipfs_bench.records import Run, Source, new_id
from pytest_ipfs_bench.store import imports
from pytest_ipfs_bench.store.read import reading
from pytest_ipfs_bench.store.spool import Spool
from pytest_ipfs_bench.store.write import hand_over


def test_a_file_that_was_imported_before_is_known_by_its_tree_and_path(tmp_path):
    path, run = tmp_path / "b.duckdb", Run(run_id=new_id(), metadata={"tree": "/here"})
    spool = Spool.create(path, run.run_id)
    spool.append(run.line())
    about = {"run_id": run.run_id, "format": "legacy", "status": "imported", "sha256": "ab"}
    spool.append(Source(source_id=new_id(), path="a.json", **about).line())
    hand_over(path, spool)
    with reading(path) as con:
        assert list(imports.earlier_versions(con, "/here", ["a.json", "b.json"])) == ["a.json"]
        assert not imports.earlier_versions(con, "/elsewhere", ["a.json"])
