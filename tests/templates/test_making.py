"""From templates to files: what is generated, and what is found wrong with a template before anything is."""

import dataclasses

import pytest

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.templates import collecting, header, linting
from pytest_ipfs_bench.templates.making import Order, generate, validate
from pytest_ipfs_bench.templates.subjects import plain, subjects
from pytest_ipfs_bench.templates.template import read

CHILD = '{#\nkind: test\nfamily: bert\n#}\n{% extends "shipped/test" %}\n{% block more %}\n\n\ndef test_more():\n    pass\n{% endblock %}\n'


def order(house, *words, hardware=("cpu", "cuda"), **more):
    return Order("test", tuple(subjects(words, house.models)), hardware, **more)


def made(library, house, *words, **more):
    return {file.name: file.text for file in generate(order(house, *words, **more), library, house)}


def test_a_file_for_each_model_with_its_header(library, house):
    files = made(library(), house, "bert", "google-bert/bert-base-uncased", "llava-next")
    assert list(files) == ["test_bert.py", "test_bert_base_uncased.py", "test_llava_next.py"]
    told = header.read(files["test_bert_base_uncased.py"])
    assert told is not None
    assert told.template == "shipped/test"
    assert told.command == "ipfs-bench generate test google-bert/bert-base-uncased --hardware cpu,cuda --force"
    assert files["test_llava_next.py"].partition("\n")[2].startswith('"""llava-next."""\n\nimport pytest\n')


@pytest.mark.slow
def test_generating_twice_gives_the_same_bytes(library, house):
    assert made(library(), house, "key") == made(library(), house, "key")


def test_hardware_with_a_template_of_its_own_gets_a_file_of_its_own(library, house):
    gpu = '{#\nkind: test\nhardware: cuda\n#}\n{% extends "shipped/test" %}\n'
    files = made(library(gpu=gpu), house, "bert", hardware=("cuda", "cpu"))
    assert list(files) == ["test_bert.py", "test_bert_cuda.py"]
    assert '"name", ["cpu"]' in files["test_bert.py"]
    assert '"name", ["cuda"]' in files["test_bert_cuda.py"]
    assert header.read(files["test_bert_cuda.py"]).command.endswith("test bert --hardware cuda,cpu --force")


def test_a_template_may_be_named(library, house):
    files = made(
        library(mine="{#\nkind: test\nfamily: vit\n#}\ndef test_x():\n    pass\n"), house, "bert", template="mine"
    )
    assert header.read(files["test_bert.py"]).template == "mine"


def test_one_template_may_make_several_files(library, house):
    text = "{#\nkind: backend\n#}\n#: file ipfs_bench_{{ normalized_name }}.py\nx = 1\n#: file test_{{ normalized_name }}.py\ny = 1\n"
    files = generate(Order("backend", (plain("abacus", "backend"),), ("cpu",)), library(mine=text), house)
    assert [file.name for file in files] == ["ipfs_bench_abacus.py", "test_abacus.py"]
    assert all(header.read(file.text) for file in files)


def test_nothing_is_made_of_a_broken_template(library, house):
    with pytest.raises(BenchError) as told:
        made(library(mine="{#\nkind: test\n#}\n{{ modl_name }}\n"), house, "bert", "vit")
    assert (
        str(told.value)
        == "Nothing was written.\nmine: line 4: nothing is called 'modl_name'. Did you mean 'model_name'?"
    )


def test_nothing_is_made_that_is_no_python(library, house):
    with pytest.raises(
        BenchError, match=r"no Python: line 1: invalid syntax: def test_\(: \(test_bert\.py, for bert on cpu, cuda\)"
    ):
        made(library(mine="{#\nkind: test\n#}\ndef test_(:\n"), house, "bert")


def test_two_files_of_one_name_are_refused(library, house):
    fixed = "{#\nkind: test\n#}\n#: file test_x.py\ndef test_x():\n    pass\n"
    with pytest.raises(BenchError, match=r"Two of the files would be called test_x\.py"):
        made(library(mine=fixed), house, "bert", "vit")


@pytest.mark.slow
def test_collecting_what_is_generated_is_asked_for(library, house):
    asked, loud = order(house, "bert"), library(mine="{#\nkind: test\n#}\nraise SystemExit('imported')\n")
    assert generate(asked, loud, house)
    with pytest.raises(BenchError, match=r"pytest (can't collect it|ends with exit status)"):
        generate(asked, loud, house, run=True)


def test_a_suite_is_checked_as_one(library, house):
    suite = "{#\nkind: suite\n#}\nmodels = {{ models | literal }}\nhardwaer = {{ hardware | literal }}\n"
    with pytest.raises(BenchError, match="hardwaer"):
        generate(Order("suite", (plain("mine", "suite"),), ("cpu",), models=("key",)), library(mine=suite), house)


# -- validation


def findings(library, house, text, **how):
    validation, _ = validate(read("mine", text), library(), house, **how)
    return validation, [str(one) for one in validation.findings]


@pytest.mark.slow
def test_a_sound_template_was_rendered_for_all_that_it_is_for_and_collected(library, house):
    validation, found = findings(library, house, CHILD)
    assert found == []
    assert (validation.rendered, validation.ok) == (len(house.hardware) + 1, True)
    assert validation.collected == 2 * len(house.hardware) + len(house.hardware) + 1


@pytest.mark.slow
def test_a_default_is_validated_for_every_family(library, house):
    validation, found = findings(library, house, "def test_{{ normalized_name }}():\n    pass\n")
    families = len({spec.family for spec in house.models.values()})
    assert (found, validation.rendered, validation.collected) == ([], families * (len(house.hardware) + 1), families)


