"""A row that tells how something ended as a test's outcome: a status, a flag, an exit code, or an error's text."""

from collections.abc import Mapping
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding
from pytest_ipfs_bench.importers.legacy import fields, keys, names, words
from pytest_ipfs_bench.importers.legacy.context import Context
from pytest_ipfs_bench.importers.legacy.finding import make
from pytest_ipfs_bench.records import Outcome

SORTS = fields.PLACE | {"status", "success", "code", "duration", "spent", "fault", "test"}
# The worst that a row says of itself counts; that something was skipped or is unknown is not outweighed by a flag.
WEIGHT = {"skip": 6, "xfail": 6, "xpass": 6, "unknown": 5, "error": 4, "fail": 3, "pass": 1}
MESSAGES = ("stderr", "message", "reason", "details")
SAYS_NOTHING = {"", *words.OUTCOMES}
NO_ERROR = {"none", "null", "ok", "no error"}


def outcome(stated: Mapping[str, Any], context: Context, place: str) -> Finding | None:
    """The finding of a row; None if it tells no outcome."""
    row = fields.read(stated, SORTS, fields.by_name)
    status = _status(row, context)
    if status is None:
        return None
    columns = {
        **_names(row, context),
        "status": status,
        "execution_time_seconds": _duration(row),
        **_fault(row, failed=status != "pass"),
    }
    return make(Outcome, place, columns, row, context)


def _duration(row: fields.Row) -> float | None:
    """How long it took: s."""
    if "duration" in row.taken or "spent" not in row.taken:
        row.back("spent")
        return row.taken.get("duration")
    return float(row.taken["spent"] / names.SECONDS)


def _status(row: fields.Row, context: Context) -> str | None:
    """The outcome, from all that the row says; a contradiction is flagged."""
    taken = row.taken
    said = {}
    if "status" in taken and (word := words.outcome_word(taken["status"])):
        said[row.by["status"].name] = word
    if "success" in taken:
        said[row.by["success"].name] = "pass" if taken["success"] else "error" if _error(taken) else "fail"
    if "code" in taken:
        said[row.by["code"].name] = "fail" if taken["code"] else "pass"
    if not said and context.listed:
        said[context.key] = context.listed
    if not said and _error(taken):
        said["error"] = "skip" if _is_skip(taken) else "error"
    if not said:
        return None
    if "pass" in said.values() and len(set(said.values())) > 1:
        row.flags.append(f"contradiction: {', '.join(f'{name} says {status}' for name, status in said.items())}")
    for slot in ("status", "success", "code"):
        row.back(slot)
    return max(said.values(), key=lambda status: WEIGHT[status])


def _error(taken: Mapping[str, Any]) -> str | None:
    found = taken.get("error") or taken.get("traceback")
    return None if found is None or found.lower() in NO_ERROR else str(found)


def _is_skip(taken: Mapping[str, Any]) -> bool:
    return "missing_dependency" in str(taken.get("error_type")) or words.outcome_text(taken.get("error", "")) == "skip"


def _names(row: fields.Row, context: Context) -> dict[str, Any]:
    """What the test is called: as stated, else by the key of the row, else by what it is about."""
    taken = row.taken
    module = taken.get("module", context.module)
    name = taken.get("name") or _own(context) or taken.get("module") or _subject(row, context)
    return {
        "test_module": module,
        "test_class": taken.get("class"),
        "test_name": name,
        "node_id": node(context, module, name),
    }


def node(context: Context, module: str | None, name: str) -> str:
    """An id of a test: the script, or the section in which it stands, and its name."""
    group = context.group if context.name == context.own else context.name or context.group
    return "::".join(dict.fromkeys(part for part in (module or group, name) if part))


def _own(context: Context) -> str | None:
    own = context.own
    return f"batch_{own}" if own is not None and own.isdecimal() and context.within in keys.OF_BATCHES else own


def _subject(row: fields.Row, context: Context) -> str:
    """What a row in a list is about. One with settings of a benchmark is a benchmark that did not come to numbers."""
    if not context.listed and any(name in row.left for name in ("batch_size", "sequence_length")):
        return "benchmark"
    return row.taken.get("model") or context.model or row.taken.get("hardware") or context.key or "run"


def _fault(row: fields.Row, *, failed: bool) -> dict[str, Any]:
    """The columns of an error; of a row that passed all its texts stay where they are."""
    if not failed:
        for slot in ("error", "error_type", "traceback"):
            row.back(slot)
        return {}
    texts = (row.taken.get("error"), *map(row.left.get, MESSAGES), *map(row.left.get, names.STATUS.split()))
    message = next((text for text in texts if isinstance(text, str) and text.lower() not in SAYS_NOTHING), None)
    return {
        "error_message": message,
        "error_type": row.taken.get("error_type"),
        "error_traceback": row.taken.get("traceback"),
    }
