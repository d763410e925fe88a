"""Shapes of tools for Python and the shell: pytest and its plugins, JUnit XML, hyperfine, pyperf, asv."""

from math import fsum
from typing import Any

from pytest_ipfs_bench.migration.samples.draw import (
    OFFSET,
    SECONDS,
    SPACED,
    Draw,
    Drawn,
    Several,
    Template,
    digits,
    epoch,
    measured,
    outcome,
    real,
    text,
    whole,
)
from pytest_ipfs_bench.migration.samples.shapes import Shape, as_csv, as_lines, as_text

TOKEN = digits(5)
COMMIT = digits(40)
NODE = text("tests/test_{}.py::test_{}", TOKEN, TOKEN)


def pytest_benchmark(draw: Draw) -> Any:
    """One benchmark of pytest-benchmark, in seconds, with its raw data."""
    data = [draw.real(0.001, 0.004) for _ in range(draw.whole(5, 12))]
    mean, name = fsum(data) / len(data), f"test_{TOKEN(draw)}"
    stats = {"min": min(data), "max": max(data), "mean": mean, "rounds": len(data), "total": fsum(data), "data": data}
    return measured({
        "group": None,
        "name": name,
        "fullname": f"tests/test_speed.py::{name}",
        "params": None,
        "extra_info": {},
        "stats": {**stats, "ops": 1 / mean, "iterations": 1},
    })  # fmt: skip


def case(row: str, **attributes: Template) -> Drawn:
    """A test case of JUnit XML, with what stands inside."""
    start = text('<testcase classname="tests.test_{}" name="test_{}" time="{}">', TOKEN, TOKEN, real(0.01, 9, 3))
    return outcome(text(f"{{}}{row}</testcase>", start, *attributes.values()))


def phases(nodeid: str, outcomes: dict[str, str]) -> list[Template]:
    """A test's reports in pytest-reportlog, one for each phase."""
    return [
        {"nodeid": nodeid, "outcome": result, "when": when, "duration": SECONDS, "stop": epoch, "longrepr": None,
         "$report_type": "TestReport"}
        for when, result in outcomes.items()
    ]  # fmt: skip


def reportlog(draw: Draw) -> Any:
    """A session of pytest-reportlog: tests that pass, and one that is skipped in its setup."""
    passed = {"setup": "passed", "call": "passed", "teardown": "passed"}
    lines: list[Template] = [{"pytest_version": "9.0.0", "$report_type": "SessionStart"}]
    for _ in range(draw.whole(1, 3)):
        setup, call, teardown = phases(f"test_a.py::test_{TOKEN(draw)}", passed)
        lines += [setup, outcome(call), teardown]
    skipped, teardown = phases(f"test_a.py::test_{TOKEN(draw)}", {"setup": "skipped", "teardown": "passed"})
    why = {"longrepr": ["test_a.py", 3, "Skipped: no cuda"]}
    return [*lines, outcome({**skipped, **why}), teardown, {"exitstatus": 0, "$report_type": "SessionFinish"}]


def json_test(result: str, phase: dict[str, Template]) -> Drawn:
    """A test in pytest-json-report."""
    done = {"duration": SECONDS, "outcome": "passed"}
    return outcome(
        {"nodeid": NODE, "lineno": whole(1, 99), "outcome": result, "setup": done, "call": phase, "teardown": done}
    )


def pyperf_run(draw: Draw) -> Any:
    """One process of pyperf: its values, in seconds."""
    return {
        "metadata": {"date": SPACED, "duration": SECONDS},
        "values": [draw.real(1e-5, 4e-5, 12) for _ in range(3)],
        "warmups": [[1, SECONDS]],
    }


