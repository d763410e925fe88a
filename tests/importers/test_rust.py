"""`cargo bench`: libtest, Criterion, Iai, Gungraun."""

import json
import re
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers import rust
from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.records import Outcome, Performance

DATA = Path(__file__).parents[1] / "data" / "formats" / "cargo-bench"
SHARED = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = [
    *DATA.glob("*.txt"),
    *SHARED.glob("bencher-tool-output/rust/*/*.txt"),
    *SHARED.glob("github-action-benchmark-extract/cargo_output*.txt"),
    *SHARED.glob("github-action-benchmark-extract/criterion_output.txt"),
]
NOT_IMPORTED = {"gungraun_cut_off", "json_truncated_pretty_then_ndjson", "zero"}
(CARGO,) = rust.IMPORTERS


def document(text):
    raw = text.encode()
    return Document("bench.txt", Path("bench.txt"), raw[:4096], raw)


def read(text):
    found = document(text)
    assert CARGO.recognises(found)
    return list(CARGO.read(found))


def refused(text):
    with pytest.raises((Rejected, NotResults)) as error:
        read(text)
    return type(error.value), str(error.value)


# libtest


def test_a_figure_is_a_time_and_its_spread_stays_under_its_name():
    (result,) = read("running 1 test\ntest fib::bench_20 ... bench:      18,149.50 ns/iter (+/- 755) = 12 MB/s\n")
    assert result.kind is Performance
    assert result.place == "line 2"
    assert result.columns == {"test_case": "fib::bench_20", "mode": "benchmark", "average_latency_ms": 0.0181495}
    assert result.extra == {"ns/iter": 18149.5, "+/-": 755.0, "MB/s": 12.0}
    assert (result.time, result.hardware, result.model, result.simulated) == (None, None, None, None)


def test_outcomes_of_tests_beside_benchmarks():
    skipped, measured, failed, other = read((DATA / "failed.txt").read_text())
    assert skipped.columns == {
        "node_id": "tests::ignored", "test_module": "tests", "test_name": "ignored", "status": "skip",
    }  # fmt: skip
    assert (measured.kind, other.kind) == (Performance, Performance)
    assert failed.kind is Outcome
    assert failed.columns["status"] == "fail"
    assert failed.columns["error_message"].startswith("thread 'main' panicked at 'explicit panic', src/tests.rs:28:9")


def test_times_and_reasons_of_tests():
    passed, skipped = read(
        "test quick ... ok <0.123s>\ntest slow - should panic ... ignored, needs a network\n"
        "test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n"
    )
    assert passed.columns == {
        "node_id": "quick", "test_name": "quick", "status": "pass", "execution_time_seconds": 0.123,
    }  # fmt: skip
    assert skipped.columns["error_message"] == "needs a network"


def test_a_target_tells_equal_names_apart_and_repetitions_are_numbered():
    line = "test a ... bench:   135 ns/iter (+/- 24)\n"
    first, second, third = read(f"{line}     Running benches/two.rs (target/two-1a)\n{line}{line}")
    assert first.extra == {"ns/iter": 135.0, "+/-": 24.0}
    assert second.extra == {"ns/iter": 135.0, "+/-": 24.0, "target": "benches/two.rs (target/two-1a)"}
    assert [one.nth for one in (first, second, third)] == [0, 0, 1]


def test_it_is_asked_before_tables_are():
    """The first line looks like the header of a CSV file with two columns."""
    assert len(read("Gnuplot not found, using plotters backend\ntest a ... bench:   329 ns/iter (+/- 4)\n")) == 1
    assert CARGO.precedence < 0


def test_a_run_that_is_cut_off_is_rejected():
    text = "running 3 tests\ntest a ... bench:   135 ns/iter (+/- 24)\ntest b ... ok\n"
    assert refused(text) == (Rejected, "the run of 3 tests is cut off after 2 (line 1)")
    assert refused(f"{text}\nrunning 0 tests\n")[0] is Rejected
    assert len(read(f"{text}test c ... ok\n")) == 3


def test_a_line_that_is_cut_off_is_rejected():
    text = "test a ... bench:   135 ns/iter (+/- 24)\ntest b ... bench:   13\n"
    assert refused(text) == (Rejected, "the figures of 'b' can't be read: 'bench:   13' (line 2)")


