"""What a report costs on a large database, and against the JSON files that its rows came from.

    python benchmarks/run.py report-time report-json

`report-time`: every kind on a million measurements and 100,000 tries, in seconds beyond the same on an empty database.
`report-json`: the same question asked of JSON files (json and pandas) and of the database that they were stored in.
"""

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import migration

ROWS, TRIES, MODELS, DEVICES, RUNS = 1_000_000, 100_000, 200, 20, 1_000
FILES = (1_000, 10_000)
ROWS_OF_A_FILE = 3
DAY = datetime(2025, 1, 1, tzinfo=UTC)


def report_time(folder: Path, rounds: int) -> Iterator[str]:
    """Each kind as JSON, in turn on an empty database and on a full one; medians."""
    from pytest_ipfs_bench import reports
    from pytest_ipfs_bench.store.opening import opened

    empty, full = folder / "empty.duckdb", folder / "full.duckdb"
    with opened(empty):
        pass
    fill(full)
    yield f"| {ROWS} measurements, {TRIES} tries, {MODELS} models, {DEVICES} devices | {full.stat().st_size / 1e6:.0f} MB |"
    for kind in reports.KINDS:
        pairs = [(seconds(empty, kind), seconds(full, kind)) for _ in range(min(rounds, 3))]
        beyond = statistics.median(full for _, full in pairs) - statistics.median(empty for empty, _ in pairs)
        yield f"| {kind}: beyond the empty database | {beyond:.2f} s |"


def seconds(database: Path, kind: str) -> float:
    """Wall time of one report, made and rendered."""
    from pytest_ipfs_bench import reports

    start = time.perf_counter()
    reports.make(database, kind, "json")
    return time.perf_counter() - start


def fill(database: Path) -> None:
    """A database of a lab's years: 20,000 cells of models on devices, each measured 50 times, with all that a row may have."""
    from pytest_ipfs_bench import records
    from pytest_ipfs_bench.store.opening import opened

    kinds = ("cpu", "cuda", "rocm", "openvino", "webgpu")
    with opened(database) as con:
        for number in range(MODELS):
            model = records.model(f"model-{number}", model_family=f"family-{number % 20}")
            con.execute("INSERT INTO models (model_id, model_name, model_family) VALUES (?, ?, ?)",
                        [model.model_id, model.model_name, model.model_family])  # fmt: skip
        for number in range(DEVICES):
            device = records.hardware(kinds[number % 5], device_name=f"device {number}")
            con.execute("INSERT INTO hardware_platforms (hardware_id, hardware_type, device_name) VALUES (?, ?, ?)",
                        [device.hardware_id, device.hardware_type, device.device_name])  # fmt: skip
        for rows, statement in FILL:
            con.execute(statement, {"rows": rows} if rows else None)
        con.execute("CHECKPOINT")


