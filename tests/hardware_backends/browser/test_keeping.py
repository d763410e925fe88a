"""The page that a failed cell leaves."""

from dataclasses import replace

import pytest

from hardware_backends.browser import keeping
from pytest_ipfs_bench.backend import Options
from pytest_ipfs_bench.cell import Cell

CELL = Cell("<b>bert</b>/base", "tiny", "random", "webgpu", 0, "onnxruntime-web", "fp32", "inference", 1, {"s": 128})


def fail(options, cell=CELL, console=()):
    with pytest.raises(RuntimeError) as caught, keeping.failures(cell, options, {"adapter": "<i>"}, list(console)):
        raise RuntimeError("<script>alert(1)</script>")
    return getattr(caught.value, "__notes__", [])


def test_it_holds_the_error_the_adapter_and_the_console_and_is_named_in_the_error(tmp_path):
    (note,) = fail(Options(pages=str(tmp_path)), console=["error: <b>no device</b>"])
    (page,) = tmp_path.iterdir()
    assert note == f"What the page left: {page}"
    text = page.read_text()
    for escaped in ("&lt;script&gt;alert(1)", "&lt;i&gt;", "error: &lt;b&gt;no device", "&lt;b&gt;bert&lt;/b&gt;/base"):
        assert escaped in text
    for markup in ("<script", "<b>", "<i>"):
        assert markup not in text


def test_its_name_is_a_plain_file_name_however_a_model_is_called(tmp_path):
    fail(Options(pages=str(tmp_path)), replace(CELL, model="../" + "\u6a21\u578b" * 200 + "/x"))
    (page,) = tmp_path.iterdir()
    assert page.suffix == ".html"
    assert page.name.isascii()


@pytest.mark.parametrize("pages", [None, "/nowhere/at/all"])
def test_where_it_can_not_be_kept_the_error_is_the_same_without_it(pages):
    assert fail(Options(pages=pages)) == []


def test_what_succeeds_leaves_nothing(tmp_path):
    with keeping.failures(CELL, Options(pages=str(tmp_path)), {}, []):
        pass
    assert list(tmp_path.iterdir()) == []
