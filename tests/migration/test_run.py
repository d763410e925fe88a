"""Migrating: the books balance, nothing comes in twice, a file's fault costs that file."""

import dataclasses
import json

import pytest

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.importers.contract import Importer
from pytest_ipfs_bench.migration import run as migration

from .conftest import Simple, finding, result

COUNTS = """SELECT (SELECT count(*) FROM performance_results) p, (SELECT count(*) FROM hardware_compatibility) c,
(SELECT count(*) FROM integration_test_results) t, (SELECT count(*) FROM import_sources) s"""


@pytest.fixture
def mixed(tree):
    tree("a.json", [result(1), result(2), {"test": "t1", "status": "pass"}, {"runs": True, "model": "vit"}])
    tree("b/copy.json", [result(2)])
    tree("b/same.json", (tree.root / "a.json").read_text())
    tree("summary.json", '{"simple": "summary"}')
    tree("broken.json", '{"simple": "broken"}')
    tree("cut.json", '{"simple": [')
    tree("notes.txt", "hello")
    return tree


def test_every_file_ends_as_something_with_a_reason(mixed, run, rows, database):
    books = run()
    assert books.found == 7 == sum(books.files.values())
    assert dict(books.files) == {"imported": 1, "duplicate": 2, "not_results": 2, "rejected": 2}
    told = {row["path"]: row for row in rows(database, "FROM import_sources")}
    assert {path: (row["status"], row["reason"]) for path, row in told.items()} == {
        "a.json": ("imported", None),
        "b/copy.json": ("duplicate", "every result in it is known"),
        "b/same.json": ("duplicate", "the same bytes as another file: a.json"),
        "summary.json": ("not_results", "a summary of other files"),
        "broken.json": ("rejected", "a row without a number (/simple/0)"),
        "cut.json": ("rejected", "not JSON: Expecting value, line 1 column 13 (char 12)"),
        "notes.txt": ("not_results", "not a result file we know: text"),
    }
    first = told["a.json"]
    assert [first[f"{kind}_rows"] for kind in ("performance", "compatibility", "outcome", "duplicate")] == [2, 1, 1, 0]
    assert told["b/same.json"]["duplicate_rows"] == 4
    assert rows(database, COUNTS) == [{"p": 2, "c": 1, "t": 1, "s": 7}]


def test_rows_say_where_they_came_from(tree, run, rows, database):
    tree("x.json", [result(1.25, at="2025-03-06T18:41:32", extra={"gpu": 77}, simulated=True)])
    run()
    (row,) = rows(
        database,
        "SELECT p.*, model_name, hardware_type, path FROM performance_results p JOIN models USING (model_id)"
        " JOIN hardware_platforms USING (hardware_id) JOIN import_sources USING (source_id)",
    )
    assert (row["model_name"], row["hardware_type"], row["average_latency_ms"]) == ("bert", "cpu", 1.25)
    assert (row["provenance"], row["is_simulated"], row["path"]) == ("imported", True, "x.json")
    assert str(row["created_at"]) == "2025-03-06 18:41:32"
    assert json.loads(row["metrics"]) == {"gpu": 77, "imported": {"place": "/simple/0", "time_kind": "naive"}}
    (told,) = rows(database, "SELECT test_type, success, metadata FROM test_runs")
    assert (told["test_type"], told["success"]) == ("import", True)
    assert json.loads(told["metadata"]) == {"tree": str(tree.root)}


def test_the_time_in_a_name_is_noted_and_is_never_the_time_of_a_result(tree, run, rows, database):
    tree("run_20250306_184132/x.json", [result(1), result(3, at="2025-03-05")])
    tree("y.json", [result(2)])
    run()
    told = rows(
        database,
        "SELECT created_at, metrics -> '$.imported' AS notes FROM performance_results ORDER BY average_latency_ms",
    )
    assert [(row["created_at"] and str(row["created_at"]), json.loads(row["notes"])) for row in told] == [
        (None, {"place": "/simple/0", "time_in_name": "2025-03-06 18:41:32.000000"}),
        (None, {"place": "/simple/0"}),
        ("2025-03-05 00:00:00", {"place": "/simple/1", "time_kind": "naive"}),
    ]


