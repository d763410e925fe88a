"""What asv says by names: what a benchmark measures, and which combination of its parameters a result is of."""

import re
from collections.abc import Iterable
from typing import Any

from pytest_ipfs_bench.importers.findings import known

# The function's name tells what it measures, by asv's own rule.
TIME = re.compile(r"(time|timeraw)_.+|Time(raw)?[A-Z_].+")
MEMORY = re.compile(r"(mem|peakmem)_.+|(Mem|PeakMem)[A-Z_].+")


def is_time(name: str) -> bool:
    """Whether a benchmark measures a time."""
    return TIME.fullmatch(name.rpartition(".")[2]) is not None


def is_memory(name: str) -> bool:
    """Whether a benchmark measures bytes: of an object, or the peak of the process."""
    return MEMORY.fullmatch(name.rpartition(".")[2]) is not None


def case(name: str, values: Iterable[Any]) -> str:
    """A combination as asv itself writes it.

    >>> case("bm.time_it", ["10", "'range'"]), case("bm.time_it", [])
    ("bm.time_it(10, 'range')", 'bm.time_it')
    """
    told = ", ".join(map(str, values))
    return f"{name}({told})" if told else name


def outcome(name: str, values: Iterable[Any], status: str, traceback: str | None = None) -> dict[str, Any]:
    """The columns of a benchmark that failed or was skipped. Of a dotted name, the last part before it may be a class."""
    before, _, function = name.rpartition(".")
    module, _, owner = before.rpartition(".")
    is_class = owner[:1].isupper()
    return known(
        test_module=(module if is_class else before) or None,
        test_class=owner if is_class else None,
        test_name=case(function, values),
        node_id=case(name, values),
        status=status,
        error_traceback=traceback,
    )
