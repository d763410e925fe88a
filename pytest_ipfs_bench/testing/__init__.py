"""The conformance suite for hardware backends: `pytest --pyargs pytest_ipfs_bench.testing --hardware=NAME`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_ipfs_bench.testing.conformance import BackendConformance

__all__ = ["BackendConformance"]


def __getattr__(name: str) -> "type[BackendConformance]":
    """The suite, made at first use: a runner that only wants its model goes without pytest."""
    if name != "BackendConformance":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pytest_ipfs_bench.testing.conformance import BackendConformance

    return BackendConformance
