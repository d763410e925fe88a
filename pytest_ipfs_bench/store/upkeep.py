"""Upkeep of a database: merge, compact, prune, backup, restore. Each is the copy routine with a source and a filter."""

import contextlib
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench import records
from pytest_ipfs_bench.errors import BenchError, StoreError
from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.connection import attach, explain
from pytest_ipfs_bench.store.copy import FACTS, KEYS, SATELLITES, add, counts
from pytest_ipfs_bench.store.opening import WAIT_SECONDS, Tell, locked, opened, ready, say_nothing
from pytest_ipfs_bench.store.rebuild import Rebuilt, discard, fill, keep, quoted, rebuild, sync_folder, wal, working

if TYPE_CHECKING:
    import duckdb

STAMP = "%Y%m%dT%H%M%S%f"
AGE = re.compile(r"(\d+(?:\.\d+)?)\s*([dhwm]?)", re.IGNORECASE)
UNITS = {"": 86400, "d": 86400, "h": 3600, "w": 7 * 86400, "m": 30 * 86400}


@dataclass(frozen=True)
class Pruning:
    """What is to go: rows older than `before` (but the newest of each series), raw samples older than `samples_before`."""

    before: datetime | None = None
    samples_before: datetime | None = None
    keep_latest: bool = False
    archive: Path | None = None


@dataclass(frozen=True)
class Pruned:
    """What went (or would): rows by table, rows that lost their raw samples, archive files, and the rebuild."""

    rows: dict[str, int]
    samples: int
    files: list[Path] = field(default_factory=list)
    rebuilt: Rebuilt | None = None


def merge(
    sources: Iterable[Path], database: Path, *, wait: float = WAIT_SECONDS, tell: Tell = say_nothing
) -> Iterator[tuple[Path, dict[str, int] | StoreError]]:
    """Takes in other databases, each row unless its id is there already; each source with its new rows by table.

    Sources are only read; each is one transaction. One that is damaged, foreign, busy or the target itself comes with
    its error, and the next one is tried.
    """
    with locked(database, wait=wait, tell=tell):
        ready(database, wait=wait, tell=tell)
        with working(database) as con:
            attach(con, database, "target", read_only=False, wait=wait, tell=tell)
            for source in sources:
                if source.resolve() == database.resolve():
                    yield source, StoreError(f"{source}: a database can't be merged into itself.")
                    continue
                try:
                    yield source, _take(con, source, wait, tell)
                except StoreError as error:
                    yield source, error


def _take(con: "duckdb.DuckDBPyConnection", source: Path, wait: float, tell: Tell) -> dict[str, int]:
    import duckdb

    attach(con, source, "source", read_only=True, wait=wait, tell=tell)
    con.execute("USE source")
    try:
        if schema.identify(con, source) is schema.Kind.EMPTY:
            return {}
        con.execute("USE target")
        con.begin()
        new = add(con, "source", "target")
        con.commit()
    except duckdb.Error as error:
        with contextlib.suppress(duckdb.Error):
            con.rollback()
        raise explain(source, error) from error
    else:
        return new
    finally:
        con.execute("USE target")
        con.execute("DETACH source")


def compact(database: Path, *, wait: float = WAIT_SECONDS, tell: Tell = say_nothing) -> Rebuilt:
    """Gives back the space of deleted and rewritten rows."""
    with locked(database, wait=wait, tell=tell):
        done = rebuild(database, wait=wait, tell=tell)
    log(database, "compact", done)
    return done


def prune(database: Path, asked: Pruning, *, wait: float = WAIT_SECONDS, tell: Tell = say_nothing) -> Pruned:
    """Removes old rows and old raw samples, after archiving them to Parquet if asked to."""
    rows: dict[str, int] = {}
    files: list[Path] = []
    samples = 0

    def prepare(con: "duckdb.DuckDBPyConnection") -> tuple[Mapping[str, str], Mapping[tuple[str, str], str]]:
        nonlocal samples
        _mark(con, asked)
        rows.update(_marked(con))
        samples = _one(con, "SELECT count(*) FROM memory.main.bare")
        if asked.archive:
            files.extend(_archive(con, asked.archive))
        kept = "CASE WHEN t.result_id IN (FROM memory.main.bare) THEN NULL ELSE t.samples_ms END"
        return _filters(), {("performance_results", "samples_ms"): kept}

    with locked(database, wait=wait, tell=tell):
        done = rebuild(database, prepare=prepare, wait=wait, tell=tell)
    log(database, "prune", done)
    return Pruned(rows, samples, files, done)


