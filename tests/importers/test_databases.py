"""Old DuckDB databases and Parquet files: which are read, which are not and why, and that none is touched."""

import gzip
import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from pytest_ipfs_bench.importers import databases
from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Outcome, Performance
from pytest_ipfs_bench.store.opening import opened

SHARED = Path(__file__).parents[2].parent / "shared" / "legacy"
NAMES = """
CREATE TABLE models AS SELECT range AS model_id, 'bert' AS model_name FROM range(2);
CREATE TABLE hardware_platforms AS SELECT 1 AS hardware_id, 'cuda' AS hardware_type;
"""


def document(file):
    with file.open("rb") as stream:
        return Document(file.name, file, stream.read(4096), b"")


def read(file):
    found = document(file)
    (importer,) = [one for one in databases.IMPORTERS if one.recognises(found)]
    return list(importer.read(found))


@pytest.fixture
def findings(tmp_path):
    """findings(sql, ...): what is found in a database that these statements make."""

    def make(*statements):
        with duckdb.connect(str(tmp_path / "old.duckdb")) as con:
            for statement in statements:
                con.execute(statement)
        return read(tmp_path / "old.duckdb")

    return make


@pytest.fixture
def parquet(tmp_path):
    """parquet(sql, name): a Parquet file that holds the answer."""

    def make(select, name="old.parquet"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        with duckdb.connect() as con:
            con.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        return path

    return make


# The file


def state(folder):
    return {
        file.name: (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns) for file in folder.iterdir()
    }


def test_a_database_and_its_log_are_read_and_left_as_they_are(tmp_path):
    made, copied = tmp_path / "made", tmp_path / "copied"
    made.mkdir()
    copied.mkdir()
    with duckdb.connect(str(made / "a.duckdb")) as con:
        con.execute("CREATE TABLE r AS SELECT 'm' AS model, 2.5 AS latency_ms")
        for file in made.iterdir():
            (copied / file.name).write_bytes(file.read_bytes())
    assert (copied / "a.duckdb.wal").stat().st_size
    before = state(copied)
    assert len(read(copied / "a.duckdb")) == 1
    assert state(copied) == before


def test_a_database_of_ours_is_to_be_merged(tmp_path):
    with opened(tmp_path / "our own.duckdb"):
        pass
    with pytest.raises(
        NotResults, match=r"a database of this program: take it in with: ipfs-bench db merge 'our own.duckdb'"
    ):
        read(tmp_path / "our own.duckdb")


def test_a_stranger_s_schema_version_does_not_make_it_ours(findings):
    names = ("test_runs", "models", "hardware_platforms", "performance_results", "hardware_compatibility")
    with pytest.raises(NotResults, match="without results that we know"):
        findings("CREATE TABLE schema_version (v INTEGER)", *(f"CREATE TABLE {name} (a INTEGER)" for name in names))


def test_a_database_without_tables(findings):
    with pytest.raises(NotResults, match="a DuckDB database without tables"):
        findings("CREATE VIEW v AS SELECT 1 AS a")


def test_a_database_without_results_says_what_it_holds(findings):
    with pytest.raises(
        NotResults,
        match=r"a DuckDB database without results; its tables: hardware_platforms \(1 row: names for ids\),"
        r" models \(2 rows: names for ids\), r \(empty\)",
    ):
        findings(NAMES, "CREATE TABLE r (model VARCHAR, latency_ms DOUBLE)")


def test_a_database_of_something_else_is_named(findings):
    with pytest.raises(NotResults, match=r"without results that we know; its tables: orders \(1 row\)"):
        findings("CREATE TABLE orders AS SELECT 1 AS id, 'shipped' AS status, 12.5 AS price")


def test_a_damaged_database_is_rejected_with_the_reason(tmp_path):
    path = tmp_path / "torn.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE r AS SELECT 'm' AS model, range::DOUBLE AS latency_ms FROM range(100000)")
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(Rejected, match=r"DuckDB can't read it: .*Could not read enough bytes"):
        read(path)