def test_a_large_context_is_kept_once(tree, run, rows, database):
    class Told(Importer):
        name = "told"

        def recognises(self, document):
            return "told" in document.keys

        def read(self, document):
            for number in range(3):
                found = finding(result(number + 1), f"/{number}")
                yield dataclasses.replace(found, context=document.json["told"])

    tree("x.json", json.dumps({"told": {"log": "x" * 10_000}}))
    run(importers=[Told()])
    told = rows(
        database,
        "SELECT metrics -> '$.imported.context' AS context FROM performance_results ORDER BY average_latency_ms",
    )
    assert [json.loads(row["context"]) for row in told] == [{"log": "x" * 10_000}, {"as_of": "/0"}, {"as_of": "/0"}]


def test_a_second_run_imports_nothing_and_writes_nothing(mixed, run, rows, database):
    run()
    before = rows(database, COUNTS)
    books = run()
    assert dict(books.files) == {"duplicate": 3, "not_results": 2, "rejected": 2}
    assert books.rows.total() == 0
    assert rows(database, COUNTS) == before
    assert rows(database, "SELECT count(*) AS n FROM test_runs") == [{"n": 1}]


def test_a_changed_file_is_imported_anew_and_linked(tree, run, rows, database):
    tree("x.json", [result(1)])
    run()
    tree("x.json", [result(1), result(2)])
    books = run()
    assert (books.files["imported"], books.rows.total(), books.duplicates) == (1, 1, 1)
    old, new = rows(database, "SELECT source_id, reason FROM import_sources ORDER BY imported_at")
    assert new["reason"].startswith("changed since its import: on ")
    assert new["reason"].endswith(f"source {old['source_id']}")


def test_the_same_tree_elsewhere_is_known(tree, run, rows, database, tmp_path):
    tree("x.json", [result(1)])
    run()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "y.json").write_bytes((tree.root / "x.json").read_bytes())
    books = run(trees=[tmp_path / "elsewhere"])
    assert dict(books.files) == {"duplicate": 1}
    assert rows(database, "SELECT count(*) AS n FROM performance_results") == [{"n": 1}]
    assert rows(database, "SELECT reason FROM import_sources WHERE path = 'y.json'")[0]["reason"].endswith("as x.json")


def test_equal_rows_of_different_times_models_or_hardware_are_different_results(tree, run):
    tree(
        "x.json",
        [result(1), result(1, "vit"), result(1, on="cuda"), result(1, at="2025-03-06"), result(1, extra={"a": 1})],
    )
    assert run().rows.total() == 5


class Better(Simple):
    """The next version of the importer: it reads a field that the first one overlooked."""

    def read(self, document):
        for number, row in enumerate(document.json["simple"]):
            yield finding({**row, "batch": 8}, f"/simple/{number}")


def test_reimport_replaces_the_rows_of_a_source(tree, run, rows, database):
    tree("x.json", [result(1), result(2)])
    run()
    asked = migration.Asked(trees=[tree.root], database=database, reimport=True)
    assert migration.migrate(asked, [Better()]).rows.total() == 2
    assert rows(database, "SELECT batch_size, count(*) AS n FROM performance_results GROUP BY 1") == [
        {"batch_size": 8, "n": 2}
    ]
    assert rows(database, "SELECT status FROM import_sources") == [{"status": "imported"}]


def test_a_file_that_nobody_knew_is_read_again_without_being_asked(tree, run, rows, database):
    class Later(Importer):
        name = "later"

        def recognises(self, document):
            return "later" in document.keys

        def read(self, document):
            yield finding(result(3), "/later")

    tree("x.json", '{"later": 1}')
    assert dict(run().files) == {"not_results": 1}
    assert dict(run(importers=[Later()]).files) == {"imported": 1}
    assert rows(database, "SELECT status FROM import_sources") == [{"status": "imported"}]


