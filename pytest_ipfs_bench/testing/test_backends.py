"""The suite over the backends named by --hardware (default: cpu), and nothing to write for it."""

import pytest

from pytest_ipfs_bench.backend import Backend
from pytest_ipfs_bench.cell import Target
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.plugin import bench
from pytest_ipfs_bench.testing import BackendConformance


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every check for every backend that was asked for."""
    if "target" not in metafunc.fixturenames:
        return
    try:
        made = bench(metafunc.config)
        choice = made.choice
        targets = [Target(name) for name in made.backends] if choice.every_hardware else choice.hardware
    except BenchError as error:
        raise pytest.UsageError(str(error)) from None
    metafunc.parametrize("target", dict.fromkeys(targets), ids=str)


class TestBackend(BackendConformance):
    """One registered backend."""

    @pytest.fixture
    def backend(self, target: Target, pytestconfig: pytest.Config) -> Backend:
        """By its name."""
        return bench(pytestconfig).backends[target.hardware]

    @pytest.fixture
    def device_index(self, target: Target) -> int:
        """As in --hardware=NAME:INDEX."""
        return target.index

    @pytest.fixture
    def runtime(self, backend: Backend, pytestconfig: pytest.Config) -> str:
        """As in --bench-runtime, if this backend has it; else its default."""
        asked = bench(pytestconfig).choice.runtimes
        return next((name for name in asked if name in backend.runtimes), backend.runtimes[0])

    @pytest.fixture
    def precision(self, pytestconfig: pytest.Config) -> str:
        """As in --bench-precisions, for hardware that has no fp32."""
        return bench(pytestconfig).choice.precisions[0]
