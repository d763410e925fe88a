"""The choice among cells: by what a real database holds about them."""

import dataclasses
import time

import duckdb
import pytest

from pytest_ipfs_bench import results, selection
from pytest_ipfs_bench.backend import Backend, Detection, Device, Effective, Options, State
from pytest_ipfs_bench.bench import Bench
from pytest_ipfs_bench.cell import Target
from pytest_ipfs_bench.hookspecs import hookimpl
from pytest_ipfs_bench.measure import Plan
from pytest_ipfs_bench.models import ModelSpec
from pytest_ipfs_bench.orders import Reply
from pytest_ipfs_bench.planning import Choice, Generation
from pytest_ipfs_bench.records import Run, new_id, utc
from pytest_ipfs_bench.registry import Registry
from pytest_ipfs_bench.settings import Selection
from pytest_ipfs_bench.store.read import peeking
from pytest_ipfs_bench.store.spool import Spool
from pytest_ipfs_bench.store.write import hand_over

MISSING = Selection(missing=True)
RAN = Reply("compatible", effective=Effective("here", "here", "fp32"), latencies_ns=(1_000_000,) * 3)
FULL = Reply("out_of_memory", "memory", "MemoryError")
DAY = 86400.0


class Here(Backend):
    name, runtimes = "here", ("own",)

    def modes(self, runtime):
        return ("inference", "prefill", "decode")

    def detect(self):
        return Detection(State.PRESENT, (Device(0, "a device", driver_version="1"),))

    def load(self, model, cell):
        raise NotImplementedError


class Elsewhere(Here):
    name = "elsewhere"

    def detect(self):
        return Detection(State.NO_DEVICE, reason="it is elsewhere", hint="go there")


class Plugin:
    @hookimpl
    def register_backends(self):
        return [Here(), Elsewhere()]

    @hookimpl
    def register_models(self):
        facts = {"modality": "text", "size": "tiny", "weights": "random", "limits": {"sequence_length": (1, 512)}}
        return [
            ModelSpec(
                name,
                name,
                shape={"sequence_length": 32},
                tags=("smoke",),
                modes=("inference", "prefill", "decode"),
                **facts,
            )
            for name in ("a", "b")
        ]


def bench(plan=Plan(), **choice):  # noqa: B008  frozen
    registry = Registry.empty()
    registry.manager.register(Plugin())
    asked = Choice(**{"hardware": (Target("here"),), **choice})
    return Bench(asked, new_id(), plan=plan, samples=None, registry=registry, options=Options(timeout=1))


@pytest.fixture
def store(tmp_path):
    """store(bench, cell, reply, days=0, sql=""): a result of a cell in a real database, so old; then sql is run on it."""

    def add(made, cell, reply, days=0, sql=""):
        run = Run(run_id=new_id())
        hardware = results.describe_hardware(cell.hardware, made.detect(cell.hardware).device(0))
        subject = results.Subject(run.run_id, "t", cell, made.models[cell.model], hardware, None, made.key(cell))
        spool = Spool.create(tmp_path / "b.duckdb", run.run_id)
        told = results.describe(subject, reply, plan=made.plan, samples=None)
        when = {"created_at": utc(time.time() - days * DAY)}
        timed = told.performance and dataclasses.replace(told.performance, **when)
        told = dataclasses.replace(
            told, compatibility=dataclasses.replace(told.compatibility, **when), performance=timed
        )
        for line in [run.line(), *told.lines()]:
            spool.append(line)
        hand_over(tmp_path / "b.duckdb", spool)
        if sql:
            with duckdb.connect(str(tmp_path / "b.duckdb")) as con:
                con.execute(sql)

    return add


def judged(made, tmp_path, asked, kind="inference"):
    cells = made.planned(kind)
    with peeking(tmp_path / "b.duckdb", 0) as con:
        known = selection.look(con, made, cells, asked)
    found = selection.judge(cells, made, known, asked)
    return selection.cut(cells, made, found, asked.most)


def plans(*words, **how):
    return [one.plan for one in judged(*words, **how).values()]


