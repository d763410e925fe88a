"""The hardware that we know, registered through the public door."""

from hardware_backends.cpu import Cpu
from hardware_backends.cuda import Cuda
from pytest_ipfs_bench.backend import Backend
from pytest_ipfs_bench.hookspecs import hookimpl


@hookimpl
def register_backends() -> list[Backend]:
    """One backend per file of this package."""
    return [Cpu(), Cuda()]
