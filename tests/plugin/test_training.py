"""Training in a session: its rows, what does not fit, what dies, and what is said where torch is missing."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TRAINEES = ROOT / "tests" / "hardware_backends" / "trainees.py"
TORCH = importlib.util.find_spec("torch") is not None  # not imported: a session inside this one would do it again
trains = pytest.mark.skipif(not TORCH, reason="torch is not installed")
FAST = ["--bench-max-time=0.02", "--bench-warmup=0", "--bench-min-rounds=3"]
CONFTEST = f"""
from dataclasses import replace
import pluggy
from pytest_ipfs_bench.models import load

spec = load({f"{TRAINEES}:spec"!r})

class Plugin:
    @pluggy.HookimplMarker("ipfs_bench")
    def register_models(self):
        yield spec()
        yield replace(spec(memory=10_000), name="hungry", family="hungry")
        yield replace(spec(way="dies", rank=1, call=5), name="dies", family="dies")

def pytest_ipfs_bench_register(manager):
    manager.register(Plugin())
"""


@pytest.fixture
def train(session):
    """train(suite, models, ...): the shipped suite over models of a conftest; its database is b.duckdb."""
    session.makeconftest(CONFTEST)

    def run(suite, models, *words):
        asked = [f"--bench-models={models}", "--bench-runtime=torch", "--bench-db=b.duckdb", *words]
        return session.runpytest("--pyargs", f"model_suites.{suite}", *FAST, *asked)

    return run


def answer(session, rows, asks):
    blocks = re.findall(r"^```sql\n(.*?)^```", (ROOT / "docs" / "training.md").read_text(), re.DOTALL | re.MULTILINE)
    return rows(session.path / "b.duckdb", next(sql for sql in blocks if asks in sql))


@pytest.mark.skipif(TORCH, reason="torch is here")
@pytest.mark.parametrize("suite", ["test_training", "test_distributed"])
def test_without_torch_a_cell_is_skipped_with_what_to_install(session, rows, train, suite):
    result = train(suite, "trainee", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*torch is not installed*pip install 'pytest-ipfs-bench*torch*'*"])
    (row,) = rows(session.path / "b.duckdb", "SELECT status, mode FROM hardware_compatibility")
    assert row == {"status": "unavailable", "mode": "training"}


@trains
def test_training_leaves_a_row_with_all_that_is_known(session, rows, train):
    train("test_training", "trainee", "--bench-batch-sizes=2").assert_outcomes(passed=1)
    (row,) = rows(
        session.path / "b.duckdb", "SELECT * FROM training_results JOIN performance_results USING (result_id)"
    )
    unknown = {name for name, value in row.items() if value is None and not name.startswith("latency_p")}
    assert unknown & {"forward_ms", "backward_ms", "optimizer_ms", "loss_first", "loss_last", "loss_slope"} == set()
    assert (row["mode"], row["provenance"], row["optimizer"], row["gradient_accumulation"]) == (
        "training", "measured", "adamw", 1,
    )  # fmt: skip
    assert (row["parameters"], row["learning_rate"], row["mixed_precision"]) == (108, 0.001, "none")
    assert row["throughput_items_per_second"] == pytest.approx(2 / row["average_latency_ms"] * 1e3)
    assert row["forward_ms"] + row["backward_ms"] + row["optimizer_ms"] <= row["average_latency_ms"]
    (shown,) = answer(session, rows, "step_ms")
    assert (shown["model"], shown["hardware"], shown["batch"]) == ("trainee", "cpu", 2)


@trains
def test_the_largest_batch_that_fits_is_a_question_to_the_database(session, rows, train):
    train("test_training", "hungry", "--bench-batch-sizes=1,2,4,8").assert_outcomes(passed=2, failed=2)
    (row,) = answer(session, rows, "largest_that_fits")
    assert (row["model"], row["largest_that_fits"], row["smallest_that_does_not"]) == ("hungry", 2, 4)


@trains
@pytest.mark.slow
def test_a_rank_that_dies_is_a_row_and_the_session_goes_on(session, rows, train):
    result = train("test_distributed", "dies,trainee")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*dies on cpu (torch): crashed: rank 1 died of SIGKILL (killed) after*"])
    found = rows(
        session.path / "b.duckdb",
        "SELECT model_name, status, error_type FROM hardware_compatibility JOIN models USING (model_id) ORDER BY 1",
    )
    assert [tuple(row.values()) for row in found] == [("dies", "crashed", "SIGKILL"), ("trainee", "compatible", None)]
    (row,) = rows(session.path / "b.duckdb", "SELECT * FROM training_results")
    assert (row["strategy"], row["world_size"], row["gradients_equal"]) == ("ddp", 2, True)
    assert row["scaling_efficiency"] > 0
    assert '"backend":"gloo"' in row["metadata"]


def test_a_model_that_cant_be_trained_has_no_such_test_and_that_is_said(session):
    result = session.runpytest("--pyargs", "model_suites.test_training", "--bench-models=magika", "--no-db-store")
    result.assert_outcomes(deselected=1)
    result.stdout.fnmatch_lines(["*left out: *test_training* (no chosen model has such cells: --bench-models)"])
