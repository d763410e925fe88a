"""The registry: what plugins register, by name, and what is wrong with a plugin."""

import importlib.metadata
from types import SimpleNamespace

import pytest

from pytest_ipfs_bench import registry
from pytest_ipfs_bench.backend import Backend, Detection, State
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.hookspecs import hookimpl
from pytest_ipfs_bench.models import ModelSpec
from pytest_ipfs_bench.registry import Registry


class Abacus(Backend):
    name = "abacus"
    runtimes = ("beads",)

    def detect(self):
        return Detection(State.NO_DEVICE)

    def load(self, model, cell):
        raise NotImplementedError


class Plugin:
    def __init__(self, backends=(), models=()):
        self.backends, self.models = backends, models

    @hookimpl
    def register_backends(self):
        return self.backends

    @hookimpl
    def register_models(self):
        return self.models


@pytest.fixture
def empty():
    return Registry.empty()


def test_installed_plugins_are_found_by_their_entry_points():
    found = Registry.load()
    assert next(iter(found.backends())) == "cpu"
    assert "tiny-random-bert" in found.models()


def test_what_several_plugins_register_is_together(empty):
    empty.manager.register(Plugin([Abacus()], [ModelSpec("a", "a", "text", "tiny", "random")]))
    empty.manager.register(Plugin([], [ModelSpec("b", "b", "text", "tiny", "random")]))
    assert list(empty.backends()) == ["abacus"]
    assert set(empty.models()) == {"a", "b"}


def test_two_of_one_name_are_an_error_that_names_both(empty):
    empty.manager.register(Plugin([Abacus()]))
    empty.manager.register(Plugin([Abacus()]))
    with pytest.raises(BenchError, match=r"Two backends are called 'abacus'"):
        empty.backends()


def test_a_misspelt_hook_is_an_error_that_names_the_legal_ones(empty):
    class Typo:
        @hookimpl
        def register_backend(self):
            return []

    empty.manager.register(Typo())
    with pytest.raises(BenchError, match=r"(?s)register_backend.*Legal hooks: register_backends, register_models"):
        empty.backends()


def test_a_hook_that_returns_no_list_is_named(empty):
    empty.manager.register(Plugin(backends=None))
    empty.manager.register(Plugin(backends=7))
    with pytest.raises(BenchError, match=r"register_backends returned 7"):
        empty.backends()


def test_a_lambda_as_factory_is_refused_when_it_is_registered(empty):
    empty.manager.register(Plugin([], [ModelSpec("m", "m", "text", "tiny", "random", factory=lambda spec: spec)]))
    with pytest.raises(BenchError, match="closure or a lambda"):
        empty.models()


def test_a_plugin_that_cannot_be_loaded_is_named_with_its_package(monkeypatch):
    point = importlib.metadata.EntryPoint("broken", "no_such_module_of_ours", "ipfs_bench")
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    with pytest.raises(BenchError, match=r"(?s)'broken'.*can't be loaded: ModuleNotFoundError.*pip uninstall"):
        Registry.load()


def test_two_packages_may_call_their_plugins_alike(monkeypatch):
    class Point(importlib.metadata.EntryPoint):
        def load(self):
            return (
                Plugin([Abacus()]) if self.value == "a" else Plugin([], [ModelSpec("m", "m", "text", "tiny", "random")])
            )

    points = [Point("mine", value, "ipfs_bench") for value in "ab"]
    for point, owner in zip(points, "ab", strict=True):
        vars(point).update(dist=SimpleNamespace(name=owner))
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    found = Registry.load()
    assert list(found.backends()) == ["abacus"]
    assert list(found.models()) == ["m"]
