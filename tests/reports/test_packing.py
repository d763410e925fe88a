"""Tables as the page holds them: in columns, different values once, small."""

import base64
import random
import zlib
from datetime import date, datetime

from pytest_ipfs_bench.reports.compatibility import SYMBOLS
from pytest_ipfs_bench.reports.page.packing import sheet
from pytest_ipfs_bench.reports.table import Table


def column(*values, **more):
    return sheet(Table("T", ("c",), [(value,) for value in values], **more)).columns[0]


def unpacked(packed):
    return zlib.decompress(base64.b64decode(packed))


def test_numbers_are_in_order_of_their_values_even_where_they_read_the_same():
    made = column(10.00001, 2, 10.0, None, float("nan"), 2)
    assert (made.kind, made.words, made.places) == ("number", ["2", "10", "10"], [2, 0, 1, 3, 3, 0])
    assert [made.word(row) for row in range(6)] == ["10", "2", "10", "—", "—", "2"]


def test_times_are_in_order_of_time():
    made = column(datetime(2026, 1, 2), datetime(2025, 12, 31), None)
    assert (made.kind, made.words, made.places) == ("time", ["2025-12-31 00:00:00", "2026-01-02 00:00:00"], [1, 0, 2])
    assert column(date(2026, 1, 2)).kind == "time"


def test_words_are_what_people_read_each_once():
    made = column("b\n", "a", "b ", True, None, {"k": [1]})
    assert (made.kind, sorted(made.words)) == ("text", ["a", "b ", "yes", "{'k': [1]}"])
    assert [made.word(row) for row in range(6)] == ["b ", "a", "b ", "yes", "—", "{'k': [1]}"]


def test_states_are_in_the_order_of_their_signs():
    made = sheet(Table("T", ("model", "cpu"), [("m", "fails"), ("n", "works")], SYMBOLS)).columns[1]
    assert (made.kind, made.words, made.places) == ("state", ["✔ works", "✘ fails"], [1, 0])


def test_words_share_their_beginnings_but_never_half_a_letter():
    made = sheet(
        Table("T", ("c", "d"), [("bert-base", 1), ("bert-large", 10), ("bert", None), ("😀a", 100), ("😀b", 1)])
    )
    assert unpacked(made.words).decode().split("\f") == ["0bert\n4-base\n5large\n0😀a\n0😀b", "01\n10\n20"]


def test_places_are_told_byte_by_byte():
    made = sheet(Table("T", ("c",), [(number,) for number in range(300)]))
    planes = unpacked(made.places)
    assert planes[:3] == bytes([0, 1, 2])
    assert planes[300 + 299] == 1
    assert len(planes) == 4 * 300


def test_random_numbers_cost_little_more_than_what_they_hold():
    random.seed(1)
    made = sheet(Table("T", ("c",), [(random.random(),) for _ in range(10_000)]))
    assert len(made.words) + len(made.places) < 10_000 * 3.5


def test_columns_in_which_nothing_is_known_are_left_out_where_they_are_quiet():
    assert [one.name for one in sheet(Table("T", ("a", "options"), [(1, None)])).columns] == ["a"]
