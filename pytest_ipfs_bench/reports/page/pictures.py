"""Charts inside a page: SVG as markup that shares its names with no other, and tells what it shows."""

import re

from pytest_ipfs_bench.reports.table import Picture
from pytest_ipfs_bench.reports.words import printable

REFERENCE = re.compile(r"url\(#([^)]+)\)")


def placed(picture: Picture, name: str) -> str:
    """An SVG for a page: its ids (of clip paths, gradients) begin with a name of its own; one image to a screen reader."""
    from xml.etree import ElementTree as ET

    root = ET.fromstring(picture.svg)  # noqa: S314  drawn by our own charts
    for element in root.iter():
        element.tag = _local(element.tag)  # HTML knows SVG without namespaces
        element.attrib = {_local(key): _renamed(_local(key), value, name) for key, value in element.attrib.items()}
    if "viewBox" not in root.attrib and {"width", "height"} <= root.attrib.keys():
        root.set("viewBox", f"0 0 {root.get('width')} {root.get('height')}")
    root.set("role", "img")
    root.set("aria-label", printable(picture.words))
    return ET.tostring(root, encoding="unicode")


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _renamed(key: str, value: str, name: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    if key == "href" and value.startswith("#"):
        return f"#{name}-{value[1:]}"
    return REFERENCE.sub(rf"url(#{name}-\1)", value)
