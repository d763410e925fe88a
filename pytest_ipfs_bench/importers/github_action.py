"""github-action-benchmark: the history that it keeps (data.js), and the custom JSON that it is given."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.importers.console import EARLY
from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.findings import entries, known, numbered
from pytest_ipfs_bench.importers.samples import milliseconds
from pytest_ipfs_bench.importers.times import Moment, moment
from pytest_ipfs_bench.importers.values import Row, number, text
from pytest_ipfs_bench.records import Performance

if TYPE_CHECKING:
    from pytest_ipfs_bench.importers.document import Document

ASSIGNMENT = re.compile(r"\s*window\.BENCHMARK_DATA\s*=\s*")
STORE, HISTORY = {"lastUpdate", "repoUrl", "entries"}, "/entries"
CUSTOM, OPTIONAL = {"name", "unit", "value"}, {"range", "extra"}
# A time of one run, as in ns/iter, ns/op; and runs in a second, as in ops/sec, iter/sec.
WORDS = {
    "nanosecond": "ns", "nanoseconds": "ns", "nsec": "ns", "microsecond": "us", "microseconds": "us", "usec": "us",
    "\u03bcs": "us", "millisecond": "ms", "milliseconds": "ms", "msec": "ms", "second": "s", "secs": "s",
}  # fmt: skip
TIME_OF_ONE = re.compile(r"([^/\s]+)(?:/(?:iter|op|ops|call|run|inference|request|req))?")
RATE = re.compile(r"(?:iter|it|ops?|calls?|runs?|items?|samples?|tokens?|req|requests?|inferences?)/(?:s|sec|second)")


class History(Importer):
    """Every benchmark of every commit, as data.js or an external JSON file."""

    name = "github-action-benchmark"
    precedence = EARLY  # a script in one line looks like a table's header

    def recognises(self, document: "Document") -> bool:
        """By the variable that data.js sets, or the keys of what it is set to."""
        return document.keys >= STORE or (document.json is None and bool(ASSIGNMENT.match(document.text or "")))

    def read(self, document: "Document") -> Iterable[Finding]:
        """A result for every benchmark of every entry."""
        content = document.json or _assigned(document.text or "")
        if not isinstance(content, dict) or not isinstance(content.get("entries"), dict):
            raise Rejected("the history has no entries", HISTORY)
        found = list(numbered(_history(content["entries"], content.get("repoUrl"))))
        if not found:
            raise NotResults("a history without a benchmark")
        return found


class Custom(Importer):
    """A list of names, values and units: customSmallerIsBetter or customBiggerIsBetter, which it does not say."""

    name = "github-action-benchmark-custom"
    kinds = ("json",)
    precedence = 50  # other tools' lists have names, units and values too, and more

    def recognises(self, document: "Document") -> bool:
        """A list of objects with these fields and no other."""
        return CUSTOM <= document.first <= CUSTOM | OPTIONAL and isinstance(document.json, list)

    def read(self, document: "Document") -> Iterable[Finding]:
        """A result for every object."""
        return numbered(_finding(bench, place, None, {}, {}) for place, bench in entries(document.json, ""))


def _assigned(content: str) -> Any:
    """What data.js assigns: JSON, perhaps with a semicolon behind it."""
    found = ASSIGNMENT.match(content)
    try:
        return json.loads(content[found.end() if found else 0 :].rstrip().removesuffix(";"))
    except RecursionError:
        raise Rejected("what is assigned to window.BENCHMARK_DATA is nested too deep") from None
    except ValueError as error:
        raise Rejected(f"what is assigned to window.BENCHMARK_DATA is not JSON: {error}") from None


def _history(suites: Mapping[str, Any], repository: Any) -> Iterator[Finding]:
    for suite, runs in suites.items():
        for place, run in entries(runs, f"{HISTORY}/{suite.replace('~', '~0').replace('/', '~1')}"):
            told = {name: value for name, value in run.items() if name != "benches"}
            context = known(repoUrl=repository, **{name: told[name] for name in told if name != "tool"})
            beside = known(suite=suite, tool=told.get("tool"))
            for where, bench in entries(run.get("benches"), f"{place}/benches"):
                yield _finding(bench, where, moment(run.get("date")), beside, context)


def _finding(
    bench: Mapping[str, Any], place: str, time: Moment | None, beside: Mapping[str, Any], context: Mapping[str, Any]
) -> Finding:
    row = Row(bench)
    name = row.text("name")
    if name is None:
        raise Rejected("the benchmark has no name", place)
    if number(bench.get("value")) is None:
        raise Rejected(f"the value of {name!r} is no number", f"{place}/value")
    columns = {"test_case": name, "mode": "benchmark", **_value(row)}
    return Finding(
        kind=Performance,
        place=place,
        columns=columns,
        time=time,
        extra={**beside, **row.left},
        context=context,
        flags=tuple(row.flags),
    )


def _value(row: Row) -> dict[str, float]:
    """The value, if its unit says what it is: a time, or runs in a second. Else it stays beside its unit."""
    unit = text(row.left.get("unit")) or ""
    if RATE.fullmatch(unit):
        return known(throughput_items_per_second=row.number("value"))
    found = TIME_OF_ONE.fullmatch(unit)
    scale = milliseconds(WORDS.get(found[1].lower(), found[1])) if found else None
    return known(average_latency_ms=row.number("value", scale=scale)) if scale else {}


IMPORTERS = (History(), Custom())
