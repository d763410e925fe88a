"""Templates are rendered in a process of their own: by Jinja's sandbox, within limits, and what is wrong has a place."""

import pytest

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.templates import rendering
from pytest_ipfs_bench.templates.renderer import literal
from pytest_ipfs_bench.templates.rendering import Job, render

KNOWN = {"model_name": "bert", "hardware": ["cpu", "cuda"], "has_cuda": True, "has_webgpu": False}

WRONG = {
    "a\n{{ model_nam }}": ("variable", "line 2: nothing is called 'model_nam'. Did you mean 'model_name'?"),
    "{% set size = 1 %}": ("unused", "line 1: 'size' is set, and nothing reads it"),
    "\n{% for a in %}": ("syntax", "line 2: Expected an expression, got 'end of statement block'"),
    '{% include "good_" %}': ("parent", "line 1: no template is called 'good_'. Did you mean 'good'?"),
    "{% extends model_name %}": ("parent", "line 1: the name after extends has to be written out"),
    "\n\n{{ 1 / 0 }}": ("expression", "line 3: ZeroDivisionError: division by zero (bert on cpu)"),
    "{{ hardware.cuda.index }}": ("variable", "line 1: 'list object' has no attribute 'cuda' (bert on cpu)"),
}
INTRUDING = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ (model_name | attr('__class__')) }}",
    "{{ cycler.__init__.__globals__.os.popen('x') }}",
    "{{ '{0.__class__.__mro__}'.format('') }}",
    "{{ self.__class__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ joiner.__init__ }}",
    "{{ hardware.append('x') }}",
    "{% set x = hardware.append %}{{ x.__self__ }}",
)
NESTED, ENDLESS, MEMORY = (
    "it is nested too deep",
    "it makes a text of more than 1,000,000 bytes",
    "it takes more than 300 MB",
)
GROWING = {
    "{{ 'a' * 900000000 }}": "something repeated would have 900,000,000 parts",
    "{{ [1] * 900000000 }}": "something repeated would have 900,000,000 parts",
    "{{ 9 ** (9 ** 9) }}": "a power is too large",
    "{{ 'a'.ljust(900000000) }}": MEMORY,
    "{{ '%900000000d' % 1 }}": MEMORY,
    "{% for i in range(100000) %}{{ 'a' * 100 }}{% endfor %}": ENDLESS,
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}": NESTED,
    "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}": NESTED,
    "{% set n = namespace(t='aaaa') %}{% for i in range(40) %}{% set n.t = n.t ~ n.t %}{% endfor %}{{ n.t }}": MEMORY,
}


@pytest.fixture(scope="module")
def answered():
    """What is wrong with every one of these texts: all are given to one process."""
    texts = {"good": "x", **{f"text{number}": text for number, text in enumerate((*WRONG, *INTRUDING, *GROWING))}}
    answers = render(texts, [Job(name, KNOWN, "bert on cpu") for name in texts], KNOWN)
    every = {name: [*one.findings] for name, one in answers.examined.items()}
    for one in answers.rendered:
        every[one.job.name] += one.findings
    return {
        texts[name]: [(one.rule, str(one).removeprefix(f"{name}: ")) for one in found] for name, found in every.items()
    }


def of(text, **others):
    return render({"mine": text, **others}, [Job("mine", KNOWN, "bert on cpu")], KNOWN)


def text_of(text, **others):
    answers = of(text, **others)
    assert answers.findings == ()
    return answers.rendered[0].text


def findings_of(text, **others):
    return [(one.rule, str(one)) for one in of(text, **others).findings]


def test_variables_conditionals_and_filters():
    assert text_of("{% if has_cuda %}\nGPU {{ model_name }}\n{% endif %}\n{{ hardware | literal }}") == (
        'GPU bert\n["cpu", "cuda"]'
    )


def test_a_child_fills_and_extends_the_blocks_of_its_parent():
    parent = "a\n{% block one %}\nb\n{% endblock %}\n{% block two %}\n{% endblock %}"
    child = '{% extends "parent" %}\n{% block one %}\n{{ super() }}c\n{% endblock %}'
    assert text_of(child, parent=parent) == "a\nb\nc\n"
    grandchild = '{% extends "child" %}\n{% block two %}\nd\n{% endblock %}'
    assert text_of(grandchild, child=child, parent=parent) == "a\nb\nc\nd\n"


def test_several_parents_by_includes_and_imports():
    text = '{% include "one" %}{% from "two" import greet %}{{ greet(model_name) }}'
    assert text_of(text, one="1 ", two="{% macro greet(name) %}Hello {{ name }}{% endmacro %}") == "1 Hello bert"


def test_legacy_expressions_are_evaluated():
    assert text_of('{{model_name.replace("-", "").capitalize()}}') == "Bert"


def test_what_may_be_missing_is_asked_for():
    assert text_of("{{ nobody | default('x') }}{% if other is defined %}{{ other }}{% endif %}") == "x"


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_has_a_rule_a_line_and_the_nearest_name(answered, text):
    assert answered[text] == [WRONG[text]]


