"""A template's first comment says what it is for."""

import pytest

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.templates.template import About, read

TEXT = "{#\nkind: skill\nfamily: bert\nhardware: cuda\ndescription: Bert: on NVIDIA\n#}\nx = 1\n"


def test_the_first_comment_is_read():
    assert read("mine", TEXT).about == About("skill", family="bert", hardware="cuda", description="Bert: on NVIDIA")
    assert str(read("mine", TEXT).about) == "family bert on cuda"


def test_without_one_it_is_a_default_of_tests():
    found = read("mine", "{# just a comment #}\nx = 1\n")
    assert (found.about, str(found.about)) == (About("test"), "default")


def test_what_is_told_has_the_last_word_and_is_written_into_the_text():
    found = read("mine", TEXT, {"kind": "test", "hardware": None, "description": "two\nlines"})
    assert found.about == About("test", family="bert", hardware="cuda", description="two lines")
    assert read("again", found.text).about == found.about
    assert (
        read("other", "{# kept #}\nx = 1\n", {"family": "vit"}).text
        == "{#\nkind: test\nfamily: vit\n#}\n{# kept #}\nx = 1\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{#\nkind: tset\n#}\n", "mine: kind: tset: no kind of template is called 'tset'. Did you mean 'test'?"),
        (
            "{#\nkind: test\nfamly: bert\n#}\n",
            "mine: line 3: no key of a template is called 'famly'. Did you mean 'family'?",
        ),
        ("{#\nkind: test\nbert\n#}\n", "mine: line 3: 'bert' is not `key: value`."),
        (
            "{#\nkind: test\nfamily: bert\nmodality: text\n#}\n",
            "mine: it is for family and modality.\nName one of them",
        ),
        ("a\ud800", "mine: its text is no valid Unicode (surrogates not allowed)."),
        ("x" * 1_000_001, "mine: a template has at most 1,000,000 bytes; this one has 1,000,001."),
    ],
)
def test_what_makes_no_sense_is_told(text, said):
    with pytest.raises(BenchError) as told:
        read("mine", text)
    assert str(told.value).startswith(said)


@pytest.mark.parametrize("name", ["../../evil", "", "1st", "a b", "shipped/../x", "x" * 101, "a\nb"])
def test_a_name_is_a_word(name):
    with pytest.raises(BenchError, match="can't be the name of a template"):
        read(name, TEXT)
