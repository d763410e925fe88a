"""pytest --migrate-legacy: a task; trees with an ini file of their own; the report afterwards."""

import json
import os
import subprocess
import sys

import pytest

ROW = {"model_name": "bert", "hardware_type": "cuda", "average_latency_ms": 3.5, "throughput_items_per_second": 10.0}


@pytest.fixture
def tree(session):
    folder = session.path / "test_results"
    folder.mkdir()
    (folder / "one.json").write_text(json.dumps([ROW, {**ROW, "average_latency_ms": 4.5}]))
    (folder / "notes.json").write_text('{"hello": "world"}')
    (folder / "cut.json").write_text('[{"model_name": "be')
    session.makepyfile("def test_never_run(): assert 0")
    return folder


def migrated(session, *words):
    return session.run("pytest", *words)


def test_the_users_command(session, tree, rows):
    result = migrated(session, "--migrate-legacy", "./test_results")
    assert result.ret == 0
    lines = [line for line in result.outlines if line]
    assert lines[0] == f"database: {session.path}/bench.duckdb"
    assert "3 files found = 1 imported + 0 duplicate + 1 not results + 1 rejected" in lines
    assert "Stored 2 measurements, 0 compatibility rows, 0 outcomes; 0 further statements of known results." in lines
    assert any(line.startswith("rejected: cut.json: not JSON: Unterminated string") for line in lines)
    told = rows(session.path / "bench.duckdb", "SELECT status, count(*) AS n FROM import_sources GROUP BY 1 ORDER BY 1")
    assert told == [{"status": "imported", "n": 1}, {"status": "not_results", "n": 1}, {"status": "rejected", "n": 1}]
    assert rows(session.path / "bench.duckdb", "SELECT count(*) AS n FROM integration_test_results") == [{"n": 0}]


def test_again_it_imports_nothing_and_says_so(session, tree):
    migrated(session, "--migrate-legacy", "./test_results")
    result = migrated(session, "--migrate-legacy", "./test_results")
    result.stdout.fnmatch_lines(["3 files found = 0 imported + 1 duplicate + 1 not results + 1 rejected"])
    result.stdout.fnmatch_lines(["Nothing new: 2 results were known already."])


@pytest.mark.slow
def test_a_report_follows_if_asked_for(session, tree):
    result = migrated(session, "--migrate-legacy=test_results", "--bench-report", "markdown")
    assert result.ret == 0
    assert "# Summary" in result.outlines


def test_the_ini_file_of_the_tree_says_nothing_about_the_database(session, tree):
    (tree / "pytest.ini").write_text("[pytest]\nbench_db = theirs.duckdb\naddopts = -q\n")
    result = migrated(session, "--migrate-legacy", "test_results")
    assert result.ret == 0
    assert result.outlines[0] == f"database: {session.path}/bench.duckdb"
    assert not (tree / "theirs.duckdb").exists()
    assert {path.name for path in tree.iterdir()} == {"one.json", "notes.json", "cut.json", "pytest.ini"}


