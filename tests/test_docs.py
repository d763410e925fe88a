"""The documents are true: README's session is played, the examples of the docs and docstrings are run."""

import doctest
import importlib
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from model_suites import specs, text
from pytest_ipfs_bench import hookspecs, suites
from pytest_ipfs_bench.cli import main
from pytest_ipfs_bench.reports.charts import CHARTS, installed
from pytest_ipfs_bench.reports.kinds import KINDS
from pytest_ipfs_bench.satellites import Web
from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.suites.keys import TABLES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text()


def blocks(path, language):
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(), re.DOTALL | re.MULTILINE)


def likeness(line):
    """A line with what differs from run to run (paths, ids, times) left open."""
    line = re.sub(r"/\S*/", "*/", line.replace("[", "[[]"))
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+\.\d+|\d{3,}", "*", line)


def test_readmes_session_is_what_one_sees(session):
    """Every command of README's session is run in an empty folder; its lines come in the order shown, `...` is any."""
    from fnmatch import fnmatchcase

    text = re.search(r"<!-- session: your-own-tests -->\n```console\n(.*?)```", README, re.DOTALL)[1]
    for part in text.split("$ ")[1:]:
        command, *shown = part.rstrip().splitlines()
        if command.startswith("cat "):
            (session.path / command.removeprefix("cat ")).write_text("\n".join(shown) + "\n")
            continue
        done = subprocess.run(["bash", "-c", command], cwd=session.path, capture_output=True, text=True, check=False)
        seen = iter([re.sub(r"\s+", " ", line.strip()) for line in done.stdout.splitlines()])
        for line in shown:
            if line == "...":
                continue
            wanted = re.sub(r"\s+", " ", likeness(line).strip())
            assert any(fnmatchcase(re.sub("-{3,}", "-" * 3, one), re.sub("-{3,}", "-" * 3, wanted)) for one in seen), (
                command,
                line,
                done.stdout,
            )


PAGES = [ROOT / "README.md", *sorted(path for path in DOCS.glob("*.md") if path.name != "from-the-old-tools.md")]


def click_options(command):
    """Every option of the console script."""
    yield from command.params
    for one in getattr(command, "commands", {}).values():
        yield from click_options(one)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_option_and_command_in_the_documents_exists(path, request):
    text = path.read_text()
    options = set(re.findall(r"(?<![\w-])--(?:bench|hardware|no-db)[\w-]*", text))
    known = {
        name
        for option in request.config._parser._anonymous.options
        + [o for g in request.config._parser._groups for o in g.options]
        for name in option.names()
    }
    known |= {name for option in click_options(main) for name in (*option.opts, *option.secondary_opts)}
    assert options - known == set()
    for command in re.findall(r"ipfs-bench ((?:db )?[a-z]+)", text):
        assert CliRunner().invoke(main, [*command.split(), "--help"]).exit_code == 0, command
    for link in re.findall(r"\]\(([\w/.-]+\.md)\)", text):
        assert (path.parent / link).exists(), link


@pytest.mark.parametrize("name", ["tables.md", "web.md"])
def test_the_sql_of_the_documents_runs(session, rows, name):
    session.makepyfile("def test_a(benchmark): benchmark.pedantic(len, args=('x',))")
    session.runpytest("--bench-db=b.duckdb")
    for sql in blocks(DOCS / name, "sql"):
        rows(session.path / "b.duckdb", sql)


def test_the_commands_for_browsers_collect_cells(session):
    """That they run is tests/plugin/test_browsers.py's to say: a browser takes seconds."""
    commands = re.findall(r"^pytest (.*?)(?:  +#.*)?$", "".join(blocks(DOCS / "web.md", "sh")), re.MULTILINE)
    assert commands
    for command in commands:
        result = session.runpytest(*command.split(), "--collect-only", "-q")
        assert result.ret == 0
        result.stdout.fnmatch_lines(["*test_inference[[]tiny-random-bert-wasm-onnxruntime-web-fp32-b1-s128[]]"])


