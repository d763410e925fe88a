"""Cells in a session: the fixture `cell`, the shipped suite, models and backends of a conftest, and what goes wrong."""

import fnmatch
import json

import pytest

pytest.importorskip("onnxruntime")

FAST = ["--bench-max-time=0.02", "--bench-warmup=0", "--bench-min-rounds=3"]
INFERENCE = "model_suites.test_inference"
TEST = "def test_it(cell): cell.measure()\n"

CONFTEST = '''
import os, signal, time
from dataclasses import replace
from pathlib import Path
import pluggy
from pytest_ipfs_bench.backend import Backend, Detection, Device, Effective, LoadedModel, State, Unsupported
from pytest_ipfs_bench.models import Input, ModelSpec, onnx_model

hookimpl = pluggy.HookimplMarker("ipfs_bench")

def factory(spec):
    """What a factory of a user's own may do: here, whatever the model is called."""
    ways = {
        "dies": lambda: os.kill(os.getpid(), signal.SIGSEGV),
        "hangs": lambda: time.sleep(60),
        "exits": lambda: os._exit(3),
        "eats": lambda: bytearray(1 << 46),
        "breaks": lambda: 1 / 0,
    }
    if spec.family in ways:
        ways[spec.family]()
    return onnx_model(spec)

class Odd(Backend):
    """A CPU under another name, whose outputs or whereabouts are not what they should be."""
    name = "odd"
    def prepare(self, cell):
        if cell.runtime == "missing":
            import no_such_runtime
    runtimes = ("missing", "wrong", "elsewhere", "unable", "loud", "out_of_memory", "surprised")
    def detect(self):
        return Detection(State.PRESENT, (Device(0, "odd device"),), hint="pip install odd")
    def load(self, model, cell):
        from hardware_backends.cpu import Cpu
        if cell.runtime == "unable":
            raise Unsupported("operator", "no kernel for Frobnicate", "use another")
        if cell.runtime == "out_of_memory":
            bytearray(1 << 46)
        if cell.runtime == "surprised":
            raise RuntimeError("nobody foresaw this")
        loaded = Cpu().load(model, replace(cell, runtime="onnxruntime"))
        if cell.runtime in ("wrong", "loud"):
            right = loaded.run
            factor = 1.5 if cell.runtime == "wrong" else 1
            print("noise on stdout", flush=True)
            loaded.run = lambda: {name: value * factor for name, value in right().items()}
            loaded.effective = Effective("odd", "odd", "fp32", 1)
        return loaded

SHIPPED = __import__("importlib").import_module("model_suites.vision").VIT_TINY
FAMILIES = ["fine", "dies", "hangs", "exits", "eats", "breaks"]

class Plugin:
    @hookimpl
    def register_models(self):
        facts = {k: getattr(SHIPPED, k) for k in ("modality", "size", "weights", "shape", "inputs", "files", "threads")}
        return [ModelSpec(name=f"my-{f}", family=f, factory=factory, **facts) for f in FAMILIES]
    @hookimpl
    def register_backends(self):
        return [Odd()]

def pytest_ipfs_bench_register(manager):
    manager.register(Plugin())
'''


@pytest.fixture
def cells(session, rows):
    """cells(*options): runs a test over cells into b.duckdb; returns pytest's result and the compatibility rows."""
    session.makeconftest(CONFTEST)
    session.makepyfile(TEST)

    def run(*options):
        result = session.runpytest("--bench-db=b.duckdb", *FAST, *options)
        found = rows(session.path / "b.duckdb", "SELECT c.*, m.model_name, h.hardware_type FROM hardware_compatibility c"
                     " JOIN models m USING (model_id) JOIN hardware_platforms h USING (hardware_id) ORDER BY compatibility_id")  # fmt: skip
        return result, found

    return run


