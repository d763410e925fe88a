"""What a report is asked: every filter, alone and together; names that nobody knows."""

import json

import pytest

from pytest_ipfs_bench import reports
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.records import Run


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


def test_a_run_that_several_begin_like_is_refused(builders, tmp_path):
    make = builders()
    first, cpu = make.run(1), make.hardware("cpu")
    second = make.add(Run(run_id=f"{first.run_id[:8]}-0000-7000-8000-000000000000", started_at="2026-01-02 10:00:00"))
    for run in (first, second):
        make.measured(run, make.model("bert"), cpu, 1, 5.0)
    database = make.store(tmp_path / "b.duckdb", first)
    with pytest.raises(BenchError, match=r"several runs begin like that, .* and .* among them.\nWrite more of it."):
        told(database, "summary", f"run={first.run_id[:8]}")
    assert len(told(database, "summary", f"run={first.run_id}")["tables"]["Runs"]) == 1


def test_a_label_with_two_values_is_refused():
    with pytest.raises(BenchError, match="one label has two values here"):
        reports.asked([("label", "a=1"), ("label", "a=2")])


def test_a_model_is_named_by_its_family_too(builders, tmp_path):
    make = builders()
    run, cpu = make.run(1), make.hardware("cpu")
    make.measured(run, make.model("tiny-random-bert", model_family="bert"), cpu, 1, 5.0)
    make.measured(run, make.model("tiny-random-vit", model_family="vit"), cpu, 1, 5.0)
    database = make.store(tmp_path / "b.duckdb", run)
    assert [row["model"] for row in told(database, "performance", "model=bert")["tables"]["Models"]] == [
        "tiny-random-bert"
    ]
    with pytest.raises(BenchError, match=r"Did you mean 'tiny-random-vit'\?"):
        told(database, "performance", "model=random-vit")


def test_what_an_import_calls_simulated_is_called_that_and_compared_with_nothing_real(builders, tmp_path):
    make = builders()
    run, bert = make.run(1), make.model("bert")
    cpu, qualcomm = make.hardware("cpu"), make.hardware("qualcomm")
    real, made_up = {"provenance": "imported", "is_simulated": None}, {"provenance": "imported", "is_simulated": True}
    make.measured(run, bert, cpu, 1, 10.0, **real)
    make.measured(run, bert, qualcomm, 1, 1.0, **made_up)
    make.tried(run, bert, qualcomm, 1, "compatible", **made_up)
    database = make.store(tmp_path / "b.duckdb", run)
    assert [row["hardware"] for row in told(database, "hardware")["tables"]["Hardware"]] == ["cpu"]
    rows = told(database, "compare-hardware", "include-simulated=yes")["tables"]["Hardware by latency"]
    assert [(row["hardware"], row["provenance"], row["ratio"]) for row in rows] == [
        ("cpu", "imported", None),
        ("qualcomm", "simulated", None),
    ]
    assert "Models and hardware, simulated" in told(database, "compatibility", "include-simulated=yes")["tables"]


def test_imports_of_different_cases_are_no_series(builders, tmp_path):
    make = builders()
    run, bert = make.run(1), make.model("bert")
    cpu, cuda = make.hardware("cpu"), make.hardware("cuda")
    imported = {"provenance": "imported", "is_simulated": None, "params": None}
    for batch, case, p50 in ((1, "audio_5s", 10.0), (1, "audio_10s", 20.0), (8, "audio_10s", 80.0)):
        make.measured(run, bert, cpu, 1, p50, batch_size=batch, test_case=case, **imported)
    for hardware, p50 in ((cpu, 8.0), (cuda, 2.0)):
        make.measured(
            run, bert, hardware, 1, p50, batch_size=2, test_case=f"{hardware.hardware_type}_example", **imported
        )
    database = make.store(tmp_path / "b.duckdb", run)
    rows = told(database, "batch-scaling")["tables"]["By batch"]
    assert [(row["options"], row["batch"]) for row in rows] == [("case:audio_10s", 1), ("case:audio_10s", 8)]
    assert rows[1]["efficiency"] == pytest.approx(20.0 / 80.0)  # items/s of an item in the batch, by the case alone
    pair = [row for row in told(database, "compare-hardware")["tables"]["Hardware by latency"] if row["batch"] == 2]
    assert [(row["hardware"], row["options"], row["ratio"]) for row in pair] == [
        ("cuda", "case:example", 0.25),
        ("cpu", "case:example", 1.0),
    ]


@pytest.mark.parametrize(
    ("kind", "word", "note"),
    [
        ("summary", "metric=memory", "--metric: summary has no such thing, not applied."),
        ("trend", "baseline=cpu", "--baseline: trend has no such thing, not applied."),
        (
            "compare-hardware",
            "baseline=cpu:7",
            "--baseline cpu:7: nothing here was measured on it beside something else.",
        ),
    ],
)
def test_what_can_not_be_applied_is_said(full, kind, word, note):
    assert note in told(full, kind, word)["notes"]


def test_a_suite_belongs_to_its_coverage(full):
    with pytest.raises(BenchError, match="--suite smoke: a suite belongs to the report `coverage`"):
        told(full, "performance", "suite=smoke")
