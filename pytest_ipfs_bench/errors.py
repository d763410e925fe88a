"""What goes wrong for a person: a mistake in what was asked for, or something in the way of storing it.

BenchError             a person's mistake: pytest ends with a usage error, the console script with exit status 2
├── Unfit              every name in it is known, but no cell has all that was asked for
└── StoreError         the database can't be used; the message says which, why, and what to do
    └── StoreBusy      another process holds it: worth waiting for
Unsupported            a statement about a cell, not a fault: what the hardware, the runtime or the model can't do
"""

import difflib
from collections.abc import Iterable, Sequence

SHORT_LIST = 15


class BenchError(Exception):
    """A message for a person: what was asked, why it can't be, what to do; one sentence per line."""


class Unfit(BenchError):  # noqa: N818  of a test of its own cells it is no error: the test is left out
    """What was asked for is known, each by itself, but nothing has all of it."""


class StoreError(BenchError):
    """The database can't be read or written."""


class StoreBusy(StoreError):  # noqa: N818  a state, not a fault
    """Another process holds the database."""


class Unsupported(Exception):  # noqa: N818  a statement about the cell, not a fault
    """Raised by `Backend.load` for what the hardware, the runtime or the model can't do, and where a model is not at hand.

    error_type is a short word for the class of cause ("precision", "operator", "no_device" ...); device: what `probe` found
    (a `backend.Device`) and can't take, a software adapter for one.
    """

    def __init__(
        self, error_type: str, reason: str, suggested_fix: str | None = None, *, device: object | None = None
    ) -> None:
        super().__init__(error_type, reason, suggested_fix)
        self.error_type, self.reason, self.suggested_fix, self.device = error_type, reason, suggested_fix, device

    def __str__(self) -> str:
        return self.reason


def unknown(asked: str, kind: str, name: str, legal: Iterable[str]) -> BenchError:
    """The error for a name that nobody knows: what was asked, the nearest name, the legal ones (of many the first)."""
    names = sorted(set(legal))
    near = _nearest(name, names)
    guess = f" Did you mean {near!r}?" if near else ""
    more = f" and {len(names) - SHORT_LIST} more" if len(names) > SHORT_LIST else ""
    known = f"\nLegal: {', '.join(names[:SHORT_LIST])}{more}." if names and not (near and more) else ""
    return BenchError(f"{asked}: no {kind} is called {name!r}.{guess}{known}")


def _nearest(name: str, names: Sequence[str]) -> str | None:
    """The shortest that holds the name, or begins it (cuda of cuda:1); else the one that is spelt most like it."""
    folded = name.casefold()
    holding = [one for one in names if folded and folded in one.casefold()]
    begun = [one for one in names if one and folded.startswith(one.casefold())]
    near = difflib.get_close_matches(folded, names, n=1, cutoff=0.5)
    return min(holding, key=len) if holding else max(begun, key=len) if begun else near[0] if near else None
