"""What tools print on a terminal."""

import doctest
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers import console
from pytest_ipfs_bench.importers.document import Document


def document(text):
    raw = text.encode()
    return Document("out.txt", Path("out.txt"), raw[:4096], raw)


def test_the_examples_hold():
    assert doctest.testmod(console).failed == 0


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x1b[1;32mfib\x1b[0m 10", "fib 10"),
        ("\x1b]8;;https://example.org\x07link\x1b]8;;\x07", "link"),
        ("\x1b[2K\x1b[1Afib", "fib"),
        ("plain [1m", "plain [1m"),
    ],
)
def test_escapes_are_taken_out_and_nothing_else(written, shown):
    assert console.plain(written) == shown


def test_lines_are_what_was_left_on_the_screen_and_count_as_in_the_file():
    assert console.lines(document("a\r\nworking 1%\rworking 2%\rdone\n\nb")) == [
        ("line 1", "a"),
        ("line 2", "done"),
        ("line 3", ""),
        ("line 4", "b"),
    ]


@pytest.mark.parametrize("text", ['{"a": 1}', "[1, 2]", "# Results\n\n```\ntest a ... bench: 1 ns/iter\n```\n", ""])
def test_json_and_markdown_are_not_what_a_program_printed(text):
    assert console.printed(document(text)) is None


@pytest.mark.parametrize(
    ("value", "unit", "ms"),
    [
        ("323.90", "ps", 3.239e-07),
        ("135", "ns", 0.000135),
        ("13,967,756.30", "ns", 13.9677563),
        ("18.019", "µs", 0.018019),
        ("18.019", "μs", 0.018019),  # U+03BC, the Greek letter, beside U+00B5, the sign
        ("41.731", "us", 0.041731),
        ("7", "ms", 7.0),
        ("1.5e2", "s", 150_000.0),
        ("1e9999", "s", None),
        ("7", "cycles", None),
        ("1,2", "ms", None),
    ],
)
def test_printed_times_are_exact(value, unit, ms):
    assert console.milliseconds(value, unit) == ms
