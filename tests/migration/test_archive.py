"""Archiving and deleting: only what is in the database, and in an archive that was read back."""

import json
import os
import tarfile

import pytest

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.migration import archive

from .conftest import result


@pytest.fixture
def mixed(tree):
    tree("a/x.json", [result(1)])
    tree("b/x.json", [result(2)])
    tree("twin.json", [result(2)])
    tree("notes.json", '{"hello": 1}')
    tree("cut.json", "{")
    return tree


def left(tree):
    return sorted(path.relative_to(tree.root).as_posix() for path in tree.root.rglob("*") if path.is_file())


def packed(folder):
    (path,) = folder.glob("*.tar.gz")
    with tarfile.open(path) as tar:
        return {info.name: tar.extractfile(info).read() for info in tar}


def test_what_is_in_the_database_is_archived_and_deleted(mixed, run, tmp_path):
    contents = {name: (mixed.root / name).read_bytes() for name in ("a/x.json", "b/x.json", "twin.json")}
    books = run(delete=True, archive=tmp_path / "kept")
    assert left(mixed) == ["cut.json", "notes.json"]
    held = packed(tmp_path / "kept")
    told = json.loads(held.pop("MANIFEST.json"))
    assert held == {f"tree/{name}": content for name, content in contents.items()}
    assert {(file["name"], file["status"]) for file in told["files"]} >= {("tree/a/x.json", "imported")}
    assert all(len(file["sha256"]) == 64 for file in told["files"])
    assert books.notes[1] == "Deleted 3 files."


def test_an_archive_without_deletion_leaves_the_tree(mixed, run, tmp_path):
    before = left(mixed)
    run(archive=tmp_path / "kept")
    assert left(mixed) == before
    assert len(packed(tmp_path / "kept")) == 4


def test_deletion_archives_beside_the_database_unless_told_otherwise(mixed, run, database):
    run(delete=True)
    assert len(packed(database.with_name("bench.duckdb.archive"))) == 4


def test_strict_deletes_nothing_where_a_file_is_rejected(mixed, run, tmp_path):
    before = left(mixed)
    books = run(delete=True, archive=tmp_path / "kept", strict=True)
    assert left(mixed) == before
    assert not (tmp_path / "kept").exists()
    assert books.notes == ["Nothing was archived or deleted: some files were rejected (--migrate-strict)."]


def test_trees_of_one_name_are_kept_apart(tree, run, tmp_path):
    tree("x.json", [result(1)])
    other = tmp_path / "other" / "tree"
    other.mkdir(parents=True)
    (other / "x.json").write_text(json.dumps({"simple": [result(2)]}))
    run(trees=[tree.root, other], archive=tmp_path / "kept")
    assert set(packed(tmp_path / "kept")) == {"tree/x.json", "tree~2/x.json", "MANIFEST.json"}


def test_hard_links_and_names_that_are_no_text_come_back_as_they_were(tree, run, tmp_path):
    file = tree("x.json", [result(1)])
    os.link(file, tree.root / os.fsdecode(b"bad\xff.json"))
    content = file.read_bytes()
    run(delete=True, archive=tmp_path / "kept")
    assert left(tree) == []
    held = packed(tmp_path / "kept")
    assert [held["tree/x.json"], held[os.fsdecode(b"tree/bad\xff.json")]] == [content, content]


def test_a_file_that_changes_meanwhile_stays(mixed, run, tmp_path, monkeypatch):
    real = archive._verify

    def change_after_verifying(path, files):
        real(path, files)
        mixed("twin.json", [result(7)])

    monkeypatch.setattr(archive, "_verify", change_after_verifying)
    books = run(delete=True, archive=tmp_path / "kept")
    assert left(mixed) == ["cut.json", "notes.json", "twin.json"]
    assert any("twin.json (it has changed since it was archived)" in note for note in books.notes)


def test_a_file_that_changed_before_it_was_archived_stays(mixed, run, tmp_path, monkeypatch):
    real = archive._write

    def change_first(files, folder, database):
        mixed("twin.json", [result(7)])
        return real(files, folder, database)

    monkeypatch.setattr(archive, "_write", change_first)
    books = run(delete=True, archive=tmp_path / "kept")
    assert left(mixed) == ["cut.json", "notes.json", "twin.json"]
    assert any("twin.json (it has changed since it was read)" in note for note in books.notes)


def test_a_database_whose_log_lies_beside_it_stays(mixed, run, tmp_path):
    mixed("a/x.json.wal", "rows of it")
    books = run(delete=True, archive=tmp_path / "kept")
    assert "a/x.json" in left(mixed)
    assert any("a/x.json (its log, the .wal beside it, belongs to it)" in note for note in books.notes)


def test_an_archive_that_does_not_read_back_deletes_nothing(mixed, run, tmp_path, monkeypatch):
    before = left(mixed)
    real = archive._write

    def damage(files, folder, database):
        path, kept, changed = real(files, folder, database)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data)
        return path, kept, changed

    monkeypatch.setattr(archive, "_write", damage)
    with pytest.raises(BenchError, match="Nothing was deleted"):
        run(delete=True, archive=tmp_path / "kept")
    assert left(mixed) == before


def test_a_folder_that_cannot_be_made_deletes_nothing(mixed, run, tmp_path):
    (tmp_path / "file").write_text("")
    before = left(mixed)
    with pytest.raises(BenchError, match="the archive can't be written"):
        run(delete=True, archive=tmp_path / "file" / "kept")
    assert left(mixed) == before


def test_rows_that_are_not_there_keep_their_file(mixed, run, rows, database, tmp_path):
    import duckdb

    run()
    with duckdb.connect(str(database)) as con:
        con.execute("DELETE FROM performance_results WHERE average_latency_ms = 1")
    books = run(delete=True, archive=tmp_path / "kept")
    assert "a/x.json" in left(mixed)
    assert "1 files stay: the database has fewer rows of them than were imported." in books.notes


def test_what_a_killed_run_left_half_written_goes(mixed, run, tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "migration-1.tar.gz.new").write_text("half")
    run(archive=tmp_path / "kept")
    assert not list((tmp_path / "kept").glob("*.new"))
