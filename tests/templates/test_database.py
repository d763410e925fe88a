"""Templates in the database: every save is a version, and the newest sound one is current."""

import dataclasses

import duckdb
import pytest

from pytest_ipfs_bench.errors import BenchError, StoreError
from pytest_ipfs_bench.store import upkeep
from pytest_ipfs_bench.store.opening import opened
from pytest_ipfs_bench.templates import database as stored
from pytest_ipfs_bench.templates.database import Saving
from pytest_ipfs_bench.templates.template import read
from pytest_ipfs_bench.templates.validation import Finding, Validation

SOUND = Validation(rendered=9, collected=3, tools={"ruff": "1"})
BROKEN = Validation((Finding("variable", "nothing is called 'x'", 3, None, "mine"),))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "b.duckdb"


def save(file, name, text, validation=SOUND, **more):
    return stored.save(file, [Saving(read(name, text), validation, **more)])[0]


def test_a_save_is_a_version_and_keeps_everything(file):
    text = "{#\nkind: test\nfamily: bert\n#}\n{% extends 'shipped/test' %}\n"
    assert save(file, "mine", text, author="me", message="first", references=[("extends", "shipped/test")]) == 1
    (found,) = stored.versions(file, "mine")
    assert (found.template.text, found.template.about.family, found.template.number) == (text, "bert", 1)
    assert (found.author, found.message, found.validation, found.ok) == ("me", "first", SOUND, True)
    with duckdb.connect(str(file), read_only=True) as con:
        assert con.execute("SELECT family, parent, length(sha256) FROM template_versions").fetchall() == [
            ("bert", "shipped/test", 64)
        ]
        assert con.execute("SELECT relation, name FROM template_dependencies").fetchall() == [
            ("extends", "shipped/test")
        ]


def test_the_newest_sound_version_is_current(file):
    assert [save(file, "mine", text) for text in ("a", "b")] == [1, 2]
    assert save(file, "mine", "c", BROKEN) == 3
    assert stored.usable(file)["mine"].text == "b"
    found = stored.versions(file, "mine")
    assert [(one.template.number, one.ok) for one in found] == [(3, False), (2, True), (1, True)]
    assert stored.current(found).template.number == 2
    assert found[0].validation == BROKEN


def test_a_template_that_never_was_sound_is_not_used(file):
    save(file, "mine", "a", BROKEN)
    assert stored.usable(file) == {}
    assert stored.current(stored.versions(file)) is None


def test_a_later_validation_has_the_last_word(file):
    save(file, "mine", "a")
    (found,) = stored.versions(file)
    stored.validated(file, {found.version_id: BROKEN})
    assert stored.usable(file) == {}
    stored.validated(file, {found.version_id: SOUND})
    assert stored.usable(file)["mine"].number == 1


def test_several_are_saved_together_or_not_at_all(file, monkeypatch):
    bad = Saving(dataclasses.replace(read("b", "x"), text=None), SOUND)
    monkeypatch.setattr(stored, "sha256", lambda _: "0")
    with pytest.raises(StoreError):
        stored.save(file, [Saving(read("a", "x"), SOUND), bad])
    assert stored.versions(file) == []


def test_a_version_is_picked_by_number_or_hash(file):
    save(file, "mine", "a")
    save(file, "mine", "b")
    found = stored.versions(file, "mine")
    assert stored.pick(found, None).template.text == "b"
    assert stored.pick(found, "1").template.text == "a"
    assert stored.pick(found, found[1].brief).template.text == "a"
    with pytest.raises(BenchError, match=r"mine: there is no version 7\.\nThere are: 2 \(\w{8}\), 1 \(\w{8}\)\."):
        stored.pick(found, "7")


def test_a_name_that_is_not_there(file):
    save(file, "mine", "a")
    with pytest.raises(
        BenchError, match=r"'mien': no template of this database is called 'mien'\. Did you mean 'mine'"
    ):
        stored.versions(file, "mien")


def test_what_changed_between_two_versions(file):
    save(file, "mine", "a\nb\n")
    save(file, "mine", "a\nc")
    new, old = stored.versions(file, "mine")
    lines = stored.diff(old, new).splitlines()
    assert lines[0] == f"--- mine 1 ({old.brief})"
    assert lines[3:] == [" a", "-b", "+c", "\\ No newline at end of file"]
    assert stored.diff(old, old) == ""


