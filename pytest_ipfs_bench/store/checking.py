"""db check: what is wrong with a database, found by the queries in `checks`, one file each: first line = the finding."""

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench.store import salvage, schema
from pytest_ipfs_bench.store.copy import FACTS, SATELLITES
from pytest_ipfs_bench.store.opening import WAIT_SECONDS, Tell, locked, say_nothing
from pytest_ipfs_bench.store.read import reading
from pytest_ipfs_bench.store.rebuild import free, rebuild
from pytest_ipfs_bench.store.spool import waiting
from pytest_ipfs_bench.store.write import hand_over

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

EXAMPLES = 3
# What --fix may do: rows that belong to nothing and exact copies of a row go; nothing else is changed.
ORPHANS = dict.fromkeys(SATELLITES, "SEMI JOIN old.main.performance_results kept USING (result_id)")


@dataclass(frozen=True)
class Finding:
    """Something wrong: the check's name, its sentence, how many rows, the first few ids."""

    check: str
    sentence: str
    count: int
    examples: tuple[str, ...] = ()
    fixable: bool = False


def check(database: Path) -> list[Finding]:
    """Everything that is wrong; empty for a sound database. Raises StoreError for one that can't be read at all."""
    with reading(database) as con:
        found = _damage(con) or [*_structure(con), *_rows(con)]
    late = waiting(database)
    if late:
        found.append(Finding("spool", "results wait in a spool", late, fixable=True))
    return found


def fix(database: Path, *, wait: float = WAIT_SECONDS, tell: Tell = say_nothing) -> list[str]:
    """Does what is safe; what it did, in sentences. The old file is kept as DATABASE.bak-fix."""
    found = {finding.check: finding for finding in check(database) if finding.fixable}
    done = []
    if "spool" in found:
        taken = hand_over(database, None, wait=wait, tell=tell)
        done.append(f"took in {taken.spools} spools")
    if found.keys() - {"spool"}:
        kept = free(database.with_name(f"{database.name}.bak-fix"))
        with locked(database, wait=wait, tell=tell):
            result = rebuild(database, prepare=_repair, keep_old=kept, wait=wait, tell=tell)
        gone = {
            table: count - result.after[table] for table, count in result.before.items() if count > result.after[table]
        }
        done += [f"removed {count} rows of {table}" for table, count in gone.items()]
        done.append(f"the old file is kept as {kept}")
    return done


def _repair(con: "duckdb.DuckDBPyConnection") -> "tuple[Mapping[str, str], Mapping[tuple[str, str], str]]":  # noqa: ARG001
    once = dict.fromkeys(FACTS, "QUALIFY row_number() OVER (PARTITION BY t) = 1")
    return once | ORPHANS, {}


def _damage(con: "duckdb.DuckDBPyConnection") -> list[Finding]:
    """Rows that can't be read; while there are any, nothing else is looked for: it would be looked for among the rest."""
    gaps = [(one.name, gap) for one in salvage.damage(con) for gap in one.gaps]
    return [Finding("damage", f"rows of {table} {gap.words()}", gap.end - gap.start) for table, gap in gaps]


def _structure(con: "duckdb.DuckDBPyConnection") -> list[Finding]:
    """Tables, columns and foreign keys that a database of its version has to have."""
    import duckdb

    version = schema.version_of(con)
    with duckdb.connect() as fresh:
        for number in range(1, (version or 0) + 1):
            for statement in schema.statements(number):
                fresh.execute(statement)
        wanted, present = _columns(fresh), _columns(con)
        keys, here = _foreign_keys(fresh), _foreign_keys(con)
    missing = sorted(wanted - present)
    unbound = sorted(keys - here)
    found = [Finding("columns", "columns are missing", len(missing), tuple(missing[:EXAMPLES]))] if missing else []
    return found + (
        [Finding("keys", "foreign keys are missing", len(unbound), tuple(unbound[:EXAMPLES]))] if unbound else []
    )


def _rows(con: "duckdb.DuckDBPyConnection") -> list[Finding]:
    import duckdb

    found = []
    folder = resources.files(__package__) / "checks"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql"):
            text = file.read_text(encoding="utf-8")
            try:
                ids = [str(row[0]) for row in con.execute(text).fetchall()]
            except duckdb.CatalogException:  # about tables that are younger than this database
                continue
            if ids:
                sentence = text.splitlines()[0].removeprefix("-- ").rstrip(".")
                name = file.name.removesuffix(".sql")
                found.append(
                    Finding(name, sentence, len(ids), tuple(ids[:EXAMPLES]), fixable="--fix" in text.splitlines()[1])
                )
    return found


def _columns(con: "duckdb.DuckDBPyConnection") -> set[str]:
    rows = con.execute(
        "SELECT table_name || '.' || column_name || ' ' || data_type FROM duckdb_columns()"
        " WHERE NOT internal AND database_name = current_database()"
    ).fetchall()
    return {name for (name,) in rows}


def _foreign_keys(con: "duckdb.DuckDBPyConnection") -> set[str]:
    rows = con.execute(
        "SELECT table_name || ' (' || array_to_string(constraint_column_names, ', ') || ')' FROM duckdb_constraints()"
        " WHERE constraint_type = 'FOREIGN KEY' AND database_name = current_database()"
    ).fetchall()
    return {name for (name,) in rows}
