"""The fixtures that tests use."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_ipfs_bench.bench import Bench
    from pytest_ipfs_bench.cell import Cell
    from pytest_ipfs_bench.results import CellResult

LINES = pytest.StashKey[list[str]]()
BENCH = pytest.StashKey["Bench"]()
# Attributes of a test report, made where the test ran: lines of the spool, and whether its benchmark took no timings.
REPORT_LINES, UNTIMED = "ipfs_bench_lines", "ipfs_bench_untimed"


class CellUnderTest:
    """The `cell` fixture: one cell of the matrix, and the means to run it."""

    def __init__(self, cell: "Cell", bench: "Bench", node: pytest.Item) -> None:
        self.cell = cell
        self._bench, self._node = bench, node

    @property
    def model(self) -> str:
        """The model's name."""
        return self.cell.model

    @property
    def hardware(self) -> str:
        """The hardware asked for, as `cuda` or `cuda:1`."""
        return str(self.cell.target)

    @property
    def shape(self) -> "Mapping[str, int]":
        """The length of each axis."""
        return self.cell.shape

    def measure(self) -> "CellResult":
        """Runs the cell in a process of its own, checks its output, times it, and leaves the records with the report.

        Skips the test where the hardware is not here, or the backend says that it can't; fails it with one sentence
        where the cell crashed, hung, ran out of memory, gave a wrong output or met an error that nobody foresaw.
        """
        result = self._bench.run(self.cell, self.test_case)
        self._node.stash.setdefault(LINES, []).extend(result.lines())
        if result.status == "unavailable" or result.foreseen:
            pytest.skip(result.sentence())
        if not result.ran:
            pytest.fail(result.sentence(), pytrace=False)
        return result

    @property
    def test_case(self) -> str:
        """`module::function[cell id]`, the same wherever the session was started."""
        owner = getattr(self._node, "cls", None)
        place = getattr(self._node, "module", None)
        names = [
            place.__name__ if place else self._node.nodeid.partition("::")[0],
            owner.__qualname__.replace(".", "::") if owner else None,
        ]
        return "::".join([*filter(None, names), self._node.name])


@pytest.fixture
def cell(request: pytest.FixtureRequest) -> CellUnderTest:
    """One cell of the matrix model x hardware: `cell.measure()` runs it. Which cells: --hardware, --bench-models ..."""
    return CellUnderTest(request.param, request.config.stash[BENCH], request.node)
