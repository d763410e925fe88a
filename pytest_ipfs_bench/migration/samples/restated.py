"""Files that state again what others state: copies, the same results in another form, collections, longer versions."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator

from pytest_ipfs_bench.migration.books import DUPLICATE, IMPORTED
from pytest_ipfs_bench.migration.samples.shapes import COUNTED, Sample, as_json

FOLDER = "restated"  # comes after the others in a tree: what is imported first is the original


def restated(samples: Iterable[Sample]) -> Iterator[Sample]:
    """Samples that repeat the results of these."""
    by_shape: dict[str, list[Sample]] = {}
    for sample in samples:
        by_shape.setdefault(sample.path.split("/")[1], []).append(sample)
    yield from (copy(some[0]) for some in by_shape.values() if some[0].status == IMPORTED)
    for name in ("bench_results", "skill_status", "direct_benchmark"):
        yield in_another_form(by_shape[name][1])
    yield with_carriage_returns(by_shape["csv_bench_error"][1])
    yield collection(by_shape["web_result"])
    yield suite(by_shape["functionality"][1], by_shape["bench_results"][2])
    yield longer(by_shape["perf_list"][1], by_shape["perf_list"][2])


def copy(sample: Sample) -> Sample:
    """The same bytes."""
    return _again(sample, "copies", sample.content)


def in_another_form(sample: Sample) -> Sample:
    """The same document without its indent, its keys in another order."""
    return _again(sample, "in_another_form", json.dumps(json.loads(sample.content), sort_keys=True).encode())


def with_carriage_returns(sample: Sample) -> Sample:
    """The same table with the line ends of another system."""
    return _again(sample, "with_carriage_returns", sample.content.replace(b"\n", b"\r\n"))


def collection(samples: list[Sample]) -> Sample:
    """One document with the results of several."""
    rows = [json.loads(sample.content) for sample in samples]
    content = as_json({"headless": True, "results": rows})
    return Sample(f"{FOLDER}/collections/all_models.json", content, DUPLICATE, Counter(duplicates=len(rows)))


def suite(functionality: Sample, benchmarks: Sample) -> Sample:
    """The document of a suite, with the documents of its parts in it."""
    content = as_json({
        "timestamp": "20250401_120000",
        "functionality_verification": {"cuda": json.loads(functionality.content)},
        "performance_benchmarks": {"embedding": json.loads(benchmarks.content)},
    })  # fmt: skip
    return Sample(
        f"{FOLDER}/suites/suite.json", content, DUPLICATE, Counter(duplicates=_results(functionality, benchmarks))
    )


def longer(sample: Sample, other: Sample) -> Sample:
    """A later version of a list: its rows, and a new one (one of another list, at twice its latency)."""
    rows, new = json.loads(sample.content), json.loads(other.content)[0]
    new["average_latency_ms"] *= 2
    counts = Counter(performance=1, duplicates=len(rows), untimed=1)
    return Sample(f"{FOLDER}/longer/perf_list.json", as_json([*rows, new]), IMPORTED, counts)


def _again(sample: Sample, how: str, content: bytes) -> Sample:
    _, place = sample.path.split("/", 1)
    return Sample(f"{FOLDER}/{how}/{place}", content, DUPLICATE, Counter(duplicates=_results(sample)))


def _results(*samples: Sample) -> int:
    return sum(sample.counts[name] for sample in samples for name in COUNTED)