def test_without_a_database_every_cell_is_missing(tmp_path):
    found = judged(bench(), tmp_path, MISSING)
    assert [(one.plan, one.reason) for one in found.values()] == [("run", "not in the database")] * 2
    assert not (tmp_path / "b.duckdb").exists()


def test_an_empty_database_holds_nothing(tmp_path):
    duckdb.connect(str(tmp_path / "b.duckdb")).close()
    assert plans(bench(), tmp_path, MISSING) == ["run", "run"]


def test_what_is_measured_is_left_out_and_says_when(tmp_path, store):
    made = bench()
    store(made, made.cells[0], RAN)
    first, second = judged(made, tmp_path, MISSING).values()
    assert (first.plan, first.kind, second.plan) == ("left out", "stored already", "run")
    assert first.reason.startswith("measured 20")
    assert first.reason.endswith(" UTC")


def test_without_missing_it_is_measured_once_more(tmp_path, store):
    made = bench()
    store(made, made.cells[0], RAN)
    first, second = judged(made, tmp_path, Selection(plan=True)).values()
    assert (first.plan, first.reason[:20]) == ("run", "once more: measured ")
    assert second.reason == "not in the database"


@pytest.mark.parametrize(("asked", "plan"), [(30 * DAY, "run"), (40 * DAY, "left out")])
def test_what_is_older_than_asked_is_stale(tmp_path, store, asked, plan):
    made = bench(models=("a",))
    store(made, made.cells[0], RAN, days=35)
    assert plans(made, tmp_path, Selection(stale=asked)) == [plan]
    assert plans(made, tmp_path, Selection(missing=True, stale=asked)) == [plan]


def test_the_newest_result_counts(tmp_path, store):
    made = bench(models=("a",))
    store(made, made.cells[0], RAN, days=35)
    store(made, made.cells[0], RAN, days=1)
    assert plans(made, tmp_path, Selection(stale=30 * DAY)) == ["left out"]


@pytest.mark.parametrize("status", ["incompatible", "timeout", "out_of_memory"])
def test_a_failure_is_a_result_too(tmp_path, store, status):
    made = bench(models=("a",))
    store(made, made.cells[0], Reply(status, "x", "y"), days=3)
    (verdict,) = judged(made, tmp_path, MISSING).values()
    assert (verdict.plan, verdict.reason.split()[0]) == ("left out", status)
    assert plans(made, tmp_path, Selection(stale=DAY)) == ["run"]


@pytest.mark.parametrize("status", ["unavailable", "unknown"])
def test_what_says_nothing_about_the_cell_is_no_result(tmp_path, store, status):
    made = bench(models=("a",))
    store(made, made.cells[0], Reply(status, "no_device", "it was away"))
    assert plans(made, tmp_path, MISSING) == ["run"]


def test_a_verified_cell_is_measured_yet_but_not_verified_again(tmp_path, store):
    made, only = bench(models=("a",)), bench(plan=None, models=("a",))
    store(only, only.cells[0], RAN)
    assert plans(made, tmp_path, MISSING) == ["run"]
    assert plans(only, tmp_path, MISSING) == ["left out"]


@pytest.mark.parametrize("change", ["is_simulated = TRUE", "provenance = 'imported'"])
def test_only_what_was_measured_here_counts(tmp_path, store, change):
    made = bench(models=("a",))
    both = "; ".join(f"UPDATE {table} SET {change}" for table in ("performance_results", "hardware_compatibility"))
    store(made, made.cells[0], RAN, sql=both)
    assert plans(made, tmp_path, MISSING) == ["run"]


def test_another_driver_is_another_cell(tmp_path, store):
    made = bench(models=("a",))
    older = bench(models=("a",))
    older._detections["here"] = Detection(State.PRESENT, (Device(0, "a device", driver_version="0"),))
    store(older, older.cells[0], RAN)
    assert plans(made, tmp_path, MISSING) == ["run"]


