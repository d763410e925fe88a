"""The contract of a backend as a class of tests: subclass it and give it the fixture `backend`."""

import pytest

for _part in ("always", "device"):
    pytest.register_assert_rewrite(f"pytest_ipfs_bench.testing.{_part}")

from pytest_ipfs_bench.testing.always import AlwaysChecks  # noqa: E402
from pytest_ipfs_bench.testing.device import DeviceChecks  # noqa: E402


class BackendConformance(AlwaysChecks, DeviceChecks):
    """Every check: those for any machine, and those that need the device.

    class TestAbacus(BackendConformance):
        @pytest.fixture
        def backend(self):
            return Abacus()

    Further fixtures have defaults to be overridden in the same way: device_index, runtime, precision, spec, clock. A
    check that is known to fail is overridden by one with a strict xfail and the reason ("not yet: ...", "upstream: ...").
    """
