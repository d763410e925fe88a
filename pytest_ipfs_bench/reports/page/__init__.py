"""A report as one HTML page that needs nothing else: its tables sort and filter by our one script, and no other runs.

Whatever a database holds is text. Without the script the page is readable: the first rows of each table stand in it. With
it, all rows: they are packed into the page (`packing`) and shown a part at a time.
"""

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import Any

from pytest_ipfs_bench.reports.page.packing import Sheet, sheet
from pytest_ipfs_bench.reports.page.pictures import placed
from pytest_ipfs_bench.reports.table import Document
from pytest_ipfs_bench.reports.words import legend, printable, spared, title

SHOWN = 100  # rows of a table that are in the page as HTML, and that the script shows at a time


def html(document: Document) -> str:
    """The page."""
    from jinja2 import Environment
    from markupsafe import Markup

    style, script = _part("page.css"), _part("page.js")
    made = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(_part("page.html"))
    sheets = [sheet(table) for table in document.tables]
    told: dict[str, Any] = {
        "title": title(document),
        "database": printable(document.database),
        "matrices": _numbered("matrix", [one for one in sheets if one.signs]),
        "pictures": [
            (printable(one.title), [printable(line) for line in one.about], Markup(placed(one, f"picture{place}")))  # noqa: S704  drawn by our own charts
            for place, one in enumerate(document.pictures)
        ],
        "tables": _numbered("table", [one for one in sheets if not one.signs]),
        "legend": [(sign, word) for word, sign in legend(document).items()],
        "notes": [printable(note) for note in [*spared(document), *document.notes]],
        "style": Markup(style),  # noqa: S704  our own file
        "script": Markup(script),  # noqa: S704  our own file
        "style_hash": hashed(style),
        "script_hash": hashed(script),
        "shown": SHOWN,
    }
    return made.render(told) + "\n"


def _numbered(name: str, sheets: Sequence[Sheet]) -> list[tuple[str, Sheet]]:
    return [(f"{name}{place}", one) for place, one in enumerate(sheets)]


def _part(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def hashed(content: str) -> str:
    """As a Content-Security-Policy names what may run."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
