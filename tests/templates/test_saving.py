"""Saving a template: validated with all that build on it; what is broken is kept, and never used."""

import pytest

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.templates import database as stored
from pytest_ipfs_bench.templates import opening, saving
from pytest_ipfs_bench.templates.saving import Draft
from pytest_ipfs_bench.templates.template import read

PARENT = (
    "{#\nkind: test\nfamily: bert\n#}\ndef test_{{ normalized_name }}():\n    pass\n{% block more %}\n{% endblock %}\n"
)
CHILD = '{#\nkind: test\nfamily: bert\nhardware: cuda\n#}\n{% extends "parent" %}\n{% block more %}\n\n\ndef test_gpu():\n    pass\n{% endblock %}\n'


@pytest.fixture
def save(tmp_path, house):
    """Saves texts by name into one database; what became of each."""
    file = tmp_path / "b.duckdb"

    def saved(message=None, **texts):
        library = opening.library(file if file.exists() else None)
        drafts = [Draft(read(name, text), "me", message) for name, text in texts.items()]
        return saving.save(file, drafts, library, house)

    saved.file = file
    return saved


@pytest.mark.slow
def test_a_sound_template_is_saved_with_author_message_and_references(save):
    parent, child = save(message="first", parent=PARENT, child=CHILD)
    assert (parent.number, parent.validation.ok, child.number, child.validation.ok) == (1, True, 1, True)
    (found,) = stored.versions(save.file, "child")
    assert (found.author, found.message, found.template.about.hardware) == ("me", "first", "cuda")
    assert set(stored.usable(save.file)) == {"parent", "child"}


@pytest.mark.slow
def test_the_same_text_again_is_no_new_version(save):
    save(parent=PARENT)
    (again,) = save(parent=PARENT)
    assert (again.number, again.validation.ok, len(stored.versions(save.file))) == (None, True, 1)


@pytest.mark.slow
def test_a_broken_one_is_kept_and_the_one_before_stays_current(save):
    save(parent=PARENT)
    (broken,) = save(parent="def test_(:\n")
    assert (broken.number, broken.validation.ok) == (2, False)
    assert stored.usable(save.file)["parent"].text == PARENT


@pytest.mark.slow
def test_a_parent_that_would_break_its_children_is_broken(save):
    save(parent=PARENT, child=CHILD)
    (found,) = save(parent=PARENT.replace("block more", "block other"))
    (said,) = map(str, found.validation.findings)
    assert said.startswith("child builds on it, and would be broken: child: line 7: no parent has a block 'more'")
    assert stored.usable(save.file)["parent"].text == PARENT


@pytest.mark.slow
def test_a_parent_that_would_break_its_grandchildren_is_broken(save):
    between = '{#\nkind: test\nfamily: bert\n#}\n{% extends "parent" %}\n'
    grandchild = CHILD.replace('"parent"', '"between"')
    assert all(one.validation.ok for one in save(parent=PARENT, between=between, grandchild=grandchild))
    (found,) = save(parent=PARENT.replace("block more", "block other"))
    (said,) = map(str, found.validation.findings)
    assert said.startswith("grandchild builds on it, and would be broken")


@pytest.mark.slow
def test_a_child_of_a_broken_parent_is_broken_with_the_parents_reason(save):
    _, child = save(parent="{% if %}", child=CHILD)
    assert [str(one) for one in child.validation.findings] == [
        "parent: line 1: Expected an expression, got 'end of statement block'"
    ]


def test_the_names_of_shipped_ones_are_not_taken(save):
    with pytest.raises(
        BenchError, match=r"shipped/test: names that begin with shipped/ are those of the package\.\nTake another name"
    ):
        save(**{"shipped/test": PARENT})


@pytest.mark.slow
def test_nothing_is_saved_where_one_is_for_what_nobody_knows(save):
    with pytest.raises(BenchError, match="no family is called 'brt'"):
        save(parent=PARENT, child=CHILD.replace("family: bert", "family: brt"))
    assert not save.file.exists()
