"""A document as text, markdown, JSON or CSV. Whatever a database holds is escaped: it may be somebody else's."""

import csv
import io
import json
import math
import re
import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from pytest_ipfs_bench.encoding import plain
from pytest_ipfs_bench.reports.table import Document, Table

UNKNOWN = "-"
LONGEST = 160
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def text(document: Document) -> str:
    """For terminals."""
    parts = [f"{document.kind}: {printable(document.database)}"]
    parts += [f"{table.title}\n{_grid(table, 'simple', printable)}" for table in document.tables]
    return "\n\n".join(parts + [printable(note) for note in document.notes]) + "\n"


def markdown(document: Document) -> str:
    """For pull requests and documents."""
    parts = [f"# {document.kind.capitalize()}", f"Database: {_inline(document.database)}"]
    parts += [f"## {table.title}\n\n{_grid(table, 'pipe', _inline)}" for table in document.tables]
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
    several = len(document.tables) > 1
    columns = list(dict.fromkeys(column for table in document.tables for column in table.columns))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((["table"] if several else []) + columns)
    for table in document.tables:
        for row in table.rows:
            values = dict(zip(table.columns, row, strict=True))
            cells = ["" if values.get(column) is None else _spreadsheet(values[column]) for column in columns]
            writer.writerow(([table.title] if several else []) + cells)
    return out.getvalue()


RENDERERS: dict[str, Callable[[Document], str]] = {"text": text, "markdown": markdown, "json": as_json, "csv": as_csv}


def readable(value: Any) -> str:
    """A value for a person: four significant digits, times to the second, a dash for the unknown."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return UNKNOWN
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"  # noqa: PLR2004
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    words = " ".join(str(value).split("\n"))
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
    columns = [[row[place] for row in table.rows] for place in range(len(table.columns))]
    return tabulate(
        [[escape(readable(value)) for value in row] for row in table.rows],
        headers=[escape(column) for column in table.columns],
        tablefmt=style,
        disable_numparse=True,
        colalign=["right" if _numeric(column) else "left" for column in columns],
    )


def _numeric(column: list[Any]) -> bool:
    known = [value for value in column if value is not None]
    return bool(known) and all(isinstance(value, int | float) for value in known)


def _spreadsheet(value: Any) -> Any:
    """A cell that a spreadsheet takes for text where it is text: a leading =, +, - or @ would be a formula."""
    plainly = exact(value)
    if isinstance(plainly, str) and plainly[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{plainly}"
    return json.dumps(plainly) if isinstance(plainly, dict | list) else plainly
