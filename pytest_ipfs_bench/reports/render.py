"""A document as text, markdown, HTML, JSON or CSV. Whatever a database holds is escaped: it may be somebody else's."""

import csv
import io
import json
import math
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from importlib import resources
from typing import Any

from pytest_ipfs_bench.encoding import plain
from pytest_ipfs_bench.reports import grid
from pytest_ipfs_bench.reports.table import Document, Table

UNKNOWN = "—"
LONGEST = 160
PLAIN, EXPONENT = 1e4, 1e15  # from here on whole numbers, from there on an exponent
# As Python tells of source that it can't parse: the place, the line quoted, the error; a cell has room for place and error.
UNPARSED = re.compile(r'\s*File "([^"\n]+)", line (\d+)\n.*\n(\w*Error: [^\n]+)\s*', re.DOTALL)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def text(document: Document) -> str:
    """For terminals."""
    parts = [f"{document.kind}: {printable(document.database)}"]
    parts += [
        "\n".join([table.title, *_common(table), _lines(table, grid.differing(table))]) for table in document.tables
    ]
    return "\n\n".join(parts + [printable(note) for note in document.notes]) + "\n"


def markdown(document: Document) -> str:
    """For pull requests and documents."""
    parts = [f"# {title(document)}", f"Database: {_inline(document.database)}"]
    parts += [f"## {_inline(table.title)}\n\n{_pipes(signed(table))}" for table in document.tables]
    parts += map(_inline, legends(document))
    return "\n\n".join(parts + [_inline(note) for note in document.notes]) + "\n"


def as_json(document: Document) -> str:
    """For programs: numbers unrounded, unknown is null."""
    tables = ",\n".join(f" {_dump(table.title)}: {_rows(table)}" for table in document.tables)
    report, database, notes = map(_dump, (document.kind, document.database, document.notes))
    return f'{{"report": {report}, "database": {database}, "tables": {{\n{tables}\n}}, "notes": {notes}}}\n'


def table_json(table: Table) -> str:
    """One table as a JSON array."""
    return _rows(table) + "\n"


def _rows(table: Table) -> str:
    """Rows as JSON objects, a line each: quick to write, and what changes in a row changes one line."""
    rows = ",\n  ".join(_dump(dict(zip(table.columns, map(exact, row), strict=True))) for row in table.rows)
    return f"[{rows}]"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def table_text(table: Table) -> str:
    """One table for terminals, without a heading."""
    return _lines(table, range(len(table.columns))) + "\n"


def as_csv(document: Document) -> str:
    """For spreadsheets: one table, numbers unrounded, unknown is empty. Several tables share it, told apart by `table`."""
    whole = combined(document)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_spreadsheet(column) for column in whole.columns])
    for row in whole.rows:
        writer.writerow(["" if value is None else _spreadsheet(value) for value in row])
    return out.getvalue()


def combined(document: Document) -> Table:
    """All tables of a document as one, told apart by the column `table` where there are several."""
    if len(document.tables) == 1:
        return document.tables[0]
    columns = list(dict.fromkeys(column for table in document.tables for column in table.columns))
    rows = []
    for table in document.tables:
        for row in table.rows:
            known = dict(zip(table.columns, row, strict=True))
            rows.append((table.title, *(known.get(column) for column in columns)))
    return Table(document.kind, ("table", *columns), rows)


def html(document: Document) -> str:
    """A page that needs nothing else: no scripts, whatever the database holds is text, dark or light as the reader has it."""
    from jinja2 import Environment

    page = (resources.files(__package__) / "page.html").read_text(encoding="utf-8")
    made = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(page)
    tables = [_shown(signed(table)) for table in document.tables]
    notes = [printable(note) for note in legends(document) + document.notes]
    return made.render(title=title(document), database=printable(document.database), tables=tables, notes=notes) + "\n"


def title(document: Document) -> str:
    """The heading of a report."""
    return document.kind.capitalize().replace("-", " ")


