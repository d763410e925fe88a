"""The migration itself: read, recognise, book, store in transactions of some hundred files; then archive and delete."""

import gc
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench import context
from pytest_ipfs_bench.errors import BenchError, StoreError
from pytest_ipfs_bench.importers.contract import Importer
from pytest_ipfs_bench.importers.document import MAX_BYTES
from pytest_ipfs_bench.migration import archive, chunk, tree
from pytest_ipfs_bench.migration.books import DUPLICATE, IMPORTED, Account, Books
from pytest_ipfs_bench.migration.reading import Formats, by_kind, look
from pytest_ipfs_bench.migration.tree import Entry
from pytest_ipfs_bench.places import Remote, Target
from pytest_ipfs_bench.records import Hardware, Model, Run, new_id, utc
from pytest_ipfs_bench.store import imports
from pytest_ipfs_bench.store.opening import WAIT_SECONDS, Tell, opened, say_nothing
from pytest_ipfs_bench.store.read import check, reading

if TYPE_CHECKING:
    import duckdb

CHUNK_FILES, CHUNK_BYTES = 2000, 8_000_000
TURN_SECONDS = 10.0  # then other writers get theirs
LOG = "1GB"  # the log goes into the file at the end of a turn, not again and again within it
Watch = Callable[[Account], None]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be migrated, and how."""

    trees: Sequence[Path]
    database: Target
    archive: Path | None = None
    delete: bool = False
    strict: bool = False
    dry: bool = False
    reimport: bool = False
    limit: int = MAX_BYTES
    wait: float = WAIT_SECONDS
    command_line: str = ""

    @property
    def archive_folder(self) -> Path | None:
        """Where archives go: beside the database, unless said otherwise; None where none is asked for."""
        if self.archive is None and not self.delete:
            return None
        beside = Path.cwd() if isinstance(self.database, Remote) else self.database.parent
        return self.archive or beside / f"{self.database.name}.archive"

    @property
    def shut(self) -> frozenset[str]:
        """What is no part of a tree although it may lie in it: our own database and what belongs to it."""
        ends = ("", ".wal", ".lock", ".spool") if isinstance(self.database, Path) else ()
        own = [Path(f"{self.database}{end}") for end in ends]
        return frozenset(os.path.realpath(path) for path in (*own, self.archive_folder) if path)


def migrate(
    asked: Asked, importers: Sequence[Importer], *, watch: Watch = lambda _: None, tell: Tell = say_nothing
) -> Books:
    """Migrates trees one after another, each as a run of its own. Raises BenchError where nothing can be done at all."""
    for folder in asked.trees:
        if not folder.exists():
            raise BenchError(f"{folder} does not exist.\nName a folder of result files, or a file.")
    if asked.reimport and isinstance(asked.database, Remote):
        raise BenchError(
            f"{asked.database}: a served database only gains rows, and a reimport replaces some.\n"
            "Run it where its file lies; stop the server first."
        )
    check(asked.database)
    books, kept = Books(), archive.Candidates()
    with _working(asked, tell) as database:
        for folder in asked.trees:
            _Tree(asked, database, folder.resolve(), by_kind(importers), books, kept, watch, tell).migrate()
    _archive(asked, books, kept)
    return books


@contextmanager
def _working(asked: Asked, tell: Tell) -> Iterator[Path]:
    """The database; for a dry run, and of a served one, a copy that goes afterwards. What that gained, the server gets."""
    if isinstance(asked.database, Path) and not asked.dry:
        yield asked.database
        return
    from pytest_ipfs_bench.store.upkeep import backup

    with tempfile.TemporaryDirectory(prefix="ipfs-bench-") as room:
        copy = Path(room) / "copy.duckdb"
        if isinstance(asked.database, Remote):
            with _served(asked.database, copy, asked, tell):
                yield copy
            return
        if asked.database.exists() and asked.database.stat().st_size:
            backup(asked.database, copy, wait=asked.wait, tell=tell)
        yield copy


@contextmanager
def _served(remote: Remote, copy: Path, asked: Asked, tell: Tell) -> Iterator[None]:
    """A copy of a served database; afterwards, but for a dry run, the server gets what it gained."""
    from pytest_ipfs_bench.store.quack import merging

    with opened(copy) as con:
        merging.copy(remote, con, wait=asked.wait)
    yield
    if not asked.dry:
        with opened(copy) as con:
            merging.gained(con, remote, wait=asked.wait, tell=tell)


def _archive(asked: Asked, books: Books, kept: archive.Candidates) -> None:
    folder = asked.archive_folder
    if folder is None:
        return
    if asked.strict and books.rejected:
        books.notes.append("Nothing was archived or deleted: some files were rejected (--migrate-strict).")
    elif asked.dry:
        what = "archived and deleted" if asked.delete else "archived"
        books.notes.append(f"{len(kept)} files would be {what} (in {folder}).")
    elif kept.files:
        sure = archive.Candidates(_held(asked, kept))
        books.notes += archive.pack(sure, folder, asked.database, delete=asked.delete)
        if len(kept) > len(sure):
            books.notes.append(
                f"{len(kept) - len(sure)} files stay: the database has fewer rows of them than were imported."
            )
    else:
        books.notes.append("No file to archive.")


def _held(asked: Asked, kept: archive.Candidates) -> list[archive.Candidate]:
    """Those whose rows the database has, asked once more, after everything is closed."""
    with reading(asked.database) as con:
        there = imports.held(con, sorted({one.sha256 for one in kept.files}))
    return [one for one in kept.files if one.sha256 in there]


@dataclass
class _Tree:
    """One tree on its way into the database."""

    asked: Asked
    database: Path
    root: Path
    formats: Formats
    books: Books
    kept: archive.Candidates
    watch: Watch
    tell: Tell

    def __post_init__(self) -> None:
        self.began = time.time()
        self.run = Run(
            run_id=new_id(),
            test_name=tree.shown(self.root.name),
            test_type="import",
            started_at=utc(self.began),
            command_line=self.asked.command_line,
            hostname=context.host(),
            python_version=context.python_version(),
            software=context.software(),
            metadata={"tree": tree.shown(str(self.root))},
            created_at=utc(self.began),
        )
        self.ledger = _Ledger(self.database, self.asked.wait, self.tell)
        self.stored = False
        self._sent: set[str] = set()  # ids of what rows refer to, once it is committed

    def migrate(self) -> None:
        """Every file of the tree."""
        try:
            for entries in _chunks(tree.walk(self.root, self.asked.shut)):
                with _collected_after():
                    self._take(entries)
            if self.stored:
                self._finish()
        finally:
            self.ledger.close()

    def _take(self, entries: Sequence[Entry]) -> None:
        with self.books.stage("read"):
            looks = [look(entry, self.asked.limit) for entry in entries]
        with self.books.stage("store"):
            con = self.ledger.connection()
            known = imports.known_files(con, [one.sha256 for one in looks if one.sha256])
            earlier = imports.earlier_versions(con, tree.shown(str(self.root)), [entry.path for entry in entries])
        before = chunk.Before(known, earlier, again=self.asked.reimport)
        self._book(con, [chunk.open_(one, before, self.formats, self.books, self.asked.limit) for one in looks])

    def _book(self, con: "duckdb.DuckDBPyConnection", files: Sequence[chunk.Opened]) -> None:
        """Some files in one transaction; where the database refuses a row, one by one, and that one is rejected."""
        import duckdb

        try:
            with self.books.stage("store"):
                accounts = self._store(con, files)
        except duckdb.OperationalError as error:  # the disk, the memory, the lock: no file's fault
            raise StoreError(f"{self.asked.database} can't be written: {error}") from error
        except duckdb.Error as error:
            self._sent.clear()
            for file in files:
                self._book(con, [file if len(files) > 1 else chunk.refuse(file, str(error))])
            return
        for account in accounts:
            self.books.enter(account)
            self.watch(account)
            if self.asked.archive_folder and account.status in (IMPORTED, DUPLICATE):
                self.kept.add(self.root, account)

    def _store(self, con: "duckdb.DuckDBPyConnection", files: Sequence[chunk.Opened]) -> list[Account]:
        settled = chunk.settle(con, files, self.run.run_id)
        if settled.changes:
            rows = settled.rows(self.run, self._sent)
            imports.add(con, rows, simulated=settled.simulated, forget=settled.forget)
            self._sent |= {row[kind.KEY] for kind in (Run, Model, Hardware) for row in rows.get(kind, ())}
            self.stored = True
        return settled.accounts

    def _finish(self) -> None:
        ended = time.time()
        failed = self.asked.strict and bool(self.books.rejected)
        values = {"completed_at": utc(ended), "seconds": ended - self.began, "success": not failed}
        imports.finish(self.ledger.connection(), self.run.run_id, {**values, "exit_status": int(failed)})


class _Ledger:
    """The database, held for some seconds at a time: then the next writer has its turn."""

    def __init__(self, database: Path, wait: float, tell: Tell) -> None:
        self._open: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]] = lambda: opened(
            database, wait=wait, tell=tell
        )
        self._held = ExitStack()
        self._con: duckdb.DuckDBPyConnection | None = None
        self._since = 0.0

    def connection(self) -> "duckdb.DuckDBPyConnection":
        """The open connection, opened anew where its turn is over."""
        if self._con is not None and time.monotonic() - self._since > TURN_SECONDS:
            self.close()
        if self._con is None:
            self._con, self._since = self._held.enter_context(self._open()), time.monotonic()
            self._con.execute(f"SET checkpoint_threshold = '{LOG}'")
        return self._con

    def close(self) -> None:
        """Gives the database back."""
        self._con = None
        self._held.close()


@contextmanager
def _collected_after() -> Iterator[None]:
    """No collection of garbage inside: it would look through all the rows of a chunk, again and again, for nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
            gc.collect(0)


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Entries by some hundreds, fewer where they are large."""
    some: list[Entry] = []
    size = 0
    for entry in entries:
        if some and (len(some) >= CHUNK_FILES or size + entry.size > CHUNK_BYTES):
            yield some
            some, size = [], 0
        some.append(entry)
        size += 0 if entry.problem else entry.size
    if some:
        yield some
