"""Samples: made from a seed, with what an import must make of each; and an import of them is as expected."""

import json
from collections import Counter

import duckdb
import pytest
from click.testing import CliRunner

from pytest_ipfs_bench.cli import main
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.migration.run import Asked, migrate
from pytest_ipfs_bench.migration.samples.draw import Draw, Several, compatibility, fill, measured, outcome, real
from pytest_ipfs_bench.migration.samples.making import make, samples
from pytest_ipfs_bench.migration.samples.shapes import Shape
from pytest_ipfs_bench.migration.samples.verifying import verify
from pytest_ipfs_bench.registry import Registry

from .conftest import Simple, result


def written(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def shape(path):
    return path.rpartition("/")[0]


def test_the_same_seed_makes_the_same_bytes(tmp_path):
    make(tmp_path / "a", 7)
    make(tmp_path / "b", 7)
    assert written(tmp_path / "a") == written(tmp_path / "b")


def test_another_seed_makes_other_files_of_the_same_shapes_that_end_the_same(tmp_path):
    some, other = list(samples(1)), list(samples(2))
    assert Counter((shape(one.path), one.status) for one in some) == Counter(
        (shape(one.path), one.status) for one in other
    )
    same = {shape(one.path) for one in some if one.content in {two.content for two in other}}
    assert same == {"broken/empty_file", "without_results/empty_object"}


def test_every_file_is_accounted_for(tmp_path):
    expected = make(tmp_path, 3)
    assert expected == json.loads((tmp_path / "expected.json").read_text())
    assert set(expected) == {"seed", "version", "files", "totals"}
    assert {f"tree/{path}" for path in expected["files"]} == set(written(tmp_path)) - {"expected.json"}
    statuses = Counter(entry["status"] for entry in expected["files"].values())
    assert set(statuses) == {"imported", "duplicate", "not_results", "rejected"}
    assert expected["totals"] == {
        "files": len(expected["files"]),
        **statuses,
        **{
            name: sum(entry.get(name, 0) for entry in expected["files"].values())
            for name in ("performance", "compatibility", "outcomes", "duplicates", "simulated", "untimed")
        },
    }


def test_paths_are_different_and_a_sample_of_every_shape_is_small():
    made = list(samples(4))
    assert len({one.path for one in made}) == len(made)
    assert max(len(one.content) for one in made if shape(one.path) != "broken/too_deep") < 20_000
    assert all(
        json.loads(one.content) is not None for one in made if one.path.startswith("legacy/") and ".json" in one.path
    )


def test_results_are_counted_where_they_are_written():
    row = {"ms": real(1, 2)}
    template = [
        Several(2, 2, measured(row)),
        outcome(measured(row, simulated=True)),
        {"cell": compatibility(True)},
        row,
    ]
    draw = Draw("x")
    assert len(fill(template, draw)) == 5
    assert Counter(one.kind for one in draw.results) == {"performance": 3, "outcomes": 1, "compatibility": 1}
    sample = Shape(name="x", content=template, timed=False).draw("legacy", 0, 1)
    assert sample.path == "legacy/x/x_1.json"
    assert sample.expected == {
        "status": "imported", "performance": 3, "compatibility": 1, "outcomes": 1, "simulated": 1, "untimed": 5,
    }  # fmt: skip


def test_a_folder_that_is_not_empty_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(BenchError) as refused:
        make(tmp_path, 0)
    assert str(refused.value) == (
        f"--make-samples={tmp_path}: it is not empty, and nothing was written.\nName a new or empty folder."
    )
    with pytest.raises(BenchError, match=r"mine.txt: it is a file, and nothing was written"):
        make(tmp_path / "mine.txt", 0)
    assert set(written(tmp_path)) == {"mine.txt"}


def test_a_folder_that_cannot_be_made_is_a_mistake(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(BenchError, match=r"inner: it can't be written \(Not a directory\)"):
        make(tmp_path / "file" / "inner", 0)


def test_an_import_of_the_samples_is_as_expected(tmp_path, database):
    make(tmp_path / "samples", 0)
    migrate(Asked(trees=[tmp_path / "samples" / "tree"], database=database), Registry.load().importers())
    assert verify(tmp_path / "samples", database) == []


@pytest.fixture
def small(tmp_path, tree, database):
    """small(): three samples in a format of these tests, imported; what differs, after a change to what is expected."""
    tree("a.json", [result(1), result(2, simulated=True), {"test": "t", "status": "pass"}])
    tree("b.json", [result(1)])
    tree("cut.json", '{"simple": [')
    files = {
        "a.json": {
            "status": "imported",
            "performance": 2,
            "compatibility": 0,
            "outcomes": 1,
            "simulated": 1,
            "untimed": 3,
        },
        "b.json": {"status": "duplicate", "performance": 0, "compatibility": 0, "outcomes": 0, "duplicates": 1},
        "cut.json": {"status": "rejected", "performance": 0, "compatibility": 0, "outcomes": 0},
    }
    migrate(Asked(trees=[tree.root], database=database), [Simple()])

    def differences(**changed):
        told = {path: {**entry, **changed.get(path.removesuffix(".json"), {})} for path, entry in files.items()}
        (tmp_path / "expected.json").write_text(json.dumps({"files": {**told, **changed.get("more", {})}}))
        return verify(tmp_path, database)

    return differences


def test_nothing_differs_where_all_is_as_expected(small):
    assert small() == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"a": {"performance": 3}},
            ("a.json: expected imported with 3 measurements, 1 outcome, 1 simulated row, 3 rows without a time,"
            " found imported with 2 measurements, 1 outcome, 1 simulated row, 3 rows without a time"),
        ),
        (
            {"b": {"status": "imported", "compatibility": 1, "duplicates": 0}},
            ("b.json: expected imported with 1 compatibility row,"
            " found duplicate with 1 known result: every result in it is known"),
        ),
        (
            {"cut": {"status": "not_results"}},
            ("cut.json: expected not results,"
            " found rejected: not JSON: Expecting value, line 1 column 13 (char 12)"),
        ),
        (
            {"more": {"c.json": {"status": "imported", "outcomes": 2}}},
            "c.json: expected imported with 2 outcomes, found nothing: it was not imported from this folder",
        ),
    ],
)  # fmt: skip
def test_what_differs_is_said_in_a_sentence(small, changed, said):
    assert small(**changed) == [said]


