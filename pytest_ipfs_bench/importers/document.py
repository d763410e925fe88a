"""A file's content, decoded and parsed once, whoever asks: as text, JSON, lines of JSON, a table, XML."""

import csv
import gzip
import io
import json
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from pytest_ipfs_bench.importers.contract import Rejected

MAX_BYTES = 128_000_000
GZIP = b"\x1f\x8b"
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))  # fmt: skip
KINDS = {GZIP: "gzip data", b"PK\x03\x04": "a zip archive", b"\x89PNG": "a PNG picture", b"\x80\x04": "a Python pickle",
         b"\x80\x03": "a Python pickle", b"SQLite format 3": "a SQLite database", b"\x78\x9c": "zlib data",
         b"\x28\xb5\x2f\xfd": "zstd data", b"\x7fELF": "a program", b"%PDF": "a PDF",
         b"version https://git-lfs": "a pointer of git LFS, not the file itself (git lfs pull)"}  # fmt: skip
BINARY = 50  # of so many bytes one is NUL at most, in text
DELIMITERS = (",", "\t", ";")


@dataclass(frozen=True)
class Table:
    """A CSV file: its column names, and its rows with the numbers of their lines (the first row is line 2)."""

    header: tuple[str, ...]
    rows: list[tuple[int, dict[str, str]]]


@dataclass
class Document:
    """One file of a tree: `path` is relative to the tree and printable, `file` the real one, `raw` its bytes.

    The views below are None where the content is not of that kind; `trouble` says why it is no JSON. Formats that are
    read from the file itself (databases, Parquet) leave `raw` empty and look at `head`.
    """

    path: str
    file: Path
    head: bytes
    raw: bytes
    limit: int = MAX_BYTES
    trouble: str = ""

    @cached_property
    def kind(self) -> str:
        """`json` (one document), `lines` (of JSON), `file` (read from the file itself), else `text`."""
        if self.head and not self.raw:
            return "file"
        if self.json is not None:
            return "json"
        return "lines" if self.lines is not None else "text"

    @cached_property
    def text(self) -> str | None:
        """The content as text; None if it is binary. Raises Rejected for a broken encoding."""
        data = _unpacked(self.raw, self.limit) if self.raw.startswith(GZIP) else self.raw
        encoding = next((name for mark, name in BOMS if data.startswith(mark)), "utf-8")
        if encoding == "utf-8" and data[:4096].count(0) > len(data[:4096]) // BINARY:
            return None
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            if any(data.startswith(magic) for magic in KINDS):
                return None
            raise Rejected(f"the text is not valid {encoding.upper()}: {error.reason}", f"byte {error.start}") from None

    @cached_property
    def json(self) -> Any:
        """The content as one JSON document: an object or a list; None if it is none."""
        if self.text is None or self.text.lstrip()[:1] not in ("{", "["):
            return None
        try:
            return json.loads(self.text)
        except RecursionError:
            self.trouble = "it is nested too deep"
        except json.JSONDecodeError as error:
            self.trouble = f"not JSON: {error.msg}, line {error.lineno} column {error.colno} (char {error.pos})"
        except ValueError as error:  # int() has a limit of digits
            self.trouble = f"a number is out of range: {error}"
        return None

    @cached_property
    def lines(self) -> list[tuple[int, Any]] | None:
        """The content as lines of JSON, each an object, with the numbers of their lines; None if it is none."""
        if self.text is None or self.json is not None or not self.text.lstrip().startswith("{"):
            return None
        found = []
        for number, line in enumerate(self.text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                found.append((number, json.loads(line)))
            except (ValueError, RecursionError) as error:
                if len(found) > 0:
                    self.trouble = f"line {number} is not JSON: {error}"
                return None
        return found if all(isinstance(value, dict) for _, value in found) else None

    @cached_property
    def table(self) -> Table | None:
        """The content as a CSV table with a header; None if it is none. Raises Rejected for a broken one."""
        if self.text is None or self.text.lstrip()[:1] in ("", "{", "[", "<"):
            return None
        first = self.text.split("\n", 1)[0]
        delimiter = max(DELIMITERS, key=first.count)
        if delimiter not in first:
            return None
        csv.field_size_limit(self.limit)
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=delimiter, strict=True)
        try:
            header = tuple(name.strip() for name in next(reader))
            named = header if header[0] else header[1:]  # pandas writes its index first, without a name
            if not named or not all(name and name[0].isidentifier() for name in named):
                return None
            rows = [(reader.line_num, values) for values in reader if values]
        except csv.Error as error:
            raise Rejected(f"not CSV: {error}", f"line {reader.line_num}") from None
        return Table(header, [(line, _row(header, values, line)) for line, values in rows])

    @cached_property
    def xml(self) -> ET.Element | None:
        """The content as XML; None if it is none. Raises Rejected for a broken one, or one with entities of its own."""
        if self.text is None or not self.text.lstrip().startswith(("<?xml", "<testsuite", "<test-", "<plist")):
            return None
        if "<!ENTITY" in self.text:
            raise Rejected("XML with entities of its own is not read")
        try:
            return ET.fromstring(self.text.lstrip().encode())  # noqa: S314  no entities, see above
        except (ET.ParseError, LookupError, ValueError) as error:
            raise Rejected(f"not XML: {error}") from None

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys at the top of a JSON object; empty for anything else."""
        return frozenset(self.json) if isinstance(self.json, dict) else frozenset()

    @cached_property
    def first(self) -> frozenset[str]:
        """The keys of the first object: of a list or of lines of JSON, or of the object itself; empty without one."""
        if isinstance(self.json, dict):
            return self.keys
        found = self.json or [value for _, value in (self.lines or [])[:1]]
        return frozenset(found[0]) if found and isinstance(found[0], dict) else frozenset()

    def describe(self) -> str:
        """What this looks like, for a reason."""
        kind = next((name for magic, name in KINDS.items() if self.raw.startswith(magic)), "")
        if kind or self.text is None:
            return kind or "binary data"
        return "text" if self.text.strip() else "empty"


def _unpacked(data: bytes, limit: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            found = file.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Rejected(f"broken gzip data: {error}") from None
    if len(found) > limit:
        raise Rejected(f"too large: unpacked it has more than {limit // 1_000_000} MB")
    return found


def _row(header: tuple[str, ...], values: list[str], line: int) -> dict[str, str]:
    if len(values) != len(header):
        raise Rejected(f"the row has {len(values)} fields, the header {len(header)}", f"line {line}")
    if len(set(header)) != len(header):
        raise Rejected(f"two columns are called {next(name for name in header if header.count(name) > 1)!r}", "line 1")
    return dict(zip(header, values, strict=True))