# How many rows of which, where the statement asks for it.
FILL = (
    (
        None,
        """
    INSERT INTO test_runs (run_id, started_at, completed_at, success, git_commit, git_branch)
    SELECT uuidv7(), TIMESTAMP '2026-01-01' + to_minutes(i * 300), TIMESTAMP '2026-01-01' + to_minutes(i * 300 + 5), true,
        md5(i::VARCHAR), 'main'
    FROM range(1000) t(i)
        """,
    ),
    (
        ROWS,
        """
    INSERT INTO performance_results (result_id, run_id, model_id, hardware_id, test_case, mode, runtime, runtime_version,
        precision, batch_size, sequence_length, weights, rounds, first_latency_ms, load_time_ms, average_latency_ms,
        latency_min_ms, latency_p50_ms, latency_p95_ms, latency_std_ms, samples_ms, throughput_items_per_second,
        memory_peak_mb, energy_joules, params, provenance, is_simulated, created_at)
    SELECT uuidv7(), r.run_id, m.model_id, h.hardware_id, 'cell-' || (i % 4000),
        ['inference', 'inference', 'prefill', 'decode', 'training'][(i % 200) // 40 + 1], 'onnxruntime', '1.22',
        ['fp32', 'fp16'][i % 2 + 1], [1, 2, 4, 8, 16][(i // 4000) % 5 + 1], 128, 'random', 50, 2 * p50, 100, 1.02 * p50,
        0.9 * p50, p50, 1.1 * p50, 0.05 * p50, [p50, 0.9 * p50, 1.1 * p50], 1000 / p50, 500, p50 / 100,
        '{"shape": {"sequence_length": 128}, "size": "tiny"}', 'measured', false, TIMESTAMP '2026-01-01' + to_seconds(i * 20)
    FROM (SELECT i, 5 + (hash(i) % 1000) / 100.0 AS p50 FROM range($rows) t(i))
    JOIN (SELECT run_id, row_number() OVER (ORDER BY started_at) - 1 AS place FROM test_runs) r ON r.place = i // 1000
    JOIN (SELECT model_id, row_number() OVER () - 1 AS place FROM models) m ON m.place = i % 200
    JOIN (SELECT hardware_id, row_number() OVER () - 1 AS place FROM hardware_platforms) h ON h.place = (i // 200) % 20
    ORDER BY i
        """,
    ),
    (
        TRIES,
        """
    INSERT INTO hardware_compatibility (compatibility_id, run_id, model_id, hardware_id, mode, runtime, precision, batch_size,
        status, error_type, error_message, provenance, is_simulated, created_at)
    SELECT uuidv7(), r.run_id, m.model_id, h.hardware_id, 'inference', 'onnxruntime', ['fp32', 'fp16'][i % 2 + 1],
        [1, 2, 4, 8, 16][(i // 4000) % 5 + 1], status, CASE WHEN status <> 'compatible' THEN 'operator' END,
        CASE WHEN status <> 'compatible' THEN 'operator X is not there' END, 'measured', false,
        TIMESTAMP '2026-01-01' + to_seconds(i * 200)
    FROM (SELECT i, ['compatible', 'incompatible', 'crashed', 'unavailable'][(i // 7) % 4 + 1] AS status FROM range($rows) t(i))
    JOIN (SELECT run_id, row_number() OVER (ORDER BY started_at) - 1 AS place FROM test_runs) r ON r.place = i // 100
    JOIN (SELECT model_id, row_number() OVER () - 1 AS place FROM models) m ON m.place = i % 200
    JOIN (SELECT hardware_id, row_number() OVER () - 1 AS place FROM hardware_platforms) h ON h.place = (i // 200) % 20
    ORDER BY i
        """,
    ),
    (
        None,
        """
    INSERT INTO training_results (result_id, optimizer, forward_ms, loss_first, loss_last, strategy, world_size,
        scaling_efficiency)
    SELECT result_id, 'adamw', latency_p50_ms / 3, 4, 3, 'ddp', 2, 0.9
    FROM performance_results WHERE mode = 'training'
        """,
    ),
    (
        None,
        """
    INSERT INTO power_metrics (result_id, average_power_w, source)
    SELECT result_id, 100, 'nvml' FROM performance_results
        """,
    ),
    (
        None,
        """
    INSERT INTO web_platform_results (result_id, platform, browser, browser_version)
    SELECT result_id, 'webgpu', 'Chromium', '140'
    FROM performance_results JOIN hardware_platforms USING (hardware_id) WHERE hardware_type = 'webgpu'
        """,
    ),
    (
        ROWS,
        """
    INSERT INTO integration_test_results (test_result_id, run_id, test_module, node_id, status, execution_time_seconds,
        created_at)
    SELECT uuidv7(), r.run_id, 'tests/test_' || (i % 50) || '.py', 'tests/test_' || (i % 50) || '.py::test_' || (i % 1000),
        CASE WHEN i % 997 = 0 THEN 'fail' ELSE 'pass' END, 0.01, TIMESTAMP '2026-01-01' + to_seconds(i * 20)
    FROM range($rows) t(i)
    JOIN (SELECT run_id, row_number() OVER (ORDER BY started_at) - 1 AS place FROM test_runs) r ON r.place = i // 1000
    ORDER BY i
        """,
    ),
)


