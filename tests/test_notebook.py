"""A database in Python: what is asked and answered, what is refused, and that nobody is kept waiting."""

import subprocess
import sys
from datetime import UTC, date, datetime

import duckdb
import pytest

import pytest_ipfs_bench
from pytest_ipfs_bench.errors import BenchError, StoreError
from pytest_ipfs_bench.records import Outcome, Performance, Run, hardware, model
from pytest_ipfs_bench.store.spool import Spool
from pytest_ipfs_bench.store.write import hand_over


def fill(path):
    """Two models on two devices, one of them measured twice, a benchmark, an outcome; a simulated row beside them."""
    cpu, gpu = hardware("cpu", device_name="Xeon"), hardware("cuda", device_name="H100")
    for day in (1, 2):
        run = Run(run_id=f"0000000{day}-0000-7000-8000-000000000000", started_at=f"2026-01-0{day} 10:00:00", success=True,
                  git_branch=f"<b>{day}", labels={"day": str(day)})  # fmt: skip
        spool, rows = Spool.create(path, run.run_id), [run, cpu, gpu]
        for number, (name, place) in enumerate([("bert", cpu), ("bert", gpu), ("gpt2", cpu)]):
            told = model(name)
            about = {"run_id": run.run_id, "model_id": told.model_id, "hardware_id": place.hardware_id}
            measured = Performance(
                result_id=f"0000000{day}-0000-7000-8000-00000000000{number}", **about, test_case="c", mode="inference",
                batch_size=1, latency_p50_ms=10.0 * day + number, samples_ms=[1.0, 2.0], created_at=f"2026-01-0{day} 11:00:00",
            )  # fmt: skip
            rows += [told, measured]
        rows.append(Performance(result_id=f"0000000{day}-0000-7000-8000-00000000000b", run_id=run.run_id, hardware_id=cpu.hardware_id,
                                test_case="a.py::test_sort", mode="benchmark", latency_p50_ms=float(day)))  # fmt: skip
        rows.append(
            Performance(
                result_id=f"0000000{day}-0000-7000-8000-00000000000c",
                **about,
                test_case="s",
                mode="inference",
                provenance="simulated",
                is_simulated=True,
            )
        )
        rows.append(Outcome(test_result_id=f"0000000{day}-0000-7000-8000-00000000000d", run_id=run.run_id, node_id="a", status="pass"))  # fmt: skip
        for row in rows:
            spool.append(row.line())
        hand_over(path, spool)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    made = tmp_path_factory.mktemp("notebook") / "bench.duckdb"
    fill(made)
    return made


@pytest.fixture
def bench(path):
    return pytest_ipfs_bench.open(path)


def test_a_query_is_answered_as_a_frame_with_parameters_by_name(bench):
    frame = bench.query(
        "SELECT model_name, latency_p50_ms FROM results WHERE model_name = $model AND NOT is_simulated ORDER BY 2",
        model="gpt2",
    )
    assert list(frame["latency_p50_ms"]) == [12.0, 22.0]
    assert bench.query("SELECT $sql || 'x' AS a", sql="b")["a"][0] == "bx"


@pytest.mark.parametrize(
    ("sql", "parameters", "message"),
    [
        ("DELETE FROM models", {}, "Only SELECT is answered here"),
        ("SELECT 1; SELECT 2", {}, "One statement is answered at a time; here are 2."),
        ("SELECT * FROM read_text('/etc/passwd')", {}, "disabled by configuration"),
        ("COPY models TO 'leak.csv'", {}, "Only SELECT is answered here"),
        ("SELECT no_such FROM models", {}, "no_such"),
        ("SELECT $a", {}, "The query has parameters that were not given: a."),
        ("SELECT $a", {"a": 1, "b": 2}, r"The query has no parameter called b; it has \$a."),
        ("SELECT 1", {"a": 1}, "The query has no parameter called a; it has none."),
    ],
)
def test_what_is_no_question_is_refused(bench, path, sql, parameters, message):
    before = path.read_bytes()
    with pytest.raises(BenchError, match=message):
        bench.query(sql, **parameters)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("which", "told"),
    [
        ({}, [("bert", "cpu", 20.0), ("bert", "cuda", 21.0), ("gpt2", "cpu", 22.0)]),
        ({"model": "bert", "hardware": "cuda"}, [("bert", "cuda", 21.0)]),
        ({"model": ["bert", "gpt2"], "hardware": ["cpu"], "batch": 1, "since": date(2026, 1, 2)}, [("bert", "cpu", 20.0), ("gpt2", "cpu", 22.0)]),
        ({"until": datetime(2026, 1, 2, tzinfo=UTC), "model": "gpt2"}, [("gpt2", "cpu", 12.0)]),
        ({"label": "day=1", "model": "gpt2"}, [("gpt2", "cpu", 12.0)]),
        ({"run": "00000001", "model": "gpt2", "branch": None}, [("gpt2", "cpu", 12.0)]),
    ],
)  # fmt: skip
def test_the_newest_measurement_of_each_cell_with_the_filters_of_reports(bench, which, told):
    frame = bench.performance(**which)
    assert list(frame[["model", "hardware", "latency_p50_ms"]].itertuples(index=False, name=None)) == told
    assert list(frame["samples_ms"][0]) == [1.0, 2.0]
    assert set(frame["provenance"]) == {"measured"}


