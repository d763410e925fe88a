"""A document as text, markdown, HTML, JSON or CSV. Whatever a database holds is escaped: it may be somebody else's."""

import csv
import io
import json
import math
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from importlib import resources
from typing import Any

from pytest_ipfs_bench.encoding import plain
from pytest_ipfs_bench.reports.table import Document, Table

UNKNOWN = "—"
LONGEST = 160
QUIET = frozenset({"options"})  # columns that people are spared where nothing is known in them
# As Python tells of source that it can't parse: the place, the line quoted, the error; a cell has room for place and error.
UNPARSED = re.compile(r'\s*File "([^"\n]+)", line (\d+)\n.*\n(\w*Error: [^\n]+)\s*', re.DOTALL)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def text(document: Document) -> str:
    """For terminals."""
    parts = [f"{document.kind}: {printable(document.database)}"]
    parts += [f"{table.title}\n{_grid(table, 'simple', printable)}" for table in document.tables]
    return "\n\n".join(parts + [printable(note) for note in document.notes]) + "\n"


def markdown(document: Document) -> str:
    """For pull requests and documents."""
    parts = [f"# {title(document)}", f"Database: {_inline(document.database)}"]
    parts += [f"## {_inline(table.title)}\n\n{_grid(signed(table), 'pipe', _inline)}" for table in document.tables]
    parts += legends(document)
    return "\n\n".join(parts + [_inline(note) for note in document.notes]) + "\n"


def as_json(document: Document) -> str:
    """For programs: numbers unrounded, unknown is null."""
    told = {
        "report": document.kind,
        "database": document.database,
        "tables": {table.title: objects(table) for table in document.tables},
        "notes": document.notes,
    }
    return json.dumps(told, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def objects(table: Table) -> list[dict[str, Any]]:
    """Rows as JSON objects."""
    return [dict(zip(table.columns, map(exact, row), strict=True)) for row in table.rows]


def table_json(table: Table) -> str:
    """One table as a JSON array."""
    return json.dumps(objects(table), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def table_text(table: Table) -> str:
    """One table for terminals, without a heading."""
    return _grid(table, "simple", printable) + "\n"


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
    """What the signs of a document mean."""
    found = {sign: word for table in document.tables for word, sign in table.symbols.items()}
    return [", ".join(f"{sign} {word}" for sign, word in found.items())] if found else []


def _shown(table: Table) -> dict[str, Any]:
    """A table for a template: text only, numbers marked as such."""
    places = _worth_showing(table)
    numeric = [_numeric([row[place] for row in table.rows]) for place in places]
    return {
        "title": printable(table.title),
        "columns": list(zip([printable(table.columns[place]) for place in places], numeric, strict=True)),
        "rows": [
            list(zip([printable(readable(row[place])) for place in places], numeric, strict=True)) for row in table.rows
        ],
    }


def _worth_showing(table: Table) -> list[int]:
    return [
        place
        for place, column in enumerate(table.columns)
        if column not in QUIET or any(row[place] is not None for row in table.rows)
    ]


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
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"  # noqa: PLR2004
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    words = " ".join(UNPARSED.sub(r"\3 (\1, line \2)", str(value), count=1).split("\n"))
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def exact(value: Any) -> Any:
    """A value for a program, as JSON can hold it."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else plain(value)


def printable(words: str) -> str:
    """Text that can't steer a terminal: control characters are shown as their escapes."""
    return CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), words)


def _inline(words: str) -> str:
    escaped = printable(words).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return re.sub(r"([`*_\[\]])", r"\\\1", escaped) if "`" in escaped or "](" in escaped else escaped


def _grid(table: Table, style: str, escape: Callable[[str], str]) -> str:
    from tabulate import tabulate

    if not table.rows:
        return "none"
    places = _worth_showing(table)
    numeric = [_numeric([row[place] for row in table.rows]) for place in places]
    return tabulate(
        [[escape(readable(row[place])) for place in places] for row in table.rows],
        headers=[escape(table.columns[place]) for place in places],
        tablefmt=style,
        disable_numparse=True,
        colalign=["right" if one else "left" for one in numeric],
    )


def _numeric(column: list[Any]) -> bool:
    known = [value for value in column if value is not None]
    return bool(known) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)


def _spreadsheet(value: Any) -> Any:
    """A cell that a spreadsheet takes for text where it is text: a leading =, +, - or @ would be a formula."""
    plainly = exact(value)
    if isinstance(plainly, str) and plainly[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{plainly}"
    return json.dumps(plainly) if isinstance(plainly, dict | list) else plainly
