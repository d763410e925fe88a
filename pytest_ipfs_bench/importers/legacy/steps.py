"""Maps of steps to texts as outcomes: `{"cpu_init": "Success (REAL)", "cuda_tests": "CUDA not available"}`."""

from collections.abc import Container, Iterator, Mapping
from typing import Any

from pytest_ipfs_bench.importers import values
from pytest_ipfs_bench.importers.contract import Finding
from pytest_ipfs_bench.importers.legacy import fields, keys, words
from pytest_ipfs_bench.importers.legacy.context import Context, pointer
from pytest_ipfs_bench.importers.legacy.finding import make
from pytest_ipfs_bench.importers.legacy.simulation import tells_simulation
from pytest_ipfs_bench.records import Outcome

Steps = list[tuple[str, str, str]]  # key, text, outcome


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
    if text in words.PLATFORM_WORDS:
        return words.OUTCOMES[text.lower()] if values.hardware(key) else None
    return "error" if words.ERROR_STEP.search(key) or (modules and key.startswith("test_")) else None


def outcomes(
    found: Steps, stated: Mapping[str, Any], elsewhere: Container[str], context: Context, place: str
) -> Iterator[Finding]:
    """The findings of steps. What stands beside them, unless it is told `elsewhere`, goes with one of its hardware."""
    beside = _beside(stated, found, elsewhere)
    for key, text, status in found:
        passed = status == "pass"
        hardware = keys.step_hardware(key) or context.hardware
        facts = {**context.facts, **beside[key]} if key in beside else context.facts
        inside = context._replace(hardware=hardware, facts=facts)
        row = fields.Row({"status": text}, left={key: text} if passed else {})
        columns = {**_names(key, context), "status": status, "error_message": None if passed else text}
        yield make(Outcome, f"{place}/{pointer(key)}", columns, row, inside)


def _names(key: str, context: Context) -> dict[str, str | None]:
    group = context.module or context.name or context.group
    return {"test_module": context.module, "test_name": key, "node_id": f"{group}::{key}" if group else key}


def _beside(stated: Mapping[str, Any], found: Steps, elsewhere: Container[str]) -> dict[str, dict[str, Any]]:
    """Shapes, output texts and the like by the first step of their hardware, so that they are told once."""
    first = {keys.step_hardware(key): key for key, _, _ in reversed(found)}
    told = {key for key, _, _ in found}
    beside: dict[str, dict[str, Any]] = {}
    for key, value in stated.items():
        if key not in told and key not in elsewhere:
            step = first.get(keys.step_hardware(key), found[0][0])
            beside.setdefault(step, {})[key] = value
    return beside


def repeated(stated: Mapping[str, Any]) -> set[str]:
    """Keys of objects that stand once more within another one, and of lists of objects that stand beside them."""
    told = {key: repr(value) for key, value in stated.items() if isinstance(value, dict)}
    within = {repr(inner) for key in told for inner in stated[key].values() if isinstance(inner, dict)}
    found = {key for key, text in told.items() if text in within}
    texts = set(told.values())
    for key, value in stated.items():
        if isinstance(value, list) and value and all(isinstance(one, dict) and repr(one) in texts for one in value):
            found.add(key)
    return found


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
            told, row = rows.setdefault(hardware, (set(), {}))
            told.add(key)
            row[rest] = value
            known = fields.TABLE.get(rest)
            if known is not None and known.sort in ("throughput", "latency"):
                measured.add(hardware)
    return {hardware: rows[hardware] for hardware in rows if hardware in measured}


def generating(found: Steps, context: Context, hardware: str) -> Context:
    """The context of numbers among steps: simulated, if a step on the same hardware was."""
    mocked = any(keys.step_hardware(key) == hardware and tells_simulation(text) for key, text, _ in found)
    return context._replace(hardware=hardware, case="generation", simulated=mocked or context.simulated)
