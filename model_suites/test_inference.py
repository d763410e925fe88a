"""Every model that was asked for, on all hardware that was asked for: does it run, is it right, how fast is it."""

from pytest_ipfs_bench.fixtures import CellUnderTest


def test_inference(cell: CellUnderTest) -> None:
    """One inference cell."""
    cell.measure()
