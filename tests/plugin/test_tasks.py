"""Tasks and runs: a report alone runs no test; with a path, a selection, a database or cells it follows a run."""

import json

import pytest


@pytest.fixture
def stored(session):
    session.makepyfile("def test_a(): pass\ndef test_b(): assert 0, 'b is wrong'\n")
    session.runpytest("--bench-db=bench.duckdb")
    return session


def test_the_commands_one_after_another_in_one_folder(session):
    """As they were written down; the last one's report shows what the others brought in."""
    pytest.importorskip("onnxruntime")
    session.makepyfile("def test_a(): pass\ndef test_bert(cell): cell.measure()\n")
    session.runpytest("--bench-db=bench.duckdb", "--bench-max-time=0.02")
    session.runpytest("--hardware=cuda", "-k", "bert")
    result = session.run("pytest", "--bench-report", "markdown")
    assert result.ret == 0
    assert result.outlines[0] == "# Summary"
    shown = "\n".join(result.outlines)
    assert "tiny-random-bert" in shown
    assert "unavailable" in shown or "cuda" in shown


def test_a_report_alone_is_the_report_alone(stored, rows):
    result = stored.run("pytest", "--bench-report", "json")
    assert result.ret == 0
    told = json.loads("\n".join(result.outlines))
    assert told["tables"]["Failing tests"][0]["reason"].startswith("AssertionError: b is wrong")
    assert rows(stored.path / "bench.duckdb", "SELECT count(*) AS n FROM test_runs") == [{"n": 1}]


@pytest.mark.parametrize(
    "words", [["."], ["-k", "test_a"], ["--bench-db=bench.duckdb"], ["--hardware=cpu"], ["-m", "not x"], ["--lf"]]
)
def test_with_a_path_a_selection_a_database_or_cells_it_follows_a_run(stored, rows, words):
    result = stored.runpytest("--bench-report=text", *words)
    assert rows(stored.path / "bench.duckdb", "SELECT count(*) AS n FROM test_runs") == [{"n": 2}]
    lines = result.outlines
    assert lines.index("summary: " + str(stored.path / "bench.duckdb")) > max(
        n for n, line in enumerate(lines) if " in 0." in line
    )


def test_what_addopts_the_environment_or_ini_say_makes_no_run_of_a_report(stored, rows, monkeypatch):
    stored.makeini("[pytest]\naddopts = --bench-db=bench.duckdb -k test_a\nbench_db = bench.duckdb\n")
    monkeypatch.setenv("BENCHMARK_DB_PATH", str(stored.path / "bench.duckdb"))
    monkeypatch.setenv("PYTEST_ADDOPTS", "--hardware=cpu")
    assert stored.runpytest("--bench-report=text").ret == 0
    assert rows(stored.path / "bench.duckdb", "SELECT count(*) AS n FROM test_runs") == [{"n": 1}]


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json", "csv"])
def test_a_report_may_go_to_a_file(stored, form):
    result = stored.runpytest(f"--bench-report={form}", "--bench-report-file=out/r")
    assert result.ret == 0
    assert "b is wrong" in (stored.path / "out" / "r").read_text()
    assert result.outlines == []
    result.stderr.fnmatch_lines([f"Report: {stored.path}/out/r"])


def test_a_report_that_cannot_be_written_is_an_error(stored):
    result = stored.runpytest(
        "--bench-report=text", "--bench-report-file=test_a_report_that_cannot_be_written_is_an_error.py/r"
    )
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*the report can't be written (*"])


def test_a_report_on_a_missing_database_names_it_and_makes_nothing(session):
    result = session.runpytest("--bench-report=markdown")
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"ERROR: {session.path}/bench.duckdb does not exist; nothing was made."])
    assert not (session.path / "bench.duckdb").exists()


def test_reporting_changes_nothing(stored):
    before = (stored.path / "bench.duckdb").read_bytes()
    stored.run("pytest", "--bench-report", "text")
    assert (stored.path / "bench.duckdb").read_bytes() == before


def test_a_report_is_asked_by_keys_and_values(stored):
    words = ["--bench-report=json", "--bench-report-kind=integration", "--bench-report-with=since=2100-01-01"]
    result = stored.run("pytest", *words)
    assert json.loads(result.stdout.str())["tables"]["Modules"] == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--bench-report=text", "--bench-report-with=model=nobody"],
            "*no model in this database is called 'nobody'.*",
        ),
        (
            ["--bench-report=text", "--bench-report-with=modle=x", "."],
            "*no filter of reports is called 'modle'. Did you*",
        ),
        (["--bench-report=parquet"], "*parquet needs a file*"),
        (["--bench-report-with=model=x"], "*--bench-report-with belongs to a report.*"),
    ],
)
def test_what_a_report_cannot_be_asked(stored, words, message):
    result = stored.runpytest(*words)
    assert result.ret == 4
    result.stderr.fnmatch_lines([message])
