"""What a test says of its own cells, by its marker:

    @pytest.mark.bench_cells("inference", models=["bert"], hardware=["cpu", "cuda"], shapes={"sequence_length": [128]})

Its models are what the test is about. All else is a default: what a session asks for (by its command line, environment, ini
or suite) takes its place.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench import settings
from pytest_ipfs_bench.cell import INFERENCE
from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.planning import KINDS, Choice
from pytest_ipfs_bench.suites.keys import AXES, TOP, Keys

if TYPE_CHECKING:
    import pytest

    from pytest_ipfs_bench.bench import Bench

MARKER = "bench_cells"
ABOUT, SHAPES = "about", "shapes"
# As those of a suite file: what each is called inside, and what its value has to be.
KEYWORDS: Keys = {
    "models": (ABOUT, TOP["models"][1]),
    "hardware": TOP["hardware"],
    "sizes": TOP["sizes"],
    "runtimes": TOP["runtime"],
    "precisions": TOP["precisions"],
    "batch_sizes": TOP["batch_sizes"],
}
LENGTHS: Keys = {"sequence_length": TOP["sequence_lengths"], **{axis: TOP[key] for axis, key in AXES.items()}}


@dataclass(frozen=True)
class Marked:
    """Kinds of cells, and what a test says of them: values by the dest of an option, by axis, and `about`, its models.

    places: where it says each of them, for errors.
    """

    kinds: tuple[str, ...]
    said: Mapping[str, Any]
    places: Mapping[str, str]

    @property
    def own(self) -> bool:
        """Whether it says more than kinds."""
        return bool(self.said)

    def within(self, option: Callable[[str], Any], suite: Mapping[str, Any]) -> Choice:
        """The cells of the test in a session, of which these are the options by their short names, and its suite."""
        quiet = {name for name in self.said if name not in {ABOUT, *AXES} and not settings.given(option(name))}
        more = {
            **suite,
            ABOUT: self.said.get(ABOUT, ()),
            SHAPES: {axis: self.said[axis] for axis in AXES if axis in self.said} | suite.get(SHAPES, {}),
            "places": {name: self.places[name] for name in self.said if name in {ABOUT, *quiet}}
            | suite.get("places", {}),
        }
        return settings.choice_of(lambda name: self.said[name] if name in quiet else option(name), more)


def of_test(markers: "Iterable[pytest.Mark]", test: str, bench: "Bench") -> Marked:
    """What the markers of a test say, the closest first: of each keyword the closest counts, and of kinds.

    Raises BenchError for what is wrong with it whatever a session asks for, naming the test, the keyword and what is legal.
    """
    marked = read(markers, test)
    for kind in marked.kinds if marked.own else ():
        bench.planned(kind, marked.within(lambda _: None, {}))
    return marked


def read(markers: "Iterable[pytest.Mark]", test: str) -> Marked:
    """The same, its names of models, hardware and runtimes not yet looked up."""
    found, where = list(markers), f"{test}: {MARKER}"
    kinds = next((marker.args for marker in found if marker.args), (INFERENCE,))
    for kind in kinds:
        if kind not in KINDS:
            raise unknown(where, "kind of cells", str(kind), KINDS)
    told = {keyword: value for marker in reversed(found) for keyword, value in marker.kwargs.items()}
    shapes = told.pop(SHAPES, {})
    if not isinstance(shapes, Mapping):
        raise BenchError(f"{where}: {SHAPES}: {shapes!r} is no dict of lists of lengths by axis.")
    said = {
        **_checked(where, "keyword", told, KEYWORDS, (SHAPES,)),
        **_checked(f"{where}: {SHAPES}", "axis", shapes, LENGTHS),
    }
    return Marked(
        kinds, {name: value for name, (value, _) in said.items()}, {name: at for name, (_, at) in said.items()}
    )


def _checked(
    where: str, kind: str, told: Mapping[str, Any], keys: Keys, others: Iterable[str] = ()
) -> dict[str, tuple[Any, str]]:
    """What each is called inside, with its value and its place."""
    found = {}
    for key, value in told.items():
        if key not in keys:
            raise unknown(where, kind, str(key), [*keys, *others])
        inside, check = keys[key]
        try:
            found[inside] = check(list(value) if isinstance(value, tuple) else value), f"{where}: {key}"
        except ValueError as error:
            said = f"{where}: {key}: {error}"
            raise BenchError(said if said.endswith(("?", ".")) else f"{said}.") from error
    return found
