"""DuckDB's extensions that speak Quack: from their wheels where those are installed, else by DuckDB's own INSTALL."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.store.connection import CONFIG
from pytest_ipfs_bench.store.quack.words import literal

if TYPE_CHECKING:
    import duckdb

NAMES = ("httpfs", "quack")  # in this order: without httpfs a locked server answers nobody
INSTALL = "pip install 'pytest-ipfs-bench[quack]'"


def load(con: "duckdb.DuckDBPyConnection") -> None:
    """Makes Quack known to a database in memory or to the one that is served. Raises StoreError where it can't be had."""
    for name in NAMES:
        _load(con, name)


def check() -> None:
    """Raises StoreError where the extensions can't be had."""
    import duckdb

    with duckdb.connect(config=dict(CONFIG)) as con:
        load(con)


def _load(con: "duckdb.DuckDBPyConnection", name: str) -> None:
    import duckdb

    file = wheel(name)
    try:
        if file is not None:
            con.execute(f"LOAD {literal(str(file))}")
            return
        try:
            con.execute(f"LOAD {name}")
        except duckdb.Error:
            con.execute(f"INSTALL {name}")
            con.execute(f"LOAD {name}")
    except duckdb.Error as error:
        raise StoreError(_missing(name, str(error).partition("\n")[0])) from error


def wheel(name: str) -> Path | None:
    """The extension in its wheel, if it was built for the DuckDB that runs here."""
    import duckdb

    found = importlib.util.find_spec(f"duckdb_extension_{name}")
    if found is None or found.origin is None:
        return None
    file = Path(found.origin).parent / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    return file if file.exists() else None


def _missing(name: str, why: str) -> str:
    import duckdb

    there = importlib.util.find_spec(f"duckdb_extension_{name}") is not None
    reason = (
        f"the installed duckdb-extension-{name} is for another DuckDB than {duckdb.__version__}"
        if there and wheel(name) is None
        else f"it could not be loaded ({why})"
    )
    return (
        f"A served database needs DuckDB's extension {name}, and {reason}.\n"
        f"Install DuckDB and its extensions of one version: {INSTALL}"
    )
