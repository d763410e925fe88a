"""Formats of result files, one module per family, registered through the public door."""

from importlib import import_module

from pytest_ipfs_bench.hookspecs import hookimpl
from pytest_ipfs_bench.importers.contract import Importer

MODULES: tuple[str, ...] = ()


@hookimpl
def register_importers() -> list[Importer]:
    """What each module lists as its IMPORTERS."""
    return [one for name in MODULES for one in import_module(f"{__name__}.{name}").IMPORTERS]