def test_no_test_ran():
    text = "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n"
    assert refused(text) == (NotResults, "it ran no benchmark and no test")


# Criterion

CRITERION = """\
Benchmarking parse/long: Warming up for 3.0000 s
Benchmarking parse/long: Collecting 100 samples in estimated 5.0 s (1.2M iterations)
Benchmarking parse/long: Analyzing
parse/long              time:   [2.8617 µs 2.8728 µs 2.8850 µs]
                        thrpt:  [14.558 Melem/s 14.620 Melem/s 14.677 Melem/s]
                 change:
                        time:   [-2.0565% -0.2521% +1.6377%] (p = 0.79 > 0.05)
                        thrpt:  [-1.6113% +0.2527% +2.0997%]
                        No change in performance detected.
Found 8 outliers among 100 measurements (8.00%)
  6 (6.00%) high mild
  2 (2.00%) high severe
slope  [2.5094 ms 2.5553 ms] R^2            [0.8660614 0.8640630]

"""


def test_an_estimate_with_all_that_is_said_of_it():
    (result,) = read(CRITERION)
    assert result.columns == {
        "test_case": "parse/long",
        "mode": "benchmark",
        "average_latency_ms": 0.0028728,
        "throughput_items_per_second": 14_620_000.0,
        "rounds": 100,
    }
    assert result.extra == {
        "time": ["2.8617 µs", "2.8728 µs", "2.8850 µs"],
        "thrpt": "[14.558 Melem/s 14.620 Melem/s 14.677 Melem/s]",
        "change time": "[-2.0565% -0.2521% +1.6377%] (p = 0.79 > 0.05)",
        "change thrpt": "[-1.6113% +0.2527% +2.0997%]",
        "verdict": "No change in performance detected.",
        "outliers": 8,
        "measurements": 100,
        "high mild": 6,
        "high severe": 2,
        "slope": "[2.5094 ms 2.5553 ms] R^2            [0.8660614 0.8640630]",
        "Warming up": "for 3.0000 s",
        "Collecting": "100 samples in estimated 5.0 s (1.2M iterations)",
    }


def test_bytes_per_second_are_no_items():
    (result,) = read("a   time:   [1 ns 2 ns 3 ns]\n    thrpt:  [391.34 MiB/s 395.17 MiB/s 398.51 MiB/s]\n")
    assert "throughput_items_per_second" not in result.columns
    assert result.extra["thrpt"] == "[391.34 MiB/s 395.17 MiB/s 398.51 MiB/s]"


def test_a_long_name_stands_on_the_line_above():
    (result,) = read("Adapter::Magic (JSON) of some length\n                        time:   [1 ns 2 ns 3 ns]\n")
    assert result.columns["test_case"] == "Adapter::Magic (JSON) of some length"
    message = "a benchmark's time has no name (line 2)"
    assert refused("\n                        time:   [1 ns 2 ns 3 ns]\n") == (Rejected, message)


def test_a_terminal_that_wrote_over_its_line():
    text = "Benchmarking a\rBenchmarking a: Analyzing\r\x1b[Ka    \x1b[1mtime:\x1b[0m   [1 ns 2 ns 3 ns]\r\n"
    assert read(text)[0].columns["average_latency_ms"] == 2e-6


def test_a_panic_is_a_failed_outcome_of_what_was_being_measured_or_else_of_its_target():
    panic = "thread 'main' panicked at 'explicit panic', benches/x.rs:42:5\n"
    measured, failed = read(f"a   time:   [1 ns 2 ns 3 ns]\nBenchmarking b: Warming up for 3.0000 s\n{panic}")
    assert measured.kind is Performance
    assert failed.columns == {
        "node_id": "b", "test_name": "b", "status": "fail", "error_type": "panic", "error_message": panic.strip(),
    }  # fmt: skip
    running = "     Running benches/x.rs (target/x-1)\na   time:   [1 ns 2 ns 3 ns]\n\n"
    newer = "thread 'main' (7) panicked at benches/x.rs:4:5:\nboom\n"
    _, failed = read(running + newer)
    assert failed.columns["node_id"] == "benches/x.rs (target/x-1)"
    assert failed.columns["error_message"].endswith(":4:5:\nboom")