def would_prune(database: Path, asked: Pruning, *, wait: float = WAIT_SECONDS, tell: Tell = say_nothing) -> Pruned:
    """What pruning would remove; the database is only read."""
    with working(database) as con:
        attach(con, database, "old", read_only=True, wait=wait, tell=tell)
        _mark(con, asked)
        return Pruned(_marked(con), _one(con, "SELECT count(*) FROM memory.main.bare"))


def backup(database: Path, target: Path, *, wait: float = WAIT_SECONDS, tell: Tell = say_nothing) -> dict[str, int]:
    """A consistent copy, made while nobody writes, verified by opening it; rows by table. Never over a file."""
    import duckdb

    if target.exists():
        raise StoreError(f"{target} is there already; nothing was written.\nName another file, or move that one away.")
    temporary = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(database, wait=wait, tell=tell), working(database) as con:
            attach(con, database, "source", read_only=True, wait=wait, tell=tell)
            con.execute("USE source")
            if schema.identify(con, database) is schema.Kind.EMPTY:
                raise StoreError(f"{database} is empty: there is nothing to back up.")
            there = counts(con, "source")
            try:
                fill(con, temporary, "source")
            except duckdb.Error as error:
                raise explain(target, error) from error
        made = verify(temporary)
        if {table: made[table] for table in there} != there:
            raise StoreError(f"{target}: the copy does not hold what {database} holds; it was thrown away.")
        temporary.replace(target)
    except BaseException as error:
        discard(temporary)
        if isinstance(error, OSError):
            raise StoreError(f"{target}: the backup can't be written ({error.strerror or error}).") from error
        raise
    return made


def restore(source: Path, database: Path, *, wait: float = WAIT_SECONDS, tell: Tell = say_nothing) -> Path | None:
    """Puts a backup in the place of a database, read through first; where the replaced file is kept, None if none was."""
    new = database.with_name(f".{database.name}.new")
    try:
        with locked(database, wait=wait, tell=tell):
            with working(source) as con:
                attach(con, source, "source", read_only=True, wait=wait, tell=tell)
                con.execute("USE source")
                if schema.identify(con, source) is schema.Kind.EMPTY:
                    raise StoreError(f"{source} is empty: it is no backup.")
                fill(con, new, "source")
            verify(new)
            kept = _put_aside(database, wait, tell) if database.exists() else None
            new.replace(database)
            sync_folder(database.parent)
    except BaseException:
        discard(new)
        raise
    log(database, "restore", None)
    return kept


def verify(path: Path) -> dict[str, int]:
    """Rows by table of a database that was just made. Raises StoreError if it can't be opened."""
    with working(path) as con:
        attach(con, path, "made", read_only=True)
        con.execute("USE made")
        schema.identify(con, path)
        return counts(con, "made")


def backup_name(database: Path) -> str:
    """The name of a backup made now."""
    return f"{database.stem}-{datetime.now(UTC):{STAMP}}.duckdb"


def expire(
    folder: Path, database: Path, *, most: int | None, oldest: datetime | None, dry_run: bool = False
) -> list[Path]:
    """Removes this database's backups beyond the newest `most`, and those older than `oldest`, but never the newest.

    Only files named as `backup_name` names them are looked at.
    """
    ours = re.compile(re.escape(database.stem) + r"-\d{8}T\d{12}\.duckdb")
    found = sorted((path for path in folder.iterdir() if ours.fullmatch(path.name)), reverse=True)
    limit = oldest.replace(tzinfo=UTC).timestamp() if oldest else 0.0
    gone = [
        path
        for number, path in enumerate(found)
        if number and ((most is not None and number >= most) or path.stat().st_mtime < limit)
    ]
    for path in gone if not dry_run else ():
        path.unlink()
    return gone


