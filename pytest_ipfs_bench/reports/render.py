"""A document as text, markdown, HTML, JSON or CSV. Whatever a database holds is escaped: it may be somebody else's."""

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from pytest_ipfs_bench.reports import columns
from pytest_ipfs_bench.reports.page import html
from pytest_ipfs_bench.reports.table import Document, Table
from pytest_ipfs_bench.reports.words import exact, is_numeric, legends, printable, readable, signed, title

# An underscore inside a word is none; brackets are none without what follows them; # is one before a number.
MARKUP = re.compile(r"[|`*~]|(?<![^\W_])_|_(?![^\W_])")
REFERENCE = re.compile(r"(?<!&)#(?=\d)")


def text(document: Document) -> str:
    """For terminals."""
    parts = [f"{document.kind}: {printable(document.database)}"]
    parts += [
        "\n".join([table.title, *_common(table), _lines(table, columns.differing(table))]) for table in document.tables
    ]
    return "\n\n".join(parts + [printable(note) for note in document.notes]) + "\n"


def markdown(document: Document) -> str:
    """For pull requests and documents."""
    parts = [f"# {title(document)}", f"Database: {_inline(document.database)}"]
    parts += [f"## {_inline(table.title)}\n\n{_pipes(signed(table))}" for table in document.tables]
    notes = [_inline(note) for note in [*legends(document), *document.notes]]
    return "\n\n".join(parts + notes) + "\n"


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
    names = list(dict.fromkeys(column for table in document.tables for column in table.columns))
    rows = []
    for table in document.tables:
        for row in table.rows:
            known = dict(zip(table.columns, row, strict=True))
            rows.append((table.title, *(known.get(name) for name in names)))
    return Table(document.kind, ("table", *names), rows)


RENDERERS: dict[str, Callable[[Document], str]] = {
    "text": text,
    "markdown": markdown,
    "html": html,
    "json": as_json,
    "csv": as_csv,
}


def _inline(words: str) -> str:
    """Text that is text in markdown: no markup, no mention of anybody, no reference, whoever chose the name."""
    plain = printable(words).replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")
    escaped = MARKUP.sub(r"\\\g<0>", REFERENCE.sub("&#35;", plain))
    return re.sub(r"[\[\]]", r"\\\g<0>", escaped) if "](" in escaped or "]:" in escaped else escaped


def _common(table: Table) -> list[str]:
    """What is the same in every row, in one line; none where nothing is."""
    shown = {*columns.differing(table), *(place for place, name in enumerate(table.columns) if name in columns.QUIET)}
    rest = [place for place in range(len(table.columns)) if place not in shown and table.rows]
    told = [f"{table.columns[place]} {readable(table.rows[0][place])}" for place in rest]
    return [printable(f"In every row: {', '.join(told)}.")] if told else []


def _lines(table: Table, places: Sequence[int]) -> str:
    """A table for terminals."""
    return _grid(table, places, "simple", printable)


def _pipes(table: Table) -> str:
    """A table for markdown."""
    return _grid(table, columns.known(table), "pipe", _inline)


def _grid(table: Table, places: Sequence[int], style: str, escape: Callable[[str], str]) -> str:
    from tabulate import tabulate

    if not table.rows:
        return "none"
    return tabulate(
        [[escape(readable(row[place])) for place in places] for row in table.rows],
        headers=[escape(table.columns[place]) for place in places],
        tablefmt=style,
        disable_numparse=True,
        colalign=["right" if is_numeric([row[place] for row in table.rows]) else "left" for place in places],
    )


def _spreadsheet(value: Any) -> Any:
    """A cell that a spreadsheet takes for text where it is text: a leading =, +, - or @ would be a formula."""
    plainly = exact(value)
    if isinstance(plainly, str) and plainly[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{plainly}"
    return json.dumps(plainly) if isinstance(plainly, dict | list) else plainly
