"""What a report is asked: every filter, alone and together; names that nobody knows."""

import json

import pytest

from pytest_ipfs_bench import reports
from pytest_ipfs_bench.errors import BenchError


def told(database, kind, *words):
    asked = reports.asked([tuple(word.split("=", 1)) for word in words])
    return json.loads(reports.make(database, kind, "json", asked))


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ([], 12),
        (["model=bert"], 7),
        (["model=bert", "model=gpt2"], 11 + 1 - 1),
        (["family=gpt2"], 4),
        (["hardware=cuda"], 3),
        (["hardware=H100", "precision=fp16"], 1),
        (["runtime=torch"], 4),
        (["batch=8"], 1),
        (["since=2026-01-02"], 10),
        (["until=2026-01-02"], 1),
        (["since=2026-01-02T10:00:01+00:00", "model=bert", "hardware=cpu"], 2),
        (["label=host=lab"], 1),
        (["branch=main", "batch=8"], 1),
    ],
)
def test_filters_choose_and_combine(full, words, count):
    rows = told(full, "performance", *words)["tables"]["Models"]
    benchmarks = 0 if words else 1
    assert len(rows) + benchmarks == count, rows


def test_a_run_is_named_by_the_beginning_of_its_id(full):
    (run,) = [row["run_id"] for row in told(full, "summary")["tables"]["Runs"] if row["result"] == "success"]
    found = told(full, "performance", f"run={run[:8]}")
    assert [row["measured_at"][:10] for row in found["tables"]["Models"]] == ["2026-01-01"]
    assert f"Only: run {run[:8]}." in found["notes"]


def test_what_a_kind_does_not_have_is_not_applied_and_said(full):
    assert "--batch: integration has no such thing, not applied." in told(full, "integration", "batch=8")["notes"]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (
            "model=brt",
            "--model brt: no model in this database is called 'brt'. Did you mean 'bert'?\nLegal: bert, gpt2.",
        ),
        ("hardware=cud", "--hardware cud: no hardware in this database is called 'cud'. Did you mean 'cuda'?"),
        ("batch=3", "--batch 3: no batch size in this database is called '3'."),
        ("batch=x", "--batch x: no batch size.\nWrite a whole number: --batch 8"),
        ("branch=man", "--branch man: no branch in this database is called 'man'. Did you mean 'main'?"),
        ("run=zz", "--run zz: no run in this database is that."),
        ("label=host=other", "--label host=other: no run in this database is that."),
        ("label=host", "--label host: not KEY=VALUE."),
        ("since=soon", "--since soon: no date.\nWrite 2026-01-31 or 2026-01-31T12:00:00."),
        ("metric=latensy", "--metric latensy: no metric is called 'latensy'. Did you mean 'latency'?"),
        ("modle=bert", "modle=bert: no filter of reports is called 'modle'. Did you mean 'model'?"),
        ("include-simulated=perhaps", "include-simulated=perhaps: neither yes nor no."),
        ("baseline=cud", "--baseline cud: no hardware in this database is called 'cud'. Did you mean 'cuda'?"),
    ],
)
def test_a_name_that_nobody_knows_is_an_error_that_helps(full, word, message):
    with pytest.raises(BenchError) as error:
        told(full, "compare-hardware", word)
    assert str(error.value).startswith(message)


def rows_of(full, *words):
    return told(full, "compare-hardware", "model=bert", "precision=fp32", "batch=1", *words)["tables"]


def test_a_baseline_is_the_cpu_or_what_was_named(full):
    (rows,) = rows_of(full).values()
    assert {row["baseline"] for row in rows if row["provenance"] == "measured" and row["options"] is None} == {
        "cpu Xeon onnxruntime"
    }
    (rows,) = rows_of(full, "baseline=cuda").values()
    assert {row["hardware"]: row["ratio"] for row in rows if row["ratio"]} == {
        "cuda": 1.0,
        "cpu": 4.0,
        "webgpu (software)": 45.0,
    }


def test_software_that_stands_in_for_hardware_is_no_baseline(full):
    (rows,) = rows_of(full, "baseline=webgpu").values()
    assert {row["baseline"] for row in rows} == {None}


def test_throughput_has_the_most_first_and_an_interval_of_means(full):
    (rows,) = rows_of(full, "metric=throughput").values()
    shown = [row for row in rows if row["provenance"] == "measured" and row["options"] is None]
    assert [row["hardware"] for row in shown] == ["cuda", "cpu", "webgpu (software)"]
    assert shown[0]["low"] < shown[0]["ratio"] < shown[0]["high"]


def test_measured_and_imported_share_no_ratio(full):
    (rows,) = rows_of(full).values()
    (imported,) = [row for row in rows if row["provenance"] == "imported"]
    assert imported["ratio"] is None


def test_a_kind_that_nobody_knows_lists_all(full):
    with pytest.raises(BenchError) as error:
        reports.make(full, "perfomance", "text")
    assert "Did you mean 'performance'?" in str(error.value)
    assert all(f"  {kind}" in str(error.value) for kind in reports.KINDS)


def test_parquet_needs_a_file(full):
    with pytest.raises(BenchError, match="parquet needs a file"):
        reports.make(full, "summary", "parquet")


def test_a_file_that_cannot_be_written_is_told_before_the_work(tmp_path):
    with pytest.raises(BenchError, match="the report can't be written"):
        reports.make_file(tmp_path / "none.duckdb", "summary", "text", tmp_path)
