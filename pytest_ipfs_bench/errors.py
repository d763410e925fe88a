"""What goes wrong for a person: a mistake in what was asked for, or something in the way of storing it.

BenchError             a person's mistake: pytest ends with a usage error, the console script with exit status 2
└── StoreError         the database can't be used; the message says which, why, and what to do
    └── StoreBusy      another process holds it: worth waiting for
"""

import difflib
from collections.abc import Iterable

SHORT_LIST = 15


class BenchError(Exception):
    """A message for a person: what was asked, why it can't be, what to do; one sentence per line."""


class StoreError(BenchError):
    """The database can't be read or written."""


class StoreBusy(StoreError):  # noqa: N818  a state, not a fault
    """Another process holds the database."""


def unknown(asked: str, kind: str, name: str, legal: Iterable[str]) -> BenchError:
    """The error for a name that nobody knows: what was asked, the nearest name, and the legal ones where they are few."""
    names = sorted(set(legal))
    near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    known = f"\nLegal: {', '.join(names)}." if 0 < len(names) < SHORT_LIST else ""
    return BenchError(f"{asked}: no {kind} is called {name!r}.{guess}{known}")
