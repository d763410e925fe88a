"""A chart as PNG, SVG or a page; all from one Vega-Lite specification, by vl-convert, which asks no network."""

import functools
import json
from collections.abc import Callable, Mapping
from importlib import resources

from pytest_ipfs_bench.reports.charts.drawing import INK, Drawing, looks
from pytest_ipfs_bench.reports.page import hashed

WHITE = "#ffffff"
SHARP = 2  # pixels of a PNG for each of the chart's


def for_page(drawn: Drawing) -> str:
    """SVG without a heading, in the ink of the page around it."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(looks(drawn, "currentColor", None)))


def png(drawn: Drawing) -> bytes:
    """A picture on white."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(_headed(drawn), scale=SHARP))


def svg(drawn: Drawing) -> bytes:
    """A drawing on white."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(_headed(drawn))).encode()


def html(drawn: Drawing) -> bytes:
    """A page with the chart and what it takes to move in it: no network, no script but Vega's and ours."""
    from jinja2 import Environment
    from markupsafe import Markup

    library = _library()
    start = (resources.files(__package__) / "start.js").read_text(encoding="utf-8")
    template = (resources.files(__package__) / "chart.html").read_text(encoding="utf-8")
    told = {
        "heading": drawn.heading,
        "words": drawn.words,
        # No name in it can end the element: < stands for itself nowhere else in JSON than in strings.
        "spec": Markup(json.dumps(_headed(drawn), ensure_ascii=False).replace("<", "\\u003c")),  # noqa: S704
        "library": Markup(library),  # noqa: S704  vl-convert's
        "start": Markup(start),  # noqa: S704  our own file
        "hashes": " ".join(f"'{hashed(script)}'" for script in (library, start)),
    }
    return Environment(autoescape=True).from_string(template).render(told).encode()


@functools.cache
def _library() -> str:
    """Vega as one script: it takes vl-convert a second to make."""
    import vl_convert

    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")).replace("</script", "<\\/script")


def _headed(drawn: Drawing) -> dict[str, object]:
    spec = looks(drawn, INK, WHITE)
    heading = {"text": drawn.heading, "subtitle": list(drawn.about), "fontSize": 16, "anchor": "start", "offset": 14}
    return {**spec, "title": heading}


FORMS: Mapping[str, Callable[[Drawing], bytes]] = {f".{form.__name__}": form for form in (png, svg, html)}