def test_of_many_findings_the_first_are_told(library, house):
    text = "{#\nkind: test\nfamily: bert\n#}\n" + "".join(f"import no_such_{number}\n" for number in range(30))
    _, found = findings(library, house, text)
    assert len(found) == 21
    assert found[-1] == "and 10 further findings"


def test_what_is_wrong_for_many_is_told_once(library, house):
    _, found = findings(library, house, "{% if has_cuda %}def test_(:{% endif %}")
    families = len({spec.family for spec in house.models.values()})
    assert len(found) == 1
    assert found[0].endswith(f"(test_bert.py, for bert on cuda and {families - 1} others)")


@pytest.mark.skipif(linting.version() is None, reason="ruff is not installed")
def test_ruff_finds_mistakes_and_leaves_style_alone(library, house):
    text = "{#\nkind: test\nfamily: bert\n#}\nimport os\n\n\ndef test_a( ):\n    assert undefined_name\n"
    validation, found = findings(library, house, text)
    said = "line 5 of what it makes: F821: Undefined name `undefined_name` (test_bert.py, for bert on cpu)"
    assert (found, validation.tools) == ([said], {"ruff": linting.version()})


@pytest.mark.slow
def test_without_ruff_the_rest_is_checked(library, house, monkeypatch):
    monkeypatch.setattr(linting, "version", lambda: None)
    validation, found = findings(library, house, CHILD)
    assert (found, validation.tools) == ([], {})


@pytest.mark.slow
def test_what_runs_at_import_is_not_run_unless_asked_for(library, house, tmp_path):
    text = f"from pathlib import Path\n\nPath({str(tmp_path / 'made')!r}).touch()\n\n\ndef test_a():\n    pass\n"
    validation, found = findings(library, house, text)
    assert found[0].startswith("importing it would run line 3: Path(")
    assert "so it was not collected; if it may be run: --validate-run" in found[0]
    assert (validation.collected, (tmp_path / "made").exists()) == (None, False)
    validation, found = findings(library, house, text, run=True)
    assert (found, (tmp_path / "made").exists()) == ([], True)


@pytest.mark.slow
def test_a_template_of_tests_without_a_test_is_broken(library, house):
    _, found = findings(library, house, "x = 1\n")
    assert found[0].startswith("pytest finds no test in it (test_bert.py")


@pytest.mark.slow
def test_a_mistake_in_a_marker_is_told_in_its_own_words(library, house):
    text = "{#\nkind: test\nfamily: bert\n#}\nimport pytest\n\n\n@pytest.mark.bench_cells(models=['brt'])\ndef test_a(cell):\n    pass\n"
    _, found = findings(library, house, text)
    assert "no model is called 'brt'. Did you mean 'bert'?" in found[0]


@pytest.mark.slow
def test_what_pytest_can_not_collect_is_told_with_its_reason(library, house):
    text = "from pytest_ipfs_bench.records import nothing_of_that_name\n\n\ndef test_a():\n    pass\n"
    _, found = findings(library, house, text)
    assert "ImportError: cannot import name 'nothing_of_that_name'" in found[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "most", "text", "said"),
    [
        ("SECONDS", 2.0, "while True:\n    pass", "does not end within 2 s"),
        ("MEGABYTES", 400, "x = [0] * 10**9", "takes more than 400 MB"),
    ],
)
def test_what_takes_too_much_when_it_is_imported_is_ended(library, house, monkeypatch, limit, most, text, said):
    monkeypatch.setattr(collecting, limit, most)
    text = f"{{#\nkind: test\nfamily: bert\n#}}\n{text}\n\n\ndef test_a():\n    pass\n"
    _, found = findings(library, house, text, run=True)
    assert found == [f"pytest {said}: something runs when it is imported"]


def test_a_helper_is_examined_alone(library, house):
    validation, found = findings(
        library, house, "{#\nkind: helper\n#}\n{% macro greet(name) %}{{ name }}{% endmacro %}\n"
    )
    assert (found, validation.collected) == ([], None)
    assert findings(library, house, "{#\nkind: helper\n#}\n{{ nobody }}\n")[1] == [
        "mine: line 4: nothing is called 'nobody'"
    ]


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("family: brt", "mine: family: brt: no family is called 'brt'. Did you mean 'bert'?"),
        ("modality: txt", "mine: modality: txt: no modality is called 'txt'. Did you mean 'text'?"),
        ("model: bert", "mine: model: bert: no model is called 'bert'. Did you mean 'tiny-random-bert'?"),
        ("hardware: cdua", "mine: hardware: cdua: no hardware is called 'cdua'. Did you mean 'cuda'?"),
    ],
)  # fmt: skip
def test_a_template_for_what_nobody_knows(library, house, about, said):
    with pytest.raises(BenchError) as told:
        validate(read("mine", f"{{#\nkind: test\n{about}\n#}}\n"), library(), house)
    assert str(told.value).startswith(said)


@pytest.mark.slow
def test_the_version_of_a_child_changes_with_its_parent(library, house):
    def label(parent):
        told = library(child=CHILD)
        changed = dataclasses.replace(told.named("shipped/test"), text=told.named("shipped/test").text + parent)
        files = generate(
            order(house, "bert"),
            dataclasses.replace(told, templates={**told.templates, "shipped/test": changed}),
            house,
        )
        return header.read(files[0].text).version

    assert label("") != label("\n\nx = 1\n")
