"""Walking: nothing is followed, nothing special is opened, nothing is missed."""

import os
import socket

from pytest_ipfs_bench.migration import tree


def problems(root, **how):
    return {entry.path: entry.problem for entry in tree.walk(root, **how)}


def test_files_come_in_order_with_paths_relative_to_the_tree(tmp_path):
    for name in ("b.json", "a/z.json", "a/b/c.json", "a.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    assert list(problems(tmp_path)) == ["a.json", "b.json", "a/z.json", "a/b/c.json"]
    assert tree.count(tmp_path) == 4


def test_links_are_listed_and_not_followed(tmp_path):
    (tmp_path / "real.json").write_text("{}")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "twin.json").symlink_to("real.json")
    (tmp_path / "gone.json").symlink_to("nowhere")
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    found = problems(tmp_path)
    assert len(found) == 5
    assert all("symbolic link" in found[name] for name in ("loop", "twin.json", "gone.json", "zero.json"))


def test_pipes_and_sockets_are_listed_and_not_opened(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.json")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket.json")
        assert set(problems(tmp_path).values()) == {"not a regular file"}


def test_names_that_are_no_text_are_escaped(tmp_path):
    (tmp_path / os.fsdecode(b"bad\xff.json")).write_text("{}")
    assert list(problems(tmp_path)) == ["bad\\xff.json"]


def test_files_of_other_kinds_are_listed_and_not_read_unless_they_are_named(tmp_path):
    (tmp_path / "weights.bin").write_text("{}")
    assert "ends like no result file's" in problems(tmp_path)["weights.bin"]
    assert problems(tmp_path / "weights.bin") == {"weights.bin": ""}


def test_a_tools_own_folder_is_one_entry(tmp_path):
    (tmp_path / ".git" / "objects").mkdir(parents=True)
    (tmp_path / ".git" / "objects" / "x.json").write_text("{}")
    assert problems(tmp_path) == {".git": "a tool's own folder, not entered"}


def test_a_folder_called_like_a_result_file_is_listed_and_entered(tmp_path):
    (tmp_path / "x.json").mkdir()
    (tmp_path / "x.json" / "y.json").write_text("{}")
    assert problems(tmp_path) == {
        "x.json": "a folder, in spite of its name; its files are listed by themselves",
        "x.json/y.json": "",
    }


def test_of_a_files_names_the_further_ones_come_last(tmp_path):
    (tmp_path / "b.json").write_text("{}")
    (tmp_path / "z.json").write_text("{}")
    os.link(tmp_path / "b.json", tmp_path / "a.json")
    assert list(problems(tmp_path)) == ["z.json", "a.json", "b.json"]


def test_a_folder_that_cannot_be_read_is_a_fault(tmp_path, monkeypatch):
    (tmp_path / "closed").mkdir()

    def scandir(path, real=os.scandir):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    (entry,) = tree.walk(tmp_path)
    assert (entry.path, entry.fault) == ("closed", True)
    assert "Permission denied" in entry.problem


def test_a_tree_deeper_than_pythons_stack(tmp_path):
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(400):
            os.mkdir("d", dir_fd=here)
            below = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(os.open("x.json", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    finally:
        os.close(here)
    assert tree.count(tmp_path) == 1


def test_what_is_shut_is_no_part_of_the_tree(tmp_path):
    (tmp_path / "own.duckdb").write_text("")
    (tmp_path / "a.json").write_text("{}")
    assert list(problems(tmp_path, shut=frozenset([str(tmp_path / "own.duckdb")]))) == ["a.json"]
