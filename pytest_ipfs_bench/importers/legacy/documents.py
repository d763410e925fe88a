"""Documents of the legacy project without results, known by their keys, each with its reason."""

from collections.abc import Iterable, Mapping
from typing import Any

from pytest_ipfs_bench.importers.legacy.words import is_description

Reasons = Iterable[tuple[frozenset[str], str]]

# Not to be walked: what is in them looks like results and is none.
FOREIGN = ("schema", "schema_version")
NEVER = (
    (frozenset({"temperature_results", "system_prompt_results"}), "an exploration of an API: texts, and no result"),
    (frozenset({"platform_coverage", "total_models"}), "an inventory of sources: which tests cover which platform"),
    (frozenset({"files_analyzed"}), "an analysis of source files"),
    (frozenset({"files_fixed"}), "a report of changes to source files"),
)
NEVER_LISTS = (
    (frozenset({"exists", "requires_token"}), "an inventory of models on a hub: which of them can be had"),
    (frozenset({"original_file", "fixed_file"}), "a list of changed source files"),
)
# Asked where the walk found nothing.
KNOWN = (
    (frozenset({"hardware_results"}), "a summary of another file: means over its rows, no row of its own"),
    (frozenset({"performance_comparison"}), "a summary of another file: means over its rows, no row of its own"),
    (frozenset({"batch_sizes", "model_families"}), "a configuration of benchmarks: what to run, and no result"),
    (frozenset({"models", "available_hardware"}), "a configuration of a suite: what to run, and no result"),
    (frozenset({"browsers", "test_files"}), "a configuration of browsers"),
    (frozenset({"known_models"}), "an inventory of models"),
)  # fmt: skip
LONG, SHORT, SHOWN = 400, 40, 6


def never(document: Any) -> str | None:
    """Why a document is not to be looked into; None if it is."""
    if isinstance(document, list):
        first = document[0] if document and isinstance(document[0], dict) else {}
        return _first(NEVER_LISTS, first)
    for name in FOREIGN:
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
    about = {
        key: value for key, value in document.items() if isinstance(value, dict | list) and not is_description(key)
    }
    if about and _is_hollow(about):
        return f"nothing was recorded: {', '.join(map(_shown, list(about)[:SHOWN]))} hold no entries"
    keys = ", ".join(map(_shown, list(document)[:SHOWN]))
    return f"not a result file we know (top-level keys: {keys}{', ...' if len(document) > SHOWN else ''})"


def _first(reasons: Reasons, document: Mapping[str, Any]) -> str | None:
    return next((reason for keys, reason in reasons if keys <= document.keys()), None)


def _is_hollow(value: Any) -> bool:
    """Whether there is nothing in it but empty objects and lists."""
    if isinstance(value, dict):
        return all(map(_is_hollow, value.values()))
    return isinstance(value, list) and not value


def _shown(key: str) -> str:
    return repr(key[:SHORT])
