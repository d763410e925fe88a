"""Documents of the legacy project without results, known by their keys, each with its reason."""

from collections.abc import Iterable, Mapping
from typing import Any

from pytest_ipfs_bench.importers.legacy.keys import NOTES, is_description

Reasons = Iterable[tuple[frozenset[str], str]]

# Not to be walked: what is in them looks like results and is none.
SCHEMAS = ("schema", "schema_version")
NEVER: Reasons = (
    (frozenset({"temperature_results", "system_prompt_results"}), "an exploration of an API: texts, and no result"),
    (frozenset({"platform_coverage", "total_models"}), "an inventory of sources: which tests cover which platform"),
    (frozenset({"files_analyzed"}), "an analysis of source files"),
    (frozenset({"files_fixed"}), "a report of changes to source files"),
)
NEVER_LISTS: Reasons = (
    (frozenset({"exists", "requires_token"}), "an inventory of models on a hub: which of them can be had"),
    (frozenset({"original_file", "fixed_file"}), "a list of changed source files"),
)
# Asked where the walk found nothing.
KNOWN: Reasons = (
    (frozenset({"performance_comparison"}), "a summary of another file: means over its rows, no row of its own"),
    (frozenset({"batch_sizes", "model_families"}), "a configuration of benchmarks: what to run, and no result"),
    (frozenset({"models", "available_hardware"}), "a configuration of a suite: what to run, and no result"),
    (frozenset({"browsers", "test_files"}), "a configuration of browsers"),
    (frozenset({"known_models"}), "an inventory of models"),
)
LONG, SHORT, SHOWN = 400, 40, 6


def never(document: Any) -> str | None:
    """Why a document is not to be looked into; None if it is."""
    if isinstance(document, list):
        first = document[0] if document and isinstance(document[0], dict) else {}
        return _first(NEVER_LISTS, first)
    for name in SCHEMAS:
        schema = document.get(name)
        if isinstance(schema, str) and ("/" in schema or "@" in schema):
            return f"a document of another program ({name}: {schema[:80]})"
    return _first(NEVER, document)


def why_none(document: Any) -> str:
    """Why a document that was looked into holds no result."""
    if not document:
        return "an empty object" if isinstance(document, dict) else "an empty list"
    if isinstance(document, list):
        return "not a result file we know (a list without results)"
    known = _first(KNOWN, document)
    if known:
        return known
    if all(isinstance(value, str) and len(value) > LONG and "\n" in value for value in document.values()):
        return "templates: source texts of generators"
    parts = {key: value for key, value in document.items() if isinstance(value, dict | list) and not _is_about(key)}
    hollow = [key for key, value in parts.items() if _is_hollow(value)]
    if hollow and all(key in hollow or _is_words(value) for key, value in parts.items()):
        return f"nothing was recorded: no entry in {', '.join(map(_shown, hollow[:SHOWN]))}"
    keys = ", ".join(map(_shown, list(document)[:SHOWN]))
    return f"not a result file we know (top-level keys: {keys}{', ...' if len(document) > SHOWN else ''})"


def _first(reasons: Reasons, document: Mapping[str, Any]) -> str | None:
    return next((reason for some, reason in reasons if some <= document.keys()), None)


def _is_about(key: str) -> bool:
    return is_description(key) or key in NOTES


def _is_hollow(value: Any) -> bool:
    """Whether there is nothing in it but empty objects and lists."""
    return all(map(_is_hollow, value.values())) if isinstance(value, dict) else value == []


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(one, dict | list) for one in value)


def _shown(key: str) -> str:
    return repr(key[:SHORT])