def test_a_marker_of_simulation_in_any_statement_holds_for_the_result(tree, run, rows, database):
    tree("a.json", [result(1), result(2)])
    run()
    tree("b.json", [result(1, simulated=True), result(3), result(3, simulated=True)])
    run()
    told = rows(database, "SELECT average_latency_ms ms, is_simulated FROM performance_results ORDER BY 1")
    assert [(row["ms"], row["is_simulated"]) for row in told] == [(1, True), (2, None), (3, True)]


@pytest.mark.parametrize("row", [result(1, batch=-5), result("text")])
def test_a_row_that_the_database_refuses_costs_its_file(tree, run, rows, database, row):
    tree("a.json", [result(1)])
    tree("b.json", [row, result(2)])
    tree("c.json", [result(3)])
    books = run()
    assert dict(books.files) == {"imported": 2, "rejected": 1}
    assert books.rejected[0][1].startswith("its rows were refused: ")
    assert rows(database, "SELECT average_latency_ms FROM performance_results ORDER BY 1") == [
        {"average_latency_ms": 1}, {"average_latency_ms": 3},
    ]  # fmt: skip


def test_an_importer_that_makes_up_a_column_costs_its_file(tree, run):
    class Wrong(Importer):
        name = "wrong"

        def recognises(self, document):
            return "wrong" in document.keys

        def read(self, document):
            found = finding(result(1), "/")
            object.__setattr__(found, "columns", {**found.columns, "speed": 3})
            yield found

    tree("a.json", '{"wrong": 1}')
    tree("b.json", [result(1)])
    books = run(importers=[Wrong()])
    assert dict(books.files) == {"imported": 1, "rejected": 1}
    assert "speed" in books.rejected[0][1]


def test_names_and_texts_of_any_kind_are_kept(tree, run, rows, database):
    names = ["a\0b", "\ud800", "x'); DROP TABLE models; --", "\x1b[31m", "m\u202e", "m" * 100_000]
    tree("x.json", [result(1, name) for name in names])
    run()
    kept = {row["model_name"] for row in rows(database, "SELECT model_name FROM models")}
    assert kept == {name.encode("utf-8", "backslashreplace").decode() for name in names}


def test_a_dry_run_says_the_same_and_writes_nothing(mixed, run, rows, database):
    assert dict(run(dry=True).files) == {"imported": 1, "duplicate": 2, "not_results": 2, "rejected": 2}
    assert not database.exists()
    run()
    before = rows(database, COUNTS)
    mixed("new.json", [result(9)])
    assert run(dry=True, delete=True).rows.total() == 1
    assert rows(database, COUNTS) == before
    assert (mixed.root / "a.json").exists()


def test_a_database_in_the_tree_is_no_part_of_it(tree, run):
    tree("x.json", [result(1)])
    run(database=tree.root / "bench.duckdb")
    assert run(database=tree.root / "bench.duckdb").found == 1


def test_several_trees_are_several_runs(tree, run, rows, database, tmp_path):
    tree("x.json", [result(1)])
    (tmp_path / "one.json").write_text(json.dumps({"simple": [result(2)]}))
    assert run(trees=[tree.root, tmp_path / "one.json"]).files["imported"] == 2
    assert {row["test_name"] for row in rows(database, "FROM test_runs")} == {"tree", "one.json"}


def test_a_tree_that_is_not_there_is_a_mistake(run, tmp_path):
    with pytest.raises(BenchError, match=r"nowhere does not exist.\nName a folder of result files, or a file."):
        run(trees=[tmp_path / "nowhere"])


def test_a_long_migration_lets_others_write_in_between(tree, run, monkeypatch):
    turns = []
    monkeypatch.setattr(migration, "CHUNK_FILES", 1)
    monkeypatch.setattr(migration, "TURN_SECONDS", 0.0)
    real = migration._Ledger.close
    monkeypatch.setattr(migration._Ledger, "close", lambda self: (turns.append(1), real(self)))
    for number in range(3):
        tree(f"{number}.json", [result(number)])
    assert run().files["imported"] == 3
    assert len(turns) > 3
