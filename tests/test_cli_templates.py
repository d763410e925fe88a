"""`ipfs-bench templates` and `ipfs-bench generate`: every command, what it says, and its exit status."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pytest_ipfs_bench.cli import main
from pytest_ipfs_bench.cli.templates import templates as commands
from pytest_ipfs_bench.templates import database as stored
from pytest_ipfs_bench.templates.database import Saving
from pytest_ipfs_bench.templates.template import read
from pytest_ipfs_bench.templates.validation import Finding, Validation

GOOD = "def test_{{ normalized_name }}():\n    pass\n"
LEGACY = Path(__file__).parent / "data" / "templates" / "legacy.json"


@pytest.fixture
def ipfs_bench(tmp_path, monkeypatch):
    """Runs a command in an empty folder; what it printed. The exit status is checked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BENCHMARK_DB_PATH", raising=False)

    def run(words, code=0, **more):
        done = CliRunner().invoke(main, words.split() if isinstance(words, str) else words, **more)
        assert done.exit_code == code, done.output
        assert "Traceback" not in done.output
        return done.output

    run.folder = tmp_path
    return run


@pytest.fixture
def mine(ipfs_bench):
    """A template in the database: for bert, with two versions."""
    for text in (GOOD, GOOD + "# two\n"):
        (ipfs_bench.folder / "mine.j2").write_text(text)
        template = read("mine", text, {"family": "bert", "description": "Mine"})
        stored.save(ipfs_bench.folder / "bench.duckdb", [Saving(template, Validation())])
    return ipfs_bench


def test_add_validates_and_saves(mine):
    assert "mine: the newest version says the same; nothing was saved." in mine(
        "templates add mine mine.j2 --family bert --description Mine"
    )
    (mine.folder / "mine.j2").write_text("{{ modl_name }}")
    said = mine("templates add mine mine.j2 --family bert", code=1)
    assert (
        "mine version 3 is broken, and is not used:\n  mine: line 5: nothing is called 'modl_name'. Did you mean 'model_name'?"
        in said
    )
    listed = mine("templates list --kind test")
    assert [line.split()[:5] for line in listed.splitlines() if line.startswith("mine")] == [
        ["mine", "test", "family", "bert", "2"]
    ]


@pytest.mark.slow
def test_add_reads_stdin(ipfs_bench):
    assert "mine version 1: sound (10 texts rendered, 1 tests collected)" in ipfs_bench(
        "templates add mine - --family bert", input=GOOD
    )


def test_add_refuses_what_makes_no_sense(ipfs_bench):
    (ipfs_bench.folder / "x.j2").write_bytes(b"\xff")
    assert "x.j2: it can't be read" in ipfs_bench("templates add mine x.j2", code=2)
    (ipfs_bench.folder / "x.j2").write_text(GOOD)
    assert "can't be the name of a template" in ipfs_bench("templates add ../evil x.j2", code=2)
    assert "no family is called 'brt'" in ipfs_bench("templates add mine x.j2 --family brt", code=2)
    assert not (ipfs_bench.folder / "bench.duckdb").exists()


@pytest.mark.slow
def test_a_broken_template_is_listed_as_that(ipfs_bench):
    ipfs_bench("templates add mine - --family bert", code=1, input="def test_(:\n")
    assert "broken: not used" in ipfs_bench("templates list")
    assert "def test_(:" in ipfs_bench("templates show mine")
    assert "shipped/test_text" in ipfs_bench("templates which bert")


def test_list_without_a_database_has_the_shipped_ones(ipfs_bench):
    listed = json.loads(ipfs_bench("templates list --format json"))
    rows = listed["rows"] if isinstance(listed, dict) else listed
    assert {"shipped/test", "shipped/skill"} <= {row["name"] if isinstance(row, dict) else row[0] for row in rows}
    assert not (ipfs_bench.folder / "bench.duckdb").exists()