def test_every_column_of_browsers_is_documented():
    told = set(re.findall(r"`(\w+)`", (DOCS / "web.md").read_text()))
    assert set(Web.__annotations__) - {"TABLE", "KEY", "result_id"} <= told


def test_the_reports_of_the_documents_work_and_every_kind_is_among_them(session, monkeypatch):
    session.makepyfile("def test_a(benchmark): benchmark.pedantic(len, args=('x',))")
    session.runpytest("--bench-db=bench.duckdb")
    monkeypatch.chdir(session.path)
    (commands,) = blocks(DOCS / "reports.md", "sh")
    for command in commands.splitlines():
        done = CliRunner().invoke(main, command.split()[1:])
        assert done.exit_code == 0, (command, done.output)
    assert {command.split()[2] for command in commands.splitlines()} == set(KINDS)
    told = re.findall(r"^\| `([\w-]+)` \| (.*) \|$", (DOCS / "reports.md").read_text(), re.MULTILINE)
    assert told == [(kind.name, kind.description) for kind in KINDS.values()]


@pytest.mark.slow
def test_the_commands_and_examples_of_templates_work(session, monkeypatch):
    pytest.importorskip("onnxruntime")
    monkeypatch.chdir(session.path)
    monkeypatch.delenv("BENCHMARK_DB_PATH", raising=False)
    (template,) = blocks(DOCS / "templates.md", "jinja")
    for command in "".join(blocks(DOCS / "templates.md", "sh")).splitlines():
        if command.startswith("ipfs-bench templates add"):
            Path("my-bert.j2").write_text(template.replace("in bf16 too", "first"))
            assert CliRunner().invoke(main, command.split()[1:]).exit_code == 0
            Path("my-bert.j2").write_text(template)
        done = CliRunner().invoke(main, command.split()[1:])
        assert done.exit_code == 0, (command, done.output)
    (example,) = blocks(DOCS / "templates.md", "python")
    assert CliRunner().invoke(main, ["generate", "skill", "bert"]).exit_code == 0
    Path("example.py").write_text(example)
    done = subprocess.run([sys.executable, "example.py"], check=False, capture_output=True, text=True)
    assert done.stdout.startswith("Effective(device='cpu'"), done.stderr
    outcomes = session.runpytest_subprocess("generated", "-q").parseoutcomes()
    assert outcomes.keys() == {"passed", "skipped"}
    assert outcomes["passed"] >= 6


def commands(cell):
    """The commands in a cell of a table."""
    return [one.replace("\\|", "|") for one in re.findall(r"`((?:pytest|ipfs-bench) [^`]*)`", cell)]


def old_tools():
    """What people typed, and what the document says they type now."""
    lines = (DOCS / "from-the-old-tools.md").read_text().splitlines()
    rows = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in lines if re.match(r"\| (?!you typed)", line)]
    assert {len(row) for row in rows} == {2}
    return rows


def known_to_click(words):
    """Whether the console script has this command and its options; makes no file and opens none."""
    command, context = main, None
    while isinstance(command, click.Group) and not words[0].startswith("-"):
        name, *words = words
        context = click.Context(command, context, info_name=name)
        command = command.get_command(context, name)
    command.make_context(name, words, resilient_parsing=True)


def test_what_was_typed_has_an_answer_that_is_real_or_a_reason(request):
    """Commands and options exist; a row without a command says that the thing is gone or not yet there, or how it is now."""
    for typed, now in old_tools():
        assert commands(now) or re.match(
            r"(Not yet|gone: .|the |always|all|`pytest_ipfs_bench|as above|`\[training)", now
        ), typed
        for command in commands(now):
            program, *words = shlex.split(command)
            if program == "pytest":
                _, unknown = request.config._parser.parse_known_and_unknown_args(words)
                assert [one for one in unknown if one.startswith("-")] == [], command
            else:
                known_to_click(words)


