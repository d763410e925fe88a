"""Charts: what is drawn of a database, what is left out and said, and files that need nothing else."""

import json
import math
import re
import struct
import time

import pytest

from pytest_ipfs_bench import reports
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.queries.filters import Filters, choose
from pytest_ipfs_bench.reports import charts
from pytest_ipfs_bench.reports.charts import drawing, files
from pytest_ipfs_bench.reports.charts.pareto import front
from pytest_ipfs_bench.reports.table import Asked
from pytest_ipfs_bench.store.opening import opened
from pytest_ipfs_bench.store.read import reading

HOSTILE = [
    "<img src=x onerror=window.hacked=1>",
    "</script><script>window.hacked=1</script>",
    "نموذج",
    "模型",
    "x" * 60,
    "a\nb\x1b[31m",
]
drawing_needs = pytest.mark.skipif(not charts.installed(), reason="the extra `charts` is not installed")


def drawn(database, name, filters=Filters()):  # noqa: B008  frozen
    with reading(database) as con:
        choose(con, filters)
        return charts.CHARTS[name](con, Asked(filters))


def data(chart):
    """All values that a chart shows, one after another."""
    found = []

    def walk(node):
        if isinstance(node, dict):
            found.extend(node.get("values", []) if isinstance(node.get("values"), list) else [])
            node = list(node.values())
        if isinstance(node, list):
            for one in node:
                walk(one)

    walk(chart.spec)
    found += [one for known in chart.spec.get("datasets", {}).values() for one in known]
    return [one for one in found if isinstance(one, dict)]


@pytest.fixture(scope="module")
def strange(tmp_path_factory, builders):
    """Names of every kind, values decades apart, numbers that are none; imported and simulated rows, a software adapter."""
    make = builders()
    run = make.run(1, git_commit="c" * 40)
    cpu, soft = (
        make.hardware("cpu", device_name="Xeon"),
        make.hardware("webgpu", device_name="SwiftShader", is_software=True),
    )
    for place, name in enumerate(HOSTILE):
        model = make.model(name)
        for batch in (1, 8):
            make.measured(run, model, cpu, 1, 10.0 ** (place - 2) * batch, batch_size=batch)
        make.measured(run, model, soft, 1, 400.0)
        make.tried(run, model, cpu, 1, "compatible")
        make.tried(run, model, soft, 1, "crashed")
    bert = make.model("bert")
    make.measured(run, bert, cpu, 1, 3.0, provenance="imported", is_simulated=None)
    make.measured(run, bert, cpu, 1, 0.001, provenance="simulated", is_simulated=True)
    make.measured(run, bert, cpu, 1, math.inf, batch_size=3, samples=[math.inf, math.nan])
    return make.store(tmp_path_factory.mktemp("strange") / "b.duckdb", run)


@drawing_needs
@pytest.mark.parametrize("name", charts.CHARTS)
def test_nothing_is_drawn_of_an_empty_database(name, tmp_path):
    with opened(tmp_path / "e.duckdb"):
        pass
    assert drawn(tmp_path / "e.duckdb", name) is None


@drawing_needs
@pytest.mark.parametrize("name", charts.CHARTS)
def test_whatever_a_database_holds_is_drawn_as_json_that_a_browser_takes(name, strange):
    chart = drawn(strange, name)
    assert json.loads(json.dumps(chart.spec, allow_nan=False))
    shown = json.dumps([chart.words, chart.heading, chart.about, data(chart)], ensure_ascii=False)
    assert "\x1b" not in shown
    assert "simulated" not in shown


@drawing_needs
def test_imported_and_measured_are_told_apart_and_software_is_marked(strange):
    told = drawn(strange, "pareto").words + str(data(drawn(strange, "pareto")))
    assert "cpu · (imported)" in told
    assert "webgpu (software)" in told
    assert "(simulated)" in str(data(drawn(strange, "pareto", Filters(include_simulated=True))))


@drawing_needs
def test_bars_have_intervals_and_values_far_apart_are_points_on_a_logarithmic_axis(full, strange):
    bars = [one for one in data(drawn(full, "hardware")) if "told" in one]
    assert all(one["low"] < one["value"] < one["high"] for one in bars)
    far = drawn(strange, "hardware")
    assert "log" in {
        layer["encoding"]["x"]["scale"]["type"] for panel in far.spec["vconcat"] for layer in panel["layer"]
    }
    assert drawing.is_log([1, 101])
    assert not drawing.is_log([0, 1000])


@drawing_needs
def test_what_all_rows_share_is_said_once_and_names_are_whole(strange):
    chart = drawn(strange, "distribution")
    assert any("random · inference" in line or "inference" in line for line in chart.about)
    assert any("x" * 60 in one.get("cell", "") for one in data(chart))