def test_a_text_that_ends_within_a_benchmark_is_rejected():
    message = "the text ends while 'b' is measured (line 2)"
    assert refused("a   time:   [1 ns 2 ns 3 ns]\nBenchmarking b: Collecting 100 samples\n") == (Rejected, message)


# Iai and Gungraun


def test_counts_are_metrics_and_no_times():
    short, _ = read((DATA / "iai.txt").read_text())
    assert short.place == "line 5"
    assert short.columns == {"test_case": "iai_benchmark_short", "mode": "benchmark"}
    assert short.extra["Instructions"] == 1243
    assert short.extra["change"]["L2 Accesses"] == "-50.00000%"
    assert "old" not in short.extra


def test_the_earlier_run_stands_beside_this_one():
    (result,) = read("m::f short:10\n  Instructions:     1734|1650            (+5.09090%) [+1.04844x]\n")
    assert result.extra == {
        "Instructions": 1734,
        "old": {"Instructions": 1650},
        "change": {"Instructions": "+5.09090%"},
        "factor": {"Instructions": "+1.04844x"},
    }


def test_tools_and_parts_keep_their_counts_apart():
    (result,) = read(
        "m::f a\n  ======= CALLGRIND =====\n  ## pid: 7 part: 1 |N/A\n  Command:   target/release/m --x\n"
        "  Instructions:   4|N/A  (*********)\n  ## Total\n  Instructions:   9|N/A  (*********)\n"
        "  ======= DHAT =====\n  Total bytes:    29499|N/A  (*********)\n"
    )
    part = {"notes": ["Command:   target/release/m --x"], "Instructions": 4}
    assert result.extra == {
        "CALLGRIND": {"pid: 7 part: 1 |N/A": part, "Instructions": 9},
        "DHAT": {"Total bytes": 29499},
    }


def test_a_name_may_go_over_lines_and_chatter_above_it_is_none_of_it():
    metric = "  Instructions:   1|N/A   (*********)\n"
    first, second = read(f"Compiling m v0.1\nm::g::f id:string with two\nlines\n{metric}m::g::f b\n{metric}")
    assert first.columns["test_case"] == "m::g::f id:string with two\nlines"
    assert second.columns["test_case"] == "m::g::f b"


def test_a_compiler_that_complains_is_no_benchmark():
    complaint = "warning: unused\n  = help: foo\n  |\n1 | use a|b;\n  = note: 1 left\n  size: 7\n\n"
    (result,) = read(f"{complaint}m::f a\n  Instructions:   N/A|8   (*********)\n  Dr:   2|1   (+++inf+++)\n")
    assert result.extra == {"Dr": 2, "old": {"Instructions": 8, "Dr": 1}, "change": {"Dr": "+++inf+++"}}


def test_limits_that_were_exceeded_are_context():
    (result,) = read(
        "m::f a\n  Instructions:   9|8   (+12.5%) [+1.125x]\n\nRegressions:\n\n  m::f a:\n"
        "    Callgrind: Instructions (8 -> 9): +12.5% exceeds limit of +5.0%\n\n"
        "Gungraun result: Regressed. 0 without regressions; 1 regressed; 1 benchmarks finished in 1.002s\n"
    )
    assert result.context == {
        "regressions": ["m::f a: Callgrind: Instructions (8 -> 9): +12.5% exceeds limit of +5.0%"],
        "result": "Regressed. 0 without regressions; 1 regressed; 1 benchmarks finished in 1.002s",
    }


def summary(metrics, **fields):
    total = {"total": {"regressions": [], "summary": {"Callgrind": {"Ir": {"diffs": None, "metrics": metrics}}}}}
    profile = {"tool": "Callgrind", "summaries": {"parts": [], **total}}
    return {"benchmark_exe": "/x", "module_path": "m::f", "id": "a", "details": None, "profiles": [profile]} | fields


@pytest.mark.parametrize("indent", [None, 2])
def test_a_summary_as_json(indent):
    (result,) = read(json.dumps(summary({"Both": [{"Int": 7}, {"Float": 6.5}]}, details="10"), indent=indent))
    assert result.columns == {"test_case": "m::f a:10", "mode": "benchmark"}
    assert result.extra["metrics"] == {"Callgrind": {"Ir": 7}}
    assert result.extra["old_metrics"] == {"Callgrind": {"Ir": 6.5}}
    assert result.extra["benchmark_exe"] == "/x"
    assert "module_path" not in result.extra


