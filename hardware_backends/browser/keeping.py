"""What a cell that failed leaves for a person: one page with the error, the adapter and what the page said."""

import contextlib
import hashlib
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytest_ipfs_bench.backend import Options
from pytest_ipfs_bench.cell import Cell

STYLE = (
    "body{font:15px/1.5 system-ui;margin:2em auto;max-width:70em;padding:0 1em}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere}"
)
LONGEST = 150  # of a file's name


@contextlib.contextmanager
def failures(cell: Cell, options: Options, facts: dict[str, Any], console: list[str]) -> Iterator[None]:
    """Writes the page if what happens inside fails, and notes in the error where it lies. facts, console: filled meanwhile."""
    try:
        yield
    except Exception as error:
        kept = _keep(cell, options, error, facts, console)
        if kept is not None:
            error.add_note(f"What the page left: {kept}")
        raise


def _keep(cell: Cell, options: Options, error: Exception, facts: dict[str, Any], console: list[str]) -> Path | None:
    if options.pages is None:
        return None
    name = re.sub(r"[^\w.,=+-]+", "_", cell.id, flags=re.ASCII)
    if len(name) > LONGEST:  # what is cut off would be what tells two cells apart
        name = f"{name[:LONGEST]}-{hashlib.sha256(cell.id.encode()).hexdigest()[:8]}"
    path = Path(options.pages) / f"{name}.html"
    try:
        path.write_text(_page(cell, error, facts, console), encoding="utf-8", errors="backslashreplace")
    except OSError:  # the cell's own failure is what counts
        return None
    return path


def _page(cell: Cell, error: Exception, facts: dict[str, Any], console: list[str]) -> str:
    """The page. All of it is text: what a model or a browser says is no markup."""
    parts = {
        "Error": f"{type(error).__name__}: {error}\n{getattr(error, 'stack', '')}",
        "Browser and adapter": json.dumps(facts, indent=2, default=str),
        "Console": "\n".join(console) or "(nothing)",
        "Cell": json.dumps(cell.as_dict(), indent=2),
    }
    body = "".join(f"<h2>{title}</h2><pre>{html.escape(text)}</pre>" for title, text in parts.items())
    head = f"<!doctype html><meta charset=utf-8><title>{html.escape(cell.id)}</title><style>{STYLE}</style>"
    return f"{head}<h1>{html.escape(cell.id)}</h1>{body}\n"
