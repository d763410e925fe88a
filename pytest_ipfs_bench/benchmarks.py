"""A user's benchmark, as pytest-benchmark measured it -> a performance record, nothing rounded, nothing left out."""

import time
from typing import Any

from pytest_ipfs_bench import stats
from pytest_ipfs_bench.records import Performance, new_id, utc

FIXTURE_MODULE = "pytest_benchmark.fixture"


def is_fixture(value: object) -> bool:
    """Whether this is pytest-benchmark's own fixture, and not something else that is called `benchmark`."""
    return type(value).__module__ == FIXTURE_MODULE


def record(fixture: Any, run_id: str, hardware_id: str, samples: int | None) -> Performance | None:
    """The record of a benchmark; None if it took no timings (disabled, never called, or its function raised)."""
    if not fixture.stats or fixture.has_error:
        return None
    told = fixture.stats.as_dict(include_data=False)
    theirs, data = told.pop("stats"), fixture.stats.stats.data
    iterations = theirs.get("iterations")
    ordered = [seconds * 1e3 for seconds in fixture.stats.stats.sorted_data]
    return Performance(
        result_id=new_id(),
        run_id=run_id,
        hardware_id=hardware_id,
        device_index=0,
        test_case=told["fullname"],
        mode="benchmark",
        rounds=theirs["rounds"],
        iterations=iterations,
        total_time_seconds=theirs["total"] * iterations if iterations else None,
        average_latency_ms=theirs["mean"] * 1e3,
        latency_min_ms=theirs["min"] * 1e3,
        latency_p10_ms=stats.percentile(ordered, 10),
        latency_p50_ms=theirs["median"] * 1e3,
        latency_p90_ms=stats.percentile(ordered, 90),
        latency_p95_ms=stats.percentile(ordered, 95),
        latency_p99_ms=stats.percentile(ordered, 99),
        latency_max_ms=theirs["max"] * 1e3,
        latency_std_ms=theirs["stddev"] * 1e3 if theirs["rounds"] > 1 else None,
        samples_ms=stats.keep([seconds * 1e3 for seconds in data], samples),
        throughput_items_per_second=theirs["ops"] or None,
        params=told.pop("params"),
        metrics={
            "pytest_benchmark": {"stats": theirs, **{name: value for name, value in told.items() if name != "fullname"}}
        },
        created_at=utc(time.time()),
    )
