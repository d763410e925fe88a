"""A document as text, markdown, HTML, JSON or CSV. Whatever a database holds is escaped: it may be somebody else's."""

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

from pytest_ipfs_bench.reports.page import html
from pytest_ipfs_bench.reports.table import Document, Table
from pytest_ipfs_bench.reports.words import (
    exact,
    is_numeric,
    legends,
    printable,
    readable,
    signed,
    title,
    worth_showing,
)


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


RENDERERS: dict[str, Callable[[Document], str]] = {
    "text": text,
    "markdown": markdown,
    "html": html,
    "json": as_json,
    "csv": as_csv,
}


def _inline(words: str) -> str:
    escaped = printable(words).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return re.sub(r"([`*_\[\]])", r"\\\1", escaped) if "`" in escaped or "](" in escaped else escaped


def _grid(table: Table, style: str, escape: Callable[[str], str]) -> str:
    from tabulate import tabulate

    if not table.rows:
        return "none"
    places = worth_showing(table)
    numeric = [is_numeric([row[place] for row in table.rows]) for place in places]
    return tabulate(
        [[escape(readable(row[place])) for place in places] for row in table.rows],
        headers=[escape(table.columns[place]) for place in places],
        tablefmt=style,
        disable_numparse=True,
        colalign=["right" if one else "left" for one in numeric],
    )


def _spreadsheet(value: Any) -> Any:
    """A cell that a spreadsheet takes for text where it is text: a leading =, +, - or @ would be a formula."""
    plainly = exact(value)
    if isinstance(plainly, str) and plainly[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{plainly}"
    return json.dumps(plainly) if isinstance(plainly, dict | list) else plainly
