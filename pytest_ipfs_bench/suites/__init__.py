"""Suite files: what to run, written down. A file says what options would say; the command line has the last word.

A suite file is TOML; the JSON of the legacy project's run_benchmark_suite is read, too. Whatever it says is checked before
any test: what is wrong is named with file, line and key.
"""

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.suites.keys import AXES, LEGACY, OPTIONS, TABLES, Keys

WEB = ("webnn", "webgpu")
Place = Callable[[str, str], str]


@dataclass(frozen=True)
class Suite:
    """What a suite file asks for.

    options: values of our options by dest; shapes: lengths by axis; training, generation: fields of planning's Training and
    Generation; tests: kinds of tests; notes: what it says that has no meaning here; places: where each thing is said.
    """

    name: str
    description: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    shapes: Mapping[str, list[int]] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    generation: Mapping[str, Any] = field(default_factory=dict)
    priorities: Sequence[str] = ()
    tests: Sequence[str] = ()
    notes: Sequence[str] = ()
    places: Mapping[str, str] = field(default_factory=dict)


def shipped(folder: Path) -> dict[str, Path]:
    """The suites of a folder by name."""
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def find(named: str, folder: Path, here: Path, asked: str) -> Path:
    """The file of a suite: one of the folder's by its name, else a path. Raises BenchError for a name that nobody knows.

    asked: how it was asked for, for the error.
    """
    known = shipped(folder)
    if named in known:
        return known[named]
    if not named.endswith((".toml", ".json")) and os.sep not in named:
        raise unknown(asked, "suite", named, known)
    return here / Path(named).expanduser()


def read(path: Path, asked: str) -> Suite:
    """The suite of a file; asked: what the file was called by whom. Raises BenchError naming file, line and key."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BenchError(f"{asked}: the file can't be read ({error}).") from error
    form = _LEGACY if path.suffix == ".json" else _TOML
    try:
        document = form.parse(text)
    except (ValueError, RecursionError) as error:
        raise BenchError(f"{asked}: it is not valid {form.name}: {error}.") from error
    if not isinstance(document, dict):
        raise BenchError(f"{asked}: it is not valid {form.name} of a suite: the outermost has to be an object.")
    told = list(form.values(document, lambda table, key: _place(asked, form.line(text, table, key))))
    said = {name: value for name, value, _ in told}
    return replace(_suite(path.stem, said), places={name: where for name, _, where in told})


def _suite(name: str, said: Mapping[str, Any]) -> Suite:
    hardware = [*said.get("hardware", []), *(WEB if said.get("web") else ())]
    options = {key: value for key, value in said.items() if key in OPTIONS}
    training, generation = (
        {key.partition(".")[2]: value for key, value in said.items() if key.startswith(f"{table}.")}
        for table in ("training", "generation")
    )
    return Suite(
        name=name,
        description=said.get("description", ""),
        options={**options, **({"hardware": hardware} if hardware else {})},
        shapes={axis: said[axis] for axis in AXES if axis in said},
        training=training,
        generation=generation,
        priorities=said.get("priorities", []),
        tests=said.get("tests") or _tests(training, generation),
        notes=[value for key, value in said.items() if key.startswith("note.") and value],
    )


def _tests(training: Mapping[str, Any], generation: Mapping[str, Any]) -> list[str]:
    """The kinds of tests of a suite that names none: inference, and what it names options of."""
    several = {"strategies", "world_sizes"}
    found = {"generation": generation, "training": set(training) - several, "distributed": set(training) & several}
    return ["inference", *(kind for kind, options in found.items() if options)]


@dataclass(frozen=True)
class _Format:
    """One way to write a suite: its parser, its tables, and how a key looks in its text."""

    name: str
    parse: Callable[[str], Any]
    tables: Mapping[str, Keys]
    line: Callable[[str, str, str], int | None]

    def values(self, document: Mapping[str, Any], place: Place, table: str = "") -> Iterator[tuple[str, Any, str]]:
        """Each key's name inside, its checked value, and its place. Raises BenchError for the first that is at fault."""
        keys = self.tables[table]
        for key, value in document.items():
            where = place(table, key)
            if key and not table and key in self.tables:
                if not isinstance(value, dict):
                    raise BenchError(f"{where}: {key}: {value!r} is no table ([{key}]).")
                yield from self.values(value, place, key)
                continue
            if key not in keys:
                legal = [*keys, *(name for name in self.tables if name and not table)]
                raise _no_key(where, f"key of [{table}]" if table else "key", key, legal)
            inside, check = keys[key]
            try:
                yield inside, check(value), f"{where}: {key}"
            except ValueError as error:
                said = f"{where}: {f'{table}.' if table else ''}{key}: {error}"
                raise BenchError(said if said.endswith("?") else f"{said}.") from error


def _no_key(where: str, kind: str, key: str, legal: Sequence[str]) -> BenchError:
    """The error for a key that nobody knows; it lists the legal ones, however many they are."""
    said = str(unknown(where, kind, key, legal)).partition("\nLegal: ")[0]
    return BenchError(f"{said}\nLegal: {', '.join(legal)}.")


def _place(asked: str, line: int | None) -> str:
    return f"{asked}, line {line}" if line else asked


def _toml_line(text: str, table: str, key: str) -> int | None:
    """The line on which a key of a table stands."""
    here, quoted = "", rf"[\"']?{re.escape(key)}[\"']?"
    dotted = rf"\s*{re.escape(table)}\s*\.\s*{quoted}\s*[=.]"
    for number, line in enumerate(text.splitlines(), 1):
        if head := re.match(r"\s*\[+\s*[\"']?(.+?)[\"']?\s*\]+\s*(#.*)?$", line):
            here = head[1]
            if not table and here.partition(".")[0] == key:
                return number
        elif (here == table and re.match(rf"\s*{quoted}\s*[=.]", line)) or (
            table and not here and re.match(dotted, line)
        ):
            return number
    return _toml_line(text, "", table) if table else None  # an inline table


def _json_line(text: str, _: str, key: str) -> int | None:
    """The line on which a key stands first."""
    found = re.search(rf"{re.escape(json.dumps(key))}\s*:", text)
    return text.count("\n", 0, found.start()) + 1 if found else None


_TOML = _Format("TOML", tomllib.loads, TABLES, _toml_line)
_LEGACY = _Format("JSON", json.loads, {"": LEGACY}, _json_line)
