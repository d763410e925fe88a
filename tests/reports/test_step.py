"""The summary of a step on GitHub: added to, cut at a row, never too large."""

from pytest_ipfs_bench.reports import step
from pytest_ipfs_bench.reports.render import markdown
from pytest_ipfs_bench.reports.table import Document, Table

REPORT = markdown(
    Document(
        "summary",
        "b.duckdb",
        [Table(f"Table {n}", ("name", "value"), [(f"模型 {row}", row) for row in range(20)]) for n in range(2)],
        ["A note."],
    )
)


def test_a_report_is_added_to_what_is_there(tmp_path):
    file = tmp_path / "summary.md"
    for _ in range(2):
        assert step.add(file, REPORT) is None
    assert file.read_text() == f"{REPORT}\n\n{REPORT}"


def test_a_report_that_fits_is_left_whole():
    assert step.cut(REPORT, len(REPORT.encode())) == REPORT


def test_one_that_does_not_is_cut_at_a_row_and_says_how_much_is_missing():
    for room in range(340, len(REPORT.encode()), 7):
        told = step.cut(REPORT, room)
        assert len(told.encode()) <= room
        shown, note = told.rstrip("\n").rsplit("\n\n", 1)
        assert REPORT.startswith(shown + "\n")
        missing = 40 - sum(line.startswith("| 模型") for line in shown.splitlines())
        assert note.startswith(f"**Cut here: {missing} rows (")
        assert not shown.splitlines()[-1].startswith(("#", "|:", "| name"))


def test_what_is_there_counts(tmp_path):
    file = tmp_path / "summary.md"
    file.write_bytes(b"x" * (step.LIMIT - 700))
    assert step.add(file, REPORT) is None
    assert step.LIMIT - 700 < file.stat().st_size <= step.LIMIT
    assert "are not shown" in file.read_text()


def test_a_full_summary_and_one_that_cannot_be_written_are_told(tmp_path):
    file = tmp_path / "summary.md"
    file.write_bytes(b"x" * (step.LIMIT - 10))
    assert "the step's summary is full (1048576 bytes); the report was not added." in step.add(file, REPORT)
    assert file.stat().st_size == step.LIMIT - 10
    assert "the report can't be added to the step's summary (" in step.add(tmp_path, REPORT)
