"""Records on the reports of tests: from where a test runs to who stores them, once a test measures something."""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import pytest

from pytest_ipfs_bench.fixtures import LINES, REPORT_LINES

if TYPE_CHECKING:
    from pytest_ipfs_bench.bench import Bench


class Carrier:
    """Puts the records that are made where a test runs on its report: with and without xdist the same.

    junit: their numbers also go to JUnit XML, which takes them from the last report of a test.
    """

    def __init__(self, bench: "Callable[[], Bench]", *, junit: bool) -> None:
        self._bench, self._junit = bench, junit

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """As lines of the spool, on the report of the phase in which they were made: nearly always the call's."""
        report = yield
        if call.when == "call" or item.stash.get(LINES, None):  # a cell may be measured in a fixture's set-up, too
            from pytest_ipfs_bench import recorder

            lines, item.stash[LINES] = item.stash.get(LINES, []), []
            recorder.attach(report, item, self._bench(), lines, called=call.when == "call")
            if self._junit:
                from pytest_ipfs_bench import junit

                junit.tell(item.user_properties, getattr(report, REPORT_LINES, ()))
        return report
