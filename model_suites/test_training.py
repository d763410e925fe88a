"""Every model that can be trained, on all hardware that was asked for: one step of its optimiser, over and over."""

import pytest

from pytest_ipfs_bench.fixtures import CellUnderTest


@pytest.mark.bench_cells("training")
def test_training(cell: CellUnderTest) -> None:
    """One training cell."""
    cell.measure()
