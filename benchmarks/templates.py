"""Templates: listing and choosing among 500, and generating all key models for all hardware."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pytest_ipfs_bench.templates import database, making, opening
from pytest_ipfs_bench.templates.database import Saving
from pytest_ipfs_bench.templates.making import House, Order
from pytest_ipfs_bench.templates.subjects import subjects
from pytest_ipfs_bench.templates.template import read
from pytest_ipfs_bench.templates.validation import Validation

COUNT, VERSIONS = 500, 3
TEXT = """{{% extends "shipped/test" %}}
{{% block tests %}}
{{{{ super() }}}}

def test_{number}() -> None:
    \"\"\"Number {number}, version {version}.\"\"\"
{{% endblock %}}
"""


def templates(folder: Path, rounds: int) -> Iterator[str]:
    """Medians in ms: reading, choosing, generating."""

    def timed(action: Callable[[], object]) -> str:
        from run import spread

        return spread([_milliseconds(action) for _ in range(rounds)], " ms", 0)

    house, file = opening.house(), folder / "templates.duckdb"
    _fill(file, house)
    (bert,) = subjects(["bert"], house.models)
    yield f"| {COUNT} templates of {VERSIONS} versions: database opened, all listed | {timed(lambda: opening.library(file))} |"
    chosen = timed(lambda: opening.library(file).choose("test", bert, "cuda"))
    yield f"| the same, and one chosen for a model on some hardware | {chosen} |"
    order = Order("test", tuple(subjects(["key"], house.models)), house.hardware)
    made = f"{len(order.subjects)} key models x {len(order.hardware)} kinds of hardware"
    shipped, many = opening.library(None), opening.library(file)
    yield f"| tests of {made}, checked | {timed(lambda: making.generate(order, shipped, house))} |"
    yield f"| the same beside {COUNT} templates of a database | {timed(lambda: making.generate(order, many, house))} |"
    collected = timed(lambda: making.generate(order, shipped, house, run=True))
    yield f"| the same, and collected by pytest (`--validate-run`) | {collected} |"


def _fill(file: Path, house: House) -> None:
    families = list(dict.fromkeys(spec.family for spec in house.models.values()))
    for version in range(VERSIONS):
        texts = [TEXT.format(number=number, version=version) for number in range(COUNT)]
        about = [{"family": families[number % len(families)]} for number in range(COUNT)]
        database.save(file, [Saving(read(f"t{n}", texts[n], about[n]), Validation()) for n in range(COUNT)])


def _milliseconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000