def test_a_database_of_a_newer_duckdb_is_rejected_with_the_remedy(tmp_path, monkeypatch):
    def connect(path, **_):
        raise duckdb.IOException(f'"{path}": Trying to read a database file with version number 999\n\nMore.')

    path = tmp_path / "new.duckdb"
    duckdb.connect(str(path)).close()
    monkeypatch.setattr(duckdb, "connect", connect)
    with pytest.raises(Rejected) as caught:
        read(path)
    assert str(caught.value) == (
        'DuckDB can\'t read it: "new.duckdb": Trying to read a database file with version number 999'
        " (written by a newer DuckDB: pip install -U duckdb)"
    )


def test_a_database_in_use_is_rejected(tmp_path):
    path = tmp_path / "held.duckdb"
    script = "import duckdb, sys, time; con = duckdb.connect(sys.argv[1]); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script, path], stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        with pytest.raises(Rejected, match="in use by another process: import it when that has ended"):
            list(databases.DuckDB().read(Document("held.duckdb", path, b"", b"")))
        holder.kill()


# Parquet


def test_a_parquet_file_is_read_by_the_same_rules(parquet):
    (result,) = read(parquet("SELECT 'bert' AS model, 'cpu' AS hardware, 2.5::FLOAT AS latency_ms, [1] AS samples"))
    assert (result.model, result.hardware, result.place, result.extra) == ("bert", "cpu", "row 1", {"samples": [1]})
    assert result.columns == {"test_case": "performance", "mode": "inference", "average_latency_ms": 2.5}


@pytest.mark.parametrize("name", ["st*ar.parquet", "[x].parquet", "q?.parquet", "model=a/part.parquet"])
def test_the_name_of_a_parquet_file_is_no_pattern_and_its_folder_no_column(parquet, tmp_path, name):
    path = parquet("SELECT 'bert' AS model, 2.5 AS latency_ms", name)
    for other in ("stXar.parquet", "x.parquet", "qq.parquet"):
        parquet("SELECT 'other' AS model, 9.5 AS latency_ms", other)
    (result,) = read(path)
    assert (result.model, result.extra) == ("bert", {})


def test_no_other_file_can_be_read_beside_a_parquet_file(parquet, tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    path = parquet("SELECT 'bert' AS model, 2.5 AS latency_ms")
    with databases._opened(":memory:", config=databases.SANDBOX) as con:
        databases._parquet(con, str(path))
        with pytest.raises(duckdb.PermissionException):
            con.execute(f"FROM read_csv('{tmp_path / 'secret.csv'}')")
        with pytest.raises(duckdb.InvalidInputException, match="locked"):
            con.execute("SET enable_external_access = true")


def test_a_parquet_file_of_something_else_is_named(parquet):
    with pytest.raises(
        NotResults, match="a Parquet file of 2 rows without results that we know; its columns: id, price"
    ):
        read(parquet("SELECT range AS id, 1.5 AS price FROM range(2)"))


@pytest.mark.parametrize("keep", [4, 8, 60, -1])
def test_a_parquet_file_that_is_cut_off_is_rejected(parquet, keep):
    path = parquet("SELECT 'bert' AS model, 2.5 AS latency_ms")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(Rejected, match="a Parquet file that is cut off: its end is missing"):
        read(path)


def test_a_damaged_parquet_file_is_rejected_without_its_path(parquet, tmp_path):
    path = parquet("SELECT 'bert' AS model, 2.5 AS latency_ms")
    path.write_bytes(b"PAR1" + bytes(300) + b"\xff\xff\0\0PAR1")
    with pytest.raises(Rejected, match="DuckDB can't read it") as caught:
        read(path)
    assert str(tmp_path) not in str(caught.value)


def test_other_files_are_not_recognised(tmp_path):
    (tmp_path / "a").write_bytes(b"SQLite format 3\0" + bytes(100))
    assert not any(one.recognises(document(tmp_path / "a")) for one in databases.IMPORTERS)


def test_many_rows_are_read_in_good_time(tmp_path):
    path = tmp_path / "many.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(
            "CREATE TABLE performance_results AS SELECT range AS result_id, range AS run_id, 'bert' AS model, 'cuda' AS hardware,"
            " range + 0.5 AS average_latency_ms, 5.5 AS memory_mb, 8 AS batch_size, TIMESTAMP '2025-03-03' AS created_at,"
            """ '{"a": 1}'::JSON AS metrics FROM range(5000)"""
        )
        con.execute(
            "CREATE TABLE performance_batch_results AS SELECT range AS batch_id, range AS result_id, 1.5 AS latency_ms FROM range(5000)"
        )
    start = time.perf_counter()
    found = read(path)
    assert len(found) == 5000
    assert time.perf_counter() - start < 5


