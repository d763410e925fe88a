"""Templates as files: our own JSON, the legacy project's JSON, and the template tables of its databases. Nothing is run here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.templates import legacy
from pytest_ipfs_bench.templates.database import Version
from pytest_ipfs_bench.templates.template import Template, read

FORMAT = "pytest-ipfs-bench templates"
MOST_BYTES = 50_000_000
TEXTS = ("text", "template", "content", "template_content", "template_text", "source")
NAMES = ("name", "template_name", "model_type", "model_id", "model_name")
DATES = ("created_at", "updated_at", "last_updated")
ABOUT = ("kind", "model", "family", "modality", "hardware", "description")
SHOWN = 80


@dataclass(frozen=True)
class Found:
    """An entry of a file: a template, or why it is none; who saved it where it comes from, and why, if the file says so."""

    name: str
    template: Template | None
    problem: str | None = None
    author: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class Place:
    """What is known of names here: legacy templates are named after families, modalities and hardware."""

    families: frozenset[str]
    modalities: frozenset[str]
    hardware: frozenset[str]


def dump(versions: Sequence[Version]) -> str:
    """Versions as JSON, each template's oldest first: the same versions give the same bytes."""
    ordered = sorted(
        versions, key=lambda one: (one.template.name, one.template.number or 0, one.template.created_at or "")
    )
    rows = [
        {
            "name": one.template.name,
            "version": one.template.number,
            "text": one.template.text,
            "sha256": one.sha256,
            "author": one.author,
            "message": one.message,
            "created_at": one.template.created_at,
        }
        for one in ordered
    ]
    return json.dumps({"format": FORMAT, "templates": rows}, ensure_ascii=False, indent=1) + "\n"


def load(path: Path, place: Place) -> list[Found]:
    """Every entry of a file: our own in its order, others by their dates. Raises BenchError where it is none of templates."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BenchError(f"{path}: it has more than {MOST_BYTES // 1_000_000} MB: no file of templates has.")
        with path.open("rb") as file:
            head = file.read(12)
        rows = legacy.tables(path) if head[8:12] == b"DUCK" else _rows(path)
    except OSError as error:
        raise BenchError(f"{path}: it can't be read ({error.strerror or error}).") from error
    if not rows:
        raise BenchError(f"{path}: there are no templates in it.")
    return [_found(row, place) for row in sorted(rows, key=_age)]


def _rows(path: Path) -> list[Mapping[str, Any]]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BenchError(f"{path}: it is no JSON ({str(error)[:SHOWN]}).") from error
    if isinstance(document, dict) and isinstance(document.get("templates"), list | dict):
        document = document["templates"]
    if isinstance(document, list):
        return [_row(f"entry {number}", row) for number, row in enumerate(document, 1)]
    if isinstance(document, dict):
        return [{"name": name, **_row(name, row, legacy=True)} for name, row in document.items()]
    raise BenchError(f"{path}: it is no JSON of templates: names and texts, or a list of them.")


def _row(name: str, row: Any, **more: Any) -> Mapping[str, Any]:
    """An entry as a mapping; a bare text in a mapping of names is the legacy project's."""
    return row if isinstance(row, dict) else {"name": name, "text": row, **more}


def _found(row: Mapping[str, Any], place: Place) -> Found:
    name, text = _first(row, NAMES), _first(row, TEXTS)
    shown = str(name)[:SHOWN]
    if not isinstance(name, str) or not isinstance(text, str):
        return Found(shown, None, f"{shown!r}: it is no template: a name and a text are wanted")
    told = {key: value for key in ABOUT if isinstance(value := row.get(key), str)}
    if row.get("legacy"):
        told = {**legacy.about(name, row, place.families, place.modalities, place.hardware), **told}
        text = legacy.text(text)
    try:
        author, message = (one if isinstance(one := row.get(key), str) else None for key in ("author", "message"))
        return Found(shown, read(name, text, told), None, author, message)
    except BenchError as error:
        return Found(shown, None, str(error).splitlines()[0])


def _age(row: Mapping[str, Any]) -> str:
    """What says which of two entries is older; nothing where they stand in order of their versions."""
    return "" if "version" in row else str(_first(row, DATES) or "")


def _first(row: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((row[key] for key in keys if row.get(key) is not None), None)
