"""Comparing what a database holds of a tree of samples with what was expected of each file."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.migration import tree
from pytest_ipfs_bench.migration.books import TABLES
from pytest_ipfs_bench.migration.report import WORDS
from pytest_ipfs_bench.migration.samples.making import EXPECTED, TREE
from pytest_ipfs_bench.migration.samples.shapes import COUNTED
from pytest_ipfs_bench.places import Target
from pytest_ipfs_bench.store.read import reading

if TYPE_CHECKING:
    import duckdb

Counts = Mapping[str, int]
# One of it, several of it.
NAMES = {
    "performance": ("measurement", "measurements"),
    "compatibility": ("compatibility row", "compatibility rows"),
    "outcomes": ("outcome", "outcomes"),
    "duplicates": ("known result", "known results"),
    "simulated": ("simulated row", "simulated rows"),
    "untimed": ("row without a time", "rows without a time"),
}
SOURCES = """
SELECT s.path, s.status, coalesce(s.reason, ''), s.source_id, s.performance_rows, s.compatibility_rows, s.outcome_rows,
       s.duplicate_rows
FROM import_sources s JOIN test_runs r USING (run_id)
WHERE json_extract_string(r.metadata, '$.tree') = $tree
QUALIFY row_number() OVER (PARTITION BY s.path ORDER BY s.imported_at DESC, s.source_id DESC) = 1
"""
ROWS = """
SELECT source_id, count(*), count(*) FILTER (is_simulated), count(*) FILTER (created_at IS NULL)
FROM {table} WHERE source_id IS NOT NULL GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class Found:
    """One file in the database: what became of it, the rows that were counted then, and those that are there."""

    status: str
    reason: str
    counted: Counts
    stored: Counts


def expectations(folder: Path) -> dict[str, Any]:
    """What is expected of the samples in a folder. Raises BenchError where there are none."""
    file = folder / EXPECTED
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
        files = found["files"]
        if not all(isinstance(entry["status"], str) for entry in files.values()):
            raise TypeError
    except OSError as error:
        raise BenchError(
            f"--verify: {file} can't be read ({error.strerror}).\nMake samples first: ipfs-bench import --make-samples {folder}"
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BenchError(
            f"--verify: {file} does not say what is expected of which file.\n"
            "Make samples anew, in another folder: ipfs-bench import --make-samples DIR"
        ) from None
    return dict(found)


def verify(folder: Path, database: Target) -> list[str]:
    """What a database holds otherwise than expected of these samples, a sentence for each file. Raises BenchError."""
    files: Mapping[str, Mapping[str, Any]] = expectations(folder)["files"]
    with reading(database) as con:
        found = _found(con, tree.shown(str((folder / TREE).resolve())))
    strange = [f"{path}: it is none of the samples" for path in sorted(found.keys() - files.keys())]
    return [*_differences(files, found), *strange]


def _differences(files: Mapping[str, Mapping[str, Any]], found: Mapping[str, Found]) -> Iterator[str]:
    for path, entry in files.items():
        expected = _said(entry["status"], entry)
        one = found.get(path)
        if one is None:
            yield f"{path}: expected {expected}, found nothing: it was not imported from this folder"
            continue
        counts = {**one.stored, "duplicates": one.counted["duplicates"]}
        if (now := _said(one.status, counts)) != expected:
            yield f"{path}: expected {expected}, found {now}{f': {one.reason}' if one.reason else ''}"
        elif (counted := _amounts(one.counted, COUNTED)) != (stored := _amounts(one.stored, COUNTED)):
            yield f"{path}: import_sources counts {counted or 'no row'}, the tables hold {stored or 'none'}"


def _said(status: str, counts: Mapping[str, Any]) -> str:
    amounts = _amounts(counts)
    return f"{WORDS.get(status, status)}{f' with {amounts}' if amounts else ''}"


def _amounts(counts: Mapping[str, Any], kinds: Iterable[str] = NAMES) -> str:
    """Numbers of these kinds with their names, those of 0 left out.

    >>> _amounts({"performance": 3, "outcomes": 1, "compatibility": 0})
    '3 measurements, 1 outcome'
    """
    there = {name: counts[name] for name in kinds if counts.get(name)}
    return ", ".join(f"{count} {NAMES[name][count != 1]}" for name, count in there.items())


def _found(con: "duckdb.DuckDBPyConnection", root: str) -> dict[str, Found]:
    """The newest import of each file of a tree."""
    stored: dict[str, dict[str, int]] = {}
    for kind, table in zip(COUNTED, TABLES, strict=True):
        for source, count, simulated, untimed in con.execute(ROWS.format(table=table)).fetchall():
            counts = stored.setdefault(str(source), {})
            counts[kind] = count
            counts["simulated"] = counts.get("simulated", 0) + simulated
            counts["untimed"] = counts.get("untimed", 0) + untimed
    rows = con.execute(SOURCES, {"tree": root}).fetchall()
    return {
        path: Found(
            status,
            reason,
            dict(zip((*COUNTED, "duplicates"), counted, strict=True)),
            {**dict.fromkeys(COUNTED, 0), **stored.get(str(source), {})},
        )
        for path, status, reason, source, *counted in rows
    }