def test_a_file_that_is_no_sample_is_named(small, tree, database):
    tree("mine.json", [result(9)])
    migrate(Asked(trees=[tree.root], database=database), [Simple()])
    assert small() == ["mine.json: it is none of the samples"]


def test_rows_that_are_gone_from_the_database_are_missed(small, database):
    with duckdb.connect(str(database)) as con:
        con.execute("DELETE FROM integration_test_results")
    (said,) = small(a={"outcomes": 0, "untimed": 2})
    assert said == "a.json: import_sources counts 2 measurements, 1 outcome, the tables hold 2 measurements"
    assert len(small()) == 1


def test_samples_that_were_imported_twice_are_still_as_expected(small, tree, database):
    migrate(Asked(trees=[tree.root], database=database), [Simple()])
    migrate(Asked(trees=[tree.root], database=database, reimport=True), [Simple()])
    assert small() == []


@pytest.fixture
def run(tmp_path, monkeypatch):
    """run(arguments): `ipfs-bench import` in an empty folder; its exit status and what it said."""
    monkeypatch.chdir(tmp_path)

    def go(*arguments):
        done = CliRunner().invoke(main, ["import", *arguments])
        return done.exit_code, done.output

    return go


@pytest.mark.slow
def test_the_commands_make_samples_and_verify_an_import(run, tmp_path):
    status, said = run("--make-samples", "my samples", "--seed", "3")
    assert status == 0
    assert "files into my samples/tree (seed 3); an import must find " in said
    assert said.endswith("Import and compare: ipfs-bench import 'my samples' --verify\n")
    count = len(json.loads((tmp_path / "my samples" / "expected.json").read_text())["files"])
    assert run("my samples", "--verify") == (0, f"{count} files as expected.\n")
    assert [one.name for one in tmp_path.iterdir()] == ["my samples"]
    assert run("my samples", "--verify", "--db", "here.duckdb") == (0, f"{count} files as expected.\n")
    assert run("my samples", "--verify", "--db", "here.duckdb") == (0, f"{count} files as expected.\n")
    assert (tmp_path / "here.duckdb").exists()


def test_a_difference_is_exit_status_1(run, tmp_path):
    run("--make-samples", "s")
    (tmp_path / "s" / "tree" / "without_results" / "mine.txt").write_text("x")
    status, said = run("s", "--verify")
    assert status == 1
    assert "without_results/mine.txt: it is none of the samples\n" in said
    assert "files otherwise than expected (samples of version " in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--verify", "."], ("--verify: expected.json can't be read (No such file or directory).\n"
                            "Make samples first: ipfs-bench import --make-samples .\n")),
        (["--verify", "a", "b"], "--verify: several folders are named.\nName one, as --make-samples wrote it.\n"),
        (["--verify", ".", "--delete"], "--verify: it does not go together with --delete.\nIt goes with: PATH, --db.\n"),
        (["--verify"], "ipfs-bench import: no PATH is named.\nName a folder of result files, or a file.\n"),
        (["--make-samples", "a", "b"], "--make-samples: it does not go together with PATH.\nIt goes with: --seed.\n"),
        (["--make-samples", "a", "--verify"], "--make-samples: it does not go together with --verify.\nIt goes with: --seed.\n"),
        (["a", "--seed", "1"], "--seed: it says which samples to make.\nUse it with --make-samples DIR.\n"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_what_to_do(run, tmp_path, arguments, said):
    assert run(*arguments) == (2, said)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"files": 1}', '{"files": {"a": 1}}', '{"files": {"a": {}}}', '{"files": {"a": {"status": 1}}}']
)
def test_expectations_that_say_nothing_are_a_mistake(run, tmp_path, text):
    (tmp_path / "expected.json").write_text(text)
    status, said = run("--verify", ".")
    assert status == 2
    assert said == (
        "--verify: expected.json does not say what is expected of which file.\n"
        "Make samples anew, in another folder: ipfs-bench import --make-samples DIR\n"
    )