def test_show_a_version(mine):
    assert mine("templates show mine").endswith("# two\n")
    assert mine("templates show mine@1").endswith("    pass\n")
    assert mine("templates show shipped/test").startswith("{#\nkind: test\n")
    assert "mine: there is no version 7" in mine("templates show mine@7", code=2)
    assert "Did you mean 'mine'" in mine("templates show mien", code=2)
    mine("templates show mine -o out.j2")
    assert (mine.folder / "out.j2").read_text().endswith("# two\n")


def test_which_explains_every_step(mine):
    assert mine("templates which bert --hardware cuda") == (
        "bert on cuda: mine\n  database: family bert, cuda: none\n  database: family bert, any hardware: mine\n"
    )
    assert mine("templates which bert --no-db-templates").startswith("bert on cpu: shipped/test_text\n")
    assert "no hardware is called 'cdua'" in mine("templates which bert --hardware cdua", code=2)
    assert "no model is called 'brt'" in mine("templates which brt", code=2)
    assert "no kind of template about models is called 'suite'" in mine("templates which bert --kind suite", code=2)


@pytest.mark.slow
def test_history_diff_and_rollback(mine):
    assert [line.split()[0] for line in mine("templates history mine").splitlines()[2:]] == ["2", "1"]
    assert "+# two" in mine("templates diff mine")
    assert "-# two" in mine("templates diff mine 2 1")
    assert "2 and 2 say the same." in mine("templates diff mine 2")
    assert "two versions are compared, not 3" in mine("templates diff mine 1 2 3", code=2)
    assert "mine version 3: sound" in mine("templates rollback mine 1")
    assert mine("templates show mine") == mine("templates show mine@1")
    assert "rollback to 1" in mine("templates history mine")
    assert "no template of this database is called 'mien'" in mine("templates history mien", code=2)


@pytest.mark.slow
def test_diff_of_one_version(ipfs_bench):
    ipfs_bench("templates add one - --family bert", input=GOOD)
    assert "one: it has one version only" in ipfs_bench("templates diff one", code=2)


def editor(folder, code):
    """An editor that runs this on the text."""
    file = folder / "editor.py"
    file.write_text(
        f"import sys\nfrom pathlib import Path\nfile = Path(sys.argv[1])\ntext = file.read_text()\n{code}\n"
    )
    return {"EDITOR": f"{sys.executable} {file}", "VISUAL": ""}


@pytest.mark.slow
def test_edit_saves_what_becomes_of_the_text(mine):
    assert "mine version 3: sound" in mine(
        "templates edit mine", env=editor(mine.folder, "file.write_text(text + '# three\\n')")
    )
    assert "Nothing was changed, and nothing saved." in mine("templates edit mine", env=editor(mine.folder, "pass"))
    text = "text.replace('family:', 'family: vit')"
    assert "new version 1: sound" in mine("templates edit new", env=editor(mine.folder, f"file.write_text({text})"))
    assert "extends" in mine("templates show new")
    changed = "text.replace('kind: test', 'kind: test\\nfamily: vit')"
    assert "test_text version 1" in mine(
        "templates edit shipped/test_text", env=editor(mine.folder, "file.write_text(text + '{# x #}')")
    )
    assert changed
    assert "Name an editor: EDITOR=vi" in mine(
        "templates edit mine", code=2, env={"EDITOR": "/nowhere/editor", "VISUAL": ""}
    )


@pytest.mark.slow
def test_validate_judges_the_version_in_use_too(mine, monkeypatch):
    mine("templates add mine - --family bert", code=1, input="def test_(:\n")
    said = mine("templates validate mine", code=1)
    assert "mine version 3 is broken" in said
    assert "mine version 2: sound" in said


@pytest.mark.slow
def test_validate_judges_again_and_keeps_what_it_finds(mine, monkeypatch):
    assert "mine version 2: sound" in mine("templates validate mine shipped/test_text")
    monkeypatch.setattr("pytest_ipfs_bench.templates.sources._is_there", lambda _: False)
    (mine.folder / "x.j2").write_text("import os\n" + GOOD)
    mine("templates add mine x.j2 --family bert", code=1)
    assert "is broken, and is not used" in mine("templates validate mine", code=1)
    monkeypatch.undo()
    monkeypatch.chdir(mine.folder)
    assert "mine version 3: sound" in mine("templates validate mine")
    assert mine("templates which bert").startswith("bert on cpu: mine")
    assert "Did you mean 'mine'" in mine("templates validate mien", code=2)


