"""Badges: what they say, of what, and that whatever it is called stays text."""

import xml.etree.ElementTree as ET

import pytest

from pytest_ipfs_bench import reports
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.store.opening import opened

SVG = "{http://www.w3.org/2000/svg}"


def badge(database, *words, text=None):
    """The two texts of a badge, and the whole of it."""
    root = ET.fromstring(reports.badge(database, reports.asked([tuple(word.split("=", 1)) for word in words]), text))
    return [one.text for one in root.iter(f"{SVG}text")], root


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], ["benchmarks", "12 measured"]),
        (["hardware=cuda"], ["benchmarks", "2 measured"]),
        (["model=bert", "hardware=cpu", "batch=1"], ["bert on cpu", "8 ms"]),
        (["family=bert", "hardware=cpu", "batch=1", "metric=throughput"], ["bert on cpu", "124 /s"]),
        (["model=bert", "hardware=webgpu"], ["bert on webgpu (software)", "60 ms"]),
        (["model=bert", "hardware=cuda", "metric=energy"], ["bert on cuda", "0.5 J"]),
        (["model=gpt2", "hardware=cuda", "metric=energy"], ["gpt2 on cuda", "—"]),
        (["model=gpt2", "metric=load"], ["gpt2", "—"]),
    ],
)
def test_a_badge_says_how_much_was_measured_or_how_fast_a_model_is(full, words, told):
    assert badge(full, *words)[0] == told


def test_an_imported_number_is_shown_only_where_nothing_was_measured_and_says_so(tmp_path, builders):
    make = builders()
    run, cpu, bert = make.run(1), make.hardware("cpu"), make.model("bert")
    make.measured(run, bert, cpu, 1, 3.0, provenance="imported", is_simulated=None)
    make.measured(run, bert, cpu, 1, 1.0, provenance="simulated", is_simulated=True)
    make.store(tmp_path / "b.duckdb", run)
    assert badge(tmp_path / "b.duckdb", "model=bert")[0] == ["bert on cpu", "3 ms (imported)"]
    assert badge(tmp_path / "b.duckdb")[0] == ["benchmarks", "0 measured"]


@pytest.mark.parametrize(
    ("latency", "told"), [(0.0005, "0.5 µs"), (5.2345, "5.23 ms"), (1234.5, "1,234 ms"), (61_000.0, "61 s")]
)
def test_a_number_has_three_digits_and_a_unit_that_fits(tmp_path, builders, latency, told):
    make = builders()
    run = make.run(1)
    make.measured(run, make.model("m"), make.hardware("cpu"), 1, latency)
    make.store(tmp_path / "b.duckdb", run)
    assert badge(tmp_path / "b.duckdb", "model=m")[0] == ["m on cpu", told]


def test_those_who_cannot_see_it_are_told_more(full):
    _, root = badge(full, "model=bert", "hardware=cpu", "batch=1")
    assert root.get("role") == "img"
    assert root.get("aria-label") == "bert on cpu: 8 ms"
    (title,) = root.iter(f"{SVG}title")
    assert title.text == (
        "bert on cpu: 8 ms. latency of bert: Xeon, onnxruntime, inference, fp32, sequence_length:128, batch 1, measured 2026-01-02"
    )


def test_names_stay_text_and_longer_ones_get_more_room(full):
    words, narrow = badge(full, text="i<b>&\x1b\udc80")
    assert words[0] == "i<b>&\\x1b\N{REPLACEMENT CHARACTER}"
    assert int(badge(full, text="模型模型模型模型")[1].get("width")) > int(narrow.get("width"))


def test_on_nothing_it_is_nothing(tmp_path):
    with opened(tmp_path / "e.duckdb"):
        pass
    assert badge(tmp_path / "e.duckdb")[0] == ["benchmarks", "0 measured"]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("model=brt", "no model in this database is called 'brt'"),
        ("baseline=cpu", "--baseline belongs to compare-hardware"),
    ],
)
def test_what_a_badge_cannot_be_asked(full, word, message):
    with pytest.raises(BenchError, match=message):
        badge(full, word)