@pytest.mark.slow
def test_merged_databases_hold_every_version_and_two_of_one_number_are_told_apart(file, tmp_path):
    other = tmp_path / "other.duckdb"
    save(file, "mine", "ours")
    save(other, "mine", "theirs")
    save(other, "alone", "x")
    for _ in range(2):
        assert all(isinstance(rows, dict) for _, rows in upkeep.merge([other], file))
    assert {name: one.text for name, one in stored.usable(file).items()} == {"alone": "x", "mine": "theirs"}
    with pytest.raises(BenchError, match=r"mine: several versions are called 1: \w{8}, \w{8}\.\nName one by its hash"):
        stored.pick(stored.versions(file, "mine"), "1")


def test_the_number_says_which_is_newest_not_the_clock_of_who_saved_it(file):
    save(file, "mine", "a")
    with duckdb.connect(str(file)) as con:
        con.execute("UPDATE template_versions SET created_at = '2100-01-01'")
    assert save(file, "mine", "b") == 2
    assert stored.usable(file)["mine"].text == "b"
    assert [one.template.number for one in stored.versions(file, "mine")] == [2, 1]


@pytest.mark.parametrize("findings", ['[{"x": 1}]', '"abc"', "[1]", "null", "[" * 100_000])
def test_findings_of_somebody_elses_hand_are_told_as_that(file, findings):
    save(file, "mine", "a")
    with duckdb.connect(str(file)) as con:
        con.execute(
            "CREATE OR REPLACE TABLE template_validations AS SELECT * REPLACE ($x AS findings) FROM template_validations",
            {"x": findings},
        )
    (found,) = stored.versions(file)
    assert [str(one) for one in found.validation.findings] == ["its stored findings can't be read"]


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE template_versions",
        "ALTER TABLE template_versions DROP COLUMN sha256",
        "ALTER TABLE template_versions DROP COLUMN text",
    ],
)
def test_tables_of_somebody_elses_hand_are_an_error_that_names_the_database(file, change):
    save(file, "mine", "a")
    with duckdb.connect(str(file)) as con:
        if "COLUMN" in change:  # without what our table checks
            con.execute("CREATE OR REPLACE TABLE template_versions AS FROM template_versions")
        con.execute(change)
    with pytest.raises(StoreError, match=r"b\.duckdb can't be used"):
        stored.versions(file)


def test_more_templates_than_can_be_needed_are_not_read(file, monkeypatch):
    save(file, "mine", "a" * 100)
    monkeypatch.setattr(stored, "MOST_BYTES", 99)
    with pytest.raises(StoreError, match="its templates have 0 MB; 0 MB are read at most"):
        stored.usable(file)


@pytest.mark.slow
def test_templates_survive_backup_compaction_and_restore(file, tmp_path):
    save(file, "mine", "a")
    before = stored.versions(file)
    upkeep.backup(file, tmp_path / "backup.duckdb")
    upkeep.compact(file)
    assert stored.versions(file) == before
    file.unlink()
    upkeep.restore(tmp_path / "backup.duckdb", file)
    assert stored.versions(file) == before


def test_a_database_of_an_older_version_has_none_and_is_left_as_it_is(file):
    with opened(file) as con:
        for table in ("templates", "template_versions", "template_dependencies", "template_validations"):
            con.execute(f"DROP TABLE {table}")
        con.execute("DELETE FROM schema_version WHERE version = 4")
    assert (stored.usable(file), stored.versions(file)) == ({}, [])
    save(file, "mine", "a")  # a save upgrades it
    assert stored.usable(file)["mine"].text == "a"


def test_a_missing_database_is_an_error(file):
    with pytest.raises(StoreError, match="does not exist"):
        stored.usable(file)


def test_a_row_of_somebody_elses_hand_is_not_used(file):
    save(file, "mine", "a")
    with duckdb.connect(str(file)) as con:
        con.execute(
            "UPDATE template_versions SET text = $text, sha256 = sha256($text)", {"text": "{#\nkind: poem\n#}\n"}
        )
    assert stored.usable(file) == {}
    (found,) = stored.versions(file)
    assert "no kind of template is called 'poem'" in str(found.validation.findings[0])
    assert not found.ok
