"""Every model that can be trained, by several processes that share the work (DDP, FSDP)."""

import pytest

from pytest_ipfs_bench.fixtures import CellUnderTest


@pytest.mark.bench_cells("distributed")
def test_distributed(cell: CellUnderTest) -> None:
    """One cell of many processes."""
    cell.measure()