def test_the_shipped_suite_runs_from_anywhere_and_is_measured(session, rows):
    result = session.runpytest("--bench-suite=smoke", *FAST)
    result.assert_outcomes(passed=4)
    found = rows(session.path / "bench.duckdb", "SELECT * FROM results ORDER BY model_name")
    assert [row["model_name"] for row in found] == [
        "google/magika-standard-v3.3",
        "tiny-random-bert",
        "tiny-random-vit",
        "tiny-random-whisper",
    ]
    assert {row["weights"] for row in found} == {"random", "pretrained"}
    bert = found[1]
    assert (
        bert["test_case"]
        == "model_suites.test_inference::test_inference[tiny-random-bert-cpu-onnxruntime-fp32-b1-s128]"
    )
    assert (bert["mode"], bert["runtime"], bert["precision"], bert["effective_precision"]) == (
        "inference",
        "onnxruntime",
        "fp32",
        "fp32",
    )
    assert (bert["batch_size"], bert["sequence_length"], bert["threads"], bert["device_index"]) == (1, 128, 1, 0)
    assert (bert["provenance"], bert["is_simulated"], bert["hardware_type"]) == ("measured", False, "cpu")
    assert bert["rounds"] >= 3
    assert bert["throughput_items_per_second"] == pytest.approx(1000 / bert["average_latency_ms"])
    assert bert["load_time_ms"] > 0
    assert bert["first_latency_ms"] > 0
    assert 20 < bert["memory_peak_mb"] < 1000
    assert bert["max_abs_error"] < 1e-4
    assert bert["device_memory_peak_mb"] is bert["energy_joules"] is None
    assert json.loads(bert["metrics"])["effective"] == {
        "device": "cpu", "provider": "CPUExecutionProvider", "precision": "fp32", "threads": 1,
    }  # fmt: skip
    outcomes = rows(session.path / "bench.duckdb", "SELECT model_id, hardware_id FROM integration_test_results")
    assert all(row["model_id"] and row["hardware_id"] for row in outcomes)


def test_the_header_says_database_hardware_and_number_of_cells(session):
    result = session.runpytest("--bench-suite=smoke", "--bench-batch-sizes=1,2", "--hardware=cpu", "--bench-verify")
    result.stdout.fnmatch_lines([f"ipfs-bench: database {session.path}/bench.duckdb, hardware cpu, 8 cells"])


@pytest.mark.slow
def test_default_cells_are_announced_after_collection(session):
    result = session.runpytest("--bench-db=b.duckdb", "--pyargs", "model_suites", "-k", "vit", "--bench-label=a=b")
    result.stdout.fnmatch_lines(["ipfs-bench: database *", "ipfs-bench: hardware cpu, 4 cells"])


def test_verify_says_compatible_and_takes_no_timings(session, rows):
    session.runpytest("--bench-suite=smoke", "-k", "vit", "--bench-verify").assert_outcomes(passed=1, deselected=3)
    assert rows(session.path / "bench.duckdb", "SELECT count(*) AS n FROM performance_results") == [{"n": 0}]
    (row,) = rows(session.path / "bench.duckdb", "SELECT status, is_compatible FROM hardware_compatibility")
    assert row == {"status": "compatible", "is_compatible": True}


def test_batches_and_lengths_are_cells_of_their_own(session, rows):
    words = ["--bench-models=bert", "--bench-batch-sizes=1,4", "--bench-seq-lens=16,32", "--pyargs", INFERENCE]
    session.runpytest(*words, *FAST).assert_outcomes(passed=4)
    found = rows(session.path / "bench.duckdb", "SELECT batch_size, sequence_length FROM results ORDER BY ALL")
    assert [tuple(row.values()) for row in found] == [(1, 16), (1, 32), (4, 16), (4, 32)]


def test_absent_hardware_is_a_skip_and_a_row_with_the_reason(cells):
    result, found = cells("--hardware=cuda", "--bench-models=fine", "-rs")
    if found[0]["status"] == "compatible":
        pytest.skip("this machine has a GPU")
    result.assert_outcomes(skipped=1)
    (row,) = found
    assert (row["status"], row["hardware_type"], row["is_compatible"]) == ("unavailable", "cuda", None)
    assert row["detection_success"] is False
    assert row["error_message"].startswith("cuda: not installed: no NVIDIA driver")
    result.stdout.fnmatch_lines(
        ["SKIPPED*cuda: not installed: no NVIDIA driver (libcuda.so.1 not found). Install NVIDIA's driver*"]
    )


