"""pytest-monitor: its database is read, never touched."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pytest_ipfs_bench.importers.contract import NotResults, Rejected
from pytest_ipfs_bench.importers.document import Document
from pytest_ipfs_bench.importers.pytest_monitor import IMPORTERS
from pytest_ipfs_bench.importers.times import Moment
from pytest_ipfs_bench.records import Performance

FORMATS = Path(__file__).parents[2].parent / "shared" / "formats"
FILES = sorted((FORMATS / "generated").glob("*.pymon"))
SCHEMA = """
CREATE TABLE TEST_SESSIONS(SESSION_H varchar(64), RUN_DATE varchar(64), SCM_ID varchar(128), RUN_DESCRIPTION json);
CREATE TABLE EXECUTION_CONTEXTS(ENV_H varchar(64), CPU_COUNT integer, CPU_TYPE varchar(64), CPU_VENDOR varchar(256),
    RAM_TOTAL_MB integer, MACHINE_NODE varchar(512));
CREATE TABLE TEST_METRICS(SESSION_H varchar(64), ENV_H varchar(64), ITEM_START_TIME varchar(64), ITEM varchar(2048),
    ITEM_VARIANT varchar(2048), ITEM_FS_LOC varchar(2048), KIND varchar(64), TOTAL_TIME float, USER_TIME float,
    MEM_USAGE float);
INSERT INTO TEST_SESSIONS VALUES ('s1', '2026-11-22T10:57:37', 'abc', '{}');
INSERT INTO EXECUTION_CONTEXTS VALUES ('e1', 2, '', 'Some CPU', 24000, 'lab');
"""
ROW = ("s1", "e1", "2026-11-22T10:57:38.5", "test_fib", "test_fib[8, fp32]", "t/test_x.py", "function", 0.02, 0.01, 10)


@pytest.fixture
def database(tmp_path):
    """database(rows, script): a file of that content."""

    def make(*rows, script=SCHEMA):
        path = tmp_path / "a b?#.pymon"
        with closing(sqlite3.connect(path)) as con, con:
            con.executescript(script)
            for row in rows:
                con.execute("INSERT INTO TEST_METRICS VALUES (?,?,?,?,?,?,?,?,?,?)", row)
        return path

    return make


def document(path):
    return Document(path="x", file=path, head=path.read_bytes()[:4096], raw=b"")


def read(path):
    (importer,) = IMPORTERS
    assert importer.recognises(document(path))
    return list(importer.read(document(path)))


def test_a_row_of_metrics_is_a_result(database):
    (found,) = read(database(ROW))
    assert found.kind is Performance
    assert found.columns == {
        "test_case": "t/test_x.py::test_fib[8, fp32]", "mode": "benchmark", "average_latency_ms": 20.0,
        "total_time_seconds": 0.02, "memory_peak_mb": 10 * 1.048576,
    }  # fmt: skip
    assert found.extra["USER_TIME"] == 0.01
    assert found.extra["ITEM"] == "test_fib"
    assert found.time == Moment("2026-11-22 10:57:38.500000", "naive")
    assert found.place == "TEST_METRICS row 1"


def test_the_session_and_the_machine_of_a_row_go_with_it(database):
    (found,) = read(database(ROW))
    assert (found.hardware, found.device) == ("cpu", "Some CPU")
    assert found.hardware_details == {"compute_units": 2, "memory_gb": pytest.approx(24000 * 1.048576 / 1000)}
    assert found.context["session"]["SCM_ID"] == "abc"
    assert found.context["execution_context"]["MACHINE_NODE"] == "lab"


def test_a_module_has_no_name_of_its_own_and_an_unknown_machine_no_hardware(database):
    (found,) = read(database(("s1", "e2", None, "test_x", "", "t/test_x.py", "module", 0.5, 0.1, 3)))
    assert found.columns["test_case"] == "t/test_x.py"
    assert found.hardware is None
    assert found.time == Moment("2026-11-22 10:57:37.000000", "naive")


def test_memory_that_shrank_is_kept_as_it_is(database):
    (found,) = read(database((*ROW[:-1], -3.5)))
    assert "memory_peak_mb" not in found.columns
    assert found.extra["MEM_USAGE"] == -3.5
    assert found.flags == ("MEM_USAGE: -3.5 is no number of at least 0",)


def test_the_same_numbers_twice_are_two_results(database):
    assert [found.nth for found in read(database(ROW, ROW))] == [0, 1]


def test_nothing_is_written_beside_the_database(database):
    path = database(ROW)
    before = path.read_bytes()
    read(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_text_that_is_no_utf_8_is_escaped(database):
    path = database(ROW)
    with closing(sqlite3.connect(path)) as con, con:
        con.execute("UPDATE TEST_METRICS SET ITEM_VARIANT = CAST(x'66ff' AS TEXT)")
    assert read(path)[0].columns["test_case"] == "t/test_x.py::f\\xff"


def test_an_empty_database_holds_no_result(database):
    with pytest.raises(NotResults, match="no test was watched"):
        read(database())


def test_a_row_that_names_no_test_rejects_the_file(database):
    with pytest.raises(Rejected, match=r"the row names no test \(TEST_METRICS row 1\)"):
        read(database(("s1", "e1", None, None, None, None, "function", 1, 1, 1)))


def test_a_damaged_database_is_rejected(database):
    path = database(*[ROW] * 500)
    raw = bytearray(path.read_bytes())
    raw[8192:20480] = b"\xff" * 12288
    path.write_bytes(raw)
    with pytest.raises(Rejected, match="the database can't be read: "):
        read(path)


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE TEST_METRICS(x)",
        "CREATE TABLE t(x)",
        "CREATE VIEW TEST_METRICS AS SELECT 1 ITEM, 1 ITEM_VARIANT, 1 TOTAL_TIME, 1 MEM_USAGE",
    ],
)
def test_other_databases_are_not_taken(database, script):
    assert not IMPORTERS[0].recognises(document(database(script=script)))


@pytest.mark.parametrize("content", [b"SQLite format 3\0" + b"\xff" * 200, b"SQLite format 3\0", b"text"])
def test_other_files_are_not_taken(tmp_path, content):
    path = tmp_path / "x.pymon"
    path.write_bytes(content)
    assert not IMPORTERS[0].recognises(document(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_real_file_gives_its_own_numbers(path):
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as con:
        rows = con.execute(
            "SELECT TOTAL_TIME, MEM_USAGE, ITEM_VARIANT, CPU_VENDOR FROM TEST_METRICS JOIN EXECUTION_CONTEXTS USING (ENV_H)"
        ).fetchall()
    for found, (seconds, mebibytes, variant, cpu) in zip(read(path), rows, strict=True):
        assert found.columns["average_latency_ms"] == seconds * 1000
        assert found.columns["memory_peak_mb"] == mebibytes * 2**20 / 1_000_000
        assert found.columns["test_case"].endswith(f"::{variant}")
        assert found.device == cpu
