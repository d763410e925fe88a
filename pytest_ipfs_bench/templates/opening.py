"""The library, opened: the shipped templates, and those of a database where it can be had; and what is registered here."""

from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.places import Remote, Target
from pytest_ipfs_bench.registry import Registry
from pytest_ipfs_bench.templates.database import usable
from pytest_ipfs_bench.templates.library import Library
from pytest_ipfs_bench.templates.making import House
from pytest_ipfs_bench.templates.shipped import shipped


def library(file: Target | None) -> Library:
    """Every template that can be used; of the database's only current ones. None: the shipped ones alone.

    A database that is missing, busy or broken leaves the shipped ones, and a note that says so.
    """
    ours = shipped()
    if file is None:
        return Library(ours)
    if isinstance(file, Remote):
        return Library(ours, f"{file}: templates are kept in files; the shipped templates are used.")
    if not file.exists():
        return Library(ours, f"{file}: no database is there; the shipped templates are used.")
    try:
        return Library({**usable(file), **ours})
    except StoreError as error:
        return Library(ours, f"{str(error).splitlines()[0]} The shipped templates are used.")


def house() -> House:
    """Every model and every kind of hardware that is registered."""
    registry = Registry.load()
    return House(registry.models(), tuple(registry.backends()))
