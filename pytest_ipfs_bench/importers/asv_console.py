"""What `asv run` prints: a line for every benchmark, and a table under it where there are parameters."""

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.importers import asv_names
from pytest_ipfs_bench.importers.console import EARLY, Line, lines, milliseconds, printed
from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults
from pytest_ipfs_bench.importers.findings import known, numbered
from pytest_ipfs_bench.importers.values import number, scaled
from pytest_ipfs_bench.records import Outcome, Performance

if TYPE_CHECKING:
    from pytest_ipfs_bench.importers.document import Document

PROGRESS = re.compile(r"\[ *\d+\.\d+%\] (·+) (.*)")
MARK = re.compile(r"^\[ *\d+\.\d+%\] ·+ (?:For .+ commit|Benchmarking|Running|Building|[\w.]+\.\w+ )", re.MULTILINE)
LEVEL = "···"  # of results; what they printed is one deeper
COMMIT = re.compile(r"For (?P<project>.+) commit (?P<commit>\S+?):? ?(?:<(?P<branch>.*)>:)?")
ENVIRONMENT = re.compile(r"Benchmarking (\S+)")
RESULT = re.compile(r"(?:Running )?([\w.]+\.\w+) +(\S.*)")  # the word before 2018
BORDER = re.compile(r" *=+( =+)* *")
RULE = re.compile(r" *-+( -+)* *")
SPREAD = re.compile(r" *-- +(?P<names>\S.*)")
TIME = re.compile(r"(?P<value>[\d.]+)(?P<error>±[\d.]+)?(?P<unit>ns|μs|µs|us|ms|s)")
BYTES = re.compile(r"(?P<value>[\d.]+)(?:±[\d.]+)?(?P<unit>[kMGT]?)")
MEGABYTES = {"": 1e-6, "k": 1e-3, "M": 1.0, "G": 1e3, "T": 1e6}
STATUS = {"failed": "fail", "n/a": "skip"}
SEVERAL = re.compile(r"ok|failed|\d+/\d+ failed")


@dataclass(frozen=True, slots=True)
class Block:
    """What was printed for one benchmark: its line, and what followed until the next."""

    place: str
    name: str
    result: str
    run: dict[str, str]
    after: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cell:
    """One result of a table, and the values of its parameters by their names."""

    params: dict[str, str]
    result: str


class AsvConsole(Importer):
    """Figures as they are printed, rounded to three digits: asv's result files have them whole."""

    name = "asv-console"
    kinds = ("text",)
    precedence = EARLY

    def recognises(self, document: "Document") -> bool:
        """By its lines of progress."""
        content = printed(document)
        return content is not None and "%] ·" in content and MARK.search(content) is not None

    def read(self, document: "Document") -> Iterable[Finding]:
        """A result, or an outcome of what failed, for every benchmark and combination of its parameters."""
        found = [finding for block in _blocks(lines(document)) for finding in _findings(block)]
        if not found:
            raise NotResults("no benchmark was run to its end")
        return numbered(found)


def _blocks(printed: Iterable[Line]) -> Iterator[Block]:
    run: dict[str, str] = {}
    block: Block | None = None
    for line in printed:
        progress = PROGRESS.match(line.text)
        if progress is None:
            if block:
                block.after.append(line.text)
            continue
        content = progress[2].rstrip()
        if BORDER.fullmatch(content):
            continue
        if block:
            yield block
        block = None
        if told := COMMIT.fullmatch(content):
            run = known(**told.groupdict())
        elif environment := ENVIRONMENT.fullmatch(content):
            run = run | {"environment": environment[1]}
        elif progress[1] == LEVEL and (found := RESULT.fullmatch(content)):
            block = Block(line.place, found[1], found[2], run)
    if block:
        yield block


def _findings(block: Block) -> Iterator[Finding]:
    cells, rest = _table(block.after) if SEVERAL.fullmatch(block.result) else ([], block.after)
    trouble = textwrap.dedent("\n".join(rest)).strip() or None
    for cell in cells or [Cell({}, block.result)]:
        extra = {**block.run, "result": cell.result}
        values, status = cell.params.values(), STATUS.get(cell.result)
        if status:
            columns = asv_names.outcome(block.name, values, status, trouble if status == "fail" else None)
            extra |= known(params=cell.params or None)
        else:
            columns = known(
                test_case=asv_names.case(block.name, values),
                mode="benchmark",
                params=cell.params or None,
                **_measured(block.name, cell.result),
            )
        yield Finding(kind=Outcome if status else Performance, place=block.place, columns=columns, extra=extra)


def _measured(name: str, printed: str) -> dict[str, Any]:
    """A time with its error is a median. Without a unit of time it is bytes, if the name says so."""
    if found := TIME.fullmatch(printed):
        column = "latency_p50_ms" if found["error"] else "average_latency_ms"
        return known(**{column: milliseconds(found["value"], found["unit"])})
    found = BYTES.fullmatch(printed) if asv_names.is_memory(name) else None
    value = number(found["value"]) if found else None
    return {"memory_peak_mb": scaled(value, MEGABYTES[found["unit"]])} if found and value is not None else {}


def _table(after: list[str]) -> tuple[list[Cell], list[str]]:
    """The results of a table, and the lines below it. The last parameters may be spread over columns, under their names:

    ===== ======= =======
    --          kind
    ----- ---------------
      n    range    list
    ===== ======= =======
      10    1μs     2μs
    ===== ======= =======

    The first border stands in the line of progress, and is not among these.
    """
    spread = SPREAD.match(after[0]) if after else None
    begin = 4 if spread else 2
    end = next((place for place in range(begin, len(after)) if BORDER.fullmatch(after[place])), None)
    if end is None or not RULE.fullmatch(after[1]):
        return [], after
    spans = [found.span() for found in re.finditer("=+", after[end])]
    first = after[1].rstrip().rfind(" ") + 1 if spread else spans[-1][0]
    fixed = sum(start < first for start, _ in spans)
    titles = _cells(after[begin - 2], spans)
    above = spread["names"].strip().split(" / ") if spread else []
    cells = []
    for line in after[begin:end]:
        values = _cells(line, spans)
        own = dict(zip(titles[:fixed], values[:fixed], strict=True))
        for title, result in zip(titles[fixed:], values[fixed:], strict=True):
            cells.append(Cell(own | dict(zip(above, title.split(" / "), strict=False)), result))
    return cells, after[end + 1 :]


def _cells(line: str, spans: list[tuple[int, int]]) -> list[str]:
    return [line[start:end].strip() for start, end in spans]


IMPORTERS = (AsvConsole(),)
