"""Two choices of runs side by side: who is named by what, ratios, means, and what may explain them."""

import json
import math

import pytest

from pytest_ipfs_bench import reports
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.reports.render import RENDERERS, as_json

OLD, NEW = "0a" * 20, "0b" * 20


@pytest.fixture(scope="module")
def two(tmp_path_factory, builders):
    """A run on branch main and one on dev, where some things are faster, some slower, some there only once."""
    make = builders()
    a = make.run(1, git_commit=OLD, git_branch="main", labels={"driver": "old"}, hostname="one")
    b = make.run(2, git_commit=NEW, git_branch="dev", labels={"driver": "new"}, hostname="two", git_dirty=True)
    cpu = make.hardware("cpu", device_name="Xeon")
    before, after = (make.hardware("cuda", device_name="H100", driver_version=version) for version in ("550", "570"))
    bert, gpt = make.model("bert"), make.model("gpt2")
    for run, day, gpu, on_cpu, on_gpu in ((a, 1, before, 10.0, 4.0), (b, 2, after, 20.0, 1.0)):
        make.measured(run, bert, cpu, day, on_cpu)
        make.measured(run, gpt, cpu, day, 5.0, memory_peak_mb=None)
        make.measured(run, bert, gpu, day, on_gpu, runtime_version=gpu.driver_version)
        make.measured(run, bert, gpu, day, on_gpu * 7, provenance="imported", is_simulated=None)
        make.measured(run, bert, gpu, day, on_gpu, provenance="simulated", is_simulated=True)
        make.measured(run, None, cpu, day, on_cpu / 10, test_case="a.py::test_sort", mode="benchmark", params=None)
    make.measured(a, gpt, cpu, 1, 5.0, batch_size=8)
    make.measured(b, gpt, cpu, 2, 5.0, batch_size=16)
    make.measured(b, gpt, cpu, 2, 6.0, batch_size=32)
    return make.store(tmp_path_factory.mktemp("two") / "b.duckdb", b)


def compared(database, a="main", b="dev", *words, limit=20):
    asked = reports.asked([tuple(word.split("=", 1)) for word in words])
    return json.loads(as_json(reports.compare(database, (a, b), asked, limit=limit)))


def test_the_largest_changes_come_first_each_with_its_interval(two):
    rows = compared(two)["tables"]["Models: the largest changes by latency"]
    assert [(row["model"], row["hardware"], row["provenance"], row["ratio"]) for row in rows] == [
        ("bert", "cuda", "imported", 0.25),
        ("bert", "cuda", "measured", 0.25),
        ("bert", "cpu", "measured", 2.0),
        ("gpt2", "cpu", "measured", 1.0),
    ]
    assert all(row["low"] < row["ratio"] < row["high"] for row in rows)
    (row,) = compared(two)["tables"]["Benchmarks: the largest changes by latency"]
    assert (row["benchmark"], row["a_latency_ms"], row["b_latency_ms"], row["ratio"]) == ("a.py::test_sort", 1, 2, 2)


def test_means_are_geometric_and_never_of_measured_with_imported(two):
    rows = compared(two)["tables"]["Mean ratios"]
    told = {(row["what"], row["hardware"], row["provenance"]): row for row in rows}
    assert set(told) == {
        ("models", "cpu", "measured"),
        ("models", "cuda", "measured"),
        ("models", "cuda", "imported"),
        ("benchmarks", "cpu", "measured"),
    }
    row = told["models", "cpu", "measured"]
    assert row["ratio"] == pytest.approx(math.sqrt(2.0 * 1.0))
    assert (row["compared"], row["faster"], row["slower"], row["equal"]) == (2, 0, 1, 1)


def test_more_throughput_is_faster_and_its_interval_is_of_means(two):
    made = compared(two, "main", "dev", "metric=throughput", "hardware=cuda")["tables"]
    (mean, *_) = made["Mean ratios"]
    assert (mean["faster"], mean["slower"]) == (1, 0)
    row = made["Models: the largest changes by throughput"][0]
    assert (row["ratio"], row["statistic"]) == (pytest.approx(4.0), None)
    assert row["low"] < 4 < row["high"]


def test_of_memory_there_is_less_or_more_and_no_interval(two):
    made = compared(two, "main", "dev", "metric=memory")
    assert made["tables"]["Mean ratios"][0].keys() >= {"less", "more", "equal"}
    assert {row["low"] for row in made["tables"]["Models: the largest changes by memory"]} == {None}
    assert any(note.startswith("Not compared: 1 that have no memory on one side") for note in made["notes"])


def test_what_only_one_side_has_is_counted_and_named(two):
    made = compared(two)
    rows = made["tables"]["Only on one side"]
    assert [(row["side"], row["model"], row["batch"]) for row in rows] == [
        ("A", "gpt2", 8),
        ("B", "gpt2", 16),
        ("B", "gpt2", 32),
    ]
    assert "Only in A: 1; only in B: 2." in made["notes"]


