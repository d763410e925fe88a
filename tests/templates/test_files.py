"""Generated files: names that stay in their folder, and files that are whole or not there."""

import pytest

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.templates.files import File, differing, left_over, split, write
from pytest_ipfs_bench.templates.header import Header


def test_a_text_is_one_file_or_several():
    assert split("x = 1\n\n\n", "usual.py") == [File("usual.py", "x = 1\n")]
    assert split("#: file a.py\nx = 1\n#: file b.toml\ny = 2", "usual.py") == [
        File("a.py", "x = 1\n"),
        File("b.toml", "y = 2\n"),
    ]


@pytest.mark.parametrize(
    "name", ["../evil.py", "/etc/evil.py", "a/b.py", "..", ".hidden.py", "evil.sh", "a.py\0", "x" * 200 + ".py", ""]
)
def test_a_name_that_leaves_its_folder_or_is_none_is_refused(name):
    with pytest.raises(BenchError, match="can't be the name of a generated file"):
        split(f"#: file {name}\nx = 1\n", "usual.py")


def test_a_text_before_the_first_file_belongs_to_none():
    with pytest.raises(BenchError, match="What stands before the first `#: file NAME` belongs to no file"):
        split("x = 1\n#: file a.py\ny = 1\n", "usual.py")


def test_two_files_of_one_name_are_refused():
    with pytest.raises(BenchError, match=r"Two files would be called a\.py"):
        split("#: file a.py\n1\n#: file a.py\n2\n", "usual.py")


def test_one_template_makes_no_heap_of_files():
    with pytest.raises(BenchError, match=r"One template makes at most 20 files; this one makes 50,000\."):
        split("".join(f"#: file test_{number}.py\n" for number in range(50_000)), "usual.py")


def test_what_the_same_command_made_once_is_left_over(tmp_path):
    told = {
        name: str(Header("shipped/test", "1", f"ipfs-bench generate test {name} --force")) for name in ("bert", "vit")
    }
    for name, text in {"test_bert_cuda.py": told["bert"], "test_vit.py": told["vit"], "own.py": "x = 1\n"}.items():
        (tmp_path / name).write_text(text)
    assert left_over([File("test_bert.py", told["bert"])], tmp_path) == ["test_bert_cuda.py"]


def test_files_are_written_into_a_folder_that_is_made(tmp_path):
    paths = write([File("a.py", "x = 1\n"), File("b.py", "ü\n")], tmp_path / "new" / "one", force=False)
    assert [path.read_text(encoding="utf-8") for path in paths] == ["x = 1\n", "ü\n"]
    assert sorted(path.name for path in (tmp_path / "new" / "one").iterdir()) == ["a.py", "b.py"]


def test_what_is_there_is_kept_unless_forced(tmp_path):
    (tmp_path / "b.py").write_text("mine")
    files = [File("a.py", "1\n"), File("b.py", "2\n")]
    with pytest.raises(
        BenchError, match=r"b\.py exists already; nothing was written\.\nOverwrite with --force, or see"
    ):
        write(files, tmp_path, force=False)
    assert [path.name for path in tmp_path.iterdir()] == ["b.py"]
    write(files, tmp_path, force=True)
    assert (tmp_path / "b.py").read_text() == "2\n"


def test_a_link_is_replaced_never_followed(tmp_path):
    (tmp_path / "outside").write_text("mine")
    (tmp_path / "a.py").symlink_to(tmp_path / "outside")
    with pytest.raises(BenchError, match="exists already"):
        write([File("a.py", "1\n")], tmp_path, force=False)
    write([File("a.py", "1\n")], tmp_path, force=True)
    assert (tmp_path / "outside").read_text() == "mine"


def test_a_folder_that_can_not_be_is_an_error_for_people(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BenchError, match="it can't be written to"):
        write([File("a.py", "1\n")], tmp_path / "file" / "under", force=False)


def test_a_file_that_fails_half_way_leaves_the_old_one(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("old")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(BenchError, match="No space left on device"):
        write([File("a.py", "new\n")], tmp_path, force=True)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.py", "old")]


def test_files_are_compared_byte_by_byte(tmp_path):
    (tmp_path / "same.py").write_text("1\n")
    (tmp_path / "other.py").write_text("1\r\n")
    (tmp_path / "folder.py").mkdir()
    files = [File(f"{name}.py", "1\n") for name in ("same", "other", "gone", "folder")]
    assert differing(files, tmp_path) == {"other.py": "changed", "gone.py": "missing", "folder.py": "Is a directory"}
