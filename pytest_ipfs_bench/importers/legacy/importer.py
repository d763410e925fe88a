"""The importer of the legacy project's results: JSON documents, lines of JSON, and CSV tables."""

from collections.abc import Iterator
from typing import Any

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.legacy import documents
from pytest_ipfs_bench.importers.legacy.context import Context
from pytest_ipfs_bench.importers.legacy.walk import Walk

DEEPEST = 60


class Legacy(Importer):
    """Whatever else nobody knows: by general rules on keys and values, never by a file's name."""

    name = "legacy"
    precedence = 99

    def recognises(self, document: Document) -> bool:
        """Any JSON object or list, any lines of JSON, any table."""
        return document.json is not None or document.lines is not None or document.table is not None

    def read(self, document: Document) -> list[Finding]:
        """Every result in it, in the order of the document."""
        reason = documents.never(document.json) if document.json is not None else None
        if reason is not None:
            raise NotResults(reason)
        parts = list(_parts(document))
        for value, place in parts if _may_be_deep(document.text or "") else ():
            if _is_deep(value):
                raise Rejected("the document is nested too deep", place)
        walk = Walk()
        if document.json is not None:
            walk.visit(document.json, Context(), "")
        else:
            walk.elements(parts, Context())
        if not walk.found:
            raise NotResults(_why_none(document, empty=not parts))
        return walk.found


def _parts(document: Document) -> Iterator[tuple[Any, str]]:
    """The document as a whole, or its lines, with their places."""
    if document.json is not None:
        yield document.json, ""
    elif document.lines is not None:
        yield from ((value, f"line {number}") for number, value in document.lines)
    elif document.table is not None:
        yield from ((row, f"line {number}") for number, row in document.table.rows)


def _why_none(document: Document, *, empty: bool) -> str:
    if document.json is not None:
        return documents.why_none(document.json)
    if document.table is None:
        return "lines of JSON without results that we know"
    if empty:
        return "a table without rows"
    return f"not a table of results that we know (columns: {', '.join(document.table.header[: documents.SHOWN])})"


def _may_be_deep(text: str) -> bool:
    return text.count("{") + text.count("[") >= DEEPEST


def _is_deep(value: Any) -> bool:
    """Whether objects and lists stand deeper in each other than any result does; without recursion."""
    level = [value]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for one in level:
            inner += one.values() if isinstance(one, dict) else one
        level = [one for one in inner if isinstance(one, dict | list)]
        if not level:
            return False
    return True


IMPORTERS = (Legacy(),)
