"""Models in a session: those that can't be exported, damaged files, and lengths that a model does not take."""

import shutil

import pytest

from model_suites import text

pytest.importorskip("onnxruntime")

FAST = ["--bench-verify", "--pyargs", "model_suites"]
ROWS = "SELECT status, is_compatible, error_type, error_message, suggested_fix FROM hardware_compatibility"
CONFTEST = """
from dataclasses import replace
import pluggy
from model_suites import text

hookimpl = pluggy.HookimplMarker("ipfs_bench")

class Mine:
    @hookimpl
    def register_models(self):
        return [replace(text.BERT_TINY, name="mine", family="mine", files=({file!r},), reference=None, torch=None)]

def pytest_ipfs_bench_register(manager):
    manager.register(Mine())
"""


def test_a_model_that_cannot_be_exported_is_a_row_with_the_reason(session, rows):
    result = session.runpytest("--bench-models=llava-next", "--bench-runtime=onnxruntime", "--bench-db=b.duckdb", *FAST)
    result.assert_outcomes(skipped=1)
    (row,) = rows(session.path / "b.duckdb", ROWS)
    assert (row["status"], row["is_compatible"], row["error_type"]) == ("incompatible", False, "export")
    assert row["error_message"].startswith("tiny-random-llava-next has no ONNX file: how many tokens an image takes")
    assert row["suggested_fix"] == "Use its torch form: --bench-runtime=torch."


@pytest.mark.parametrize("bytes_left", [0, 100_000], ids=["empty", "torn"])
def test_a_damaged_file_is_named_with_the_remedy(session, rows, bytes_left):
    file = session.path / "mine.onnx"
    shutil.copy(text.BERT_TINY.files[0], file)
    file.write_bytes(file.read_bytes()[:bytes_left])
    session.makeconftest(CONFTEST.format(file=str(file)))
    session.runpytest("--bench-models=mine", "--bench-db=b.duckdb", *FAST).assert_outcomes(failed=1)
    (row,) = rows(session.path / "b.duckdb", ROWS)
    assert (row["status"], row["is_compatible"], row["error_type"]) == ("unknown", None, "file")
    assert row["error_message"].startswith(f"{file} can't be read: ")
    assert row["suggested_fix"] == "The file is damaged: get it anew."


def test_a_length_that_the_model_does_not_take_is_a_reason_and_no_error(session, rows):
    words = ["--bench-models=bert", "--bench-seq-lens=512,1024", "--bench-db=b.duckdb"]
    session.runpytest(*words, *FAST).assert_outcomes(passed=1, skipped=1)
    (row,) = rows(session.path / "b.duckdb", f"{ROWS} WHERE status <> 'compatible'")
    assert (row["status"], row["error_type"]) == ("incompatible", "shape")
    assert row["error_message"] == "sequence_length 1024 is asked for; tiny-random-bert takes 1 to 512"
