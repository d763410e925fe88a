"""What is wrong with files that a template made: as Python, as TOML, by ruff, by pytest."""

import contextlib
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.templates import collecting, declaring, linting, sources
from pytest_ipfs_bench.templates.files import File
from pytest_ipfs_bench.templates.validation import Finding


@dataclass(frozen=True)
class Batch:
    """The files that were made in one go, what for, and of which kind their template is."""

    files: tuple[File, ...]
    where: str
    kind: str

    @property
    def modules(self) -> set[str]:
        """Its modules, which may import one another."""
        return {file.module for file in self.files if file.name.endswith(".py")}

    def place(self, file: File) -> str:
        """One of the files in words."""
        return f"{file.name}, for {self.where}"


def check(batches: Sequence[Batch], *, lint: bool = True) -> list[Finding]:
    """What can be told without running anything. lint: also by ruff, where it is installed."""
    findings = [finding for batch in batches for file in batch.files for finding in _check(file, batch)]
    if findings or not lint or linting.version() is None:
        return findings
    with _laid_out(batches) as (folder, where):
        return linting.lint(folder, where)


def collect(batches: Sequence[Batch]) -> tuple[int, list[Finding]]:
    """How many tests pytest collects of them, and what it can't. This imports them: it runs what they run then."""
    with _laid_out(batches) as (folder, where):
        return collecting.collect(folder, where)


def would_run(batches: Sequence[Batch]) -> Finding | None:
    """What collecting them would do beyond declarations; None if nothing."""
    for batch in batches:
        for file in batch.files:
            if file.name.endswith(".py") and (told := _acts(file, batch)):
                message = f"importing it would run {told}, so it was not collected; if it may be run: --validate-run"
                return Finding("collect", message, where=batch.place(file))
    return None


def _acts(file: File, batch: Batch) -> str | None:
    if file.module in {"conftest", *sys.stdlib_module_names, *declaring.MODULES}:
        return f"in the place of another: it is called {file.name}"
    return declaring.acts(file.text, batch.modules)


def _check(file: File, batch: Batch) -> Iterator[Finding]:
    if file.name.endswith(".py"):
        yield from sources.check(file.text, batch.place(file), batch.modules)
    elif file.name.endswith(".toml"):
        try:
            tomllib.loads(file.text)
        except (ValueError, RecursionError) as error:
            yield Finding("toml", f"what it makes is no TOML: {error}", where=batch.place(file))
    if batch.kind == "suite" and file.name.endswith(".toml"):
        yield from _suite(file, batch)


def _suite(file: File, batch: Batch) -> Iterator[Finding]:
    from pytest_ipfs_bench import suites

    with _laid_out([batch]) as (folder, _):
        try:
            suites.read(folder / "0" / file.name, file.name)
        except BenchError as error:
            yield Finding("suite", str(error), where=batch.place(file))


@contextlib.contextmanager
def _laid_out(batches: Sequence[Batch]) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """Every batch in a folder of its own, in one that goes afterwards; and by file, what it was made for."""
    with tempfile.TemporaryDirectory(prefix="ipfs-bench-templates-") as name:
        folder, where = Path(name), {}
        for number, batch in enumerate(batches):
            (folder / str(number)).mkdir()
            for file in batch.files:
                (folder / str(number) / file.name).write_text(file.text, encoding="utf-8", newline="\n")
                where[f"{number}/{file.name}"] = batch.place(file)
        yield folder, where