def test_what_cannot_run_is_skipped_with_its_reason(tmp_path):
    away = bench(models=("a",), hardware=(Target("elsewhere"),))
    (verdict,) = judged(away, tmp_path, MISSING).values()
    assert (verdict.plan, verdict.words()) == ("skip", "unavailable: elsewhere: no device: it is elsewhere")
    long = bench(models=("a",), shapes={"sequence_length": (1024,)})
    (verdict,) = judged(long, tmp_path, MISSING).values()
    assert verdict.words() == "incompatible: sequence_length 1024 is asked for; a takes 1 to 512"


def test_at_most_so_many_are_run_those_of_priority_first(tmp_path):
    made = bench(batch_sizes=(1, 2), priorities=("b",))
    found = judged(made, tmp_path, Selection(most=3))
    assert [name for name, one in found.items() if one.plan == "run"] == [
        "b-here-own-fp32-b1-s32", "b-here-own-fp32-b2-s32", "a-here-own-fp32-b1-s32",
    ]  # fmt: skip
    assert found["a-here-own-fp32-b2-s32"].kind == "over --bench-max=3"


def test_what_cannot_run_takes_no_place_of_what_can(tmp_path):
    made = bench(models=("a",), hardware=(Target("elsewhere"), Target("here")))
    assert plans(made, tmp_path, Selection(most=1)) == ["left out", "run"]


def test_what_is_stored_already_takes_no_place_of_what_is_not(tmp_path, store):
    made = bench()
    store(made, made.cells[0], RAN)
    assert plans(made, tmp_path, Selection(missing=True, most=1)) == ["left out", "run"]


SWEEP = {"models": ("a",), "batch_sizes": (1, 2, 4), "shapes": {"sequence_length": (16, 32)}}


@pytest.mark.parametrize("asked", [Selection(), Selection(plan=True), Selection(missing=True)])
def test_what_is_larger_than_a_cell_that_ran_out_of_memory_is_left_out_of_a_sweep(tmp_path, store, asked):
    made = bench(**SWEEP)
    failed = next(cell for cell in made.cells if (cell.batch, cell.sequence_length) == (2, 16))
    store(made, failed, FULL)
    found = judged(made, tmp_path, asked)
    left = [name.partition("fp32-")[2] for name, one in found.items() if one.kind == "expected out_of_memory"]
    assert left == ["b2-s32", "b4-s16", "b4-s32"]
    reason = found["a-here-own-fp32-b4-s32"].reason
    assert reason.startswith("a smaller one (batch 2, sequence_length 16) was out_of_memory 20")
    assert reason.endswith("ask for this size alone to try it")


def test_a_size_that_is_asked_for_alone_is_tried(tmp_path, store):
    made = bench(**SWEEP)
    store(made, made.cells[0], FULL)
    alone = bench(models=("a",), batch_sizes=(4,), shapes={"sequence_length": (32,)})
    assert plans(alone, tmp_path, Selection(plan=True)) == ["run"]


def test_memory_that_suffices_again_is_known(tmp_path, store):
    made = bench(**SWEEP)
    store(made, made.cells[0], FULL, days=2)
    store(made, made.cells[0], RAN, days=1)
    assert set(plans(made, tmp_path, Selection(plan=True))) == {"run"}


@pytest.mark.parametrize("change", [{"precision": "fp16"}, {"runtime": "other"}, {"model": "b"}, {"mode": "prefill"}])
def test_other_cells_are_not_judged_by_it(tmp_path, store, change):
    made = bench(**SWEEP)
    store(made, dataclasses.replace(made.cells[0], **change), FULL)
    assert set(plans(made, tmp_path, Selection(plan=True))) == {"run"}


def test_a_longer_output_is_a_larger_cell(tmp_path, store):
    made = bench(models=("a",), batch_sizes=(1, 2), generation=Generation((8,), (4, 16)))
    decode = [cell for cell in made.planned("generation") if cell.mode == "decode"]
    store(made, decode[0], FULL)
    found = judged(made, tmp_path, Selection(plan=True), kind="generation")
    assert [name.partition("fp32-")[2] for name, one in found.items() if one.plan == "left out"] == [
        "b2-s32-decode-p8-n4", "b1-s32-decode-p8-n16", "b2-s32-decode-p8-n16",
    ]  # fmt: skip
