"""Every model that generates text: the prompt (prefill) and the tokens after it (decode), each measured apart."""

import pytest

from pytest_ipfs_bench.fixtures import CellUnderTest


@pytest.mark.bench_cells("generation")
def test_generation(cell: CellUnderTest) -> None:
    """One cell of prefill or decode."""
    cell.measure()
