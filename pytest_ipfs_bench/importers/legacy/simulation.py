"""Markers of simulation: any of them beats every claim of being real; without one nothing is known."""

import functools
import re
from collections.abc import Mapping
from typing import Any

from pytest_ipfs_bench.importers import values

MARKS = {"is_simulated", "is_simulation", "simulated", "simulation", "is_mock", "mock", "mocked", "simulation_mode"}
SIMULATED = re.compile(r"(?<![A-Za-z_])(mock(ed)?|simulat(ed|ion|or))(?![a-z_])", re.IGNORECASE)
# A model may speak of simulations itself: of its output only the beginning tells.
OUTPUT = re.compile(r"\W*((real|mock)[^)]{0,20}\)\s*)?(this is a )?(mock|simulated)\b", re.IGNORECASE)
IMPLEMENTED = re.compile(r"mock|simulat", re.IGNORECASE)
TELLING = {
    "implementation_type": IMPLEMENTED,
    "implementation": IMPLEMENTED,
    "environment": SIMULATED,
    "status": SIMULATED,
}
TELLING |= dict.fromkeys(("output", "response", "text", "content", "generated_text"), OUTPUT)
READ = 1000  # characters of a text that are read
DEPTH = 3


def mark(stated: Mapping[str, Any], depth: int = DEPTH) -> bool | None:
    """What an object says of being simulated: True by any marker in it, False if it denies it, else None.

    >>> mark({"is_simulated": False, "implementation_type": "MOCK"}), mark({"simulated": "false"}), mark({})
    (True, False, None)
    """
    denied = None
    for key in _speaking(tuple(stated)):
        said = values.truth(stated[key]) if key in MARKS else is_telling(key, stated[key]) or None
        if said:
            return True
        denied = said if said is not None else denied
    if depth:
        for key, value in stated.items():
            if type(value) is dict and key not in MARKS and mark(value, depth - 1):
                return True
    return denied


@functools.lru_cache(maxsize=4096)
def _speaking(names: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that may speak of simulation: looked up once for all objects of one outline."""
    return tuple(name for name in names if name in MARKS or name in TELLING)


def tells_simulation(text: str) -> bool:
    """Whether a status says that something was simulated.

    >>> tells_simulation("Success (MOCK)"), tells_simulation("REAL - simulated for performance testing")
    (True, True)
    >>> tells_simulation("no 'MagicMock'"), tells_simulation("Success (REAL)")
    (False, False)
    """
    return SIMULATED.search(text[:READ]) is not None


def is_telling(key: str, value: Any) -> bool:
    """Whether a field says in words that something was simulated.

    >>> is_telling("output", "(MOCK) Once upon a time"), is_telling("output", "In a simulation of the sun, ...")
    (True, False)
    """
    if not isinstance(value, str):
        return False
    pattern = TELLING[key]
    return (pattern.match(value) if pattern is OUTPUT else pattern.search(value[:READ])) is not None
