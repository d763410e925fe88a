"""A traceback that pytest took apart for a report -> the text that it would have printed."""

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_ipfs_bench.importers.findings import mapping
from pytest_ipfs_bench.importers.values import text


def printed(longrepr: Mapping[str, Any]) -> str:
    """The text of a serialised `longrepr`: every exception of the chain with its source lines; empty if it has none."""
    links = _list(longrepr.get("chain")) or [[longrepr.get("reprtraceback")]]
    parts = [part for link in links for part in _link(_list(link))]
    parts += [f"{name}\n{content}" for name, content, *_ in _sections(longrepr.get("sections"))]
    return "\n\n".join(parts)


def _link(link: list[Any]) -> Iterator[str]:
    """One exception, and the sentence that leads to the next."""
    traceback = mapping(link[0]) if link else {}
    for entry in _list(traceback.get("reprentries")):
        if isinstance(entry, dict):
            yield from filter(None, [_entry(mapping(entry.get("data")))])
    yield from filter(None, [text(traceback.get("extraline")), text(link[2]) if len(link) > 2 else None])  # noqa: PLR2004


def _entry(data: Mapping[str, Any]) -> str:
    """One call: its arguments, source lines, local variables, and where it stands."""
    place = mapping(data.get("reprfileloc"))
    arguments = [
        f"{pair[0]} = {pair[1]}" for pair in _list(mapping(data.get("reprfuncargs")).get("args")) if _is_pair(pair)
    ]
    message = str(place.get("message")).split("\n", 1)[0]
    parts = [
        ", ".join(arguments),
        "\n".join(map(str, _list(data.get("lines")))),
        "\n".join(map(str, _list(mapping(data.get("reprlocals")).get("lines")))),
        f"{place.get('path')}:{place.get('lineno')}: {message}" if place else "",
    ]
    return "\n\n".join(filter(None, parts))


def _sections(sections: Any) -> list[list[Any]]:
    return [section for section in _list(sections) if _is_pair(section)]


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