def test_what_may_explain_a_change_is_said(two):
    notes = compared(two)["notes"]
    assert "Differs: driver of cuda onnxruntime: 550 in A, 570 in B (2 compared)." in notes
    assert "Differs: runtime version of cuda onnxruntime: 550 in A, 570 in B (1 compared)." in notes
    assert "Differs: host: one in A, two in B (5 compared)." in notes
    assert "B: 5 compared were measured on changes that were not committed (git_dirty)." in notes


def test_simulated_rows_come_when_asked_for_and_stay_apart(two):
    assert (
        "2 simulated or predicted rows not shown (2 of measurements); --include-simulated shows them."
        in compared(two)["notes"]
    )
    rows = compared(two, "main", "dev", "include-simulated=yes")["tables"]["Mean ratios"]
    assert [row["provenance"] for row in rows if row["hardware"] == "cuda"] == ["imported", "measured", "simulated"]


def test_a_limit_says_how_much_more_there_is(two):
    made = compared(two, limit=1)
    assert [len(rows) for name, rows in made["tables"].items() if "largest" in name] == [1, 1]
    assert "3 more models changed less; --limit shows more." in made["notes"]
    assert len(made["tables"]["Only on one side"]) == 1
    assert "Of those, the first 1 are shown; --limit shows more." in made["notes"]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("main", "dev"),
        ("previous", "latest"),
        ("driver=old", "driver=new"),
        (OLD, NEW),
        (OLD[:6], NEW[:6]),
        ("RUN 1", "RUN 2"),
        ("RUN 1"[:5], "dev"),
    ],
)
def test_runs_are_named_by_branch_label_commit_id_or_age(two, rows, a, b):
    ids = [row["id"] for row in rows(two, "SELECT run_id::VARCHAR AS id FROM test_runs ORDER BY started_at")]
    a, b = (
        ids[int(word[4:] or 1) - 1][: None if word[4:] else 9] if word.startswith("RUN") else word for word in (a, b)
    )
    sides = compared(two, a, b)["tables"]["Sides"]
    assert [(side["newest_run"], side["runs"]) for side in sides] == [(ids[0], 1), (ids[1], 1)]


def test_filters_choose_what_is_compared_and_which_run_is_the_latest(two):
    made = compared(two, "main", "dev", "model=gpt2", "batch=1")
    assert len(made["tables"]["Models: the largest changes by latency"]) == 1
    with pytest.raises(BenchError, match="previous: there is no such session with measurements"):
        compared(two, "previous", "latest", "batch=16")


def test_runs_on_both_sides_are_told(two):
    notes = compared(two, "main", "0a0a")["notes"]
    assert "6 are the same measurement on both sides: main and 0a0a share runs." in notes


def test_nothing_in_common_is_said(two):
    made = compared(two, "main", "dev", "model=gpt2", "batch=8", "batch=16")
    assert made["tables"]["Mean ratios"] == []
    assert "Nothing was measured on both sides." in made["notes"]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("nothing", "nothing: no run with measurements, label KEY=VALUE, branch or commit is that.\nThe newest runs"),
        ("driver=none", "driver=none: no run with measurements"),
        ("0a", "0a: no run"),
    ],
)
def test_a_word_that_names_nothing_is_an_error_that_lists_what_there_is(two, word, message):
    with pytest.raises(BenchError) as error:
        compared(two, word, "latest")
    assert str(error.value).startswith(message)
    assert "2026-01-02 10:00:00  0b0b0b0b0b  dev  driver=new" in str(error.value)


def test_a_word_that_may_mean_several_things_is_an_error(tmp_path, builders):
    make = builders()
    cpu = make.hardware("cpu")
    for day, commit in ((1, "abcd1"), (2, "abcd2")):
        run = make.run(day, git_commit=commit)
        make.measured(run, None, cpu, day, 1.0, mode="benchmark")
    make.store(tmp_path / "b.duckdb", run)
    with pytest.raises(BenchError, match=r"abcd: it may mean commit abcd2, commit abcd1\.\nWrite more of it\."):
        compared(tmp_path / "b.duckdb", "abcd", "latest")


def test_a_median_is_not_compared_with_a_mean(tmp_path, builders):
    make = builders()
    cpu, bert = make.hardware("cpu"), make.model("bert")
    for day in (1, 2):
        run = make.run(day)
        made = make.measured(run, bert, cpu, day, 1.0)
    told = {name: getattr(made, name) for name in type(made).__annotations__ if name not in ("TABLE", "KEY")}
    make.records[-1] = type(made)(**{**told, "latency_p50_ms": None})
    make.store(tmp_path / "b.duckdb", run)
    notes = compared(tmp_path / "b.duckdb", "previous", "latest")["notes"]
    assert "Not compared: 1 that have no latency on one side, or a median on one and a mean on the other." in notes


def test_a_baseline_is_for_reports(two):
    with pytest.raises(BenchError, match="--baseline belongs to compare-hardware"):
        compared(two, "main", "dev", "baseline=cuda")


@pytest.mark.parametrize("form", RENDERERS)
def test_a_comparison_has_every_format(two, form):
    told = RENDERERS[form](reports.compare(two, ("main", "dev"), reports.asked([])))
    assert "a.py::test_sort" in told
