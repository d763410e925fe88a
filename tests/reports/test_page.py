"""The HTML page in a real Chromium, from a file: nothing runs or is asked for but its own script, and people can use it."""

import base64
import hashlib
import re
import time
from datetime import datetime
from importlib import resources

import pytest

from pytest_ipfs_bench.reports.compatibility import SYMBOLS
from pytest_ipfs_bench.reports.page import html
from pytest_ipfs_bench.reports.table import Document, Picture, Table

HOSTILE = ["<img src=x onerror='window.hacked=1'>", "</script><script>window.hacked=1</script>", "<!--", "{{ 1 }}", "a\u202eb\x1b[31m",
           "javascript:alert(1)", "x" * 120, "نموذج", "模型 😀", "=1+1", "two\nlines", "\f"]  # fmt: skip
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="90"><clipPath id="c"><path d="M0,0h9v9"/></clipPath><g clip-path="url(#c)"><text fill="currentColor">url(#c)</text></g></svg>'
NUMBERS = [10.00001, None, 9.0, 1e-7, 10.0, float("nan"), 12345.6, -3]
TIMES = [datetime(2026, 1, day) for day in (3, 1, 2)]
READY = "() => document.querySelector('.tools:not([hidden])') !== null"
COLUMN = "at => [...document.querySelectorAll('tbody tr')].map(row => row.cells[at].textContent)"
HEAD = "at => { const head = document.querySelectorAll('th')[at]; head.querySelector('button').click(); return head.getAttribute('aria-sort'); }"
FILTER = """words => {
  const box = document.querySelector('input[type=search]');
  box.value = words;
  box.dispatchEvent(new InputEvent('input', {bubbles: true}));
  return document.querySelector('output').textContent;
}"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def report(*tables, notes=(), pictures=()):
    return Document("summary", "/tmp/b.duckdb", list(tables), list(notes), pictures)


def rows(table):
    return report(Table("One", tuple(table), list(zip(*table.values(), strict=True))))


def everything():
    matrix = Table("Matrix", ("model", "cpu", "cuda"), [(name, "works", "fails") for name in HOSTILE], SYMBOLS)
    wide = Table("Wide", tuple(f"column_{n}" for n in range(30)), [tuple(HOSTILE * 3)[:30]] * 3)
    many = Table("Many", ("name", "number"), [(f"{HOSTILE[n % 12]} {n}", n / 3) for n in range(340)])
    pictures = [Picture(name, SVG, name) for name in HOSTILE[:2]]
    return report(matrix, wide, many, Table("None", ("a",), []), notes=HOSTILE, pictures=pictures)


@pytest.fixture
def opened(chromium, tmp_path):
    """opened(document): its page, ready; whatever it says on its console by the end of the test is an error."""
    pages, console = [], []

    def make(document, width=1280, scheme="light"):
        file = tmp_path / f"{len(pages)}.html"
        file.write_text(html(document), encoding="utf-8")
        page = chromium.page("about:blank", 30.0, console)
        pages.append(page)
        page._ask("Emulation.setFocusEmulationEnabled", {"enabled": True})
        page._ask(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )
        page._ask("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        page._go(file.as_uri())
        while not page.evaluate(READY):
            time.sleep(0.005)
        return page

    yield make
    for page in pages:
        page.close()
    assert console == []


def press(page, *keys):
    for key in keys:
        text = {"Enter": "\r", "Tab": "", "Escape": ""}.get(key, key)
        code = {"Enter": 13, "Tab": 9, "Escape": 27}.get(key, 0)
        for kind in ("keyDown", "keyUp"):
            told = {"type": kind, "key": key, "windowsVirtualKeyCode": code, **({"text": text} if text else {})}
            page._ask("Input.dispatchKeyEvent", told)


def test_whatever_a_database_holds_is_text(opened):
    page = opened(everything())
    page.evaluate(FILTER, "<")
    page.evaluate(FILTER, "")
    page.evaluate(HEAD, 0)
    assert page.evaluate("() => window.hacked ?? null") is None
    assert page.evaluate("() => document.querySelectorAll('img, iframe, link, object').length") == 0
    assert page.evaluate("() => performance.getEntriesByType('resource').length") == 0
    shown = page.evaluate("() => document.body.textContent")
    assert HOSTILE[0] in shown
    assert HOSTILE[1] in shown
    assert "a\\u202eb\\x1b[31m" in shown


def test_only_the_script_of_the_page_may_run():
    page = html(report())
    script = (resources.files("pytest_ipfs_bench.reports.page") / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(
        hashlib.sha256(re.findall(r"<script>(.*?)</script>", page, re.DOTALL)[0].encode()).digest()
    )
    assert f"default-src 'none'; script-src 'sha256-{digest.decode()}'" in page
    assert script.isascii()  # a terminal's encoding changes nothing in it
    assert len(script.splitlines()) < 250


def test_numbers_sort_by_value_and_the_unknown_is_last_either_way(opened):
    page = opened(rows({"number": NUMBERS, "place": range(8)}))
    assert page.evaluate(HEAD, 0) == "ascending"
    assert page.evaluate(COLUMN, 0) == ["-3", "1e-07", "9", "10", "10", "12346", "—", "—"]
    assert page.evaluate(COLUMN, 1)[3:5] == ["4", "0"]  # 10.0, then 10.00001
    assert page.evaluate(HEAD, 0) == "descending"
    assert page.evaluate(COLUMN, 1) == ["6", "0", "4", "2", "3", "7", "1", "5"]
    assert page.evaluate(HEAD, 0) is None
    assert page.evaluate(COLUMN, 1) == ["0", "1", "2", "3", "4", "5", "6", "7"]


@pytest.mark.slow
def test_times_sort_by_time_text_as_people_count_and_equal_rows_stay_as_they_were(opened):
    page = opened(rows({"at": TIMES * 2, "text": ["b10", "a", "b9"] * 2, "place": range(6)}))
    page.evaluate(HEAD, 1)
    assert page.evaluate(COLUMN, 1) == ["a", "a", "b9", "b9", "b10", "b10"]
    assert page.evaluate(COLUMN, 2) == ["1", "4", "2", "5", "0", "3"]
    page.evaluate(HEAD, 0)
    assert page.evaluate(COLUMN, 2) == ["1", "4", "2", "5", "0", "3"]
    page.evaluate(HEAD, 0)
    assert page.evaluate(COLUMN, 0)[0] == "2026-01-03 00:00:00"
    assert page.evaluate(COLUMN, 2) == ["0", "3", "2", "5", "1", "4"]


def test_the_filter_keeps_rows_that_hold_every_word_in_all_tables_and_says_how_many(opened):
    one = Table("One", ("model", "hardware"), [("bert", "cpu"), ("bert", "cuda"), ("gpt", "cuda")])
    other = Table("Other", ("name",), [("BERT large",), ("cuda",)])
    page = opened(report(one, other))
    assert page.evaluate(FILTER, "bert") == "3 of 5 rows"
    assert page.evaluate(FILTER, "cuda  Ber") == "1 of 5 rows"
    assert page.evaluate(COLUMN, 0) == ["bert"]
    assert page.evaluate("() => [...document.querySelectorAll('.count')].map(one => one.textContent)") == [
        "1 of 3 rows",
        "0 of 2 rows",
    ]
    choice = "name => { const all = document.querySelector('select'); all.value = name; all.onchange(); }"
    page.evaluate(FILTER, "cuda")
    page.evaluate(choice, "hardware")
    assert page.evaluate("() => document.querySelector('output').textContent") == "2 of 5 rows"
    page.evaluate(choice, "")
    assert page.evaluate(FILTER, "") == ""
    assert page.evaluate("() => document.querySelectorAll('tbody tr').length") == 5


@pytest.mark.slow
def test_signs_are_found_by_their_words_and_sort_from_works_to_never_tested(opened):
    states = ["fails", "works", "never tested", "partly"]
    page = opened(report(Table("M", ("model", "cpu"), list(zip("abcd", states, strict=True)), SYMBOLS)))
    assert page.evaluate(COLUMN, 1)[0] == "✘ fails"
    page.evaluate(HEAD, 1)
    assert page.evaluate(COLUMN, 0) == ["b", "d", "a", "c"]
    page.evaluate(FILTER, "fails")
    assert page.evaluate(COLUMN, 0) == ["a"]
    assert page.evaluate("() => document.querySelector('td.state').dataset.state") == "fails"


@pytest.mark.slow
def test_a_large_table_is_whole_a_part_at_a_time(opened):
    page = opened(
        rows({"name": [f"{HOSTILE[n % 12]} {n}" for n in range(3456)], "number": [n / 3 for n in range(3456)]})
    )
    count = "() => document.querySelector('.count').textContent"
    assert page.evaluate(count) == "1–100 of 3,456 rows"
    page.evaluate("() => document.querySelector('.on').click()")
    assert page.evaluate(count) == "101–200 of 3,456 rows"
    assert page.evaluate(COLUMN, 0)[:4] == [
        "a\\u202eb\\x1b[31m 100",
        f"{HOSTILE[5]} 101",
        f"{HOSTILE[6]} 102",
        "نموذج 103",
    ]
    page.evaluate(HEAD, 1)
    page.evaluate(HEAD, 1)
    assert page.evaluate(COLUMN, 1)[0] == "1152"
    assert page.evaluate(FILTER, "模型 345") == "1 of 3,456 rows"


def test_without_scripts_the_first_rows_are_there_and_the_page_says_what_is_missing():
    page = html(rows({"number": range(5000)}))
    assert page.count("<tr>") == 101
    assert "The first 100 of 5,000 rows" in page
    assert "<noscript>" in page


def test_the_keyboard_alone_is_enough(opened):
    page = opened(report(Table("One", ("a", "b"), [(3, "x"), (1, "y"), (2, "x")])))
    focused = "() => document.activeElement.textContent || document.activeElement.tagName"
    press(page, "Tab")
    assert page.evaluate(focused) == "Skip to the content"
    press(page, "/", "x")
    assert page.evaluate("() => document.activeElement.value") == "x"
    assert page.evaluate(COLUMN, 0) == ["3", "2"]
    press(page, "Escape")
    assert page.evaluate(COLUMN, 0) == ["3", "1", "2"]
    for _ in range(5):  # the columns, the theme, the table's box, its first head
        press(page, "Tab")
        if page.evaluate(focused) == "a":
            break
    press(page, "Enter")
    assert page.evaluate(COLUMN, 0) == ["1", "2", "3"]
    assert page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_never_wider_than_the_window(opened, width):
    page = opened(everything(), width)
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate("() => document.querySelector('.drawing').getBoundingClientRect().width") <= width
    assert page.evaluate("() => document.querySelector('svg').getBoundingClientRect().width") > 500  # it scrolls inside


@pytest.mark.slow
def test_dark_and_light_as_the_reader_has_it_or_asks_for(opened):
    back = "() => getComputedStyle(document.body).backgroundColor"
    light, dark = (opened(report(), scheme=scheme) for scheme in ("light", "dark"))
    first = light.evaluate(back)
    assert first != dark.evaluate(back)
    light.evaluate("() => document.querySelector('.theme').click()")
    assert light.evaluate(back) == dark.evaluate(back)
    light.evaluate("() => document.querySelector('.theme').click()")
    assert light.evaluate(back) == first


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_signs_stand_out_from_their_colours(opened, scheme):
    """Contrast of 4.5 at least (WCAG AA)."""
    states = [(word, word) for word in SYMBOLS]
    page = opened(report(Table("M", ("model", "cpu"), states, SYMBOLS)), scheme=scheme)
    assert min(page.evaluate(CONTRASTS)) >= 4.5


CONTRASTS = """() => [...document.querySelectorAll('td.state, .count, a, th')].map(one => {
  const light = color => {
    const channels = color.match(/[\\d.]+/g).slice(0, 3).map(Number).map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
    return .2126 * channels[0] + .7152 * channels[1] + .0722 * channels[2];
  };
  const own = getComputedStyle(one), body = getComputedStyle(document.body);
  const back = own.backgroundColor === 'rgba(0, 0, 0, 0)' ? body.backgroundColor : own.backgroundColor;
  const [low, high] = [light(own.color), light(back)].sort((a, b) => a - b);
  return (high + .05) / (low + .05);
})"""


@pytest.mark.slow
def test_it_prints_black_on_white_without_what_can_be_clicked(opened):
    page = opened(everything(), scheme="dark")
    page._ask("Emulation.setEmulatedMedia", {"media": "print"})
    assert page.evaluate(
        "() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    ) == [
        "rgb(0, 0, 0)",
        "rgb(255, 255, 255)",
    ]
    assert (
        page.evaluate(
            "() => [...document.querySelectorAll('.tools, .turn, nav')].filter(one => one.offsetParent).length"
        )
        == 0
    )
    assert page.evaluate("() => getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
    page._ask("Emulation.setEmulatedMedia", {"media": ""})
    printed = base64.b64decode(page._ask("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) > 1


def test_pictures_say_what_they_show_and_share_no_names():
    page = html(report(pictures=[Picture("One", SVG, 'a "b" <c>'), Picture("Two", SVG, "d")]))
    assert re.findall(r'id="(picture[^"]*)"', page) == ["picture0-c", "picture1-c"]
    assert re.findall(r'clip-path="([^"]*)"', page) == ["url(#picture0-c)", "url(#picture1-c)"]
    assert page.count(">url(#c)</text>") == 2
    assert 'role="img" aria-label="a &quot;b&quot; &lt;c&gt;"' in page
    assert 'viewBox="0 0 900 90"' in page
    assert "<figcaption>One</figcaption>" in page
