"""What tests of templates share: a small library, and the models and hardware of this project."""

import pytest

from pytest_ipfs_bench.registry import Registry
from pytest_ipfs_bench.templates.library import Library
from pytest_ipfs_bench.templates.making import House
from pytest_ipfs_bench.templates.template import read

PARENT = '''\
{#
kind: test
description: Whatever the model
#}
"""{{ model_name }}."""

import pytest


@pytest.mark.parametrize("name", {{ hardware | literal }})
def test_{{ normalized_name }}(name):
    assert name
{% block more %}
{% endblock %}
'''


@pytest.fixture(scope="session")
def house():
    registry = Registry.load()
    return House(registry.models(), tuple(registry.backends()))


@pytest.fixture
def library():
    """A library of the parent alone, and of whatever texts are given by name."""

    def made(**texts):
        named = {name.replace("__", "/"): text for name, text in {"shipped__test": PARENT, **texts}.items()}
        return Library({name: read(name, text) for name, text in named.items()})

    return made
