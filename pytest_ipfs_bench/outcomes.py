"""pytest's reports -> outcome records: one per entry of pytest's closing counts."""

import dataclasses
import functools
import re
import time
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.records import Outcome, new_id, utc

if TYPE_CHECKING:
    import pytest

MAX_TRACEBACK = 100_000
ERROR_TYPE = re.compile(r"^([A-Za-z_][\w.]*)(?::|$)")


def of_test(report: "pytest.TestReport", run_id: str) -> Outcome | None:
    """The outcome that a report of one phase of a test stands for; None for a phase that counts for nothing."""
    counted = status(report.outcome, report.when, expected=hasattr(report, "wasxfail"))
    if counted is None:
        return None
    module, owner, name = split(report.nodeid)
    outcome = Outcome(
        test_result_id=new_id(),
        run_id=run_id,
        test_module=module,
        test_class=owner,
        test_name=name,
        node_id=report.nodeid,
        status=counted,
        execution_time_seconds=report.duration,
        created_at=utc(report.stop or time.time()),
    )
    if counted == "pass" and not hasattr(report, "context"):  # nearly every report: nothing more to say
        return outcome
    kind, message, traceback = (None, None, None) if counted == "pass" else _why(report)
    return dataclasses.replace(
        outcome, error_type=kind, error_message=message, error_traceback=traceback, metadata=_metadata(report)
    )


def of_collection(report: "pytest.CollectReport", run_id: str) -> Outcome | None:
    """The outcome of a file that could not be collected, or was skipped as a whole; None for the others."""
    if report.passed:
        return None
    module, owner, _ = split(report.nodeid)
    kind, message, traceback = _why(report)
    return Outcome(
        test_result_id=new_id(),
        run_id=run_id,
        test_module=module,
        test_class=owner,
        test_name=None,
        node_id=report.nodeid,
        status="error" if report.failed else "skip",
        error_type=kind,
        error_message=message,
        error_traceback=traceback,
        metadata={"phase": "collect"},
        created_at=utc(time.time()),
    )


def split(node_id: str) -> tuple[str, str | None, str | None]:
    """Module, class (nested ones joined by ::) and name of a node id; parameters may hold anything, :: included."""
    path, _, rest = node_id.partition("::")
    if "[" not in rest and "::" not in rest:
        return _module(path), None, rest or None
    head, bracket, parameters = rest.partition("[")
    owner, _, name = head.rpartition("::")
    return _module(path), owner or None, f"{name}{bracket}{parameters}" or None


@functools.lru_cache(maxsize=1024)
def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def status(outcome: str, when: str | None, *, expected: bool) -> str | None:
    """What a report of one phase counts as, None if as nothing; `expected`: the test was marked as xfail."""
    if outcome == "passed":
        return ("xpass" if expected else "pass") if when == "call" else None
    if outcome == "skipped":
        return "xfail" if expected else "skip"
    return "error" if when in ("setup", "teardown") else "fail"


def error_type(message: str) -> str | None:
    """The type of the exception that a message begins with, as in `ValueError: no`; None if it names none."""
    found = ERROR_TYPE.match(message)
    if found and found[1][:1].isupper() | ("." in found[1]):
        return found[1]
    return "AssertionError" if message.startswith("assert") else None


def _metadata(report: "pytest.TestReport") -> dict[str, Any] | None:
    told: dict[str, Any] = {}
    context = getattr(report, "context", None)
    if context is not None and hasattr(context, "kwargs"):
        told["subtest"] = {"msg": context.msg, "kwargs": dict(context.kwargs)}
    if report.outcome == "rerun":  # type: ignore[comparison-overlap]
        told["rerun"] = getattr(report, "rerun", True)
    if report.when not in ("call", None):
        told["phase"] = report.when
    return told or None


def _why(report: "pytest.TestReport | pytest.CollectReport") -> tuple[str | None, str | None, str | None]:
    """Type, message and traceback of what went wrong; the reason alone of a skip or an xfail."""
    expected = getattr(report, "wasxfail", None)
    if expected is not None:
        return None, expected.removeprefix("reason: ") or None, None
    if isinstance(report.longrepr, tuple):
        return None, report.longrepr[2].removeprefix("Skipped: "), None
    text = report.longreprtext
    crash = getattr(report.longrepr, "reprcrash", None)
    message = crash.message if crash else text
    return error_type(message), message, text[-MAX_TRACEBACK:]
