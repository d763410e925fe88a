"""What a person does with a served database: sessions, migrations, reports, queries, merges, all with quack:HOST:PORT."""

import json
import shlex
import signal

import pytest
from click.testing import CliRunner

from pytest_ipfs_bench.cli import main
from pytest_ipfs_bench.store.quack import line, tokens
from pytest_ipfs_bench.store.spool import files, folders

TESTS = """
import pytest

@pytest.mark.parametrize("n", range(3))
def test_a(n, benchmark):
    benchmark.pedantic(len, args=("it's",), rounds=5)
"""


@pytest.fixture
def command():
    """command(words): exit status, stdout and stderr of `ipfs-bench`."""

    def run(*words):
        done = CliRunner().invoke(main, [str(word) for word in words])
        return done.exit_code, done.stdout, done.stderr

    return run


@pytest.fixture
def capture(session, speaks_quack, monkeypatch):
    """capture(server, *words): a session of three benchmarks that stores there, and soon gives up."""
    monkeypatch.setattr(line, "PATIENCE", 0.2)
    session.makepyfile(test_a=TESTS)
    return lambda remote, *words: session.runpytest("-q", f"--bench-db={remote}", *words)


@pytest.mark.slow
def test_a_session_stores_reports_and_is_asked_over_the_line(serve, capture, command):
    server = serve()
    result = capture(server.remote, "--bench-report=markdown")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [f"3 outcomes, 3 measurements stored in {server.remote}", "# Summary", "*test_a.py::test_a*0*"]
    )
    status, said, _ = command("query", "--db", server.remote, "SELECT count(*) AS n FROM results", "--format", "json")
    assert (status, json.loads(said)) == (0, [{"n": 3}])
    assert command("report", "integration", "--db", server.remote)[0] == 0


@pytest.mark.slow
def test_workers_of_xdist_never_speak_to_the_server(serve, capture):
    server = serve()
    result = capture(server.remote, "-n2")
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"*stored in {server.remote}"])


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["no server", "wrong token"])
def test_what_can_not_be_stored_waits_and_the_printed_command_takes_it_in(
    serve, capture, command, monkeypatch, trouble, rows
):
    server = serve()
    if trouble == "no server":
        server.end(signal.SIGKILL)
    else:
        monkeypatch.setenv(tokens.WRITER, "not-the-token-at-all")
    result = capture(server.remote)
    assert result.ret == 0
    told = {"no server": "*no server answers there*", "wrong token": "*refused the token of $IPFS_BENCH_TOKEN*"}[
        trouble
    ]
    result.stdout.fnmatch_lines(
        [told, "The results are in the spool. Take them in with:", f"  ipfs-bench db merge * --into {server.remote}"]
    )
    assert "not-the-token-at-all" not in result.stdout.str()
    if trouble == "no server":
        server.start()
    else:
        monkeypatch.setenv(tokens.WRITER, "writers-token-1")
    printed = next(line for line in result.stdout.lines if "ipfs-bench db merge" in line)
    again = shlex.split(printed)[1:]
    assert command(*again)[0] == 0
    status, said, _ = command(*again)
    assert status == 0
    assert "Taken in already" in said
    assert list(files(folders(server.remote)[0])) == []
    server.end()
    assert rows(server.database, "SELECT count(*) AS n FROM integration_test_results") == [{"n": 3}]


@pytest.mark.slow
def test_the_next_session_takes_in_what_waits(serve, capture):
    server = serve()
    server.end(signal.SIGKILL)
    capture(server.remote)
    server.start()
    capture(server.remote).stdout.fnmatch_lines(
        ["also taken in: the results of 1 earlier sessions that could not store them"]
    )


@pytest.mark.slow
def test_only_cells_that_the_server_lacks_are_run(serve, session, speaks_quack):
    server = serve()
    words = [
        f"--bench-db={server.remote}",
        "--bench-suite=smoke",
        "--bench-models=bert",
        "--bench-size=tiny",
        "--bench-max-time=0.05",
    ]
    session.runpytest("-q", *words).stdout.fnmatch_lines(["*1 measurement*stored in*"])
    session.runpytest("-q", *words, "--bench-missing").stdout.fnmatch_lines(["*0 of 1 cells*"])


@pytest.mark.slow
def test_old_results_migrate_into_a_served_database_once(serve, command, tmp_path, rows):
    old = tmp_path / "old"
    old.mkdir()
    (old / "result.json").write_text(
        json.dumps({"model": "bert-base-uncased", "hardware": "cpu", "average_latency_ms": 12.5, "batch_size": 1})
    )
    (old / "torn.json").write_text("{")
    server = serve()
    first = command("import", old, "--db", server.remote)
    assert first[0] == 0
    assert "1 imported" in first[1].replace("imported: 1", "1 imported")
    second = command("import", old, "--db", server.remote, "--delete")
    assert second[0] == 0
    assert not (old / "result.json").exists()
    assert command("import", old, "--db", server.remote, "--dry-run")[0] == 0
    refused = command("import", old, "--db", server.remote, "--reimport")
    assert refused[0] == 2
    assert "a served database only gains rows" in refused[2]
    server.end()
    assert rows(server.database, "SELECT count(*) AS n FROM performance_results") == [{"n": 1}]


@pytest.mark.slow
def test_a_served_database_is_merged_into_a_file_and_a_file_into_it(serve, capture, command, tmp_path):
    server, mine = serve(), tmp_path / "mine.duckdb"
    capture(server.remote)
    status, said, _ = command("db", "merge", server.remote, "--into", mine)
    assert status == 0
    assert "3 integration_test_results" in said
    status, said, _ = command("db", "merge", mine, "--into", server.remote)
    assert status == 0
    assert "nothing new" in said
    assert command("db", "check", mine)[0] == 0


def test_without_a_token_nothing_begins(capture, monkeypatch):
    monkeypatch.delenv(tokens.WRITER)
    result = capture("quack:127.0.0.1:9")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: A served database asks for a token, and there is none: set IPFS_BENCH_TOKEN*"])


@pytest.mark.parametrize(
    "words", [("init",), ("check",), ("backup",), ("compact",), ("upgrade",), ("prune", "--older-than", "1d")]
)
def test_upkeep_is_for_files(command, words):
    status, _, told = command("db", words[0], "quack:lab:1", *words[1:])
    assert status == 2
    assert told.startswith(f"quack:lab:1: db {words[0]} works on the file itself.")


def test_templates_are_kept_in_files(command):
    assert "templates works on the file itself" in command("templates", "list", "--db", "quack:lab:1")[2]
