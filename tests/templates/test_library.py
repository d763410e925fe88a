"""Which template is meant for a model on some hardware, and why."""

import dataclasses

import pytest

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.templates.subjects import Subject, subjects


def text(**about):
    return "{#\nkind: test\n" + "".join(f"{key}: {value}\n" for key, value in about.items()) + "#}\nx = 1\n"


@pytest.fixture
def bert(house):
    return subjects(["bert"], house.models)[0]


def chosen(library, subject, hardware="cuda"):
    return library.choose("test", subject, hardware).template.name


def test_the_order_is_model_family_modality_default_each_for_the_hardware_first(library, house, bert):
    (one,) = subjects(["tiny-random-bert"], house.models)
    order = {
        "a": text(model="tiny-random-bert", hardware="cuda"),
        "b": text(model="tiny-random-bert"),
        "c": text(family="bert", hardware="cuda"),
        "d": text(family="bert"),
        "e": text(modality="text", hardware="cuda"),
        "f": text(modality="text"),
        "g": text(hardware="cuda"),
        "h": text(),
        "shipped__bert": text(family="bert"),
    }
    found = []
    while True:
        name = chosen(library(**order), one)
        found.append(name)
        if name == "shipped/test":
            break
        del order[name.replace("/", "__")]
    assert found == [*"abcdefgh", "shipped/bert", "shipped/test"]


def test_a_family_has_no_template_of_one_of_its_models(library, bert):
    assert chosen(library(a=text(model="tiny-random-bert")), bert) == "shipped/test"


def test_other_families_hardware_and_kinds_are_passed_over(library, bert):
    others = {"a": text(family="vit"), "b": text(family="bert", hardware="mps"), "c": text().replace("test", "skill")}
    assert chosen(library(**others), bert) == "shipped/test"


def test_the_choice_is_explained_step_by_step(library, bert):
    steps = library(mine=text(modality="text")).choose("test", bert, "cuda").steps
    assert [(step.sought, step.found) for step in steps] == [
        ("database: family bert, cuda", ()),
        ("database: family bert, any hardware", ()),
        ("database: modality text, cuda", ()),
        ("database: modality text, any hardware", ("mine",)),
    ]


def test_of_two_for_the_same_the_newest_is_taken(library, bert):
    both = library(old=text(family="bert"), new=text(family="bert"))
    days = {"old": "2026-01-01", "new": "2026-02-01"}
    dated = {name: dataclasses.replace(one, created_at=days.get(name)) for name, one in both.templates.items()}
    found = dataclasses.replace(both, templates=dated).choose("test", bert, "cpu")
    assert (found.template.name, found.steps[-1].found) == ("new", ("new", "old"))


def test_hardware_of_another_template_is_a_group_of_its_own(library, bert):
    groups = library(gpu=text(hardware="cuda")).grouped("test", bert, ("cuda", "cpu", "mps"))
    assert [(template.name, hardware) for template, hardware in groups] == [
        ("shipped/test", ("cpu", "mps")), ("gpu", ("cuda",)),
    ]  # fmt: skip


def test_no_template_at_all_is_an_error(library):
    with pytest.raises(BenchError, match="There is no template of the kind 'backend' for x on cpu"):
        library().choose("backend", Subject("x"), "cpu")


def test_a_name_that_nobody_has(library):
    with pytest.raises(BenchError, match=r"no template is called 'shiped/test'\. Did you mean 'shipped/test'"):
        library().named("shiped/test")


def test_a_version_is_a_number_and_a_hash_of_all_that_the_text_builds_on(library):
    first = library(mine=text())
    numbered = {**first.templates, "mine": dataclasses.replace(first.named("mine"), number=3)}
    label = dataclasses.replace(first, templates=numbered).label("mine", ["mine", "shipped/test"])
    assert label == f"3-{first.label('mine', ['shipped/test'])}"
    changed = library(mine=text(), shipped__test=text())
    assert changed.label("mine", ["mine"]) == first.label("mine", ["mine"])
    assert changed.label("mine", ["shipped/test"]) != first.label("mine", ["shipped/test"])
