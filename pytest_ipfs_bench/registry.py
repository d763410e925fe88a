"""Who registered what: backends and models by name, collected from plugins when something of ours is asked for."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Any, Self

import pluggy

from pytest_ipfs_bench.backend import Backend
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.hookspecs import PROJECT, Specs
from pytest_ipfs_bench.importers.contract import Importer
from pytest_ipfs_bench.models import ModelSpec, address


class Registry:
    """A plugin manager of the project `ipfs_bench` and what its plugins registered."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self.manager = manager
        self._known: dict[str, tuple[int, dict[str, Any]]] = {}

    @classmethod
    def empty(cls) -> Self:
        """Knows the hooks, and no plugin yet."""
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(Specs)
        return cls(manager)

    @classmethod
    def load(cls) -> Self:
        """Every installed plugin, by its entry point. Raises BenchError naming the one that can't be loaded."""
        registry = cls.empty()
        for point in {point.value: point for point in entry_points(group=PROJECT)}.values():
            owner = point.dist.name if point.dist else "?"
            try:
                registry.manager.register(point.load(), f"{owner}:{point.name}")
            except Exception as error:  # a stranger's module may raise anything
                raise BenchError(
                    f"The plugin {point.name!r} of {owner} can't be loaded: {type(error).__name__}: {error}\n"
                    f"Mend it, or uninstall it: pip uninstall {owner}"
                ) from error
        return registry

    def backends(self) -> dict[str, Backend]:
        """Backends by name, cpu first, then in the order of the alphabet."""
        return self._once("register_backends", self._backends)

    def models(self) -> dict[str, ModelSpec]:
        """Models by name, factories as addresses that the runner can import."""
        return self._once("register_models", self._models)

    def importers(self) -> list[Importer]:
        """Formats of result files in the order in which they are asked: the more general ones last."""
        found: dict[str, Importer] = self._once("register_importers", self._importers)
        return list(found.values())

    def _importers(self) -> dict[str, Importer]:
        found = self._collect("register_importers", "format", lambda importer: importer.name)
        return dict(sorted(found.items(), key=lambda pair: (pair[1].precedence, pair[0])))

    def _backends(self) -> dict[str, Backend]:
        found = self._collect("register_backends", "backend", lambda backend: backend.name)
        return dict(sorted(found.items(), key=lambda pair: (pair[0] != "cpu", pair[0])))

    def _models(self) -> dict[str, ModelSpec]:
        found = self._collect("register_models", "model", lambda spec: spec.name)
        return {name: _addressed(spec) for name, spec in found.items()}

    def _once(self, hook: str, collect: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Collected anew when a further plugin has come: conftests do during collection."""
        plugins = len(self.manager.get_plugins())
        if self._known.get(hook, (0, {}))[0] != plugins:
            self._known[hook] = plugins, collect()
        return self._known[hook][1]

    def _collect(self, hook: str, kind: str, name: Callable[[Any], str]) -> dict[str, Any]:
        try:
            self.manager.check_pending()
        except pluggy.PluginValidationError as error:
            legal = ", ".join(spec for spec in vars(Specs) if spec.startswith("register_"))
            raise BenchError(f"{error}\nLegal hooks: {legal}.") from error
        found: dict[str, Any] = {}
        for registered in getattr(self.manager.hook, hook)():
            for one in _list(registered, hook):
                if name(one) in found:
                    raise BenchError(
                        f"Two {kind}s are called {name(one)!r}: {found[name(one)]!r} and {one!r}.\nRename one of them."
                    )
                found[name(one)] = one
        return found


def _addressed(spec: ModelSpec) -> ModelSpec:
    """The spec with its functions as addresses."""
    return replace(spec, factory=address(spec.factory), torch=address(spec.torch) if spec.torch else None)


def _list(registered: Any, hook: str) -> Iterable[Any]:
    if not isinstance(registered, Iterable):
        raise BenchError(f"{hook} returned {registered!r}; it has to return a list of objects.")
    return registered
