"""Maps of steps to texts as outcomes: `{"cpu_init": "Success (REAL)", "cuda_tests": "CUDA not available"}`."""

from collections.abc import Container, Iterator, Mapping
from typing import Any

from pytest_ipfs_bench.importers import values
from pytest_ipfs_bench.importers.contract import Finding
from pytest_ipfs_bench.importers.legacy import fields, words
from pytest_ipfs_bench.importers.legacy.context import Context, pointer
from pytest_ipfs_bench.importers.legacy.finding import make
from pytest_ipfs_bench.records import Outcome

Steps = list[tuple[str, str, str]]  # key, text, outcome
BARE = {"REAL": "pass", "MOCK": "pass", "UNKNOWN": "unknown", "INCOMPLETE": "fail"}


def steps(stated: Mapping[str, Any]) -> Steps:
    """The steps of an object with their outcomes. None of them is decided by its name alone.

    >>> steps({"init": "Success", "cpu_output": "Once upon a time", "cpu_type": "Success", "cuda": "REAL"})
    [('init', 'Success', 'pass'), ('cuda', 'REAL', 'pass')]
    """
    modules = any(key.startswith("test_") and isinstance(value, dict) for key, value in stated.items())
    found = []
    for key, value in stated.items():
        if isinstance(value, str) and value and key.strip() and not _is_no_step(key):
            status = words.outcome_text(value) or _other(key, value, modules=modules)
            if status is not None:
                found.append((key, value, status))
    return found


def _is_no_step(key: str) -> bool:
    return key in fields.TABLE or key in words.NO_STEPS or words.NO_STEP.search(key) is not None


def _other(key: str, text: str, *, modules: bool) -> str | None:
    """The outcome of a text that is no status: a word for a platform, or what went wrong in the tests of one."""
    if text in words.STEP_WORDS:
        return words.OUTCOMES[text]
    if text in BARE:
        return BARE[text] if values.hardware(key) else None
    return "error" if words.ERROR_STEP.search(key) or (modules and key.startswith("test_")) else None


def outcomes(
    found: Steps, stated: Mapping[str, Any], elsewhere: Container[str], context: Context, place: str
) -> Iterator[Finding]:
    """The findings of steps. Fields beside them, but those told `elsewhere`, go with the first step of their hardware."""
    beside = _beside(stated, found, elsewhere)
    for key, text, status in found:
        passed = status == "pass"
        row = fields.Row(stated, left={key: text} if passed else {})
        inside = context._replace(
            hardware=words.step_hardware(key) or context.hardware, facts={**context.facts, **beside.get(key, {})}
        )
        columns = {**_names(key, context), "status": status, "error_message": None if passed else text}
        simulated = words.tells_simulation(text) or None
        yield make(Outcome, f"{place}/{pointer(key)}", columns, row, inside, simulated=simulated)


def _names(key: str, context: Context) -> dict[str, str | None]:
    group = context.module or context.name or context.group
    return {"test_module": context.module, "test_name": key, "node_id": f"{group}::{key}" if group else key}


def _beside(stated: Mapping[str, Any], found: Steps, elsewhere: Container[str]) -> dict[str, dict[str, Any]]:
    """What stands beside the steps, by the step that tells it: shapes, output texts, versions."""
    first = {words.step_hardware(key): key for key, _, _ in reversed(found)}
    keys = {key for key, _, _ in found}
    beside: dict[str, dict[str, Any]] = {}
    for key, value in stated.items():
        if key not in keys and key not in elsewhere:
            step = first.get(words.step_hardware(key), found[0][0])
            beside.setdefault(step, {})[key] = value
    return beside


def repeated(stated: Mapping[str, Any]) -> set[str]:
    """Keys of objects that stand once more within another one, and of lists of objects that stand beside them."""
    beside = {key: repr(value) for key, value in stated.items() if isinstance(value, dict)}
    within = {repr(inner) for key in beside for inner in stated[key].values() if isinstance(inner, dict)}
    found = {key for key, told in beside.items() if told in within}
    told = set(beside.values())
    for key, value in stated.items():
        if isinstance(value, list) and value and isinstance(value[0], dict) and all(repr(one) in told for one in value):
            found.add(key)
    return found


def beside(found: Steps, context: Context, hardware: str) -> Context:
    """The context of numbers beside steps: simulated, where a step on the same hardware was."""
    mocked = any(words.step_hardware(key) == hardware and words.tells_simulation(text) for key, text, _ in found)
    return context._replace(hardware=hardware, case="generation", simulated=True if mocked else context.simulated)


def numbers(stated: Mapping[str, Any]) -> dict[str, tuple[set[str], dict[str, Any]]]:
    """Rows of numbers among steps, with their keys, by hardware: `cuda_tokens_per_second`, `cuda_generation_time`.

    >>> numbers({"cuda_init": "Success", "cuda_tokens_per_second": 9.5, "cpu_count": 4})
    {'cuda': ({'cuda_tokens_per_second'}, {'tokens_per_second': 9.5})}
    """
    rows: dict[str, tuple[set[str], dict[str, Any]]] = {}
    measured = set()
    for key, value in stated.items():
        part, _, rest = key.partition("_")
        if type(value) in (int, float) and key not in fields.TABLE and (hardware := values.hardware(part)):
            keys, row = rows.setdefault(hardware, (set(), {}))
            keys.add(key)
            row[rest] = value
            known = fields.TABLE.get(rest)
            if known is not None and known.sort in ("throughput", "latency"):
                measured.add(hardware)
    return {hardware: rows[hardware] for hardware in rows if hardware in measured}
