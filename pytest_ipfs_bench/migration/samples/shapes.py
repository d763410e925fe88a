"""A shape: what a kind of file looks like, and the samples that are drawn from it."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_ipfs_bench.migration.books import IMPORTED
from pytest_ipfs_bench.migration.samples.draw import Draw, Template, fill

COUNTED = ("performance", "compatibility", "outcomes")
RARE = ("duplicates", "simulated", "untimed")


@dataclass(frozen=True, slots=True)
class Sample:
    """One file, and what an import must make of it.

    `counts`: new rows by kind; further statements of known results (duplicates); and of the new rows those that a marker
    calls simulated, and those of which no time is known (untimed).
    """

    path: str
    content: bytes
    status: str
    counts: Counter[str]

    @property
    def expected(self) -> dict[str, Any]:
        """The entry in expected.json."""
        rare = {name: self.counts[name] for name in RARE if self.counts[name]}
        return {"status": self.status, **{name: self.counts[name] for name in COUNTED}, **rare}


def as_json(value: Any) -> bytes:
    """JSON with an indent, as old programs wrote it."""
    return json.dumps(value, indent=2).encode()


def as_lines(value: Sequence[Any]) -> bytes:
    """One JSON value a line."""
    return "".join(json.dumps(one) + "\n" for one in value).encode()


def as_text(value: Sequence[str]) -> bytes:
    """Lines of text."""
    return "".join(f"{line}\n" for line in value).encode()


def as_csv(value: Sequence[Mapping[str, Any]]) -> bytes:
    """A table of rows that all have the same fields."""
    file = io.StringIO(newline="")
    table = csv.DictWriter(file, list(value[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(value)
    return file.getvalue().encode()


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What files of one kind look like. `timed`: they state a time. One in a file's name is none of its results'."""

    name: str
    content: Template
    stem: Template = ""
    ending: str = ".json"
    write: Callable[[Any], bytes] = as_json
    files: int = 3
    status: str = IMPORTED
    timed: bool = True

    def draw(self, folder: str, seed: int, number: int) -> Sample:
        """The sample of this number (from 1)."""
        draw = Draw(f"{seed} {folder}/{self.name} {number}")
        stem = fill(self.stem, draw) or self.name
        content = self.write(fill(self.content, draw))
        counts: Counter[str] = Counter()
        if self.status == IMPORTED:
            counts.update(result.kind for result in draw.results)
            counts["simulated"] = sum(result.simulated for result in draw.results)
            counts["untimed"] = sum(not (result.timed and self.timed) for result in draw.results)
        return Sample(f"{folder}/{self.name}/{stem}_{number}{self.ending}", content, self.status, counts)
