"""Opening the database: late, briefly, by its real path, never with a network or an extension behind one's back."""

import random
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.errors import StoreBusy, StoreError
from pytest_ipfs_bench.places import Remote, Target

if TYPE_CHECKING:
    import duckdb

CONFIG = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
# What a stranger's statement or file could otherwise reach: extensions, Python's variables, the disk, all memory.
SANDBOX = {
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "max_temp_directory_size": "0B",
    "memory_limit": "2GB",
    "threads": "2",
}
# Small blocks: an almost empty database has 0.2 MB instead of 3.3. v1.5.0: 1.5.x reads what 2.x has made.
NEW_FILE = {"default_block_size": "16384", "storage_compatibility_version": "v1.5.0"}
PAUSE = 0.25
PATIENCE = 1.0  # s; most holders are writing their own results and are done by then


def connect(
    database: Path,
    *,
    read_only: bool,
    wait: float = 0.0,
    tell: Callable[[str], None] = lambda _: None,
    config: Mapping[str, str] | None = None,
) -> "duckdb.DuckDBPyConnection":
    """A connection; waits up to `wait` s for a process that holds the file, and tells so once.

    Raises StoreBusy when that time is up, StoreError with what DuckDB says.
    """
    import duckdb

    options: dict[str, Any] = {**CONFIG, **(config or {}), **({} if read_only else NEW_FILE)}
    path = str(database.resolve())
    return _patiently(database, lambda: duckdb.connect(path, read_only=read_only, config=options), wait, tell)


def _patiently(
    database: Path, action: "Callable[[], duckdb.DuckDBPyConnection]", wait: float, tell: Callable[[str], None]
) -> "duckdb.DuckDBPyConnection":
    import duckdb

    start, told = time.monotonic(), False
    while True:
        try:
            return action()
        except duckdb.Error as error:
            problem = explain(database, error)
            waited = time.monotonic() - start
            if not isinstance(problem, StoreBusy) or waited > wait:
                raise problem from error
            if not told and waited > PATIENCE:
                tell(f"{problem} Waiting up to {wait:.0f} s.")
                told = True
        time.sleep(random.uniform(PAUSE / 10, PAUSE))


def attach(
    con: "duckdb.DuckDBPyConnection",
    database: Path,
    name: str,
    *,
    read_only: bool,
    wait: float = 0.0,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Attaches an existing database under a name; waits and raises as `connect` does."""
    mode = "READ_ONLY" if read_only else "READ_WRITE"
    path = str(database.resolve()).replace("'", "''")
    _patiently(database, lambda: con.execute(f"ATTACH '{path}' AS {name} ({mode})"), wait, tell)


def explain(database: Target, error: Exception) -> StoreError:
    """DuckDB's error in words for a person, the database named."""
    text = str(error)
    if isinstance(database, Remote):
        return StoreError(f"{database} can't be used: {text.splitlines()[0] if text else type(error).__name__}")
    if "Could not set lock" in text:
        holder = re.search(r"\(PID (\d+)\)", text)
        who = f"another process (PID {holder[1]})" if holder else "another process"
        return StoreBusy(f"{database} is in use by {who}.")
    if "different configuration" in text:
        return StoreBusy(f"{database} is in use by this process itself, opened by other code.")
    if "not a valid DuckDB database file" in text or "sqlite" in text.lower():
        return StoreError(f"{database} is not a DuckDB database; it was left as it is.\nGive another path.")
    if "No such file or directory" in text:
        return StoreError(f"{database}: its folder does not exist.")
    if re.search(r"replaying WAL|Corrupt WAL|WAL (file )?does not match|does not match database file", text):
        return StoreError(
            f"{database} can't be opened: its log {database.name}.wal is damaged or belongs to another database"
            f" ({text.splitlines()[0]}).\nRestore a backup (ipfs-bench db restore), or move the log away:"
            " what was not yet written into the database is lost then."
        )
    if damaged(error):
        return StoreError(
            f"{database} is damaged ({text.splitlines()[0]}); it was left as it is.\n"
            "Restore a backup: ipfs-bench db restore BACKUP, or use another file."
        )
    if ("newer" in text and "version" in text) or "version number" in text:
        return StoreError(
            f"{database} was written by a newer DuckDB than the one installed here.\nUpgrade it: pip install -U duckdb"
        )
    return StoreError(f"{database} can't be used: {text.splitlines()[0] if text else type(error).__name__}")


def damaged(error: Exception) -> bool:
    """Whether DuckDB says that a part of the file is not what it wrote."""
    return bool(re.search(r"Could not read enough bytes|Corrupt database file|computed checksum", str(error)))
