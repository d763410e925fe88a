"""One file: its bytes, its hash, its importer, its findings."""

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.document import MAX_BYTES, Document
from pytest_ipfs_bench.migration.tree import Entry

HEAD = 4096
# Formats that are read from the file itself, whatever its size, by the bytes they begin with (at a place).
BY_FILE = ((8, b"DUCK"), (0, b"SQLite format 3"), (0, b"PAR1"))
PART = 1 << 20
BLANK = b" \t\r\n\xef\xbb\xbf"
LONGEST = 500

Formats = Mapping[str, Sequence[Importer]]


@dataclass(frozen=True, slots=True)
class Look:
    """A file's bytes and their SHA-256 (of a database only its head), or why there are none."""

    entry: Entry
    raw: bytes = b""
    head: bytes = b""
    sha256: str | None = None
    problem: str = ""
    fault: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file holds: its format and findings, or why there are none (`fault`: it should have had some)."""

    format: str | None
    findings: Sequence[Finding] = ()
    reason: str | None = None
    fault: bool = False


def look(entry: Entry, limit: int = MAX_BYTES) -> Look:
    """A file's bytes. Opened without following a link and without waiting."""
    if entry.problem:
        return Look(entry, problem=entry.problem, fault=entry.fault)
    try:
        handle = os.open(entry.file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            return _bytes(entry, handle, limit)
        finally:
            os.close(handle)
    except OSError as error:
        return Look(entry, problem=f"it can't be read: {error.strerror}", fault=True)
    except Rejected as error:
        return Look(entry, problem=str(error), fault=True)


def document(found: Look, limit: int = MAX_BYTES) -> Document:
    """The file as importers see it, its JSON parsed already."""
    made = Document(found.entry.path, Path(found.entry.file), found.head, found.raw, limit)
    with contextlib.suppress(Rejected):  # said again, to the reader
        made.json  # noqa: B018  so that its time is not counted to the first importer
    return made


def by_kind(importers: Sequence[Importer]) -> Formats:
    """Importers by the kind of content that they are asked about, in their order."""
    return {kind: [one for one in importers if kind in one.kinds] for kind in Importer.kinds}


def read(document: Document, formats: Formats) -> Reading:
    """What the first importer that knows this content finds in it."""
    form: str | None = None
    try:
        if not document.head.strip(BLANK) and not document.raw.strip(BLANK):
            raise Rejected("the file is empty")
        chosen = next((one for one in formats[document.kind] if one.recognises(document)), None)
        if chosen is None:
            return _unknown(document)
        form = chosen.name
        return Reading(form, tuple(chosen.read(document)))
    except Rejected as error:
        return Reading(form, reason=str(error), fault=True)
    except NotResults as error:
        return Reading(form, reason=str(error))
    except RecursionError:
        return Reading(form, reason="it is nested too deep", fault=True)
    except Exception as error:  # noqa: BLE001  an importer of anybody's, on content of anybody's: one file, not the run
        reason = f"the importer failed: {type(error).__name__}: {error}"
        return Reading(form, reason=reason[:LONGEST], fault=True)


def _unknown(document: Document) -> Reading:
    """A file that nobody knows: broken where its name or its first character promises JSON, else no result file."""
    promises = document.path.lower().endswith((".json", ".jsonl", ".ndjson", ".json.gz"))
    if document.trouble:
        return Reading(None, reason=document.trouble, fault=True)
    if promises and document.json is None:
        fault = _json_fault(document)
        return Reading(None, reason=fault or "it holds no result: a single value", fault=fault is not None)
    return Reading(None, reason=f"not a result file we know: {document.describe()}")


def _json_fault(document: Document) -> str | None:
    """Why a file that is called JSON is none; None for a lone number or text, which is JSON."""
    try:
        json.loads(document.text or "")
    except json.JSONDecodeError as error:
        return f"not JSON: {document.describe()}; {error.msg}, line {error.lineno} column {error.colno}"
    except ValueError as error:
        return f"not JSON: {error}"
    return None


def _bytes(entry: Entry, handle: int, limit: int) -> Look:
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        raise Rejected("it is no regular file")
    head = os.read(handle, HEAD)
    if any(head.startswith(magic, place) for place, magic in BY_FILE):
        return Look(entry, b"", head, _hash_file(handle, head))
    if found.st_size > limit:
        raise Rejected(f"too large: {found.st_size / 1e6:.0f} MB, the limit is {limit / 1e6:.0f} MB")
    raw = head if len(head) < HEAD else head + _rest(handle, limit)
    return Look(entry, raw, head, hashlib.sha256(raw).hexdigest())


def _rest(handle: int, limit: int) -> bytes:
    """What follows; a file that grows meanwhile ends at the limit."""
    parts, length = [], 0
    while length <= limit and (part := os.read(handle, PART)):
        parts.append(part)
        length += len(part)
    return b"".join(parts)


def _hash_file(handle: int, head: bytes) -> str:
    found = hashlib.sha256(head)
    while part := os.read(handle, PART):
        found.update(part)
    return found.hexdigest()
