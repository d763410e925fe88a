"""Making a tree of samples, with what an import must make of each file."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pytest_ipfs_bench import context
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.migration.samples import (
    legacy_apis,
    legacy_benchmarks,
    legacy_scripts,
    legacy_skills,
    legacy_suites,
    odd,
    tools_languages,
    tools_models,
    tools_python,
)
from pytest_ipfs_bench.migration.samples.restated import restated
from pytest_ipfs_bench.migration.samples.shapes import Sample, Shape

TREE, EXPECTED = "tree", "expected.json"
PACKAGE = "pytest-ipfs-bench"
LEGACY = (legacy_skills, legacy_scripts, legacy_benchmarks, legacy_suites, legacy_apis)
TOOLS = (tools_python, tools_models, tools_languages)
FOLDERS: dict[str, Sequence[Shape]] = {
    "broken": odd.BROKEN,
    "legacy": tuple(shape for module in LEGACY for shape in module.SHAPES),
    "other_tools": tuple(shape for module in TOOLS for shape in module.SHAPES),
    "without_results": odd.WITHOUT_RESULTS,
}


def make(folder: Path, seed: int) -> dict[str, Any]:
    """Writes `tree/` and `expected.json` into a new or empty folder; what is expected. Raises BenchError for another one."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            what = "is not empty" if folder.is_dir() else "is a file"
            raise BenchError(
                f"--make-samples={folder}: it {what}, and nothing was written.\nName a new or empty folder."
            )
        return _write(folder, seed, list(samples(seed)))
    except OSError as error:
        raise BenchError(f"--make-samples={folder}: it can't be written ({error.strerror or error}).") from error


def samples(seed: int) -> Iterator[Sample]:
    """Every sample of a seed."""
    drawn = [
        shape.draw(folder, seed, number)
        for folder, shapes in FOLDERS.items()
        for shape in shapes
        for number in range(1, shape.files + 1)
    ]
    yield from drawn
    yield from restated(drawn)


def _write(folder: Path, seed: int, made: Iterable[Sample]) -> dict[str, Any]:
    totals: Counter[str] = Counter()
    files = {}
    for sample in made:
        file = folder / TREE / sample.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(sample.content)
        files[sample.path] = sample.expected
        totals.update(files=1, **{sample.status: 1}, **sample.counts)
    expected = {"seed": seed, "version": context.version_of(PACKAGE), "files": files, "totals": dict(totals)}
    (folder / EXPECTED).write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")
    return expected
