"""One test of an LNT report -> findings: a result per time that it states, a failed test per status that says so."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Rejected
from pytest_ipfs_bench.importers.findings import known, mapping
from pytest_ipfs_bench.importers.samples import latencies, series
from pytest_ipfs_bench.importers.values import Row, number, text, whole
from pytest_ipfs_bench.records import Outcome, Performance

# Times are seconds. A CPU's time is no latency: it stays among the other fields.
TIME = re.compile(r"(exec|compile|wall|(?!user_|sys_)\w+(?=_time))(?:_time)?")
STATUS = re.compile(r"(\w+)[._]status")
STATUSES = {1: "fail", 2: "xfail"}
RUNS = {"exec", "execution", "wall"}  # of these processes mem_bytes is the memory
OLD_NAME = re.compile(
    r"(.+)\.((?:compile|exec|hash|link)(?:\.status)?|user|sys|wall|mem|size|score|code_size|profile)", re.DOTALL
)
CODES = {
    "PASS": "pass", "FLAKYPASS": "pass", "FAIL": "fail", "NOEXE": "fail", "TIMEOUT": "fail", "XFAIL": "xfail",
    "XPASS": "xpass", "UNRESOLVED": "error", "UNSUPPORTED": "skip", "SKIPPED": "skip", "EXCLUDED": "skip",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phase:
    """What is measured of a test in one of its phases, as compiling or executing: times, and the status of each."""

    metric: str
    values: list[Any]
    statuses: list[Any]

    def samples(self) -> Iterator[tuple[Any, Any]]:
        """Each time with its status; one status alone is that of all."""
        statuses = self.statuses * max(1, len(self.values)) if len(self.statuses) == 1 else self.statuses
        return zip_longest(self.values, statuses)


def read_test(place: str, entry: Mapping[str, Any], common: Mapping[str, Any]) -> Iterator[Finding]:
    """The findings of one entry. A time whose status is a failure is no measurement: it stands in the failed test."""
    name = text(entry.get("name"))
    if name is None:
        raise Rejected("the test has no name", place)
    phases = _phases(entry)
    metrics = {phase.metric for phase in phases.values()}
    rest = {key: value for key, value in entry.items() if key != "name" and key not in metrics}
    found = False
    for stem, phase in phases.items():
        samples = list(phase.samples())
        passed = [value for value, status in samples if value is not None and not _failed(status)]
        failed = [(value, status) for value, status in samples if _failed(status)]
        if passed:
            yield _result(place, name, stem, phase, passed, rest, common)
        for value, status in failed:
            yield _failure(place, f"{name}.{stem}", status, value, rest, common)
        found = found or bool(passed) or bool(failed)
    if not found:
        columns = {"test_case": name, "mode": "benchmark"}
        extra = {key: value for key, value in entry.items() if key != "name"}
        yield Finding(kind=Performance, place=place, columns=columns, extra=extra, **common)


def gathered(found: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Entries as version 2 has them: those of one test gathered; what ends in no metric's name is a test of its own."""
    tests: dict[str, tuple[str, dict[str, Any]]] = {}
    for place, entry in found:
        whole_name = text(entry.get("Name"))
        if whole_name is None:
            raise Rejected("the test has no name", place)
        split = OLD_NAME.fullmatch(whole_name)
        name, metric = split.groups() if split else (whole_name, "Data")
        _, merged = tests.setdefault(name, (place, {"name": name}))
        merged.setdefault(metric, []).extend(_listed(entry.get("Data")))
        others = {key: value for key, value in entry.items() if key not in ("Name", "Data") and value}
        if others:
            merged.setdefault("others", {})[metric] = others
    yield from tests.values()


def read_lit_test(place: str, entry: Mapping[str, Any], common: Mapping[str, Any]) -> Iterator[Finding]:
    """The outcome of one test that lit ran, and the times among its metrics if it passed."""
    row = Row(entry)
    name, code = row.text("name"), text(entry.get("code")) or ""
    if name is None:
        raise Rejected("the test has no name", place)
    status = CODES.get(code.upper(), "unknown")
    columns = known(
        node_id=name,
        test_name=name,
        status=status,
        execution_time_seconds=row.number("elapsed"),
        error_message=text(entry.get("output")) if status in ("fail", "error") else None,
    )
    yield Finding(kind=Outcome, place=place, columns=columns, extra=row.left, flags=tuple(row.flags), **common)
    metrics = mapping(entry.get("metrics"))
    if status in ("pass", "xpass") and _phases(metrics):
        yield from read_test(place, metrics | {"name": name}, common)


def _phases(entry: Mapping[str, Any]) -> dict[str, Phase]:
    """By the stem of their names: execution_time and execution_status are execution's."""
    statuses = {found[1]: _listed(value) for key, value in entry.items() if (found := STATUS.fullmatch(key))}
    times = {found[1]: key for key in entry if (found := TIME.fullmatch(key))}
    return {
        stem: Phase(times.get(stem, stem), _listed(entry.get(times.get(stem, ""))), statuses.get(stem, []))
        for stem in (*times, *(stem for stem in statuses if stem not in times))
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _failed(status: Any) -> bool:
    return status is not None and whole(status) != 0


def _result(
    place: str,
    name: str,
    stem: str,
    phase: Phase,
    passed: list[Any],
    rest: Mapping[str, Any],
    common: Mapping[str, Any],
) -> Finding:
    samples = series(passed, 1e3)
    memory = series(_listed(rest.get("mem_bytes")), 1e-6) if stem in RUNS else None
    columns = latencies(samples) | known(
        test_case=f"{name}.{phase.metric}", mode="benchmark", memory_peak_mb=max(memory) if memory else None
    )
    extra = dict(rest) if samples else {phase.metric: passed, **rest}
    flags = () if samples else (f"{phase.metric}: {str(passed)[:60]} are no times",)
    return Finding(kind=Performance, place=place, columns=columns, extra=extra, flags=flags, **common)


def _failure(
    place: str, name: str, status: Any, value: Any, rest: Mapping[str, Any], common: Mapping[str, Any]
) -> Finding:
    seconds = number(value)
    columns = known(
        node_id=name,
        test_name=name,
        status=STATUSES.get(whole(status) or 0, "unknown"),
        execution_time_seconds=seconds if seconds is not None and seconds >= 0 else None,
    )
    return Finding(kind=Outcome, place=place, columns=columns, extra=rest, **common)
