"""Reading one file: its bytes without harm, its format, and why there is no result where there is none."""

import gzip
import json
import os

import pytest

from pytest_ipfs_bench.importers.contract import Importer
from pytest_ipfs_bench.migration import reading
from pytest_ipfs_bench.migration.tree import Entry, walk


class Lists(Importer):
    name = "lists"

    def recognises(self, document):
        return isinstance(document.json, list)

    def read(self, document):
        if document.json == ["bug"]:
            raise KeyError("oops")
        return []


def read(path, content, limit=1_000_000):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = reading.look(next(iter(walk(path))), limit)
    return reading.read(reading.document(found, limit), reading.by_kind([Lists()])) if found.sha256 else found


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "the file is empty"),
        (b"\xef\xbb\xbf \n", "the file is empty"),
        ('[{"a": 1}, {"b"', "not JSON: Expecting ':' delimiter, line 1 column 16 (char 15)"),
        ("// made by hand\n[]", "not JSON: text; Expecting value, line 1 column 1"),
        (b'["caf\xe9"]', "the text is not valid UTF-8: invalid continuation byte (byte 5)"),
        (b"PK\x03\x04\0\0\0", "not JSON: a zip archive; Expecting value, line 1 column 1"),
        (b"\x80\x04\x95\0\0", "not JSON: a Python pickle; Expecting value, line 1 column 1"),
        (b"version https://git-lfs.github.com/spec/v1\n", "not JSON: a pointer of git LFS, not the file itself (git lfs pull); Expecting value, line 1 column 1"),
        ("[" * 100_000 + "]" * 100_000, "it is nested too deep"),
        ('[{"a": 1}]\n{"b"', "not JSON: Extra data, line 2 column 1 (char 11)"),
        (b"\x1f\x8bbroken", "broken gzip data: "),
        ("[" + "9" * 5000 + "]", "a number is out of range: "),
    ],
)  # fmt: skip
def test_a_broken_file_is_rejected_with_the_place(tmp_path, content, reason):
    found = read(tmp_path / "x.json", content)
    assert found.fault
    assert found.reason.startswith(reason)


def test_a_large_file_is_not_read(tmp_path):
    found = read(tmp_path / "x.json", "[" + " " * 2_000_000 + "]")
    assert (found.problem, found.fault) == ("too large: 2 MB, the limit is 1 MB", True)


def test_a_bomb_is_not_unpacked(tmp_path):
    found = read(tmp_path / "x.json", gzip.compress(b" " * 5_000_000))
    assert found.reason == "too large: unpacked it has more than 1 MB"


def test_a_sparse_file_costs_nothing(tmp_path):
    with (tmp_path / "x.json").open("wb") as file:
        file.truncate(20_000_000_000)
    assert reading.look(next(iter(walk(tmp_path)))).problem.startswith("too large: 20000 MB")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_text_is_read_in_its_encoding(tmp_path, encoding):
    assert read(tmp_path / "x.json", '["caf\u00e9"]'.encode(encoding)).format == "lists"


def test_gzip_is_unpacked_whatever_it_is_called(tmp_path):
    assert read(tmp_path / "x.json", gzip.compress(b"[1]")).format == "lists"


@pytest.mark.parametrize("content", ["42", '"text"', "null", "true"])
def test_a_lone_value_holds_no_result(tmp_path, content):
    found = read(tmp_path / "x.json", content)
    assert (found.reason, found.fault) == ("it holds no result: a single value", False)


def test_a_file_that_nobody_knows_is_no_result(tmp_path):
    found = read(tmp_path / "x.json", '{"hello": "world"}')
    assert (found.reason, found.fault) == ("not a result file we know: text", False)


def test_an_importers_fault_costs_one_file(tmp_path):
    found = read(tmp_path / "x.json", '["bug"]')
    assert (found.reason, found.fault) == ("the importer failed: KeyError: 'oops'", True)


def test_a_file_that_vanishes_is_rejected(tmp_path):
    found = reading.look(Entry("gone.json", str(tmp_path / "gone.json")))
    assert (found.problem, found.fault) == ("it can't be read: No such file or directory", True)


def test_a_read_error_is_rejected(tmp_path, monkeypatch):
    (tmp_path / "x.json").write_text("[]")

    def broken(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "read", broken)
    assert reading.look(next(iter(walk(tmp_path)))).problem == "it can't be read: Input/output error"


def test_a_link_put_in_a_files_place_is_not_followed(tmp_path):
    (tmp_path / "secret").write_text("[]")
    (tmp_path / "x.json").symlink_to("secret")
    assert reading.look(Entry("x.json", str(tmp_path / "x.json"))).problem.startswith("it can't be read: Too many")


def test_a_growing_file_ends_somewhere(tmp_path, monkeypatch):
    (tmp_path / "x.json").write_text(json.dumps(["x" * 5000]))
    real = os.read
    monkeypatch.setattr(os, "read", lambda handle, size: real(handle, size) or b"x" * 1000)
    assert len(reading.look(next(iter(walk(tmp_path))), 20_000).raw) < 30_000
