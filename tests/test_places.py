"""Names of databases: a path, or quack:HOST:PORT."""

from pathlib import Path

import pytest

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.places import Remote, here_only, is_remote, remote


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("quack:lab:9000", Remote("lab", 9000)),
        ("quack:lab.example.org", Remote("lab.example.org", 9494)),
        ("quack:LAB", Remote("lab", 9494)),
        ("quack://lab:1", Remote("lab", 1)),
        ("quack:[::1]:9000", Remote("::1", 9000)),
        ("quack:10.0.0.7:9494", Remote("10.0.0.7")),
    ],
)
def test_a_served_database_has_a_host_and_a_port(name, told):
    assert is_remote(name)
    assert remote(name, "--db") == told
    assert remote(str(told), "--db") == told


@pytest.mark.parametrize(
    "name", ["quack:", "quack:a b", "quack:lab:0", "quack:lab:70000", "quack:lab:x", "quack:a/../b", "quack:a;b"]
)
def test_what_names_none_is_refused(name):
    with pytest.raises(BenchError) as told:
        remote(name, "--bench-db")
    assert str(told.value).startswith(f"--bench-db={name}: no served database.\nWrite quack:HOST:PORT")


def test_only_this_machine_is_here():
    assert [Remote(host).here for host in ("localhost", "127.0.0.1", "::1", "lab")] == [True, True, True, False]


def test_files_about_it_have_a_name_of_its_own():
    assert Remote("::1", 9).name == "quack-__1-9"


def test_what_works_on_files_says_so_of_a_served_one():
    assert here_only(Path("b.duckdb"), "db compact") == Path("b.duckdb")
    with pytest.raises(BenchError) as told:
        here_only(Remote("lab"), "db compact")
    assert str(told.value) == (
        "quack:lab:9494: db compact works on the file itself.\nRun it where that lies; stop the server first."
    )