def test_stats_of_what_never_ran(mine):
    mine("generate test bert -o made")
    rows = mine("templates stats made")
    assert any(
        line.split()[:3] == ["mine", line.split()[1], "1"] for line in rows.splitlines() if line.startswith("mine")
    )
    assert "shipped/test_vision" in rows


@pytest.mark.slow
def test_import_takes_in_what_it_can_and_accounts_for_the_rest(ipfs_bench):
    said = ipfs_bench(["templates", "import", str(LEGACY)], code=1)
    assert "vit version 1 is broken, and is not used:" in said
    assert "3 templates: 0 sound, 3 broken, 0 refused" in said
    (ipfs_bench.folder / "x.json").write_text(
        json.dumps([{"name": "good", "text": GOOD}, {"name": "../x", "text": GOOD}])
    )
    said = ipfs_bench("templates import x.json", code=1)
    assert "Refused: '../x' can't be the name of a template." in said
    assert "2 templates: 1 sound, 0 broken, 1 refused" in said


@pytest.mark.slow
def test_export_and_import_elsewhere(mine):
    mine("templates export -o all.json --all-versions")
    mine("templates import all.json --db other.duckdb")
    assert mine("templates import all.json --db other.duckdb") == "mine: known already\nmine: known already\n"
    assert mine("templates export --all-versions --db other.duckdb").count('"name": "mine"') == 2
    assert mine("templates export mine").count('"name": "mine"') == 1
    assert "does not exist" in mine("templates export --db gone.duckdb", code=2)


def test_an_export_has_the_version_in_use(mine):
    template = read("mine", "def test_(:\n", {"family": "bert"})
    broken = Validation((Finding("python", "no"),))
    stored.save(mine.folder / "bench.duckdb", [Saving(template, broken)])
    assert [one["version"] for one in json.loads(mine("templates export"))["templates"]] == [2]
    assert [one["version"] for one in json.loads(mine("templates export --all-versions"))["templates"]] == [1, 2, 3]


@pytest.mark.slow
def test_a_busy_database_leaves_the_shipped_templates_and_says_so(mine):
    code = "import duckdb, sys; con = duckdb.connect('bench.duckdb'); print('ready', flush=True); sys.stdin.read()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], cwd=mine.folder, **pipes) as holder:
        holder.stdout.readline()
        said = mine("generate test bert -o made")
        holder.stdin.close()
    assert f"is in use by another process (PID {holder.pid}). The shipped templates are used." in said
    assert "shipped/test_text" in (mine.folder / "made" / "test_bert.py").read_text()


def test_a_broken_database_leaves_the_shipped_templates_and_says_so(mine):
    (mine.folder / "bench.duckdb").write_bytes(b"x" * 5000)
    assert "is not a DuckDB database" in mine("generate test bert -o made")
    assert "The shipped templates are used." in mine("generate test bert -o made --force")
    assert "shipped/test_text" in (mine.folder / "made" / "test_bert.py").read_text()


# -- generate


def test_generate_writes_and_says_what(ipfs_bench):
    said = ipfs_bench("generate test bert vit --hardware cpu,cuda --hardware mps -o made")
    assert said.splitlines()[1:] == ["made/test_bert.py", "made/test_vit.py"]
    assert "no database is there; the shipped templates are used." in said.splitlines()[0]
    assert 'HARDWARE = ["cpu", "cuda", "mps"]' in (ipfs_bench.folder / "made" / "test_bert.py").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "test bert --hardware cpu,cuda",
        "skill bert",
        "suite nightly --models key,bert --hardware cpu",
        "backend abacus",
        "importer mytool",
        "model mine",
    ],
)
def test_the_command_in_the_header_makes_the_files_again(mine, monkeypatch, words):
    mine(f"generate {words} -o made/deep")
    folder = mine.folder / "made" / "deep"
    before = {path: path.read_text() for path in folder.iterdir()}
    (command,) = {text.splitlines()[0].partition("in this folder: ")[2] for text in before.values()}
    assert ("--db ../../bench.duckdb" in command) == words.startswith("test")
    monkeypatch.chdir(folder)
    mine(command.split()[1:])
    assert {path: path.read_text() for path in folder.iterdir()} == before


