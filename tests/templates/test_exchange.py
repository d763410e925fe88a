"""Templates as files: our own JSON, the legacy project's, and the tables of its databases."""

import json
from pathlib import Path

import duckdb
import pytest

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.templates import database as stored
from pytest_ipfs_bench.templates import legacy
from pytest_ipfs_bench.templates.database import Saving
from pytest_ipfs_bench.templates.exchange import Place, dump, load
from pytest_ipfs_bench.templates.rendering import Job, render
from pytest_ipfs_bench.templates.template import About, read
from pytest_ipfs_bench.templates.validation import Validation

PLACE = Place(
    frozenset(("bert", "vit", "llava-next")), frozenset(("text", "vision", "multimodal")), frozenset(("cpu", "cuda"))
)
LEGACY = Path(__file__).parent.parent / "data" / "templates" / "legacy.json"
CORPUS = Path(__file__).parents[3] / "shared" / "legacy" / "corpus" / "test" / "hardware_test_templates"


@pytest.fixture
def found(tmp_path):
    def read_back(content):
        file = tmp_path / "templates.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return [(one.name, one.template, one.problem) for one in load(file, PLACE)]

    return read_back


def test_an_export_comes_back_with_every_version_in_order(tmp_path):
    file = tmp_path / "b.duckdb"
    for text in ("a", "b"):
        stored.save(
            file, [Saving(read(name, text, {"family": "bert"}), Validation(), message="why") for name in ("one", "two")]
        )
    exported = dump(stored.versions(file))
    assert exported == dump(list(reversed(stored.versions(file))))
    (tmp_path / "out.json").write_text(exported)
    found = load(tmp_path / "out.json", PLACE)
    assert {one.message for one in found} == {"why"}
    assert [(one.name, one.template.text[-1], one.template.about.family) for one in found] == [
        ("one", "a", "bert"), ("one", "b", "bert"), ("two", "a", "bert"), ("two", "b", "bert"),
    ]  # fmt: skip


def test_a_list_of_entries_with_what_they_are_for(found):
    entries = [
        {"name": "x", "kind": "skill", "content": "1", "hardware": "cuda", "description": "d"},
        {"name": "y", "template": "2"},
    ]
    assert [template.about for _, template, _ in found(entries)] == [
        About("skill", hardware="cuda", description="d"),
        About("test"),
    ]


def test_legacy_names_are_families_modalities_or_begin_with_hardware(found):
    told = {name: template.about for name, template, _ in found(dict.fromkeys(
        ("vit", "llava_next", "vision", "text_embedding", "cpu_embedding", "database", "skill_bert"), "x = 1"))}  # fmt: skip
    assert {name: str(about) for name, about in told.items()} == {
        "vit": "family vit", "llava_next": "family llava-next", "vision": "modality vision", "text_embedding": "modality text",
        "cpu_embedding": "default on cpu", "database": "default", "skill_bert": "family bert",
    }  # fmt: skip
    assert told["skill_bert"].kind == "skill"


def test_every_entry_is_a_template_or_has_a_reason(found):
    entries = [{"name": "../../evil", "kind": "test", "template": "x"}, {"name": "a"}, {"template": "x"}, 7, {"name": "b", "text": 1},
               {"name": "c", "text": "x", "kind": "tset"}, {"name": "d", "text": "x" * 1_000_001}]  # fmt: skip
    problems = [problem.partition(".\n")[0] for _, template, problem in found(entries) if template is None]
    assert problems[0] == "'../../evil' can't be the name of a template."
    assert problems[1:5] == [
        f"{name!r}: it is no template: a name and a text are wanted" for name in ("a", "None", "entry 4", "b")
    ]
    assert problems[5].startswith("c: kind: tset: no kind of template is called 'tset'")
    assert problems[6].startswith("d: a template has at most 1,000,000 bytes")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ('"text"', "it is no JSON of templates: names and texts, or a list of them"),
        ("[]", "there are no templates in it"),
        ("{}", "there are no templates in it"),
    ],
)
def test_a_file_that_is_none_of_templates(found, content, said):
    with pytest.raises(BenchError, match=said):
        found(content)


