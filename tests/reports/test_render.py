"""Renderers: what is unknown, what is odd, and what is exact."""

import csv
import io
import json
from datetime import datetime

import pytest

from pytest_ipfs_bench.reports import render
from pytest_ipfs_bench.reports.table import Document, Table

ODD = "a|b <img src=x> \x1b[31m\u202e `c`\nnext"
TABLE = Table("Odd", ("text", "number", "when"), [(ODD, 1.23456789, datetime(2026, 1, 1, 12)), (None, None, None), ("=HYPERLINK(1)", float("nan"), None)])  # fmt: skip
DOCUMENT = Document("summary", "/tmp/\x1bb.duckdb", [TABLE], ["a note"])


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_for_people_the_unknown_is_a_dash_and_control_characters_are_shown(form):
    shown = render.RENDERERS[form](DOCUMENT)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "None" not in shown
    assert "nan" not in shown
    assert "1.235" in shown
    assert "2026-01-01 12:00:00" in shown
    assert "a note" in shown


def test_markdown_tables_keep_their_columns():
    rows = [line for line in render.markdown(DOCUMENT).splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {4}
    assert "<img" not in "".join(rows)


def test_json_is_exact_and_strict():
    told = json.loads(render.as_json(DOCUMENT), parse_constant=pytest.fail)
    assert told["tables"]["Odd"][0] == {"text": ODD, "number": 1.23456789, "when": "2026-01-01T12:00:00"}
    assert told["tables"]["Odd"][2]["number"] is None


def test_csv_is_exact_and_no_formula():
    rows = list(csv.reader(io.StringIO(render.as_csv(DOCUMENT))))
    assert rows[0] == ["text", "number", "when"]
    assert rows[1][:2] == [ODD, "1.23456789"]
    assert rows[2] == ["", "", ""]
    assert rows[3][0] == "'=HYPERLINK(1)"


def test_several_tables_share_one_csv_told_apart_by_a_column():
    two = Document("summary", "b", [TABLE, Table("Other", ("x",), [(1,)])], [])
    rows = list(csv.reader(io.StringIO(render.as_csv(two))))
    assert rows[0] == ["table", "text", "number", "when", "x"]
    assert rows[-1] == ["Other", "", "", "", "1"]


def test_an_empty_table_says_so():
    assert "none" in render.text(Document("summary", "b", [Table("Runs", ("a",), [])], []))


def test_source_that_could_not_be_parsed_is_told_by_error_and_place():
    said = '  File "/a/b.py", line 8\n    def init(self, name=None):\nIndentationError: unexpected indent'
    assert render.readable(said) == "IndentationError: unexpected indent (/a/b.py, line 8)"
    assert render.exact(said) == said


def test_yes_and_no_are_words():
    assert (render.readable(True), render.readable(False)) == ("yes", "no")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("@octocat", "&#64;octocat"),
        ("#12", "&#35;12"),
        ("*a* ~~b~~ `c`", r"\*a\* \~\~b\~\~ \`c\`"),
        ("__init__ test_one.py", r"\_\_init\_\_ test_one.py"),
        ("&lt;x&gt; <b>", "&amp;lt;x&amp;gt; &lt;b>"),
        ("test_a[1-2]", "test_a[1-2]"),
        ("[a](http://b)", r"\[a\](http://b)"),
    ],
)
def test_a_name_in_markdown_is_text_and_calls_nobody(name, shown):
    made = render.markdown(Document("one", "d", [Table("T", ("name",), [(name,)])], [name]))
    assert f"| {shown} " in made
    assert made.endswith(f"\n{shown}\n")