def test_simulated_rows_come_when_asked_for(bench):
    assert "simulated" in set(bench.performance(include_simulated=True)["provenance"])


def test_benchmarks_runs_reports_and_comparisons(bench):
    assert list(bench.benchmarks()["median_ms"]) == [2.0]
    assert [str(one)[:8] for one in bench.runs()["run_id"]] == ["00000002", "00000001"]
    (frame,) = bench.report("compare-models", metric="latency", hardware="cpu").values()
    assert list(frame["rank"]) == [1, 2]
    compared = bench.compare("previous", "latest", model="bert")
    assert sorted(compared["Models: the largest changes by latency"]["ratio"]) == [21 / 11, 2.0]


@pytest.mark.parametrize(
    ("which", "message"),
    [
        ({"modle": "bert"}, "no filter of reports is called 'modle'. Did you mean 'model'"),
        ({"model": "brt"}, "no model in this database is called 'brt'. Did you mean 'bert'"),
        ({"since": ["2026-01-01"]}, r"since=\['2026-01-01'\]: one value is taken here."),
        ({"batch": 1.5}, "batch=1.5: one value is taken here."),
    ],
)
def test_filters_that_make_no_sense_are_told(bench, which, message):
    with pytest.raises(BenchError, match=message):
        bench.performance(**which)


def test_it_says_what_is_in_it(bench, path):
    told = (
        f"Database('{path}'): 2 runs, 8 measurements, 0 tries of cells, 2 outcomes; measured last 2026-01-02 11:00:00"
    )
    assert repr(bench) == told
    page = bench._repr_html_()
    assert "2 runs" in page
    assert "&lt;b&gt;2" in page
    assert "<b>" not in page


def test_a_database_that_is_gone_still_has_a_repr(tmp_path):
    fill(tmp_path / "b.duckdb")
    bench = pytest_ipfs_bench.open(tmp_path / "b.duckdb")
    (tmp_path / "b.duckdb").unlink()
    assert repr(bench).endswith("does not exist; nothing was made.")
    assert "does not exist" in bench._repr_html_()


def test_nothing_is_held_between_calls_so_that_a_session_can_store_its_results(bench, path):
    with bench as same:
        assert same is bench
        same.performance()
        write = f"import duckdb; duckdb.connect({str(path)!r}).execute('CHECKPOINT')"
        subprocess.run([sys.executable, "-c", write], check=True)
        assert len(same.runs()) == 2


def test_without_a_path_it_is_the_default_database(path, monkeypatch, tmp_path):
    monkeypatch.setenv("BENCHMARK_DB_PATH", str(path))
    assert pytest_ipfs_bench.open().path == path
    monkeypatch.delenv("BENCHMARK_DB_PATH")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nbench_db = {path}\n")
    assert pytest_ipfs_bench.open().path == path


def test_a_database_that_is_not_there_or_none_is_told_at_once(tmp_path):
    with pytest.raises(StoreError, match="does not exist; nothing was made"):
        pytest_ipfs_bench.open(tmp_path / "none.duckdb")
    assert not (tmp_path / "none.duckdb").exists()
    with duckdb.connect(str(tmp_path / "other.duckdb")) as con:
        con.execute("CREATE TABLE t (a INT)")
    with pytest.raises(StoreError):
        pytest_ipfs_bench.open(str(tmp_path / "other.duckdb"))


def test_the_package_itself_stays_light():
    code = "import sys, pytest_ipfs_bench; print(sorted({'duckdb', 'pandas', 'pytest', 'click'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