def test_a_file_that_can_not_be_read(tmp_path):
    with pytest.raises(BenchError, match="it can't be read"):
        load(tmp_path / "gone.json", PLACE)


def test_the_real_legacy_file_is_read_whole(found):
    told = found(LEGACY.read_text())
    assert [(name, str(template.about), problem) for name, template, problem in told] == [
        ("vit", "family vit", None), ("cpu_embedding", "default on cpu", None), ("t5", "default", None),
    ]  # fmt: skip


@pytest.mark.skipif(not CORPUS.exists(), reason="the legacy corpus is not here")
@pytest.mark.parametrize(("name", "count"), [("template_database.json", 21), ("template_database.f4530269.json", 20)])
def test_every_template_of_the_corpus(name, count):
    assert len([one for one in load(CORPUS / name, PLACE) if one.template]) == count


def test_a_legacy_text_renders_to_what_str_format_made_of_it():
    source = 'class Test{model_class}:\n    x = {{}}\n    y = f"{{e}} {{type(e).__name__}}"\n    z = "{{{{%"\n'
    text = legacy.text(source)
    (made,) = render({"mine": text}, [Job("mine", {"model_class": "BertModel"}, "x")], ["model_class"]).rendered
    assert made.text == source.format(model_class="BertModel")


@pytest.mark.parametrize(
    "source", ["x = 1\n", 'f"{{e}}"\n', "a = '{%'\n", "{# a comment? #}\n", "d = {'a': {'b': {}}}\n{% endraw %}\n"]
)
def test_a_source_without_fields_stays_as_it_is(source):
    (made,) = render({"mine": legacy.text(source)}, [Job("mine", {}, "x")], []).rendered
    assert made.text == source


def test_a_field_of_an_f_string_is_none_of_str_format():
    source = 'print(f"{platform} {model_name}")\n'
    assert legacy.text(source) == source


def test_a_legacy_text_that_is_jinja_already_is_left_alone():
    for text in ("class {{ model_name.capitalize() }}: pass", "{% if has_cuda %}x{% endif %}"):
        assert legacy.text(text) == text


@pytest.fixture
def old(tmp_path):
    """A legacy database of templates."""
    file = tmp_path / "old.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute("CREATE TABLE model_templates (template_id INTEGER, model_id VARCHAR, model_name VARCHAR, model_family VARCHAR,"
                    " modality VARCHAR, template_content VARCHAR, hardware_support JSON, last_updated TIMESTAMP)")  # fmt: skip
        con.execute(
            "INSERT INTO model_templates VALUES (1, 'google/bert', 'bert', 'bert', 'text', 'x = 1', '{}', '2025-03-01')"
        )
        con.execute("CREATE TABLE templates (id INTEGER, model_type VARCHAR, template_type VARCHAR, platform VARCHAR,"
                    " template VARCHAR, created_at TIMESTAMP, updated_at TIMESTAMP)")  # fmt: skip
        con.execute(
            "INSERT INTO templates VALUES (1, 'vit', 'test', 'cuda', 'y = 1', '2025-02-01', NULL), (2, 'vit', NULL, NULL, NULL, NULL, NULL)"
        )
    return file


def test_the_tables_of_a_legacy_database(old):
    before = old.read_bytes()
    told = [(one.name, str(one.template.about) if one.template else one.problem) for one in load(old, PLACE)]
    assert told == [
        ("vit", "'vit': it is no template: a name and a text are wanted"),
        ("vit-test-cuda", "family vit on cuda"),
        ("google-bert", "family bert"),
    ]
    assert old.read_bytes() == before


def test_other_databases_are_refused(tmp_path):
    ours, other = tmp_path / "ours.duckdb", tmp_path / "other.duckdb"
    stored.save(ours, [Saving(read("mine", "a"), Validation())])
    with pytest.raises(BenchError, match=r"a database of this program\.\nTake it in with: ipfs-bench db merge"):
        load(ours, PLACE)
    duckdb.connect(str(other)).close()
    with pytest.raises(BenchError, match="it has none of the tables model_templates, templates"):
        load(other, PLACE)
    other.write_bytes(other.read_bytes()[:12] + b"x" * 5000)
    with pytest.raises(BenchError, match=r"other\.duckdb"):
        load(other, PLACE)
