"""The summary: the matrix is in it, bounded like its other tables."""

from pytest_ipfs_bench import reports


def test_the_matrix_is_bounded_and_says_where_the_whole_is(tmp_path, builders):
    make = builders()
    run, cpu = make.run(1), make.hardware("cpu")
    for number in range(201):
        make.tried(run, make.model(f"m{number:03}"), cpu, 1, "compatible")
    made = reports.document(make.store(tmp_path / "b.duckdb", run), "summary")
    matrix = next(table for table in made.tables if table.title == "Models and hardware, measured")
    assert [len(matrix.rows), matrix.rows[-1]] == [200, ("m199", "works")]
    assert "Models and hardware, measured: the first 200 are shown; all: report compatibility." in made.notes
