"""How large the HTML page of 100,000 results is, and how soon a person can use it in Chromium.

    python benchmarks/run.py page

It needs Chromium. Every cell differs, and every number of it is random: nothing of that can be packed away.
"""

import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MODELS, HARDWARE, PRECISIONS, BATCHES = 500, 20, 2, 5
RESULTS = MODELS * HARDWARE * PRECISIONS * BATCHES
SAMPLE = "model-377"


def page(folder: Path, rounds: int) -> Iterator[str]:
    """The page of every number of 100,000 results: made, its size, and opened until a filter answers a key."""
    from pytest_ipfs_bench import reports

    database = filled(folder / "many.duckdb")
    start = time.perf_counter()
    made = reports.document(database, "performance")
    asked = time.perf_counter()
    file = folder / "report.html"
    reports.save(file, reports.RENDERERS["html"](made))
    rendered = time.perf_counter()
    yield f"| a page of {len(made.tables[0].rows):,} results: the database asked | {asked - start:.1f} s |"
    yield f"| the page made | {rendered - asked:.1f} s |"
    yield f"| its size | {file.stat().st_size / 1e6:.2f} MB |"
    yield from opened(file, rounds)


def opened(file: Path, rounds: int) -> Iterator[str]:
    """From the start of the navigation, in the page's own clock, to tables that can be sorted, and to filtered rows."""
    from hardware_backends.browser import binaries
    from hardware_backends.browser.devtools import Browser

    browser = Browser(binaries.find("chromium"), headed=False)
    try:
        found = [looked(browser, file) for _ in range(rounds)]
    finally:
        browser.close()
    for name in found[0]:
        times = [one[name] for one in found]
        yield f"| {name} | {statistics.median(times):.0f} ms ({min(times):.0f} to {max(times):.0f}) |"


def looked(browser: Any, file: Path) -> dict[str, float]:
    """The moments of one visit, in ms."""
    seen = browser.page(file.as_uri(), 60.0)
    try:
        found: dict[str, float] = seen.evaluate(VISIT, SAMPLE)
        return found
    finally:
        seen.close()


def filled(database: Path) -> Path:
    """A database of measured cells, each another one."""
    from pytest_ipfs_bench import records
    from pytest_ipfs_bench.store.opening import opened as made

    random.seed(1)
    with made(database) as con:
        con.execute(
            "INSERT INTO test_runs (run_id, started_at, success) VALUES (uuidv7(), TIMESTAMP '2026-01-01', true)"
        )
        for n in range(MODELS):
            one = records.model(f"organisation/model-{n}-base-uncased")
            con.execute("INSERT INTO models (model_id, model_name) VALUES (?, ?)", [one.model_id, one.model_name])
        for n in range(HARDWARE):
            place = records.hardware(("cpu", "cuda", "rocm", "openvino")[n % 4], device_name=f"Device {n} of the lab")
            con.execute(
                "INSERT INTO hardware_platforms (hardware_id, hardware_type, device_name) VALUES (?, ?, ?)",
                [place.hardware_id, place.hardware_type, place.device_name],
            )
        con.execute("SELECT setseed(0.5)")
        con.execute(CELLS, {"precisions": ["fp32", "fp16"][:PRECISIONS], "batches": [1, 2, 4, 8, 16][:BATCHES]})
    return database


CELLS = """
INSERT INTO performance_results (result_id, run_id, model_id, hardware_id, test_case, mode, runtime, precision, batch_size,
    weights, rounds, params, provenance, is_simulated, created_at, latency_p50_ms, average_latency_ms, latency_std_ms,
    latency_min_ms, latency_p95_ms, latency_p99_ms, throughput_items_per_second, first_latency_ms, load_time_ms, memory_peak_mb,
    device_memory_peak_mb, max_abs_error, threads)
SELECT uuidv7(), run_id, model_id, hardware_id, 'cell', 'inference', 'onnxruntime', p.precision,
    b.batch, 'random', (random() * 1000)::INT, {'shape': {'sequence_length': 128}, 'size': 'tiny'}, 'measured', false,
    TIMESTAMP '2026-01-01' + to_seconds(random() * 1e7), exp(random() * 9), exp(random() * 9), exp(random() * 5),
    exp(random() * 9), exp(random() * 9), exp(random() * 9), exp(random() * 9), exp(random() * 9), exp(random() * 9),
    exp(random() * 9), exp(random() * 9), exp(-random() * 20), 8
FROM test_runs, models, hardware_platforms, (SELECT unnest($precisions) AS precision) p, (SELECT unnest($batches) AS batch) b
"""
# A key's way: the event, the filter, and a frame that shows its rows.
VISIT = """
async word => {
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  const box = () => document.querySelector('input[type=search]:not([disabled])');
  while (!box() || box().offsetParent === null) await frame();
  const found = {'from navigation to a filter that takes keys': performance.now()};
  const type = async value => { box().value = value; box().dispatchEvent(new InputEvent('input', {bubbles: true})); };
  const shown = () => [...document.querySelectorAll('tbody tr')];
  let start = performance.now();
  await type(word);
  while (!shown().length || !shown().every(row => row.innerText.includes(word))) await frame();
  found['from navigation to filtered rows'] = performance.now();
  found['of it: the first key'] = performance.now() - start;
  start = performance.now();
  await type(word + '-base');
  await frame();
  found['a further key'] = performance.now() - start;
  await type('');
  await frame();
  start = performance.now();
  document.querySelectorAll('th button')[12].click();
  await frame();
  found['a sort by a number'] = performance.now() - start;
  start = performance.now();
  document.querySelectorAll('th button')[0].click();
  await frame();
  found['a sort by text'] = performance.now() - start;
  return found;
}
"""
