"""Which templates are used, and how the tests fared that were made from them."""

import pytest

from pytest_ipfs_bench.records import Outcome, Run, new_id
from pytest_ipfs_bench.store.spool import Spool
from pytest_ipfs_bench.store.write import hand_over
from pytest_ipfs_bench.templates import usage
from pytest_ipfs_bench.templates.header import Header


@pytest.fixture
def database(tmp_path):
    """Two runs of tests from two templates, a simulated one, and one of no template."""
    file = tmp_path / "b.duckdb"
    spool = Spool.create(file, run := new_id())
    made = [("mine", "2-aaaaaaaa", status, "a.py") for status in ("pass", "pass", "fail", "error", "skip", "xfail")]
    made += [("mine", "1-bbbbbbbb", "pass", "b.py"), ("shipped/test", "cccccccc", "skip", "c.py")]
    spool.append(Run(run_id=run).line())
    for number, (name, version, status, path) in enumerate(made):
        spool.append(outcome(run, status, path, number, {"template": {"name": name, "version": version}}).line())
    spool.append(
        outcome(
            run, "pass", "d.py", 90, {"template": {"name": "mine", "version": "2-aaaaaaaa"}}, is_simulated=True
        ).line()
    )
    spool.append(outcome(run, "pass", "d.py", 91, None).line())
    hand_over(file, spool)
    return file


def outcome(run, status, path, number, metadata, **more):
    return Outcome(
        test_result_id=new_id(), run_id=run, node_id=f"{path}::test_{number}", status=status, metadata=metadata,
        created_at=f"2026-01-01T00:00:{number % 60:02}", **more,
    )  # fmt: skip


def test_runs_and_files_are_counted_by_template_and_version(database, library, tmp_path):
    folder = tmp_path / "made"
    for place in ("test_a.py", "deep/test_b.py", "node_modules/test_c.py", ".hidden/test_d.py"):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(str(Header("mine", "2-aaaaaaaa", "x")))
    (folder / "link.py").symlink_to(folder / "test_a.py")
    (folder / "own.py").write_text("x = 1\n")
    found = usage.rows(
        database, library(idle="{#\nkind: skill\n#}\n", helping="{#\nkind: helper\n#}\n").templates, [folder]
    )
    assert [row[:8] for row in found] == [
        ("mine", "1-bbbbbbbb", None, 1, 1, 0, 0, 0),
        ("mine", "2-aaaaaaaa", 2, 1, 2, 1, 1, 2),
        ("shipped/test", "cccccccc", None, 1, 0, 0, 0, 1),
        ("idle", None, None, None, None, None, None, None),
    ]
    assert str(found[1][8]) == "2026-01-01 00:00:05"


def test_a_file_may_be_named_itself_and_there_need_be_no_database(library, tmp_path):
    (tmp_path / "one.py").write_text(str(Header("mine", "1-a", "x")))
    found = usage.rows(tmp_path / "none.duckdb", library().templates, [tmp_path / "one.py"])
    assert [row[:3] for row in found] == [("mine", "1-a", 1), ("shipped/test", None, None)]