def test_a_cycle_is_told_as_a_way():
    assert findings_of('{% extends "mine" %}') == [("cycle", "mine: line 1: it builds on itself: mine -> mine")]
    (found,) = findings_of('{% extends "a" %}', a='{% extends "b" %}', b='\n{% include "mine" %}')
    assert found == ("cycle", "b: line 2: it builds on itself: mine -> a -> b -> mine")


def test_what_a_child_writes_that_nobody_shows_is_wrong():
    child = '{% extends "parent" %}\nhello\n{% block tets %}{% endblock %}'
    assert findings_of(child, parent="{% block tests %}{% endblock %}") == [
        ("unused", "mine: line 3: no parent has a block 'tets': it is never rendered. Did you mean 'tests'?"),
        ("unused", "mine: line 2: text outside of blocks is never rendered: the template extends another"),
    ]


def test_a_block_inside_a_block_of_a_child_is_new_and_shown():
    child = '{% extends "parent" %}{% block tests %}a{% block inner %}b{% endblock %}{% endblock %}'
    assert text_of(child, parent="{% block tests %}{% endblock %}") == "ab"


@pytest.mark.parametrize("text", INTRUDING)
def test_a_template_has_no_way_into_python(answered, text):
    (found,) = answered[text]
    assert found[0] == "sandbox"
    assert "unsafe" in found[1]
    assert "a template has no such access" in found[1]


@pytest.mark.parametrize("text", GROWING)
def test_a_template_that_would_grow_without_end_is_stopped(answered, text):
    (found,) = answered[text]
    assert found[0] == "limit"
    assert GROWING[text] in found[1]


@pytest.mark.slow
def test_a_template_without_end_is_stopped_and_not_tried_again():
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}"
    jobs = [Job("mine", KNOWN, f"bert on {name}") for name in ("cpu", "cuda", "mps")]
    answers = render({"mine": loop, "good": "x"}, [*jobs, Job("good", KNOWN, "bert on cpu")], KNOWN)
    assert [str(one) for one in answers.findings] == [
        f"mine: line 1: it does not end within {rendering.SECONDS:g} s (bert on cpu)"
    ]
    assert answers.rendered[-1].text == "x"


@pytest.mark.parametrize("text", ["{{ [1, 2] | random }}", "{{ lipsum() }}"])
def test_the_same_template_makes_the_same_text_so_chance_is_not_there(text):
    assert findings_of(text) != []


def test_half_a_character_is_no_text():
    (found,) = findings_of("x{{ '\\ud800' }}")
    assert found[0] == "expression"
    assert "surrogates not allowed" in found[1]


def test_of_a_large_library_only_what_may_be_needed_is_handed_over():
    texts = {"mine": "{% extends 'base' %}", "base": '{% include "part" %}', "part": "x", "other": "'mine'"}
    assert set(rendering._needed(texts, ["mine", "gone"])) == {"mine", "base", "part"}


def test_all_texts_together_have_a_limit_too(monkeypatch):
    monkeypatch.setattr(rendering, "LIMITS", {**rendering.LIMITS, "total": 100})
    jobs = [Job("mine", KNOWN, f"bert on {name}") for name in ("cpu", "cuda", "mps")]
    answers = render({"mine": "x" * 60}, jobs, KNOWN)
    assert [str(one) for one in answers.findings] == ["mine: all that it makes is more than 100 bytes (bert on cuda)"]


def test_what_a_template_says_of_itself_can_not_steer_a_terminal():
    (found,) = findings_of("{{ model_name['\x1b[31m'] }}")
    assert "\x1b" not in found[1]
    assert "\\x1b[31m" in found[1]


def test_a_process_that_dies_is_a_finding_of_the_job_it_was_at(monkeypatch):
    monkeypatch.setattr(rendering, "LIMITS", {**rendering.LIMITS, "seconds": -1})
    (found,) = findings_of("x")
    assert found[0] == "limit"
    assert "the process that rendered it ended" in found[1]


def test_a_process_that_never_answers_is_given_up_on(monkeypatch):
    monkeypatch.setattr(rendering, "PATIENCE", 0.0)
    monkeypatch.setattr(rendering, "SECONDS", 0.001)
    assert findings_of("x") == [("limit", "mine: it does not end (bert on cpu)")]


def test_no_process_at_all_is_an_error_for_people(monkeypatch):
    monkeypatch.setattr(rendering.sys, "executable", "/nowhere/python")
    with pytest.raises(BenchError, match=r"The process that renders templates can't be started: .*No such file"):
        of("x")


def test_literals_are_python_in_double_quotes():
    value = {"a": [1, 2.5, None, True], "b": ("x",), "c": 'quote " and \\ and \n'}
    assert eval(literal(value)) == value
    assert literal("x") == '"x"'
    with pytest.raises(TypeError, match="no literal of Python says a object"):
        literal(object())