@pytest.mark.slow
def test_check_tells_what_is_not_up_to_date(ipfs_bench):
    words = "generate test bert vit -o made --no-db-templates"
    assert ipfs_bench(f"{words} --check", code=1) == (
        "made/test_bert.py: missing\nmade/test_vit.py: missing\n0 of 2 files are up to date.\n"
    )
    ipfs_bench(words)
    assert ipfs_bench(f"{words} --check") == "2 of 2 files are up to date.\n"
    (ipfs_bench.folder / "made" / "test_vit.py").write_text("x = 1\n")
    assert ipfs_bench(f"{words} --check", code=1).startswith("made/test_vit.py: changed\n1 of 2")
    assert "test_bert.py, test_vit.py exist already" in ipfs_bench(words, code=2)
    ipfs_bench(f"{words} --force")
    assert ipfs_bench(f"{words} --check")


@pytest.mark.slow
def test_a_new_version_of_a_template_makes_files_out_of_date(mine):
    mine("generate test bert -o made")
    assert mine("generate test bert -o made --check")
    mine("templates add mine - --family bert", input=GOOD + "# three\n")
    assert "made/test_bert.py: changed" in mine("generate test bert -o made --check", code=1)


def test_list_names_what_can_be_generated(ipfs_bench):
    said = ipfs_bench("generate --list")
    assert [line.partition(":")[0] for line in said.splitlines()] == ["families", "sets", "tasks", "hardware"]
    assert "llava-next" in said
    assert "Usage:" in ipfs_bench("generate")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("generate test", "for which model?"),
        ("generate test brt", "no model is called 'brt'. Did you mean 'bert'?"),
        ("generate test ../../evil", "no model is called '../../evil'"),
        ("generate test --family x", "no family is called 'x'"),
        ("generate test --task x", "no task is called 'x'"),
        ("generate test bert --hardware cdua", "--hardware=cdua: no hardware is called 'cdua'. Did you mean 'cuda'?"),
        ("generate test bert --template nobody --no-db-templates", "no template is called 'nobody'"),
        ("generate backend ../evil", "'../evil' can't be the name of a backend."),
        ("generate importer 1st", "'1st' can't be the name of a importer."),
        ("generate backend CPU", "ipfs-bench generate backend CPU: one of that name is registered already."),
        ("generate model tiny-random-bert", "one of that name is registered already"),
        ("generate importer hyperfine", "one of that name is registered already"),
        (
            "generate test bert --template shipped/skill --no-db-templates",
            "it is one of the kind skill, and a test is wanted",
        ),
        ("generate suite x --models brt", "no model is called 'brt'"),
        ("generate tset bert", "no command is called 'tset'. Did you mean 'test'?"),
        ("templates lst", "no command is called 'lst'. Did you mean 'list'?"),
    ],
)
def test_what_is_asked_wrongly(ipfs_bench, words, said):
    assert said in ipfs_bench(words, code=2)
    assert [path.name for path in ipfs_bench.folder.iterdir()] == []


@pytest.mark.parametrize(
    "words", ["skill bert", "backend abacus", "importer mytool", "model mine", "suite nightly --models key,bert"]
)
def test_every_generator_writes_with_a_header(ipfs_bench, words):
    ipfs_bench(f"generate {words} -o made --no-db-templates")
    texts = [path.read_text() for path in (ipfs_bench.folder / "made").iterdir()]
    assert texts
    assert all(
        text.startswith(f"# Made by ipfs-bench from the template shipped/{words.split()[0]}, version ")
        for text in texts
    )


def test_every_command_has_an_example():
    for command in (*commands.commands.values(), *main.commands["generate"].commands.values()):
        assert "Example:" in (command.help or ""), command.name
