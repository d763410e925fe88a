"""Some files on their way into one transaction: opened, read, compared with what is known, settled."""

import dataclasses
import time
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.importers.times import moment_in_name
from pytest_ipfs_bench.migration import reading
from pytest_ipfs_bench.migration.booking import Booked, book_all
from pytest_ipfs_bench.migration.books import DUPLICATE, IMPORTED, NOT_RESULTS, REJECTED, TABLES, Account, Books
from pytest_ipfs_bench.records import Record, Run, Source, new_id, utc
from pytest_ipfs_bench.store import imports
from pytest_ipfs_bench.store.imports import Known
from pytest_ipfs_bench.store.inserting import FACTS

if TYPE_CHECKING:
    import duckdb

HELD = (IMPORTED, DUPLICATE)


@dataclass(frozen=True, slots=True)
class Before:
    """What the database knows of some files: by the hash of their bytes, and by their path; `again` reads them anew."""

    by_hash: Mapping[str, Known]
    by_path: Mapping[str, Known]
    again: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """One file, read and booked.

    `known` is the first import of these bytes, `earlier` the last one of this path; `skipped`: `known` was enough.
    """

    look: reading.Look
    what: reading.Reading
    booked: Sequence[Booked] = ()
    known: Known | None = None
    earlier: Known | None = None
    skipped: bool = False


@dataclass
class Settled:
    """What is to be stored of some files, and what became of each."""

    accounts: list[Account] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    results: dict[str, tuple[Booked, str]] = field(default_factory=dict)  # by id, each with its source
    simulated: dict[type[Record], list[str]] = field(default_factory=dict)
    forget: list[str] = field(default_factory=list)

    @property
    def changes(self) -> bool:
        """Whether there is anything to store."""
        return bool(self.sources or self.simulated)

    def rows(self, run: Run, sent: Container[str]) -> dict[type[Record], list[Mapping[str, Any]]]:
        """Every row, by the record it is; of the run, models and hardware those that were not `sent` before (by id)."""
        results = [booked for booked, _ in self.results.values()]
        referred: dict[str, Record] = {run.run_id: run}
        referred |= {one.model.model_id: one.model for one in results if one.model}
        referred |= {one.hardware.hardware_id: one.hardware for one in results if one.hardware}
        found: dict[type[Record], list[Mapping[str, Any]]] = {Source: [*map(vars, self.sources)]}
        for identity, record in referred.items():
            if identity not in sent:
                found.setdefault(type(record), []).append(vars(record))
        for booked, source in self.results.values():
            found.setdefault(booked.kind, []).append(booked.row(run.run_id, source))
        return found


def open_(look: reading.Look, before: Before, formats: reading.Formats, books: Books, limit: int) -> Opened:
    """Reads one file, unless its bytes were imported before."""
    earlier = before.by_path.get(look.entry.path)
    if look.sha256 is None:
        return Opened(look, reading.Reading(None, reason=look.problem, fault=look.fault), earlier=earlier)
    known = before.by_hash.get(look.sha256)
    if known and known.status in HELD and not before.again:
        return Opened(look, reading.Reading(None), known=known, earlier=earlier, skipped=True)
    with books.stage("parse"):
        document = reading.document(look, limit)
    with books.stage("recognise"):
        what = reading.read(document, formats)
        try:
            in_name = moment_in_name(look.entry.path)
            booked = book_all(what.findings, in_name)
        except (
            ValueError,
            TypeError,
            OverflowError,
            RecursionError,
        ) as error:  # an importer's fault: one file, not the run
            return refuse(Opened(look, what, (), known, earlier), f"{type(error).__name__}: {error}")
    return Opened(look, dataclasses.replace(what, findings=()), booked, known, earlier)


def refuse(file: Opened, reason: str) -> Opened:
    """The same file with its rows refused."""
    what = reading.Reading(file.what.format, reason=f"its rows were refused: {reason}"[: reading.LONGEST], fault=True)
    return dataclasses.replace(file, what=what, booked=(), skipped=False)


