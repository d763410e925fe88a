"""A suite that a report is asked about becomes its cells: reports know neither suites nor models."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ipfs_bench.errors import BenchError

if TYPE_CHECKING:
    from pytest_ipfs_bench.cell import Cell
    from pytest_ipfs_bench.models import ModelSpec
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

    known = registry()
    hardware = [value for key, value in words if key == "hardware"]
    rest = [(key, value) for key, value in words if key != "hardware"]
    chosen = [cell for cell in session.planned(named, here, hardware, known) if _fits(cell, words, known.models())]
    if not chosen:
        raise BenchError(f"--suite {named}: none of its cells is among what was asked for.")
    return (*rest, *(("cell", cell.id) for cell in chosen))


def _fits(cell: "Cell", words: Sequence[tuple[str, str]], models: "Mapping[str, ModelSpec]") -> bool:
    """Whether a cell is one of those that the filters of its report leave."""
    family = models[cell.model].family
    told = {
        "model": (cell.model, family),
        "family": (family,),
        "runtime": (cell.runtime,),
        "precision": (cell.precision,),
        "batch": (str(cell.batch),),
    }
    asked: dict[str, set[str]] = {}
    for key, value in words:
        asked.setdefault(key, set()).add(value)
    return all(asked[key] & set(names) for key, names in told.items() if key in asked)
