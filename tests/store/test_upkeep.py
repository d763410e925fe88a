"""Upkeep: every command leaves what it should, twice is as once, and what goes wrong changes nothing."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from pytest_ipfs_bench.errors import BenchError, StoreBusy, StoreError
from pytest_ipfs_bench.store import checking, opening, schema, upkeep
from pytest_ipfs_bench.store import copy as copying
from pytest_ipfs_bench.store import rebuild as rebuilding
from pytest_ipfs_bench.store.opening import opened
from pytest_ipfs_bench.store.read import reading
from pytest_ipfs_bench.store.upkeep import Pruning

TEMPLATES = ("templates", "template_versions", "template_dependencies", "template_validations")


def counts(path):
    with duckdb.connect(str(path), read_only=True) as con:
        found = {}
        for table in copying.KEYS:
            try:
                found[table] = con.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            except duckdb.CatalogException:
                found[table] = None
    return found


def contents(path, table):
    with duckdb.connect(str(path), read_only=True) as con:
        return sorted(map(str, con.execute(f"SELECT * FROM {table}").fetchall()))


@pytest.fixture
def database(tmp_path, filled):
    path = tmp_path / "b.duckdb"
    filled(path)
    return path


# -- upgrades


@pytest.mark.slow
def test_a_stored_database_of_version_1_opens_and_is_upgraded_with_every_row(v1):
    before = counts(v1)
    rows = {table: contents(v1, table) for table in before if before[table]}
    told = []
    with opened(v1, tell=told.append) as con:
        assert schema.identify(con, v1) is schema.Kind.OURS
        assert con.execute("SELECT version FROM schema_version ORDER BY 1").fetchall() == [
            (number,) for number in schema.DESCRIPTIONS
        ]
    assert counts(v1) == {table: rows or 0 for table, rows in before.items()}
    assert {table: contents(v1, table) for table in rows} == rows
    kept = v1.with_name("old.duckdb.bak-v1")
    assert told == [f"{v1} was upgraded from schema 1 to {schema.VERSION}; the old file is kept as {kept.name}."]
    assert counts(kept) == before


def test_a_database_of_version_3_is_upgraded_with_every_row(v3):
    before = {table: rows for table, rows in counts(v3).items() if rows is not None}
    assert all(before.values())
    rows = {table: contents(v3, table) for table in before}
    with opening.locked(v3):
        opening.upgrade(v3)
    assert {table: contents(v3, table) for table in rows} == rows
    assert {table: rows for table, rows in counts(v3).items() if table not in before} == dict.fromkeys(TEMPLATES, 0)


def test_the_time_of_the_first_version_is_kept(v1):
    first = contents(v1, "schema_version")
    with opening.locked(v1):
        opening.upgrade(v1)
    assert contents(v1, "schema_version")[:1] == first


def test_an_old_database_can_be_read_without_being_changed(v1):
    before = v1.read_bytes()
    with reading(v1) as con:
        assert con.execute("SELECT count(*) FROM results").fetchone() == (2,)
    assert v1.read_bytes() == before


def test_foreign_keys_hold_after_an_upgrade(v1):
    with opening.locked(v1):
        opening.upgrade(v1)
    with pytest.raises(duckdb.ConstraintException, match="foreign key"), opened(v1) as con:
        con.execute(
            "INSERT INTO integration_test_results (test_result_id, run_id, status) VALUES (uuid(), uuid(), 'pass')"
        )


def test_a_failed_upgrade_leaves_the_old_file_as_it_was(v1, monkeypatch):
    before = v1.read_bytes()
    monkeypatch.setattr(schema, "statements", lambda version: ["CREATE TABLE broken ("])
    with pytest.raises(StoreError), opening.locked(v1):
        opening.upgrade(v1)
    assert v1.read_bytes() == before
    assert {path.name for path in v1.parent.iterdir()} == {"old.duckdb", "old.duckdb.lock"}


def test_an_upgrade_that_is_killed_before_the_rename_leaves_the_old_file(v1):
    code = (
        "import os, signal, sys, pathlib\nfrom pytest_ipfs_bench.store import opening, rebuild\n"
        "rebuild.keep = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "path = pathlib.Path(sys.argv[1])\nwith opening.locked(path): opening.upgrade(path)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, v1], check=False).returncode == -9
    assert counts(v1)["performance_results"] == 2
    with opened(v1) as con:
        assert schema.identify(con, v1) is schema.Kind.OURS


def test_a_current_database_is_not_touched(database):
    with opening.locked(database):
        assert opening.upgrade(database) is None


# -- merge


def test_databases_merge_with_their_ids_and_twice_is_as_once(tmp_path, database, filled):
    other, target = tmp_path / "o.duckdb", tmp_path / "t.duckdb"
    filled(other)
    sources = database.read_bytes(), other.read_bytes()
    done = dict(upkeep.merge([database, other], target))
    assert done[database]["performance_results"] == done[other]["performance_results"] == 1
    assert (done[database]["models"], done[other]["models"]) == (1, 0)
    merged = counts(target)
    assert merged["test_runs"] == merged["power_metrics"] == 2
    assert contents(target, "performance_results") == sorted(
        contents(database, "performance_results") + contents(other, "performance_results")
    )
    again = dict(upkeep.merge([database, other], target))
    assert sum(sum(rows.values()) for rows in again.values()) == 0
    assert counts(target) == merged
    assert (database.read_bytes(), other.read_bytes()) == sources


def test_templates_merge_by_name_and_both_their_versions_stay(tmp_path, database, filled):
    other = tmp_path / "o.duckdb"
    filled(other, case="other")
    dict(upkeep.merge([other], database))
    assert [counts(database)[table] for table in TEMPLATES] == [1, 2, 2, 2]


def test_an_older_database_merges_too(tmp_path, v1):
    target = tmp_path / "t.duckdb"
    dict(upkeep.merge([v1], target))
    assert counts(target)["integration_test_results"] == 3


@pytest.mark.slow
def test_two_hundred_shards_merge_in_one_go(tmp_path, filled):
    shards = []
    for number in range(20):
        filled(tmp_path / f"shard{number}.duckdb", case=f"case{number}")
        shards += [tmp_path / f"shard{number}.duckdb"] * 10
    dict(upkeep.merge(shards, tmp_path / "all.duckdb"))
    assert counts(tmp_path / "all.duckdb")["test_runs"] == 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:20000]), "bad.duckdb"),
        (lambda path: path.write_bytes(b"nothing"), "bad.duckdb is not a DuckDB database"),
        (
            lambda path: (path.unlink(), duckdb.connect(str(path)).execute("CREATE TABLE shop (a INT)").close()),
            "another program",
        ),
    ],
)
def test_a_source_that_is_no_sound_database_of_ours_is_named_and_the_others_are_taken(
    tmp_path, database, filled, spoil, words
):
    bad = tmp_path / "bad.duckdb"
    filled(bad)
    spoil(bad)
    before = counts(database)
    sound = tmp_path / "sound.duckdb"
    filled(sound, case="sound")
    (_, error), (_, rows) = upkeep.merge([bad, sound], database)
    assert isinstance(error, StoreError)
    assert words in str(error)
    assert rows["performance_results"] == 1
    assert counts(database)["performance_results"] == before["performance_results"] + 1


def test_a_database_is_not_merged_into_itself(database):
    ((_, error),) = upkeep.merge([database], database)
    assert "can't be merged into itself" in str(error)


# -- compact, backup, restore


def test_compacting_keeps_every_row_and_gives_space_back(database):
    with opened(database) as con:
        con.execute("CREATE TABLE ballast AS SELECT repeat(md5(i::VARCHAR), 20) AS t FROM range(20000) r(i)")
    with opened(database) as con:
        con.execute("DROP TABLE ballast")
    before = counts(database)
    done = upkeep.compact(database)
    assert done.bytes_after < done.bytes_before / 4
    assert counts(database) == {**before, "maintenance_log": before["maintenance_log"] + 1}
    with reading(database) as con:
        assert con.execute("SELECT block_size FROM pragma_database_size()").fetchone() == (16384,)
        keys = con.execute("SELECT count(*) FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY'").fetchone()
        assert keys == (9,)


def test_a_reader_in_another_process_makes_it_wait_and_then_give_up(database):
    code = "import duckdb, sys; con = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); sys.stdin.read()"
    reader = subprocess.Popen([sys.executable, "-c", code, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    reader.stdout.readline()
    try:
        with pytest.raises(StoreBusy, match=rf"PID {reader.pid}"):
            upkeep.compact(database, wait=0.2)
    finally:
        reader.communicate()
    upkeep.compact(database)


def test_a_backup_holds_what_the_database_holds_and_a_restore_brings_it_back(tmp_path, database, filled):
    before = counts(database)
    upkeep.backup(database, tmp_path / "copies" / "one.duckdb")
    assert counts(tmp_path / "copies" / "one.duckdb") == before
    filled(database, at="2026-02-01 10:00:00")
    changed = counts(database)
    kept = upkeep.restore(tmp_path / "copies" / "one.duckdb", database)
    assert counts(database)["test_runs"] == before["test_runs"]
    assert counts(kept) == changed


def test_a_truncated_backup_replaces_nothing(tmp_path, database):
    upkeep.backup(database, tmp_path / "one.duckdb")
    (tmp_path / "one.duckdb").write_bytes((tmp_path / "one.duckdb").read_bytes()[:20000])
    before = database.read_bytes()
    with pytest.raises(StoreError, match=r"one\.duckdb"):
        upkeep.restore(tmp_path / "one.duckdb", database)
    assert database.read_bytes() == before


def test_a_restore_replaces_a_damaged_database_and_keeps_it(tmp_path, database):
    upkeep.backup(database, tmp_path / "one.duckdb")
    rows = counts(database)["test_runs"]
    database.write_bytes(b"damaged")
    told = []
    kept = upkeep.restore(tmp_path / "one.duckdb", database, tell=told.append)
    assert kept.read_bytes() == b"damaged"
    assert "could not be opened" in told[0]
    assert counts(database)["test_runs"] == rows


def test_a_backup_of_an_old_database_is_of_this_version(tmp_path, v1):
    upkeep.backup(v1, tmp_path / "copy.duckdb")
    assert counts(tmp_path / "copy.duckdb")["maintenance_log"] == 0
    assert counts(v1)["maintenance_log"] is None


def test_old_backups_expire_by_count_and_age_but_never_the_newest_and_nothing_else(tmp_path):
    database = tmp_path / "b.duckdb"
    names = [f"b-2026010{number}T120000000000.duckdb" for number in range(5)]
    others = ["b-today.duckdb", "b-old.duckdb", "c-20260101T120000000000.duckdb"]
    for name in names + others:
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (0, 0))
    expired = [tmp_path / names[1], tmp_path / names[0]]
    assert upkeep.expire(tmp_path, database, most=3, oldest=None, dry_run=True) == expired
    upkeep.expire(tmp_path, database, most=3, oldest=None)
    assert {path.name for path in tmp_path.iterdir()} == {*names[2:], *others}
    upkeep.expire(tmp_path, database, most=None, oldest=datetime(2026, 1, 1))
    assert {path.name for path in tmp_path.iterdir()} == {names[4], *others}


def test_a_backup_never_replaces_a_file(tmp_path, database):
    for target in (database, tmp_path / "notes.txt"):
        target.touch()
        with pytest.raises(StoreError, match="is there already; nothing was written"):
            upkeep.backup(database, target)


def test_kept_files_get_names_of_their_own(v1):
    v1.with_name("old.duckdb.bak-v1").write_text("precious")
    with opened(v1):
        pass
    assert v1.with_name("old.duckdb.bak-v1").read_text() == "precious"
    assert counts(v1.with_name("old.duckdb.bak-v1.2"))["performance_results"] == 2


# -- prune


@pytest.fixture
def aged(tmp_path, filled):
    """One series with two old results and a new one, and one series with a single old result."""
    path = tmp_path / "b.duckdb"
    filled(path, at="2020-01-01 10:00:00")
    filled(path, at="2020-01-02 10:00:00")
    filled(path, at="2026-01-01 10:00:00")
    filled(path, at="2020-01-03 10:00:00", case="lonely")
    return path


CUT = datetime(2025, 1, 1)


def test_old_rows_go_with_their_satellites_and_the_newest_of_each_series_stays(aged):
    done = upkeep.prune(aged, Pruning(before=CUT, keep_latest=True))
    assert done.rows == {"performance_results": 2, "hardware_compatibility": 2, "integration_test_results": 2}
    left = counts(aged)
    assert (
        left["performance_results"],
        left["power_metrics"],
        left["integration_test_results"],
        left["test_runs"],
    ) == (2, 2, 2, 4)
    assert upkeep.prune(aged, Pruning(before=CUT, keep_latest=True)).rows == dict.fromkeys(done.rows, 0)


def test_without_keep_latest_all_old_rows_go(aged):
    upkeep.prune(aged, Pruning(before=CUT))
    assert counts(aged)["performance_results"] == 1


def test_a_dry_run_changes_nothing(aged):
    before = aged.read_bytes()
    done = upkeep.would_prune(aged, Pruning(before=CUT, samples_before=datetime(2030, 1, 1)))
    assert done.rows["performance_results"] == 3
    assert done.samples == 1
    assert aged.read_bytes() == before


def test_samples_go_and_statistics_stay(aged):
    done = upkeep.prune(aged, Pruning(samples_before=CUT))
    assert (done.samples, done.rows["performance_results"]) == (3, 0)
    with reading(aged) as con:
        found = con.execute(
            "SELECT latency_p50_ms, samples_ms FROM performance_results ORDER BY created_at DESC"
        ).fetchall()
    assert found == [(1.5, [1.0, 2.0]), (1.5, None), (1.5, None), (1.5, None)]


def test_what_goes_is_archived_first(aged, tmp_path):
    rows = contents(aged, "performance_results")
    done = upkeep.prune(aged, Pruning(before=CUT, keep_latest=True, samples_before=CUT, archive=tmp_path / "archive"))
    names = {path.name.split("-")[0] for path in done.files}
    assert names == {"performance_results", "hardware_compatibility", "integration_test_results", "samples", "power_metrics", "training_results", "web_platform_results"}  # fmt: skip
    archived = duckdb.sql(f"SELECT result_id FROM '{tmp_path}/archive/performance_results-*.parquet'").fetchall()
    assert len(archived) == 2
    assert len(contents(aged, "performance_results")) + len(archived) == len(rows)


def test_an_archive_that_cannot_be_written_stops_the_pruning(aged, tmp_path):
    (tmp_path / "file").write_text("in the way")
    before = counts(aged)
    with pytest.raises(StoreError):
        upkeep.prune(aged, Pruning(before=CUT, archive=tmp_path / "file"))
    assert counts(aged) == before


@pytest.mark.parametrize(("age", "days"), [("180d", 180), ("12h", 0.5), ("2w", 14), ("1m", 30), ("7", 7)])
def test_ages_are_read_as_people_write_them(age, days):
    expected = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=days)
    assert abs(upkeep.ago(age, "--older-than") - expected) < timedelta(seconds=5)


def test_an_age_beyond_all_times_is_named():
    with pytest.raises(BenchError, match="nothing is that old"):
        upkeep.ago("99999999999d", "--older-than")


def test_an_age_that_is_none_is_named():
    with pytest.raises(BenchError, match=r"--older-than=soon: no length of time\.\nWrite 180d"):
        upkeep.ago("soon", "--older-than")


# -- check


def test_a_sound_database_has_no_findings(database, v1):
    assert checking.check(database) == []
    assert [finding.check for finding in checking.check(v1)] == ["sources_without_rows"]  # it was made so


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        ("UPDATE performance_results SET average_latency_ms = -5", "negative_numbers"),
        ("UPDATE performance_results SET throughput_items_per_second = 'nan'", "negative_numbers"),
        ("UPDATE performance_results SET latency_min_ms = 9, latency_max_ms = 1", "order_of_latencies"),
        ("UPDATE performance_results SET is_simulated = true", "simulated_as_measured"),
        ("UPDATE test_runs SET completed_at = started_at - INTERVAL 1 HOUR", "runs_that_end_before_they_start"),
        ("INSERT INTO power_metrics (result_id) VALUES (uuid())", "satellites_without_result"),
        (
            "INSERT INTO import_sources (source_id, path, status) VALUES (uuid(), 'x', 'imported')",
            "sources_without_rows",
        ),
        ("INSERT INTO performance_results BY NAME SELECT * FROM performance_results", "duplicate_ids"),
        (
            "UPDATE hardware_platforms SET hardware_type = 'webgpu', device_name = 'SwiftShader Device'",
            "software_as_hardware",
        ),
    ],
)
def test_every_kind_of_fault_is_found(database, spoil, name):
    with opened(database) as con:
        con.execute(spoil)
    (finding,) = checking.check(database)
    assert finding.check == name
    assert finding.count >= 1
    assert finding.examples


def test_a_missing_column_and_a_missing_foreign_key_are_found(tmp_path, filled):
    path = tmp_path / "b.duckdb"
    with duckdb.connect(str(path)) as con:
        for number in schema.DESCRIPTIONS:
            for statement in schema.statements(number):
                changed = statement.replace("REFERENCES models (model_id)", "").replace(
                    "    threads BIGINT CHECK (threads > 0),\n", ""
                )
                con.execute(changed.replace("p.threads, ", ""))
            con.execute(
                "INSERT INTO schema_version VALUES ($n, $d, now()::TIMESTAMP)",
                {"n": number, "d": schema.DESCRIPTIONS[number]},
            )
    found = {finding.check: finding for finding in checking.check(path)}
    assert found["columns"].examples == ("performance_results.threads BIGINT", "results.threads BIGINT")
    assert found["keys"].count == 3


def test_fix_does_what_is_safe_and_says_it(database, filled):
    with opened(database) as con:
        con.execute("INSERT INTO power_metrics (result_id) VALUES (uuid())")
        con.execute("INSERT INTO performance_results BY NAME SELECT * FROM performance_results")
    done = checking.fix(database)
    assert done[:2] == ["removed 1 rows of performance_results", "removed 1 rows of power_metrics"]
    assert checking.check(database) == []
    assert database.with_name("b.duckdb.bak-fix").exists()
    assert checking.fix(database) == []


def test_a_rebuild_that_fails_at_the_rename_leaves_no_traces(database, monkeypatch):
    before = counts(database)
    monkeypatch.setattr(rebuilding, "sync_folder", lambda _: (_ for _ in ()).throw(OSError("no")))
    with pytest.raises(StoreError):
        upkeep.compact(database)
    assert counts(database) == before
    assert not list(database.parent.glob(".b.duckdb*"))


def test_a_rebuild_without_links_that_fails_puts_the_old_file_back(v1, monkeypatch):
    before = counts(v1)

    def refuse(*_):
        raise OSError("no links here")

    monkeypatch.setattr(rebuilding.os, "link", refuse)
    monkeypatch.setattr(rebuilding.Path, "replace", refuse)
    with pytest.raises(StoreError), opening.locked(v1):
        opening.upgrade(v1)
    monkeypatch.undo()
    assert counts(v1) == before


def test_a_backup_that_fails_leaves_no_pieces(tmp_path, database, monkeypatch):
    def refuse(*_):
        raise OSError("no")

    monkeypatch.setattr(upkeep.Path, "replace", refuse)
    with pytest.raises(StoreError, match="the backup can't be written"):
        upkeep.backup(database, tmp_path / "copies" / "one.duckdb")
    monkeypatch.undo()
    assert not list((tmp_path / "copies").iterdir())


# -- templates


def test_pruning_compacting_and_a_backup_leave_templates_alone(tmp_path, database):
    before = {table: contents(database, table) for table in TEMPLATES}
    assert all(before.values())
    upkeep.prune(database, Pruning(before=datetime(2100, 1, 1)))
    upkeep.compact(database)
    upkeep.backup(database, tmp_path / "copy.duckdb")
    assert counts(database)["performance_results"] == 0
    for path in (database, tmp_path / "copy.duckdb"):
        assert {table: contents(path, table) for table in TEMPLATES} == before


def test_texts_of_no_template_are_found(database):
    with opened(database) as con:
        con.execute("DELETE FROM templates")
    (found,) = checking.check(database)
    assert (found.check, found.count) == ("template_rows_of_nothing", 1)


def test_an_old_database_is_checked_for_what_it_can_have(v3):
    assert checking.check(v3) == []
