"""The report of a migration: a summary for the terminal, the whole as text, markdown or JSON."""

import json
from pathlib import Path

import pytest

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.migration import report

from .conftest import result


@pytest.fixture
def books(tree, run):
    tree("a.json", [result(1)])
    tree("red\x1b[31m.json", "{")
    tree("notes.json", "{}")
    return run()


def test_the_summary_has_the_balance_the_reasons_and_what_was_rejected(books):
    assert report.summary(books) == [
        "3 files found = 1 imported + 0 duplicate + 1 not results + 1 rejected",
        "Stored 1 measurements, 0 compatibility rows, 0 outcomes; 0 further statements of known results.",
        "  1 not results: not a result file we know",
        "  1 rejected: not JSON",
        "rejected: red\\x1b[31m.json: not JSON: Expecting property name enclosed in double quotes, line 1 column 2 (char 1)",
    ]


def test_a_run_without_anything_new_says_so(books, run):
    assert "Nothing new: 1 results were known already." in report.summary(run())


def test_the_whole_report_comes_in_the_format_of_its_ending(books):
    told = json.loads(report.whole(books, Path("/b.duckdb"), Path("r.json")))
    assert told["tables"]["Files"][0] == {"files": "found", "count": 3}
    assert told["tables"]["Formats"][1]["format"] == "simple"
    assert [row["file"] for row in told["tables"]["Rejected files"]] == ["red\x1b[31m.json"]
    assert {row["stage"] for row in told["tables"]["Stages"]} == {"read", "parse", "recognise", "store"}
    assert report.whole(books, Path("/b.duckdb"), Path("r.md")).startswith("# Migration\n")
    assert report.whole(books, Path("/b.duckdb"), Path("r.txt")).startswith("migration: /b.duckdb\n")
    assert "\x1b" not in report.whole(books, Path("/b.duckdb"), Path("r.md"))


def test_an_ending_that_no_format_has_is_a_mistake():
    with pytest.raises(BenchError, match=r"--migrate-report=r.pdf: no format ends in '.pdf'.\nLegal: .txt, .text, .md"):
        report.form(Path("r.pdf"))
