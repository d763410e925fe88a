"""What an import asks of the database and does to it: which files and results it knows, new ones in, replaced ones out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.records import Record, Source
from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.copy import SATELLITES
from pytest_ipfs_bench.store.inserting import FACTS, insert_rows, sql
from pytest_ipfs_bench.store.taking import roll_back

if TYPE_CHECKING:
    import duckdb


Rows = Mapping[type[Record], Sequence[Mapping[str, Any]]]  # by the records they are, as their columns


@dataclass(frozen=True, slots=True)
class Known:
    """An earlier import of a file: what became of it, when, and how many rows came from it or were known."""

    source_id: str
    path: str
    sha256: str | None
    status: str
    imported_at: str
    rows: int


def known_files(con: "duckdb.DuckDBPyConnection", hashes: Sequence[str]) -> dict[str, Known]:
    """What became of files with these SHA-256, by hash: the first import of each."""
    rows = con.execute(sql("known_files"), {"hashes": list(hashes)}).fetchall()
    return {row[2]: Known(*row) for row in rows}


def earlier_versions(con: "duckdb.DuckDBPyConnection", tree: str, paths: Sequence[str]) -> dict[str, Known]:
    """The newest import of files with these paths from the same tree, whatever their bytes were."""
    rows = con.execute(sql("earlier_versions"), {"tree": tree, "paths": list(paths)}).fetchall()
    return {row[1]: Known(*row) for row in rows}


def known_results(
    con: "duckdb.DuckDBPyConnection", kind: type[Record], ids: Sequence[str], but: Sequence[str] = ()
) -> set[str]:
    """Which of these results the database has; those of the sources `but` do not count."""
    if not ids:
        return set()
    statement = sql("known_results").format(table=kind.TABLE, key=kind.KEY)
    return {str(row[0]) for row in con.execute(statement, {"ids": list(ids), "but": list(but)}).fetchall()}


def add(
    con: "duckdb.DuckDBPyConnection",
    rows: Rows,
    *,
    simulated: Mapping[type[Record], Sequence[str]] | None = None,
    forget: Sequence[str] = (),
) -> None:
    """One transaction: sources to `forget` go with their rows, these rows come in, known ones are marked as simulated.

    Raises duckdb's error where it refuses a row; nothing has changed then.
    """
    con.begin()
    try:
        for source in forget:
            _forget(con, source)
        insert_rows(con, schema.tables(con, schema.name_of(con)), rows)
        for kind, ids in (simulated or {}).items():
            con.execute(sql("mark_simulated").format(table=kind.TABLE, key=kind.KEY), {"ids": list(ids)})
        con.commit()
    except BaseException:
        roll_back(con)
        raise


def held(con: "duckdb.DuckDBPyConnection", hashes: Sequence[str]) -> set[str]:
    """Which of these files (by SHA-256) are in the database with every row that was counted for them."""
    return {str(row[0]) for row in con.execute(sql("held_files"), {"hashes": list(hashes)}).fetchall()}


def finish(con: "duckdb.DuckDBPyConnection", run_id: str, values: Mapping[str, object]) -> None:
    """Says of an import's run that it has ended, and how."""
    con.execute(sql("finish_run"), {"run_id": run_id, **values})


def _forget(con: "duckdb.DuckDBPyConnection", source: str) -> None:
    for table in SATELLITES:
        con.execute(sql("forget_satellites").format(table=table), {"source": source})
    for table in (*(fact.TABLE for fact in FACTS), Source.TABLE):
        con.execute(sql("forget_source").format(table=table), {"source": source})