def signed(table: Table) -> Table:
    """A table with its words as signs, where it has signs for them."""
    if not table.symbols:
        return table
    rows = [(row[0], *(table.symbols.get(value, value) for value in row[1:])) for row in table.rows]
    return replace(table, rows=rows)


def legends(document: Document) -> list[str]:
    """What the signs of a document mean, and which columns it is spared: nothing is known in them."""
    found = {sign: word for table in document.tables for word, sign in table.symbols.items()}
    said = [", ".join(f"{sign} {word}" for sign, word in found.items())] if found else []
    spared = [(table.title, grid.unknown(table)) for table in document.tables]
    return said + [
        f"{name}: {UNKNOWN} in every row, and not shown: {', '.join(names)}." for name, names in spared if names
    ]


def _shown(table: Table) -> dict[str, Any]:
    """A table for a template: text only, numbers marked as such."""
    places = grid.known(table)
    numeric = _numbers(table, places)
    return {
        "title": printable(table.title),
        "columns": list(zip([printable(table.columns[place]) for place in places], numeric, strict=True)),
        "rows": [
            list(zip([printable(readable(row[place])) for place in places], numeric, strict=True)) for row in table.rows
        ],
    }


RENDERERS: dict[str, Callable[[Document], str]] = {
    "text": text,
    "markdown": markdown,
    "html": html,
    "json": as_json,
    "csv": as_csv,
}


def readable(value: Any) -> str:
    """A value for a person: four significant digits, times to the second, a dash for the unknown."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.0f}" if PLAIN <= abs(value) < EXPONENT else f"{value:.4g}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    words = str(value)
    if "\n" in words:
        words = " ".join(UNPARSED.sub(r"\3 (\1, line \2)", words, count=1).split("\n"))
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def exact(value: Any) -> Any:
    """A value for a program, as JSON can hold it."""
    if isinstance(value, str):
        return value if value.isascii() else plain(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else plain(value)


def printable(words: str) -> str:
    """Text that can't steer a terminal: control characters are shown as their escapes."""
    if words.isprintable():
        return words
    return CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), words)


def _inline(words: str) -> str:
    escaped = printable(words).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return re.sub(r"([`*_\[\]])", r"\\\1", escaped) if "`" in escaped or "](" in escaped else escaped


def _common(table: Table) -> list[str]:
    """What is the same in every row, in one line; none where nothing is."""
    shown = {*grid.differing(table), *(place for place, name in enumerate(table.columns) if name in grid.QUIET)}
    rest = [place for place in range(len(table.columns)) if place not in shown and table.rows]
    told = [f"{table.columns[place]} {readable(table.rows[0][place])}" for place in rest]
    return [printable(f"In every row: {', '.join(told)}.")] if told else []


def _cells(table: Table, places: Sequence[int], escape: Callable[[str], str]) -> list[list[str]]:
    return [[escape(readable(row[place])) for place in places] for row in table.rows]


def _lines(table: Table, places: Sequence[int]) -> str:
    """A table for terminals."""
    if not table.rows:
        return "none"
    headings = [printable(table.columns[place]) for place in places]
    return grid.grid(headings, _cells(table, places, printable), _numbers(table, places))


def _pipes(table: Table) -> str:
    """A table for markdown."""
    if not table.rows:
        return "none"
    places = grid.known(table)
    headings = [_inline(table.columns[place]) for place in places]
    return grid.pipes(headings, _cells(table, places, _inline), _numbers(table, places))


def _numbers(table: Table, places: Sequence[int]) -> list[bool]:
    return [_numeric([row[place] for row in table.rows]) for place in places]


def _numeric(column: list[Any]) -> bool:
    known = [value for value in column if value is not None]
    return bool(known) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)


def _spreadsheet(value: Any) -> Any:
    """A cell that a spreadsheet takes for text where it is text: a leading =, +, - or @ would be a formula."""
    plainly = exact(value)
    if isinstance(plainly, str) and plainly[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{plainly}"
    return json.dumps(plainly) if isinstance(plainly, dict | list) else plainly