# The four real ones


@pytest.fixture
def real(tmp_path):
    def unpack(name):
        source = SHARED / "databases" / f"{name}.duckdb.gz"
        if not source.exists():
            pytest.skip("the legacy databases are not here")
        file = tmp_path / f"{name}.duckdb"
        file.write_bytes(gzip.decompress(source.read_bytes()))
        return file

    return unpack


def expected(database, table):
    lines = (SHARED / "expected" / "databases.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in lines]
    return [one["row"] for one in found if (one["db"], one["table"]) == (database, table)]


def test_the_real_database_with_numbers(real):
    found = read(real("new_benchmark"))
    rows = expected("new_benchmark", "web_platform_optimizations")
    assert len(found) == len(rows) == 26
    for one, row in zip(found, rows, strict=True):
        word = "enabled" if row["optimization_enabled"] else "disabled"
        assert one.columns == {
            "test_case": f"{row['test_type']} {word}", "mode": "inference", "average_latency_ms": row["execution_time_ms"]
        }  # fmt: skip
        assert (one.model, one.model_family, one.hardware, one.simulated) == (
            row["model_name"], row["model_family"], "webgpu", True
        )  # fmt: skip
        assert one.time == Moment(row["test_datetime"], "naive")
        assert one.flags == ()
        for name in ("id", "improvement_percent", "audio_length_seconds", "browser", "environment"):
            assert one.extra.get(name) == row[name]
        for child in ("shader_compilation_stats", "parallel_loading_stats"):
            stated = [stats for stats in expected("new_benchmark", child) if stats["optimization_id"] == row["id"]]
            assert one.extra.get(child, []) == stated


def test_the_real_database_of_placeholders(real):
    found = read(real("benchmark_db"))
    runs = [one for one in found if one.kind is Outcome]
    results = [one for one in found if one.kind is Performance]
    assert len(found) == 66
    for one, row in zip(runs, expected("benchmark_db", "test_runs"), strict=True):
        assert one.columns == {
            "test_name": row["test_name"],
            "node_id": row["test_name"],
            "status": "pass",
            "execution_time_seconds": 0.0,
        }
        assert one.time == Moment(row["started_at"], "naive")
        assert (one.model, one.hardware, one.extra["run_id"]) == (None, "cpu", row["run_id"])
    for one, row in zip(results, expected("benchmark_db", "performance_results"), strict=True):
        assert one.columns == {"test_case": "default", "mode": "inference", "batch_size": 1, "precision": "fp32"}
        assert one.flags == ("placeholder",)
        assert (one.model, one.simulated, one.extra["result_id"]) == (None, None, row["result_id"])


@pytest.mark.parametrize("name", ["benchmark", "hw_template_db"])
def test_real_databases_of_names_hold_no_results(real, name):
    with pytest.raises(
        NotResults, match=r"without results; its tables: .*hardware_platforms \(\d+ rows: names for ids\)"
    ):
        read(real(name))