SHAPES = (
    Shape(
        name="pytest_benchmark",
        stem=text("0001_{}", COMMIT),
        content={
            "machine_info": {"node": "lab", "system": "Linux", "cpu": {"brand_raw": "Example CPU", "count": 8}},
            "commit_info": {"id": COMMIT, "dirty": False, "branch": "main"},
            "benchmarks": [Several(1, 4, pytest_benchmark)],
            "datetime": OFFSET,
            "version": "5.2.3",
        },
    ),
    Shape(
        name="junit_xml",
        ending=".xml",
        write=as_text,
        content=[
            '<?xml version="1.0" encoding="utf-8"?>',
            text('<testsuites><testsuite name="pytest" hostname="lab" timestamp="{}">', OFFSET),
            Several(1, 4, case("")),
            case('<skipped type="pytest.skip" message="no cuda">test_a.py:3: no cuda</skipped>'),
            case('<failure message="AssertionError: {}">assert {}</failure>', message=whole(1, 9), body=whole(1, 9)),
            "</testsuite></testsuites>",
        ],
    ),
    Shape(
        name="pytest_json_report",
        stem="report",
        content={
            "created": epoch,
            "duration": SECONDS,
            "exitcode": 1,
            "root": "/project",
            "environment": {"Python": "3.11.7"},
            "summary": {"passed": 1, "failed": 1, "total": 2},
            "tests": [
                Several(1, 4, json_test("passed", {"duration": SECONDS, "outcome": "passed"})),
                json_test("failed", {"duration": SECONDS, "outcome": "failed", "crash": {"message": "assert 0"}}),
            ],
        },
    ),
    Shape(name="pytest_reportlog", stem="log", ending=".jsonl", write=as_lines, content=reportlog),
    Shape(
        name="hyperfine",
        content={"results": [Several(1, 3, measured({
            "command": text("./bench --size {}", whole(1, 9999)),
            "mean": SECONDS,
            "stddev": real(0.0001, 0.001),
            "median": SECONDS,
            "user": SECONDS,
            "system": SECONDS,
            "min": SECONDS,
            "max": SECONDS,
            "times": [SECONDS, SECONDS, SECONDS],
            "exit_codes": [0, 0, 0],
        }))]},
        timed=False,
    ),
    Shape(
        name="hyperfine_csv",
        ending=".csv",
        write=as_csv,
        content=[Several(1, 4, measured({
            "command": text("./bench --size {}", whole(1, 9999)),
            **dict.fromkeys(("mean", "stddev", "median", "user", "system", "min", "max"), SECONDS),
        }))],
        timed=False,
    ),
    Shape(
        name="pyperf",
        content={
            "benchmarks": [Several(1, 3, measured({
                "metadata": {"name": text("bench_{}", TOKEN)},
                "runs": [
                    {"metadata": {"date": SPACED, "calibrate_loops": 1}, "warmups": [[1, SECONDS]]},
                    pyperf_run,
                    pyperf_run,
                ],
            }))],
            "metadata": {"cpu_model_name": "Example CPU", "cpu_count": 8, "loops": 1, "unit": "second"},
            "version": "1.0",
        },
    ),
    Shape(
        name="asv",
        stem=text("{}-virtualenv-py3.11", digits(8)),
        content={
            "commit_hash": COMMIT,
            "env_name": "virtualenv-py3.11",
            "date": 1707691590000,
            "params": {"arch": "x86_64", "cpu": "Example CPU", "machine": "lab", "num_cpu": "8", "os": "Linux", "ram": "1"},
            "python": "3.11",
            "requirements": {},
            "env_vars": {},
            "result_columns": ["result", "params", "version", "started_at", "duration"],
            "results": {
                "suite.time_add": [[measured(SECONDS)], [], digits(64), epoch, SECONDS],
                "suite.time_sizes": [[measured(SECONDS), measured(SECONDS)], [["10", "100"]], digits(64), epoch, SECONDS],
                "suite.time_broken": [[outcome(None)], [], digits(64), epoch, SECONDS],
            },
            "durations": {},
            "version": 2,
        },
    ),
)  # fmt: skip
