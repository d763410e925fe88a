"""What became of every file: found = imported + duplicate + not results + rejected, always."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pytest_ipfs_bench.migration.tree import Entry

IMPORTED, DUPLICATE, NOT_RESULTS, REJECTED = STATUSES = ("imported", "duplicate", "not_results", "rejected")
TABLES = ("performance_results", "hardware_compatibility", "integration_test_results")


@dataclass(frozen=True, slots=True)
class Account:
    """One file: what became of it, why, and how many rows came from it (by table) or were known."""

    entry: Entry
    status: str
    reason: str | None
    format: str | None
    sha256: str | None
    rows: Counter[str]
    duplicates: int = 0


@dataclass
class Books:
    """The sums over all files, the rejected ones by name, and where the time went (s by stage)."""

    files: Counter[str] = field(default_factory=Counter)
    formats: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    rejected: list[tuple[str, str]] = field(default_factory=list)
    seconds: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def enter(self, account: Account) -> None:
        """Counts one file."""
        self.files[account.status] += 1
        of_format = self.formats[account.format or "(none)"]
        of_format[account.status] += 1
        of_format["rows"] += account.rows.total()
        of_format["known"] += account.duplicates
        self.rows += account.rows
        self.duplicates += account.duplicates
        if account.reason and account.status != IMPORTED:
            self.reasons[account.status, kind_of(account.reason)] += 1
        if account.status == REJECTED:
            self.rejected.append((account.entry.path, account.reason or ""))

    @property
    def found(self) -> int:
        """Files found."""
        return self.files.total()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Counts the time inside to a stage."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - began  # type: ignore[assignment]


def kind_of(reason: str) -> str:
    """A reason without what is particular to one file: what stands before its first colon, digit or bracket.

    >>> kind_of("not JSON: Expecting value, line 3 column 1 (char 9)"), kind_of("too large: 300 MB")
    ('not JSON', 'too large')
    """
    return reason.partition(":")[0].partition(" (")[0][:80]
