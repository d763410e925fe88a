"""The report of a migration: totals, formats, reasons, every rejected file with the place of its fault."""

from pathlib import Path

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.migration.books import (
    DUPLICATE,
    IMPORTED,
    NOT_RESULTS,
    REJECTED,
    STATUSES,
    TABLES,
    Account,
    Books,
)
from pytest_ipfs_bench.places import Target
from pytest_ipfs_bench.reports.render import RENDERERS
from pytest_ipfs_bench.reports.table import Document, Table
from pytest_ipfs_bench.reports.words import printable

ENDINGS = {".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown", ".json": "json"}
WORDS = {IMPORTED: "imported", DUPLICATE: "duplicate", NOT_RESULTS: "not results", REJECTED: "rejected"}
ROWS = dict(zip(TABLES, ("measurements", "compatibility rows", "outcomes"), strict=True))
SHOWN = 20


def form(path: Path) -> str:
    """The format that a report file's ending asks for. Raises BenchError for another one."""
    try:
        return ENDINGS[path.suffix.lower()]
    except KeyError:
        raise BenchError(
            f"--migrate-report={path}: no format ends in {path.suffix!r}.\nLegal: {', '.join(ENDINGS)}."
        ) from None


def whole(books: Books, database: Target, path: Path) -> str:
    """The whole report, in the format of the file's ending."""
    tables = [_files(books), _formats(books), _reasons(books), _rejected(books), _stages(books)]
    return RENDERERS[form(path)](
        Document("migration", str(database), tables, [balance(books), stored(books), *books.notes])
    )


def summary(books: Books) -> list[str]:
    """The same in some lines, for the terminal."""
    lines = [balance(books), stored(books)]
    for (status, reason), count in books.reasons.most_common(SHOWN):
        lines.append(printable(f"  {count} {WORDS[status]}: {reason}"))
    for path, reason in books.rejected[:SHOWN]:
        lines.append(printable(f"rejected: {path}: {reason}"))
    if len(books.rejected) > SHOWN:
        lines.append(f"... and {len(books.rejected) - SHOWN} more rejected files (the report lists all).")
    return lines + [printable(note) for note in books.notes]


def balance(books: Books) -> str:
    """The books: found = the sum.

    >>> from collections import Counter
    >>> balance(Books(files=Counter(imported=3, rejected=1)))
    '4 files found = 3 imported + 0 duplicate + 0 not results + 1 rejected'
    """
    parts = " + ".join(f"{books.files[status]} {WORDS[status]}" for status in STATUSES)
    return f"{books.found} files found = {parts}"


def stored(books: Books) -> str:
    """What came into the database."""
    if not books.rows:
        return f"Nothing new: {books.duplicates} results were known already." if books.duplicates else "Nothing new."
    new = ", ".join(f"{books.rows[table]} {ROWS[table]}" for table in TABLES)
    return f"Stored {new}; {books.duplicates} further statements of known results."


def line(account: Account) -> str:
    """One file, for -v."""
    rows = f" ({account.rows.total()} new, {account.duplicates} known)" if account.rows or account.duplicates else ""
    return printable(
        f"{WORDS[account.status]}: {account.entry.path}{rows}{': ' + account.reason if account.reason else ''}"
    )


def _files(books: Books) -> Table:
    rows = [(WORDS[status], books.files[status]) for status in STATUSES]
    return Table("Files", ("files", "count"), [("found", books.found), *rows])


def _formats(books: Books) -> Table:
    columns = ("format", *(WORDS[status] for status in STATUSES), "new rows", "known rows")
    keys = (*STATUSES, "rows", "known")
    rows = [(name, *(counts[key] for key in keys)) for name, counts in sorted(books.formats.items())]
    return Table("Formats", columns, rows)


def _reasons(books: Books) -> Table:
    rows = [(WORDS[status], reason, count) for (status, reason), count in books.reasons.most_common()]
    return Table("Reasons", ("files are", "because", "count"), rows)


def _rejected(books: Books) -> Table:
    return Table("Rejected files", ("file", "reason"), list(books.rejected))


def _stages(books: Books) -> Table:
    return Table("Stages", ("stage", "seconds"), [(name, books.seconds[name]) for name in books.seconds])
