"""A suite that a report is asked about becomes its cells: reports know neither suites nor models."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_ipfs_bench.registry import Registry

Words = tuple[tuple[str, str], ...]


def spelt(words: Sequence[tuple[str, str]], here: Path, registry: "Callable[[], Registry]") -> Words:
    """The words of a report, with the cells of the suite that they name; its hardware then chooses among them, not the rows.

    Raises BenchError for a suite or hardware that nobody knows.
    """
    named = next((value for key, value in reversed(words) if key == "suite"), None)
    if named is None:
        return tuple(words)
    from pytest_ipfs_bench.suites import session

    hardware = [value for key, value in words if key == "hardware"]
    rest = [(key, value) for key, value in words if key != "hardware"]
    return (*rest, *(("cell", cell.id) for cell in session.planned(named, here, hardware, registry())))