def ago(age: str, option: str) -> datetime:
    """The time that long ago (180d, 12h, 4w, 6m; days without a letter), UTC without a zone. Raises BenchError."""
    match = AGE.fullmatch(age.strip())
    if not match:
        raise BenchError(
            f"{option}={age}: no length of time.\nWrite 180d (days), 12h (hours), 4w (weeks) or 6m (months of 30 days)."
        )
    try:
        return datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=float(match[1]) * UNITS[match[2].lower()])
    except OverflowError as error:
        raise BenchError(f"{option}={age}: nothing is that old.") from error


def log(database: Path, action: str, done: Rebuilt | None) -> None:
    """Writes down in the database what was done to it."""
    with opened(database) as con:
        con.execute(
            "INSERT INTO maintenance_log VALUES"
            " ($id, $action, $rows_before, $rows_after, $bytes_before, $bytes_after, NULL, $now)",
            {
                "id": records.new_id(),
                "action": action,
                "rows_before": sum(done.before.values()) if done else None,
                "rows_after": sum(done.after.values()) if done else None,
                "bytes_before": done.bytes_before if done else None,
                "bytes_after": done.bytes_after if done else None,
                "now": records.utc(time.time()),
            },
        )


def _put_aside(database: Path, wait: float, tell: Tell) -> Path:
    """Keeps the file that a backup replaces, with its log if that can't be written into it (a damaged database)."""
    kept = database.with_name(f"{database.name}.replaced-{datetime.now(UTC):{STAMP}}")
    try:
        with working(database) as con:
            attach(con, database, "old", read_only=False, wait=wait, tell=tell)
            con.execute("CHECKPOINT old")
            con.execute("DETACH old")
    except StoreError as error:
        tell(f"The replaced file could not be opened ({error}); it is kept as it is.")
    keep(database, kept)
    if wal(database).exists():
        wal(database).rename(wal(kept))
    return kept


def _mark(con: "duckdb.DuckDBPyConnection", asked: Pruning) -> None:
    """Temporary tables of the ids that are to go, one per table of facts, and of those that lose their samples."""
    parameters = {"before": asked.before, "keep_latest": asked.keep_latest}
    for table in FACTS:
        con.execute(f"CREATE TABLE memory.main.old_{table} AS {_sql(f'prune_{table}')}", parameters)
    con.execute(f"CREATE TABLE memory.main.bare AS {_sql('prune_samples')}", {"before": asked.samples_before})


def _marked(con: "duckdb.DuckDBPyConnection") -> dict[str, int]:
    return {table: _one(con, f"SELECT count(*) FROM memory.main.old_{table}") for table in FACTS}


def _filters() -> dict[str, str]:
    """What stays: facts that are not marked, satellites of performance rows that stay. Runs, models, sources all stay."""
    filters = {table: f"ANTI JOIN memory.main.old_{table} gone USING ({KEYS[table]})" for table in FACTS}
    satellites = dict.fromkeys(SATELLITES, "ANTI JOIN memory.main.old_performance_results gone USING (result_id)")
    return filters | satellites


def _archive(con: "duckdb.DuckDBPyConnection", folder: Path) -> list[Path]:
    """Writes what is to go as Parquet files, one per table, whole rows; removed samples with the id of their row."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = f"{datetime.now(UTC):{STAMP}}"
    sources = {
        table: f"FROM old.main.{table} SEMI JOIN memory.main.old_{table} USING ({KEYS[table]})" for table in FACTS
    }
    gone = "SEMI JOIN memory.main.old_performance_results USING (result_id)"
    sources |= {table: f"FROM old.main.{table} {gone}" for table in SATELLITES}
    sources["samples"] = (
        "SELECT result_id, samples_ms FROM old.main.performance_results SEMI JOIN memory.main.bare USING (result_id)"
    )
    files = []
    for name, source in sources.items():
        if _one(con, f"SELECT count(*) FROM ({source})"):
            path = folder / f"{name}-{stamp}.parquet"
            con.execute(f"COPY ({source}) TO '{quoted(path)}' (FORMAT parquet, COMPRESSION zstd)")
            files.append(path)
    return files


def _one(con: "duckdb.DuckDBPyConnection", sql: str) -> int:
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _sql(name: str) -> str:
    return (resources.files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