def test_a_device_that_does_not_exist_is_named_with_those_that_do(cells):
    _, found = cells("--hardware=cpu:3", "--bench-models=fine")
    assert found[0]["error_message"] == "cpu:3: no such device; cpu has: cpu"


def test_required_hardware_that_is_absent_is_an_error_before_any_test(cells, session):
    session.makeconftest(CONFTEST)
    result = session.runpytest("--hardware=cpu:3", "--hardware-required", "--bench-models=fine")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --hardware-required: cpu:3: no such device; cpu has: cpu"])


def test_a_cell_that_dies_is_a_row_and_a_failure_and_the_next_one_runs(cells):
    result, found = cells("--bench-models=dies,fine")
    result.assert_outcomes(failed=1, passed=1)
    died, fine = found
    assert (died["status"], died["is_compatible"], died["error_type"]) == ("crashed", False, "SIGSEGV")
    assert "the runner died of SIGSEGV (segmentation fault)" in died["error_message"]
    assert fine["status"] == "compatible"
    result.stdout.fnmatch_lines(
        ["my-dies on cpu (onnxruntime): crashed: the runner died of SIGSEGV (segmentation fault)*"]
    )


@pytest.mark.slow
def test_a_cell_that_hangs_is_given_up_and_the_next_one_runs(cells):
    result, found = cells("--bench-models=hangs,fine", "--bench-timeout=3")
    result.assert_outcomes(failed=1, passed=1)
    assert [row["status"] for row in found] == ["timeout", "compatible"]
    assert found[0]["error_message"] == "no end within 3 s (--bench-timeout)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "status", "words", "outcome"),
    [
        (["--bench-models=exits"], "crashed", "the runner ended with exit status 3", "failed"),
        (["--bench-models=eats"], "out_of_memory", "MemoryError", "failed"),
        (["--bench-models=breaks"], "unknown", "division by zero", "failed"),
        (["--hardware=odd", "--bench-runtime=wrong"], "wrong_output", "the output is off by 0.5 of its largest value; 0.0001 is allowed", "failed"),
        (["--hardware=odd", "--bench-runtime=elsewhere"], "fallback", "asked for odd, it ran on cpu (CPUExecutionProvider)", "failed"),
        (["--hardware=odd", "--bench-runtime=missing"], "unavailable", "missing is not installed (No module named 'no_such_runtime')", "skipped"),
        (["--hardware=odd", "--bench-runtime=unable"], "incompatible", "no kernel for Frobnicate", "skipped"),
        (["--hardware=odd", "--bench-runtime=out_of_memory"], "out_of_memory", "MemoryError", "failed"),
        (["--hardware=odd", "--bench-runtime=surprised"], "incompatible", "nobody foresaw this", "failed"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_a_row_with_its_reason_and_never_a_measurement(
    cells, session, rows, options, status, words, outcome
):
    result, found = cells("--bench-models=fine", *options)
    result.assert_outcomes(**{outcome: 1})
    (row,) = found
    assert row["status"] == status
    assert words in row["error_message"]
    assert rows(session.path / "b.duckdb", "SELECT count(*) AS n FROM performance_results") == [{"n": 0}]


def test_a_suggested_fix_is_kept_and_shown(cells):
    result, found = cells("--hardware=odd", "--bench-runtime=unable", "--bench-models=fine", "-rs")
    assert (found[0]["error_type"], found[0]["suggested_fix"]) == ("operator", "use another")
    result.stdout.fnmatch_lines(["SKIPPED*my-fine on odd (unable): incompatible: no kernel for Frobnicate.*"])


def test_what_a_backend_prints_disturbs_nothing(cells):
    result, found = cells("--hardware=odd", "--bench-runtime=loud", "--bench-models=fine")
    result.assert_outcomes(passed=1)
    assert found[0]["status"] == "compatible"


@pytest.mark.parametrize("program", [["pytest"], pytest.param(["python", "-m", "pytest"], marks=pytest.mark.slow)])
@pytest.mark.parametrize("mode", ["prepend", pytest.param("importlib", marks=pytest.mark.slow)])
@pytest.mark.parametrize("place", [pytest.param(".", marks=pytest.mark.slow), "elsewhere"])
def test_a_conftests_model_reaches_the_runner_by_name(session, rows, monkeypatch, program, mode, place):
    """By the script and by the module, with either import mode, and from another folder."""
    suite = session.mkdir("suite")
    (suite / "conftest.py").write_text(CONFTEST)
    (suite / "test_mine.py").write_text(TEST)
    here = session.mkdir("elsewhere") if place == "elsewhere" else suite
    monkeypatch.chdir(here)
    words = ["--bench-db=b.duckdb", "--bench-models=fine", f"--import-mode={mode}", str(suite), *FAST]
    session.run(*program, *words).assert_outcomes(passed=1)
    assert rows(here / "b.duckdb", "SELECT model_name FROM results") == [{"model_name": "my-fine"}]


def test_a_conftest_met_only_during_collection_is_heard_too(session):
    below = session.mkdir("below") / "deeper"
    below.mkdir()
    (below / "conftest.py").write_text(CONFTEST)
    (below / "test_mine.py").write_text(TEST)
    session.runpytest("--bench-db=b.duckdb", "--bench-models=fine", *FAST).assert_outcomes(passed=1)


def test_a_users_own_test_gets_the_numbers(session):
    session.makepyfile(
        """
        def test_fast(cell):
            assert (cell.model, cell.hardware, cell.shape) == ("tiny-random-vit", "cpu", {"image_size": 64})
            result = cell.measure()
            assert result.status == "compatible"
            assert 0 < result.performance.latency_min_ms <= result.performance.latency_p50_ms
        """
    )
    session.runpytest("--bench-models=vit", "--no-db-store", *FAST).assert_outcomes(passed=1)
    assert not list(session.path.glob("*.duckdb*"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--hardware=cudo"], ["--hardware=cudo: no hardware is called 'cudo'. Did you mean 'cuda'?"]),
        (["--hardware=cpu:banana"], ["--hardware=cpu:banana: 'banana' is no index of a device."]),
        (["--hardware=cpu,,cuda"], ["*--hardware*has an empty entry*"]),
        (["--bench-models=brt"], ["--bench-models=brt: no model is called 'brt'. Did you mean 'bert'?"]),
        (["--bench-runtime=onnxruntine"], ["*no runtime is called 'onnxruntine'. Did you mean 'onnxruntime'?"]),
        (["--bench-batch-sizes=0"], ["*--bench-batch-sizes*'0' is no whole number of at least 1*"]),
        (["--bench-batch-sizes=1,many"], ["*--bench-batch-sizes*'many' is no whole number*"]),
        (["--bench-batch-sizes=-4"], ["*--bench-batch-sizes*'-4' is no whole number*"]),
        (["--bench-precisions=fp33"], ["--bench-precisions=fp33: no precision is called 'fp33'. Did you mean 'fp32'?"]),
        (["--bench-size=huge"], ["--bench-size=huge: no size is called 'huge'.*"]),
        (["--bench-suite=smoky"], ["--bench-suite=smoky: no suite is called 'smoky'. Did you mean 'smoke'?"]),
        (["--bench-suite=no.toml"], ["--bench-suite=no.toml: the file can't be read (*"]),
        (["--bench-stale=abc"], ["*--bench-stale*'abc' is no age such as 90m, 12h, 30d or 4w*"]),
        (["--bench-stale=d"], ["*--bench-stale*'d' is no age*"]),
        (["--bench-stale=-3d"], ["*--bench-stale*'-3d' is no age*"]),
        (["--bench-max=0"], ["*--bench-max*'0' is no whole number of at least 1*"]),
        (["--bench-timeout=soon"], ["*--bench-timeout*'soon' is no time in seconds*"]),
        (["--bench-label=novalue"], ["*--bench-label*'novalue' is not KEY=VALUE*"]),
        (["--bench-samples=some"], ["*--bench-samples*'some' is no whole number*"]),
        (["--bench-db=quack:not_a_host"], ["--bench-db=quack:not_a_host: no served database."]),
        (["--bench-db=."], ["--bench-db: * is a folder."]),
        (["--bench-db="], ["--bench-db= names no database (is a variable unset?)."]),
        (["--bench-db=tox.ini/b.duckdb"], ["--bench-db: * is a file, not a folder."]),
        (
            ["--bench-report=text", "--bench-report-kind=sumary", "."],
            ["*no kind of report is called 'sumary'. Did you mean 'summary'?"],
        ),
        (["--bench-report=pdf"], ["*--bench-report*pdf*"]),
        (["--migrate-legacy=nowhere"], ["*nowhere does not exist."]),
    ],
)
def test_a_mistake_is_a_usage_error_before_any_test(session, words, told):
    session.makepyfile("def test_one(): pass\n")
    result = session.runpytest("--bench-db=b.duckdb", *words)
    assert result.ret == 4
    lines = [line.removeprefix("ERROR: ") for line in result.errlines]
    assert any(fnmatch.fnmatchcase(line, told[0].replace("[", "[[]")) for line in lines), lines
    result.stdout.no_fnmatch_line("*test_one*")
    assert not (session.path / "b.duckdb").exists()


def test_an_ini_value_that_makes_no_sense_is_named(session):
    session.makeini("[pytest]\nbench_samples = lots\n")
    result = session.runpytest("--bench-db=b.duckdb")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*bench_samples = lots: 'lots' is no whole number of at least 1"])


def test_two_backends_of_one_name_are_a_usage_error(session):
    session.makeconftest(CONFTEST.replace('name = "odd"', 'name = "cpu"'))
    result = session.runpytest("--hardware=cpu")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: Two backends are called 'cpu'*"])


def test_a_cell_measured_in_a_fixture_leaves_its_rows_too(session, rows):
    session.makepyfile(
        """
        import pytest
        @pytest.fixture
        def measured(cell): return cell.measure()
        def test_it(measured): pass
        """
    )
    session.runpytest("--bench-db=b.duckdb", "--bench-models=vit", "--hardware=cpu,cpu:7", *FAST).assert_outcomes(
        passed=1, skipped=1
    )
    found = rows(session.path / "b.duckdb", "SELECT status FROM hardware_compatibility ORDER BY 1")
    assert [row["status"] for row in found] == ["compatible", "unavailable"]
    assert rows(session.path / "b.duckdb", "SELECT count(*) AS n FROM performance_results") == [{"n": 1}]


def test_what_is_named_twice_is_run_once(session):
    words = ["--bench-models=vit,vit", "--hardware=cpu,cpu", "--bench-batch-sizes=1,1,2", "--pyargs", INFERENCE]
    session.runpytest(*words, "--bench-verify", "--no-db-store").assert_outcomes(passed=2)


def test_nested_classes_are_in_the_test_case(session, rows):
    session.makepyfile("class TestA:\n    class TestB:\n        def test_it(self, cell): cell.measure()\n")
    session.runpytest("--bench-db=b.duckdb", "--bench-models=vit", *FAST).assert_outcomes(passed=1)
    (row,) = rows(session.path / "b.duckdb", "SELECT test_case FROM results")
    assert "::TestA::TestB::test_it[" in row["test_case"]


def test_a_test_collected_before_the_conftest_that_registers_its_model_is_no_silent_skip(session):
    for name, conftest in (("a", ""), ("b", CONFTEST)):
        folder = session.mkdir(name) / "deeper"
        folder.mkdir()
        (folder / "conftest.py").write_text(conftest)
        (folder / f"test_{name}.py").write_text(TEST)
    result = session.runpytest("--bench-db=b.duckdb", "--bench-models=fine")
    assert result.ret == 4
    result.stderr.fnmatch_lines(
        ["ERROR: a/deeper/test_a.py::test_it was collected before the conftest that registers*"]
    )


def test_a_broken_registration_is_an_error_in_a_session_that_stores_nothing_too(session):
    session.makeconftest(CONFTEST.replace('name = "odd"', 'name = "cpu"'))
    session.makepyfile(TEST)
    result = session.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*Two backends are called 'cpu'*"])


def test_zero_is_a_value_of_an_option(session, rows):
    session.makepyfile("def test_one(): pass\n")
    session.runpytest("--bench-max-time=0")
    assert rows(session.path / "bench.duckdb", "SELECT count(*) AS n FROM test_runs") == [{"n": 1}]
