"""The first line of a generated file."""

import pytest

from pytest_ipfs_bench.templates.header import Header, of_file, read

HEADER = Header("shipped/test", "9c1f02ab", "ipfs-bench generate test bert --hardware cpu,cuda --force")


def test_it_is_written_and_read():
    assert read(f"{HEADER}x = 1\n") == HEADER
    assert str(HEADER).startswith(
        "# Made by ipfs-bench from the template shipped/test, version 9c1f02ab. Again, in this folder: ipfs-bench generate"
    )


@pytest.mark.parametrize("text", ["", "x = 1\n", f"\n{HEADER}", f"{HEADER}".rstrip("\n"), "# Made by hand\n"])
def test_any_other_file_has_none(text):
    assert read(text) is None


def test_a_file_that_can_not_be_read_has_none(tmp_path):
    (tmp_path / "a.py").write_bytes(str(HEADER).encode() + b"\xff\n")
    assert of_file(tmp_path / "a.py") == HEADER
    assert of_file(tmp_path / "gone.py") is None
    assert of_file(tmp_path) is None
    assert of_file(tmp_path / "a\0b") is None