@pytest.mark.slow
def test_the_answers_to_the_old_questions_are_given(session, monkeypatch):
    """The reports and queries of that document run on results of the old project."""
    row = {"model_name": "bert-base-uncased", "model_family": "embedding", "batch_size": 1, "precision": "fp32"}
    row |= {"average_latency_ms": 3.0, "throughput_items_per_second": 300.0, "timestamp": "2025-03-06T18:41:32"}
    results = [row | {"hardware_type": "cuda"}, row | {"hardware_type": "cpu", "average_latency_ms": 9.0}]
    (session.path / "old.json").write_text(json.dumps(results))
    monkeypatch.chdir(session.path)
    assert CliRunner().invoke(main, ["import", "old.json"]).exit_code == 0
    asked = {
        command for _, now in old_tools() for command in commands(now) if re.match("ipfs-bench (report|query)", command)
    }
    asked = {one for one in asked if not {"--branch", "--db", "--db-path", "--chart"} & set(one.split())}
    assert len(asked) > 30
    for command in sorted(asked):
        done = CliRunner().invoke(main, shlex.split(command)[1:])
        assert done.exit_code == 0, (command, done.output)


def test_every_chart_is_documented_with_the_reports_it_belongs_to():
    told = re.findall(r"^\| \*\*([\w-]+)\*\* \| (.*?) \|", (DOCS / "reports.md").read_text(), re.MULTILINE)
    assert [name for name, _ in told] == list(CHARTS)
    for name, kinds in told:
        assert set(re.findall(r"`([\w-]+)`", kinds)) == {kind.name for kind in KINDS.values() if name in kind.charts}


@pytest.mark.slow
@pytest.mark.skipif(not installed(), reason="the extra `charts` is not installed")
def test_the_charts_of_the_documents_are_drawn(session, monkeypatch):
    session.makepyfile("def test_bert(cell): cell.measure()\n")
    session.runpytest("--bench-db=bench.duckdb", "--bench-models=bert", "--bench-max-time=0.02")
    monkeypatch.chdir(session.path)
    (text,) = [text for text in blocks(DOCS / "reports.md", "console") if "--chart" in text]
    for command in re.findall(r"^ipfs-bench (.*)$", text, re.MULTILINE):
        words = command.replace("--hardware cuda", "--hardware cpu").replace("--model bert", "--family bert").split()
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, (command, done.output)
        assert Path(words[-1]).stat().st_size > 1000
    (task,) = re.findall(r"^pytest (.*)$", text, re.MULTILINE)
    assert session.run("pytest", task).ret == 0
    assert Path("charts", "trend.html").exists()


def test_every_table_and_view_is_documented():
    text = (DOCS / "tables.md").read_text()
    for statement in [one for version in schema.DESCRIPTIONS for one in schema.statements(version)]:
        name = re.search(r"CREATE (?:OR REPLACE )?(?:TABLE|VIEW) (\w+)", statement)[1]
        assert f"`{name}`" in text


def test_the_suite_file_of_the_documents_holds_every_key(tmp_path):
    (text,) = blocks(DOCS / "suites.md", "toml")
    (tmp_path / "mine.toml").write_text(text)
    suites.read(tmp_path / "mine.toml", "mine.toml")
    for table, keys in TABLES.items():
        assert not table or f"[{table}]" in text
        assert [key for key in keys if not re.search(rf"^{key} = ", text, re.MULTILINE)] == []


@pytest.mark.slow
def test_the_model_of_ones_own_works_as_documented(session, rows):
    pytest.importorskip("onnxruntime")
    conftest, _ = blocks(DOCS / "your-own-model.md", "python")
    (command,) = blocks(DOCS / "your-own-model.md", "sh")
    (session.path / "conftest.py").write_text(conftest)
    shutil.copy(text.BERT_TINY.files[0], session.path / "mine.onnx")
    words = [*command.split()[1:], "--bench-max-time=0.02", "--bench-db=b.duckdb"]
    session.run(sys.executable, "-m", "pytest", *words).assert_outcomes(passed=4)
    found = rows(
        session.path / "b.duckdb",
        "SELECT batch_size, sequence_length FROM results WHERE model_name = 'mine' ORDER BY ALL",
    )
    assert [tuple(row.values()) for row in found] == [(1, 32), (1, 64), (8, 32), (8, 64)]


