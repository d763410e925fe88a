"""What importers share when they make findings: entries of a list, names of cases, repetitions. Pure functions."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Rejected


def case(name: str, params: Mapping[str, Any]) -> str:
    """The name of a benchmark with its parameters, so that results of other parameters have another name.

    >>> case("copy", {"size": 64, "type": "U8"}), case("copy", {})
    ('copy[size=64,type=U8]', 'copy')
    """
    return f"{name}[{','.join(f'{key}={value}' for key, value in params.items())}]" if params else name


def known(**columns: Any) -> dict[str, Any]:
    """The columns that hold something."""
    return {name: value for name, value in columns.items() if value is not None}


def entries(value: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a list with their places; Rejected where it is no list of objects."""
    if not isinstance(value, list):
        raise Rejected("the results are no list", place)
    for number, entry in enumerate(value):
        if not isinstance(entry, dict):
            raise Rejected("the entry is no object", f"{place}/{number}")
        yield f"{place}/{number}", entry


def inside(value: Any, *path: str) -> Any:
    """What stands at the end of a path through objects; None where it ends before.

    >>> inside({"a": {"b": 1}}, "a", "b"), inside({"a": 3}, "a", "b")
    (1, None)
    """
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def mapping(value: Any) -> dict[str, Any]:
    """An object as it is; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def numbered(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings of one file, those that are equal numbered: as many runs of one test are, not one told twice."""
    seen: Counter[int] = Counter()
    for finding in findings:
        try:
            key = hash(repr((finding.kind.TABLE, finding.columns, finding.extra, finding.model, finding.time)))
        except RecursionError:
            raise Rejected("the entry is nested too deep", finding.place) from None
        yield dataclasses.replace(finding, nth=seen[key]) if seen[key] else finding
        seen[key] += 1
