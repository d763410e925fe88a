"""Shapes of benchmark tools of other languages: C++, Java, Go, Rust, JavaScript, Ruby, and lists of one's own."""

from math import fsum
from typing import Any

from pytest_ipfs_bench.migration.samples.draw import (
    OFFSET,
    Draw,
    Several,
    digits,
    measured,
    outcome,
    real,
    text,
    whole,
)
from pytest_ipfs_bench.migration.samples.shapes import Shape, as_text

TOKEN = digits(5)
NS = real(100, 90_000, 3)


def google_benchmark(draw: Draw) -> Any:
    """A benchmark of Google's library in ns: two repetitions, and their mean, which is no result beside them."""
    name = f"BM_{TOKEN(draw)}"
    row = {"run_name": name, "repetitions": 2, "threads": 1, "real_time": NS, "cpu_time": NS, "time_unit": "ns"}
    repetition = measured({"name": name, "run_type": "iteration", "iterations": whole(100, 9999), **row})
    mean = {"name": f"{name}_mean", "run_type": "aggregate", "aggregate_name": "mean", "iterations": 2, **row}
    return [repetition, repetition, mean]


def jmh(draw: Draw) -> Any:
    """A benchmark of JMH: average time in µs per call."""
    raw = [draw.real(1, 90) for _ in range(3)]
    return measured({
        "jmhVersion": "1.37",
        "benchmark": f"org.example.Bench.run{TOKEN(draw)}",
        "mode": "avgt",
        "threads": 1,
        "forks": 1,
        "warmupIterations": 1,
        "measurementIterations": 3,
        "primaryMetric": {"score": fsum(raw) / 3, "scoreError": 0.1, "scoreUnit": "us/op", "rawData": [raw]},
        "secondaryMetrics": {},
    })  # fmt: skip


SHAPES = (
    Shape(
        name="google_benchmark",
        content=lambda draw: {
            "context": {"date": OFFSET, "num_cpus": 8, "mhz_per_cpu": 4200, "library_build_type": "release"},
            "benchmarks": [row for _ in range(draw.whole(1, 3)) for row in google_benchmark(draw)],
        },
    ),
    Shape(name="jmh", content=[Several(1, 3, jmh)], timed=False),
    Shape(
        name="go_test",
        ending=".txt",
        write=as_text,
        content=[
            "goos: linux",
            "goarch: amd64",
            text("pkg: example.com/{}", TOKEN),
            Several(1, 4, measured(text("BenchmarkFib{}-8   \t{}\t{} ns/op", whole(1, 999), whole(1000, 90_000), NS))),
            "PASS",
            text("ok  \texample.com/bench\t{}s", real(1, 9, 3)),
        ],
        timed=False,
    ),
    Shape(
        name="cargo_bench",
        ending=".txt",
        write=as_text,
        content=[
            "",
            "running 3 tests",
            outcome(text("test tests::check_{} ... ok", TOKEN)),
            measured(text("test tests::bench_{} ... bench: {:>11,} ns/iter (+/- {})", TOKEN, whole(100, 90_000), whole(1, 99))),
            measured(text("test tests::bench_{} ... bench: {:>11,} ns/iter (+/- {})", TOKEN, whole(100, 90_000), whole(1, 99))),
            "",
            "test result: ok. 1 passed; 0 failed; 0 ignored; 2 measured; 0 filtered out; finished in 0.11s",
        ],
        timed=False,
    ),
    Shape(
        name="benchmark_js",
        ending=".txt",
        write=as_text,
        content=[Several(1, 4, measured(
            text("fib({}) x {:,} ops/sec ±0.74% (93 runs sampled)", whole(1, 999), whole(1, 10**6)),
        ))],
        timed=False,
    ),
    Shape(
        name="ruby_benchmark",
        ending=".txt",
        write=as_text,
        content=[
            "             user     system      total        real",
            measured(text("for:      0.950000   0.000000   0.950000 (  {:.6f})", real(0.5, 5))),
            measured(text("times:    0.980000   0.000000   0.980000 (  {:.6f})", real(0.5, 5))),
        ],
        timed=False,
    ),
    Shape(
        name="github_action_custom",
        content=[Several(1, 4, measured({"name": text("bench {}", TOKEN), "unit": "ns", "value": NS, "range": 0.5}))],
        timed=False,
    ),
)  # fmt: skip
