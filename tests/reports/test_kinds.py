"""Every kind of report: golden files, nothing at all, and whatever a database may hold."""

import csv
import functools
import io
import json
import re
import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from pytest_ipfs_bench import reports
from pytest_ipfs_bench.reports.parquet import save_parquet
from pytest_ipfs_bench.reports.render import RENDERERS
from pytest_ipfs_bench.reports.table import Asked, Table
from pytest_ipfs_bench.satellites import Power, Training, Web
from pytest_ipfs_bench.store.opening import opened

GOLDEN = Path(__file__).parent.parent / "data" / "reports"
NOW = datetime(2026, 1, 12, 10)
FORMS = [(kind, form) for kind in reports.KINDS for form in ("text", "markdown", "html", "json", "csv")]
STRANGE = [
    "<img src=x onerror=alert(1)>", "a|b", "two\nlines\r\nthree", "نموذج", "模型", "देवनागरी क्षि", "👩🏽\u200d🔬", "e\u0301\u0327\u0338", "=1+1",
    "\x1b[31m\x07", "\u202egpj.exe", "`code` [link](x)", "\\", " ", "None", "x" * 1000,
]  # fmt: skip
NUMBERS = ("inf", "-inf", "nan", "1e300", "-1e300", "1e-300", "0", "9007199254740993", "123456.789", "0.00012345")
QUICK, REST = ("empty", "mixed"), ("nulls", "simulated", "names", "numbers", "one")
MANY = 10_000


def likeness(text, database):
    """What differs from one machine to the next: where the file is, how large, when its schema was made."""
    text = text.replace(str(database), "b.duckdb")
    text = re.sub(r"<(style|script)[^>]*>.*?</\1>", "", text, flags=re.DOTALL)  # test_page.py's matter
    text = re.sub(r"'sha256-[^']+'", "SHA256", text)
    text = re.sub(r"(size_bytes(?:\W|value|td|class|text)+)\d+ *", r"\1N", text)
    text = re.sub(r"(schema_since(?:\W|value|td|class|text)+)[-\d:T. ]+", r"\1T", text)
    return "\n".join(re.sub(r" +", " ", re.sub(r"-{3,}", "---", line)).rstrip() for line in text.splitlines()) + "\n"


@pytest.fixture(scope="module")
def documents(full):
    """documents(kind): the report of each kind, made once for all of its formats."""
    return functools.cache(lambda kind: reports.document(full, kind, Asked(now=NOW)))


@pytest.mark.parametrize(("kind", "form"), FORMS)
def test_a_report_is_what_it_was(kind, form, full, documents):
    """Golden files; to make them anew, delete them and run this twice, and read what changed."""
    golden = GOLDEN / f"{kind}.{form}"
    told = likeness(RENDERERS[form](documents(kind)), full)
    if not golden.exists():
        golden.write_text(told)
        pytest.fail(f"{golden.name} was made: read it")
    assert told == golden.read_text()


def well_formed(form, text):
    if form == "html":
        scripts = re.findall(r"<script[^>]*>", text)
        assert set(scripts[:-1]) <= {
            '<script type="text/plain" class="words">',
            '<script type="text/plain" class="places">',
        }
        assert scripts[-1] == "<script>"  # our own: test_page.py
        text = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.DOTALL)
    if form == "json":
        json.loads(text, parse_constant=pytest.fail)
    elif form == "csv":
        assert len({len(row) for row in csv.reader(io.StringIO(text)) if row}) <= 1
    else:
        assert not re.search(r"(?<![\w.])(nan|NaN|NaT|<NA>|inf)(?![\w.])", text)
        assert not {"\x1b", "\x07", "\u202e", "\r"} & set(text)
        assert "<img" not in text or form == "text"
        assert max(map(len, text.splitlines())) < 5000 or form == "html"
    if form == "markdown":
        for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in table.splitlines()}) == 1, table


def renders(kind, database):
    before = database.read_bytes()
    made = reports.document(database, kind, Asked(now=NOW))
    for form in RENDERERS:
        well_formed(form, RENDERERS[form](made))
    assert database.read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("kind", reports.KINDS)
