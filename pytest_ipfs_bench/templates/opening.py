"""The library, opened: the shipped templates, and those of a database where it can be had."""

from pathlib import Path

from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.templates.library import Library
from pytest_ipfs_bench.templates.shipped import shipped


def library(database: Path | None) -> Library:
    """Every template that can be used; of the database's only current ones. None: the shipped ones alone.

    A database that is missing, busy or broken leaves the shipped ones, and a note that says so.
    """
    ours = shipped()
    if database is None:
        return Library(ours)
    from pytest_ipfs_bench.templates import database as stored

    try:
        theirs = stored.usable(database)
    except StoreError as error:
        return Library(ours, f"{str(error).splitlines()[0]} The shipped templates are used.")
    return Library({**theirs, **ours})
