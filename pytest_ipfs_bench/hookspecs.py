"""The plugin points. Hooks register objects; the objects do the work. Ours come in by the same door as strangers'.

A package registers by an entry point of the group `ipfs_bench` that names a module with hook implementations; a conftest
by the pytest hook `pytest_ipfs_bench_register`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from pytest_ipfs_bench.backend import Backend
    from pytest_ipfs_bench.importers.contract import Importer
    from pytest_ipfs_bench.models import ModelSpec

PROJECT = "ipfs_bench"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
pytest_hookspec = pluggy.HookspecMarker("pytest")  # what pytest.hookspec is: the console script does without pytest


class Specs:
    """The hooks of the project `ipfs_bench`: they work in pytest and in the console script alike."""

    @hookspec
    def register_backends(self) -> "Iterable[Backend]":  # type: ignore[empty-body]
        """Kinds of hardware. Cheap: no vendor import, no device access.

        >>> from hardware_backends.cpu import Cpu
        >>> class Plugin:
        ...     @hookimpl
        ...     def register_backends(self):
        ...         return [Cpu()]
        >>> [backend.name for backend in Plugin().register_backends()]
        ['cpu']
        """

    @hookspec
    def register_models(self) -> "Iterable[ModelSpec]":  # type: ignore[empty-body]
        """Models, declared. Their files and factories are used in the runner only.

        >>> from pytest_ipfs_bench.models import Input, ModelSpec
        >>> class Plugin:
        ...     @hookimpl
        ...     def register_models(self):
        ...         ids = Input("input_ids", "int64", ("batch", "sequence_length"), "integers", 0, 1000)
        ...         shape = {"sequence_length": 64}
        ...         return [ModelSpec("mine", "mine", "text", "base", "pretrained", shape, (ids,), ("mine.onnx",))]
        >>> [spec.name for spec in Plugin().register_models()]
        ['mine']
        """

    @hookspec
    def register_importers(self) -> "Iterable[Importer]":  # type: ignore[empty-body]
        """Formats of result files, for migrations. An importer looks at a file's content and yields what it states.

        >>> from pytest_ipfs_bench.importers.contract import Finding, Importer
        >>> from pytest_ipfs_bench.records import Performance
        >>> class Mine(Importer):
        ...     name = "mine"
        ...     def recognises(self, document):
        ...         return "my_results" in document.keys
        ...     def read(self, document):
        ...         for number, row in enumerate(document.json["my_results"]):
        ...             columns = {"test_case": row["name"], "mode": "inference", "average_latency_ms": row["ms"]}
        ...             yield Finding(kind=Performance, place=f"/my_results/{number}", columns=columns, model=row["model"])
        >>> class Plugin:
        ...     @hookimpl
        ...     def register_importers(self):
        ...         return [Mine()]
        >>> [importer.name for importer in Plugin().register_importers()]
        ['mine']
        """


class PytestSpecs:
    """What pytest's own plugin manager learns."""

    @pytest_hookspec(historic=True)
    def pytest_ipfs_bench_register(self, manager: pluggy.PluginManager) -> None:
        """For a conftest: register an object with implementations of the hooks above. Heard whenever the conftest is loaded.

        >>> from pytest_ipfs_bench.registry import Registry
        >>> from hardware_backends.cpu import Cpu
        >>> class Mine:
        ...     @hookimpl
        ...     def register_backends(self):
        ...         return [Cpu()]
        >>> def pytest_ipfs_bench_register(manager):
        ...     manager.register(Mine())
        >>> registry = Registry.empty()
        >>> pytest_ipfs_bench_register(registry.manager)
        >>> list(registry.backends())
        ['cpu']
        """