def report_json(folder: Path, rounds: int) -> Iterator[str]:
    """Each question asked of files, as a script asks it, and of the database that has their rows; the same answers."""
    for count in FILES:
        tree, database = folder / f"json-{count}", folder / f"{count}.duckdb"
        write_files(tree, count)
        migration.migrate(tree, database)
        for question, (ask_frame, sql) in QUESTIONS.items():
            for line in beside(tree, ask_frame, database, sql, min(rounds, 5)):
                yield f"| {question}, {count} files of {ROWS_OF_A_FILE} results, {line} |"


def beside(tree: Path, ask_frame: Callable[[Any], Any], database: Path, sql: str, rounds: int) -> Iterator[str]:
    """One question asked both ways, in pairs: with warm and with cold caches, and of a database that is open already."""
    from pytest_ipfs_bench.store.read import reading

    assert ask_files(tree, ask_frame) == ask_database(database, sql), "files and database have to say the same"
    for state, dropped in (("warm", []), ("cold", [tree, database])):
        pairs = [
            (timed(lambda: ask_files(tree, ask_frame), dropped), timed(lambda: ask_database(database, sql), dropped))
            for _ in range(rounds)
        ]
        files, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
        yield f"{state} | {files:.3f} s / {ours:.4f} s = {files / ours:.0f} x"
        if state == "warm":
            with reading(database) as con:
                ours = statistics.median(timed(lambda: rounded(con.execute(sql).fetchall()), []) for _ in range(rounds))
            yield f"warm, database open | {files:.3f} s / {ours:.4f} s = {files / ours:.0f} x"


def write_files(tree: Path, count: int) -> None:
    """Files as a suite of scripts leaves them, in folders of a thousand; the clock and the numbers go on from file to file."""
    for number in range(count):
        place = tree / f"{number // 1000:03d}"
        place.mkdir(parents=True, exist_ok=True)
        rows = [
            migration.row(number, batch)
            | {
                "average_latency_ms": batch * (3 + number * 7919 % 997 / 1000),
                "timestamp": (DAY + timedelta(minutes=number)).isoformat(),
            }
            for batch in range(1, ROWS_OF_A_FILE + 1)
        ]
        (place / f"result_{number}.json").write_text(json.dumps(rows, indent=1))


def ask_files(tree: Path, ask: Callable[[Any], Any]) -> list[tuple[Any, ...]]:
    """What a script does: read every file, make a frame of all rows, ask it."""
    import pandas as pd

    rows = [row for file in tree.rglob("*.json") for row in json.loads(file.read_bytes())]
    return rounded(ask(pd.DataFrame(rows)).itertuples(index=False, name=None))


def ask_database(database: Path, sql: str) -> list[tuple[Any, ...]]:
    """Opens the database, asks, closes it: what each report and `ipfs-bench query` do."""
    from pytest_ipfs_bench.store.read import reading

    with reading(database) as con:
        return rounded(con.execute(sql).fetchall())


def rounded(rows: Any) -> list[tuple[Any, ...]]:
    """Rows that can be compared: sorted, means to nine digits."""
    return sorted(tuple(f"{value:.9g}" if isinstance(value, float) else str(value) for value in row) for row in rows)


CELL = ["model_name", "hardware_type", "precision", "batch_size"]
QUESTIONS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "the newest latency of each cell": (
        lambda frame: frame.sort_values("timestamp").groupby(CELL).tail(1)[[*CELL, "average_latency_ms"]],
        """
        SELECT model_name, hardware_type, precision, batch_size, arg_max(average_latency_ms, p.created_at)
        FROM performance_results p JOIN models USING (model_id) JOIN hardware_platforms USING (hardware_id) GROUP BY ALL
        """,
    ),
    "count, least and mean latency of each model": (
        lambda frame: frame.groupby("model_name").average_latency_ms.agg(["count", "min", "mean"]).reset_index(),
        """
        SELECT model_name, count(*), min(average_latency_ms), avg(average_latency_ms)
        FROM performance_results JOIN models USING (model_id) GROUP BY ALL
        """,
    ),
}


def timed(way: Callable[[], Any], cold: Sequence[Path]) -> float:
    """Wall time; what lies in these places is first dropped from the operating system's cache."""
    for place in cold:
        for file in [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]:
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    start = time.perf_counter()
    way()
    return time.perf_counter() - start
