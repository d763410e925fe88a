"""The marker `bench_cells`: a test says which cells it is over; options and suites have the last word."""

import pytest

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.marking import read

BERT = """
import pytest

HARDWARE = ["cpu", "cuda"]

@pytest.mark.bench_cells(models=["bert"], hardware=HARDWARE)
def test_bert(cell):
    pass

@pytest.mark.bench_cells(models=["vit"], batch_sizes=[1, 4])
def test_vit(cell):
    pass

def test_any(cell):
    pass
"""


@pytest.fixture
def collected(session):
    session.makepyfile(BERT)

    def ids(*words):
        result = session.runpytest("--collect-only", "-q", *words)
        return [line.partition("::")[2] for line in result.outlines if "::" in line]

    return ids


def only(ids, name):
    return [one.partition("[")[2].rstrip("]") for one in ids if one.startswith(f"{name}[")]


def test_without_any_option_a_test_has_its_own_cells(collected):
    ids = collected()
    assert only(ids, "test_bert") == [
        "tiny-random-bert-cpu-onnxruntime-fp32-b1-s128",
        "tiny-random-bert-cuda-torch-fp32-b1-s128",
    ]
    assert [one.partition("-fp32-")[2] for one in only(ids, "test_vit")] == ["b1-i64", "b4-i64"]
    assert len(only(ids, "test_any")) == 4


def test_an_option_takes_the_place_of_what_a_test_says(collected):
    ids = collected("--hardware=openvino", "--bench-batch-sizes=2")
    assert only(ids, "test_bert") == ["tiny-random-bert-openvino-openvino-fp32-b2-s128"]
    assert all("-b2-" in one for one in only(ids, "test_vit"))


def test_models_asked_for_choose_among_those_of_a_test(collected):
    ids = collected("--bench-models=key")
    assert [len(only(ids, name)) for name in ("test_bert", "test_vit", "test_any")] == [2, 2, 13]
    ids = collected("--bench-models=vit")
    assert [len(only(ids, name)) for name in ("test_bert", "test_vit", "test_any")] == [0, 2, 1]


def test_a_size_is_one_of_the_tests_models(collected):
    assert only(collected("--bench-size=base", "--bench-models=bert"), "test_bert")[0].startswith(
        "google-bert/bert-base-uncased-cpu"
    )


def test_a_suite_file_takes_its_place_too(session, collected):
    (session.path / "mine.toml").write_text('models = ["bert"]\nhardware = ["mps"]\n')
    ids = collected("--bench-suite=mine.toml", str(next(session.path.glob("test_*.py"))))
    assert only(ids, "test_bert") == ["tiny-random-bert-mps-torch-fp32-b1-s128"]
    assert only(ids, "test_vit") == []


def test_marks_of_module_class_and_function_add_up_the_closest_first(session):
    session.makepyfile("""
        import pytest

        pytestmark = pytest.mark.bench_cells("inference", models=["bert"], hardware=["cuda"])

        @pytest.mark.bench_cells(hardware=["mps"])
        class TestIt:
            @pytest.mark.bench_cells("prefill" if False else "generation", models=["llama"])
            def test_a(self, cell):
                pass

            def test_b(self, cell):
                pass
    """)
    ids = [line for line in session.runpytest("--collect-only", "-q").outlines if "::" in line]
    assert [one.partition("[")[2] for one in ids] == [
        "tiny-random-llama-mps-torch-fp32-b1-s128-prefill]",
        "tiny-random-llama-mps-torch-fp32-b1-s128-decode-n16]",
        "tiny-random-bert-mps-torch-fp32-b1-s128]",
    ]


def test_they_run_and_are_stored(session, rows):
    pytest.importorskip("onnxruntime")
    session.makepyfile(BERT.replace("pass", "cell.measure()"))
    result = session.runpytest("--bench-db=b.duckdb", "-k", "test_bert", "--bench-verify")
    outcomes = result.parseoutcomes()
    assert (outcomes["passed"], outcomes["skipped"]) == (1, 1)
    result.stdout.fnmatch_lines(["ipfs-bench: 4 cells of the tests' own (bench_cells)"])
    found = rows(session.path / "b.duckdb", "SELECT status FROM hardware_compatibility ORDER BY ALL")
    assert [row["status"] for row in found] == ["compatible", "unavailable"]


def test_a_plan_lists_them(session, collected):
    result = session.runpytest("--bench-plan", "--bench-max=99", "-k", "test_vit")
    assert [line for line in result.outlines if "tiny-random-vit" in line and "-b4-" in line]


@pytest.mark.slow
def test_workers_of_xdist_have_them_and_what_is_stored_is_left_out(session):
    pytest.importorskip("onnxruntime")
    session.makepyfile(BERT.replace("pass", "cell.measure()"))
    words = ("-n", "2", "-p", "xdist", "--bench-db=b.duckdb", "--bench-verify", "--bench-missing", "-k", "test_vit")
    session.runpytest(*words).assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "modles=['bert']",
            "test_a.py::test_a: bench_cells(modles=...): no keyword of it is called 'modles'. Did you mean 'models'?",
        ),
        (
            "'infrence'",
            "test_a.py::test_a: bench_cells('infrence'): no kind of cells is called 'infrence'. Did you mean 'inference'?",
        ),
        ("models='bert'", "test_a.py::test_a: bench_cells(models=...): 'bert' is no list of names."),
        (
            "batch_sizes=[0]",
            "test_a.py::test_a: bench_cells(batch_sizes=...): [0] is no list of whole numbers of at least 1.",
        ),
        ("sizes=['tiy']", "test_a.py::test_a: bench_cells(sizes=...): no size is called 'tiy'. Did you mean 'tiny'?"),
        ("precisions=['fp23']", "test_a.py::test_a: bench_cells(precisions=...): no precision is called 'fp23'."),
        ("shapes=[1]", "test_a.py::test_a: bench_cells(shapes=...): [1] is no mapping of an axis to its lengths."),
        ("shapes={'width': [1]}", "test_a.py::test_a: bench_cells(shapes=...): no axis is called 'width'."),
        ("models=['brt']", "test_a.py::test_a: bench_cells: brt: no model is called 'brt'. Did you mean 'bert'?"),
        (
            "hardware=['cdua']",
            "test_a.py::test_a: bench_cells: cdua: no hardware is called 'cdua'. Did you mean 'cuda'?",
        ),
    ],
)
@pytest.mark.parametrize("option", [[], ["--bench-db=b.duckdb"]])
def test_what_makes_no_sense_names_the_test(session, words, said, option):
    session.makepyfile(test_a=f"import pytest\n@pytest.mark.bench_cells({words})\ndef test_a(cell): pass\n")
    result = session.runpytest(*option)
    assert result.ret in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERRUPTED)
    assert said in result.stdout.str() + result.stderr.str()
    assert "plugin.py" not in result.stdout.str() + result.stderr.str()


def test_hardware_may_be_all():
    _, own = read("a", [pytest.mark.bench_cells(hardware=["all"]).mark])
    assert own.hardware[0].hardware == "all"
    with pytest.raises(BenchError, match="is no index of a device"):
        read("a", [pytest.mark.bench_cells(hardware=["cpu:x"]).mark])
