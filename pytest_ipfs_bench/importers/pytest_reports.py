"""What the forms of pytest's reports share: the columns of an outcome, and why a test did not pass."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_ipfs_bench import outcomes
from pytest_ipfs_bench.importers.contract import Finding
from pytest_ipfs_bench.importers.findings import known, mapping
from pytest_ipfs_bench.importers.pytest_traceback import printed
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.importers.values import Row, text
from pytest_ipfs_bench.records import Outcome

PHASES = {"setup", "call", "teardown"}  # a crashed worker's report is of none, and its duration of 0 no measurement
# A skip's place and reason, as the repr of the tuple that pytest keeps them in; xdist writes its worker in front.
SKIP = re.compile(r"""(?:.*\n)?\(['"].*['"], (?:\d+|None), (['"])(?:Skipped: )?(?P<reason>.*)\1\)\s*""")
LONGEST_SKIP = 5000  # the time of the pattern grows with the square


@dataclass(frozen=True, slots=True)
class Why:
    """What went wrong, or the reason alone of a skip or an xfail. `whole`: nothing else was to be said."""

    kind: str | None = None
    message: str | None = None
    traceback: str | None = None
    whole: bool = False


def failed(message: str | None, traceback: str | None) -> Why:
    """What went wrong, told in words; the end of a traceback that is too long."""
    kind = outcomes.error_type(message) if message else None
    return Why(kind, message, traceback[-outcomes.MAX_TRACEBACK :] if traceback else None, whole=True)


def reason(longrepr: Any) -> Why:
    """What pytest's `longrepr` says, in any of its forms: text, a skip's place and reason, a traceback taken apart."""
    if isinstance(longrepr, list):
        return Why(message=str(longrepr[-1]).removeprefix("Skipped: ") if longrepr else None)
    if isinstance(longrepr, str):
        skipped = skip_reason(longrepr)
        return failed(longrepr, longrepr) if skipped is None else Why(message=skipped)
    told = mapping(longrepr)
    traceback = printed(told)
    message = text(mapping(told.get("reprcrash")).get("message")) or traceback or None
    return failed(message, traceback) if traceback else Why(message=message)


def skip_reason(longrepr: str) -> str | None:
    """The reason in a skip that was printed with its place; None if it is no such text.

    >>> skip_reason("('tests/test_a.py', 3, 'Skipped: no cuda')"), skip_reason("assert 0")
    ('no cuda', None)
    """
    found = SKIP.fullmatch(longrepr) if len(longrepr) < LONGEST_SKIP else None
    return found["reason"] if found else None


def phase(when: str | None) -> dict[str, Any]:
    """The phase, where it is not the test itself."""
    return {} if when in (None, "call") else {"phase": when}


def columns(node_id: str, status: str, seconds: float | None, why: Why) -> dict[str, Any]:
    """The columns of an outcome."""
    module, owner, name = outcomes.split(node_id)
    return known(
        test_module=module,
        test_class=owner,
        test_name=name or node_id,
        node_id=node_id,
        status=status,
        execution_time_seconds=seconds,
        error_type=why.kind,
        error_message=why.message,
        error_traceback=why.traceback,
    )


def collected(
    report: Mapping[str, Any], place: str, context: Mapping[str, Any], time: Moment | None = None
) -> Finding | None:
    """The outcome of a file that could not be collected, or was skipped as a whole; None for the others."""
    row = Row(report)
    node_id, outcome = row.text("nodeid") or ".", row.text("outcome")
    if outcome == "passed":
        return None
    why = reason(row.pop("longrepr"))
    told = columns(node_id, "skip" if outcome == "skipped" else "error", None, why)
    extra = row.left | phase("collect")
    return Finding(kind=Outcome, place=place, columns=told, time=time, extra=extra, context=context)