def settle(con: "duckdb.DuckDBPyConnection", files: Sequence[Opened], run_id: str) -> Settled:
    """What of these files is new. A file replaces the rows of its earlier import where it was read again."""
    settled = Settled(forget=_replaced(files))
    everything = [one for file in files for one in file.booked]
    known: set[str] = set()
    for kind in FACTS:
        ids = [one.id for one in everything if one.kind is kind]
        known |= imports.known_results(con, kind, ids, settled.forget)
    first: dict[str, Account] = {}
    for file in files:
        new: Sequence[Booked] = ()
        twin = first.get(file.look.sha256 or "")
        if twin and twin.status in HELD:
            reason = f"the same bytes as another file: {twin.entry.path}"
            account = _copy(file, reason, twin.rows.total() + twin.duplicates)
        elif file.skipped and file.known:
            account = _copy(file, _when(file.known, file.look.entry.path), file.known.rows)
        else:
            new = _new(settled, file, known)
            account = _account(file, new)
        first.setdefault(account.sha256 or "", account)
        _enter(settled, file, account, run_id, new)
    return settled


def _replaced(files: Sequence[Opened]) -> list[str]:
    """Sources that are read again: their rows go, and they themselves."""
    before = [one for file in files if file.booked for one in (file.known, file.earlier) if one]
    hashes = {file.look.sha256 for file in files if file.booked}
    return sorted({one.source_id for one in before if one.sha256 in hashes})


def _when(known: Known, path: str) -> str:
    return f"imported before: on {known.imported_at}{'' if known.path == path else f' as {known.path}'}"


def _new(settled: Settled, file: Opened, known: set[str]) -> list[Booked]:
    """Which of a file's results nobody knows yet. A marker of simulation holds for every statement of a result."""
    new: dict[str, Booked] = {}
    for one in file.booked:
        if one.id in new:
            if one.simulated:
                new[one.id] = dataclasses.replace(new[one.id], simulated=True)
        elif one.id in settled.results:
            booked, source = settled.results[one.id]
            if one.simulated:
                settled.results[one.id] = dataclasses.replace(booked, simulated=True), source
        elif one.id not in known:
            new[one.id] = one
        elif one.simulated:
            settled.simulated.setdefault(one.kind, []).append(one.id)
    return list(new.values())


def _account(file: Opened, new: Sequence[Booked]) -> Account:
    what, entry = file.what, file.look.entry
    reason: str | None
    if what.reason or not file.booked:
        status, reason = REJECTED if what.fault else NOT_RESULTS, what.reason or "it holds no result"
    elif new:
        status, reason = IMPORTED, _changed(file)
    else:
        status, reason = DUPLICATE, "every result in it is known"
    rows = Counter(one.kind.TABLE for one in new)
    return Account(entry, status, reason, what.format, file.look.sha256, rows, len(file.booked) - len(new))


def _changed(file: Opened) -> str | None:
    if file.earlier is None or file.earlier.sha256 == file.look.sha256:
        return None
    return f"changed since its import: on {file.earlier.imported_at}, source {file.earlier.source_id}"


def _copy(file: Opened, reason: str, rows: int) -> Account:
    return Account(file.look.entry, DUPLICATE, reason, file.what.format, file.look.sha256, Counter(), rows)


def _enter(settled: Settled, file: Opened, account: Account, run_id: str, new: Sequence[Booked]) -> None:
    """Counts a file; it gets a row of its own unless its earlier one says the same."""
    settled.accounts.append(account)
    if _says_the_same(file.earlier, account) and file.earlier and file.earlier.source_id not in settled.forget:
        return
    entry = account.entry
    source = Source(
        source_id=new_id(),
        run_id=run_id,
        path=entry.path,
        sha256=account.sha256,
        size_bytes=entry.size,
        modified_at=utc(entry.modified) if entry.modified else None,
        format=account.format,
        status=account.status,
        reason=account.reason,
        performance_rows=account.rows[TABLES[0]],
        compatibility_rows=account.rows[TABLES[1]],
        outcome_rows=account.rows[TABLES[2]],
        duplicate_rows=account.duplicates,
        imported_at=utc(time.time()),
    )
    settled.sources.append(source)
    settled.results.update({one.id: (one, source.source_id) for one in new})


def _says_the_same(earlier: Known | None, account: Account) -> bool:
    if earlier is None or account.rows or earlier.sha256 != account.sha256:
        return False
    return earlier.status == account.status or (earlier.status in HELD and account.status in HELD)
