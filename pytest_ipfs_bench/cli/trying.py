"""`ipfs-bench hardware --probe` and `--self-test`: devices are tried, each in a process that may be given up on."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pytest_ipfs_bench import models
from pytest_ipfs_bench.backend import Backend, Detection, State
from pytest_ipfs_bench.cli.common import FAILED, put
from pytest_ipfs_bench.cli.listings import Probes, Tried, render
from pytest_ipfs_bench.orders import WORKS, Probe
from pytest_ipfs_bench.reports.table import Table
from pytest_ipfs_bench.reports.words import printable
from pytest_ipfs_bench.supervisor import PROBE_SECONDS, Supervisor

if TYPE_CHECKING:
    from pytest_ipfs_bench.selftest import Check

COLUMNS = ("what", "hardware", "runtime", "passed", "value", "unit", "said")


def probe(found: Mapping[Backend, Detection]) -> Probes:
    """Of every device whether it works, or why not."""
    supervisor = Supervisor()
    try:
        return {
            (backend.name, device.index): _probe(supervisor, backend, device.index)
            for backend, detection in found.items()
            for device in detection.devices
        }
    finally:
        supervisor.close()


def _probe(supervisor: Supervisor, backend: Backend, index: int) -> Tried:
    if type(backend).probe is Backend.probe:
        return Tried("not_probed", "its backend has no probe; the first cell will tell")
    question = Probe(models.address(type(backend)), index, backend.wishes, backend.process)
    told = supervisor.probe(question, PROBE_SECONDS)
    if told.status == WORKS:
        return Tried(WORKS, device=told.device)
    parts = (told.error_message, told.suggested_fix)
    reason = " ".join(f"{part.rstrip('.')}." for part in parts if part)
    return Tried(told.error_type or State.BROKEN.value, reason, told.device)


def self_test(found: Mapping[Backend, Detection], form: str, output: Path | None) -> None:
    """Prints the checks, on a terminal each as it is made; exit status 1 if one failed."""
    from pytest_ipfs_bench import selftest

    checks = []
    for check in itertools.chain(selftest.host(), selftest.devices(found)):
        checks.append(check)
        if form == "text" and not output:
            put(f"{printable(_line(check))}\n", None)
    rows = [tuple(getattr(check, column) for column in COLUMNS) for check in checks]
    if form != "text":
        put(render(Table("self-test", COLUMNS, rows), form), output)
    elif output:
        put("".join(f"{printable(_line(check))}\n" for check in checks), output)
    if any(check.passed is False for check in checks):
        click.get_current_context().exit(FAILED)


def _line(check: "Check") -> str:
    mark = {True: "ok", False: "FAILED", None: "--"}[check.passed]
    place = f"{check.hardware} ({check.runtime}): " if check.hardware else ""
    return f"{mark:<7} {check.what}: {place}{check.said}"
