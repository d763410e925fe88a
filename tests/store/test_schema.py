"""The schema: what a file turns out to be, and what the tables promise."""

import re
from pathlib import Path

import duckdb
import pytest

from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.records import new_id
from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.connection import connect
from pytest_ipfs_bench.store.opening import opened
from pytest_ipfs_bench.store.read import check, reading
from pytest_ipfs_bench.templates.template import KINDS, NAME


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "b.duckdb"
    with opened(path):
        pass
    return path


def test_a_new_database_holds_no_fact(database):
    with reading(database) as con:
        tables = [name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        filled = [name for name in tables if con.execute(f"SELECT count(*) FROM {name}").fetchone()[0]]
    assert filled == ["schema_version"]


def test_blocks_are_small_and_there_is_no_index(database):
    with reading(database) as con:
        assert con.execute("SELECT block_size FROM pragma_database_size()").fetchone() == (16384,)
        assert con.execute("SELECT count(*) FROM duckdb_indexes()").fetchone() == (0,)
    assert database.stat().st_size < 300_000


def test_every_migration_file_holds_one_statement():
    for version in schema.DESCRIPTIONS:
        for statement in schema.statements(version):
            assert len(duckdb.extract_statements(statement)) == 1
            assert statement.startswith("-- ")


def test_facts_refer_to_what_exists(database):
    con = connect(database, read_only=False)
    with pytest.raises(duckdb.ConstraintException, match="foreign key"):
        con.execute(
            "INSERT INTO integration_test_results (test_result_id, run_id, status) VALUES (uuid(), uuid(), 'pass')"
        )
    con.close()


@pytest.mark.parametrize(
    ("table", "columns", "values"),
    [
        ("integration_test_results", "test_result_id, run_id, status", "uuid(), $run, 'sort of'"),
        ("performance_results", "result_id, run_id, mode, provenance", "uuid(), $run, 'inference', 'guessed'"),
        ("performance_results", "result_id, run_id, mode, provenance", "uuid(), $run, 'sleeping', 'measured'"),
        (
            "performance_results",
            "result_id, run_id, mode, provenance, batch_size",
            "uuid(), $run, 'inference', 'measured', 0",
        ),
        ("hardware_compatibility", "compatibility_id, run_id, status, provenance", "uuid(), $run, 'maybe', 'measured'"),
    ],
)
def test_words_that_are_not_in_the_contract_are_refused(database, table, columns, values):
    con = connect(database, read_only=False)
    run = new_id()
    con.execute("INSERT INTO test_runs (run_id) VALUES ($run)", {"run": run})
    with pytest.raises(duckdb.ConstraintException, match="CHECK"):
        con.execute(f"INSERT INTO {table} ({columns}) VALUES ({values})", {"run": run})
    con.close()


@pytest.mark.parametrize(
    ("table", "columns", "values"),
    [
        ("templates", "template_id, name, kind, created_at", "uuid(), '../../evil', 'test', now()::TIMESTAMP"),
        ("templates", "template_id, name, kind, created_at", "uuid(), 'shipped/test', 'test', now()::TIMESTAMP"),
        ("templates", "template_id, name, kind, created_at", "uuid(), 'mine', 'poem', now()::TIMESTAMP"),
        (
            "template_versions",
            "version_id, template_id, version, text, sha256, kind, created_at",
            "uuid(), uuid(), 1, 'text', sha256('another'), 'test', now()::TIMESTAMP",
        ),
        ("template_dependencies", "dependency_id, version_id, relation, name", "uuid(), uuid(), 'likes', 'base'"),
        (
            "template_validations",
            "validation_id, version_id, ok, findings, rendered, tools, created_at",
            "uuid(), uuid(), true, '[]', -1, '{}', now()::TIMESTAMP",
        ),
    ],
)
def test_templates_that_cannot_be_are_refused(database, table, columns, values):
    con = connect(database, read_only=False)
    with pytest.raises(duckdb.ConstraintException, match="CHECK"):
        con.execute(f"INSERT INTO {table} ({columns}) VALUES ({values})")
    con.close()


def test_names_and_kinds_of_templates_are_those_of_the_code():
    statement = schema.statements(4)[0]
    assert f"'{NAME.pattern}'" in statement
    assert re.findall(r"'(\w+)'", statement.split("kind IN")[1]) == list(KINDS)


def test_a_newer_database_is_refused_with_both_versions_named(database):
    con = connect(database, read_only=False)
    con.execute("INSERT INTO schema_version VALUES (7, 'of the future', now()::TIMESTAMP)")
    con.close()
    with pytest.raises(StoreError, match=r"schema 7; this version knows up to 4\)\.\nUpgrade with: pip install -U"):
        check(database)


def test_another_programs_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE item (price INTEGER)")
    before = path.read_bytes()
    for use in (check, lambda path: opened(path).__enter__()):
        with pytest.raises(
            StoreError, match=r"shop\.duckdb is a DuckDB database of another program \(its tables: item\)"
        ):
            use(path)
    assert path.read_bytes() == before


def test_a_database_of_the_legacy_tools_is_not_taken_for_ours(tmp_path):
    path = tmp_path / "benchmark_db.duckdb"
    with duckdb.connect(str(path)) as con:
        for table in (*schema.TABLES, "schema_version"):
            con.execute(f"CREATE TABLE {table} (version INTEGER, description VARCHAR)")
        con.execute("INSERT INTO schema_version VALUES (3, 'legacy')")
    with pytest.raises(StoreError, match="another program"):
        check(path)


def test_an_empty_duckdb_file_becomes_a_database(tmp_path):
    path = tmp_path / "e.duckdb"
    duckdb.connect(str(path)).close()
    check(path)
    with opened(path) as con:
        assert schema.identify(con, path) is schema.Kind.OURS


def test_the_version_is_recorded(database):
    with reading(database) as con:
        assert con.execute("SELECT version FROM schema_version").fetchall() == [
            (number,) for number in schema.DESCRIPTIONS
        ]
    assert Path(database).exists()


def test_a_database_that_only_looks_like_ours_is_another_programs(tmp_path):
    path = tmp_path / "lookalike.duckdb"
    with duckdb.connect(str(path)) as con:
        for table in (*schema.TABLES, "schema_version"):
            con.execute(f"CREATE TABLE {table} (v INTEGER)")
    with pytest.raises(StoreError, match="another program"):
        check(path)


def test_a_database_of_views_alone_is_not_empty(tmp_path):
    path = tmp_path / "views.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE VIEW theirs AS SELECT 1 AS one")
    with pytest.raises(StoreError, match=r"another program \(its tables: theirs\)"):
        check(path)