@pytest.mark.slow
def test_a_tree_whose_ini_file_stops_pytest_is_migrated_by_an_equals_sign(session, tree):
    (tree / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    stopped = migrated(session, "--migrate-legacy", "test_results")
    assert stopped.ret == pytest.ExitCode.USAGE_ERROR
    assert migrated(session, "--migrate-legacy=test_results").ret == 0


def test_strict_fails_for_a_rejected_file_and_deletes_nothing(session, tree):
    before = sorted(path.name for path in tree.iterdir())
    result = migrated(session, "--migrate-legacy=test_results", "--migrate-strict", "--migrate-delete")
    assert result.ret == 1
    assert sorted(path.name for path in tree.iterdir()) == before
    result.stdout.fnmatch_lines(["Nothing was archived or deleted: some files were rejected*"])


@pytest.mark.slow
def test_deletion_leaves_what_was_not_imported(session, tree):
    result = migrated(session, "--migrate-legacy=test_results", "--migrate-delete", "--migrate-archive=kept")
    assert result.ret == 0
    assert sorted(path.name for path in tree.iterdir()) == ["cut.json", "notes.json"]
    result.stdout.fnmatch_lines(
        [f"Archive: {session.path}/kept/migration-*.tar.gz (1 files, read back).", "Deleted 1 files."]
    )


@pytest.mark.slow
def test_verbose_has_a_line_for_every_file(session, tree):
    result = migrated(session, "--migrate-legacy=test_results", "-v")
    result.stdout.fnmatch_lines(
        [
            "rejected: cut.json: not JSON*",
            "not results: notes.json: not a result file we know*",
            "imported: one.json (2 new, 0 known)",
        ]
    )


@pytest.mark.slow
def test_a_dry_run_writes_nothing(session, tree):
    result = migrated(session, "--migrate-legacy=test_results", "--migrate-dry-run", "--migrate-delete")
    result.stdout.fnmatch_lines(
        ["database: * (dry run: nothing is written)", "1 files would be archived and deleted (in *)."]
    )
    assert not (session.path / "bench.duckdb").exists()
    assert (tree / "one.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--migrate-legacy=nowhere"], "*nowhere does not exist."),
        (["--migrate-delete"], "*--migrate-delete belongs to a migration."),
        (["--migrate-legacy=test_results", "--migrate-report=r.pdf"], "*r.pdf: no format ends in '.pdf'."),
    ],
)
def test_mistakes_are_usage_errors(session, tree, words, message):
    result = migrated(session, *words)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


@pytest.mark.slow
def test_a_conftest_registers_a_format(session, tree, rows):
    session.makeconftest(
        """
        from pytest_ipfs_bench.hookspecs import hookimpl
        from pytest_ipfs_bench.importers.contract import Finding, Importer
        from pytest_ipfs_bench.records import Performance

        class Mine(Importer):
            name = "mine"

            def recognises(self, document):
                return "hello" in document.keys

            def read(self, document):
                columns = {"test_case": "hello", "mode": "inference", "average_latency_ms": 1.0}
                yield Finding(kind=Performance, place="/hello", columns=columns)

        class Plugin:
            @hookimpl
            def register_importers(self):
                return [Mine()]

        def pytest_ipfs_bench_register(manager):
            manager.register(Plugin())
        """
    )
    assert migrated(session, "--migrate-legacy=test_results").ret == 0
    told = rows(session.path / "bench.duckdb", "SELECT path FROM import_sources WHERE format = 'mine'")
    assert told == [{"path": "notes.json"}]


@pytest.mark.slow
def test_progress_is_shown_on_terminals_only(session):
    folder = session.path / "many"
    folder.mkdir()
    for number in range(250):
        (folder / f"{number}.json").write_text(json.dumps([{**ROW, "average_latency_ms": number}]))
    assert "files/s" not in migrated(session, "--migrate-legacy=many").stderr.str()
    import pty

    master, slave = pty.openpty()
    command = [sys.executable, "-m", "pytest", "--migrate-legacy=many", "--bench-db=other.duckdb"]
    done = subprocess.Popen(command, cwd=session.path, stdout=subprocess.DEVNULL, stderr=slave)
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    assert done.wait() == 0
    assert b"migrating" in shown
    assert b"files/s" in shown


@pytest.mark.slow
def test_a_migration_takes_in_what_a_killed_session_left(session, tree, rows):
    from pytest_ipfs_bench.records import Outcome, Run, new_id
    from pytest_ipfs_bench.store.spool import Spool

    run = Run(run_id=new_id())
    spool = Spool.create(session.path / "bench.duckdb", run.run_id)
    spool.append(run.line())
    spool.append(Outcome(test_result_id=new_id(), run_id=run.run_id, node_id="a.py::test", status="pass").line())
    spool.close()
    assert migrated(session, "--migrate-legacy=test_results").ret == 0
    assert rows(session.path / "bench.duckdb", "SELECT node_id FROM integration_test_results") == [
        {"node_id": "a.py::test"}
    ]