@pytest.mark.slow
@drawing_needs
def test_much_is_bounded_and_what_is_left_out_is_said(tmp_path, builders):
    make = builders()
    run, cpu = make.run(1), make.hardware("cpu")
    for place in range(50):
        model = make.model(f"model-{place:02}")
        make.measured(run, model, cpu, 1, 1.0 + place)
        make.tried(run, model, cpu, 1, "compatible")
        make.measured(run, model, cpu, 1, 2.0 + place, batch_size=8)
    database = make.store(tmp_path / "b.duckdb", run)
    told = {name: " ".join(drawn(database, name).about) for name in charts.CHARTS if drawn(database, name)}
    assert "Not drawn: 92 more cells" in told["hardware"]
    assert "Not drawn: 43 more series" in told["batch-scaling"]
    assert "The newest 24 of 100" in told["distribution"]
    assert "Not drawn: 10 more models" in told["compatibility"]


def test_the_front_has_whom_none_beats_in_both():
    points = [{"ms": ms, "mb": mb, "provenance": "measured"} for ms, mb in ((1, 9), (2, 5), (3, 7), (4, 4), (1, 8))]
    assert [(one["ms"], one["mb"]) for one in front(points, "measured")] == [(1, 8), (2, 5), (4, 4)]
    assert front(points, "imported") == []


@drawing_needs
def test_a_trend_names_each_commit_where_it_changes(tmp_path, builders):
    make = builders()
    cpu, model = make.hardware("cpu"), make.model("bert")
    for day, commit in enumerate("aabbc", 1):
        make.measured(make.run(day, git_commit=commit * 40), model, cpu, day, 10.0 + day)
    chart = drawn(make.store(tmp_path / "b.duckdb", make.records[2]), "trend")
    points = [one for one in data(chart) if "label" in one][:5]
    assert [one["label"] for one in points] == ["a" * 10, "", "b" * 10, "", "c" * 10]
    assert "2026-01-01 10:00 to 2026-01-05 10:00, UTC." in chart.about


@drawing_needs
def test_one_definition_makes_png_svg_and_a_page(full, tmp_path):
    for form in ("png", "svg", "html"):
        reports.draw(full, "compatibility", tmp_path / f"c.{form}")
    png = (tmp_path / "c.png").read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", png[16:20])[0] > 300
    svg = (tmp_path / "c.svg").read_text()
    assert svg.startswith("<svg")
    assert all(word in svg for word in ("bert", "gpt2", "rocm"))
    page = (tmp_path / "c.html").read_text()
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", page.partition("</head>")[0])


@drawing_needs
@pytest.mark.slow
@pytest.mark.parametrize("name", charts.CHARTS)
def test_every_chart_in_a_real_chromium_asks_for_nothing_and_runs_nothing_of_the_data(
    name, strange, tmp_path, chromium
):
    charts.save(drawn(strange, name), tmp_path / "c.html")
    console = []
    page = chromium.page("about:blank", 30.0, console)
    try:
        page._go((tmp_path / "c.html").as_uri())
        while not page.evaluate("() => document.querySelector('#chart svg') !== null"):
            time.sleep(0.01)
        assert page.evaluate("() => document.querySelectorAll('#chart svg text').length") > 3
        assert page.evaluate("() => window.hacked === undefined")
        assert page.evaluate("() => document.querySelectorAll('img').length") == 0
        assert page.evaluate("() => performance.getEntriesByType('resource').length") == 0
    finally:
        page.close()
    assert console == []


def test_without_the_extra_one_is_told_how_to_get_it(monkeypatch, full, tmp_path):
    monkeypatch.setattr(charts, "PACKAGES", ("no_such_package",))
    with pytest.raises(BenchError, match=r"Charts need the extra `charts`.\nInstall it: pip install"):
        reports.draw(full, "trend", tmp_path / "c.png")
    assert any("pip install" in note for note in reports.illustrated(full, "trend").notes)


@drawing_needs
def test_what_can_not_be_drawn_is_said_before_the_work(full, tmp_path):
    with pytest.raises(BenchError, match=r"c.gif: a chart is one of .png, .svg, .html, by the name of its file"):
        reports.draw(full, "trend", tmp_path / "c.gif")
    with pytest.raises(BenchError, match=r"report migration: there is no chart of it.\nCharts have: summary, "):
        reports.draw(full, "migration", tmp_path / "c.png")
    (tmp_path / "file").touch()
    with pytest.raises(BenchError, match="can't be written"):
        reports.visualize(full, tmp_path / "file", print)
    with pytest.raises(BenchError, match="nothing to draw for trend"):
        reports.draw(full, "trend", tmp_path / "c.png", Asked(Filters(precision=("fp16",), hardware=("cpu",))))


@drawing_needs
@pytest.mark.slow
def test_a_folder_of_every_chart(full, tmp_path):
    told = []
    assert reports.visualize(full, tmp_path / "charts", told.append) == []
    assert told[0] == f"hardware: {tmp_path}/charts/hardware{{.png,.svg,.html}}"
    assert sorted(path.name for path in (tmp_path / "charts").iterdir()) == sorted(
        f"{name}{form}" for name in charts.CHARTS for form in files.FORMS
    )


@drawing_needs
def test_a_page_has_the_charts_of_its_kind_in_its_own_ink(full):
    made = reports.illustrated(full, "compare-hardware")
    (picture,) = made.pictures
    assert picture.title == "Hardware by latency (ms), less is better"
    assert "Whiskers: 95 % intervals inside one session." in picture.about
    assert "currentColor" in picture.svg
    assert "bert" in picture.words
