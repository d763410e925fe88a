"""What `cargo bench` prints, whatever harness its targets use: libtest, Criterion, Iai, Gungraun, or several at once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pytest_ipfs_bench.importers import console
from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.findings import numbered
from pytest_ipfs_bench.importers.rust_counts import KEYS, counts, summaries
from pytest_ipfs_bench.importers.rust_criterion import measurements
from pytest_ipfs_bench.importers.rust_libtest import tests

# A line that is one of LINES holds one of SIGNS: looking for those first costs next to nothing in a large file.
SIGNS = ("ns/iter", " measured; ", "time:   [", "  Instructions:", "(*********)", "(No change)", "%) [",
         '"benchmark_exe"')  # fmt: skip
LINES = re.compile(
    r"^(?:test \S.* \.\.\. bench: +[\d,.]+ ns/iter "
    r"|test result: (?:ok|FAILED)\. \d+ passed; \d+ failed; \d+ ignored; \d+ measured; "
    r"|.*\btime:   \[[\d.,]+ [pnuµμm]?s [\d.,]+ [pnuµμm]?s [\d.,]+ [pnuµμm]?s\]\s*$"
    r"|  Instructions: +\d+(?:\|\S+)?(?: +\([^)\n]*\).*)?\s*$"
    r"|  [A-Z][\w +-]*: +(?:N/A|[\d.]+)\|(?:N/A|[\d.]+) +\((?:\*{9}|No change|[-+][^)\n]+)\)"
    r"|[ \t]*\{.*\"benchmark_exe\":"
    r"|[ \t]+\"benchmark_exe\": )",
    re.MULTILINE,
)
TARGET = re.compile(r"\s+(?:Running|Doc-tests) (\S.*)")


class CargoBench(Importer):
    """Text of `cargo bench`, and Gungraun's JSON in it or by itself."""

    name = "cargo-bench"
    precedence = console.EARLY

    def recognises(self, document: Document) -> bool:
        """Whether a line in it is a result or a summary of one of the harnesses."""
        if document.keys >= KEYS:
            return True
        text = console.printed(document)
        return text is not None and any(sign in text for sign in SIGNS) and LINES.search(text) is not None

    def read(self, document: Document) -> Iterable[Finding]:
        """Every measurement, every count of instructions, and every test's outcome."""
        objects, text = summaries(console.plain(document.text or ""))
        lines = console.split(text)
        targets = _targets(lines)
        found = [*objects, *tests(lines), *measurements(lines, targets), *counts(lines)]
        if not found:
            raise NotResults("it ran no benchmark and no test")
        return numbered(_of_its_target(finding, targets) for finding in found)


def _targets(lines: Sequence[console.Line]) -> dict[str, str]:
    """Which target each line is about, by the line's place, as far as cargo says so."""
    found: dict[str, str] = {}
    target = ""
    for line in lines:
        if running := TARGET.fullmatch(line.text):
            target = running[1]
        if target:
            found[line.place] = target
    return found


def _of_its_target(finding: Finding, targets: Mapping[str, str]) -> Finding:
    target = targets.get(finding.place)
    return replace(finding, extra={**finding.extra, "target": target}) if target else finding


IMPORTERS = (CargoBench(),)