@pytest.mark.slow
def test_the_torch_module_of_ones_own_works_as_documented(session, rows):
    """In torch, and exported at first use in ONNX Runtime; compared with each other by the one reference."""
    pytest.importorskip("onnxscript")
    pytest.importorskip("onnxruntime")
    _, conftest = blocks(DOCS / "your-own-model.md", "python")
    (session.path / "conftest.py").write_text(conftest)
    for runtime in ("torch", "onnxruntime"):
        words = ["--bench-models=net", "--bench-batch-sizes=1,2", "--bench-max-time=0.02", "--bench-db=b.duckdb"]
        words += [f"--bench-runtime={runtime}", "--pyargs", "model_suites"]
        session.run(sys.executable, "-m", "pytest", "-rs", *words).assert_outcomes(passed=2)
    found = rows(session.path / "b.duckdb", "SELECT runtime, batch_size FROM results ORDER BY ALL")
    assert [tuple(row.values()) for row in found] == [
        ("onnxruntime", 1),
        ("onnxruntime", 2),
        ("torch", 1),
        ("torch", 2),
    ]


def test_the_table_of_models_is_that_of_the_code():
    rows = [
        f"| {spec.family} | `{spec.name}` | {spec.parameters_million:g} | {', '.join(spec.modes)} |"
        for spec in specs()
        if spec.size == "base"
    ]
    told = (DOCS / "models.md").read_text()
    assert re.findall(r"^\| [\w-]+ \| `.*$", told, re.MULTILINE) == rows
    for name in ("key", "small", "smoke"):
        (line,) = re.findall(rf"^\| `{name}` \| .*$", told, re.MULTILINE)
        inside = {spec.family if spec.size == "tiny" else spec.name for spec in specs() if name in spec.tags}
        for spec in inside - {spec.name for spec in specs() if name == "key"}:
            assert spec.rpartition("/")[2].removesuffix("-standard-v3.3") in line, (name, spec)


def test_readmes_cell_test_passes(session):
    pytest.importorskip("onnxruntime")
    (example,) = blocks(ROOT / "README.md", "python")
    session.makepyfile(example)
    session.runpytest("--bench-models=vit", "--bench-max-time=0.02", "--no-db-store").assert_outcomes(passed=1)


@pytest.mark.slow
def test_the_test_with_cells_of_its_own_works_as_documented(session):
    pytest.importorskip("onnxruntime")
    (example,) = blocks(DOCS / "suites.md", "python")
    session.makepyfile(example)
    session.runpytest("-k", "cpu and b1-").assert_outcomes(passed=1, deselected=3)
    session.runpytest("--hardware=cuda", "--collect-only").stdout.fnmatch_lines(["*2 tests collected*"])


@pytest.mark.parametrize(
    "spec", ["register_backends", "register_models", "register_importers", "pytest_ipfs_bench_register"]
)
def test_every_hook_is_documented_with_an_example_that_runs(spec):
    owner = hookspecs.PytestSpecs if spec.startswith("pytest") else hookspecs.Specs
    example = doctest.DocTestParser().get_doctest(
        getattr(owner, spec).__doc__, {"hookimpl": hookspecs.hookimpl}, spec, None, None
    )
    assert example.examples
    outcome = doctest.DocTestRunner().run(example)
    assert outcome.failed == 0


def test_every_hook_has_such_a_test():
    mark = next(mark for mark in test_every_hook_is_documented_with_an_example_that_runs.pytestmark)
    hooks = {
        name for owner in (hookspecs.Specs, hookspecs.PytestSpecs) for name in vars(owner) if not name.startswith("_")
    }
    assert set(mark.args[1]) == hooks


def test_the_changelog_knows_this_version():
    version = importlib.import_module("pytest_ipfs_bench").__version__
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()


def test_statuses_are_documented_as_the_schema_has_them():
    statement = next(one for one in schema.statements(1) if "TABLE hardware_compatibility" in one)
    legal = set(re.findall(r"'(\w+)'", statement.split("status IN")[1].split(")")[0]))
    assert legal <= set(re.findall(r"`(\w+)`", (DOCS / "measuring.md").read_text()))