def test_every_kind_is_well_formed_on_nothing_and_on_whatever_there_may_be(kind, strange):
    for name in QUICK:
        renders(kind, strange(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", REST)
@pytest.mark.parametrize("kind", reports.KINDS)
def test_every_kind_is_well_formed_on_each_strange_thing_alone(kind, name, strange):
    renders(kind, strange(name))


@pytest.fixture(scope="module")
def strange(tmp_path_factory, builders):
    """strange(name): a database that is empty, full of NULL, of simulated rows only, of strange names ..., or all of it."""
    folder = tmp_path_factory.mktemp("strange")

    @functools.cache
    def made(name):
        path, make = folder / f"{name}.duckdb", builders()
        fillers = [FILLERS[name]] if name in FILLERS else FILLERS.values()
        if name == "empty":
            with opened(path):
                return path
        runs = [fill(make) for fill in fillers]
        make.store(path, runs[0])
        with opened(path) as con:
            for statement in _numbers() if name in ("numbers", "mixed") else ():
                con.execute(statement)
        return path

    return made


def _nulls(make):
    run, model, hardware = (
        make.run(1, started_at=None, completed_at=None, success=None),
        make.model("m"),
        make.hardware("cpu"),
    )
    unknown = dict.fromkeys(("runtime", "precision", "batch_size", "weights", "rounds", "average_latency_ms", "params", "created_at",
                             "throughput_items_per_second", "memory_peak_mb"))  # fmt: skip
    for mode in ("inference", "prefill", "decode", "training", "benchmark"):
        made = make.measured(run, None if mode == "benchmark" else model, hardware, 1, 1.0, mode=mode, **unknown)
        make.records[-1] = type(made)(**{**vars_of(made), "latency_p50_ms": None, "samples_ms": None})
    make.tried(run, model, hardware, 1, "unknown", runtime=None, precision=None, batch_size=None)
    make.outcome(run, "t", "unknown", 1, test_module=None, created_at=None)
    return run


def _simulated(make):
    run, model, hardware = make.run(1), make.model("m"), make.hardware("cpu")
    make.measured(run, model, hardware, 1, 1.0, provenance="simulated", is_simulated=True)
    make.tried(run, model, hardware, 1, "compatible", provenance="simulated", is_simulated=True)
    return run


def _names(make):
    run = make.run(1, git_branch=STRANGE[0], git_commit=STRANGE[1])
    for name in STRANGE:
        model, hardware = make.model(name, model_family=name), make.hardware(name, device_name=name)
        make.measured(run, model, hardware, 1, 1.0, created_at="2999-01-01 00:00:00", runtime=name, precision=name)
        make.tried(run, model, hardware, 1, "crashed", error_message=name, error_type=name, runtime=name)
        make.outcome(run, name, "fail", 1, error_message=name)
    return run


def _one(make):
    run, model, hardware = make.run(1), make.model("m"), make.hardware("cpu")
    make.measured(run, model, hardware, 1, 1.0)
    make.tried(run, model, hardware, 1, "compatible")
    make.outcome(run, "t", "pass", 1)
    return run


def _numbered(make):
    """As many measurements as there are strange numbers, each of its own batch."""
    run, model, hardware = make.run(1), make.model("numbers"), make.hardware("cpu", device_name="numbers")
    for batch, _ in enumerate(NUMBERS, 1):
        for mode in ("inference", "decode", "training"):
            made = make.measured(run, model, hardware, 1, 1.0, batch_size=batch, mode=mode, energy_joules=1.0)
            make.add(Power(result_id=made.result_id, average_power_w=1.0))
            make.add(Training(result_id=made.result_id, strategy="ddp", world_size=2))
    return run


def _numbers():
    """What makes every number of them a strange one: no session stores such, other programs may."""
    kinds = {
        "latency_p50_ms",
        "average_latency_ms",
        "latency_std_ms",
        "throughput_items_per_second",
        "memory_peak_mb",
        "energy_joules",
    }
    for batch, number in enumerate(NUMBERS, 1):
        values = ", ".join(f"{column} = '{number}'::DOUBLE" for column in sorted(kinds))
        yield (
            f"UPDATE performance_results SET {values} WHERE batch_size = {batch}"
            " AND hardware_id IN (SELECT hardware_id FROM hardware_platforms WHERE device_name = 'numbers')"
        )


def _many(make):
    run, hardware = make.run(1), make.hardware("cpu")
    for number in range(MANY):
        model = make.model(f"model-{number}")
        mode = ("inference", "decode", "training")[number % 3]
        made = make.measured(run, model, hardware, 1, 1.0 + number, mode=mode, samples=[1.0], energy_joules=1.0)
        make.add(Web(result_id=made.result_id, platform="webgpu", browser="Chromium"))
        make.add(Training(result_id=made.result_id, strategy="ddp", world_size=2))
        make.tried(run, model, hardware, 1, ("compatible", "crashed")[number % 2])
        make.outcome(run, f"tests/test_{number}.py::test_it", ("pass", "fail")[number % 2], 1)
    return run


FILLERS = {
    "nulls": _nulls,
    "simulated": _simulated,
    "names": _names,
    "numbers": _numbered,
    "one": _one,
}


@pytest.fixture(scope="module")
def many(tmp_path_factory, builders):
    make = builders()
    return make.store(tmp_path_factory.mktemp("many") / "b.duckdb", _many(make))


@pytest.mark.slow
@pytest.mark.parametrize("kind", reports.KINDS)
def test_every_kind_is_well_formed_on_ten_thousand_models(kind, many):
    made = reports.document(many, kind, Asked(now=NOW))
    for form in RENDERERS:
        well_formed(form, RENDERERS[form](made))


def vars_of(record):
    return {name: getattr(record, name) for name in type(record).__annotations__ if name not in ("TABLE", "KEY")}


def test_what_is_left_out_is_said(strange):
    told = reports.make(strange("simulated"), "performance", "text")
    assert (
        "2 simulated or predicted rows not shown (1 of measurements, 1 of tries); --include-simulated shows them."
        in told
    )
    assert "m " not in told.split("Models")[1].splitlines()[1]


def test_simulated_rows_are_shown_when_asked_for_and_say_what_they_are(strange):
    path = strange("simulated")
    told = json.loads(reports.make(path, "performance", "json", reports.asked([("include-simulated", "yes")])))
    assert [row["provenance"] for row in told["tables"]["Models"]] == ["simulated"]
    assert told["notes"] == []


def test_dates_in_the_future_are_said(strange):
    path = strange("names")
    assert f"{len(STRANGE)} measurements are dated in the future." in reports.make(path, "performance", "text")


def test_strange_names_stay_text_in_html(strange):
    path = strange("names")
    page = reports.make(path, "performance", "html")
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "模型" in page


def test_a_report_as_parquet_is_one_table(full, tmp_path):
    reports.make_file(full, "performance", "parquet", tmp_path / "r.parquet")
    found = duckdb.sql(f"SELECT \"table\", count(*) FROM '{tmp_path}/r.parquet' GROUP BY 1 ORDER BY 1").fetchall()
    assert [name for name, _ in found] == ["Benchmarks", "Models"]


@pytest.mark.slow
def test_a_database_of_an_older_schema_is_read_as_it_is(tmp_path):
    old = Path(shutil.copy(GOLDEN.parent / "v1.duckdb", tmp_path / "old.duckdb"))
    for kind in reports.KINDS:
        reports.make(old, kind, "json")


def test_a_column_in_parquet_holds_what_comes_late(tmp_path):
    values = {
        "whole": [1] * 3000,
        "mixed": [1] * 2999 + [1.5],
        "words": [1] * 2999 + ["x"],
        "flags": [True, 2, None] * 1000,
        "none": [None] * 3000,
    }
    values["whole"][2500] = 5_000_000_000
    save_parquet(Table("t", tuple(values), list(zip(*values.values(), strict=True))), tmp_path / "t.parquet")
    found = duckdb.read_parquet(str(tmp_path / "t.parquet"))
    assert dict(zip(found.columns, map(str, found.types), strict=True)) == {
        "whole": "BIGINT", "mixed": "DOUBLE", "words": "VARCHAR", "flags": "VARCHAR", "none": "VARCHAR",
    }  # fmt: skip
    assert found.aggregate("sum(whole), sum(mixed), max(words), max(flags)").fetchall() == [
        (5_000_002_999, 3000.5, "x", "true")
    ]