def test_summaries_among_text_and_json_of_others():
    one, two = (json.dumps(summary({"Left": {"Int": count}}, id=f"id{count}"), indent=count) for count in (1, 2))
    text = (
        f'running 0 tests\n\n{{"reason":"build-finished"}}\n{one}\nand\n  {two}\ntest a ... bench: 5 ns/iter (+/- 1)\n'
    )
    first, second, measured = read(text)
    assert [one.columns["test_case"] for one in (first, second, measured)] == ["m::f id1", "m::f id2", "a"]
    assert first.place == "line 4"
    assert measured.place == f"line {text.count(chr(10))}"


def test_numbers_of_an_earlier_run_alone_are_flagged():
    (result,) = read(json.dumps(summary({"Right": {"Int": 7}})))
    assert "metrics" not in result.extra
    assert result.extra["old_metrics"] == {"Callgrind": {"Ir": 7}}
    assert result.flags == ("no metric of this run is stated",)


def test_broken_summaries_are_rejected():
    text = (DATA / "gungraun_cut_off.txt").read_text()
    assert refused(text) == (Rejected, "the JSON object that begins here is broken or cut off (line 3)")
    text = json.dumps(summary({}, module_path=None))
    assert refused(text) == (Rejected, "a benchmark's module_path is no text (line 1)")


# Real files: what they state is read here in another way


def stated_times(text):
    for name, value in re.findall(r"^test (.+?) +\.\.\. bench: +([\d,.]+) ns/iter", text, re.MULTILINE):
        yield name, pytest.approx(float(value.replace(",", "")) / 1e6, rel=1e-12)
    per_ms = {"ps": 1e9, "ns": 1e6, "µs": 1e3, "ms": 1}
    for above, name, value, unit in re.findall(
        r"^(.*)\n(.*) time:   \[\S+ \S+ (\S+) (\S+) \S+ \S+\]$", text, re.MULTILINE
    ):
        yield name.strip() or above, pytest.approx(float(value) / per_ms[unit], rel=1e-12)


def stated_counts(text):
    for name, value in re.findall(r"^  ([A-Z][\w +-]*): +([\d.]+)(?:\||\s\()", text, re.MULTILINE):
        yield name, float(value)
    for start in re.finditer(r"^ *(?={)", text, re.MULTILINE):
        value, _ = json.JSONDecoder().raw_decode(text, start.end())
        for profile in value["profiles"] if "benchmark_exe" in value else ():
            for name, diff in next(iter(profile["summaries"]["total"]["summary"].values())).items():
                for metric in [*diff["metrics"].get("Both", [])[:1], diff["metrics"].get("Left")]:
                    yield from ((name, float(count)) for count in (metric or {}).values())


def our_counts(extra):
    for name, value in extra.get("metrics" if "benchmark_exe" in extra else "", extra).items():
        if isinstance(value, int | float):
            yield name, float(value)
        elif isinstance(value, dict) and name not in ("old", "old_metrics"):
            yield from our_counts(value)


@pytest.mark.parametrize("path", [path for path in FILES if path.stem not in NOT_IMPORTED], ids=lambda path: path.stem)
def test_numbers_of_real_files(path):
    text = re.sub(r"\x1b\[[\d;]*m", "", path.read_text())
    found = read(path.read_text())
    measured = [one for one in found if "average_latency_ms" in one.columns]
    counted = [one for one in found if one.kind is Performance and one not in measured]
    assert [(one.columns["test_case"], one.columns["average_latency_ms"]) for one in measured] == list(
        stated_times(text)
    )
    assert sorted(pair for one in counted for pair in our_counts(one.extra)) == sorted(stated_counts(text))
    outcomes = [one.columns["status"] for one in found if one.kind is Outcome]
    assert outcomes.count("skip") == len(re.findall(r"^test .* \.\.\. ignored$", text, re.MULTILINE))
    assert outcomes.count("fail") == len(re.findall(r"^test .* \.\.\. FAILED$", text, re.MULTILINE))
    assert found


@pytest.mark.parametrize("path", [path for path in FILES if path.stem in NOT_IMPORTED], ids=lambda path: path.stem)
def test_real_files_that_are_refused(path):
    assert refused(path.read_text())[0] is (NotResults if path.stem == "zero" else Rejected)
