"""docs/ci.md and docs/python.md are true: our commands in the workflows are run in their order, the examples, too."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

DOCS = Path(__file__).parent.parent / "docs"
MATRIX = [("cpu", "3.11"), ("cpu", "3.13")]
TESTS = "def test_sort(benchmark):\n    benchmark.pedantic(sorted, args=([2, 1],), rounds=12)\n\ndef test_wrong():\n    assert 0\n"


def workflow(name):
    """The text of a workflow of docs/ci.md."""
    return re.search(
        rf"<!-- workflow: {name} -->\n```yaml\n(.*?)^```", (DOCS / "ci.md").read_text(), re.DOTALL | re.MULTILINE
    )[1]


def job(text, name, indent):
    """The text of a job."""
    return re.search(rf"^{indent}{name}:.*?\n(.*?)(?=^{indent}\w|\Z)", text, re.DOTALL | re.MULTILINE)[1]


def commands(text):
    """Our own shell commands of a job, continued lines joined: those that install are not."""
    github = re.findall(r"^( *)(?:- )?run: \|\n((?:\1  +.*\n)+)|^ *(?:- )?run: ([^|\n].*)\n", text, re.MULTILINE)
    found = [line for _, several, one in github for line in (several.replace("\\\n", " ") or one).splitlines()]
    gitlab = re.search(r"^  script:\n((?:    .*\n)+)", text, re.MULTILINE)
    found += re.sub(r"\n      +", " ", gitlab[1]).splitlines() if gitlab else []
    found = [line.strip().removeprefix("- ") for line in found]
    return [
        line for line in found if re.search(r"\b(pytest |ipfs-bench )", line) and not line.startswith("pip install")
    ]


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """Runs a command where pytest and ipfs-bench are those of this project."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "step.md"))

    def run(command, folder, status=0, **variables):
        folder.mkdir(exist_ok=True)
        (folder / "tests").mkdir(exist_ok=True)
        (folder / "tests" / "test_mine.py").write_text(TESTS)
        done = subprocess.run(
            ["bash", "-ec", command],
            cwd=folder,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, (command, done.stdout, done.stderr)
        return done.stdout

    return run


def runs(path):
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute("SELECT count(*), count(DISTINCT labels ->> 'ref') FROM test_runs").fetchone()


@pytest.mark.slow
def test_the_workflow_for_github_works_from_measuring_to_the_badge(shell, tmp_path):
    """First on main, then on a pull request, with the history of the first."""
    text = workflow("github")
    here = tmp_path / "report"
    for ref in ("main", "7/merge"):
        named = {"BENCHMARK_DB_PATH": "bench.duckdb", "GITHUB_REF_NAME": ref}
        shutil.rmtree(here / "results", ignore_errors=True)
        for hardware, python in MATRIX:
            place = tmp_path / f"{ref[0]}-{hardware}-{python}"
            (command,) = commands(job(text, "measure", "  "))
            command = command.replace("${{ matrix.hardware }}", hardware).replace("${{ matrix.python }}", python)
            assert "## Failing tests" in shell(command, place, 1, **named)
            assert "ipfs_bench.p50_ms" in (place / "junit.xml").read_text()
            results = here / "results" / f"bench-{hardware}-{python}"
            results.mkdir(parents=True)
            for file in place.glob("bench.duckdb*"):
                shutil.copy(file, results)
        for command in commands(job(text, "report", "  ")):
            if ref != "main" or "compare" not in command:
                shell(command, here, **named)
    assert runs(here / "bench.duckdb") == (4, 2)
    assert (here / "badge.svg").read_text().startswith("<svg")
    summary = (tmp_path / "step.md").read_text()
    assert summary.count("# Summary") == 6
    assert "# Compare" in summary
    assert "Mean ratios" in summary


@pytest.mark.slow
def test_the_pipeline_for_gitlab_works(shell, tmp_path):
    text = workflow("gitlab")
    for ref in ("main", "mine"):
        named = {"BENCHMARK_DB_PATH": "bench.duckdb", "CI_COMMIT_REF_NAME": ref}
        for hardware, python in MATRIX:
            (command,) = commands(job(text, "measure", ""))
            shell(command, tmp_path / "all", 1, HARDWARE=hardware, PYTHON=python, **named)
        told = [shell(command, tmp_path / "all", **named) for command in commands(job(text, "report", ""))]
    assert "Mean ratios" in told[-1]
    assert runs(tmp_path / "all" / "bench.duckdb") == (4, 2)
    assert "ipfs_bench.p50_ms" in (tmp_path / "all" / "junit.xml").read_text()


def test_the_workflows_are_yaml_and_their_jobs_need_jobs_that_are_there():
    yaml = pytest.importorskip("yaml")
    for name in ("github", "comment"):
        told = yaml.safe_load(workflow(name))
        for one in told["jobs"].values():
            assert one["steps"]
            assert one.get("needs", "measure") in (*told["jobs"], "measure")
    told = yaml.safe_load(workflow("gitlab"))
    assert {told["measure"]["stage"], told["report"]["stage"]} == set(told["stages"])
    assert len(told["measure"]["script"]) == 2
    assert yaml.safe_load(workflow("badge"))["badge"]["needs"] == "report"


@pytest.mark.slow
def test_the_examples_in_python_run(session):
    session.makepyfile("def test_a(benchmark): benchmark.pedantic(len, args=('x',), rounds=12)")
    for _ in range(2):
        session.runpytest("--bench-db=bench.duckdb")
    pytest.importorskip("onnxruntime")
    session.makepyfile("def test_cell(cell): cell.measure()")
    session.runpytest("--bench-db=bench.duckdb", "--bench-models=bert", "--bench-size=tiny", "--bench-max-time=0.02")
    examples = re.findall(
        r"<!-- example -->\n```python\n(.*?)^```", (DOCS / "python.md").read_text(), re.DOTALL | re.MULTILINE
    )
    assert len(examples) == 2
    for example in examples:
        text = example.replace('model="bert"', 'model="tiny-random-bert"').replace('["cpu", "cuda"]', '["cpu"]')
        done = subprocess.run(
            [sys.executable, "-c", text], cwd=session.path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
